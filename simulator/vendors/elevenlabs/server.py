"""An ElevenLabs agent at the far end: it greets, hears turns in the samples, calls the client's tools, and stops when talked over.

Sans-IO like the OpenAI model server, with the same events from a scenario (`vendors/openai/events.py`), so that every `model:`
step that makes sense for an agent works here too. Source: public documentation of the Agents websocket; its timing is ours.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from typing import Any

from simulator.audio import resample
from simulator.ids import Ids
from simulator.script import Killed, Running, Script, Timeout, soonest, until
from simulator.speech import speak, words
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.debts import Debts
from simulator.vendors.openai.formats import FORMATS
from simulator.vendors.openai.settings import Settings
from simulator.vendors.openai.turns import Ear, SpeechStarted, SpeechStopped, sounds_complete
from simulator.vendors.vendor import Json

EAR = FORMATS["audio/pcm"]
DETECTION = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 700}
"""How its turns are found; the real agent's model of turns is not public."""
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
        self._rate_hz = 16_000
        self._ear = Ear(EAR, DETECTION, lambda audio: sounds_complete(words(audio, EAR.rate_hz)))
        self._debts = Debts()
        self._effects: list[openai.ServerEffect] = []
        self._turn: Running[openai.ServerEffect, None] | None = None
        self._response_id: str | None = None
        self._said, self._said_from_s, self._said_until_s = b"", 0.0, 0.0
        self._said_text = ""
        self._misheard: deque[str | None] = deque()
        self._tools: set[str] = set()
        self._ping_at_s: float | None = None
        self._stalled_until_s: float | None = None
        self._held: list[openai.ServerEffect] = []
        self._events = 0

    @property
    def owed(self) -> dict[str, float]:
        """Answers that others owe, and since when."""
        return self._debts.owed

    @property
    def wake_at_s(self) -> float | None:
        """When it wants to be told `Timeout()`."""
        return soonest(self._turn.wake_at_s if self._turn is not None else None, self._ping_at_s, self._stalled_until_s)

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
                self._stalled_until_s = max(self._stalled_until_s or 0.0, now_s + duration_s)
            case openai.Trouble(code, _, message) if not self.closed:
                self._emit("error", error={"code": code or 1011, "message": message or "An internal error occurred."})
            case openai.EmitRaw(raw) if not self.closed:
                self._release(openai.Emit(raw))
            case openai.Expire() if not self.closed:
                self._close(1000, "max_duration_exceeded")
            case openai.Disconnect(code, reason) if not self.closed:
                self._close(code, reason)
            case openai.ClientClosed():
                self._over()
        effects, self._effects = self._effects, []
        return effects

    # --- the connection

    def _open(self, query: dict[str, str]) -> None:
        self.closed = False
        self._ping_at_s = self.now_s + PING_S
        if not query.get("agent_id"):
            self._close(3000, "Missing agent_id")
            return
        self._emit(
            "conversation_initiation_metadata",
            conversation_initiation_metadata_event={
                "conversation_id": f"conv_{self.ids.uuid('conversation').replace('-', '')[:26]}",
                "agent_output_audio_format": f"pcm_{self._rate_hz}",
                "user_input_audio_format": f"pcm_{self._rate_hz}",
            },
        )
        self._request("client")  # its first message

    def _close(self, code: int | None, reason: str) -> None:
        self._release(openai.Close(code, reason))
        self._over()

    def _over(self) -> None:
        self.closed, self._ping_at_s, self._turn = True, None, None
        if self._response_id is not None:
            self._effects.append(openai.ResponseGone(self._response_id, "the connection is over"))
            self._response_id = None
        self._debts.owed.clear()

    def _wake(self) -> None:
        if self._stalled_until_s is not None and self.now_s >= self._stalled_until_s:
            self._stalled_until_s = None
            self._effects += self._held
            self._held.clear()
        if self._ping_at_s is not None and self.now_s >= self._ping_at_s:
            self._ping_at_s += PING_S
            self._events += 1
            self._emit("ping", ping_event={"event_id": self._events, "ping_ms": 40})
        if self._turn is not None:
            self._moved(self._turn, self._turn.receive(Timeout(), self.now_s))

    # --- what the client says

    def _hear(self, said: Json) -> None:
        audio = said.get("user_audio_chunk")
        if isinstance(audio, bytes):
            for heard in self._ear.append(resample(audio, self._rate_hz, EAR.rate_hz)):
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
        self._emit("user_transcript", user_transcription_event={"user_transcript": understood})
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
        if self.now_s >= self._said_until_s:
            return
        heard_bytes = round((self.now_s - self._said_from_s) * self._rate_hz) * 2
        heard = words(self._said[:heard_bytes], self._rate_hz)
        self._said_until_s = self.now_s
        self._emit("interruption", interruption_event={"event_id": self._events})
        corrected = {"original_agent_response": self._said_text, "corrected_agent_response": f"{heard}..."}
        self._emit("agent_response_correction", agent_response_correction_event=corrected)
        if self._turn is not None:
            turn, self._turn = self._turn, None
            self._effects += turn.kill(self.now_s)

    # --- what it says

    def _request(self, by: Any, heard: str | None = None) -> None:
        """A response is wanted; one that waits for its answer is not wanted any more."""
        if self._response_id is not None:
            self._effects.append(openai.ResponseGone(self._response_id, "another turn came first"))
            self._debts.answered(self._response_id)
        self._response_id = self.ids.openai("resp", self.now_s)
        self._debts.answer_due(self._response_id, self.now_s)
        self._effects.append(openai.ResponseRequested(self._response_id, by, heard))

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
                self._emit("error", error={"code": answer.fail.code, "message": answer.fail.message or "The agent could not answer."})
        except Killed:
            pass
        yield openai.ResponseGone(response_id, "it is said")

    def _say(self, item: openai.Say) -> Script[openai.ServerEffect, None]:
        self._emit("agent_response", agent_response_event={"agent_response": item.text})
        if item.text_only:
            return
        self._said, self._said_text = speak(item.text, self._rate_hz).pcm, item.text
        self._said_from_s = max(self.now_s, self._said_until_s)
        self._said_until_s = self._said_from_s + len(self._said) / 2 / self._rate_hz
        for chunk in _pieces(self._said, round(CHUNK_S * self._rate_hz) * 2):
            self._events += 1
            self._emit("audio", audio_event={"audio_base_64": chunk, "event_id": self._events})
            yield from until(timeout_s=CHUNK_S / max(self.settings.speed_factor, 1.0))

    def _call(self, item: openai.CallTool) -> None:
        call_id = item.call_id or f"{item.name}_{self.ids.tool_call()}"
        try:
            parameters = json.loads(item.arguments or "{}")
        except ValueError:
            parameters = item.arguments  # an agent checks what its model writes; this one hands it on
        self._tools.add(call_id)
        self._debts.output_due(call_id, item.name, self.now_s)
        self._emit("client_tool_call", client_tool_call={"tool_name": item.name, "tool_call_id": call_id, "parameters": parameters})

    def _play(self, script: Script[openai.ServerEffect, None]) -> None:
        turn: Running[openai.ServerEffect, None] = Running(script)
        self._turn = turn
        self._moved(turn, turn.start(self.now_s))

    def _moved(self, turn: Running[openai.ServerEffect, None], effects: list[openai.ServerEffect]) -> None:
        self._effects += effects
        if turn.done and self._turn is turn:
            self._turn = None

    def _emit(self, type_: str, **members: Any) -> None:
        self._release(openai.Emit({"type": type_, **members}))

    def _release(self, effect: openai.ServerEffect) -> None:
        (self._effects if self._stalled_until_s is None else self._held).append(effect)


def _pieces(pcm: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]
