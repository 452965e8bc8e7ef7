"""What meets some of the connections as they come: the first two are refused, every third is cut behind its greeting. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar

from simulator.modes.openai.plans import Plan, planned
from simulator.modes.openai.writing import Doing
from simulator.scenario.document import Items, Node, Problems, Scalar
from simulator.scenario.schema import As, Complaint, Doc, NotEmpty, OrOne, complain
from simulator.scenario.shapes import INVALID, Json, Shape
from simulator.scenario.steps import model
from simulator.scenario.value import value
from simulator.vendors.openai import events as openai

WHICH = re.compile(r"(?P<all>all)|first (?P<first>\d{1,9})|from (?P<start>\d{1,9})|every (?P<every>\d{1,9})(?:st|nd|rd|th)?|(?P<one>\d{1,9})")
NEEDS_A_SESSION = (openai.Disconnect, openai.Expire, openai.Trouble, openai.EmitRaw)
"""What would be lost if it happened before the client has come in."""


@value()
class Which:
    """Some connections, by their numbers from 1 on: those listed, and from `start` on (to `stop`) every `every`th."""

    listed: tuple[int, ...] = ()
    start: int = 0
    stop: int | None = None
    every: int = 1

    def fits(self, number: int) -> bool:
        if self.listed:
            return number in self.listed
        return self.start <= number and (self.stop is None or number <= self.stop) and number % self.every == 0


def which(text: str) -> Which | None:
    """`first 2`, `from 4`, `every 3rd`, `all` or `5`; None when it is nothing of the kind."""
    found = WHICH.fullmatch(text)
    if found is None:
        return None
    if (number := next((int(digits) for name, digits in found.groupdict().items() if digits and name != "all"), 1)) < 1:
        return None
    match found.lastgroup:
        case "first":
            return Which(stop=number)
        case "start":
            return Which(start=number)
        case "every":
            return Which(every=number)
        case "one":
            return Which((number,))
        case _:
            return Which()


class WhichShape(Shape):
    expects = "which connections: 3, [1, 4], first 2, from 4, every 2nd, or all"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Scalar | Items)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        each = node.nodes if isinstance(node, Items) else [node]
        found = [which(one.written) if isinstance(one, Scalar) and not one.broken else None for one in each]
        if not found or any(one is None or (len(found) > 1 and not one.listed) for one in found):
            return self.wrong(node, name, problems, "connections are counted from 1, in the order they are made")
        numbers = tuple(number for one in found if one is not None for number in one.listed)
        return Which(numbers) if numbers else found[0] or INVALID

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        number = {"type": "integer", "minimum": 1}
        return {"anyOf": [number, {"type": "array", "items": number}, {"type": "string", "pattern": f"^({WHICH.pattern.replace('?P', '?')})$"}]}


@value(kw_only=True)
class Arrival:
    """What the model server does as soon as such a connection is made."""

    TITLE: ClassVar[str] = "connections"

    which: Annotated[Any, As(WhichShape), Doc("which of them, counted from 1: 3, [1, 4], first 2, from 4, every 2nd, or all")]
    model: Annotated[tuple[Doing, ...], OrOne(), Doc("what the model server does then: a step, or several"), NotEmpty()]

    def check(self) -> Iterator[Complaint]:
        """Nobody has asked for an answer yet."""
        answers = any(isinstance(step, model.Answer | model.Default) for step in self.model)
        yield from complain((answers, "model", "nobody has asked for an answer yet", "answers stand in steps: of a script, or in a rule"))


@value()
class Welcome:
    """What one connection meets: refused over HTTP (a status, or `no_answer`), else what is to happen."""

    refused_with: int | str | None = None
    plan: Plan = Plan()


def welcome(arrivals: Sequence[Arrival], number: int) -> Welcome:
    """What meets the connection of this number. Of several refusals over HTTP the first is taken."""
    steps = [step for arrival in arrivals if arrival.which.fits(number) for step in arrival.model]
    for step in steps:
        if isinstance(step, model.Refuse) and (isinstance(step.refuse, int) or step.refuse == "no_answer"):
            return Welcome(step.refuse)
    plan = planned(steps)
    late = tuple((0.0, one) for one in plan.before if isinstance(one, NEEDS_A_SESSION))
    return Welcome(None, Plan(tuple(one for one in plan.before if not isinstance(one, NEEDS_A_SESSION)), None, (*late, *plan.later)))
