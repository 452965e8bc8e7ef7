"""What an application has said last, in few lines: of a Python traceback what was raised, and where in its own code."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST = 8
"""How many lines of it are shown."""

_BEGINS = "Traceback (most recent call last):"
_PLACE = re.compile(r'\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?')


def last_words(log: Sequence[str]) -> list[str]:
    """The last lines, with each traceback made into `Type: message (at file:line in function)`."""
    lines: list[str] = []
    rest = list(log)
    while rest:
        line = rest.pop(0)
        if line.strip().endswith(_BEGINS):
            raised, rest = _raised(rest)
            lines += raised
        else:
            lines.append(line)
    return lines[-MOST:]


def _raised(lines: list[str]) -> tuple[list[str], list[str]]:
    """What a traceback ends with, and the lines behind it. One that is cut off is told as far as it goes."""
    places: list[str] = []
    for number, line in enumerate(lines):
        if found := _PLACE.match(line):
            if not places or "site-packages" not in found["file"]:
                function = f" in {found['function']}" if found["function"] else ""
                places.append(f"{found['file']}:{found['line']}{function}")
        elif not line.startswith((" ", "\t")):
            return [line + (f" (at {places[-1]})" if places else "")], lines[number + 1 :]
    return [f"something was raised at {places[-1]}"] if places else [], []
