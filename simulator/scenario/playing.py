"""How each step is played: one script a step, found by the step's class. A step ends when what it says has happened."""

from __future__ import annotations

import json
from functools import singledispatch
from typing import Any

from simulator.audio import resample
from simulator.errors import SimulatorError
from simulator.jambonz.media import LINE_HZ
from simulator.journal import Frame
from simulator.pattern import MISSING, difference, show
from simulator.scenario.acts import (
    Act,
    AddBackend,
    AnswerModel,
    AskApi,
    Decline,
    Dial,
    HangUp,
    MishearCaller,
    Noted,
    PickUp,
    Press,
    RefuseModel,
    Request,
    Speak,
    TellModel,
)
from simulator.scenario.expectations import Difference, Expectation
from simulator.scenario.failure import Failure, StepFailed
from simulator.scenario.misfortune import blows, upon
from simulator.scenario.scene import NO_CALL, Scene
from simulator.scenario.steps import caller, expect, model, world
from simulator.scenario.steps.recordings import CONVERT, Recording
from simulator.script import Script, until
from simulator.speech import Speech, noise, speak, words
from simulator.vendors.openai import events as openai
from simulator.world.audio_files import NoWav, read_wav_file
from simulator.world.backends import Answer, Backend

LAST_FRAMES = 4
"""How many frames of each link a failure shows."""


@singledispatch
def play_step(step: Any, scene: Scene) -> Script[Act, Frame | None]:  # noqa: ARG001
    """The script of one step. An expectation answers the frame that fitted."""
    raise SimulatorError(f"nobody knows how to play {type(step).__name__}")
    yield


# --- the caller


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
        yield from scene.heard(step.where, step.after_s, caller.TURN_S, "the caller")
    if scene.over is not None:
        raise StepFailed(Failure(step.where, "the caller cannot hang up: the call is over", (scene.how_it_ended(),)))
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
    deadline_s = scene.now_s + caller.TURN_S
    while not scene.answered and scene.over is None and (yield from scene.wait(deadline_s - scene.now_s)):
        pass
    if not scene.answered or scene.over is not None:
        why = scene.how_it_ended() if scene.over is not None else scene.why_not_quiet()
        raise StepFailed(Failure(step.where, "the caller cannot send a request within the call: there is none", (why,)))


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


# --- the model


def answer_of(step: model.Answer) -> openai.Answer:
    """What a response is made of."""
    says = [_say_of(said, step) for said in step.say]
    calls = [_call_of(call) for call in step.calls]
    fail = None
    if step.fail is not None:
        fail = openai.Fail(step.fail, step.try_again_in, step.message, step.limit)
    return openai.Answer((*says, *calls), fail, step.thinks_s)


def _say_of(said: str | Recording, step: model.Answer) -> openai.Say:
    if isinstance(said, Recording):
        return openai.Say(said.text, recording=said.speech)
    return openai.Say(said, text_only=step.text, lasts_s=step.lasts_s)


def _call_of(call: model.ToolCall) -> openai.CallTool | openai.CallMcp:
    if call.mcp is None:
        return openai.CallTool(call.name, call.arguments_text, call.call_id)
    fails = call.fails
    error = None if fails is None else {"type": fails.type} | ({} if fails.code is None else {"code": fails.code}) | {"message": fails.message}
    return openai.CallMcp(call.mcp, call.name, call.arguments_text, call.returns, error, call.asks)


@play_step.register
def _(step: model.Answer, scene: Scene) -> Script[Act, None]:
    deadline_s = scene.now_s + step.within_s
    while not scene.requests:
        if not (yield from scene.wait(deadline_s - scene.now_s)) and not scene.requests:
            problem = f"the model was to {_doing(step)}, but nobody asked it for a response"
            details = (f"waited until {scene.now_s:.3f} s", scene.why_nobody_asked(), *_last_frames(scene))
            raise StepFailed(Failure(step.where, problem, details))
    yield AnswerModel(scene.requests.popleft().response_id, answer_of(step), scene.call_of(step.where))


