"""Commands that concern what is heard, signalled or recorded: no other call is needed for them (jambonz.md 3.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Note, dropped, ignored
from simulator.jambonz.hooks import refusal_note
from simulator.jambonz.recording import record
from simulator.jambonz.schema import Refusal, normalize
from simulator.jambonz.speech_stream import tokens_of
from simulator.jambonz.tracks import dub

Json = dict[str, Any]

DTMF_MS = 250


def _drop(call: Call, what: str, why: str, remedy: str, frame: Any) -> str:
    call.do(dropped(what, why, remedy, frame))
    return "dropped"


def _dtmf(call: Call, frame: Json) -> str:
    """`{dtmf: {digit, duration?}}`: a SIP INFO to the caller's side."""
    data = frame["data"]
    inner = data.get("dtmf") if isinstance(data, dict) else None
    if not isinstance(inner, dict) or not inner.get("digit"):
        return _drop(call, "command dtmf", "the server reads data.dtmf.digit and finds nothing", 'send {"dtmf": {"digit": "1"}}', frame)
    if call.answered_at_s is None:
        return _drop(call, "command dtmf", "the call is not answered", "answer first", frame)
    call.note("sends_digits", digits=str(inner["digit"]), duration_ms=inner.get("duration", DTMF_MS))
    return "done"


def _sip_request(call: Call, frame: Json) -> str:
    """`{sip_request: {method, content_type?, content?, headers?}}`; what comes back is not told on a websocket."""
    data = frame["data"]
    inner = data.get("sip_request") if isinstance(data, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("method"), str) or not inner["method"]:
        why, remedy = "the server reads data.sip_request.method and finds nothing", 'send {"sip_request": {"method": "INFO", …}}'
        return _drop(call, "command sip:request", why, remedy, frame)
    if call.answered_at_s is None:
        return _drop(call, "command sip:request", "the call is not answered", "answer first", frame)
    method = inner["method"].upper()
    call.note("sip_request", method=method, headers=inner.get("headers") or {}, body=inner.get("content"), content_type=inner.get("content_type"))
    status = call.far_end.answer(method)
    call.note("sip_answer", method=method, status=status)
    return f"done: answered with {status}, which the application is not told"


def _dub(call: Call, frame: Json) -> str:
    """The properties of a `dub` verb."""
    data = frame["data"]
    verbs = normalize([{**data, "verb": "dub"}] if isinstance(data, dict) else [{"dub": data}], call.profile)
    if isinstance(verbs, Refusal):
        call.do(dropped("command dub", verbs.text, verbs.remedy or "send properties of the dub verb", refusal_note(verbs, "command dub")))
        return "dropped"
    return dub(call, verbs[0].data)


def _record(call: Call, frame: Json) -> str:
    data = frame["data"]
    if not isinstance(data, dict):
        return _drop(call, "command record", "its data is no object with an action", 'send {"action": "startCallRecording"}', frame)
    return record(call, data)


def _boost(call: Call, frame: Json) -> str:
    return boost(call, frame["data"])


def boost(call: Call, gain: Any) -> str:
    """`boostAudioSignal`: a number or text such as `3 dB`; the level is written down, the samples stay as they are."""
    inner = gain.get("boostAudioSignal", gain) if isinstance(gain, dict) else gain
    found = re.fullmatch(r"\s*([-+]?[0-9]{1,4}(?:\.[0-9]{1,4})?)\s*(?:dB)?\s*", str(inner), re.IGNORECASE)
    if found is None:
        return _drop(call, "boostAudioSignal", f"{str(inner)[:40]!r} is no number of decibels", 'write a number, or "3 dB"', gain)
    call.note("gain", gain_db=float(found[1]))
    call.do(Note("app", "not_simulated", {"what": "boostAudioSignal", "instead": "the caller hears everything at the usual level"}))
    return "done"


def _tokens(call: Call, frame: Json) -> str:
    """`{id, tokens}`, answered by `tts:tokens-result`."""
    data = frame["data"]
    if not isinstance(data, dict) or "id" not in data:
        return _drop(call, "command tts:tokens", "its data has no id: the server only logs it", "give each piece an id", frame)
    tokens = data.get("tokens")
    if tokens is None:
        result: Json = {"status": "failed", "reason": "missing tokens"}
    elif not isinstance(tokens, str):
        return _drop(call, "command tts:tokens", "its tokens are no text: the server raises where nobody catches", "send tokens as text", frame)
    elif not tokens.strip() and not tokens_of(call).size:
        call.do(ignored("command tts:tokens", "whitespace alone is thrown away while nothing else waits", "send it with the words around it", frame))
        result = tokens_of(call).buffer(tokens, call.now_s)
    else:
        result = tokens_of(call).buffer(tokens, call.now_s)
    call.notify("tts:tokens-result", {"id": data["id"], **result})
    if result["status"] != "ok":
        return f"refused: {result['reason']}"
    return "done" if tokens_of(call).state == "open" else "queued until a stream is open"


def _flush(call: Call, frame: Json) -> str:
    if tokens_of(call).flush():
        return "done"
    return _drop(call, "command tts:flush", "no stream of speech is open", "start a say {stream: true}, or config {ttsStream: …}", frame)


def _clear(call: Call, frame: Json) -> str:
    if tokens_of(call).clear():
        call.stop_playing()
        return "done"
    return _drop(call, "command tts:clear", "no stream of speech is open", "start a say {stream: true}, or config {ttsStream: …}", frame)


MEDIA_COMMANDS: dict[str, Callable[[Call, Json], str]] = {
    "dtmf": _dtmf,
    "sip:request": _sip_request,
    "dub": _dub,
    "record": _record,
    "boostAudioSignal": _boost,
    "tts:tokens": _tokens,
    "tts:flush": _flush,
    "tts:clear": _clear,
}
