"""How the steps of the world are played."""

from __future__ import annotations

import json

from simulator.pattern import MISSING, captured, difference, show
from simulator.scenario.acts import Act, AddBackend, AskApi, MishearCaller, Noted
from simulator.scenario.expectations import is_short
from simulator.scenario.failure import Failure, StepFailed
from simulator.scenario.playing.script import play_step
from simulator.scenario.scene import Scene
from simulator.scenario.steps import world
from simulator.script import Script, until
from simulator.world.backends import Answer, Backend


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
    asked = {"status": step.answers} if step.answers is not None and is_short(step.answers) else step.answers
    problem = difference(asked, reply.frame) if asked is not None else []
    if problem or (step.answers is None and reply.frame["status"] >= 400):
        details = [str(one) for one in problem] or [f"{reply.frame['status']}: {show(reply.frame['body'])}"]
        raise StepFailed(Failure(step.where, f"the REST API was asked to {step.api}, and answered otherwise than expected", tuple(details)))
    scene.captured |= captured(asked, reply.frame)


@play_step.register
def _(step: world.Mishear, scene: Scene) -> Script[Act, None]:
    yield MishearCaller(step.mishear, step.confidence, step.recognition_fails, scene.call_of(step.where))
