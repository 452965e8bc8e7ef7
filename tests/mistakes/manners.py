"""How anybody is told of anything, whatever it is: briefly, with what to do among the first lines."""

from __future__ import annotations

from simulator.report.explanation import HEADLINE, MAX_WIDTH, printable
from simulator.scenario.failure import MAX_LINES


def answer_proper(lines: list[str]) -> str:
    """The first lines, unfolded."""
    return " ".join(line.strip() for line in lines[:HEADLINE])


def keeps_its_manners(lines: list[str]) -> None:
    """No traceback of ours, no screen full, no line that wraps twice, nothing that steers a terminal; and what to do is among the first lines."""
    text = "\n".join(lines)
    assert 0 < len(lines) <= MAX_LINES, text
    assert "Traceback" not in text, text
    assert "simulator/" not in text, text
    assert max(len(line) for line in lines) <= MAX_WIDTH, text
    assert [printable(line) for line in lines] == lines
    assert len({line for line in lines if line.strip()}) == len([line for line in lines if line.strip()]), "the same line twice"
    remedy = next((number for number, line in enumerate(lines) if line.startswith("    remedy: ")), None)
    assert remedy is None or remedy < HEADLINE, text
