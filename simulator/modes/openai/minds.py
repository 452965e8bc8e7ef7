"""Who answers: a script, rules, an echo. A mind is asked once for every accepted response and says what is to happen.

Pure: prompt in, plan out. The default assistant is in `assistant.py`, files are read by `files.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from simulator.modes.openai.files import Rule, Script
from simulator.modes.openai.plans import Plan, planned
from simulator.scenario.playing import answer_of
from simulator.scenario.steps import model
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.prompt import Prompt


class Mind(Protocol):
    """One for each connection."""

    def begins(self) -> Plan:
        """What is to happen before the client is greeted, and while it is connected; nobody is answered yet."""

    def answers(self, prompt: Prompt) -> Plan:
        """What is to happen now that a response was accepted."""


class Echo:
    """Says back what it heard, or what a tool returned."""

    def begins(self) -> Plan:
        return Plan()

    def answers(self, prompt: Prompt) -> Plan:
        text = prompt.said if prompt.tool_output is None else prompt.tool_output
        if text is None:
            return Plan(answer=says("Say something, and I will say it back."))
        return Plan(answer=says(text or "I heard you, but no words."))


class Scripted:
    """Takes the steps of a script one after the other: each answer for one accepted response.

    What stands before the first answer and lasts, or waits for its instant, is there from the beginning of the connection. What
    stands between two answers happens when the second is asked for; but `mishear` at once, because it is about the turn before,
    and what has an `after` belongs to the answer before it.
    """

    def __init__(self, script: Script, otherwise: Mind) -> None:
        self._script, self._otherwise = script, otherwise
        self._steps = deque(script.model_steps)
        self._last: model.Answer | None = None
        self._default: model.Answer | None = None
        self._asked = 0

    def begins(self) -> Plan:
        heard = tuple(openai.Mishear(text) for text in self._script.heard)
        first = self._take(lambda step: isinstance(step, model.Refuse | model.Mishear | model.Lasting) or _has_instant(step))
        plan = planned(first)
        return replace(plan, before=(*heard, *plan.before))

    def answers(self, prompt: Prompt) -> Plan:
        self._asked += 1
        before: list[model.ModelStep] = []
        while self._steps:
            step = self._steps.popleft()
            match step:
                case model.Answer():
                    self._last = step
                    belongs = self._take(lambda step: isinstance(step, model.Mishear) or _has_instant(step))
                    return planned([*before, *belongs], answer_of(step))
                case model.Default():
                    self._default = step.default
                case model.Disconnect() | model.Expire():
                    return planned([*before, step])
                case _:
                    before.append(step)
        done = planned(before)
        if self._default is not None:
            return replace(done, answer=answer_of(self._default))
        match self._script.after_last:
            case "repeat" if self._last is not None:
                return replace(done, answer=answer_of(self._last))
            case "fail":
                text = f"The script has no step for response {self._asked} of this connection."
                return replace(done, answer=openai.Answer(fail=openai.Fail("server_error", message=text)))
            case _:
                return done.then(self._otherwise.answers(prompt))

    def _take(self, wanted: Callable[[model.ModelStep], bool]) -> list[model.ModelStep]:
        """The steps of this kind that come next."""
        taken = []
        while self._steps and wanted(self._steps[0]):
            taken.append(self._steps.popleft())
        return taken


class Ruled:
    """The first rule that fits the last turn (or what a tool returned) says what happens; where none fits, `otherwise` answers."""

    def __init__(self, rules: Sequence[Rule], otherwise: Mind) -> None:
        self._rules, self._otherwise = rules, otherwise

    def begins(self) -> Plan:
        return Plan()

    def answers(self, prompt: Prompt) -> Plan:
        for rule in self._rules:
            captured = rule.fits(prompt)
            if captured is not None:
                wants = rule.wants(captured, prompt.tools)
                return wants.plan if wants.is_all else wants.plan.then(self._otherwise.answers(prompt))
        return self._otherwise.answers(prompt)


def says(text: str) -> openai.Answer:
    return openai.Answer((openai.Say(text),))


def _has_instant(step: model.ModelStep) -> bool:
    return isinstance(step, model.Strike) and step.after is not None