def _doing(step: model.Answer) -> str:
    first = step.say[0] if step.say else ""
    said = f"say {(first.text if isinstance(first, Recording) else first)!r}" if step.say else ""
    called = f"call {', '.join(call.name for call in step.calls)}" if step.call else ""
    return " and ".join(part for part in (said, called) if part) or f"fail with {step.fail}"


@play_step.register
def _(step: model.Refuse, scene: Scene) -> Script[Act, None]:
    leg = scene.call_of(step.where)
    if step.refuse == "no_answer" or isinstance(step.refuse, int):
        yield RefuseModel(step.refuse if isinstance(step.refuse, int) else None, leg)
    else:
        yield TellModel(openai.Refuse(step.refuse, step.message), leg)


@play_step.register
def _(step: model.Strike, scene: Scene) -> Script[Act, None]:
    """Right behind an event, or when so much was heard; a lasting fault and a stall may be laid before there is a connection."""
    if step.after_event is not None:
        yield TellModel(upon(step, scene.lay(step)), scene.call_of(step.where))
        return
    if not isinstance(step, model.Lasting | model.Stall) or step.after_s is not None:
        yield from _connected(step, scene)
    if step.after_s is not None:
        yield from scene.heard(step.where, step.after_s, caller.TURN_S, "the model")
    for blow in blows(step, scene.lay(step) if isinstance(step, model.Lasting) else 0):
        yield TellModel(blow, scene.call_of(step.where))


def idle(fault: model.Strike, struck: int) -> Failure:
    """A fault that waited for events that did not come (often enough)."""
    waited = [f"it was to follow {show(fault.after_event)}"] if fault.after_event is not None else []
    waited += [f"it was to meet {show(getattr(fault, fault.word))}"] if isinstance(fault, model.Lasting) else []
    problem = f"the fault {fault.word} did not strike" if not struck else f"the fault {fault.word} struck {struck} times only"
    return Failure(fault.where, problem, tuple(waited), "write the step before the model sends such an event")


def _connected(step: model.Strike, scene: Scene) -> Script[Act, None]:
    deadline_s = scene.now_s + model.ANSWER_S
    while not scene.connected:
        if not (yield from scene.wait(deadline_s - scene.now_s)) and not scene.connected:
            problem = f"the model cannot {step.word}: there is no connection to it"
            raise StepFailed(Failure(step.where, problem, (scene.why_nobody_asked(),)))


@play_step.register
def _(step: model.Mishear, scene: Scene) -> Script[Act, None]:
    yield TellModel(openai.Mishear(step.mishear), scene.call_of(step.where))


@play_step.register
def _(step: model.Default, scene: Scene) -> Script[Act, None]:
    scene.default = answer_of(step.default)
    while scene.requests:
        yield AnswerModel(scene.requests.popleft().response_id, scene.default, scene.call_of(step.where))


# --- the world


def backend_of(step: world.Stub) -> Backend:
    """A stub as the backends know it."""
    reply = step.reply
    if reply.json is not MISSING:
        body, kind = json.dumps(reply.json).encode(), "application/json"
    else:
        body, kind = (reply.text or "").encode(), "text/plain; charset=utf-8"
    headers = {"content-type": kind, **{name.lower(): value for name, value in (reply.headers or {}).items()}}
    answer = Answer(reply.status, body, headers, reply.after_s, reply.drop)
    return Backend(step.method, step.url, answer, dict(step.query or {}), dict(step.headers or {}), step.json, step.times)


@play_step.register
def _(step: world.Stub, scene: Scene) -> Script[Act, None]:  # noqa: ARG001
    yield AddBackend(backend_of(step))


@play_step.register
def _(step: world.Api, scene: Scene) -> Script[Act, None]:
    leg = scene.call_of(step.where) if step.api not in ("create", "list") else None
    since = len(scene.journal.frames)
    yield AskApi(step.api, leg, step.who, step.with_ or {})
    while (reply := next(scene.journal.select("world", "jambonz", "api_reply", since), None)) is None:
        yield from until(Noted)
    problem = difference({"status": step.answers} if isinstance(step.answers, int) else step.answers, reply.frame) if step.answers is not None else []
    if problem or (step.answers is None and reply.frame["status"] >= 400):
        details = [str(one) for one in problem] or [f"{reply.frame['status']}: {show(reply.frame['body'])}"]
        raise StepFailed(Failure(step.where, f"the REST API was asked to {step.api}, and answered otherwise than expected", tuple(details)))


