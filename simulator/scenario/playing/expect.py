"""How expectations are played: waiting until one holds, and saying what came nearest when it does not."""

from __future__ import annotations

from simulator.journal import Frame
from simulator.scenario.acts import Act
from simulator.scenario.expectations import Difference, Expectation
from simulator.scenario.failure import Failure, StepFailed
from simulator.scenario.playing.last_frames import last_frames
from simulator.scenario.playing.script import play_step
from simulator.scenario.scene import NO_CALL, Scene
from simulator.scenario.steps import expect
from simulator.script import Script


@play_step.register
def _(step: expect.Expect, scene: Scene) -> Script[Act, None]:
    journal, deadline_s = scene.journal, scene.now_s + (expect.WITHIN_S if step.within_s is None else step.within_s)
    expectation, since = expectation_of(step, scene), scene.since
    looked = since
    while True:
        for frame in expectation.candidates(journal, looked):
            if expectation.fits(frame, journal):
                if step.absent:
                    raise unwanted(step, expectation, frame)
                scene.captured |= expectation.captured(frame, journal) or {}
                if not expectation.is_state:
                    scene.since = frame.seq + 1
                return
        looked = len(journal.frames)
        if not (yield from scene.wait(deadline_s - scene.now_s)) and looked == len(journal.frames):
            break
        if scene.leg is not None and expectation.leg != scene.leg:  # they have begun a call meanwhile: it is that one
            expectation, since = expectation_of(step, scene), scene.since
            looked = since
    if not step.absent:
        raise StepFailed(_unmet(step, expectation, scene, since))


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
    details += last_frames(scene)
    return Failure(step.where, f"expected {expectation}", tuple(details), remedy_for(expectation, found))


def remedy_for(expectation: Expectation, found: Difference) -> str:
    """What to do, where that can be told."""
    if found.nearest is None and expectation.word in ("tool_output", "command", "verbs"):
        return "the application sent nothing of the kind; see its log, and whether what it answers has reached it"
    return ""
