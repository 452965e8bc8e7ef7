"""An audio websocket of a call (`listen`, `stream`): what the media server sends over it, and what it makes of what comes back.

Source: mod_audio_fork (lws_glue.cpp, audio_pipe.cpp; published in drachtio-freeswitch-modules), listen.js of the feature server,
documentation of `listen`. Inferred: that jambonz's own module of today does the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal, assert_never

from simulator.jambonz.call import Call
from simulator.jambonz.clips import Clip, Clips, NoClip, clip_of
from simulator.jambonz.events import Effect, Note, dropped
from simulator.jambonz.fork_events import (
    AudioClosed,
    AudioConnected,
    AudioHappening,
    AudioSaid,
    AudioUnreachable,
    CloseAudio,
    ConnectAudio,
    ForkEnded,
    SendAudio,
)
from simulator.jambonz.line_tap import FRAME_S, LineTap, Mix
from simulator.jambonz.media import LINE_HZ
from simulator.jambonz.overheard import is_loud
from simulator.jambonz.playout import Playout
from simulator.script import Running

Json = dict[str, Any]

HANG_FRAMES = 15
"""Silence in a stream, in frames, after which the caller has heard one thing and will hear the next."""
UNHEARD = ("transcription", "transfer", "json")
"""Messages that the media server passes on, and to which the feature server does not listen."""


@dataclass(frozen=True, slots=True)
class ForkSettings:
    """What to send and what to take. `metadata` is the first message; `enabled` lets audio back, as clips or, with `streaming`, as frames."""

    url: str
    metadata: Json
    headers: dict[str, str] = field(default_factory=dict)
    rate_hz: int = LINE_HZ
    mix: Mix = "mono"
    enabled: bool = True
    streaming: bool = False
    back_hz: int = LINE_HZ


class AudioFork:
    """One audio websocket. Told what happened; once a frame (20 ms) it sends what the line carried, and plays what was streamed to it."""

    def __init__(self, number: int, call: Call, settings: ForkSettings) -> None:
        self.number, self.call, self.settings = number, call, settings
        self.state: Literal["connecting", "open", "closed"] = "connecting"
        self.since_s = call.now_s
        self._opened_s = 0.0
        self._frames = 0
        self._tap = LineTap(call, settings.rate_hz, settings.mix)
        self._playout = Playout(settings.back_hz)
        self._hang = 0
        self._clips = Clips(call, number, self._played)
        self._playing: Running[Effect, None] | None = None
        self._told: set[str] = set()
        self._counts = {"frames_sent": 0, "frames_received": 0, "bytes_received": 0}
        call.forks.append(self)
        call.do(ConnectAudio(settings.url, number, settings.headers, bytes_per_s=self._tap.bytes_per_s))

    # --- what is ordered

    def send(self, message: Json) -> None:
        """A text frame."""
        if self.state == "open":
            self.call.do(SendAudio(self.number, json.dumps(message, ensure_ascii=False, separators=(",", ":"))))

    def pause(self, *, silence: bool = False) -> None:
        """Send nothing until `resume`, or `silence` instead of what the line carries."""
        self._tap.sending = "silence" if silence else "nothing"

    def resume(self) -> None:
        """Send again what the line carries, from now on."""
        self._tap.sending = "sound"

    def close(self) -> None:
        """Close the websocket; what it was playing by itself goes on to its end."""
        if self.state != "closed":
            self.call.do(CloseAudio(self.number))
            self._over()

    def _over(self) -> None:
        if self.state == "open":
            self._tap.end()
            self.call.do(Note("audio", "streamed", dict(self._counts)))
        self.state = "closed"
        self._clips.forget()
        if self._playing is not None:
            self.call.stop_beside(self._playing)
        if self in self.call.forks:
            self.call.forks.remove(self)

    # --- what happens

    def receive(self, event: AudioHappening) -> None:
        """Something happened to the websocket."""
        if self.state == "closed":
            return
        match event:
            case AudioConnected():
                self.state, self._opened_s = "open", self.call.now_s
                self.send(self.settings.metadata)
                self._playing = self.call.beside(self._clips.play())
            case AudioUnreachable():
                self._over()
                self.call.tell(ForkEnded(self.number, "unreachable"))
            case AudioClosed():
                self._over()
                self.call.tell(ForkEnded(self.number, "closed"))
            case AudioSaid(data=data):
                self._counts["frames_received"] += 1
                self._counts["bytes_received"] += len(data)
                if isinstance(data, bytes):
                    self._streamed(data)
                else:
                    self._read(data)
            case other:
                assert_never(other)

    def _streamed(self, pcm: bytes) -> None:
        if not (self.settings.enabled and self.settings.streaming):
            remedy = "set bidirectionalAudio: {enabled: true, streaming: true, sampleRate: ...}, or send playAudio"
            self._drop("binary audio", "the listen verb did not ask for streaming: the media server discards it", remedy)
        elif not self._playout.push(pcm):
            why = "more than 10 minutes of audio are waiting: what comes now is not played"
            if why not in self._told:
                self._told.add(why)
                self.call.do(Note("app", "not_simulated", {"what": "audio streamed far ahead of the caller", "instead": why}))

    def _read(self, text: str) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            self._drop("a text frame on the audio websocket", "it is no JSON object with a type", 'send {"type": ...}', text[:500])
            return
        type_, data = message["type"], message.get("data")
        match type_:
            case "playAudio":
                self._play_audio(data)
            case "killAudio":
                self._kill_audio()
            case "mark":
                self._mark(data)
            case "clearMarks":
                self._playout.clear_marks()
            case "disconnect":
                self.close()
                self.call.tell(ForkEnded(self.number, "disconnect"))
            case "error":
                self.call.tell(ForkEnded(self.number, "error"))
            case _ if type_ in UNHEARD:
                self._drop(f"{type_} on the audio websocket", "the feature server does not listen to it", "send a command on the other websocket")
            case _:
                why = "the media server knows no such message"
                remedy = "playAudio, killAudio, mark, clearMarks and disconnect are known"
                self._drop(f"{type_} on the audio websocket", why, remedy, message)

    # --- clips

    def _play_audio(self, data: Any) -> None:
        settings = self.settings
        if settings.streaming or not settings.enabled:
            why = "the listen verb asked for streaming, which takes binary frames instead" if settings.enabled else "bidirectional audio is off"
            self._drop("playAudio", f"{why}: the media server ignores it", "leave bidirectionalAudio.streaming out to play clips")
            return
        try:
            clip = clip_of(data)
        except NoClip as problem:
            self._drop("playAudio", f"{problem}: nothing is played, and no playDone comes", problem.remedy)
            return
        if clip.odd:
            self._drop("the sampleRate of playAudio", clip.odd, "send one of them, as a number")
        if not self._clips.order(clip, queue=bool(data.get("queuePlay"))):
            self._drop("playAudio", "more than ten clips are waiting: it is forgotten, and no playDone comes", "wait for a playDone")

    def _played(self, clip: Clip, played_s: float) -> None:
        ms = round(played_s * 1000)
        offset = str(round(played_s * LINE_HZ))
        results = {"playbackSeconds": ms // 1000, "playbackMilliseconds": ms, "playbackLastOffsetPos": offset}
        self.send({"type": "playDone", "data": ({} if clip.id is None else {"id": clip.id}) | results})

    # --- streaming

    def _mark(self, data: Any) -> None:
        name = data.get("name") if isinstance(data, dict) else None
        if not isinstance(name, str):
            self._drop(
                "mark", "it has no data.name: the media server ignores it, and no mark event comes", 'send {"type": "mark", "data": {"name": ...}}'
            )
        elif not self._playout.mark(name):
            self._drop("mark", "thirty marks are waiting: it is forgotten", "wait until some were reached, or clear them")

    def _marked(self, names: list[str], event: Literal["playout", "cleared"]) -> None:
        for name in names:
            self.send({"type": "mark", "data": {"name": name, "event": event}})

    def _kill_audio(self) -> None:
        """Ends whatever plays, a clip, a stream, or a `say`; the next queued clip begins."""
        cleared = self._playout.clear()
        self.call.stop_playing()
        self._marked(cleared, "cleared")

    # --- frames

    @property
    def _due_s(self) -> float:
        """When the next frame is complete."""
        return self._opened_s + (self._frames + 1) * FRAME_S

    @property
    def wake_at_s(self) -> float | None:
        """When it wants to be brought up to date."""
        return self._due_s if self.state == "open" else None

    def tick(self) -> None:
        """Bring it up to now."""
        while self.state == "open" and self.call.now_s >= self._due_s - 1e-6:  # before what was played runs dry at the same instant
            self._send_frame(self._opened_s + self._frames * FRAME_S)
            self._play_frame(self._due_s)
            self._frames += 1

    def _send_frame(self, from_s: float) -> None:
        pcm = self._tap.frame(from_s, from_s + FRAME_S)
        if pcm is not None:
            self._counts["frames_sent"] += 1
            self.call.do(SendAudio(self.number, pcm))

    def _play_frame(self, at_s: float) -> None:
        pcm, reached = self._playout.frame()
        loud = is_loud(pcm)
        if loud:
            self._hang = HANG_FRAMES
        if pcm and self._hang:  # a stream that goes on in silence is not heard: nothing would ever be over
            self._hang -= not loud
            self.call.overlay(pcm, LINE_HZ, at_s)
        self._marked(reached, "playout")

    # --- the journal

    def _drop(self, what: str, why: str, remedy: str, frame: Any = None) -> None:
        """Said once: a stream has fifty frames a second."""
        if what + why not in self._told and len(self._told) < 100:
            self._told.add(what + why)
            self.call.do(dropped(what, why, remedy, frame))
