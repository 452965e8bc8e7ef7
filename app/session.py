"""One call, from its first message to its last, over however many sockets it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, assert_never

from app import conversation as talk
from app import messages
from app.answer import FINAL_HOOK, answer
from app.apology import NORMAL_END, UNAVAILABLE, apology
from app.assistant import Assistant
from app.log import CallLog
from app.messages import Message, Verb
from app.outbox import Outbox, Socket
from app.settings import SettingsError
from app.tasks import Tasks
from app.tools import Context, output_of

OVER = ("completed", "failed", "busy", "no-answer")
"""Statuses after which a call has no future (protocol/jambonz.md 4.3, 4.4)."""


class Session:
    """One call: takes its messages, answers with verbs, and runs the tools that the model calls.

    `receive` never waits; commands leave through the outbox.
    """

    def __init__(self, call_sid: str | None, assistant: Assistant, context: Context, is_draining: Callable[[], bool]) -> None:
        self.call_sid = call_sid
        self.log = CallLog(__name__, call_sid, secret=context.settings.openai_api_key)
        self.acked = False
        """Whether jambonz has its first answer; from then on a reconnect only wants to be acknowledged."""
        self.over = False
        self._tasks = Tasks(self.log)
        self._outbox = Outbox(self._tasks, self.log)
        self._assistant = assistant
        self._context = context
        self._is_draining = is_draining
        self._conversation = talk.Conversation()
        self._timer: asyncio.TimerHandle | None = None

    # The socket

    def attach(self, socket: Socket) -> None:
        """From now on commands go here, once `flush` says that they may."""
        self._outbox.attach(socket)

    def detach(self, socket: Socket) -> bool:
        """Whether this was the call's socket; one that has been replaced does not matter any more."""
        return self._outbox.detach(socket)

    def flush(self) -> None:
        """What waits for a socket may go."""
        self._outbox.flush()

    def end(self) -> None:
        """The call is gone: nothing is left running. `closed` waits until that is so."""
        self.over = True
        self._stop_talking()

    async def closed(self) -> None:
        await self._tasks.ended()

    # Messages

    def receive(self, message: Message) -> list[Verb] | None:
        """What jambonz says; returns the verbs for the acknowledgement, if any."""
        data = message.get("data")
        data = data if isinstance(data, dict) else {}
        match message["type"]:
            case "session:new" | "session:redirect":
                return self._answer(data)
            case "session:reconnect":
                return self._reconnected(data)
            case "verb:hook" if message.get("hook") == FINAL_HOOK:
                return self._final(data)
            case "llm:event":
                self._event(data)
            case "llm:tool-call":
                self._tool_call(data)
            case "call:status":
                self._status(data)
            case "jambonz:error":
                # Without `content`, which quotes the refused frame at full length.
                self.log.error("jambonz reports an error", fields={key: value for key, value in data.items() if key != "content"})
            case "verb:hook" | "dial:confirm" | "session:adulting" | "verb:status" as known:
                self.log.debug(known, fields={"hook": message.get("hook"), "verb": data.get("verb") or data.get("name"), "status": data.get("event")})
            case unknown:
                self.log.warning("unknown message ignored", fields={"type": unknown})
        return None

    def refusal(self, data: Mapping[str, Any], status: int, reason: str) -> list[Verb]:
        """Turns the call away: with a SIP status while it rings, which an answered call does not hear, else in words."""
        ringing = data.get("direction") != "outbound" and data.get("call_status") != "in-progress"
        return messages.decline(status, reason) if ringing else messages.say_and_hang_up(UNAVAILABLE)

    def _answer(self, data: Mapping[str, Any]) -> list[Verb]:
        """The verbs for a call that comes in, or is handed over to us."""
        if self._is_draining() and not self.acked:
            self.log.warning("call declined", fields={"reason": "shutting down"})
            return self.refusal(data, 503, "Service Unavailable")
        try:
            settings = self._context.settings.for_call(data.get("env_vars"))
        except SettingsError as error:
            self.log.error("call declined", fields={"reason": str(error)})
            return self.refusal(data, 480, "Temporarily Unavailable")
        if settings.openai_api_key is None:
            self.log.error("call declined", fields={"reason": "no OPENAI_API_KEY, neither in the call's env_vars nor in the environment"})
            return self.refusal(data, 480, "Temporarily Unavailable")
        self._context = replace(self._context, settings=settings)
        self.log.secret = settings.openai_api_key
        self.log.info(
            "call answered",
            fields={"dialect": settings.openai_realtime, "model": settings.openai_model, "from": data.get("from"), "to": data.get("to")},
        )
        return answer(self._assistant, settings.openai_realtime, settings.openai_api_key, settings.openai_model, settings.openai_events)

    def _reconnected(self, data: Mapping[str, Any]) -> list[Verb] | None:
        """jambonz is back. It ignores verbs here, unless it never got those for the new call."""
        self.log.warning("jambonz reconnected", fields={"acked_before": self.acked})
        if not self.acked and data:
            return self._answer(data)
        self._tell(talk.Reconnected())
        return None

    def _status(self, data: Mapping[str, Any]) -> None:
        status = data.get("call_status")
        mine = data.get("call_sid") in (self.call_sid, None)
        # Of a dialled leg too, on the same socket and with that leg's sid inside.
        self.log.info("call status", fields={"status": status, "by": data.get("call_termination_by"), "leg": None if mine else data.get("call_sid")})
        if mine and status in OVER:
            self.over = True
            self._stop_talking()

    def _final(self, data: Mapping[str, Any]) -> list[Verb] | None:
        """The model's part is over; the caller may still be there and should hear why."""
        self._stop_talking()
        reason, error = data.get("completion_reason"), data.get("error")
        words = apology(reason, error)
        gone = self.over or data.get("call_status") in OVER
        fields = {"reason": reason, "error": error, "says": None if gone else words}
        if reason == NORMAL_END and gone:
            self.log.info("conversation over", fields=fields)
        else:
            # A normal end while the caller is there is none: nothing in this application ends it. A feature server
            # without the module for OpenAI reports it so (protocol/jambonz.md 6.2).
            self.log.warning("conversation over", fields=fields)
        return None if gone or words is None else messages.say_and_hang_up(words)

    # The conversation

    def _event(self, event: dict[str, Any]) -> None:
        match event.get("type"):
            case "conversation.item.input_audio_transcription.completed":
                self.log.info("transcript", fields={"who": "caller", "text": event.get("transcript")})
            case "response.audio_transcript.done" | "response.output_audio_transcript.done":
                self.log.info("transcript", fields={"who": "assistant", "text": event.get("transcript")})
            case "error":
                self.log.error("the model reports an error", fields={"error": event.get("error")})
            case other:
                self.log.debug("model event", fields={"type": other})
        if (meaning := talk.event_of(event)) is not None:
            self._tell(meaning)

    def _tool_call(self, data: Mapping[str, Any]) -> None:
        call_id, name = data.get("tool_call_id"), data.get("name")
        if not isinstance(call_id, str) or not call_id:
            self.log.error("tool call ignored", fields={"reason": "it has no tool_call_id", "tool": name})
        elif self.over:
            self.log.info("tool call ignored", fields={"reason": "the call is over", "tool": name, "tool_call_id": call_id})
        else:
            self._tell(talk.Called(call_id, name, data.get("args")))

    def _tell(self, event: talk.Event) -> None:
        """Tells the conversation what happened and does what it wants done."""
        for effect in self._conversation.receive(event, asyncio.get_running_loop().time()):
            match effect:
                case talk.Run(call_id, name, arguments):
                    self.log.info("tool called", fields={"tool": name, "tool_call_id": call_id})
                    self._tasks.start(self._run(call_id, name, arguments))
                case talk.Tell(call_id, output):
                    self._send(messages.silent_output(call_id, output))
                case talk.TellAndAsk(call_id, output):
                    self._send(messages.tool_output(call_id, output))
                case talk.Drop(call_id, reason):
                    self.log.info("tool call dropped", fields={"tool_call_id": call_id, "reason": reason})
                case other:
                    assert_never(other)
        self._set_timer()

    def _stop_talking(self) -> None:
        """The model is gone: nobody waits for a tool, or would take its output. A later `llm` verb starts afresh."""
        self._tell(talk.Ended())
        self._conversation = talk.Conversation()
        self._outbox.clear()
        self._tasks.cancel()

    async def _run(self, call_id: str, name: object, arguments: object) -> None:
        output = await output_of(self._assistant.tools, name, arguments, self._context)
        self.log.info("tool answered", fields={"tool": name, "tool_call_id": call_id, "output": output})
        self._tell(talk.Returned(call_id, output))

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._conversation.wake_at_s is not None:
            self._timer = asyncio.get_running_loop().call_at(self._conversation.wake_at_s, self._tell, talk.Timeout())

    def _send(self, message: Message) -> None:
        self._outbox.put(message)
