"""What is asked of a value beyond its type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from simulator.errors import Where
from simulator.scenario.document import Node, Problems
from simulator.scenario.shapes import INVALID, OPEN, PLACEHOLDER_PATTERN, Json, Shape, or_placeholder
from simulator.scenario.value import value


class Check:
    """Asks more of a value than its type."""

    def problem(self, value: Any) -> str | None:
        raise NotImplementedError

    def remedy(self, value: Any) -> str:  # noqa: ARG002
        """What to write instead, where the problem does not say it."""
        return ""

    def json(self) -> Json:
        raise NotImplementedError


@value()
class Between(Check):
    low: float
    high: float | None = None

    def problem(self, value: Any) -> str | None:
        if self.high is None:
            return None if value >= self.low else f"expected {self.low} or more, found {value}"
        return None if self.low <= value <= self.high else f"expected {self.low} to {self.high}, found {value}"

    def json(self) -> Json:
        return {"minimum": self.low} | ({} if self.high is None else {"maximum": self.high})


@value()
class Matches(Check):
    """Text like this regular expression, described by `expects`."""

    regex: str
    expects: str

    def problem(self, value: Any) -> str | None:
        return None if re.fullmatch(self.regex, value) else f"expected {self.expects}, found {value!r}"

    def json(self) -> Json:
        return {"pattern": rf"^({self.regex})$|{PLACEHOLDER_PATTERN}"}


class NotEmpty(Check):
    def problem(self, value: Any) -> str | None:
        if isinstance(value, str):
            return None if value.strip() else "expected some text, found none"
        return None if value else "expected at least one, found none"

    def json(self) -> Json:
        return {"minLength": 1, "minItems": 1, "minProperties": 1}


class Checked(Shape):
    """A shape whose value must also pass a check."""

    def __init__(self, shape: Shape, check: Check) -> None:
        self.shape, self.check, self.expects = shape, check, shape.expects

    def fits(self, node: Node) -> bool:
        return self.shape.fits(node)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        value = self.shape.read(node, name, problems)
        if value is INVALID or value is OPEN or value is None:
            return value
        problem = self.check.problem(value)
        if problem is None:
            return value
        problems.add(node.where, f"{name}: {problem}", self.check.remedy(value))
        return INVALID

    def captures(self, node: Node) -> Iterator[tuple[str, Where]]:
        return self.shape.captures(node)

    def written(self, value: Any) -> Any:
        return self.shape.written(value)

    def json(self, defs: Json) -> Json:
        return or_placeholder(self.shape.json(defs)) | self.check.json()
