"""What the application did in a recorded call, and what came of it: each thing as the expectation that it happens again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.jambonz.tool_outputs import output_item
from simulator.journal import Frame
from simulator.scenario.draft.moment import ALWAYS, Moment
from simulator.scenario.draft.parties import Parties
from simulator.scenario.draft.patterns import address, begins, exactly, pattern_of

Given = dict[str, Any]
CALL_INFO = frozenset(
    (
        "call_sid", "direction", "from", "to", "call_id", "sbc_callid", "sip_status", "sip_reason", "call_status", "account_sid",
        "application_sid", "originating_sip_ip", "originating_sip_trunk_name", "parent_call_sid", "caller_id", "caller_name", "local_sip_address",
        "fs_sip_address", "fs_public_ip", "api_base_url", "trace_id", "public_ip", "service_url", "duration", "llm_session_id", "customer_data",
        "customerData", "b3", "env_vars", "sip",
    )
)  # fmt: skip
"""Members of every message about a call: they say nothing about the hook."""
TELLING = ("type", "code", "message")
MOST_VERBS = 12
WORTH_SAYING = ("vendor", "actionHook", "eventHook", "toolHook", "url", "queue", "name")
TRANSCRIBED = "conversation.item.input_audio_transcription.completed"


class Outcomes:
    """`moments()` are the expectations, at most one for each frame, in order."""

    def __init__(self, frames: list[Frame], parties: Parties) -> None:
        self._frames, self._parties = frames, parties
        self._said: dict[int, list[str]] = {}
        self._tools: dict[str, str] = {}
        self._session: dict[int, Any] = {}

    def moments(self) -> Iterator[Moment]:
        """Everything worth expecting."""
        for frame in self._frames:
            if not self._parties.knows(frame.leg):
                continue
            who = self._parties.who(self._parties.on_the_phone(frame.seq) if frame.link == "world" else frame.leg)
            for word, pattern, until_s in self._expected(frame):
                more = pattern.pop("more", {}) if isinstance(pattern, dict) else {}
                shown = pattern["is"] if isinstance(pattern, dict) and set(pattern) == {"is"} else pattern
                yield Moment(frame.seq, frame.at_s, {"expect": {word: shown, **more, **who}}, expected=True, until_s=until_s)

    def _expected(self, frame: Frame) -> Iterator[tuple[str, Any, float]]:
        match frame.link, frame.source:
            case "app", "app":
                yield from self._from_app(frame)
            case "app", "jambonz":
                yield from self._to_app(frame)
            case "media", _:
                yield from self._on_the_line(frame)
            case "model", _:
                yield from self._at_the_model(frame)
            case "world", "app" if frame.kind == "request":
                shown = frame.frame
                query = {name: pattern_of(value) for name, value in (shown.get("query") or {}).items()}
                body = {"body": pattern_of(shown["body"])} if isinstance(shown.get("body"), (dict, list)) else {}
                about = ({"query": query} if query else {}) | body
                yield "request", {"method": shown["method"], "url": address(str(shown["url"])), **about}, ALWAYS

    # --- what the application says

    def _from_app(self, frame: Frame) -> Iterator[tuple[str, Any, float]]:
        item = output_item(frame)
        if item is not None:
            tool = self._tools.get(str(item.get("call_id")))
            yield "tool_output", {**({"tool": tool} if tool else {}), "output": _output(item.get("output"))}, ALWAYS
            return
        data = frame.frame.get("data")
        if isinstance(data, list) and data and (frame.kind == "ack" or frame.frame.get("command") == "redirect"):
            verbs = [shown for verb in data[:MOST_VERBS] if (shown := _verb(verb)) is not None]
            yield "verbs", [*verbs, "..."] if len(data) > MOST_VERBS else verbs, ALWAYS
        elif frame.kind == "command" and frame.frame.get("command") not in (None, "llm:tool-output"):
            name = str(frame.frame["command"])
            telling = {key: pattern_of(value) for key, value in data.items() if _is_short(value)} if isinstance(data, Mapping) else {}
            yield "command", {"command": name, "data": telling} if telling else name, ALWAYS

    # --- what the application is told

    def _to_app(self, frame: Frame) -> Iterator[tuple[str, Any, float]]:
        data = frame.frame.get("data")
        if frame.kind == "llm:tool-call" and isinstance(data, Mapping):
            self._tools[str(data.get("tool_call_id"))] = str(data.get("name"))
        elif frame.kind == "verb:hook" and isinstance(data, Mapping):
            yield self._hook(frame, data)
        elif frame.kind in ("llm:event", "agent:event") and isinstance(data, Mapping):
            if data.get("type") == TRANSCRIBED:
                yield "event", {"type": TRANSCRIBED, "transcript": exactly(str(data.get("transcript", "")))}, ALWAYS
            elif data.get("type") == "error":
                error = data.get("error") or {}
                yield "event", {"type": "error", "error": {key: pattern_of(error[key]) for key in ("type", "code") if error.get(key)}}, ALWAYS
        elif frame.kind == "call_refused":
            shown = {key: pattern_of(frame.frame[key]) for key in ("status", "msg") if key in frame.frame}
            yield "frame", {"kind": "call_refused", "frame": shown}, ALWAYS
        elif frame.kind == "session:reconnect":
            yield "frame", {"link": "app", "kind": "session:reconnect"}, ALWAYS
        elif frame.kind == "call:status" and isinstance(data, Mapping) and (frame.leg or self._parties.outbound):
            status = data.get("call_status")
            if status in ("ringing", "early-media", "in-progress"):
                yield "call", {"is": status}, self._next_status_s(frame)

    def _next_status_s(self, frame: Frame) -> float:
        later = (one for one in self._frames[frame.seq + 1 :] if one.leg == frame.leg and one.kind in ("call:status", "call_ended"))
        return next((one.at_s for one in later), ALWAYS)

    def _hook(self, frame: Frame, data: Mapping[str, Any]) -> tuple[str, Any, float]:
        if isinstance(data.get("completion_reason"), str):
            error = data.get("error") or data.get("details")
            told = {key: pattern_of(error[key]) for key in TELLING if error.get(key)} if isinstance(error, Mapping) else {}
            reason = str(data["completion_reason"])
            return "action", {"completion_reason": reason, "error": told} if told and "error" in data else {"is": reason}, ALWAYS
        telling = {name: pattern_of(value) for name, value in data.items() if name not in CALL_INFO and _is_short(value) and not _counts(name)}
        hook = frame.frame.get("hook")
        if isinstance(hook, str):
            return "hook", {"hook": address(hook), "data": telling} if telling else {"is": address(hook)}, ALWAYS
        return "action", telling or {"call_sid": "*"}, ALWAYS

    # --- what is heard, and how it ends

    def _on_the_line(self, frame: Frame) -> Iterator[tuple[str, Any, float]]:
        if frame.kind == "said":
            self._said.setdefault(frame.leg, []).append(str(frame.frame.get("text", "")))
            yield "say", {"is": exactly(str(frame.frame.get("text", "")))}, ALWAYS
        elif frame.kind == "heard":
            heard = str(frame.frame.get("text", ""))
            if not heard.strip() or heard in self._said.get(frame.leg, ()):
                return
            yield "heard", {"is": begins(heard) if frame.frame.get("cut_s") else exactly(heard)}, ALWAYS
        elif frame.kind == "call_ended":
            by = {"by": frame.frame["by"]} if frame.frame.get("by") in ("app", "caller", "jambonz") else {}
            sip = frame.frame.get("sip_status")
            more = by | ({"sip_status": sip} if isinstance(sip, int) and sip >= 400 else {})
            yield "call", {"is": frame.frame["status"], "more": more}, ALWAYS

    # --- what reaches the model

    def _at_the_model(self, frame: Frame) -> Iterator[tuple[str, Any, float]]:
        if frame.source == "jambonz" and frame.kind == "response.create":
            response = frame.frame.get("response") or {}
            told = {"type": "response.create", "response": {"instructions": "*"}} if response.get("instructions") else "response.create"
            yield "client_event", {"is": told} if isinstance(told, str) else told, ALWAYS
        elif frame.kind == "session.updated":
            shown = _session(frame.frame.get("session") or {})
            if shown and self._session.get(frame.leg) != shown:
                self._session[frame.leg] = shown
                later = (one for one in self._frames[frame.seq + 1 :] if one.leg == frame.leg and one.kind == "session.updated")
                yield "session", shown, next((one.at_s for one in later), ALWAYS)
        elif frame.kind == "response.done":
            response = frame.frame.get("response") or {}
            if response.get("status") in ("cancelled", "failed", "incomplete"):
                yield "response", {"is": response["status"]}, ALWAYS


def _counts(name: str) -> bool:
    return name.endswith(("_time", "_ms", "_s", "duration", "_sid", "_id"))


def _is_short(value: Any) -> bool:
    return value is not None and len(json.dumps(value, default=str)) <= 120


def _verb(verb: Any) -> Any:
    if not isinstance(verb, dict):
        return None
    name = verb.get("verb", next(iter(verb), None))
    if not isinstance(name, str):
        return None
    data = verb if "verb" in verb else verb.get(name)
    if name in ("say", "play") or not isinstance(data, Mapping):
        return name
    told = {key: pattern_of(data[key]) for key in WORTH_SAYING if isinstance(data.get(key), str)}
    return {name: told} if told else name


def _output(written: Any) -> Any:
    if not isinstance(written, str):
        return pattern_of(written)
    try:
        parsed = json.loads(written)
    except ValueError:
        return pattern_of(written)
    return pattern_of(parsed if isinstance(parsed, (dict, list)) else written)


def _session(session: Mapping[str, Any]) -> Given:
    """What an application cares about: its tools, how turns are told apart, and that the caller is transcribed."""
    tools = [{"name": tool["name"]} for tool in session.get("tools") or [] if isinstance(tool, Mapping) and isinstance(tool.get("name"), str)]
    audio = session.get("audio")
    heard = audio.get("input") if isinstance(audio, Mapping) else session
    heard = heard if isinstance(heard, Mapping) else {}
    hearing: Given = {}
    if isinstance(detection := heard.get("turn_detection"), Mapping):
        hearing["turn_detection"] = {key: pattern_of(value) for key, value in detection.items() if value is not None and value is not True}
    name = "transcription" if isinstance(audio, Mapping) else "input_audio_transcription"
    if isinstance(heard.get(name), Mapping):
        hearing[name] = {"model": "*"}
    shown: Given = {"tools": tools} if tools else {}
    return shown | ({"audio": {"input": hearing}} if hearing and isinstance(audio, Mapping) else hearing)