@play_step.register
def _(step: world.Mishear, scene: Scene) -> Script[Act, None]:
    yield MishearCaller(step.mishear, step.confidence, step.recognition_fails, scene.call_of(step.where))


# --- expectations


@play_step.register
def _(step: expect.Expect, scene: Scene) -> Script[Act, Frame | None]:
    journal, deadline_s = scene.journal, scene.now_s + (expect.WITHIN_S if step.within_s is None else step.within_s)
    expectation, since = expectation_of(step, scene), scene.since
    looked = since
    while True:
        for frame in expectation.candidates(journal, looked):
            if expectation.fits(frame, journal):
                if step.absent:
                    raise unwanted(step, expectation, frame)
                if not expectation.is_state:
                    scene.since = frame.seq + 1
                return frame
        looked = len(journal.frames)
        if not (yield from scene.wait(deadline_s - scene.now_s)) and looked == len(journal.frames):
            break
        if scene.leg is not None and expectation.leg != scene.leg:  # they have begun a call meanwhile: it is that one
            expectation, since = expectation_of(step, scene), scene.since
            looked = since
    if not step.absent:
        raise StepFailed(_unmet(step, expectation, scene, since))
    return None


def expectation_of(step: expect.Expect, scene: Scene) -> Expectation:
    """What the step asks of the journal, about the call of its phone."""
    return Expectation(step.word, step.pattern, NO_CALL if scene.leg is None else scene.leg)


def unwanted(step: expect.Expect, expectation: Expectation, frame: Frame) -> StepFailed:
    """What was to stay absent did not."""
    seen = f"#{frame.seq} at {frame.at_s:.3f} s, {frame.link} link, {frame.source}: {frame.kind}"
    return StepFailed(Failure(step.where, f"expected not to see {expectation}, and saw it", (seen,)))


def _unmet(step: expect.Expect, expectation: Expectation, scene: Scene, since: int) -> Failure:
    journal = scene.journal
    found = expectation.difference(expectation.candidates(journal, since), journal)
    details = [f"waited until {scene.now_s:.3f} s", *found.lines()]
    if found.nearest is None:
        earlier = expectation.difference([frame for frame in scene.frames() if frame.seq < since], journal)
        if earlier.nearest is not None and not earlier.mismatches:
            details.append(f"it happened before: #{earlier.nearest.seq} at {earlier.nearest.at_s:.3f} s, ahead of what was expected last")
    if scene.over is not None:
        details.append(scene.how_it_ended())
    elif scene.requests:
        details.append("the model is being asked for a response, which the next `model` step would answer")
    details += _last_frames(scene)
    return Failure(step.where, f"expected {expectation}", tuple(details), remedy_for(expectation, found))


def remedy_for(expectation: Expectation, found: Difference) -> str:
    """What to do, where that can be told."""
    if found.nearest is None and expectation.word in ("tool_output", "command", "verbs"):
        return "the application sent nothing of the kind; see its log, and whether what it answers has reached it"
    return ""


def _last_frames(scene: Scene) -> list[str]:
    lines = []
    for link in ("app", "audio", "model", "media", "world"):
        frames = [frame for frame in scene.frames() if frame.link == link and frame.kind not in QUIET][-LAST_FRAMES:]
        if frames:
            lines.append(f"{link}: " + ", ".join(f"{frame.source} {frame.kind} ({frame.at_s:.2f} s)" for frame in frames))
    return ["the last frames of each link:", *(f"  {line}" for line in lines)] if lines else []


QUIET = frozenset({"input_audio_buffer.append", "response.output_audio.delta", "response.audio.delta", "rate_limits.updated"})
"""Too frequent to tell anybody anything."""
