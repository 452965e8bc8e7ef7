"""What is told of an expectation that was not met: what came nearest, what may have been meant, and what to do."""

from __future__ import annotations

from simulator.journal import Frame, Journal
from simulator.pattern import show
from simulator.scenario.debts import owed
from simulator.scenario.expectations import READERS, SPOKEN, Difference, Expectation, seen
from simulator.scenario.failure import Failure, StepFailed
from simulator.scenario.hints import Missed, hint
from simulator.scenario.near import NEAR, likeness
from simulator.scenario.scene import Scene
from simulator.scenario.steps import expect

MOST_OF_A_VALUE = 80
THE_APPLICATIONS = ("verbs", "say", "tool_output", "command", "audio_frame", "request", "session", "client_event")
"""Words about what the application says, by itself or through jambonz."""

NOTHING = {
    "verbs": "but the application sent no verbs",
    "say": "but nothing was said by a verb",
    "tool_output": "but the application returned no tool output",
    "command": "but the application sent no such command",
    "hook": "but jambonz called no such hook",
    "action": "but jambonz called no actionHook",
    "event": "but no such event reached the application",
    "client_event": "but no such event reached the model",
    "session": "but there is no session at the model",
    "response": "but no response of the model ended",
    "heard": "but the caller has heard nothing",
    "streamed": "but nothing was streamed to the application",
    "audio_frame": "but the application sent no such frame",
    "call": "but the call never got so far",
    "request": "but the application asked no backend",
    "frame": "but there is no such frame",
}
"""How to say that nothing of the kind has come."""


def unmet(step: expect.Expect, expectation: Expectation, scene: Scene, since: int) -> Failure:
    """What was expected has not come in time."""
    journal = scene.journal
    found = expectation.difference(expectation.candidates(journal, since), journal)
    guess = hint(Missed(expectation, journal, since))
    verdict = NOTHING[expectation.word] if found.nearest is None else "but what came differs"
    details = [*([guess.said] if guess is not None else []), *(found.lines() if found.nearest is not None or found.came else [])]
    ended = f"; {scene.how_it_ended()}" if scene.over is not None else ""
    details.append(f"waited until {scene.now_s:.3f} s{ended}")
    if scene.over is None and scene.requests:
        details.append("the model is being asked for a response, which the next `model` step would answer")
    remedy = (guess.remedy if guess is not None else "") or remedy_for(expectation, scene, found)
    problem = f"expected {expectation}, {verdict}"
    met = found.nearest.seq if found.nearest is not None and _is_meant(expectation, found) else None
    return Failure(step.where, problem, tuple(details), remedy, nearest=met, certain=guess is not None and guess.certain)


def _is_meant(expectation: Expectation, found: Difference) -> bool:
    """Whether the nearest frame is what was expected, only otherwise; and not just the best of what there was."""
    if expectation.is_state or expectation.word == "frame":
        return False
    if expectation.word not in SPOKEN or expectation.name is None or found.nearest is None:
        return True
    return likeness(expectation.name, str(found.nearest.frame.get("text"))) >= NEAR


def unwanted(step: expect.Expect, expectation: Expectation, frame: Frame, journal: Journal) -> StepFailed:
    """What was to stay absent did not."""
    details = (f"it came: {seen(frame)}", *(f"  {show(value)}" for value in READERS[expectation.word](frame, journal)[:1]))
    remedy = "keep the application from it; or, if it may come later, end the time in which it must not with a step or with `within`"
    return StepFailed(Failure(step.where, f"expected not to see {expectation}, and saw it", details, remedy))


def remedy_for(expectation: Expectation, scene: Scene, found: Difference) -> str:
    """What to do, where nothing more particular can be told."""
    if found.nearest is not None:
        first = found.mismatches[0]
        short = first.actual != "nothing" and len(found.mismatches) == 1 and len(first.actual) <= MOST_OF_A_VALUE
        other = f"expect {first.actual}" if short else "expect what came"
        if expectation.word in THE_APPLICATIONS:
            return f"mend {first.path or 'it'} in the application (it came in #{found.nearest.seq}), or {other}"
        return f"see what led to #{found.nearest.seq}, or {other}"
    if scene.over is None and scene.requests:
        return "put a `model` step that answers ahead of this expectation"
    debts = [debt for debt in owed(scene.frames(), scene.journal) if debt.kind in ("ack", "webhook", "tool")]
    if expectation.word == "tool_output":
        debts = [debt for debt in debts if debt.kind == "tool"] or debts
    if debts and expectation.word not in ("call", "session"):
        return f"{WAY[debts[0].kind]}: {debts[0]}"
    if expectation.word in ("tool_output", "command", "verbs"):
        return "the application sent nothing of the kind; see its log, and whether what it answers has reached it"
    return ELSE.get(expectation.word, "mend the application, or leave this expectation out")


WAY = {
    "ack": "let the application acknowledge",
    "webhook": "let the application answer",
    "tool": "let the application send llm:tool-output, also when the tool fails",
}
ELSE = {
    "say": "let the application answer with a say verb; what the model says is `heard`",
    "heard": "let the application or a `model` step say something ahead of this expectation",
    "session": "let the application send an llm verb",
    "request": "is the tool called that asks it? Let a `model: {call: …}` step come first",
    "hook": "name the hook in a verb that runs",
    "action": "give the verb an actionHook",
    "streamed": "only a listen verb, or a command of its kind, streams what is said; and only while it runs",
    "response": "put a `model` step ahead of this expectation, and something that asks the model for a response",
}
