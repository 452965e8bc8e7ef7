"""Mistakes as tables: what somebody has written, where the answer must point, and what it must say.

A row of a table (YAML) is

    - mistake: a step is misspelt
      step: "caller: {▸sya: hello}"        # or scenario:, config:, app:, files: {name: text}
      command: run s.yaml                   # what is called; each table has its own default
      exit: 2
      says: the caller has no step 'sya'
      remedy: did you mean 'say'?

The ▸ stands where the answer must point, and is not part of the file: file:line:column, of Python's files file:line. A row whose
mistake is in no file has none. `{port}` is the port of the row's `server`.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.modes.cli import main
from tests.mistakes.servers import serving

MARK = "▸"
MOST_LINES = 12
SECRETS = {"OPENAI_API_KEY": "sk-proj-0123456789abcdefghij", "DB_PASSWORD": "correct horse battery"}
"""What stands in the environment, and must stand in no answer."""
GOOD = Path(__file__).parent / "good_app.py"
FITTING = "name: a call\nsteps:\n  - caller: {hang_up: true}\n"


@dataclass(frozen=True)
class Mistake:
    """One row. `files` are texts with their mark still in them."""

    name: str
    files: Mapping[str, str]
    command: str
    exit_code: int
    says: str
    remedy: str
    encoding: str = "utf-8"
    environment: Mapping[str, str] = field(default_factory=dict)
    server: str | int | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> str | None:
        """Where the answer must point."""
        for name, text in self.files.items():
            if MARK in text:
                before = text[: text.index(MARK)]
                line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
                return f"{name}:{line}" if name.endswith(".py") else f"{name}:{line}:{column}: "
        return None


def table(file: str, command: str, exit_code: int) -> list[Mistake]:
    """The rows of a table beside this file."""
    rows = yaml.safe_load((Path(__file__).parent / file).read_text(encoding="utf-8"))
    assert len({row["mistake"] for row in rows}) == len(rows), "two rows have one name"
    return [_row(row, command, exit_code) for row in rows]


def _row(row: dict[str, Any], command: str, exit_code: int) -> Mistake:
    name = row.pop("mistake")
    files = {"jambonz-sim.toml": 'app = "good_app:create_app"\nscenarios = "."\n'} | row.pop("files", {})
    if "step" in row:
        files["s.yaml"] = f"name: a call\nsteps:\n  - {row.pop('step')}\n"
    if "scenario" in row:
        files["s.yaml"] = row.pop("scenario")
    if "config" in row:
        files["jambonz-sim.toml"] = row.pop("config")
    if "pyproject" in row:
        files["pyproject.toml"] = row.pop("pyproject")
        del files["jambonz-sim.toml"]
    if "app" in row:
        files["mine.py"] = row.pop("app")
    if not any(one.endswith((".yaml", ".yml")) for one in files):
        files["s.yaml"] = FITTING
    return Mistake(name, files, row.pop("command", command), row.pop("exit", exit_code), **row)


@dataclass(frozen=True)
class Answer:
    """What came of it: what was printed has no path of the folder in it."""

    exit_code: int
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


class Desk:
    """Where somebody sits in a folder and calls `jambonz-sim`, in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def lay_out(self, mistake: Mistake, port: int) -> None:
        """Write the files of a row."""
        (self.folder / "good_app.py").write_text(GOOD.read_text(encoding="utf-8"), encoding="utf-8")
        for name, text in mistake.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            encoding = mistake.encoding if name in ("s.yaml", "jambonz-sim.toml") and MARK in text else "utf-8"
            path.write_bytes(text.replace(MARK, "").replace("{port}", str(port)).encode(encoding))

    def call(self, command: str) -> Answer:
        """One command line, without the `jambonz-sim`."""
        try:
            code = main(shlex.split(command))
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = self._capsys.readouterr()
        return Answer(code, (said.out + said.err).replace(f"{self.folder}/", "").replace(str(self.folder), "."))


@contextmanager
def at_desk(mistake: Mistake, desk: Desk) -> Iterator[str]:
    """The row's files are there and its server serves; the command to be called."""
    with serving(mistake.server) as port:
        desk.lay_out(mistake, port)
        yield mistake.command.replace("{port}", str(port))


def check(mistake: Mistake, answer: Answer) -> None:
    """What is asked of every answer."""
    shown = f"{mistake.name}\n{answer.text}"
    assert answer.exit_code == mistake.exit_code, shown
    if mistake.place is not None and mistake.place.endswith(" "):
        begins = [line.strip().removeprefix("jambonz-sim: ") for line in answer.lines]
        assert any(line.startswith(mistake.place) for line in begins), f"should point at {mistake.place}\n{shown}"
    elif mistake.place is not None:
        assert f"(at {mistake.place}" in answer.text, f"should point at {mistake.place}\n{shown}"
    assert mistake.says in answer.text, shown
    assert mistake.remedy in answer.text, shown
    assert mistake.remedy not in mistake.says, "the remedy is more than the problem"
    assert len(answer.lines) <= MOST_LINES, shown
    assert "Traceback" not in answer.text, shown
    assert not any(secret in answer.text for secret in SECRETS.values()), shown


def forget(folder: Path) -> None:
    """Modules that were imported from a folder that is there no more."""
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
