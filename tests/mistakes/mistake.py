"""A mistake somebody makes: in an application, or in what is expected of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from tests.mistakes.applications import GREETS, Act, Json, answering, application, llm

Factory = Callable[[], web.Application]
RIGHT = application()


@dataclass(frozen=True, slots=True)
class Mistake:
    """`place` is the line of the scenario that is named, `first` what stands behind it; `told` other words; `remedy` words of what to do.

    `more` stands in the scenario ahead of its steps.
    """

    name: str
    steps: str
    place: int
    first: str
    told: tuple[str, ...]
    remedy: str
    app: Factory = RIGHT
    more: str = ""


def steps(*lines: str) -> str:
    return "".join(f"  - {line}\n" for line in lines)


GREETED = steps("model: {say: Good evening.}")
TALK = steps("model: {say: Good evening.}", "caller: {say: What is the weather?}")
CALLED = TALK + steps("model: {call: get_weather}")
SPEAKS = application(GREETS)


def verbs(*some: Json) -> Factory:
    return application(answering({"verb": "answer"}, *some))


def talking(**changes: object) -> Factory:
    return verbs(llm(**changes), {"verb": "hangup"})


def new(act: Act) -> Factory:
    return application(act)


SAY = {"verb": "say", "text": "Hello there."}
