"""`dial`: calls somebody and connects them with the caller.

Facts: jambonz.md 4.5, 5.2 and 5.4. Killed by a redirect, verbs in the ack of its hook are ignored; without an ack the next verb runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.dialling import Dialling
from simulator.jambonz.events import AudioFetched, DialMoved, Effect, FetchAudio, Note, dropped
from simulator.jambonz.fork_request import NotStarted
from simulator.jambonz.hooks import Unanswered, action_hook
from simulator.jambonz.schema import VerbData
from simulator.jambonz.targets import TEAMS_REFUSED, wants_teams
from simulator.jambonz.transcription import Transcription
from simulator.jambonz.verbs.listen import listening
from simulator.jambonz.verbs.registry import verb
from simulator.script import Killed, Script, Timeout, soonest, until

LEFT_OUT = ("boostAudioSignal", "tag", "srtpEncryption")


@verb("dial")
def dial(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `dial_call_status`, `dial_sip_status`, `dial_call_sid`, `dial_sbc_callid` of the leg that was connected, or of the last that failed."""
    call.leave_out(data, *LEFT_OUT)
    if wants_teams(data.data):
        call.do(Note("app", "verb_failed", {"verb": "dial", "why": TEAMS_REFUSED, "consequence": "the next verb runs; its actionHook is not called"}))
        return
    if call.answered_at_s is None:
        call.note("sip_provisional", status=183)
    dialling = Dialling(data, call)
    call.dialling = dialling
    try:
        if music := data.data.get("dialMusic"):
            call.beside(_music(str(music), dialling))
        dialling.begin()
        yield from _last(dialling)
    except Killed:
        pass
    for ear in (dialling.holding, *dialling.ears):
        if ear is not None:
            call.stop_beside(ear)
    replaced = call.kill_reason == "replaced"
    yield from _end(dialling)
    call.dialling = None
    with suppress(Unanswered):
        yield from action_hook(call, data, dialling.results, expects_verbs=not replaced)


def _last(dialling: Dialling) -> Script[Effect, None]:
    """Until nobody is left, nobody has answered in time, or the time limit is reached."""
    while not dialling.over:
        due_s = soonest(dialling.rings_until_s, dialling.lasts_until_s)
        left_s = None if due_s is None else max(0.0, due_s - dialling.call.now_s)
        happened = yield from until(DialMoved, timeout_s=left_s)
        if isinstance(happened, Timeout):
            return
        if dialling.winner is not None and not dialling.ears:
            dialling.ears = [dialling.call.beside(script) for script in _overhearing(dialling, dialling.winner)]


def _overhearing(dialling: Dialling, leg: Call) -> Iterator[Script[Effect, None]]:
    """`listen` and `transcribe`: from when somebody is connected to the end of the verb (dial.js `_selectSingleDial`).

    A nested listen is never bidirectional, and its metadata are about the dialled leg. Transcribed are both, each on its channel.
    """
    call = dialling.call
    for name in ("listen", "stream"):
        if isinstance(settings := dialling.data.get(name), dict):
            yield _listens({**settings, "disableBidirectionalAudio": True, "bidirectionalAudio": None}, call, leg)
    if isinstance(settings := dialling.data.get("transcribe"), dict):
        yield Transcription(call, settings, nested=True).run()
        yield Transcription(call, settings, nested=True, line=leg.line, channel=2).run()


def _listens(settings: dict[str, Any], call: Call, leg: Call) -> Script[Effect, None]:
    try:
        yield from listening(settings, call, {}, about=leg)
    except NotStarted as problem:
        call.do(dropped("dial.listen", str(problem), problem.remedy, settings))


def _end(dialling: Dialling) -> Script[Effect, None]:
    """Drop everybody; those that were ringing still have to say that they do not any more."""
    dialling.end()
    while any(not leg.over for leg in dialling.legs.values()):
        with suppress(Killed):
            yield from until(DialMoved)


def _music(url: str, dialling: Dialling) -> Script[Effect, None]:
    """Something to listen to until somebody answers."""
    yield FetchAudio(url)
    audio = yield from until(AudioFetched, where=lambda event: event.url == url)
    if audio.pcm is not None and dialling.bridge is None and not dialling.ended:
        dialling.call.play(audio.pcm, audio.rate_hz)
