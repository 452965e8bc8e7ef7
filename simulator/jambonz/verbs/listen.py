"""`listen` (also written `stream`): the sound of the call goes to an audio websocket of the application, and sound may come back.

Source: listen.js of the feature server, jambonz.md 5.2 and 5.4. What the verb asks for is read in `fork_request.py`; the
websocket itself is `audio_fork.py`. `listening` is also for `dial.listen`, `listen_beside` for `config.listen`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any

from simulator.jambonz.audio_fork import AudioFork
from simulator.jambonz.call import Call
from simulator.jambonz.controls import Control
from simulator.jambonz.events import Digit, Effect, Played, dropped
from simulator.jambonz.fork_events import ForkEnded
from simulator.jambonz.fork_request import NotStarted, beep, fork_settings, say_what_is_ignored
from simulator.jambonz.hooks import Unanswered, action_hook
from simulator.jambonz.media import LINE_HZ
from simulator.jambonz.schema import VerbData
from simulator.jambonz.transcription import Transcription
from simulator.jambonz.verbs.registry import verb
from simulator.jambonz.whisper import whisper_to
from simulator.script import Killed, Script, Timeout, until

DTMF_DURATION = "1600"
"""How long a key was pressed, in units of RTP (8000 a second), as text: the example of the documentation."""


LONGEST_TIMER_S = (2**31 - 1) / 1000


@verb("listen")
def listen(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook, also when killed: `dial_call_duration` (whole seconds, absent without a connection) and `digits` (the finishing key).

    An unanswered hook is only logged. What the media server refuses ends the verb without a hook (listen.js `exec`).
    """
    results: dict[str, Any] = {}
    try:
        with call.controls.obeyed(whisper=lambda ordered: whisper_to(call, ordered)):
            yield from listening(data.data, call, results)
    except NotStarted as problem:
        call.do(dropped("verb listen", f"{problem}: the verb ends at once, without its hook", problem.remedy, data.data))
        return
    with suppress(Unanswered):
        yield from action_hook(call, data, results)


def listening(
    settings: Mapping[str, Any], call: Call, results: dict[str, Any], *, background: bool = False, about: Call | None = None
) -> Script[Effect, None]:
    """Listen until something ends it, or it is killed; `results` is filled with what the hook should say. Raises `NotStarted`.

    Nested in a `dial` its metadata are `about` the dialled leg. In the `background` it obeys no `listen:status`: the server only tells the
    running verb.
    """
    wanted = fork_settings(settings, call, about)
    say_what_is_ignored(settings, call)
    with ExitStack() as at_the_end:
        try:
            if settings.get("playBeep"):
                call.play(beep(), LINE_HZ)
                yield from until(Played)
            if isinstance(nested := settings.get("transcribe"), dict):
                transcription = Transcription(call, nested, nested=True)
                at_the_end.callback(call.stop_beside, call.beside(transcription.run()))
                if not background:
                    at_the_end.enter_context(call.controls.obeyed(transcribe_status=transcription.obey))
            fork = AudioFork(len(call.exchange.forks), call, wanted)
            call.exchange.forks[fork.number] = fork
            if not background:
                at_the_end.enter_context(call.controls.obeyed(listen_status=status_of(fork), stream_status=status_of(fork)))
            began_s = call.now_s
            try:
                ended = yield from _until_it_ends(settings, call, fork, results)
            except Killed:
                ended = "killed"
            if ended != "error":  # the server forgets about the websocket then, and it stays until the call ends
                fork.close()
            if ended not in ("error", "unreachable"):
                results["dial_call_duration"] = int(call.now_s - began_s + 1e-6)
        except Killed:
            pass


def _until_it_ends(settings: Mapping[str, Any], call: Call, fork: AudioFork, results: dict[str, Any]) -> Script[Effect, str]:
    """Pass keys on until the far end, a key or the longest duration ends it; which of them did."""
    ends_at_s = call.now_s + timer_s(settings["maxLength"]) if settings.get("maxLength") else None
    finish, passes = settings.get("finishOnKey"), settings.get("passDtmf")
    while True:
        left_s = None if ends_at_s is None else max(0.0, ends_at_s - call.now_s)
        happened = yield from until(Digit, ForkEnded, timeout_s=left_s, where=lambda event: isinstance(event, Digit) or event.fork == fork.number)
        match happened:
            case Timeout():
                return "maxLength"
            case ForkEnded(how=how):
                return how
            case Digit(digit):
                if passes:
                    fork.send({"event": "dtmf", "dtmf": digit, "duration": DTMF_DURATION})
                if digit == finish:
                    results["digits"] = digit
                    return "finishOnKey"


def timer_s(wanted_s: float) -> float:
    """What a timer of Node.js makes of it: what is negative, or more than 2^31 - 1 ms, is one millisecond."""
    return wanted_s if 0.001 <= wanted_s <= LONGEST_TIMER_S else 0.001


def status_of(fork: AudioFork) -> Control:
    """What a `listen:status` does to this websocket. Inferred: that `silence` goes on sending, and sends zeros."""

    def obey(data: Any) -> str | None:
        status = (data.get("listen_status") or data.get("stream_status")) if isinstance(data, dict) else None
        match status:
            case "pause":
                fork.pause()
            case "silence":
                fork.pause(silence=True)
            case "resume":
                fork.resume()
            case _:
                return f'it is told {status!r}: it knows {{"listen_status": "pause"}}, "silence" and "resume"'
        return None

    return obey


def listen_beside(call: Call, settings: Mapping[str, Any]) -> None:
    """`config {listen: {enable, url, ...}}`: in the background until it is switched off, the far end closes or the call ends; one at a time."""
    if not settings.get("enable"):
        call.stop_background("listen")
    elif not call.start_background("listen", _beside(settings, call)):
        call.do(dropped("config.listen", "one is running already: the server skips it", "switch it off first with enable: false", dict(settings)))


def _beside(settings: Mapping[str, Any], call: Call) -> Script[Effect, None]:
    try:
        yield from listening(settings, call, {}, background=True)
    except NotStarted as problem:
        call.do(dropped("config.listen", str(problem), problem.remedy, dict(settings)))
