"""An open session: what goes on in it between a caller, the client and the model.

`Talk` holds the session, its conversation, the caller's audio and the responses under way, and knows what each of them
means for the others: speech that begins ends a response, a turn that ends asks for one.
"""

from __future__ import annotations

from collections import deque
from math import ceil
from typing import Any, Literal, Protocol

from simulator.ids import Ids
from simulator.script import Running, Script
from simulator.speech import words
from simulator.vendors.openai import messages, usage
from simulator.vendors.openai.budget import AudioBudget, heard_ms
from simulator.vendors.openai.conversation import Conversation, Entry, spoken_item
from simulator.vendors.openai.errors import NO_RESPONSES_HERE, Refused, already_active, commit_too_small, error
from simulator.vendors.openai.events import Answer, Dialect, Json, ResponseGone, ResponseRequested, ServerEffect
from simulator.vendors.openai.failures import Fatal
from simulator.vendors.openai.formats import format_of
from simulator.vendors.openai.mcp import list_tools
from simulator.vendors.openai.padding import Padding
from simulator.vendors.openai.prompt import Prompt, input_tokens, prompt
from simulator.vendors.openai.response import Response, respond, response_values
from simulator.vendors.openai.session import Session
from simulator.vendors.openai.settings import Settings
from simulator.vendors.openai.transcription import Transcription, transcribe
from simulator.vendors.openai.turns import FRAME_MS, Ear, SpeechStarted, SpeechStopped, sounds_complete

Steps = Script[Json | Fatal, None]
OWES_OUTPUT = "the client owes the output of "


def owes_answer(response_id: str) -> str:
    return f"the scenario owes an answer to {response_id}"


def owes_output(call_id: str, name: str) -> str:
    return f"{OWES_OUTPUT}{name} ({call_id})"


class Line(Protocol):
    """What carries a talk: the connection."""

    def send(self, event: Json) -> None:
        """Emit a server event, given in the GA shape."""

    def order(self, effect: ServerEffect) -> None:
        """Any other effect."""

    def play(self, script: Steps) -> Running[Json | Fatal, None]:
        """Start a script and keep it going."""

    def stop(self, script: Running[Json | Fatal, None]) -> None:
        """Kill a script; what it does to clean up happens now."""

    def close(self, code: int | None, reason: str) -> None:
        """Close the connection."""


