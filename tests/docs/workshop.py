"""The folder in which a reader follows a section: the clone, with the files that the section writes."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from tests.docs.page import Section

ROOT = Path(__file__).parents[2]
OF_THE_CLONE = ("Makefile", "README.md", "app", "docs", "examples", "pyproject.toml", "scenarios", "simulator", "tests")
CONFIGURATIONS = ("jambonz-sim.toml", "pyproject.toml")

ELSEWHERE = ("git clone", "pip install", ". .venv/bin/activate")
"""What needs the network, or a shell that stays: `.ci/run` clones, installs and runs."""

SERVES = ("jambonz-sim openai", "python -m app")
"""Commands that go on until they are stopped."""

SETTING = re.compile(r"[A-Z_]+=")
"""What stands before a command: a variable of its environment."""

PLUGIN = () if entry_points(group="pytest11", name="jambonz-sim") else ("-p", "simulator.modes.pytest_plugin")
"""Where we are not installed, pytest has to be told of us."""

LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Printed:
    """What a command has printed, errors included, and its exit code."""

    lines: list[str]
    code: int


class Workshop:
    """`folder` is empty at first."""

    def __init__(self, folder: Path, section: Section) -> None:
        self.folder = folder
        self.files = {name: block for block in section.blocks if (name := block.file_name) and not (ROOT / name).exists()}
        owned = {name.partition("/")[0] for name in self.files}
        configured = any(name in owned for name in CONFIGURATIONS)
        for name in OF_THE_CLONE:
            if name not in owned and not (configured and name in CONFIGURATIONS):
                (folder / name).symlink_to(ROOT / name)
        for name, block in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, "utf-8")

    def enter(self, command: str, environment: Mapping[str, str]) -> Printed:
        """What becomes of a command."""
        environment = {**environment, **dict(word.split("=", 1) for word in shlex.split(command) if SETTING.match(word))}
        if any(one in command for one in SERVES):
            return self._serve(command, environment)
        run = subprocess.run(
            self._words(command), cwd=self.folder, env=self._environment(environment), text=True, timeout=LIMIT_S, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return Printed(run.stdout.splitlines(), run.returncode)

    def _serve(self, command: str, environment: Mapping[str, str]) -> Printed:
        words = self._words(command)
        if words[-1] == "--port":
            words.append("0")
        served = subprocess.Popen(
            words, cwd=self.folder, env=self._environment(environment), text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            assert served.stdout is not None
            first = served.stdout.readline()
            served.send_signal(signal.SIGINT)
            rest, _ = served.communicate(timeout=LIMIT_S)
        finally:
            served.kill()
            served.wait()
        return Printed([*first.splitlines(), *rest.splitlines()], served.returncode)

    def _environment(self, told: Mapping[str, str]) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("JAMBONZ", "GITHUB", "PYTEST", "COV"))}
        return {**ours, "PYTHONPATH": f"{ROOT}", "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "COLUMNS": "200", **told}

    def _words(self, command: str) -> list[str]:
        if command.startswith("make "):
            command = recipe(command.split()[1])
        words = [word for word in shlex.split(command) if not SETTING.match(word)]
        words[0] = words[0].removeprefix(".venv/bin/")
        ours = {"jambonz-sim": ["simulator"], "pytest": ["pytest", "-p", "no:cacheprovider", *PLUGIN], "python": []}
        if words[0] not in ours:
            raise AssertionError(f"nobody runs `{command}`: the tests know jambonz-sim, pytest, python and make")
        module = ours[words[0]]
        return [sys.executable, *(["-m", *module] if module else []), *words[1:]]


def recipe(target: str) -> str:
    """The command behind a target of the Makefile, with the names that a reader types."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    found = re.search(rf"^{target}:.*\n\t@?(.*)$", makefile, re.MULTILINE)
    assert found is not None, f"the Makefile has no target {target!r}"
    return found[1].replace("$(BIN)/", "")
