"""`play`: an audio file for the caller. The file is fetched from the scenario's backends, as jambonz fetches it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import AudioFetched, Effect, FetchAudio, Played
from simulator.jambonz.hooks import Unanswered, action_hook
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.jambonz.verbs.say import rounds
from simulator.script import Killed, Script, until


class PlayFileNotFound(Exception):
    """A file is missing: the loop goes on with the next verb, and does not say that this one has finished."""


@verb("play")
def play(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `playCompleted` with what was played, or `playFailed` for a missing file. Only without an answer to the latter the call ends."""
    call.leave_out(data, "timeoutSecs", "seekOffset")
    url = data.data.get("url", "")
    began_s = call.now_s
    results: dict[str, Any]
    try:
        results = yield from _play_files([str(one) for one in url] if isinstance(url, list) else [str(url)], data, call, began_s)
    except Killed:
        call.stop_playing()
        results = completed(call.now_s - began_s)
    if results["reason"] == "playFailed":
        yield from action_hook(call, data, results)
        raise PlayFileNotFound
    with suppress(Unanswered):
        yield from action_hook(call, data, results)


def completed(played_s: float) -> dict[str, Any]:
    """The hook's own members at the end of a file; the offset is a text (jambonz.md 5.2)."""
    ms = round(played_s * 1000)
    return {
        "reason": "playCompleted",
        "playback_seconds": ms // 1000,
        "playback_milliseconds": ms,
        "playback_last_offset_pos": str(round(played_s * 8_000)),
    }


def _play_files(urls: list[str], data: VerbData, call: Call, began_s: float) -> Script[Effect, dict[str, Any]]:
    for _ in range(rounds(data.data.get("loop"))):
        for url in urls:
            yield FetchAudio(url)
            audio = yield from until(AudioFetched, where=lambda event, url=url: event.url == url)  # type: ignore[misc]
            if audio.pcm is None:
                return {"status": "fail", "reason": "playFailed"}
            if call.play(audio.pcm, audio.rate_hz):
                call.notify_verb("start-playback", data)
                yield from until(Played)
                call.notify_verb("stop-playback", data)
    return completed(call.now_s - began_s)
