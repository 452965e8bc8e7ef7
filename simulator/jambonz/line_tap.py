"""What a telephone line carries, 20 ms at a time, for somebody who listens in; and in words, for the journal."""

from __future__ import annotations

from typing import Literal

import numpy as np

from simulator.audio import samples_of
from simulator.jambonz.call import Call
from simulator.jambonz.events import Note
from simulator.jambonz.overheard import Overheard, Utterance, is_loud

FRAME_S = 0.02
Mix = Literal["mono", "stereo", "mixed"]


class LineTap:
    """`mono` is the caller alone, `mixed` the caller and what they hear in one, `stereo` the two in channels of their own.

    `sending` says whether the sound is given out, silence in its stead, or nothing at all.
    """

    def __init__(self, call: Call, rate_hz: int, mix: Mix) -> None:
        self._call, self._rate_hz, self._mix = call, rate_hz, mix
        self._channels = 2 if mix == "stereo" else 1
        self._silence = bytes(2 * self._channels * round(rate_hz * FRAME_S))
        self._overheard = [Overheard(rate_hz) for _ in range(self._channels)]
        self.sending: Literal["sound", "silence", "nothing"] = "sound"

    @property
    def bytes_per_s(self) -> int:
        """How much that is."""
        return 2 * self._channels * self._rate_hz

    def frame(self, from_s: float, until_s: float) -> bytes | None:
        """The samples of this stretch of time, those of both channels in turn; None when nothing is to be sent."""
        if self.sending == "nothing":
            self.end()
            return None
        pcm = self._sound(from_s, until_s) if self.sending == "sound" else self._silence
        for number, overheard in enumerate(self._overheard):
            own = pcm if self._channels == 1 else samples_of(pcm)[number::2].tobytes()
            self._tell(number, overheard.frame(own, from_s, loud=pcm is not self._silence and is_loud(own)))
        return pcm

    def end(self) -> None:
        """Nothing more is sent: what was being said is over."""
        for number, overheard in enumerate(self._overheard):
            self._tell(number, overheard.end())

    def _tell(self, number: int, said: Utterance | None) -> None:
        if said is not None:
            told = {"text": said.text, "from_s": round(said.from_s, 3), "duration_s": round(said.duration_s, 3)}
            self._call.do(Note("audio", "said", told | ({"channel": number + 1} if self._channels > 1 else {})))

    def _sound(self, from_s: float, until_s: float) -> bytes:
        call, rate_hz, mix = self._call, self._rate_hz, self._mix
        says = None if call.line.silent_between(from_s, until_s) else call.line.between(from_s, until_s, rate_hz)
        hears = None if mix == "mono" else call.playback.between(from_s, until_s, rate_hz)
        if says is None and hears is None:
            return self._silence
        silence = self._silence[: len(self._silence) // self._channels]
        caller, heard = samples_of(says or silence), samples_of(hears or silence)
        if mix == "stereo":
            return np.column_stack((caller, heard)).tobytes()
        return caller.tobytes() if mix == "mono" else np.clip(caller.astype(np.int32) + heard, -32768, 32767).astype("<i2").tobytes()
