"""Collecting input of the caller, as `gather` does it in front of the verbs and barge-in beside them.

Facts: jambonz.md 5.2 and 5.3; gather.js (read in a neighbouring commit): keys go before speech; the clock starts when the prompt is
over and starts again with every interim transcript, not with keys; the pause between keys ends it only where `interDigitTimeout` says
so, and `minDigits` have come; what has too few words to interrupt is kept and not returned.
Inferred: a key that stops the prompt starts the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Digit, Effect, PromptOver, RecognitionFailed, Recognized, Sensed, SoundDetected, SpeechDetected
from simulator.jambonz.files import play_files
from simulator.jambonz.hooks import Unanswered
from simulator.jambonz.numbers import count, seconds
from simulator.jambonz.recognizer import Recognizer, speech_result
from simulator.jambonz.schema import VerbData
from simulator.jambonz.voice import speak_texts
from simulator.script import Killed, Running, Script, Timeout, soonest, until

TIMEOUT_S = 15.0
LAST_WORDS_S = 1.0
"""After the key that ends continuous recognition: time for what is still being recognised (gather.js)."""

Json = dict[str, Any]


class Collecting:
    """One gather under way: what it has collected, and until when it waits. `interrupt` is what happens when the caller barges in."""

    def __init__(self, verb: VerbData, call: Call, interrupt: Callable[[], None] = lambda: None) -> None:
        self.verb, self.call, self.interrupt = verb, call, interrupt
        settings = self.settings = verb.data
        self.wants = settings.get("input") or ["digits"]
        self.listens, self.takes_digits = "speech" in self.wants, "digits" in self.wants
        self.own_recognizer: Json = settings.get("recognizer") or {}
        self.recognizer_data = spoken_to(call.invite.recognizer, self.own_recognizer)
        self.timeout_s = seconds(settings.get("timeout"), TIMEOUT_S)
        self.asr_timeout_s = seconds(self.recognizer_data.get("asrTimeout"))
        self.digits = ""
        self.heard: list[tuple[str, float]] = []
        self.deadline_s: float | None = None
        self.digit_deadline_s: float | None = None
        self.asr_deadline_s: float | None = None
        self.prompt: Running[Effect, None] | None = None
        self.recognizer: Recognizer | None = None

    # --- the whole of it

    def run(self) -> Script[Effect, Json]:
        """Collect; answers the hook's own members: `reason`, and `digits`, `speech` or `details`."""
        try:
            return (yield from self._collect())
        finally:
            self._deafen()
            if self.prompt is not None:
                self.prompt.kill(self.call.now_s)

    def _collect(self) -> Script[Effect, Json]:
        self._begin_prompt()
        if self.prompt is None or self.settings.get("listenDuringPrompt", True):
            self._listen()
        if self.prompt is None:
            self._start_clock()
        result: Json | None = None
        while result is None:
            due_s = soonest(self.asr_deadline_s, self.digit_deadline_s if self.digit_deadline_s is not None else self.deadline_s)
            left_s = None if due_s is None else max(0.0, due_s - self.call.now_s)
            happened = yield from until(Digit, Sensed, PromptOver, timeout_s=left_s, where=self._concerns)
            match happened:
                case PromptOver():
                    self._prompt_over()
                case Digit(digit):
                    result = self._pressed(digit)
                case Sensed():
                    result = self._sensed(happened)
                case Timeout():
                    result = self._time_is_over()
        return result

    def _concerns(self, event: Digit | Sensed | PromptOver) -> bool:
        if isinstance(event, Sensed):
            return event.by is self.recognizer
        return isinstance(event, Digit) or event.by is self

    # --- the prompt

    def _begin_prompt(self) -> None:
        say, play = self.settings.get("say"), self.settings.get("play")
        if isinstance(say, dict):
            self.prompt = self.call.beside(self._play_prompt(VerbData("say", say)))
        elif isinstance(play, dict):
            self.prompt = self.call.beside(self._play_prompt(VerbData("play", play)))
        if self.prompt is not None and self.prompt.done:
            self.prompt = None

    def _play_prompt(self, verb: VerbData) -> Script[Effect, None]:
        try:
            yield from speak_texts(self.call, verb) if verb.name == "say" else play_files(self.call, verb)
        except Killed:
            self.call.stop_playing()
        else:
            self.call.tell(PromptOver(by=self))

    def _prompt_over(self) -> None:
        self.prompt = None
        self._listen()
        self._start_clock()

    def _barge_in(self, event: str, **more: Any) -> None:
        """The caller interrupts what is being played."""
        if self.prompt is not None:
            self.call.notify_verb(event, self.verb, **more)
            prompt, self.prompt = self.prompt, None
            prompt.kill(self.call.now_s)
            self._listen()
            self._start_clock()
        self.interrupt()

    # --- input

    def _listen(self) -> None:
        if not self.listens or self.recognizer is not None or self.digits:
            return
        wants_sound = bool(self.settings.get("bargein")) and self._least_words() == 0
        interim = bool(self.settings.get("partialResultHook") or self.settings.get("bargein") or self.timeout_s)
        self.recognizer = Recognizer(self.call.line, self.call.now_s, interim, self.call.ear, wants_sound)
        self.call.recognizers.append(self.recognizer)

    def _deafen(self) -> None:
        if self.recognizer is not None and self.recognizer in self.call.recognizers:
            self.call.recognizers.remove(self.recognizer)
        self.recognizer = None

    def _least_words(self) -> int:
        return count(self.settings.get("minBargeinWordCount"), 1)

    def _pressed(self, digit: str) -> Json | None:
        self.digit_deadline_s = None
        if self.settings.get("dtmfBargein", self.takes_digits):
            self._barge_in("dtmf-bargein-detected", dtmf=digit)
        if not self.takes_digits:
            if digit == self.recognizer_data.get("asrDtmfTerminationDigit") and self.asr_timeout_s:
                self.deadline_s, self.asr_deadline_s = None, self.call.now_s + LAST_WORDS_S
            return None
        if digit == self.settings.get("finishOnKey"):
            return {"reason": "dtmfDetected", "digits": self.digits}
        self._deafen()  # keys go before speech
        self.asr_deadline_s = None
        self.digits += digit
        if len(self.digits) in (self.settings.get("numDigits"), self.settings.get("maxDigits")):
            return {"reason": "dtmfDetected", "digits": self.digits}
        between_s = seconds(self.settings.get("interDigitTimeout"))
        if between_s > 0 and self._enough_digits():
            self.digit_deadline_s = self.call.now_s + between_s
        return None

    def _enough_digits(self) -> bool:
        return len(self.digits) >= (count(self.settings.get("minDigits")) or 1)

    def _sensed(self, event: Sensed) -> Json | None:
        match event:
            case SoundDetected():
                self._barge_in("speech-bargein-detected")
            case SpeechDetected(text):
                self._interim(text)
            case Recognized(text, confidence):
                return self._final(text, confidence)
            case RecognitionFailed(error):
                return self._failed(error)
        return None

    def _interim(self, text: str) -> None:
        call = self.call
        if self.deadline_s is not None:
            self._start_clock()
        if self.asr_deadline_s is not None:
            self.asr_deadline_s = call.now_s + self.asr_timeout_s
        speech = speech_result(text, self.recognizer_data, final=False, confidence=call.ear.confidence)
        if self.settings.get("bargein") and self._words(text) >= self._least_words():
            self._barge_in("speech-bargein-detected", **speech)
        if hook := self.settings.get("partialResultHook"):
            call.requestor.send("verb:hook", {**call.info.payload(), "speech": speech, **self.verb.identity}, hook)

    def _words(self, text: str) -> int:
        return len(text.split()) + sum(len(before.split()) for before, _ in self.heard)

    def _final(self, text: str, confidence: float) -> Json | None:
        least = self.recognizer_data.get("minConfidence")
        if isinstance(least, int | float) and confidence < least:
            return {"reason": "stt-low-confidence", "speech": self._speech([(text, confidence)])}
        if self.asr_timeout_s:
            self.heard.append((text.rstrip(",;:.!?"), confidence))
            self.deadline_s, self.asr_deadline_s = None, self.call.now_s + self.asr_timeout_s
            return None
        if self.settings.get("bargein") and self._words(text) < self._least_words():
            self.heard.append((text, confidence))
            return None
        self.interrupt()
        return {"reason": "speechDetected", "speech": self._speech([(text, confidence)])}

    def _speech(self, heard: list[tuple[str, float]]) -> Json:
        text, confidence = " ".join(text for text, _ in heard), sum(sure for _, sure in heard) / len(heard)
        return speech_result(text, self.recognizer_data, final=True, confidence=round(confidence, 4))

    def _failed(self, error: str) -> Json | None:
        """The vendor reports an error: another one takes over where one is named, else the gather ends with it (gather.js, jambonz.md 3.6)."""
        fallback = self.recognizer_data.get("fallbackVendor")
        details = f"STT Vendor {self.recognizer_data.get('vendor')} error: {error}"
        self.call.notify_error({"msg": "ASR error", "details": details, "failover": "in progress" if fallback else "not available"}, self.verb)
        if not fallback:
            return {"reason": "error", "details": error}
        language = self.recognizer_data.get("fallbackLanguage", self.recognizer_data.get("language"))
        self.recognizer_data = {**self.recognizer_data, "vendor": fallback, "language": language, "fallbackVendor": None}
        return None

    # --- time

    def _start_clock(self) -> None:
        self.deadline_s = self.call.now_s + self.timeout_s if self.timeout_s else None

    def wait_longer(self, timeout_s: float) -> None:
        """Another timeout, from now on."""
        self.timeout_s = timeout_s
        self.call.tell(PromptOver(by=self))

    def _time_is_over(self) -> Json | None:
        now_s = self.call.now_s + 1e-9
        if self.asr_deadline_s is not None and self.asr_deadline_s <= now_s:
            self.interrupt()
            return {"reason": "speechDetected", "speech": self._speech(self.heard)} if self.heard else {"reason": "timeout"}
        if self.digits and self._enough_digits():
            return {"reason": "dtmfDetected", "digits": self.digits}
        return {"reason": "timeout"}


def spoken_to(session: Json, own: Json) -> Json:
    """The recogniser of a verb: its own settings over those of the session; `default` means the session's."""
    return {**session, **{name: value for name, value in own.items() if value != "default"}}


def complain(call: Call, verb: VerbData, failure: Unanswered) -> None:
    """The hook of a gather was not answered, or badly: the next verb runs, and the application is told in two ways (jambonz.md 1.6)."""
    details = {} if failure.message is None else {"details": failure.message}
    call.notify_error({"msg": "invalid actionHook response", **details}, verb)
    call.notify_status(error="invalid actionHook response", **({} if failure.message is None else {"reason": failure.message}))
