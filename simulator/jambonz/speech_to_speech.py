"""A conversation between caller and model, as the feature server's `llm` task leads it: filter, relay, tools, audio.

What differs from vendor to vendor stands behind the seam (`vendors/vendor.py`); what is here is the same for all of them.
Source: tasks/llm/index.js and tasks/llm/llms/openai_s2s.js at 389c65e2 (jambonz.md section 6).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, assert_never

from simulator.jambonz.call import Call
from simulator.jambonz.defects import LOST_TOOL_CALL, OPEN_FILTER, met
from simulator.jambonz.events import (
    Acked,
    CloseModel,
    ConnectModel,
    Effect,
    LlmEnded,
    ModelClosed,
    ModelConnected,
    ModelSaid,
    ModelUnreachable,
    Note,
    SendModel,
    Unacked,
    dropped,
)
from simulator.jambonz.hooks import answer_to
from simulator.jambonz.javascript import truthy
from simulator.jambonz.messages import tool_call_data
from simulator.jambonz.schema import VerbData
from simulator.script import Script
from simulator.vendors.filter import EventFilter
from simulator.vendors.vendor import Action, Flush, Forwarded, Ignored, Json, PlayAudio, Relay, ToModel, ToolCall, Vendor, playback_event


class SpeechToSpeech:
    """Lives while an `llm` verb runs. Tells the verb `LlmEnded` once, with the first reason there is."""

    def __init__(self, verb: VerbData, call: Call, vendor: Vendor) -> None:
        self.verb, self.call, self.vendor = verb, call, vendor
        self.module = call.media.module(call.compat) if call.media.module is not None else vendor.module(verb.data, compat=call.compat)
        self.filter = EventFilter.parse(verb.data.get("events"), vendor.events)
        self.connected = self.closed = self.ended = self._told_open = False
        self._sent_until_s = 0.0

    # --- the connection

    def connect(self) -> None:
        """Ask the media module for a session (`session.create`)."""
        endpoint = self.vendor.endpoint(self.verb.data)
        self.call.do(ConnectModel(endpoint.host, endpoint.path, endpoint.headers, self.vendor.name, endpoint.audio_hz))

    def close(self) -> None:
        """Delete the session; nothing is sent or played any more."""
        if not self.closed:
            self.closed = True
            self.call.stop_playing()
            self.call.do(CloseModel())

    def _opened(self) -> None:
        self.connected = True
        self._sent_until_s = self.call.now_s
        for event in self.vendor.opening(self.verb.data):
            self._to_model(event)

    def _to_model(self, event: dict[str, Any]) -> None:
        if self.connected and not self.closed:
            self._mind_the_bar(event)
            self.call.do(SendModel(self.module.outgoing(event)))

    def _mind_the_bar(self, event: dict[str, Any]) -> None:
        """The arguments of the media command are joined with `|`; what becomes of one inside JSON nobody knows (jambonz.md 6.1)."""
        if "|" in json.dumps(event, default=str):
            what = f"a | in {event.get('type')}, which separates the arguments of the real media command"
            self.call.do(Note("app", "not_simulated", {"what": what, "instead": "it reaches the model as it is written"}))

    def _end(self, reason: str, error: Any = None) -> None:
        if not self.ended:
            self.ended = True
            self.call.tell(LlmEnded(reason, error))

    # --- what the model says

    def receive(self, event: ModelConnected | ModelUnreachable | ModelSaid | ModelClosed) -> None:
        """Something happened on the model's side."""
        if self.closed:
            return
        match event:
            case ModelSaid(said):
                self._carry_out(self.module.receive(said, playing=self.call.playback.playing))
            case ModelConnected():
                self._opened()
            case ModelUnreachable():
                self._end("connection failure")
            case ModelClosed():
                self.connected = False
                self._end("disconnect from remote end")
            case other:
                assert_never(other)

    def pressed(self, digit: str) -> None:
        """The caller has pressed a key."""
        if self.connected and not self.closed:
            self._carry_out(self.module.pressed(digit))

    def _carry_out(self, actions: list[Action]) -> None:
        """What the media module wants."""
        for action in actions:
            match action:
                case Relay(event):
                    self._relay(event)
                case PlayAudio(pcm, rate_hz):
                    if self.call.play(pcm, rate_hz):
                        self._relay(playback_event("started"))
                case Flush():
                    self.call.stop_playing()
                case ToModel(event):
                    self.call.do(SendModel(event))
                case other:
                    assert_never(other)

    def played(self) -> None:
        """The caller has heard everything there was, or it was flushed."""
        if not self.closed and self.connected:
            self._relay(playback_event("stopped"))

    def _relay(self, event: dict[str, Any]) -> None:
        """A vendor event reaches the task: tool calls first, then the filter, then whether this ends it (openai_s2s.js:300-395).

        The event of a tool call stands behind an `await`: what comes in the same instant overtakes it (recording `tool_two_calls`).
        """
        reading = self.vendor.read(event)
        calls = reading.calls
        if (lost := reading.lost) is not None:
            if self.call.imitates(LOST_TOOL_CALL):
                did = f"{lost.meant.name} ({lost.meant.call_id}) was lost: its arguments are {lost.why}"
                self.call.do(met(LOST_TOOL_CALL, did))
                return
            calls = (lost.meant,)
        hook = self.verb.data.get("toolHook")
        if calls and hook and self.call.requestor.asks_webhook(hook):
            self.call.beside(self._ask_webhook(hook, calls, lambda: self._event(event, reading.name)))
            return
        for call in calls:
            self._tool_call(call)
        if calls:
            self.call.soon(lambda: self._event(event, reading.name))
        else:
            self._event(event, reading.name)
        if reading.ended is not None:
            self._end(reading.ended.reason, reading.ended.error)

    def _event(self, event: Json, name: str) -> None:
        if (hook := self.verb.data.get("eventHook")) and self._delivers(name):
            self.call.notify("llm:event", event, hook)

    def _delivers(self, name: str) -> bool:
        """Whether the filter lets it through; that it does so only for want of a name to include is said once."""
        delivered = self.filter.delivers(name)
        if self.filter.meant is None or delivered == (meant := self.filter.means(name)):
            return delivered
        if not self.call.imitates(OPEN_FILTER):
            return meant
        if not self._told_open:
            self._told_open = True
            self.call.do(met(OPEN_FILTER, f"{name} and whatever else came was delivered: events {self.verb.data['events']!r} includes nothing"))
        return delivered

    def _tool_call(self, call: ToolCall) -> None:
        """Hand a tool call to the application."""
        hook = self.verb.data.get("toolHook")
        if not hook:
            what = f"tool call {call.name} ({call.call_id})"
            remedy = "give the llm verb a toolHook, or the model no tools"
            self.call.do(dropped(what, "the llm verb has no toolHook: the model waits for ever", remedy, {"name": call.name, "args": call.args}))
            return
        self.call.notify("llm:tool-call", tool_call_data(call.call_id, call.name, call.args), hook)

    def _ask_webhook(self, hook: Any, calls: tuple[ToolCall, ...], tell_event: Callable[[], None]) -> Script[Effect, None]:
        """Over HTTP the answer is the output, and is awaited; only then the application is told the event (tasks/llm/index.js:130-137).

        An answer without a body, or with one that is no object, has no `type` to look at: the server raises as for an HTTP error.
        """
        for call in calls:
            request = self.call.requestor.send("llm:tool-call", tool_call_data(call.call_id, call.name, call.args), hook)
            if request is None:
                continue  # it was discarded, and nobody waits
            answer = yield from answer_to(request)
            if self.closed:
                self._too_late(answer)
                return
            if isinstance(answer, Unacked) or not isinstance(answer.data, dict | list):
                tell_event()
                self._end("client error calling function", answer.error if isinstance(answer, Unacked) else {})
                return
            data = answer.data
            if isinstance(data, dict) and not truthy(data.get("type")) and not self.call.profile.any_tool_output:
                data = {**data, "type": "client_tool_result"}
            self.tool_output(data, call.call_id)
        tell_event()

    def _too_late(self, answer: Acked | Unacked) -> None:
        if isinstance(answer, Acked) and answer.data:
            why = "no llm verb is running any more: it ended while the webhook was thinking"
            self.call.do(dropped("llm:tool-output", why, "nothing to mend when the caller has just hung up; else answer sooner", answer.data))

    # --- what the application says

    def tool_output(self, data: Any, call_id: object = None) -> None:
        """`llm:tool-output`: the vendor's task decides whether it is forwarded, and what the server itself says then.

        The servers of profile 10 take any data and make text of it.
        """
        decided = self.vendor.tool_output(data)
        if isinstance(decided, Ignored) and self.call.profile.any_tool_output and isinstance(call_id, str):
            text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
            decided = self.vendor.tool_output(self.vendor.wrapped(call_id, text))
        self._forward("llm:tool-output", data, decided)

    def update(self, data: Any) -> None:
        """`llm:update`: likewise."""
        type_ = data.get("type") if isinstance(data, dict) else None
        self._forward(f"llm:update {type_}", data, self.vendor.update(data))

    def _forward(self, what: str, data: Any, decided: Forwarded | Ignored) -> None:
        match decided:
            case Ignored(why, remedy):
                self.call.do(dropped(what, why, remedy, data))
            case Forwarded(events, then) if not self._out_of_reach(what, data):
                for event in events:
                    self._to_model(event)
                for event in then:
                    self.call.soon(partial(self._to_model, event))

    def _out_of_reach(self, what: str, data: Any) -> bool:
        """Whether there is no connection to the model; what was for it is lost then."""
        if not self.connected:
            why = "there is no connection to the model: it is not open yet, or the model has closed it"
            self.call.do(dropped(what, why, "wait for session.created, and stop at the hook of the llm verb", data))
        return not self.connected

    # --- audio of the caller

    @property
    def wake_at_s(self) -> float | None:
        """When the next piece of the caller's audio should go to the model."""
        if not self.connected or self.closed:
            return None
        return self._sent_until_s + self.module.tick_s(self.call.line.busy_until_s, self._sent_until_s)

    def send_audio(self) -> None:
        """Bring the model up to now with what the caller's line carried."""
        until_s = self.call.now_s
        if not self.connected or self.closed or until_s <= self._sent_until_s:
            return
        pcm = self.call.line.between(self._sent_until_s, until_s, self.module.input_hz)
        self._sent_until_s = until_s
        if pcm:
            self.call.do(SendModel(self.module.append(pcm)))
