"""Events that the application was not told of, or the model not sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.journal import Frame
from simulator.pattern import show
from simulator.scenario.hints.missed import Hint, Missed, meant
from simulator.vendors.filter import EventFilter
from simulator.vendors.known import VENDORS
from simulator.vendors.openai import catalogue
from simulator.vendors.openai.dialects import BETA_NAMES
from simulator.vendors.openai.forms import CLIENT_NAMES


def event(missed: Missed) -> Hint | None:
    name, verb = missed.expectation.name, missed.llm()
    if name is None or verb is None:
        return None if verb is not None else Hint("the application has sent no llm verb, so no model speaks to it", "")
    told = missed.names("event", "type")
    if name in told:
        return None
    made = {frame.kind: frame for frame in missed.frames if frame.link == "model" and frame.source == "model"}
    beta = BETA_NAMES.get(name)
    if name in made or ((ga := catalogue.ga_name(name)) in made and ga != name):
        cause = made.get(name) or made[catalogue.ga_name(name)]
        return _not_told(name, beta, cause, verb, told)
    if name in CLIENT_NAMES:
        return Hint(
            f"{name} is an event of the client: it goes to the model, never to the application",
            f"write expect: {{client_event: {name}}}",
            certain=True,
        )
    if VENDORS.get(str(verb.get("vendor", "openai"))) is VENDORS["openai"] and (other := meant(name, told, catalogue.NAMES, "server event")):
        return other
    if "input_audio_transcription" in name and not _transcribes(missed):
        return Hint("the session has no transcription, so nobody writes down what the caller says", TRANSCRIPTION, certain=True)
    return Hint(f"the model never sent {name!r} in this call", "")


TRANSCRIPTION = "let the application ask for it in session_update: audio.input.transcription (beta: input_audio_transcription)"


def _transcribes(missed: Missed) -> bool:
    for _, session in missed.values("session"):
        hearing = (session.get("audio") or {}).get("input") or {}
        if hearing.get("transcription") or session.get("input_audio_transcription"):
            return True
    return False


def _not_told(name: str, beta: str | None, cause: Frame, verb: Mapping[str, Any], told: list[str]) -> Hint:
    """The model did send the event; what stands between it and the application?"""
    sent = f"the model sent it (#{cause.seq} at {cause.at_s:.3f} s)"
    if not verb.get("eventHook"):
        return Hint(
            f"{sent}, but the llm verb has no eventHook, so the application is told of no event",
            "let the application name an eventHook",
            certain=True,
        )
    if beta in told and beta is not None:
        return Hint(
            f"{sent}, and jambonz told the application of it as {beta!r}",
            f"write expect: {{event: {beta}}}, as jambonz gives it the beta name",
            certain=True,
        )
    events, vendor = verb.get("events"), VENDORS.get(str(verb.get("vendor", "openai")))
    known = () if vendor is None else vendor.events
    if isinstance(events, list) and not EventFilter.parse([str(one) for one in events], known).delivers(name):
        said = f"{sent}, but the filter of the llm verb keeps it from the application: events: {show(events)}"
        aliased = f" (as jambonz calls it; {name} is asked for in vain)" if beta is not None and name in events else ""
        return Hint(said, f"let the application add {(beta if aliased else name)!r} to the `events` of its llm verb{aliased}", certain=True)
    if isinstance(events, list) and beta is not None and name in events:
        said = f"{sent} as {beta!r} by jambonz's names, which the filter of the llm verb keeps from the application: events: {show(events)}"
        return Hint(said, f"let the application add {beta!r} to the `events` of its llm verb, and expect that name", certain=True)
    if events is None and name not in known:
        said = f"{sent}, but without `events` only those are told that jambonz knows, and {name!r} is none of them"
        return Hint(said, f"let the application name {name!r} in the `events` of its llm verb", certain=True)
    return Hint(f"{sent}, and the application was not told of it", "")


def client_event(missed: Missed) -> Hint | None:
    name = missed.expectation.name
    if name is None:
        return None
    if name in catalogue.NAMES and name not in CLIENT_NAMES:
        return Hint(f"{name} is an event of the server: the model sends it", f"write expect: {{event: {name}}}", certain=True)
    return meant(name, missed.names("client_event", "type"), CLIENT_NAMES, "client event")
