"""Additional audio tracks under a call (`dub`): each plays on its own, and the media server mixes it under the main audio.

What a track plays is written down like the main audio, with the track's name. The mix itself is not made: words of two tracks
that sound at once would be unintelligible to the simulated ear, as they might be to a real one.
Source: tasks/dub.js, of neighbouring commits; jambonz.md 5.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import AudioFetched, Effect, FetchAudio, Note, dropped
from simulator.jambonz.media import Playback
from simulator.script import Killed, Running, Script, until


@dataclass(slots=True)
class Track:
    """One track, by the name the application gave it."""

    name: str
    playback: Playback = field(default_factory=Playback)
    playing: Running[Effect, None] | None = None


def dub(call: Call, data: dict[str, Any]) -> str:
    """Carry out the properties of a `dub` verb; answers its fate. An unknown track is an error of the media server that only its log sees."""
    action, name = str(data.get("action")), str(data.get("track"))
    tracks = call.features.tracks
    if call.answered_at_s is None:
        return _pass_over(call, action, "the call has no media yet", "answer first", data)
    if action == "addTrack":
        if name in tracks:
            return _pass_over(call, action, f"there is a track {name!r} already", "remove it first, or play on it", data)
        if not tracks:
            call.when_over.append(lambda: silence_all(call))
        tracks[name] = Track(name)
        call.note("track", action=action, track=name)
        if not (data.get("play") or data.get("say")):
            return "done"
    track = tracks.get(name)
    if track is None:
        known = ", ".join(tracks) or "none"
        return _pass_over(call, action, f"there is no track {name!r}", f"begin with addTrack; there are: {known}", data)
    if action != "addTrack":
        call.note("track", action=action, track=name)
    silence(call, track)
    if action == "removeTrack":
        del tracks[name]
    elif action != "silenceTrack":
        track.playing = call.beside(_sound(call, track, data))
    return "done"


def silence(call: Call, track: Track) -> None:
    """What a track plays ends, here and now."""
    playing, track.playing = track.playing, None
    if playing is not None and not playing.done:
        playing.kill(call.now_s)


def silence_all(call: Call) -> None:
    """The call is over."""
    for track in call.features.tracks.values():
        silence(call, track)


def _sound(call: Call, track: Track, data: dict[str, Any]) -> Script[Effect, None]:
    url, text = data.get("play"), _text_of(data.get("say"))
    if url and data["action"] != "sayOnTrack":
        yield FetchAudio(str(url))
        audio = yield from until(AudioFetched, where=lambda event: event.url == url)
        if audio.pcm is None:
            call.do(dropped(f"dub {data['action']}", f"{url} cannot be fetched", "the media server only logs it: check the URL", data))
            return
        pcm, rate_hz = audio.pcm, audio.rate_hz
    else:
        speech = call.media.speak(text)
        call.note("said", text=text, duration_s=round(speech.duration_s, 3), track=track.name)
        pcm, rate_hz = speech.pcm, speech.rate_hz
    if not pcm:
        return
    yield Note("app", "not_simulated", {"what": f"the mix of track {track.name}", "instead": "what it plays is written down beside the main audio"})
    while True:
        track.playback.add(pcm, rate_hz, call.now_s)
        try:
            yield from until(timeout_s=(track.playback.ends_at_s or call.now_s) - call.now_s)
        except Killed:
            _heard(call, track)
            return
        _heard(call, track)
        if not data.get("loop"):
            return


def _heard(call: Call, track: Track) -> None:
    hearing = track.playback.stop(call.now_s)
    call.note("heard", text=hearing.text, heard_s=round(hearing.heard_s, 3), cut_s=round(hearing.cut_s, 3), track=track.name)


def _text_of(say: Any) -> str:
    """`say` is a text or the properties of a say verb."""
    text = say.get("text", "") if isinstance(say, dict) else say or ""
    return " ".join(str(part) for part in text) if isinstance(text, list) else str(text)


def _pass_over(call: Call, action: str, why: str, remedy: str, data: dict[str, Any]) -> str:
    call.do(dropped(f"dub {action}", why, remedy, data))
    return "dropped"
