"""What the caller says, as text, to a hook of the application: `transcribe`, as a verb, nested, or in the background.

Source: transcribe.js of the feature server; jambonz.md 2.4 and 5.2. Several hooks may be open at once; one that is not answered is
only logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, Note, RecognitionFailed, Recognized, Sensed, SpeechDetected, dropped
from simulator.jambonz.hooks import Unanswered, hook_name, request, verbs_in
from simulator.jambonz.media import LINE_HZ, Line
from simulator.jambonz.messages import B3_WHEN_TRACING_IS_OFF, raw_call_info
from simulator.jambonz.recognizer import Recognizer, speech_result
from simulator.jambonz.schema import VerbData
from simulator.script import Killed, Script, until
from simulator.speech import words

LAST_WORDS_S = 1.5
"""How long a killed `transcribe` waits for a last transcript (transcribe.js `kill`)."""


class Transcription:
    """One recogniser and the hook it reports to. `nested` in another verb, no verbs are taken from acks.

    `line` is whose voice it hears and `channel` how it is called: 1 the caller, 2 the far end of a bridge.
    """

    def __init__(self, call: Call, settings: Mapping[str, Any], *, nested: bool = False, line: Line | None = None, channel: int = 1) -> None:
        self.call, self.settings, self.nested, self.channel = call, settings, nested, channel
        self.line = line or call.line
        own = settings.get("recognizer") or {}
        defaults = call.invite.recognizer
        known = {
            name: value
            for name, value in own.items()
            if name in ("vendor", "language", "fallbackVendor", "fallbackLanguage") and value not in ("default", None)
        }
        self.speaks: dict[str, Any] = {**defaults, **known}
        self.interim = bool(own.get("interim"))
        self._recognizer: Recognizer | None = None

    def run(self) -> Script[Effect, None]:
        """Listen and report until killed; then wait for the last words, if there is anybody to wait for."""
        if "translationHook" in self.settings:
            self.call.do(Note("app", "not_simulated", {"what": "transcribe.translationHook", "instead": "nothing is translated"}))
        self.resume()
        try:
            while True:
                heard = yield from until(Recognized, SpeechDetected, RecognitionFailed, where=self._is_ours)
                if isinstance(heard, RecognitionFailed):
                    if not self._taken_over(heard.error):
                        return
                else:
                    self._report(heard)
        except Killed:
            if not self.call.over:
                yield from self._last_words()
        finally:
            self.pause()

    def _last_words(self) -> Script[Effect, None]:
        """The recogniser is asked to finish: what was being said is final at once; in silence nothing comes, and that is waited for."""
        listening = self._recognizer
        if listening is None:
            return
        said = words(self.line.between(listening.from_s, self.call.now_s, LINE_HZ), LINE_HZ)
        if said:
            self._report(Recognized(said))
        else:
            yield from until(timeout_s=LAST_WORDS_S)

    # --- what a `transcribe:status` does

    def pause(self) -> None:
        """Stop listening; what was being said is lost."""
        if self._recognizer is not None and self._recognizer in self.call.recognizers:
            self.call.recognizers.remove(self._recognizer)
        self._recognizer = None

    def resume(self) -> None:
        """Listen, from now on."""
        if self._recognizer is None:
            self._recognizer = Recognizer(self.line, self.call.now_s, partials=self.interim, ear=self.call.ear)
            self.call.recognizers.append(self._recognizer)

    def obey(self, data: Any) -> str | None:
        """`transcribe:status`; why nothing comes of it, or None."""
        status = data.get("transcribe_status") if isinstance(data, dict) else None
        match status:
            case "pause":
                self.pause()
            case "resume":
                self.resume()
            case _:
                return f'it is told {status!r}: it knows {{"transcribe_status": "pause"}} and "resume"'
        return None

    # --- reporting

    def _is_ours(self, event: Sensed) -> bool:
        return event.by is self._recognizer

    def _report(self, heard: Recognized | SpeechDetected) -> None:
        final = isinstance(heard, Recognized)
        if hook := self.settings.get("transcriptionHook"):
            if final or self.interim:
                sure = heard.confidence if isinstance(heard, Recognized) else self.call.ear.confidence
                speech = speech_result(heard.text, self.speaks, final=final, confidence=sure, channel=self.channel)
                self.call.beside(self._ask(hook, {**raw_call_info(self.call.invite, self.call.info), "b3": B3_WHEN_TRACING_IS_OFF, "speech": speech}))
        elif final:
            self.call.do(dropped("a transcript", "the transcribe verb has no transcriptionHook", "give it one", {"text": heard.text}))

    def _taken_over(self, error: str) -> bool:
        """The vendor reports an error: another one takes over where one is named, else transcription is over (transcribe.js, jambonz.md 3.6)."""
        fallback = self.speaks.pop("fallbackVendor", None)
        details = f"STT Vendor {self.speaks.get('vendor')} error: {error}"
        failover = "in progress" if fallback else "not available"
        self.call.notify_error({"msg": "ASR error", "details": details, "failover": failover}, VerbData("transcribe", dict(self.settings)))
        if fallback:
            self.speaks |= {"vendor": fallback, "language": self.speaks.get("fallbackLanguage", self.speaks.get("language"))}
        return bool(fallback)

    def _ask(self, hook: Any, data: dict[str, Any]) -> Script[Effect, None]:
        where = f"the ack of {hook_name(hook)}"
        try:
            answer = yield from request(self.call, "verb:hook", data, hook)
            if self.nested:
                if isinstance(answer, list) and answer:
                    self.call.do(dropped(f"verbs in {where}", "the transcribe is nested in another verb", "acknowledge without data", answer))
                return
            verbs = verbs_in(self.call, answer, where)
        except Unanswered as failure:
            self.call.do(Note("app", "hook_failed", {"what": "a transcript", "why": str(failure), "consequence": "it is logged, nothing else"}))
            return
        if verbs:
            self.call.replace(verbs)


def transcribe_beside(call: Call, settings: Mapping[str, Any]) -> None:
    """`config {transcribe: {enable, transcriptionHook, recognizer}}`: in the background until switched off or the call ends; one at a time."""
    if not settings.get("enable"):
        call.stop_background("transcribe")
        return
    if not isinstance(settings.get("recognizer"), dict):
        why = "without a recognizer the server raises while it makes the task, and only logs it"
        call.do(dropped("config.transcribe", why, "add recognizer: {vendor: default}", dict(settings)))
        return
    if not call.start_background("transcribe", _beside(call, settings)):
        call.do(dropped("config.transcribe", "one is running already: the server skips it", "switch it off first with enable: false", dict(settings)))


def _beside(call: Call, settings: Mapping[str, Any]) -> Script[Effect, None]:
    transcription = Transcription(call, settings)
    with call.controls.obeyed(background=True, transcribe_status=transcription.obey):
        yield from transcription.run()
