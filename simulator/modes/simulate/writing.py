"""What a test says in Python, as a scenario would have it written: the same values, read and checked by the same shapes.

The place of a step is the line of the test that asked for it. Numbers are seconds where a duration is meant; a compiled regular
expression is `/…/`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from simulator.errors import Where
from simulator.modes.simulate.failed import said_in_full
from simulator.scenario.document import Entry, Node, Problems, Scalar, items_of, map_of
from simulator.scenario.document.tree import check_depth
from simulator.scenario.load import Scenario, check_phones
from simulator.scenario.schema import build
from simulator.scenario.shapes import INVALID
from simulator.scenario.steps import Step
from simulator.scenario.steps.registry import StepShape

__tracebackhide__ = said_in_full

FLAGS = {re.IGNORECASE: "i", re.MULTILINE: "m", re.VERBOSE: "x", re.ASCII: "a"}
"""Flags of a regular expression as they are written inside of it."""


def here(depth: int) -> Where:
    """The line that called the caller of this function (depth 1), or whoever called that."""
    frame = sys._getframe(depth + 1)
    positions = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), (None, None, None, None))
    line, column = positions[0] or frame.f_lineno, positions[2] or 0
    return Where(_shown(frame.f_code.co_filename), line, column + 1)


def _shown(filename: str) -> str:
    """As a person would write it: relative to where they are, if it lies below."""
    path, folder = Path(filename), Path.cwd()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else filename


def node_of(value: Any, where: Where, problems: Problems, depth: int = 1) -> Node:
    """A value of Python as a node at this place; what no file could hold is a problem."""
    check_depth(depth, where)
    match value:
        case None:
            return Scalar(None, where, "null")
        case bool():
            return Scalar(value, where, str(value).lower())
        case int() | float():
            return Scalar(value, where, _digits(value), unit="s")
        case str():
            return Scalar(str(value), where, str(value), quoted=True)
        case re.Pattern() if isinstance(value.pattern, str):
            text = f"/{_regex(value)}/"
            return Scalar(text, where, text, quoted=True)
        case Mapping():
            entries = {str(key): Entry(str(key), where, node_of(member, where, problems, depth + 1)) for key, member in value.items()}
            return map_of(entries, where)
        case list() | tuple():
            return items_of([node_of(member, where, problems, depth + 1) for member in value], where)
        case _:
            problems.add(where, f"{type(value).__name__} {value!r:.60} cannot be a part of a step", "use texts, numbers, lists and mappings")
            return Scalar(None, where, "", broken=True)


def _digits(number: float) -> str:
    written = str(number)
    return f"{number:.12f}".rstrip("0").rstrip(".") if "e" in written and abs(number) < 1 else written


def _regex(pattern: re.Pattern[str]) -> str:
    """With its flags inside; the dot of ours stands for line ends too, so where it did not that is said as well."""
    on = "".join(letter for flag, letter in FLAGS.items() if pattern.flags & flag)
    off = "" if pattern.flags & re.DOTALL else "-s"
    return f"(?{on}{off}:{pattern.pattern})" if on or off else pattern.pattern


def step_of(actor: str, doing: Mapping[str, Any], where: Where, phones: Mapping[str, Any]) -> Step:
    """The step `actor: {…}`. Raises `ScenarioErrors` with everything that is wrong with it."""
    problems = Problems()
    node = node_of({actor: doing}, where, problems)
    made: Any = StepShape().read(node, actor, problems)
    if made is not INVALID:
        check_phones([made], phones, problems)
    problems.raise_if_any()
    step: Step = made
    return step


def scenario_of(written: Mapping[str, Any], where: Where) -> Scenario:
    """A scenario without steps: `written` is everything that stands beside them. Raises `ScenarioErrors`."""
    problems = Problems()
    made = build(Scenario, node_of({**written, "steps": [{"caller": {"wait": "0s"}}]}, where, problems), problems)
    problems.raise_if_any()
    assert made is not None
    return replace(made, steps=())
