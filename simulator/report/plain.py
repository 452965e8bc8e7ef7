"""What may leave the machine in a report: no secret, nothing that steers its reader, and not more than a reader takes."""

from __future__ import annotations

import re

from simulator.journal import redact
from simulator.report.text import printable

NO_CHARACTERS = re.compile("[\ufffe\uffff]")
"""What Unicode has set aside for good, XML forbids, and `printable` lets pass."""


def plain(text: str, most: int) -> str:
    """One line of at most `most` characters: secrets are hashes, and what is no text is shown by its number."""
    shown = NO_CHARACTERS.sub(lambda found: f"\\u{ord(found[0]):04x}", printable(str(redact(text[: 4 * most]))))
    return shown if len(shown) <= most and len(text) <= 4 * most else f"{shown[: most - 1]}…"


def plain_lines(lines: list[str], *, most_lines: int, most: int) -> str:
    """Lines, each as `plain` has it; what is left out is counted."""
    shown = [plain(line, most) for line in lines[:most_lines]]
    left = len(lines) - len(shown)
    return "\n".join([*shown, f"… {left} more lines"] if left > 0 else shown)
