"""Kinds of values: each reads its own from a located node, says what it expects, and describes itself as JSON Schema."""

from simulator.scenario.shapes.anything import Anything, PatternOf, regex_problem
from simulator.scenario.shapes.capturing import CapturingMapping, CapturingPattern, PlainPattern
from simulator.scenario.shapes.compounds import Either, Many, Mapped
from simulator.scenario.shapes.duration import Seconds, duration_of, seconds_of
from simulator.scenario.shapes.scalars import Choice, Digits, Flag, Nothing, Number, Text
from simulator.scenario.shapes.shape import INVALID, OPEN, PLACEHOLDER_PATTERN, Json, Shape, either, found, or_placeholder, unmade

__all__ = [
    "INVALID",
    "OPEN",
    "PLACEHOLDER_PATTERN",
    "Anything",
    "CapturingMapping",
    "CapturingPattern",
    "Choice",
    "Digits",
    "Either",
    "Flag",
    "Json",
    "Many",
    "Mapped",
    "Nothing",
    "Number",
    "PatternOf",
    "PlainPattern",
    "Seconds",
    "Shape",
    "Text",
    "duration_of",
    "either",
    "found",
    "or_placeholder",
    "regex_problem",
    "seconds_of",
    "unmade",
]
