"""What comes in an order of its own only by chance: a transcript of the caller, and what the application does meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.scenario.draft.moment import Moment

DRIVEN = ("request", "tool_output", "client_event")
"""What the application brings about; the next of them comes because of the one before."""


def races(lines: Iterable[Moment]) -> Iterator[list[Moment]]:
    """The lines one by one, but those together that may come in another order when they are played on another clock."""
    run: list[Moment] = []
    for line in lines:
        if _is_transcript(line) or _is_driven(line):
            run.append(line)
            continue
        yield from _parted(run)
        run = []
        yield [line]
    yield from _parted(run)


def threads(block: list[Moment]) -> list[list[Moment]]:
    """What holds in order, beside the others of the block."""
    driven = [line for line in block if _is_driven(line)]
    return [*([line] for line in block if _is_transcript(line)), driven]


def _parted(run: list[Moment]) -> Iterator[list[Moment]]:
    words = {word for line in run for word in line.step["expect"]}
    if any(map(_is_transcript, run)) and words & {"request", "tool_output"}:
        yield run
    else:
        yield from ([line] for line in run)


def _is_transcript(line: Moment) -> bool:
    event = line.step.get("expect", {}).get("event")
    return isinstance(event, dict) and "transcript" in event


def _is_driven(line: Moment) -> bool:
    return line.expected and any(word in line.step.get("expect", {}) for word in DRIVEN)
