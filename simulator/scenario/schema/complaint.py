"""What a value that has been made finds wrong with itself."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.scenario.value import value


@value()
class Complaint:
    """What a value that has been made says is wrong with itself. `key` is the key at fault, empty for the whole."""

    key: str
    problem: str
    remedy: str = ""


def complain(*complaints: tuple[bool, str, str, str]) -> Iterator[Complaint]:
    """For `check`: those of (whether it is wrong, key, problem, remedy) that are wrong."""
    for wrong, key, problem, remedy in complaints:
        if wrong:
            yield Complaint(key, problem, remedy)
