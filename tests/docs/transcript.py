"""What a page shows of a terminal: commands that are entered behind `$`, and what is printed then.

`…` stands for any text within a line, alone on a line for any number of lines. Figures that depend on the machine are not compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MACHINE = (
    (re.compile(r"in +\d+ ms"), "in N ms"),
    (re.compile(r"in [\d.]+ s(?=,|$)"), "in N s"),
    (re.compile(r"[\d,]+ times real time"), "N times real time"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"(passed|failed) in [\d.]+s"), r"\1 in N s"),
)


MOST_LINES = 40
"""Of what was printed, in a failure."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A command and what a page says it prints."""

    command: str
    printed: tuple[str, ...]


def read(text: str) -> list[Entered]:
    """The commands of a block; a comment behind two spaces and `#` is for the reader."""
    entered: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            entered.append((line[2:].split("  #")[0].strip(), []))
        elif entered:
            entered[-1][1].append(line)
        else:
            raise ValueError(f"a transcript begins with `$ command`, not with {line!r}")
    return [Entered(command, tuple(printed)) for command, printed in entered]


def plain(line: str) -> str:
    """A line without what depends on the machine."""
    for pattern, instead in MACHINE:
        line = pattern.sub(instead, line)
    return line.rstrip()


def differs(shown: tuple[str, ...], printed: list[str]) -> str | None:
    """None when the page is right; otherwise the first line that never came, and what was printed."""
    wanted = [plain(line) for line in shown if line.strip()]
    got = [plain(line) for line in printed if line.strip()]
    if _fits(wanted, got):
        return None
    reach = max((count for count in range(len(wanted) + 1) if _fits([*wanted[:count], "…"], got)), default=0)
    said = wanted[reach] if reach < len(wanted) else "the end"
    return "\n".join([f"the page shows: {said}", "what was printed:", *(f"  {line}" for line in got[:MOST_LINES])])


def _fits(wanted: list[str], got: list[str]) -> bool:
    pattern = "".join(r"(?:[^\n]*\n)*?" if line.strip() == "…" else f"{_line(line)}\n" for line in wanted)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in got)) is not None


def _line(line: str) -> str:
    return r"[^\n]*".join(re.escape(part) for part in line.split("…"))
