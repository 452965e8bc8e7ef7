"""Write the JSON Schema of the scenario language."""

import sys

from simulator.scenario import load
from simulator.scenario.schema import lines

sys.stdout.writelines(lines(load.schema()))
