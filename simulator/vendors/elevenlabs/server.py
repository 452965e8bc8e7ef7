"""An ElevenLabs agent at the far end: it greets, hears turns in the samples, calls the client's tools, and stops when talked over.

Sans-IO like the OpenAI model server, with the same events from a scenario (`vendors/openai/events.py`), so that every `model:`
step that makes sense for an agent works here too. Source: public documentation of the Agents websocket; its timing is ours.
"""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from simulator.audio import resample
from simulator.ids import Ids
from simulator.script import Killed, Running, Script, Timeout, soonest, until
from simulator.speech import words
from simulator.vendors.elevenlabs import messages
from simulator.vendors.elevenlabs.voice import Voice
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.debts import Debts
from simulator.vendors.openai.formats import FORMATS
from simulator.vendors.openai.orders import Orders
from simulator.vendors.openai.settings import Settings
from simulator.vendors.openai.turns import Ear, SpeechStarted, SpeechStopped, sounds_complete
from simulator.vendors.vendor import Json

EAR = FORMATS["audio/pcm"]
DETECTION = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 700}
"""How its turns are found; the real agent's model of turns is not public."""
RATE_HZ = 16_000
"""Of the audio, both ways."""
PING_S = 10.0
CHUNK_S = 0.5
"""How much speech stands in one `audio` event."""
THINKS_S = 0.3
"""What passes before it says anything."""


