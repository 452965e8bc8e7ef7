"""Every example of docs/python.md is a test file, which pytest runs: as pytest-asyncio has it in auto mode, and what is no fixture's alone."""

from __future__ import annotations

import re
from pathlib import Path

from tests.modes.test_pytest_plugin import Outcome, project, run
from tests.playing import ROOT

__all__ = ["project", "run"]

pytest_plugins = ["pytester"]

EXAMPLES = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "python.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
KEY = 'env_vars = { OPENAI_API_KEY = "sk-simulated-0000000000000000" }\nenv = { OPENAI_API_KEY = "", OPENAI_REALTIME = "" }\n'
GREETER = Path(__file__).with_name("greeter.py")


def test_every_example_passes(project: Path, run: Outcome) -> None:
    for number, example in enumerate(EXAMPLES):
        (project / f"test_{number}.py").write_text(example, encoding="utf-8")
    (project / "jambonz-sim.toml").write_text(KEY, encoding="utf-8")
    (project / "greeter.py").write_text(GREETER.read_text("utf-8"), encoding="utf-8")
    (project / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n", encoding="utf-8"
    )
    run("-p", "asyncio").assert_outcomes(passed=len(EXAMPLES))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 6
