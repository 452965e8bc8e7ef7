"""Clips an application has played to the caller by `playAudio`: whole recordings, one after the other, each answered by `playDone`.

Source: listen.js (`_onPlayAudio`, `_playAudio`), mod_audio_fork lws_glue.cpp (`processIncomingMessage`), documentation of `listen`.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.audio import resample_any
from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, Played
from simulator.jambonz.fork_events import ClipsOrdered
from simulator.jambonz.media import LINE_HZ
from simulator.script import Script, until
from simulator.world.audio_files import NoWav, read_wav

MOST_QUEUED = 10
RAW_RATES = frozenset({8_000, 16_000, 24_000, 32_000, 48_000, 64_000})
OTHERWISE_HZ = 16_000
"""As what raw samples are played whose rate is not one of these."""


class NoClip(Exception):
    """A `playAudio` that nothing comes of. Its text says why, `remedy` what to do."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Clip:
    """Samples for the line, and the `id` under which the application wants to hear that they were played."""

    pcm: bytes = field(repr=False)
    id: Any = None
    odd: str = ""
    """What about it the server understands otherwise than the application may think."""

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / 2 / LINE_HZ


def clip_of(data: Any) -> Clip:
    """The `data` of a `playAudio`, decoded. Raises `NoClip` where the real server plays nothing and says nothing."""
    if not isinstance(data, dict):
        raise NoClip("it has no data", 'send {"type": "playAudio", "data": {"audioContent": ..., "audioContentType": "raw", "sampleRate": 8000}}')
    content, kind = data.get("audioContent"), data.get("audioContentType")
    if kind not in ("raw", "wav", "wave"):
        raise NoClip(f"the media server knows no audioContentType {kind!r}", "raw, or wav")
    if not isinstance(content, str):
        raise NoClip("its audioContent is no text", "send the samples in base64")
    try:
        audio = b64decode(content)
    except (binascii.Error, ValueError):
        raise NoClip("its audioContent is not base64", "send the samples in base64") from None
    if kind == "raw":
        rate = data.get("sampleRate")
        known = isinstance(rate, int) and rate in RAW_RATES
        odd = "" if known else f"sampleRate {rate!r} is not one of {', '.join(map(str, sorted(RAW_RATES)))} as a number: played as {OTHERWISE_HZ}"
        samples = audio[: len(audio) // 2 * 2], (int(rate) if known else OTHERWISE_HZ)  # type: ignore[arg-type]  # known: an int
        return Clip(resample_any(*samples, LINE_HZ), data.get("id"), odd)
    try:
        found = read_wav(audio)
    except NoWav as problem:
        raise NoClip(f"it is no WAV file that can be played here: {problem}", "convert it, or send it raw") from None
    return Clip(resample_any(*found, LINE_HZ), data.get("id"))


@dataclass(slots=True)
class Clips:
    """The clips of one audio websocket. `done(clip, played_s)` hears of each that has come to its end, or was ended."""

    call: Call
    fork: int
    done: Callable[[Clip, float], None]
    _queue: deque[Clip] = field(default_factory=deque)
    _playing: bool = False

    def order(self, clip: Clip, *, queue: bool) -> bool:
        """Play it behind the others or, unless `queue`, at once and instead of them. False when the queue is full.

        Inferred: that playing at once ends what is being played, as the documentation has it.
        """
        if queue and len(self._queue) > MOST_QUEUED:
            return False
        if not queue:
            self._queue.clear()
        self._queue.append(clip)
        if not queue and self._playing:
            self.call.stop_playing()
        self.call.tell(ClipsOrdered(self.fork))
        return True

    def forget(self) -> None:
        """What is queued is not played any more; what is being played goes on."""
        self._queue.clear()

    def play(self) -> Script[Effect, None]:
        """Play what is ordered, for ever."""
        while True:
            while self._queue:
                clip, began_s = self._queue.popleft(), self.call.now_s
                self.call.play(clip.pcm, LINE_HZ)
                ends_at_s = self.call.playback.program_ends_at_s
                if ends_at_s is not None and clip.pcm:
                    self._playing = True
                    yield from until(Played, timeout_s=max(0.0, ends_at_s - self.call.now_s))
                    self._playing = False
                self.done(clip, self.call.now_s - began_s)
            yield from until(ClipsOrdered, where=lambda event: event.fork == self.fork)
