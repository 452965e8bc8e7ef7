"""Barge-in as `config` switches it on: a gather beside the verbs, which stops them when the caller has something to say.

Facts: jambonz.md 5.6. Source: config.js, background-task-manager.js and call-session.js `kill`, `enableBotMode`, of neighbouring commits.
Inferred: a `gather` verb meanwhile is taken over by the one beside the verbs, unless it wants speech and that one does not.
"""

from __future__ import annotations

from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.collecting import TIMEOUT_S, Collecting, complain
from simulator.jambonz.company import company
from simulator.jambonz.events import Effect, Note, dropped
from simulator.jambonz.hooks import Unanswered, hook_name, request, verbs_in
from simulator.jambonz.messages import B3_WHEN_TRACING_IS_OFF
from simulator.jambonz.numbers import seconds
from simulator.jambonz.schema import VerbData
from simulator.script import Killed, Script

NAME = "bargeIn"
TAKEN_OVER = (
    *("finishOnKey", "input", "numDigits", "minDigits", "maxDigits", "interDigitTimeout"),
    *("dtmfBargein", "minBargeinWordCount", "actionHook", "partialResultHook"),
)
SOUNDS = frozenset({"say", "play", "gather", "llm"})


class BargeIn:
    """What listens beside the verbs."""

    def __init__(self, call: Call, options: dict[str, Any], recognizer: dict[str, Any]) -> None:
        settings = {"timeout": 0, "bargein": True, "input": ["speech"], **{name: options[name] for name in TAKEN_OVER if options.get(name)}}
        self.call, self.sticky = call, bool(options.get("sticky"))
        self.verb = VerbData("gather", {**settings, **({"recognizer": recognizer} if recognizer else {})})
        self.collecting: Collecting | None = None
        self._interrupted = False

    def listen(self) -> Script[Effect, None]:
        """Until the caller says or presses something; again and again when it is sticky."""
        while True:
            self._interrupted = False
            self.collecting = Collecting(self.verb, self.call, self._interrupt)
            try:
                results = yield from self.collecting.run()
            except Killed:
                return
            self._interrupt()
            yield from self._tell(results)
            if not self.sticky or self.call.over:
                return

    def _interrupt(self) -> None:
        """Once for each result: what plays ends, the running verb is killed, and the stack is cleared up to where barge-in is off again."""
        if not self._interrupted:
            self._interrupted = True
            interrupt(self.call)

    def _tell(self, results: dict[str, Any]) -> Script[Effect, None]:
        call, hook = self.call, self.verb.data.get("actionHook")
        if not hook:
            call.do(Note("app", "barge_in_untold", {"reason": results["reason"], "why": "bargeIn has no actionHook"}))
            return
        waiting = company(call, self.verb, noise=results["reason"] in ("dtmfDetected", "speechDetected"))
        try:
            data = yield from request(call, "verb:hook", {**call.info.payload(), **results}, hook, B3_WHEN_TRACING_IS_OFF)
            verbs = verbs_in(call, data, f"the ack of {hook_name(hook)}")
        except Unanswered as failure:
            complain(call, self.verb, failure)
            return
        except Killed:
            return
        finally:
            waiting.leave()
        if verbs:
            call.replace(verbs)


def switch_on(call: Call, options: dict[str, Any], recognizer: dict[str, Any]) -> None:
    """`config {bargeIn: {enable: true}}`. What is on stays as it is, unless the input it listens for changes."""
    fresh, current = BargeIn(call, options, recognizer), listening(call)
    if current is not None:
        if current.verb.data["input"] == fresh.verb.data["input"]:
            return
        switch_off(call)
    for name in TAKEN_OVER:
        if name in options and not options[name]:
            why = f"the server takes over only what is true of bargeIn: {name} keeps its default"
            call.do(dropped(f"config.bargeIn.{name}", why, "use a gather verb for this", options))
    call.barge_in = fresh
    call.start_background(NAME, fresh.listen())


def switch_off(call: Call) -> None:
    """`config {bargeIn: {enable: false}}`."""
    call.barge_in = None
    call.stop_background(NAME)


def listening(call: Call) -> BargeIn | None:
    """What listens now, if anything does."""
    running = call.background.get(NAME)
    return call.barge_in if isinstance(call.barge_in, BargeIn) and running is not None and not running.done else None


def takes_over(call: Call, verb: VerbData) -> bool:
    """Whether a `gather` verb is left to what listens beside the verbs, which gets its timeout; else that one is stopped for it."""
    current = listening(call)
    if current is None or verb.name != "gather":
        return False
    if "speech" in (verb.data.get("input") or ["digits"]) and "speech" not in current.verb.data["input"]:
        switch_off(call)
        return False
    if current.collecting is not None:
        current.collecting.wait_longer(seconds(verb.data.get("timeout"), TIMEOUT_S))
    return True


def interrupt(call: Call) -> None:
    """The caller has interrupted: only verbs behind a `config` that switches barge-in off are kept, and that one does not switch it off."""
    while call.stack and not _switches_off(call.stack[0]):
        call.stack.popleft()
    if call.stack:
        first = call.stack[0]
        call.stack[0] = VerbData(first.name, {name: value for name, value in first.data.items() if name != "bargeIn"})
    tokens = call.features.tokens
    if tokens is not None and tokens.clear():
        call.notify("tts:streaming-event", {"event_type": "user_interruption"})
    call.note("interrupted", verb=call.verb.name if call.verb else None)
    if call.verb is None or call.verb.name not in SOUNDS:
        call.stop_playing()
    call.kill_verb()  # a verb that sounds stops its sound itself, before the next one may begin


def _switches_off(verb: VerbData) -> bool:
    options = verb.data.get("bargeIn") if verb.name == "config" else None
    return isinstance(options, dict) and options.get("enable") is False
