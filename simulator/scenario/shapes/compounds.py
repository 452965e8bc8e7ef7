"""Shapes made of other shapes: lists, mappings with free keys, and alternatives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.errors import Where
from simulator.scenario.document import Items, Map, Node, Problems
from simulator.scenario.shapes.scalars import Choice, Nothing
from simulator.scenario.shapes.shape import Json, Shape, either, or_placeholder, unmade


class Many(Shape):
    """A list, or, where `or_one` says so, the single item without its brackets."""

    def __init__(self, item: Shape, or_one: bool) -> None:
        self.item, self.or_one = item, or_one
        self.expects = f"{item.expects}, or a list of such" if or_one else "a list"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Items) or (self.or_one and self.item.fits(node))

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if not isinstance(node, Items):
            if not self.or_one:
                return self.wrong(node, name, problems, _itemised(node))
            one = self.item.read(node, name, problems)
            return unmade([one]) or (one,)
        read = [self.item.take(item, name, problems) for item in node.nodes]
        return unmade(read) or tuple(read)

    def captures(self, node: Node) -> Iterator[tuple[str, Where]]:
        for item in node.nodes if isinstance(node, Items) else [node]:
            yield from self.item.captures(item)

    def json(self, defs: Json) -> Json:
        item = or_placeholder(self.item.json(defs))
        array = {"type": "array", "items": item}
        return either([item, array]) if self.or_one else array

    def written(self, value: Any) -> Any:
        return [self.item.written(each) for each in value]


def _itemised(node: Node) -> str:
    """How to make a list of what is none."""
    first = next(iter(node)).key if isinstance(node, Map) and node.entries else ""
    if first.startswith("-"):
        return f"a space is missing behind the dash: - {first[1:]}:"
    return "begin each item with -"


class Mapped(Shape):
    """Names of the author's choice, each with a value."""

    expects = "a mapping"

    def __init__(self, item: Shape) -> None:
        self.item = item

    def fits(self, node: Node) -> bool:
        return isinstance(node, Map)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if not isinstance(node, Map):
            return self.wrong(node, name, problems, f"write {name.rpartition(' ')[2].rpartition('.')[2]}: {{name: value}}")
        read = {entry.key: self.item.take(entry.node, f"{name}.{entry.key}", problems) for entry in node}
        return unmade(read.values()) or read

    def captures(self, node: Node) -> Iterator[tuple[str, Where]]:
        for entry in node if isinstance(node, Map) else ():
            yield from self.item.captures(entry.node)

    def json(self, defs: Json) -> Json:
        return {"type": "object", "additionalProperties": or_placeholder(self.item.json(defs))}


class Either(Shape):
    """The first of several shapes that fits."""

    def __init__(self, shapes: list[Shape]) -> None:
        self.shapes = shapes
        self.said = [shape for shape in shapes if not isinstance(shape, Nothing)]
        self.expects = " or ".join(shape.expects for shape in self.said)
        for shape in self.said:
            if isinstance(shape, Choice) and len(self.said) > 1:
                shape.otherwise = f" Or {' or '.join(other.expects for other in self.said if other is not shape)}."

    def fits(self, node: Node) -> bool:
        return any(shape.fits(node) for shape in self.shapes)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        for shape in self.shapes:
            if shape.fits(node):
                return shape.read(node, name, problems)
        return self.said[0].read(node, name, problems) if len(self.said) == 1 else self.wrong(node, name, problems)

    def captures(self, node: Node) -> Iterator[tuple[str, Where]]:
        for shape in self.shapes:
            if shape.fits(node):
                return shape.captures(node)
        return iter(())

    def json(self, defs: Json) -> Json:
        return either([shape.json(defs) for shape in self.shapes])

    def written(self, value: Any) -> Any:
        return self.said[0].written(value)
