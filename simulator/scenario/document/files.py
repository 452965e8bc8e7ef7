"""Reading files, and those they include: what cannot be text, leads elsewhere or never ends is refused."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from simulator.errors import ScenarioError, Where
from simulator.scenario.document.composer import Budget, Composer
from simulator.scenario.document.problems import Problems
from simulator.scenario.document.tree import Node, Scalar

MAX_BYTES = 1024 * 1024
NOT_TEXT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
"""What libyaml refuses, with less than a place."""


def read(path: Path, problems: Problems) -> list[Node]:
    """The documents of a file and of all that it includes. What is wrong is added to `problems`."""
    file = str(path)
    try:
        return _Files(_root(path), problems).documents(_text(path, Where(file, 1, 1)), file)
    except ScenarioError as error:
        problems.errors.append(error)
        return []


def parse(text: str, file: str, problems: Problems) -> list[Node]:
    """The documents of `text`, as if it stood in `file`; includes are relative to that."""
    try:
        return _Files(_root(Path(file)), problems).documents(text, file)
    except ScenarioError as error:
        problems.errors.append(error)
        return []


def _root(path: Path) -> Path:
    """A file may include what lies in its own folder's parent and below."""
    return Path(os.path.realpath(path)).parent.parent


def _text(path: Path, asked_at: Where) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(f"{path} cannot be read: {reason}", "check the path and its permissions", asked_at) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(data) > MAX_BYTES and error.start > MAX_BYTES - 4:
            return data.decode("utf-8-sig", "replace")
        where = _place(data[: error.start].decode("utf-8-sig", "replace"), str(path))
        raise ScenarioError(f"the byte {data[error.start]:#04x} is not UTF-8 text", "save the file with the encoding UTF-8", where) from error


def _place(before: str, file: str) -> Where:
    """Where the text stands that comes after `before`."""
    return Where(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


@dataclass(slots=True, eq=False)
class _Files:
    """One file that was asked for, and those it includes."""

    root: Path
    problems: Problems
    open: list[Path] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)

    def documents(self, text: str, file: str, depth: int = 0) -> list[Node]:
        """Raises ScenarioError when the text cannot be understood at all."""
        if len(text) > MAX_BYTES:
            remedy = "split it: one scenario a file, and !include for what they share"
            raise ScenarioError(f"the file is larger than {MAX_BYTES // 1024} KiB", remedy, Where(file, 1, 1))
        text = text.removeprefix("\ufeff")
        if found := NOT_TEXT.search(text):
            problem = f"the character U+{ord(found[0]):04X} cannot stand in a YAML file"
            remedy = 'remove it, or write it as "\\u…" in double quotes'
            if text.count("\0") > len(text) // 4:
                problem, remedy = "this is not UTF-8, but looks like UTF-16", "save the file with the encoding UTF-8"
            raise ScenarioError(problem, remedy, _place(text[: found.start()], file))
        self.open.append(Path(os.path.realpath(file)))
        try:
            return Composer(text, file, depth, self.problems, self.budget, self.include).documents()
        finally:
            self.open.pop()

    def include(self, target: str, where: Where, depth: int) -> Node:
        """What the file `target` holds; a broken scalar when that cannot be said."""
        nothing = Scalar(None, where, target, broken=True)
        if not target or "\0" in target or Path(target).is_absolute():
            problem = f"!include wants the path of a file relative to this one, not {target!r}"
            self.problems.add(where, problem, "for example !include common/greeting.yaml")
            return nothing
        path = Path(os.path.normpath(Path(where.file).parent / target))
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            self.problems.add(where, f"!include {target} leads out of {self.root}", "move the file below that folder")
            return nothing
        if real in self.open:
            chain = " includes ".join(file.name for file in [*self.open[self.open.index(real) :], real])
            self.problems.add(where, f"the files include each other without end: {chain}", "remove one of these !include lines")
            return nothing
        if not os.path.isfile(path):  # unlike Path.is_file, it never raises
            self.problems.add(where, f"there is no file {path}", "the path is relative to the file it is written in")
            return nothing
        before = len(self.problems.errors)
        try:
            text = _text(path, where)
            self.budget.spend(len(text) // 256, where)  # a few bytes can ask for the same large file again and again
            found = self.documents(text, str(path), depth)
        except ScenarioError as error:
            self.problems.errors.append(error)
            return nothing
        if len(found) != 1 and len(self.problems.errors) > before:
            return nothing
        if len(found) != 1:
            self.problems.add(where, f"{target} holds {len(found)} documents", "an included file holds exactly one")
            return nothing
        return found[0]
