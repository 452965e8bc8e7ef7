"""Who answers: a script, rules, an echo. A mind is asked once for every accepted response and says what is to happen.

Pure: prompt in, plan out. The default assistant is in `assistant.py`, files are read by `files.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from simulator.modes.openai.files import Rule, Script
from simulator.scenario.playing import answer_of
from simulator.scenario.steps import model
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.prompt import Prompt

Happenings = tuple[openai.ServerHappening, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a mind wants for one response: `before` happens at once, then the answer is given (None: nobody will be there to hear it).

    `later` happens so many seconds after the first sound (or text) of the answer.
    """

    before: Happenings = ()
    answer: openai.Answer | None = None
    later: tuple[tuple[float, openai.ServerHappening], ...] = ()


class Mind(Protocol):
    """One for each connection."""

    def begins(self) -> Happenings:
        """What is to happen before the client is greeted."""

    def answers(self, prompt: Prompt) -> Plan:
        """What is to happen now that a response was accepted."""


class Echo:
    """Says back what it heard, or what a tool returned."""

    def begins(self) -> Happenings:
        return ()

    def answers(self, prompt: Prompt) -> Plan:
        text = prompt.said if prompt.tool_output is None else prompt.tool_output
        if text is None:
            return Plan(answer=says("Say something, and I will say it back."))
        return Plan(answer=says(text or "I heard you, but no words."))


class Scripted:
    """Takes the steps of a script one after the other: each answer for one accepted response.

    What stands between two answers happens when the second is asked for; `mishear` at once, because it is about the turn before;
    `disconnect` and `expire` with `after` while the answer before them is being heard.
    """

    def __init__(self, script: Script, otherwise: Mind) -> None:
        self._script, self._otherwise = script, otherwise
        self._steps = deque(script.model_steps)
        self._last: model.Answer | None = None
        self._default: model.Answer | None = None
        self._asked = 0

    def begins(self) -> Happenings:
        heard = tuple(openai.Mishear(text) for text in self._script.heard)
        return (*heard, *(happening for step in self._take(model.Refuse, model.Mishear) for happening in happenings(step)))

    def answers(self, prompt: Prompt) -> Plan:
        self._asked += 1
        before: list[openai.ServerHappening] = []
        while self._steps:
            step = self._steps.popleft()
            match step:
                case model.Answer():
                    self._last = step
                    return self._plan(before, answer_of(step))
                case model.Default():
                    self._default = step.default
                case model.Disconnect() | model.Expire():
                    return Plan((*before, *happenings(step)))
                case _:
                    before += happenings(step)
        if self._default is not None:
            return Plan(tuple(before), answer_of(self._default))
        match self._script.after_last:
            case "repeat" if self._last is not None:
                return Plan(tuple(before), answer_of(self._last))
            case "fail":
                text = f"The script has no step for response {self._asked} of this connection."
                return Plan(tuple(before), openai.Answer(fail=openai.Fail("server_error", message=text)))
            case _:
                found = self._otherwise.answers(prompt)
                return Plan((*before, *found.before), found.answer, found.later)

    def _plan(self, before: Sequence[openai.ServerHappening], answer: openai.Answer) -> Plan:
        later: list[tuple[float, openai.ServerHappening]] = []
        while self._steps and isinstance(step := self._steps[0], model.Disconnect | model.Expire) and step.after_s is not None:
            later += ((step.after_s, happening) for happening in happenings(step))
            self._steps.popleft()
        heard = [happening for step in self._take(model.Mishear) for happening in happenings(step)]
        return Plan((*before, *heard), answer, tuple(later))

    def _take(self, *kinds: type[model.ModelStep]) -> list[model.ModelStep]:
        """The steps of these kinds that come next."""
        taken = []
        while self._steps and isinstance(self._steps[0], kinds):
            taken.append(self._steps.popleft())
        return taken


class Ruled:
    """The first rule that fits the last turn (or what a tool returned) says what happens; where none fits, `otherwise` answers."""

    def __init__(self, rules: Sequence[Rule], otherwise: Mind) -> None:
        self._rules, self._otherwise = rules, otherwise

    def begins(self) -> Happenings:
        return ()

    def answers(self, prompt: Prompt) -> Plan:
        for rule in self._rules:
            captured = rule.fits(prompt)
            if captured is not None:
                return self._plan(rule.steps(captured, prompt.tools), prompt)
        return self._otherwise.answers(prompt)

    def _plan(self, steps: Sequence[model.ModelStep], prompt: Prompt) -> Plan:
        before: list[openai.ServerHappening] = []
        later: list[tuple[float, openai.ServerHappening]] = []
        answer: openai.Answer | None = None
        gone = False
        for step in steps:
            match step:
                case model.Answer():
                    answer = answer_of(step)
                case model.Disconnect(after_s=float(after_s)) | model.Expire(after_s=float(after_s)):
                    later += ((after_s, happening) for happening in happenings(step))
                case _:
                    gone = gone or isinstance(step, model.Disconnect | model.Expire)
                    before += happenings(step)
        if answer is None and not gone:
            answer = self._otherwise.answers(prompt).answer
        return Plan(tuple(before), answer, tuple(later))


def says(text: str) -> openai.Answer:
    return openai.Answer((openai.Say(text),))


def happenings(step: model.ModelStep) -> Happenings:
    """What a step that is no answer does to the model server."""
    match step:
        case model.Trouble(error=body):
            return (openai.Trouble(body.code, body.type, body.message, body.param),)
        case model.Disconnect():
            return (openai.Disconnect(step.code, step.reason),)
        case model.Expire():
            return (openai.Expire(),)
        case model.Stall():
            return (openai.Stall(step.stall_s),)
        case model.Mishear():
            return (openai.Mishear(step.mishear),)
        case model.Emit():
            return tuple(openai.EmitRaw(dict(event)) for event in step.emit)
        case model.Refuse() if isinstance(step.refuse, str) and step.refuse != "no_answer":
            return (openai.Refuse(step.refuse, step.message),)
        case model.Refuse() | model.Answer() | model.Default():
            return ()
