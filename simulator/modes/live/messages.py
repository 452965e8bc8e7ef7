"""What live calls tell whoever shows them: one function a message, each a JSON object with `is`. Sound is bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from simulator.errors import ScenarioErrors, SimError
from simulator.journal import Frame
from simulator.report.result import Result
from simulator.report.text import explanation, printable
from simulator.rules import Finding
from simulator.scenario.debts import Debt

Json = dict[str, Any]
Told = Json | bytes
PHONES = ("a", "b")
VERSION = 1
LIVE = "live"
"""The file in which, as far as errors know, orders stand."""

AppState = Literal["ready", "starting", "reloading", "failed"]
CallState = Literal["ringing", "up", "over"]
Outcome = Literal["passed", "failed", "error", "ended"]


def hello(app: Json, model: Json, scenarios: Sequence[Json]) -> Json:
    """The first message."""
    return {"is": "hello", "version": VERSION, "app": app, "model": model, "scenarios": list(scenarios), "phones": list(PHONES)}


def app(state: AppState, problem: str = "", remedy: str = "") -> Json:
    """How the application is."""
    return {"is": "app", "state": state, "problem": problem, "remedy": remedy}


def call(call_id: str, phone: str, state: CallState, from_: str, to: str, title: str) -> Json:
    return {"is": "call", "call": call_id, "phone": phone, "state": state, "from": from_, "to": to, "title": title}


def frames(call_id: str, said: Iterable[Frame]) -> Json:
    """Lines of the journal, as they stand in its file."""
    return {"is": "frames", "call": call_id, "frames": [json.loads(frame.line()) for frame in said]}


def now(call_id: str, at_s: float) -> Json:
    return {"is": "now", "call": call_id, "at_s": round(at_s, 3)}


def owed(call_id: str, debts: Iterable[Debt]) -> Json:
    """Who owes what; `since_s` is when, on the clock of the call."""
    return {"is": "owed", "call": call_id, "owed": [{"who": one.who, "what": one.what, "since_s": round(one.frame.at_s, 3)} for one in debts]}


def finding(call_id: str, found: Finding) -> Json:
    about = {
        "code": found.code,
        "title": found.rule.title,
        "severity": found.rule.severity,
        "problem": found.text,
        "remedy": found.rule.remedy,
        "seqs": [] if found.frame is None else [found.frame.seq],
    }
    return {"is": "finding", "call": call_id, "finding": about}


def speaks(phone: str, text: str, item_id: str, lasts_s: float) -> Json:
    """These words begin to be heard, or follow those that do."""
    return {"is": "speaks", "phone": phone, "text": text, "item_id": item_id, "lasts_s": round(lasts_s, 3)}


def silenced(phone: str, heard: str) -> Json:
    """What was spoken was cut off behind these words."""
    return {"is": "silenced", "phone": phone, "heard": heard}


def sound(phone: str, pcm: bytes) -> bytes:
    """Samples: one byte of which phone, then PCM16 mono little-endian at 24 kHz."""
    return bytes([PHONES.index(phone)]) + pcm


def result(call_id: str, outcome: Outcome, found: Result | None) -> Json:
    """What became of a call; `text` is for people."""
    told = [] if found is None or outcome in ("passed", "ended") else explanation(found)
    return {"is": "result", "call": call_id, "outcome": outcome, "text": [printable(line) for line in told]}


def cost(call_id: str, tokens: Mapping[str, int], usd: float | None) -> Json:
    """Tokens so far, and what they cost: None where nobody pays (a simulated model), or no price is known."""
    return {"is": "cost", "call": call_id, "tokens": dict(tokens), "usd": usd}


def saved(file: str, text: str, passes: bool) -> Json:
    return {"is": "saved", "file": file, "yaml": text, "passes": passes}


def step(call_id: str, where: str, text: str) -> Json:
    """Of a scenario that is played: the step that comes next."""
    return {"is": "step", "call": call_id, "where": where, "step": text}


def scenarios(known: Sequence[Json]) -> Json:
    """The scenarios that there are now."""
    return {"is": "scenarios", "scenarios": list(known)}


def done(order_id: Any) -> Json:
    return {"is": "done", "id": order_id}


def refused(order_id: Any, problem: str, remedy: str = "") -> Json:
    return {"is": "refused", "id": order_id, "problem": problem, "remedy": remedy}


def refused_by(order_id: Any, error: SimError) -> Json:
    """An error of ours, as an answer; of several, the first."""
    first = error.errors[0] if isinstance(error, ScenarioErrors) else error
    at = "" if first.where is None or first.where.file == LIVE else f"{first.where}: "
    return refused(order_id, at + first.problem, first.remedy)
