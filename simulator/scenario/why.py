"""Why a step of the scenario could not be played: who should have done what, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.errors import Where
from simulator.journal import Frame, Journal
from simulator.pattern import show
from simulator.scenario.failure import Failure

if TYPE_CHECKING:
    from simulator.scenario.scene import Scene


class Why(NamedTuple):
    """What kept a step from being played, and what to do."""

    said: str
    remedy: str


ENDED_BY = {
    "app": "the application has ended it: see what made it do so, or end the scenario there",
    "caller": "the caller has hung up in an earlier step: put this one ahead of it",
    "jambonz": "jambonz has ended it: see what the application did just before",
}


def too_late(scene: Scene, where: Where, problem: str) -> Failure:
    """A step in a call that is over."""
    by = "" if scene.over is None else str(scene.over.frame["by"])
    return Failure(where, problem, (scene.how_it_ended(),), ENDED_BY.get(by, ""))


def nobody_rang(scene: Scene, where: Where, problem: str) -> Failure:
    """A phone that has not rung; what was dialled instead is the answer, whatever came of it."""
    if scene.leg is not None:
        return Failure(where, problem, (scene.how_it_ended(),), "answer while the phone still rings")
    lost = [f"{frame.frame.get('to')}, which is no number of `phones`" for frame in scene.journal.select("media", "phone", "unreachable")]
    called = [str(frame.frame.get("to")) for frame in scene.journal.select("media", "phone", "called")]
    instead = f"; the application dialled {', and '.join(dict.fromkeys([*lost, *called]))}" if lost or called else ""
    remedy = "let the application dial their number, or mend the number in `phones`"
    return Failure(where, problem, (f"nobody has called them{instead}",), remedy, certain=bool(instead))


def why_not_quiet(scene: Scene) -> Why:
    """What keeps the caller from speaking."""
    if scene.leg is None:
        return Why(
            f"{scene.who} is in no call: nobody has called them, and they have not dialled",
            f"let them call first: caller: {{dial: true, who: {scene.who}}}",
        )
    if scene.ringing:
        return Why("the phone still rings: answer it first, with caller: {answer: true}", "put caller: {answer: true} ahead of this step")
    if not scene.answered:
        return Why("the call was never answered: the application sent no verb that answers", "let the application begin its verbs with answer")
    if scene.requests:
        asked = scene.requests[0]
        by = f"after the caller said {asked.heard!r}" if asked.heard is not None else "by the application or jambonz"
        said = f"the model was asked for a response ({by}) that no step answers: add a `model` step before this one"
        return Why(said, "put a `model: {say: …}` step ahead of this one, or set `model: {default: …}`")
    if scene.responding:
        return Why("the model is still answering", "wait longer with `within`")
    return Why("the assistant is still speaking", "wait longer with `within`, or use caller: {interrupt: …}")


def why_nobody_asked(scene: Scene) -> Why:
    """Who should have asked the model for a response, as far as the journal tells."""
    journal, leg = scene.journal, scene.leg
    if scene.over is not None and not _was_connected(scene):
        return Why(f"the application sent no llm verb, and {scene.how_it_ended()}", "let the application send an llm verb, or leave this step out")
    if scene.over is not None:
        return Why(scene.how_it_ended(), ENDED_BY.get(str(scene.over.frame["by"]), ""))
    if not scene.connected:
        if not _was_connected(scene):
            return Why("no connection to the model was made: the application started no llm verb (yet)", "let the application send an llm verb")
        why = "there is no connection to the model any more: " + _last_words(scene.frames())
        return Why(why, "put this step ahead of what ended the connection, or let the application start another llm verb")
    open_calls = [frame for frame in journal.select("app", "jambonz", "llm:tool-call") if frame.leg == leg and not _has_output(journal, frame)]
    if open_calls:
        called = open_calls[-1].frame["data"]
        which = f"{called.get('name')} ({called.get('tool_call_id')})"
        why = f"the application never returned the output of {which}, so jambonz asked for no response"
        return Why(why, "let the application send llm:tool-output for every llm:tool-call, also when the tool fails")
    if scene.responding:
        return Why("a response is still being made", "wait longer with `within`")
    why = "nobody sent response.create and turn detection heard no end of a turn; should the caller say something first?"
    return Why(why, "put a `caller: {say: …}` step ahead of this one, or leave this one out")


def _was_connected(scene: Scene) -> bool:
    return any(frame.leg == scene.leg for frame in scene.journal.select("model", kind="connect"))


def _has_output(journal: Journal, call: Frame) -> bool:
    call_id = call.frame["data"].get("tool_call_id")
    sent = [frame.frame for kind in ("conversation.item.create", "client_tool_result") for frame in journal.select("model", "jambonz", kind)]
    return call_id in [frame["item"].get("call_id") if isinstance(frame.get("item"), dict) else frame.get("tool_call_id") for frame in sent]


def _last_words(frames: Sequence[Frame]) -> str:
    for frame in reversed(frames):
        if frame.link == "model" and frame.kind in ("closed", "refused", "error"):
            return f"{frame.kind} {show(frame.frame)}"
    return "it was closed"
