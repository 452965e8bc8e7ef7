"""A conversation between caller and model, as the feature server's `llm` task leads it: filter, relay, tools, audio.

Source: tasks/llm/llms/openai_s2s.js at 389c65e2 (jambonz.md section 6). What the closed media module does is in
`vendors/openai/client.py`.
"""

from __future__ import annotations

import json
from typing import Any, assert_never

from simulator.jambonz.call import Call
from simulator.jambonz.events import CloseModel, ConnectModel, LlmEnded, ModelClosed, ModelConnected, ModelSaid, ModelUnreachable, SendModel, dropped
from simulator.jambonz.hooks import hook_name
from simulator.jambonz.messages import tool_call_data
from simulator.jambonz.schema import VerbData
from simulator.vendors.openai.client import Flush, PlayAudio, Relay, ToModel, part
from simulator.vendors.openai.filter import EventFilter

DEFAULT_MODEL = "gpt-4o-realtime-preview-2024-12-17"
UPDATES = ("session.update", "conversation.item.create", "conversation.item.delete", "response.cancel")
"""The client events an application may send with `llm:update` (openai_s2s.js:189)."""


class SpeechToSpeech:
    """Lives while an `llm` verb runs. Tells the verb `LlmEnded` once, with the first reason there is."""

    def __init__(self, verb: VerbData, call: Call) -> None:
        self.verb, self.call = verb, call
        self.module = call.media.module(call.compat)
        self.filter = EventFilter.parse(verb.data.get("events"))
        self.connected = self.closed = self.ended = False
        self._sent_until_s = 0.0

    # --- the connection

    def connect(self) -> None:
        """Ask the media module for a session (`session.create`)."""
        data, vendor = self.verb.data, self.verb.data.get("vendor", "openai")
        options: dict[str, Any] = data.get("connectOptions") or {}
        model = data.get("model") or DEFAULT_MODEL
        key = str((data.get("auth") or {}).get("apiKey", ""))
        if vendor == "microsoft":
            path = options.get("path") or f"openai/realtime?api-version=2024-10-01-preview&deployment={model}"
            self.call.do(ConnectModel(str(options.get("host")), f"/{str(path).lstrip('/')}", {"api-key": key}))
        else:
            path = options.get("path") or f"v1/realtime?model={model}"
            host = str(options.get("host") or "api.openai.com")
            self.call.do(ConnectModel(host, f"/{str(path).lstrip('/')}", {"authorization": f"Bearer {key}"}))

    def close(self) -> None:
        """Delete the session; nothing is sent or played any more."""
        if not self.closed:
            self.closed = True
            self.call.stop_playing()
            self.call.do(CloseModel())

    def _opened(self) -> None:
        """First the request for the opening response, then the session: in this order (openai_s2s.js:230-261)."""
        self.connected = True
        self._sent_until_s = self.call.now_s
        options = self.verb.data["llmOptions"]
        self._to_model({"type": "response.create", "response": options.get("response_create")})
        if options.get("session_update"):
            self._to_model({"type": "session.update", "session": options["session_update"]})

    def _to_model(self, event: dict[str, Any]) -> None:
        if self.connected and not self.closed:
            self.call.do(SendModel(self.module.outgoing(event)))

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
            case ModelConnected():
                self._opened()
            case ModelUnreachable():
                self._end("connection failure")
            case ModelClosed():
                self.connected = False
                self._end("disconnect from remote end")
            case ModelSaid(said):
                self._heard(said)
            case other:
                assert_never(other)

    def _heard(self, said: dict[str, Any]) -> None:
        for action in self.module.receive(said, playing=self.call.playback.playing):
            match action:
                case Relay(event):
                    self._relay(event)
                case PlayAudio(pcm, rate_hz):
                    if self.call.play(pcm, rate_hz):
                        self._relay({"type": "output_audio.playback_started"})
                case Flush():
                    self.call.stop_playing()
                case ToModel(event):
                    self.call.do(SendModel(event))
                case other:
                    assert_never(other)

    def played(self) -> None:
        """The caller has heard everything there was, or it was flushed."""
        if not self.closed and self.connected:
            self._relay({"type": "output_audio.playback_stopped"})

    def _relay(self, event: dict[str, Any]) -> None:
        """A vendor event reaches the task: tool calls first, then the filter, then whether this ends it (openai_s2s.js:300-395).

        The event of a tool call stands behind an `await`: what comes in the same instant overtakes it (recording `tool_two_calls`).
        """
        type_, ended = event.get("type"), None
        if type_ == "error":
            ended = LlmEnded("server error", event.get("error"))
        elif type_ == "response.output_item.done" and part(event, "item").get("type") == "function_call":
            if self._tool_call(event["item"]):
                self.call.soon(lambda: self._event(event))
            return
        elif type_ == "response.done" and part(event, "response").get("status") == "failed":
            ended = LlmEnded("server failure", part(event["response"], "status_details").get("error"))
        self._event(event)
        if ended is not None:
            self._end(ended.completion_reason, ended.error)

    def _event(self, event: dict[str, Any]) -> None:
        if (hook := self.verb.data.get("eventHook")) and self.filter.delivers(str(event.get("type"))):
            self.call.notify("llm:event", event, hook_name(hook))

    def _tool_call(self, item: dict[str, Any]) -> bool:
        """Hand a tool call to the application; False when it is lost, and its event with it (jambonz.md 6.4)."""
        hook = self.verb.data.get("toolHook")
        name, call_id = str(item.get("name")), str(item.get("call_id"))
        try:
            args = json.loads(str(item.get("arguments") or ""))
        except ValueError:
            what = f"tool call {name} ({call_id})"
            why = "its arguments are empty or not JSON: the server raises where nobody catches, and the model waits for ever"
            self.call.do(dropped(what, why, "nothing the application can do; let the model be told to write arguments as JSON", item))
            return False
        if not hook:
            remedy = "give the llm verb a toolHook, or the model no tools"
            self.call.do(dropped(f"tool call {name} ({call_id})", "the llm verb has no toolHook: the model waits for ever", remedy, item))
            return True
        self.call.notify("llm:tool-call", tool_call_data(call_id, name, args), hook_name(hook))
        return True

    # --- what the application says

    def tool_output(self, data: Any) -> None:
        """`llm:tool-output`: forwarded when it is a `conversation.item.create`, then a `response.create` (openai_s2s.js:166-174)."""
        if not isinstance(data, dict) or data.get("type") != "conversation.item.create":
            why = "its data is no conversation.item.create: the model never learns of it and the caller hears silence"
            remedy = 'send {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": ..., "output": "<text>"}}'
            self.call.do(dropped("llm:tool-output", why, remedy, data))
            return
        if self._out_of_reach("llm:tool-output", data):
            return
        self._to_model(data)
        self.call.soon(lambda: self._to_model({"type": "response.create"}))

    def update(self, data: Any) -> None:
        """`llm:update`: one of four client events (openai_s2s.js:189-196)."""
        type_ = data.get("type") if isinstance(data, dict) else None
        if type_ not in UPDATES:
            remedy = f"only {', '.join(UPDATES)} are forwarded; the model is asked to speak by a tool output alone"
            self.call.do(dropped(f"llm:update {type_}", "the server forwards no such client event", remedy, data))
            return
        if not self._out_of_reach(f"llm:update {type_}", data):
            self._to_model(data)

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
