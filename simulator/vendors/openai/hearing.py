"""The caller's side of an open session: appended audio, the turns in it, and what they mean (openai-realtime.md 4.7 to 4.10, 4.14, 4.15).

Speech that begins ends a response; a turn that ends becomes an item, is transcribed, and asks for a response.
"""

from __future__ import annotations

from collections import deque

from simulator.speech import words
from simulator.vendors.openai import messages
from simulator.vendors.openai.budget import AudioBudget, heard_ms
from simulator.vendors.openai.context import Context
from simulator.vendors.openai.conversation import Entry, spoken_item
from simulator.vendors.openai.errors import Refused, already_active, commit_too_small, error
from simulator.vendors.openai.idle import IdleTimer
from simulator.vendors.openai.responses import Responses
from simulator.vendors.openai.transcription import Transcription, transcribe
from simulator.vendors.openai.turns import Ear, SpeechStarted, SpeechStopped, sounds_complete

MIN_COMMIT_MS = 100


class Hearing:
    """What is heard on the line. `misheard` are the transcripts a scenario wants instead of the next ones, None for a failure."""

    def __init__(self, context: Context, responses: Responses, misheard: deque[str | None]) -> None:
        self._context, self._responses, self._misheard = context, responses, misheard
        self.ear = Ear(context.heard_format, context.session.turn_detection, self._sounds_complete)
        self.budget = AudioBudget(context.settings.audio_limit_s, lambda: self.ear.buffered_ms + heard_ms(context.conversation))
        self._idle = IdleTimer()
        self._turn_id: str | None = None  # the item a turn under way will be
        self.configure()

    def configure(self) -> None:
        """The session has changed: hear as it says. What it left alone is not disturbed."""
        detection = self._context.session.turn_detection
        self.ear.configure(self._context.heard_format, detection)
        self._idle.limit_ms = (detection or {}).get("idle_timeout_ms")

    def append(self, audio: bytes) -> None:
        """Appended audio: turns may begin and end in it. Raises Refused when there is no room for it."""
        self.budget.take(len(audio) / self.ear.fmt.bytes_per_ms)
        for heard in self.ear.append(audio):
            match heard:
                case SpeechStarted(audio_start_ms):
                    self._speech_started(audio_start_ms)
                case SpeechStopped(audio_end_ms, turn):
                    self._speech_stopped(audio_end_ms, turn)
        if self._idle.limit_ms is not None:
            self._watch_idleness()

    def commit(self) -> None:
        """The client ends the turn itself."""
        if self.ear.buffered_ms < MIN_COMMIT_MS:
            raise Refused(commit_too_small(self.ear.buffered_ms))
        self._become_item(self.ear.commit())

    def clear(self) -> None:
        self.ear.clear()
        self._turn_id = None
        self._context.line.send(messages.cleared())

    # --- turns ---------------------------------------------------------------------------------------------------------------

    def _speech_started(self, audio_start_ms: int) -> None:
        self._turn_id = self._context.new_id("item")
        self._idle.stop()
        self._context.line.send(messages.speech_started(audio_start_ms, self._turn_id))
        active = self._responses.active
        if active is not None and self._detects("interrupt_response"):
            self._responses.cancel(active, "turn_detected")

    def _speech_stopped(self, audio_end_ms: int, audio: bytes) -> None:
        self._turn_id = self._turn_id or self._context.new_id("item")
        self._context.line.send(messages.speech_stopped(audio_end_ms, self._turn_id))
        heard = self._become_item(audio)
        if not self._detects("create_response"):
            return
        active = self._responses.active
        if active is not None:
            self._context.line.send(error(already_active(active.id)))
        else:
            self._responses.request({}, by="vad", heard=heard)

    def _watch_idleness(self) -> None:
        played_until_s = self._responses.played_until_s
        if self.ear.speaking or played_until_s is None or self._context.now_s < played_until_s:
            self._idle.stop()
            return
        silence = self._idle.run(self.ear.clock_ms, played_until_s)
        if silence is None:
            return
        self._turn_id = self._context.new_id("item")
        self._context.line.send(messages.timeout_triggered(silence.start_ms, silence.end_ms, self._turn_id))
        heard = self._become_item(self.ear.commit())
        self._responses.request({}, by="vad", heard=heard)

    def _become_item(self, audio: bytes) -> str:
        """What was appended becomes an item; answers the words in it."""
        context, fmt = self._context, self.ear.fmt
        item_id, self._turn_id = self._turn_id or context.new_id("item"), None
        entry = spoken_item(item_id, fmt, audio)
        previous = context.conversation.add(entry)
        committed = messages.committed(previous, item_id)
        context.line.send(committed, messages.item_added(previous, entry.item), messages.item_done(previous, entry.item))
        heard = entry.heard = self._words(audio)
        self._transcribe(entry, heard)
        return heard

    def _transcribe(self, entry: Entry, heard: str) -> None:
        session = self._context.session
        wanted = session.hears["transcription"]
        if not wanted or not wanted["model"]:
            return
        text = self._misheard.popleft() if self._misheard else heard
        turn = Transcription(entry.id, text, wanted["model"], entry.audio_ms, bool(session.values["include"]))
        entry.transcript = text
        self._context.line.play(transcribe(turn, self._context.settings, self._context.padding))

    def _words(self, audio: bytes) -> str:
        return words(self.ear.fmt.decoded(audio), self.ear.fmt.rate_hz)

    def _sounds_complete(self, audio: bytes) -> bool:
        return sounds_complete(self._words(audio))

    def _detects(self, member: str) -> bool:
        """A flag of turn detection; transcription sessions have none."""
        return bool((self._context.session.turn_detection or {}).get(member))
