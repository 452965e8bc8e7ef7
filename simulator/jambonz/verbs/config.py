"""`config`: settings for the rest of the call; ends at once and has no hook of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator.jambonz import answer_detection, barge_in, speech_stream
from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.hooks import Unanswered
from simulator.jambonz.media_commands import boost
from simulator.jambonz.recording import record
from simulator.jambonz.schema import VerbData
from simulator.jambonz.transcription import transcribe_beside
from simulator.jambonz.verbs.listen import listen_beside
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script


@verb("config")
def config(data: VerbData, call: Call) -> Script[Effect, None]:
    """Each property changes something; they are taken in the order of the real server (tasks/config.js). What is not known here is said."""
    settings = data.data
    for name, change in CHANGES.items():
        if name in settings:
            change(call, settings[name], settings)
    call.leave_out(data, *(name for name in settings if name not in CHANGES and name not in IGNORED))
    return
    yield


Json = dict[str, Any]


def _notify_events(call: Call, value: Any, settings: Json) -> None:  # noqa: ARG001 - the shape of a change
    """Can be switched on, and never off again (tasks/config.js:137)."""
    call.notify_events = call.notify_events or bool(value)


def _amd(call: Call, value: Json, settings: Json) -> None:  # noqa: ARG001
    call.stop_background(answer_detection.NAME)
    call.start_background(answer_detection.NAME, answer_detection.detect(call, value or {}))


def _reset(call: Call, value: Any, settings: Json) -> None:  # noqa: ARG001
    """Back to what the application was set up with."""
    names = [value] if isinstance(value, str) else value or []
    if "synthesizer" in names:
        call.invite = replace(call.invite, synthesizer=call.features.synthesizer)
    if "recognizer" in names:
        call.invite = replace(call.invite, recognizer=call.features.recognizer)


def _synthesizer(call: Call, value: Json, settings: Json) -> None:  # noqa: ARG001
    call.invite = replace(call.invite, synthesizer=_changed(call.invite.synthesizer, value))


def _recognizer(call: Call, value: Json, settings: Json) -> None:  # noqa: ARG001
    call.invite = replace(call.invite, recognizer=_changed(call.invite.recognizer, value))


def _changed(before: Json, value: Json) -> Json:
    return {**before, **{name: new for name, new in (value or {}).items() if new != "default"}}


def _barge_in(call: Call, value: Json, settings: Json) -> None:
    if (value or {}).get("enable") is True:
        barge_in.switch_on(call, value, settings.get("recognizer") or {})
    elif (value or {}).get("enable") is False:
        barge_in.switch_off(call)


def _record(call: Call, value: Json, settings: Json) -> None:  # noqa: ARG001
    if (value or {}).get("action"):
        record(call, value)


def _tts_stream(call: Call, value: Json, settings: Json) -> None:  # noqa: ARG001
    """A stream that stays open; it needs media, which a plain `config` does not ask for, and a websocket. Raises `Unanswered` without that."""
    call.stop_background(speech_stream.NAME)
    if not (value or {}).get("enable"):
        return
    if call.requestor.asks_webhook("/"):
        raise Unanswered("config with ttsStream needs a websocket, over which the tokens would come; the application is a webhook")
    if call.answered_at_s is None:
        call.when_answered.append(lambda: _start_stream(call, value))
    else:
        _start_stream(call, value)


def _start_stream(call: Call, value: Json) -> None:
    call.start_background(speech_stream.NAME, speech_stream.background_stream(call, value))


def _filler_noise(call: Call, value: Json, settings: Json) -> None:  # noqa: ARG001
    call.features.filler_noise = value if (value or {}).get("enable") else None


def _delay_action(call: Call, value: Json, settings: Json) -> None:  # noqa: ARG001
    call.features.delay_action = value if (value or {}).get("enabled") else None


def _request_hook(call: Call, value: Any, settings: Json) -> None:  # noqa: ARG001
    call.features.request_hook = value


def _refer_hook(call: Call, value: Any, settings: Json) -> None:  # noqa: ARG001
    call.features.refer_hook = value


def _auto_stream(call: Call, value: Any, settings: Json) -> None:  # noqa: ARG001
    call.features.auto_stream = bool(value)


def _tts_cache(call: Call, value: Any, settings: Json) -> None:  # noqa: ARG001
    call.features.tts_cache = not value


def _boost(call: Call, value: Any, settings: Json) -> None:  # noqa: ARG001
    boost(call, value)


def _listen(call: Call, value: Json, settings: Json) -> None:  # noqa: ARG001
    listen_beside(call, value or {})


def _transcribe(call: Call, value: Json, settings: Json) -> None:  # noqa: ARG001
    transcribe_beside(call, value or {})


CHANGES: dict[str, Callable[[Call, Any, Json], None]] = {
    "notifyEvents": _notify_events,
    "amd": _amd,
    "reset": _reset,
    "synthesizer": _synthesizer,
    "recognizer": _recognizer,
    "bargeIn": _barge_in,
    "record": _record,
    "listen": _listen,
    "stream": _listen,
    "transcribe": _transcribe,
    "ttsStream": _tts_stream,
    "actionHookDelayAction": _delay_action,
    "fillerNoise": _filler_noise,
    "sipRequestWithinDialogHook": _request_hook,
    "referHook": _refer_hook,
    "autoStreamTts": _auto_stream,
    "disableTtsCache": _tts_cache,
    "boostAudioSignal": _boost,
}
IGNORED = frozenset({"id", "earlyMedia"})
"""The real server looks at none of these."""
