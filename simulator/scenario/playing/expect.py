"""How expectations are played: waiting until one holds, and saying what came nearest when it does not."""

from __future__ import annotations

from simulator.journal import Frame
from simulator.scenario.acts import Act
from simulator.scenario.expectations import Expectation
from simulator.scenario.failure import StepFailed
from simulator.scenario.playing.script import play_step
from simulator.scenario.scene import NO_CALL, Scene
from simulator.scenario.steps import expect
from simulator.scenario.unmet import unmet, unwanted
from simulator.script import Script


@play_step.register
def _(step: expect.Expect, scene: Scene) -> Script[Act, Frame | None]:
    journal, deadline_s = scene.journal, scene.now_s + (expect.WITHIN_S if step.within_s is None else step.within_s)
    expectation, since = expectation_of(step, scene), scene.since
    looked = since
    while True:
        for frame in expectation.candidates(journal, looked):
            if expectation.fits(frame, journal):
                if step.absent:
                    raise unwanted(step, expectation, frame, journal)
                scene.captured |= expectation.captured(frame, journal) or {}
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
        raise StepFailed(unmet(step, expectation, scene, since))
    return None


def expectation_of(step: expect.Expect, scene: Scene) -> Expectation:
    """What the step asks of the journal, about the call of its phone."""
    return Expectation(step.word, step.pattern, NO_CALL if scene.leg is None else scene.leg)