class Talk:
    """One session under way, on its line."""

    def __init__(self, line: Line, session: Session, settings: Settings, ids: Ids, now_s: float) -> None:
        self.session, self.settings, self.ids, self.now_s = session, settings, ids, now_s
        self._line, self.send = line, line.send
        self.conversation = Conversation(self.new_id("conv"))
        self.ear = Ear(format_of(session.hears["format"]), session.turn_detection, self._sounds_complete)
        self.budget = AudioBudget(settings.audio_limit_s, lambda: self.ear.buffered_ms + heard_ms(self.conversation))
        self.owed: dict[str, float] = {}
        self.misheard: deque[str | None] = deque()
        self.padding = Padding(ids.dice("obfuscation"))
        self.account = usage.Account()
        self._active: Response | None = None  # of the default conversation
        self._open: dict[str, tuple[Response, Running[Json | Fatal, None]]] = {}  # until `response.done`
        self._turn_id: str | None = None  # the item a turn under way will be
        self._playback_until_s: float | None = None
        self._idle_timeout_ms: int | None = None
        self._idle_from_ms: int | None = None
        self._mcp_servers: list[str] = []  # whose tools were listed

    @property
    def dialect(self) -> Dialect:
        return self.session.dialect

    @property
    def responding(self) -> bool:
        return self._active is not None

    def new_id(self, prefix: str) -> str:
        return self.ids.openai(prefix, self.now_s)

    def list_mcp_tools(self) -> None:
        """Ask the MCP servers that the session has named since it was last asked."""
        for tool in self.session.values.get("tools", ()):
            if tool["type"] == "mcp" and tool["server_label"] not in self._mcp_servers:
                self._mcp_servers.append(tool["server_label"])
                self._line.play(list_tools(tool, self))

    # --- the caller's audio ----------------------------------------------------------------------------------------------

    def configure(self) -> None:
        """The session has changed: hear as it says. What it left alone is not disturbed."""
        detection = self.session.turn_detection
        self.ear.configure(format_of(self.session.hears["format"]), detection)
        self._idle_timeout_ms = (detection or {}).get("idle_timeout_ms")

    def hear(self, audio: bytes) -> None:
        """Appended audio: turns may begin and end in it. Raises Refused when there is no room for it."""
        self.budget.take(len(audio) / self.ear.fmt.bytes_per_ms)
        for heard in self.ear.append(audio):
            match heard:
                case SpeechStarted(audio_start_ms):
                    self._speech_started(audio_start_ms)
                case SpeechStopped(audio_end_ms, turn):
                    self._speech_stopped(audio_end_ms, turn)
        if self._idle_timeout_ms is not None and self._playback_until_s is not None:
            self._watch_idleness(self._idle_timeout_ms, self._playback_until_s)

    def _speech_started(self, audio_start_ms: int) -> None:
        self._turn_id = self.new_id("item")
        self._idle_from_ms = None
        self.send(messages.speech_started(audio_start_ms, self._turn_id))
        if self._active is not None and self._detects("interrupt_response"):
            self.cancel(self._active, "turn_detected")

    def _speech_stopped(self, audio_end_ms: int, audio: bytes) -> None:
        item_id = self._turn_id or self.new_id("item")
        self.send(messages.speech_stopped(audio_end_ms, item_id))
        self._turn_id = item_id
        heard = self._commit_turn(audio)
        if self._detects("create_response"):
            if self._active is not None:
                self.send(error(already_active(self._active.id)))
            else:
                self.request({}, by="vad", heard=heard)

    def commit(self) -> None:
        """The client ends the turn itself."""
        if self.ear.buffered_ms < 100:
            raise Refused(commit_too_small(self.ear.buffered_ms))
        self._commit_turn(self.ear.commit())

    def clear(self) -> None:
        self.ear.clear()
        self._turn_id = None
        self.send(messages.cleared())

    def _commit_turn(self, audio: bytes) -> str:
        """What was appended becomes an item; answers the words in it."""
        item_id, self._turn_id = self._turn_id or self.new_id("item"), None
        entry = spoken_item(item_id, self.ear.fmt, audio)
        previous = self.conversation.add(entry)
        self.send(messages.committed(previous, item_id))
        self.send(messages.item_added(previous, entry.item))
        self.send(messages.item_done(previous, entry.item))
        heard = entry.heard = words(self.ear.fmt.decoded(audio), self.ear.fmt.rate_hz)
        self._transcribe(entry, heard)
        return heard

    def _transcribe(self, entry: Entry, heard: str) -> None:
        wanted = self.session.hears["transcription"]
        if not wanted or not wanted["model"]:
            return
        text = self.misheard.popleft() if self.misheard else heard
        turn = Transcription(entry.id, text, wanted["model"], entry.audio_ms, bool(self.session.values["include"]))
        entry.transcript = text
        self._line.play(transcribe(turn, self.settings, self.padding))

    def _sounds_complete(self, audio: bytes) -> bool:
        return sounds_complete(words(self.ear.fmt.decoded(audio), self.ear.fmt.rate_hz))

    def _detects(self, member: str) -> bool:
        """A flag of turn detection; transcription sessions have none."""
        return bool((self.session.turn_detection or {}).get(member))

    def _watch_idleness(self, limit_ms: int, playback_until_s: float) -> None:
        """After `idle_timeout_ms` without speech once the last response was played, the silence becomes a turn (4.14)."""
        if self.ear.speaking or self.responding or self.now_s < playback_until_s:
            self._idle_from_ms = None
            return
        if self._idle_from_ms is None:
            self._idle_from_ms = self.ear.clock_ms
        end_ms = self._idle_from_ms + ceil(limit_ms / FRAME_MS) * FRAME_MS
        if self.ear.clock_ms < end_ms:
            return
        start_ms, self._idle_from_ms = self._idle_from_ms, None
        self._turn_id = self.new_id("item")
        self.send(messages.timeout_triggered(start_ms, end_ms, self._turn_id))
        heard = self._commit_turn(self.ear.commit())
        self.request({}, by="vad", heard=heard)

    # --- responses ---------------------------------------------------------------------------------------------------------

    def request(self, asked: Json, *, by: Literal["client", "vad"], heard: str | None = None) -> None:
        """A response is asked for, with the (checked, GA shaped) overrides `asked`."""
        if self.session.kind == "transcription":
            raise Refused(NO_RESPONSES_HERE)
        out_of_band = asked.get("conversation") == "none"
        if not out_of_band and self._active is not None:
            raise Refused(already_active(self._active.id))
        session = self.session.values
        values = response_values(session, asked)
        told = session | asked
        prompt = usage.prompt_tokens(told["instructions"], told["tools"])
        given = prompt + (self.conversation.tokens() if "input" not in asked else input_tokens(asked["input"], self.conversation, self.ear.fmt))
        response = Response(
            self.new_id("resp"), values, asked.get("metadata"), session["audio"]["output"]["speed"], None if out_of_band else self.conversation, given
        )
        if not out_of_band:
            self._active = response
        response.asked = asked
        self.owed[owes_answer(response.id)] = self.now_s
        self._line.order(ResponseRequested(response.id, by, heard, "none" if out_of_band else "auto"))
        self._open[response.id] = (response, self._line.play(respond(response, self)))

    def prompt(self, response_id: str) -> Prompt:
        """What the model reads for a response; of one that is gone already, the overrides are forgotten."""
        found = self._open.get(response_id)
        return prompt(self.session.values, found[0].asked if found else {}, self.conversation, self.ear.fmt)

    def answer(self, response_id: str, answer: Answer) -> Running[Json | Fatal, None] | None:
        """The scenario has answered: the script that waits for it, None when the response is gone or was answered before."""
        response, running = self._open.get(response_id, (None, None))
        if response is None or response.answer is not None or running is None:
            return None
        response.answer, response.answered_at_s = answer, self.now_s
        self.owed.pop(owes_answer(response_id), None)
        return running

    def cancellable(self, response_id: str | None) -> Response | None:
        """The response a client may cancel by this id, or the default one without an id."""
        if response_id is None:
            return self._active
        found = self._open.get(response_id)
        return found[0] if found else None

    def cancel(self, response: Response, reason: Literal["turn_detected", "client_cancelled"]) -> None:
        """End a response now; what it has to close out, it sends."""
        response.cancel_reason = reason
        if response.answer is None:
            self._gone(response, reason)
        self._line.stop(self._open[response.id][1])

    def hang_up(self) -> None:
        """The client has ended the session politely."""
        self._line.close(1000, "")

    def leave(self, reason: str) -> None:
        """The connection is over: nobody will be answered."""
        for response, _ in self._open.values():
            if response.answer is None:
                self._gone(response, reason)
        self._open.clear()
        self.owed.clear()

    def _gone(self, response: Response, reason: str) -> None:
        self.owed.pop(owes_answer(response.id), None)
        self._line.order(ResponseGone(response.id, reason))

    def response_done(self, response: Response) -> None:
        """Its `response.done` is being sent."""
        self._open.pop(response.id, None)
        counts: dict[str, Any] = response.usage or {}
        self.account.charge(counts)
        if response is not self._active:
            return
        self._active = None
        spoken_ms = counts["output_token_details"]["audio_tokens"] * 50
        self._playback_until_s, self._idle_from_ms = self.now_s + spoken_ms / 1000, None

    def rate_limits(self) -> Json:
        return usage.rate_limits_updated(self.dialect, self.account, empty=self.settings.rate_limits == "empty")

    # --- tools ---------------------------------------------------------------------------------------------------------------

    def tool_called(self, call_id: str, name: str) -> None:
        self.owed[owes_output(call_id, name)] = self.now_s

    def tool_returned(self, call_id: str) -> None:
        for debt in [debt for debt in self.owed if debt.startswith(OWES_OUTPUT) and debt.endswith(f"({call_id})")]:
            del self.owed[debt]
