"""The ear at a phone: tells what begins to be heard while it is played, words of simulated speech as text, real sound as samples. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.jambonz.media import Playback
from simulator.modes.live.messages import Told, sound, speaks
from simulator.speech import speak, words

SOUND_HZ = 24_000
WHOLE_S = 0.25
"""How long it is waited for more of what has begun, so that words are told in as few pieces as possible."""
WORDLESS_S = 0.6
"""What has no word in so much of it is real sound."""


class Ear:
    """Of one call; asked some twenty times a second."""

    def __init__(self, phone: str) -> None:
        self._phone = phone
        self._began_s: float | None = None
        self._ends_s = 0.0
        self._told = 0
        """Words of what is playing that were told."""
        self._grew_s = 0.0
        self._real = False
        self._given_s = 0.0

    def look(self, playback: Playback, item_id: str, saying: str, now_s: float) -> Iterator[Told]:
        """What there is to tell since it was last asked. `item_id` is what the model is saying, `saying` the words of
        that, as far as they are known: then they are told at once, however slowly they come.
        """
        began_s, ends_s = playback.began_s, playback.ends_at_s
        if began_s is None or ends_s is None:
            self._began_s = None
            return
        if began_s != self._began_s:
            self._began_s, self._ends_s, self._told, self._real, self._given_s = began_s, 0.0, 0, False, began_s
        grew = ends_s > self._ends_s + 1e-6
        if grew:
            self._ends_s, self._grew_s = ends_s, now_s
        if self._real:
            yield from self._samples(playback, now_s)
        elif now_s - began_s >= WHOLE_S and (grew or now_s - self._grew_s < 2 * WHOLE_S):
            yield from self._words(playback, item_id, saying.split(), ends_s - began_s)

    def _words(self, playback: Playback, item_id: str, saying: Sequence[str], lasts_s: float) -> Iterator[Told]:
        spoken = words(*playback.sound()).split()
        if not spoken:
            self._real = lasts_s >= WORDLESS_S
        elif len(spoken) > self._told:
            fresh, before = spoken[self._told :], self._told
            if list(saying[: len(fresh)]) == fresh:
                self._told = before + len(saying)
                yield speaks(self._phone, " ".join(saying), item_id, speak(" ".join(saying)).duration_s)
                return
            self._told = len(spoken)
            yield speaks(self._phone, " ".join(fresh), item_id, lasts_s * (len(fresh) / (before + len(fresh))))

    def _samples(self, playback: Playback, now_s: float) -> Iterator[Told]:
        until_s = min(now_s, self._ends_s)
        if until_s - self._given_s >= 0.02 and (pcm := playback.between(self._given_s, until_s, SOUND_HZ)) is not None:
            yield sound(self._phone, pcm)
        self._given_s = max(self._given_s, until_s)
