"""Command lines read by argparse, and their mistakes told as all others are: the problem, and the remedy."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from simulator.errors import did_you_mean, nearest

_CHOICE = re.compile(r"argument (?P<name>[^:]+): invalid choice: (?P<value>'.*?'|\".*?\") \(choose from (?P<known>.*)\)", re.DOTALL)
_TYPE = re.compile(r"argument (?P<name>[^:]+): invalid (?P<type>\w+) value: (?P<value>.*)", re.DOTALL)
_TYPES = {"int": "a whole number", "float": "a number"}
_ARGUMENT = re.compile(r"argument (?P<name>[^:]+): (?P<said>.*)", re.DOTALL)


class Parser(argparse.ArgumentParser):
    """Takes options by their whole names only: what a shortened one means would change with the next option."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})
        self.commands: Mapping[str, argparse.ArgumentParser] = {}

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """Like argparse's; ends the process with 2 when the command line makes no sense."""
        found, strange = self.parse_known_args(args, namespace)
        if strange:
            command = getattr(found, "command", None)
            self.fail(*self._strange(strange, self.commands.get(command or "", self), command))
        return found

    def _strange(self, strange: Sequence[str], parser: argparse.ArgumentParser, command: str | None) -> tuple[str, str]:
        name = strange[0].partition("=")[0]
        said = f"{command} has" if command else "there is"
        remedy = f"`{' '.join(filter(None, (self.prog, command)))} --help` tells them all"
        if not name.startswith("-"):
            return f"{command} takes nothing like {name!r}", remedy
        others = [one for one, each in self.commands.items() if name in options_of(each)]
        near = nearest(name, options_of(parser))
        if near is not None:
            remedy = f"did you mean {near}? {remedy}"
        elif others:
            remedy = f"it is an option of {' and '.join(others)}. {remedy}"
        return f"{said} no option {name}", remedy

    def error(self, message: str) -> NoReturn:
        """What argparse has found, in words that say what to do."""
        if found := _CHOICE.fullmatch(message):
            value, known = found["value"].strip("'\""), [one.strip(" '\"") for one in found["known"].split(",")]
            remedy = did_you_mean(value, known)
            if found["name"] == "COMMAND" and value.endswith((".yaml", ".yml", "/", "scenarios")):
                remedy = f"write {self.prog} run {value}"
            self.fail(f"{found['name']} cannot be {value!r}" if found["name"] != "COMMAND" else f"there is no command {value!r}", remedy)
        if found := _TYPE.fullmatch(message):
            self.fail(f"{found['name']} cannot be {found['value']}", f"write {_TYPES.get(found['type'], found['type'])}")
        if found := _ARGUMENT.fullmatch(message):
            problem, _, remedy = found["said"].partition("; ")
            self.fail(f"{found['name']}: {problem}", remedy or f"`{self.prog} --help` tells how it is written")
        self.fail(message, f"`{self.prog} --help` tells how it is written")

    def fail(self, problem: str, remedy: str) -> NoReturn:
        sys.stderr.write(f"jambonz-sim: {problem}\n    {remedy}\n")
        raise SystemExit(2)


def options_of(parser: argparse.ArgumentParser) -> list[str]:
    """All options of a parser, as they are written."""
    return [written for action in parser._actions for written in action.option_strings]  # argparse has no public name for them
