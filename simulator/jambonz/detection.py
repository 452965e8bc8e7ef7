"""Answering machine detection: whether a human or a machine has taken a call, told from what is said on the line.

Source: jambonz.md 5.6 (amd-utils.js:141-395 at 389c65e2). A short greeting is a human's; a long one a machine's, which is
waited for until it has stopped speaking.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from simulator.jambonz.events import Effect, PhoneBeeped, Recognized, SpeechDetected
from simulator.jambonz.hooks import Unanswered, hook_name, request, take_verbs
from simulator.jambonz.messages import B3_WHEN_TRACING_IS_OFF
from simulator.jambonz.recognizer import Recognizer
from simulator.script import Killed, Script, Timeout, soonest, until

if TYPE_CHECKING:
    from simulator.jambonz.call import Call

Json = dict[str, Any]

LONG_GREETING_WORDS = 9
NO_SPEECH_S, DECISION_S, GREETING_END_S, AFTER_BEEP_S = 5.0, 15.0, 2.0, 1.0
VARIANCE = 0
"""The tone of a simulated machine does not waver (inferred: the real one reports what it measured)."""


def detect(call: Call, settings: Json, session: Call) -> Script[Effect, None]:
    """Listen to the phone of `call` and tell the `actionHook` of `session`, whose stack verbs in an ack replace."""
    timers = settings.get("timers") or {}
    recognizer = Recognizer(call.line, call.now_s, partials=True)
    call.recognizers.append(recognizer)
    language = call.invite.recognizer.get("language", "en-US")
    threshold = int(settings.get("thresholdWordCount") or LONG_GREETING_WORDS)
    silent_at_s: float | None = call.now_s + _seconds(timers, "noSpeechTimeoutMs", NO_SPEECH_S)
    undecided_at_s: float | None = call.now_s + _seconds(timers, "decisionTimeoutMs", DECISION_S)
    ends_at_s: float | None = None
    machine = beeped = False
    try:
        while not call.over:
            deadline_s = soonest(silent_at_s, undecided_at_s, ends_at_s)
            left_s = None if deadline_s is None else max(0.0, deadline_s - call.now_s)
            happened = yield from until(Recognized, SpeechDetected, PhoneBeeped, timeout_s=left_s)
            match happened:
                case PhoneBeeped(frequency_hz):
                    beeped = True
                    _tell(session, settings, "amd_tone_detected", frequency=frequency_hz, variance=VARIANCE)
                    if not machine:
                        continue
                    ends_at_s = call.now_s + AFTER_BEEP_S
                case Recognized(text) | SpeechDetected(text) if machine:
                    ends_at_s = call.now_s + (AFTER_BEEP_S if beeped else _seconds(timers, "greetingCompletionTimeoutMs", GREETING_END_S))
                case Recognized(text) | SpeechDetected(text):
                    silent_at_s = None
                    heard = {"greeting": text, "language": language}
                    if len(text.split()) >= threshold:
                        machine, undecided_at_s = True, None
                        ends_at_s = call.now_s + _seconds(timers, "greetingCompletionTimeoutMs", GREETING_END_S)
                        _tell(session, settings, "amd_machine_detected", reason="long greeting", **heard)
                    elif isinstance(happened, Recognized):
                        _tell(session, settings, "amd_human_detected", reason="short greeting", **heard)
                        return
                case Timeout():
                    if machine:
                        _tell(session, settings, "amd_machine_stopped_speaking")
                    else:
                        _tell(session, settings, "amd_no_speech_detected" if silent_at_s is not None else "amd_decision_timeout")
                    return
    except Killed:
        pass
    finally:
        call.recognizers.remove(recognizer)


def _seconds(timers: Json, name: str, otherwise_s: float) -> float:
    given = timers.get(name)
    return otherwise_s if not isinstance(given, (int, float)) else float(given) / 1000


def _tell(session: Call, settings: Json, type_: str, **more: Any) -> None:
    session.beside(_ask(session, settings, {"type": type_, **more}))


def _ask(session: Call, settings: Json, result: Json) -> Script[Effect, None]:
    """The hook wants an acknowledgement; without one nothing happens."""
    hook = hook_name(settings.get("actionHook"))
    with suppress(Unanswered):
        data = yield from request(session, "verb:hook", {**session.info.payload(), **result}, hook, B3_WHEN_TRACING_IS_OFF)
        if take_verbs(session, data, f"the ack of {hook}"):
            session.replace(list(session.stack))
