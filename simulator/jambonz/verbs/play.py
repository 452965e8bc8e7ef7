"""`play`: an audio file for the caller. The file is fetched from the scenario's backends, as jambonz fetches it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, PlayEnded
from simulator.jambonz.files import OFFSET_HZ, play_files, seek_offset
from simulator.jambonz.hooks import Unanswered, action_hook
from simulator.jambonz.numbers import seconds
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import PlayFileNotFound, verb
from simulator.script import Killed, Script, Timeout, until


@verb("play")
def play(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `playCompleted` with what was played, or `playFailed` for a missing file. Only without an answer to the latter the call ends.

    With `timeoutSecs` it is cut off then, which counts as completed.
    """
    began_s = call.now_s
    found = True
    limit_s = _limit_s(data.data.get("timeoutSecs"))
    playing = call.beside(_play(data, call))
    try:
        if not playing.done:  # a list without files is played at once
            ended = yield from until(PlayEnded, timeout_s=limit_s, where=lambda event: event.verb is data)
            if isinstance(ended, Timeout):
                playing.kill(call.now_s)
            else:
                found = ended.found
    except Killed:
        playing.kill(call.now_s)
    if not found:
        yield from action_hook(call, data, {"status": "fail", "reason": "playFailed"})
        raise PlayFileNotFound
    with suppress(Unanswered):
        yield from action_hook(call, data, completed(call.now_s - began_s, seek_offset(data)))


def completed(played_s: float, offset: int = 0) -> dict[str, Any]:
    """The hook's own members at the end of a file; the offset is a text (jambonz.md 5.2)."""
    ms = round(played_s * 1000)
    return {
        "reason": "playCompleted",
        "playback_seconds": ms // 1000,
        "playback_milliseconds": ms,
        "playback_last_offset_pos": str(offset + round(played_s * OFFSET_HZ)),
    }


def _play(data: VerbData, call: Call) -> Script[Effect, None]:
    try:
        found = yield from play_files(call, data)
    except Killed:
        call.stop_playing()
    else:
        call.tell(PlayEnded(data, found))


def _limit_s(written: object) -> float | None:
    limit_s = seconds(written)
    return limit_s if limit_s > 0 else None
