"""Shapes of a single value."""

from __future__ import annotations

from typing import Any

from simulator.errors import did_you_mean
from simulator.scenario.document import Node, Problems, Scalar, resolve
from simulator.scenario.shapes.shape import INVALID, Json, Shape


class Text(Shape):
    expects = "text"

    def fits(self, node: Node) -> bool:
        """What was filled in is text even if it looks like something else, or is empty."""
        if not isinstance(node, Scalar) or node.broken:
            return False
        return isinstance(node.value, str) or (node.filled and (node.value is not None or not node.written))

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if isinstance(node, Scalar) and not node.broken:
            if self.fits(node):
                return node.written
            if node.value is not None:
                return self.wrong(node, name, problems, f'put it in quotes: "{node.written}"')
        return self.wrong(
            node, name, problems, "write a text behind the colon" if isinstance(node, Scalar) else "write one text, without [ ] or { } around it"
        )

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"type": "string"}


class Digits(Text):
    """Text that people write without quotes although it looks like a number; it is taken as it is written."""

    expects = "text or a number"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Scalar) and node.value is not None

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if isinstance(node, Scalar) and not node.broken and node.value is not None:
            return node.written
        return self.wrong(node, name, problems)

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"type": ["string", "number", "boolean"]}


class Number(Shape):
    def __init__(self, whole: bool) -> None:
        self.whole, self.expects = whole, "a whole number" if whole else "a number"

    def _value(self, node: Node) -> Any:
        if not isinstance(node, Scalar):
            return None
        value = resolve(node.written) if node.filled else node.value
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return None
        return value

    def fits(self, node: Node) -> bool:
        return self._value(node) is not None

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        value = self._value(node)
        if value is None:
            quoted = isinstance(node, Scalar) and node.quoted and isinstance(resolve(node.written), int)
            return self.wrong(node, name, problems, f"write it without quotes: {node.written}" if quoted and isinstance(node, Scalar) else "")
        return value if self.whole else float(value)

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"type": "integer" if self.whole else "number"}


YES_AND_NO = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


class Flag(Shape):
    """`true` or `false`; also `on` and `off`, `yes` and `no`, as YAML once had it."""

    def __init__(self, only_true: bool = False) -> None:
        self.only_true, self.expects = only_true, "true" if only_true else "true or false"

    def _value(self, node: Node) -> bool | None:
        if not isinstance(node, Scalar):
            return None
        value = node.value if isinstance(node.value, bool) else YES_AND_NO.get(node.written.lower())
        return None if self.only_true and not value else value

    def fits(self, node: Node) -> bool:
        return self._value(node) is not None

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        value = self._value(node)
        if value is None:
            remedy = "or leave it out" if self.only_true else ""
            return self.wrong(node, name, problems, remedy)
        return value

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"enum": [written for written in (True, False, *YES_AND_NO) if not self.only_true or YES_AND_NO[str(written).lower()]]}


class Choice(Shape):
    """One of some words."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices
        self.otherwise = ""
        self.expects = f"one of {', '.join(choices)}" if len(choices) > 1 else choices[0]

    def fits(self, node: Node) -> bool:
        return isinstance(node, Scalar) and (isinstance(node.value, str) or node.written in self.choices)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if not isinstance(node, Scalar) or node.broken or node.value is None:
            return self.wrong(node, name, problems)
        if node.written in self.choices:
            return node.written
        problems.add(node.where, f"{name} cannot be {node.written!r}", did_you_mean(node.written, self.choices) + self.otherwise)
        return INVALID

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        bare = [number for choice in self.choices if isinstance(number := resolve(choice), (int, float))]
        return {"enum": [*self.choices, *bare]}


class Nothing(Shape):
    expects = "nothing"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Scalar) and node.value is None and not node.broken

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        return None if self.fits(node) else self.wrong(node, name, problems)

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"type": "null"}
