"""Completion of the command line in bash, zsh and fish: `jambonz-sim completion SHELL` prints what the shell has to read.

The shell then asks this program itself at each Tab; what is asked is not much, and nothing slow is imported for it, except for rule codes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

SHELLS = ("bash", "zsh", "fish")
HOW = {
    "bash": 'eval "$(jambonz-sim completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(jambonz-sim completion zsh)"   in ~/.zshrc, behind compinit',
    "fish": "jambonz-sim completion fish | source   in ~/.config/fish/config.fish",
}
ENDINGS = (".yaml", ".yml")
Completer = Callable[..., Iterable[str]]


def add_completion(commands: argparse._SubParsersAction[Any]) -> None:
    """The command `completion`."""
    completion = commands.add_parser(
        "completion",
        help="print the completion for a shell",
        description="Print what a shell has to read to complete commands, options, scenario files and rule codes.",
        epilog="\n".join(f"{shell}: {how}" for shell, how in HOW.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    completion.add_argument("shell", choices=SHELLS)
    completion.set_defaults(run=_print)


def _print(options: argparse.Namespace) -> int:
    from argcomplete.shell_integration import shellcode

    sys.stdout.write(shellcode(["jambonz-sim"], shell=options.shell) + "\n")
    return 0


def answer_the_shell(parser: argparse.ArgumentParser) -> None:
    """When a shell asks for completions, answer it and end; otherwise nothing."""
    if "_ARGCOMPLETE" not in os.environ:
        return
    import argcomplete

    for action in _actions(parser):
        completer = COMPLETERS.get(action.dest)
        if completer is not None and action.choices is None:
            action.completer = completer  # type: ignore[attr-defined]  # where argcomplete looks for it
    argcomplete.autocomplete(parser, always_complete_options=False, default_completer=argcomplete.completers.SuppressCompleter())


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _actions(below)


def _files(prefix: str, endings: tuple[str, ...] | None) -> list[str]:
    """Files with these endings (None: no files) and all folders that begin so; hidden ones only when they are asked for."""
    folder, name = os.path.split(prefix)
    try:
        found = sorted(Path(os.path.expanduser(folder or ".")).iterdir())
    except OSError:
        return []
    shown = [one for one in found if one.name.startswith(name) and (name.startswith(".") or not one.name.startswith("."))]
    return [
        os.path.join(folder, one.name) + (os.sep if one.is_dir() else "") for one in shown if one.is_dir() or (endings and one.name.endswith(endings))
    ]


def _scenarios(prefix: str, **_: object) -> list[str]:
    return _files(prefix, ENDINGS)


def _folders(prefix: str, **_: object) -> list[str]:
    return _files(prefix, None)


def _rules(prefix: str, **_: object) -> list[str]:
    from simulator.rules import RULES

    return [code for code in RULES if code.startswith(prefix.upper())]


COMPLETERS: dict[str, Completer] = {
    "paths": _scenarios,
    "script": _scenarios,
    "rules": _scenarios,
    "code": _rules,
    "html": _folders,
    "journal": _folders,
    "record": _folders,
    "junit": lambda prefix, **_: _files(prefix, (".xml",)),
}
"""What completes an argument that has no list of values, by its name in the parser."""
