"""What whoever wrote an expectation may have meant, where the call itself shows it: another name, another word, another time, another phone."""

from __future__ import annotations

from simulator.scenario.hints.anywhere import another_phone, another_time, another_word
from simulator.scenario.hints.course import call, request
from simulator.scenario.hints.events import client_event, event
from simulator.scenario.hints.missed import Guess, Hint, Missed
from simulator.scenario.hints.names import command, frame, hook, tool_output, verbs
from simulator.scenario.hints.spoken import spoken

__all__ = ["Hint", "Missed", "hint"]

ANYWHERE: tuple[Guess, ...] = (another_phone, another_time)
GUESSES: dict[str, tuple[Guess, ...]] = {
    "event": (event,),
    "client_event": (client_event,),
    "command": (command,),
    "hook": (hook,),
    "verbs": (verbs,),
    "tool_output": (tool_output,),
    "say": (spoken,),
    "heard": (spoken,),
    "streamed": (spoken,),
    "request": (request,),
    "call": (call,),
    "frame": (frame,),
}


def hint(missed: Missed) -> Hint | None:
    """The first that fits, the surest first."""
    by_word = GUESSES.get(missed.expectation.word, ())
    return next((found for guess in (*ANYWHERE, *by_word, another_word) if (found := guess(missed)) is not None), None)
