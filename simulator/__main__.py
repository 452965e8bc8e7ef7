"""`python -m simulator` is `jambonz-sim`."""

from simulator.modes.cli import main

raise SystemExit(main())
