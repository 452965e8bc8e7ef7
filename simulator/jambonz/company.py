"""What the caller hears while the application thinks: filler noise, and the actions of `actionHookDelayAction`.

Facts: jambonz.md 5.3. Source: action-hook-delay.js and gather.js, of neighbouring commits.
"""

from __future__ import annotations

from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import AudioFetched, Effect, FetchAudio, Note, Played, dropped
from simulator.jambonz.numbers import count, seconds
from simulator.jambonz.schema import Refusal, VerbData, normalize
from simulator.script import Killed, Running, Script, soonest, until, until_killed

SOONEST_S = 0.001
"""A timeout of zero is a millisecond (action-hook-delay.js)."""


class Company:
    """Begins when a hook is called or the session idles, and ends with the answer."""

    def __init__(self, call: Call, delay: dict[str, Any] | None, noise: dict[str, Any] | None) -> None:
        self.call = call
        scripts = []
        if noise and noise.get("enable", True) and noise.get("url"):
            scripts.append(_noise(call, noise))
        if delay and delay.get("enabled"):
            scripts.append(_actions(call, delay))
        self._running: list[Running[Effect, None]] = [call.beside(script) for script in scripts]

    def leave(self) -> None:
        """The application has answered."""
        for running in self._running:
            running.kill(self.call.now_s)


def company(call: Call, verb: VerbData | None = None, *, noise: bool = True) -> Company:
    """As the verb wants it, or as `config` has said."""
    own = verb.data if verb is not None else {}
    filler = {**(call.features.filler_noise or {}), **(own.get("fillerNoise") or {})}
    return Company(call, own.get("actionHookDelayAction") or call.features.delay_action, filler if noise else None)


def _noise(call: Call, noise: dict[str, Any]) -> Script[Effect, None]:
    url = str(noise["url"])
    try:
        if noise.get("startDelaySecs"):
            yield from until(timeout_s=seconds(noise["startDelaySecs"]))
        call.note("filler_noise", url=url)
        yield FetchAudio(url)
        audio = yield from until(AudioFetched, where=lambda event: event.url == url)
        if audio.pcm is None:
            call.do(dropped("fillerNoise", f"{url} cannot be fetched", "check the URL", noise))
        elif call.play(audio.pcm, audio.rate_hz):
            yield from until(Played)  # it is played once, however long the application thinks
    except Killed:
        call.stop_playing()


def _actions(call: Call, settings: dict[str, Any]) -> Script[Effect, None]:
    timeout_s = max(SOONEST_S, seconds(settings.get("noResponseTimeout")))
    give_up_s = seconds(settings.get("noResponseGiveUpTimeout"))
    give_up_at_s = call.now_s + give_up_s if give_up_s > 0 else None
    actions = _verbs(call, settings.get("actions"), "actions")
    left = 1 + count(settings.get("retries")) if actions else 0
    due_s: float | None = call.now_s + timeout_s
    acting: Running[Effect, None] | None = None
    done = 0
    try:
        while left > 0 or give_up_at_s is not None:
            if left <= 0:
                due_s = None
            wake_s = soonest(due_s, give_up_at_s)
            assert wake_s is not None
            yield from until(timeout_s=max(0.0, wake_s - call.now_s))
            if acting is not None:
                acting.kill(call.now_s)
            if give_up_at_s is not None and call.now_s >= give_up_at_s - 1e-9:
                yield from _give_up(call, settings)
                return
            action = actions[done % len(actions)]
            call.note("delay_action", verb=action.name, number=done + 1)
            acting = call.beside(_one(call, action))
            done, left, due_s = done + 1, left - 1, call.now_s + timeout_s
        yield from until_killed()  # nothing more to do; the last action may still sound
    except Killed:
        if acting is not None:
            acting.kill(call.now_s)


def _give_up(call: Call, settings: dict[str, Any]) -> Script[Effect, None]:
    """The application has not answered for too long: `giveUpActions`, then jambonz hangs up."""
    call.do(Note("app", "gave_up", {"why": "noResponseGiveUpTimeout", "consequence": "giveUpActions are carried out and the call is hung up"}))
    for action in _verbs(call, settings.get("giveUpActions"), "giveUpActions"):
        yield from _one(call, action)
    call.hang_up("jambonz")


def _one(call: Call, verb: VerbData) -> Script[Effect, None]:
    from simulator.jambonz.verbs.registry import aside

    yield from aside(verb, call)


def _verbs(call: Call, written: Any, where: str) -> list[VerbData]:
    """Only `say` and `play` are carried out; the others of a list are passed over."""
    verbs = normalize(written or [], call.profile)
    if isinstance(verbs, Refusal):
        call.do(dropped(f"actionHookDelayAction.{where}", verbs.text, verbs.remedy or "send valid verbs", written))
        return []
    for verb in verbs:
        if verb.name not in ("say", "play"):
            call.do(dropped(f"{verb.name} in actionHookDelayAction.{where}", "only say and play are carried out here", "leave it out", verb.data))
    return [verb for verb in verbs if verb.name in ("say", "play")]
