"""Audio files for the caller, fetched from the scenario's backends as jambonz fetches them.

Source: tasks/play.js, of a neighbouring commit. `seekOffset` counts samples at 8 kHz, and holds for the first file of the first round.
"""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import AudioFetched, Effect, FetchAudio, Played
from simulator.jambonz.numbers import count
from simulator.jambonz.schema import VerbData
from simulator.jambonz.voice import rounds
from simulator.script import Script, until

OFFSET_HZ = 8_000


def play_files(call: Call, verb: VerbData) -> Script[Effect, bool]:
    """The files of a `play`, as often as it wants; False when one is missing. Killed where it waits; the caller of this stops what plays."""
    url = verb.data.get("url", "")
    urls = [str(one) for one in url] if isinstance(url, list) else [str(url)]
    offset = seek_offset(verb)
    for _ in range(rounds(verb.data.get("loop"))):
        sounded = False
        for one in urls:
            yield FetchAudio(one)
            audio = yield from until(AudioFetched, where=lambda event, one=one: event.url == one)  # type: ignore[misc]
            if audio.pcm is None:
                return False
            pcm = audio.pcm[2 * round(offset * audio.rate_hz / OFFSET_HZ) :]
            offset = 0
            if call.play(pcm, audio.rate_hz):
                sounded = True
                call.notify_verb("start-playback", verb)
                yield from until(Played)
                call.notify_verb("stop-playback", verb)
        if not sounded:
            break  # nothing to be heard, however often
    return True


def seek_offset(verb: VerbData) -> int:
    """Where a `play` begins, in samples; a number or a text with one."""
    return count(verb.data.get("seekOffset"))