class AgentServer:
    """One conversation. `dialect` belongs to another vendor and means nothing here."""

    def __init__(self, *, dialect: openai.Dialect, ids: Ids, now_s: float = 0.0, settings: Settings | None = None) -> None:  # noqa: ARG002
        self.ids, self.now_s, self.settings = ids, now_s, settings or Settings()
        self.closed = True
        self._voice = Voice(RATE_HZ)
        self._heard_hz = RATE_HZ
        self._ear = Ear(EAR, DETECTION, lambda audio: sounds_complete(words(audio, EAR.rate_hz)))
        self._debts = Debts()
        self._orders = Orders()
        self._turn: Running[openai.ServerEffect, None] | None = None
        self._response_id: str | None = None
        self._misheard: deque[str | None] = deque()
        self._tools: set[str] = set()
        self._ping_at_s: float | None = None
        self._events = 0

    def set_up(self, heard_hz: int, spoken_hz: int) -> None:
        """Before it is opened: other sample rates than the usual 16 kHz."""
        self._heard_hz, self._voice = heard_hz, Voice(spoken_hz)

    @property
    def owed(self) -> dict[str, float]:
        """Answers that others owe, and since when."""
        return self._debts.owed

    @property
    def wake_at_s(self) -> float | None:
        """When it wants to be told `Timeout()`."""
        return soonest(self._turn.wake_at_s if self._turn is not None else None, self._ping_at_s, self._orders.stalled_until_s)

    def receive(self, event: openai.ServerHappening, now_s: float) -> list[openai.ServerEffect]:
        """Something happened."""
        self.now_s = now_s
        match event:
            case openai.Opened(query):
                self._open(dict(query))
            case Timeout():
                self._wake()
            case openai.ClientEvent(said) if not self.closed:
                self._hear(said)
            case openai.Answered(response_id, answer) if not self.closed and response_id == self._response_id:
                self._debts.answered(response_id)
                self._play(self._respond(response_id, answer))
            case openai.Mishear(text):
                self._misheard.append(text)
            case openai.Stall(duration_s):
                self._orders.stall(now_s + duration_s)
            case openai.Trouble(code, _, message) if not self.closed:
                self._emit(messages.error(code or 1011, message or "An internal error occurred."))
            case openai.EmitRaw(raw) if not self.closed:
                self._emit(raw)
            case openai.Expire() if not self.closed:
                self._close(1000, "max_duration_exceeded")
            case openai.Disconnect(code, reason) if not self.closed:
                self._close(code, reason)
            case openai.ClientClosed():
                self._over()
        return self._orders.take()

    # --- the connection

    def _open(self, query: dict[str, str]) -> None:
        self.closed = False
        self._ping_at_s = self.now_s + PING_S
        if not query.get("agent_id"):
            self._close(3000, "Missing agent_id")
            return
        conversation_id = f"conv_{self.ids.uuid('conversation').replace('-', '')[:26]}"
        self._emit(messages.conversation_initiation_metadata(conversation_id, self._heard_hz, self._voice.rate_hz))
        self._request("client")  # its first message

    def _close(self, code: int | None, reason: str) -> None:
        self._orders.release(openai.Close(code, reason))
        self._over()

    def _over(self) -> None:
        self.closed, self._ping_at_s, self._turn = True, None, None
        if self._response_id is not None:
            self._orders.order(openai.ResponseGone(self._response_id, "the connection is over"))
            self._response_id = None
        self._debts.owed.clear()

    def _wake(self) -> None:
        self._orders.wake(self.now_s)
        if self._ping_at_s is not None and self.now_s >= self._ping_at_s:
            self._ping_at_s += PING_S
            self._events += 1
            self._emit(messages.ping(self._events))
        if self._turn is not None:
            self._moved(self._turn, self._turn.receive(Timeout(), self.now_s))

    # --- what the client says

    def _hear(self, said: Json) -> None:
        audio = said.get("user_audio_chunk")
        if isinstance(audio, bytes):
            for heard in self._ear.append(resample(audio, self._heard_hz, EAR.rate_hz)):
                match heard:
                    case SpeechStarted():
                        self._interrupted()
                    case SpeechStopped(_, turn):
                        self._turn_ended(words(turn, EAR.rate_hz))
            return
        match said.get("type"):
            case "client_tool_result":
                self._tool_returned(said)
            case "user_message":
                self._turn_ended(str(said.get("text") or ""))
            case "contextual_update" | "user_activity" | "pong" | "conversation_initiation_client_data":
                pass
            case other:
                self._close(1008, f"Invalid message received: unknown type {other!r}")

    def _turn_ended(self, heard: str) -> None:
        understood = self._misheard.popleft() if self._misheard else heard
        if not understood:
            return  # a cough: an agent answers words
        self._emit(messages.user_transcript(understood))
        self._request("vad", understood)

    def _tool_returned(self, said: Json) -> None:
        call_id = str(said.get("tool_call_id"))
        if call_id not in self._tools:
            return
        self._tools.discard(call_id)
        self._debts.output_came(call_id)
        if not self._tools:
            self._request("client")

    def _interrupted(self) -> None:
        """The caller speaks over the agent: it stops, and says what of it was heard."""
        stopped = self._voice.stop(self.now_s)
        if stopped is None:
            return
        self._emit(messages.interruption(self._events))
        self._emit(messages.agent_response_correction(*stopped))
        if self._turn is not None:
            turn, self._turn = self._turn, None
            self._orders.order(*turn.kill(self.now_s))

    # --- what it says

    def _request(self, by: Any, heard: str | None = None) -> None:
        """A response is wanted; one that waits for its answer is not wanted any more."""
        if self._response_id is not None:
            self._orders.order(openai.ResponseGone(self._response_id, "another turn came first"))
            self._debts.answered(self._response_id)
        self._response_id = self.ids.openai("resp", self.now_s)
        self._debts.answer_due(self._response_id, self.now_s)
        self._orders.order(openai.ResponseRequested(self._response_id, by, heard))

    def _respond(self, response_id: str, answer: openai.Answer) -> Script[openai.ServerEffect, None]:
        self._response_id = None
        try:
            yield from until(timeout_s=THINKS_S + answer.after_s)
            for item in answer.items:
                if isinstance(item, openai.Say):
                    yield from self._say(item)
                elif isinstance(item, openai.CallTool):
                    self._call(item)
            if answer.fail is not None:
                self._emit(messages.error(answer.fail.code, answer.fail.message or "The agent could not answer."))
        except Killed:
            pass
        yield openai.ResponseGone(response_id, "it is said")

    def _say(self, item: openai.Say) -> Script[openai.ServerEffect, None]:
        self._emit(messages.agent_response(item.text))
        if item.text_only:
            return
        for chunk in self._voice.say(item.text, self.now_s, CHUNK_S):
            self._events += 1
            self._emit(messages.audio(chunk, self._events))
            yield from until(timeout_s=CHUNK_S / max(self.settings.speed_factor, 1.0))

    def _call(self, item: openai.CallTool) -> None:
        call_id = item.call_id or f"{item.name}_{self.ids.tool_call()}"
        try:
            parameters = json.loads(item.arguments or "{}")
        except ValueError:
            parameters = item.arguments  # an agent checks what its model writes; this one hands it on
        self._tools.add(call_id)
        self._debts.output_due(call_id, item.name, self.now_s)
        self._emit(messages.client_tool_call(item.name, call_id, parameters))

    def _play(self, script: Script[openai.ServerEffect, None]) -> None:
        turn: Running[openai.ServerEffect, None] = Running(script)
        self._turn = turn
        self._moved(turn, turn.start(self.now_s))

    def _moved(self, turn: Running[openai.ServerEffect, None], effects: list[openai.ServerEffect]) -> None:
        self._orders.order(*effects)
        if turn.done and self._turn is turn:
            self._turn = None

    def _emit(self, event: Json) -> None:
        self._orders.release(openai.Emit(event))
