"""Whether a person or a machine is on the phone (`amd`), judged by what is said first.

Facts: jambonz.md 5.6. Source: amd-utils.js, of a neighbouring commit, for order and limits. Inferred: the phrases of voice mail, which every
installation brings for itself, and that a tone does not waver.
"""

from __future__ import annotations

from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.collecting import spoken_to
from simulator.jambonz.events import Effect, PhoneBeeped, Recognized, Sensed, SpeechDetected
from simulator.jambonz.hooks import report
from simulator.jambonz.numbers import count, seconds
from simulator.jambonz.recognizer import Recognizer
from simulator.script import Killed, Script, Timeout, soonest, until

NAME = "amd"
HINTS = ("leave a message", "leave your message", "after the tone", "after the beep", "voicemail", "voice mail", "not available right now")
"""Phrases by which voice mail is known (inferred: every installation brings its own)."""
THRESHOLD_WORDS = 9

Json = dict[str, Any]


def detect(call: Call, options: Json, session: Call | None = None) -> Script[Effect, None]:
    """Tells `actionHook` what was decided, and later when a machine has stopped speaking. Killed without a word.

    Listens to the phone of `call`; asked is the application of `session`, the call itself when left out.
    """
    timers: Json = options.get("timers") or {}
    session = session or call
    call.beside(_listen_for_tone(options, session))
    recognizer = Recognizer(call.line, call.now_s, partials=True, ear=call.ear)
    call.recognizers.append(recognizer)
    try:
        decision = yield from _decide(call, options, timers, recognizer)
        call.note("answered_by", **decision)
        session.beside(_tell(session, options, decision))
        if decision["type"] == "amd_machine_detected":
            yield from _greeting_over(recognizer, seconds(timers.get("greetingCompletionTimeoutMs"), 2000) / 1000)
            session.beside(_tell(session, options, {"type": "amd_machine_stopped_speaking"}))
    except Killed:
        return
    finally:
        call.recognizers.remove(recognizer)


def _listen_for_tone(options: Json, session: Call) -> Script[Effect, None]:
    """One tone, in the first seconds of the call."""
    heard = yield from until(PhoneBeeped, timeout_s=seconds((options.get("timers") or {}).get("toneTimeoutMs"), 20000) / 1000)
    if isinstance(heard, PhoneBeeped):
        yield from _tell(session, options, {"type": "amd_tone_detected", "frequency": heard.frequency_hz, "variance": 0})


def _decide(call: Call, options: Json, timers: Json, recognizer: Recognizer) -> Script[Effect, Json]:
    no_speech_s: float | None = call.now_s + seconds(timers.get("noSpeechTimeoutMs"), 5000) / 1000
    decision_s = call.now_s + seconds(timers.get("decisionTimeoutMs"), 15000) / 1000
    while True:
        due_s = soonest(no_speech_s, decision_s) or decision_s
        happened = yield from until(Sensed, timeout_s=max(0.0, due_s - call.now_s), where=lambda event: event.by is recognizer)
        if isinstance(happened, Timeout):
            return {"type": "amd_no_speech_detected" if due_s == no_speech_s else "amd_decision_timeout"}
        no_speech_s = None
        if isinstance(happened, (SpeechDetected, Recognized)):
            found = judge(
                happened.text, isinstance(happened, Recognized), options, spoken_to(call.invite.recognizer, options.get("recognizer") or {})
            )
            if found is not None:
                return found


def judge(text: str, final: bool, options: Json, recognizer: Json) -> Json | None:
    """What these words tell: a phrase of voice mail, many digits or a long greeting are a machine; a short one, when it is over, is a person."""
    language = {"language": recognizer.get("language", "en-US")}
    hint = next((hint for hint in HINTS if hint in text.lower()), None)
    digits, most_digits = sum(character.isdigit() for character in text), count(options.get("digitCount"))
    words, threshold = len(text.split()), (count(options.get("thresholdWordCount")) or THRESHOLD_WORDS)
    if hint is not None:
        return {"type": "amd_machine_detected", "reason": "hint", "hint": hint, **language}
    if most_digits and digits >= most_digits:
        return {"type": "amd_machine_detected", "reason": "digit count", "greeting": text, **language}
    if final and words < threshold:
        return {"type": "amd_human_detected", "reason": "short greeting", "greeting": text, **language}
    if words >= threshold:
        return {"type": "amd_machine_detected", "reason": "long greeting", "greeting": text, **language}
    return None


def _greeting_over(recognizer: Recognizer, silence_s: float) -> Script[Effect, None]:
    """The machine has been silent for so long."""
    while not isinstance((yield from until(Sensed, timeout_s=silence_s, where=lambda event: event.by is recognizer)), Timeout):
        pass


def _tell(call: Call, options: Json, found: Json) -> Script[Effect, None]:
    yield from report(call, options.get("actionHook"), {**call.info.payload(), **found}, "amd")
