"""A first scenario for an application nobody has written one for: call it, listen, and write down what happened.

The call that is tried (`tried`) expects nothing; what the application does in it decides what `drafts` expect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.host import AppRef
from simulator.journal import Frame, Journal
from simulator.modes.config import Config
from simulator.modes.run import deployed, play
from simulator.report.result import Result
from simulator.scenario.load import loads

GREETING = "Hello, how can I help you?"
FAREWELL = "You are welcome. Good bye."
TRIAL = f"""
name: a call to see what happens
model: {{default: {{say: "{GREETING}"}}}}
steps:
  - caller: {{wait: 20s}}
"""
MOST_VERBS = 12
LONGEST_TEXT = 200
PLAIN_WORD = re.compile(r"(?!true$|false$|null$|yes$|off$)[a-z]{3,20}")


@dataclass(frozen=True, slots=True)
class FirstCall:
    """What was written, and how it went; `answered` says whether the application takes calls at all."""

    text: str
    result: Result
    answered: bool


def tried(app: AppRef, config: Config) -> Result:
    """One call that asks for nothing: the caller waits, and any model greets. Raises `AppError`."""
    with deployed(app, config) as there:
        return play(loads(TRIAL, "a first try")[0], app, config, there)


def verbs_of(journal: Journal) -> list[str] | None:
    """The names of the verbs that the application answered the new call with; None when it did not answer."""
    for frame in journal.select("app", "app", "ack"):
        data = frame.frame.get("data")
        if isinstance(data, list):
            return [one["verb"] if isinstance(one.get("verb"), str) else str(next(iter(one), "")) for one in data if isinstance(one, dict)]
    return None


def first_call(app: AppRef, config: Config, file: str) -> FirstCall:
    """The richest draft that holds; when none does, the plainest with its failures. Raises `AppError`."""
    with deployed(app, config) as there:
        seen = play(loads(TRIAL, file)[0], app, config, there)
        if verbs_of(seen.journal) is None:
            return FirstCall(drafts(seen.journal)[-1], seen, answered=False)
        for text in drafts(seen.journal):
            result = play(loads(text, file)[0], app, config, there)
            if result.outcome == "passed":
                break
        return FirstCall(text, result, answered=True)


def drafts(journal: Journal) -> list[str]:
    """Scenarios of what happened in this call, the richest first: each next one expects less."""
    verbs = verbs_of(journal)
    expected = [] if verbs is None else [f"- expect: {{verbs: [{_listed(verbs)}]}}"]
    ended = next(journal.select("media", None, "call_ended"), None)
    end = _end(ended)
    said = [frame for frame in journal.select("media", None, "said") if _is_plain(frame.frame.get("text"))]
    greeted = next((frame for frame in journal.select("media", None, "heard") if frame.frame.get("text") == GREETING), None)
    spoken = [f"- expect: {{say: {json.dumps(said[0].frame['text'], ensure_ascii=False)}}}"] if said and _is_first(said[0], greeted) else []
    talk = [] if greeted is None else _conversation()
    found = [[*expected, *spoken, *talk, *end], [*expected, *spoken, *end], [*expected, *end], [*expected, "- caller: {hang_up: true}"]]
    name = "the caller talks with the assistant, and hangs up" if talk else "the application answers a call"
    texts = [_written(name if index == 0 else "the application answers a call", steps) for index, steps in enumerate(found)]
    return list(dict.fromkeys(texts))


def _end(ended: Frame | None) -> list[str]:
    """Who ended the call ends it again."""
    if ended is not None and ended.frame.get("by") == "app" and ended.frame.get("status") in ("completed", "failed"):
        return [f"- expect: {{call: {ended.frame['status']}, by: app}}"]
    return ["- caller: {hang_up: true}", "- expect: {call: completed, by: caller}"]


def _conversation() -> list[str]:
    return [
        f'- model: {{say: "{GREETING}"}}',
        f'- expect: {{heard: "{GREETING}"}}',
        '- caller: {say: "Thank you, that is all I wanted to know."}',
        f'- model: {{say: "{FAREWELL}"}}',
        f'- expect: {{heard: "{FAREWELL}"}}',
    ]


def _is_first(said: Frame, greeted: Frame | None) -> bool:
    return greeted is None or said.seq < greeted.seq


def _is_plain(text: object) -> bool:
    """Whether it stands for itself in a pattern, on one line."""
    return isinstance(text, str) and text.isprintable() and 0 < len(text) <= LONGEST_TEXT and text[0] not in "/*" and "${" not in text


def _listed(verbs: Sequence[str]) -> str:
    shown = [name if PLAIN_WORD.fullmatch(name) else json.dumps(name) for name in verbs[:MOST_VERBS]]
    return ", ".join([*shown, "..."] if len(verbs) > MOST_VERBS else shown)


def _written(name: str, steps: Sequence[str]) -> str:
    lines = "\n".join(f"  {step}" for step in steps)
    return f"# A first call, as it went. `jambonz-sim run` plays it; `jambonz-sim schema` lists all a step can say.\nname: {name}\nsteps:\n{lines}\n"
