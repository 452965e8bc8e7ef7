"""`gather`: collects speech or keys from the caller.

Facts: jambonz.md 5.2 and 5.3. The timeout counts from the end of the prompt; a finish key is not part of the digits; killed,
it says nothing.
"""

from __future__ import annotations

from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Digit, Effect, Played, Recognized, SpeechDetected
from simulator.jambonz.hooks import Unanswered, action_hook, hook_name
from simulator.jambonz.recognizer import Recognizer, speech_result
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.jambonz.verbs.say import texts_of
from simulator.script import Killed, Script, Timeout, until

DEFAULT_TIMEOUT_S = 15.0
DEFAULT_DIGIT_TIMEOUT_S = 15.0


@verb("gather")
def gather(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `dtmfDetected` with `digits`, `speechDetected` with `speech`, or `timeout`."""
    call.leave_out(data, "play", "actionHookDelayAction", "fillerNoise", "speechTimeout", "minDigits")
    wants = data.data.get("input") or ["digits"]
    listens = "speech" in wants
    recognizer = Recognizer(call.line, call.now_s, partials=bool(data.data.get("partialResultHook") or data.data.get("bargein")))
    if listens:
        call.recognizers.append(recognizer)
    try:
        results = yield from _collect(data, call, "digits" in wants, listens)
    except Killed:
        call.stop_playing()
        return
    finally:
        if listens:
            call.recognizers.remove(recognizer)
    call.stop_playing()
    if call.over:
        return
    try:
        yield from action_hook(call, data, results)
    except Unanswered as failure:
        details = {} if failure.message is None else {"details": failure.message}
        call.notify_error({"msg": "invalid actionHook response", **details}, data)
        call.notify_status(error="invalid actionHook response", **({} if failure.message is None else {"reason": failure.message}))


def _collect(data: VerbData, call: Call, takes_digits: bool, listens: bool) -> Script[Effect, dict[str, Any]]:
    settings = data.data
    timeout_s: float | None = float(settings.get("timeout", DEFAULT_TIMEOUT_S)) or None
    between_digits_s = float(settings.get("interDigitTimeout", DEFAULT_DIGIT_TIMEOUT_S))
    most = settings.get("numDigits") or settings.get("maxDigits")
    finish = settings.get("finishOnKey")
    digits = ""
    prompting = _prompt(data, call)
    deadline_s = None if prompting or timeout_s is None else call.now_s + timeout_s
    while True:
        left_s = None if deadline_s is None else max(0.0, deadline_s - call.now_s)
        happened = yield from until(Digit, Recognized, SpeechDetected, Played, timeout_s=left_s)
        match happened:
            case Played():
                if prompting:
                    prompting = False
                    deadline_s = None if timeout_s is None else call.now_s + timeout_s
            case Digit(digit) if takes_digits:
                if prompting and settings.get("dtmfBargein", True):
                    prompting = False
                    call.stop_playing()
                if digit == finish:
                    return {"reason": "dtmfDetected", "digits": digits} if digits else {"reason": "timeout"}
                digits += digit
                if most is not None and len(digits) >= int(most):
                    return {"reason": "dtmfDetected", "digits": digits}
                deadline_s = call.now_s + between_digits_s
            case Digit():
                pass
            case SpeechDetected(text):
                if prompting and settings.get("bargein") and len(text.split()) >= int(settings.get("minBargeinWordCount", 1)):
                    prompting = False
                    call.stop_playing()
                deadline_s = None
                if hook := settings.get("partialResultHook"):
                    results = {"speech": speech_result(text, call.invite.recognizer, final=False), **data.identity}
                    call.requestor.send("verb:hook", {**call.info.payload(), **results}, hook_name(hook))
            case Recognized(text):
                if listens and not (prompting and not settings.get("listenDuringPrompt", True)):
                    return {"reason": "speechDetected", "speech": speech_result(text, call.invite.recognizer, final=True)}
            case Timeout():
                return {"reason": "dtmfDetected", "digits": digits} if digits else {"reason": "timeout"}


def _prompt(data: VerbData, call: Call) -> bool:
    nested = data.data.get("say")
    if not isinstance(nested, dict):
        return False
    played = False
    for text in texts_of(nested):
        if text:
            speech = call.media.speak(text)
            call.note("said", text=text, duration_s=round(speech.duration_s, 3))
            call.play(speech.pcm, speech.rate_hz)
            played = True
    return played
