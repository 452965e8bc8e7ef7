"""A TOML file whose settings know where they stand: tomllib says what is in it, and of its mistakes only some places."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.errors import UsageError, Where

MAX_BYTES = 1024 * 1024
_HEADER = re.compile(r"\s*\[\[?\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_SETTING = re.compile(r"(?P<indent>\s*)(?P<name>(?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_INSIDE = re.compile(r"(?P<before>[{,]\s*)(?P<name>[\w-]+|\"[^\"]*\"|'[^']*')\s*=")
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What is written in `path`."""

    path: Path
    content: dict[str, Any]
    places: dict[str, Where] = field(repr=False)
    """Where tables and settings are named, by their dotted names; what stands in unusual ways is not among them."""

    def place(self, name: str) -> Where:
        """Where the setting with this dotted name stands, or that which it is part of, or else the file begins."""
        while name not in self.places and "." in name:
            name = name.rpartition(".")[0]
        return self.places.get(name, Where(str(self.path), 1, 1))


def read_toml(path: Path) -> TomlFile:
    """Raises `UsageError` with the place, the problem and the remedy."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "check its permissions") from error
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path} is larger than {MAX_BYTES // 1024} KiB", "is that a configuration?")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        where = Where(str(path), before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise UsageError(f"the byte {data[error.start]:#04x} is not UTF-8 text", "save the file with the encoding UTF-8", where) from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _explained(str(error), text, path) from error
    except RecursionError as error:
        raise UsageError(f"{path} is nested too deep", "nest less") from error
    return TomlFile(path, content, _places(text, str(path)))


def _names(dotted: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in dotted.split("."))


def _places(text: str, file: str) -> dict[str, Where]:
    found: dict[str, Where] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.fullmatch(line):
            table = _names(header["name"])
            found.setdefault(table, Where(file, number, line.index("[") + 1))
        elif setting := _SETTING.match(line):
            name = ".".join(filter(None, (table, _names(setting["name"]))))
            found.setdefault(name, Where(file, number, len(setting["indent"]) + 1))
            for inside in _INSIDE.finditer(line, setting.end()):
                found.setdefault(f"{name}.{_names(inside['name'])}", Where(file, number, inside.start("name") + 1))
    return found


def _explained(said: str, text: str, path: Path) -> UsageError:
    """tomllib's finding in words that say what to do."""
    lines = text.splitlines() or [""]
    found = _PLACE.search(said)
    number, column = (int(found["line"]), int(found["column"])) if found and found["line"] else (len(lines), len(lines[-1]) + 1)
    problem = _PLACE.sub("", said)
    line = lines[number - 1] if number <= len(lines) else ""
    remedy = "mend the TOML"
    if problem == "Invalid value" and re.match(r"[^\s\"'\[{#]", line[column - 1 :]):
        problem, remedy = "this is no value", "put texts in quotes: " + f'{line[: column - 1].strip()} "{line[column - 1 :].strip()}"'
    elif problem == "Invalid value" and line[: column - 1].rstrip().endswith("=") and not line[column - 1 :].strip():
        problem, remedy = "a value is missing here", f'write {line[: column - 1].strip()} "…"'
    elif problem.startswith(("Illegal character", "Unterminated string", 'Expected "\'"', "Expected '\"'")):
        opened = max(line.find('"'), line.find("'"), key=lambda at: (at >= 0, -at))
        problem, remedy, column = "the quote that begins here is never closed", "close it in the same line", opened + 1 if opened >= 0 else column
    elif problem.startswith("Cannot overwrite") or "twice" in problem or "Cannot declare" in problem:
        problem, remedy, column = "this is written twice", "remove one of the two", len(line) - len(line.lstrip()) + 1
    elif problem.startswith("Expected '=' after a key"):
        remedy = "settings are written name = value"
    return UsageError(f"this is not TOML: {problem}" if remedy == "mend the TOML" else problem, remedy, Where(str(path), number, column))
