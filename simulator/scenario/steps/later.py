"""A step that takes in what others capture: its form is known before the call, what it says only when it is played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from simulator.scenario.document import Items, Node, Ref, Scalar
from simulator.scenario.steps.line import CallLine, Line
from simulator.scenario.value import value


@value(kw_only=True)
class Later(CallLine):
    """The step of class `kind` that will be written at `node` when all in it has been filled in."""

    kind: type[Line]
    known_by: str
    """The key that says which step this is."""
    node: Node = field(repr=False)

    @property
    def word(self) -> str:
        """As that of the step."""
        return self.known_by

    @property
    def takes_in(self) -> tuple[str, ...]:
        """The names of the captured values in it, each once."""
        return tuple(dict.fromkeys(ref.name for ref in refs_in(self.node)))

    def __str__(self) -> str:
        return f"{self.kind.actor}.{self.word}"


def refs_in(node: Node) -> Iterator[Ref]:
    """Where captured values go, from top to bottom."""
    if isinstance(node, Scalar):
        yield from (part for part in node.parts if isinstance(part, Ref))
    elif node.unfilled:
        for inner in node.nodes if isinstance(node, Items) else [entry.node for entry in node]:
            yield from refs_in(inner)


def kind_of(step: Line) -> type[Line]:
    """What kind of step this is, or will be."""
    return step.kind if isinstance(step, Later) else type(step)
