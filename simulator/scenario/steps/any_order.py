"""Several expectations that must all hold, in whatever order."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from simulator.errors import Where, did_you_mean
from simulator.scenario.document import Items, Map, Node, Problems
from simulator.scenario.shapes import INVALID, Json, Shape, or_placeholder
from simulator.scenario.steps.expect import Expect, Finding
from simulator.scenario.steps.later import Later, kind_of
from simulator.scenario.steps.registry import ACTORS, BLOCKS, Line, StepShape, refuse_twice
from simulator.scenario.value import value

ANY_ORDER, IN_ORDER = "any_order", "in_order"
MOST = 10_000
"""How many states a block may pass through: every combination of how far each of its threads has come."""

Thread = tuple[Expect | Later, ...]
"""Expectations that hold one after the other; most often one."""


@value(kw_only=True)
class AnyOrder(Line):
    """Threads of expectations: each looks from where the block begins, no frame serves two of them, and all must hold."""

    actor = ANY_ORDER
    words = (ANY_ORDER,)

    threads: tuple[Thread, ...]

    @property
    def lines(self) -> Iterator[Expect | Later]:
        """All expectations, as they are written."""
        for thread in self.threads:
            yield from thread

    def __str__(self) -> str:
        return ANY_ORDER


class ExpectationShape(StepShape):
    """`expect: {…}`, and nobody else's step."""

    expects = "an expectation, for example expect: {hook: /final}"

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        first = next(iter(node), None) if isinstance(node, Map) else None
        if first is not None and first.key == ANY_ORDER:
            problems.add(first.where, f"{name} stands in {name}", "all of them hold in any order already: write them into the outer list")
            return INVALID
        if first is not None and first.key != "expect":
            remedy = "only what is expected can come in any order; what others do stands before the block, or behind it"
            known = did_you_mean(first.key, ["expect", IN_ORDER])
            problem = f"{name} holds expectations, and this is a step of {first.key!r}"
            if first.key not in ACTORS:
                problem, remedy = f"{name} has no {first.key!r}", known
            problems.add(first.where, problem, remedy)
            return INVALID
        step = super().read(node, name, problems)
        if step is INVALID:
            return INVALID
        if issubclass(kind_of(step), Finding):
            problems.add(step.where, "a finding is asked for when the call is over, so it has no place in an order", "write it as a step of its own")
            return INVALID
        if step.absent if isinstance(step, Expect) else _absent(step):
            remedy = "write it before the block: then it must not happen until the block is complete"
            problems.add(step.where, f"what must not happen has no place in {name}", remedy)
            return INVALID
        return step


def _absent(step: Later) -> bool:
    doing = step.node.entries["expect"].node if isinstance(step.node, Map) else step.node
    return isinstance(doing, Map) and "absent" in doing.entries


class AnyOrderShape(Shape):
    """A list of expectations, and of lists of such that hold in their order."""

    expects = "a list of expectations"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Items)

    def take(self, node: Node, name: str, problems: Problems) -> Any:
        return self.read(node, name, problems)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        example = "begin each with - expect:, or with - in_order: and a list of them"
        if not isinstance(node, Items):
            return self.wrong(node, name, problems, example)
        if len(node.nodes) < 2:
            problems.add(node.where, f"{name}: expected two expectations or more, found {len(node.nodes) or 'none'}", example)
            return INVALID
        threads = [self._thread(item, name, problems) for item in node.nodes]
        refuse_twice(self.captures(node), problems)
        if any(thread is INVALID for thread in threads):
            return INVALID
        if (states := prod(len(thread) + 1 for thread in threads)) > MOST:
            problem = f"{name}: {len(threads)} threads of expectations can go {states} ways, and {MOST} are possible"
            problems.add(node.where, problem, "split the block into several")
            return INVALID
        return AnyOrder(where=node.where, threads=tuple(threads))

    def _thread(self, item: Node, name: str, problems: Problems) -> Any:
        lines = thread_of(item)
        if isinstance(lines, Items):
            if not lines.nodes:
                problems.add(lines.where, f"{name}: {IN_ORDER} is empty", "write the expectations that hold one after the other")
                return INVALID
            read = [ExpectationShape().read(line, name, problems) for line in lines.nodes]
            return INVALID if any(line is INVALID for line in read) else tuple(read)
        if lines is not None:
            return self.wrong(lines, f"{name}: {IN_ORDER}", problems, "begin each with - expect:")
        one = ExpectationShape().read(item, name, problems)
        return INVALID if one is INVALID else (one,)

    def captures(self, node: Node) -> Iterator[tuple[str, Where]]:
        for item in node.nodes if isinstance(node, Items) else ():
            lines = thread_of(item)
            for line in lines.nodes if isinstance(lines, Items) else [item] if lines is None else ():
                yield from StepShape().captures(line)

    def json(self, defs: Json) -> Json:
        one = {
            "type": "object",
            "properties": {"expect": {"description": "One expectation."} | or_placeholder({"$ref": "#/$defs/expect"})},
            "additionalProperties": False,
            "required": ["expect"],
        }
        lines = {"type": "array", "minItems": 1, "items": or_placeholder(one)}
        thread = {
            "type": "object",
            "properties": {
                IN_ORDER: {"description": "Expectations that hold one after the other, beside all others of the block."} | or_placeholder(lines)
            },
            "additionalProperties": False,
            "required": [IN_ORDER],
        }
        defs[ANY_ORDER] = {
            "description": " ".join((AnyOrder.__doc__ or "").split()),
            "type": "array",
            "minItems": 2,
            "items": {"anyOf": [one, thread, {"$ref": "#/$defs/placeholder"}]},
        }
        doc = "Expectations that must all hold, in whatever order: - expect: {…}, or - in_order: [expect: {…}, …]."
        return {"description": doc} | or_placeholder({"$ref": f"#/$defs/{ANY_ORDER}"})


def thread_of(item: Node) -> Node | None:
    """What stands behind `in_order:`; None where something else does."""
    if not isinstance(item, Map) or list(item.entries) != [IN_ORDER]:
        return None
    return item.entries[IN_ORDER].node


BLOCKS[ANY_ORDER] = AnyOrderShape()
