"""How the steps of the caller are played."""

from __future__ import annotations

from simulator.audio import resample
from simulator.jambonz.media import LINE_HZ
from simulator.scenario.acts import Act, Decline, Dial, HangUp, PickUp, Press, Request, Speak, TellModel
from simulator.scenario.failure import Failure, StepFailed
from simulator.scenario.playing.script import play_step
from simulator.scenario.scene import Scene
from simulator.scenario.steps import caller
from simulator.scenario.steps.recordings import CONVERT
from simulator.scenario.why import too_late, why_not_quiet
from simulator.script import Script, until
from simulator.speech import Speech, noise, speak, words
from simulator.vendors.openai import events as openai
from simulator.world.audio_files import NoWav, read_wav_file


def _says(speech: Speech, leg: int) -> Script[Act, None]:
    yield Speak(speech, leg)
    yield from until(timeout_s=speech.duration_s)


@play_step.register
def _(step: caller.Say, scene: Scene) -> Script[Act, None]:
    yield from scene.turn(step.where, step.within_s, "the caller")
    yield from _says(speak(step.say), scene.call_of(step.where))


@play_step.register
def _(step: caller.Interrupt, scene: Scene) -> Script[Act, None]:
    if step.after_s is not None:
        yield from scene.heard(step.where, step.after_s, step.within_s, "the caller")
    yield from _says(speak(step.interrupt), scene.call_of(step.where))


@play_step.register
def _(step: caller.Noise, scene: Scene) -> Script[Act, None]:
    yield from _says(noise(step.noise_s, level_dbfs=step.level_db), scene.call_of(step.where))


@play_step.register
def _(step: caller.Play, scene: Scene) -> Script[Act, None]:
    try:
        speech = Speech(step.says, *read_wav_file(step.path))
    except NoWav as problem:
        raise StepFailed(Failure(step.where, f"{step.path} cannot be played: {problem}", remedy=CONVERT)) from problem
    yield from scene.turn(step.where, step.within_s, "the caller")
    leg = scene.call_of(step.where)
    if step.says and not words(resample(speech.pcm, speech.rate_hz, LINE_HZ), LINE_HZ):
        yield TellModel(openai.Mishear(step.says), leg)  # nobody understands a real voice here, so the step says what it says
    yield from _says(speech, leg)


@play_step.register
def _(step: caller.Press, scene: Scene) -> Script[Act, None]:
    yield Press(step.press, scene.call_of(step.where))


@play_step.register
def _(step: caller.Wait, scene: Scene) -> Script[Act, None]:  # noqa: ARG001 - the shape of a step's script
    yield from until(timeout_s=step.wait_s)


@play_step.register
def _(step: caller.HangUp, scene: Scene) -> Script[Act, None]:
    if step.after_s is not None:
        yield from scene.heard(step.where, step.after_s, step.within_s, "the caller")
    if scene.over is not None:
        raise StepFailed(too_late(scene, step.where, "the caller cannot hang up: the call is over"))
    if scene.ringing:
        raise StepFailed(Failure(step.where, "nobody can hang up a phone that rings", remedy="decline the call: caller: {decline: 603}"))
    leg, scene.hung_up = scene.call_of(step.where), True
    yield HangUp(dict(step.headers), leg)


@play_step.register
def _(step: caller.Dial, scene: Scene) -> Script[Act, None]:
    if scene.leg is not None and scene.over is None:
        raise StepFailed(Failure(step.where, f"{scene.who} cannot dial: they are in a call", remedy="let them hang up first"))
    yield Dial(str(scene.who))


@play_step.register
def _(step: caller.Answer, scene: Scene) -> Script[Act, None]:
    yield from scene.rings(step.where, step.within_s, scene.who or "the caller")
    yield PickUp(scene.call_of(step.where))


@play_step.register
def _(step: caller.Decline, scene: Scene) -> Script[Act, None]:
    yield from scene.rings(step.where, step.within_s, scene.who or "the caller")
    yield Decline(step.decline, scene.call_of(step.where))


def _answered(step: caller.Sends | caller.Transfers | caller.Holds, scene: Scene) -> Script[Act, None]:
    """Requests within a call need one: wait until it is answered."""
    deadline_s = scene.now_s + step.within_s
    while not scene.answered and scene.over is None and (yield from scene.wait(deadline_s - scene.now_s)):
        pass
    if not scene.answered or scene.over is not None:
        problem = "the caller cannot send a request within the call: there is none"
        if scene.over is not None:
            raise StepFailed(too_late(scene, step.where, problem))
        why = why_not_quiet(scene)
        raise StepFailed(Failure(step.where, problem, (why.said,), why.remedy))


@play_step.register
def _(step: caller.Sends, scene: Scene) -> Script[Act, None]:
    yield from _answered(step, scene)
    yield Request(step.sends, dict(step.headers), step.body, scene.call_of(step.where))


@play_step.register
def _(step: caller.Transfers, scene: Scene) -> Script[Act, None]:
    yield from _answered(step, scene)
    by = {} if step.by is None else {"Referred-By": _uri(step.by)}
    yield Request("REFER", {"Refer-To": _uri(step.transfers), **by, **step.headers}, leg=scene.call_of(step.where))


def _uri(written: str) -> str:
    return written if "sip:" in written or "tel:" in written else f"<sip:{written}@sip.example.com>"


@play_step.register
def _(step: caller.Holds, scene: Scene) -> Script[Act, None]:
    yield from _answered(step, scene)
    body = f"v=0\r\nm=audio 40000 RTP/AVP 0\r\na={'sendonly' if step.holds else 'sendrecv'}\r\n"
    yield Request("INVITE", {"Content-Type": "application/sdp"}, body, scene.call_of(step.where))
