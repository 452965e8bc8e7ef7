"""How the steps of the model are played, and what an answer is made of."""

from __future__ import annotations

from simulator.pattern import show
from simulator.scenario.acts import Act, AnswerModel, RefuseModel, TellModel
from simulator.scenario.failure import Failure, StepFailed
from simulator.scenario.misfortune import blows, upon
from simulator.scenario.playing.script import play_step
from simulator.scenario.scene import Scene
from simulator.scenario.steps import model
from simulator.scenario.steps.recordings import Recording
from simulator.scenario.why import why_nobody_asked
from simulator.script import Script
from simulator.vendors.openai import events as openai


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
            problem, why = f"the model was to {_doing(step)}, but nobody asked it for a response", why_nobody_asked(scene)
            raise StepFailed(Failure(step.where, problem, (why.said, f"waited until {scene.now_s:.3f} s"), why.remedy))
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
        yield from scene.heard(step.where, step.after_s, step.within_s, "the model")
    for blow in blows(step, scene.lay(step) if isinstance(step, model.Lasting) else 0):
        yield TellModel(blow, scene.call_of(step.where))


def idle(fault: model.Strike, struck: int) -> Failure:
    """A fault that waited for events that did not come (often enough)."""
    waited = [f"it was to follow {show(fault.after_event)}"] if fault.after_event is not None else []
    waited += [f"it was to meet {show(getattr(fault, fault.word))}"] if isinstance(fault, model.Lasting) else []
    problem = f"the fault {fault.word} did not strike" if not struck else f"the fault {fault.word} struck {struck} times only"
    return Failure(fault.where, problem, tuple(waited), "write the step before the model sends such an event")


def _connected(step: model.Strike, scene: Scene) -> Script[Act, None]:
    deadline_s = scene.now_s + step.within_s
    while not scene.connected:
        if not (yield from scene.wait(deadline_s - scene.now_s)) and not scene.connected:
            problem = f"the model cannot {step.word}: there is no connection to it"
            why = why_nobody_asked(scene)
            raise StepFailed(Failure(step.where, problem, (why.said,), why.remedy))


@play_step.register
def _(step: model.Mishear, scene: Scene) -> Script[Act, None]:
    yield TellModel(openai.Mishear(step.mishear), scene.call_of(step.where))


@play_step.register
def _(step: model.Default, scene: Scene) -> Script[Act, None]:
    scene.default = answer_of(step.default)
    while scene.requests:
        yield AnswerModel(scene.requests.popleft().response_id, scene.default, scene.call_of(step.where))
