"""What is to happen on a connection, as the steps of a script or a rule say it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, assert_never

from simulator.scenario.misfortune import blows, upon
from simulator.scenario.playing import answer_of
from simulator.scenario.steps import model
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.faults import Happening

Happenings = tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a mind wants for one response: `before` happens at once, then the answer is given (None: nobody will be there to hear it).

    `later` happens so many seconds after the first sound (or text) of the answer; at the beginning of a connection, after that.
    """

    before: Happenings = ()
    answer: openai.Answer | None = None
    later: tuple[tuple[float, Happening], ...] = ()

    def then(self, other: Plan) -> Plan:
        """This, and what somebody else answers."""
        return Plan((*self.before, *other.before), other.answer, (*self.later, *other.later))


class Wants(NamedTuple):
    """What a rule wants. `is_all` is whether nobody else need answer: it does, or the client will be gone."""

    plan: Plan
    is_all: bool


def wanted(steps: Sequence[model.ModelStep]) -> Wants:
    """What the steps of a rule do; of several answers, the last one is given."""
    answers = [step for step in steps if isinstance(step, model.Answer)]
    plan = planned([step for step in steps if not isinstance(step, model.Answer)], answer_of(answers[-1]) if answers else None)
    gone = any(isinstance(step, model.Disconnect | model.Expire) and step.after is None for step in steps)
    return Wants(plan, bool(answers) or gone)


def planned(steps: Sequence[model.ModelStep], answer: openai.Answer | None = None) -> Plan:
    """What these steps do besides the answer: at once, behind an event, or some time later."""
    before: list[Happening] = []
    later: list[tuple[float, Happening]] = []
    for step in steps:
        match step:
            case model.Strike(after_event=event) if event is not None:
                before.append(upon(step))
            case model.Strike(after_s=float(after_s)):
                later += ((after_s, blow) for blow in blows(step))
            case model.Strike():
                before += blows(step)
            case model.Mishear():
                before.append(openai.Mishear(step.mishear))
            case model.Refuse() if isinstance(step.refuse, str) and step.refuse != "no_answer":
                before.append(openai.Refuse(step.refuse, step.message))
            case model.Refuse() | model.Answer() | model.Default():
                pass
            case other:
                assert_never(other)
    return Plan(tuple(before), answer, tuple(later))
