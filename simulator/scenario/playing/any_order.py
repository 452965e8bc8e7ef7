"""How a block of expectations is played: until there is a way to give each of them a frame of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.journal import Frame
from simulator.pattern import show
from simulator.scenario.acts import Act
from simulator.scenario.captured import in_words, made_of
from simulator.scenario.expectations import STATES
from simulator.scenario.failure import Failure, StepFailed
from simulator.scenario.playing.expect import expectation_of
from simulator.scenario.scene import Scene
from simulator.scenario.steps.any_order import AnyOrder
from simulator.scenario.steps.expect import Expect
from simulator.scenario.steps.later import Later
from simulator.scenario.ways import Way, Ways
from simulator.script import Script

Scenes = Mapping[str | None, Scene]
"""The view of each phone, by its name in `phones:`; None is the caller's."""


def play_any_order(block: AnyOrder, scenes: Scenes) -> Script[Act, None]:
    """Wait until every expectation holds. Raises StepFailed as soon as they cannot any more."""
    caller = scenes[None]
    journal, ways = caller.journal, Ways(block.threads, _made, caller.captured, caller.now_s)
    looked = min(scenes[line.who].since for line in block.lines)

    def fits(line: Expect, frame: Frame) -> Mapping[str, Any] | None:
        if line.word in STATES:
            return None
        scene, expectation = scenes[line.who], expectation_of(line, scenes[line.who])
        if frame.seq < scene.since or not (frame.leg == expectation.leg or frame.link == "world"):
            return None
        return expectation.captured(frame, journal)

    def holds(line: Expect) -> Mapping[str, Any] | None:
        if line.word not in STATES:
            return None
        expectation = expectation_of(line, scenes[line.who])
        latest = expectation.candidates(journal, 0)
        return next((found for frame in latest if (found := expectation.captured(frame, journal)) is not None), None)

    while True:
        ways.states(holds, caller.now_s)
        for frame in journal.frames[looked:]:
            if ways.complete is None:
                ways.frame(frame, fits, holds, caller.now_s)
        looked = len(journal.frames)
        if (way := ways.complete) is not None:
            _hold(block, way, scenes)
            return
        waits_s = ways.deadline_s - caller.now_s
        if not (yield from _longest(ways, scenes).wait(waits_s)) and looked == len(journal.frames):
            raise StepFailed(_unmet(block, ways.best, scenes))


def _made(line: Expect | Later, captured: Mapping[str, Any]) -> Expect:
    made = made_of(line, captured)
    assert isinstance(made, Expect)
    return made


def _longest(ways: Ways, scenes: Scenes) -> Scene:
    """In whose call to wait: of those that something is waited for in, the one that goes on longest."""
    waiting = [scenes[place.line.who] for way in ways.open for place in way.places if place.line is not None]
    return max(waiting, key=lambda scene: float("inf") if scene.over is None else scene.over.at_s)


def _hold(block: AnyOrder, way: Way, scenes: Scenes) -> None:
    """Later expectations look behind the last frame that has served."""
    scenes[None].captured.update(way.captured)
    for thread, place in zip(block.threads, way.places, strict=True):
        for line, frame in zip(thread, place.served, strict=True):
            if frame is not None:
                scene = scenes[line.who]
                scene.since = max(scene.since, frame.seq + 1)


# --- what people are told


def _unmet(block: AnyOrder, way: Way, scenes: Scenes) -> Failure:
    caller = scenes[None]
    lines = list(block.lines)
    yet = len(lines) - sum(len(place.served) for place in way.places)
    details = [f"waited until {caller.now_s:.3f} s"]
    for thread, place in zip(block.threads, way.places, strict=True):
        if place.line is not None:
            details += _still_open(place.line, way, scenes)
            written = thread[len(place.served)]
            own = [name for name in written.takes_in if name not in caller.captured] if isinstance(written, Later) else []
            details += [f"  {line}" for line in in_words(own, way.captured)]
    details += [f"held: {line}" for line in _held(block, way)]
    details += dict.fromkeys(scenes[line.who].how_it_ended() for line in lines if scenes[line.who].over is not None)
    problem = (
        f"expected {len(lines)} things in any order, and {yet} of them did not come"
        if yet < len(lines)
        else "expected things in any order: none came"
    )
    remedy = "let the application do what is still open, or leave it out; each expectation needs a frame of its own"
    return Failure(block.where, problem, tuple(details), remedy)


def _still_open(line: Expect, way: Way, scenes: Scenes) -> Iterator[str]:
    scene = scenes[line.who]
    expectation = expectation_of(line, scene)
    taken = {frame.seq for frame in way.served}
    frames = list(expectation.candidates(scene.journal, scene.since))
    yield f"open: {expectation}{_whose(line)}, line {line.where.line}"
    served = [frame for frame in frames if frame.seq in taken and expectation.fits(frame, scene.journal)]
    if served:
        yield f"  {_frame(served[-1])} fits, and serves another one: a frame holds one expectation"
    found = expectation.difference(_without(frames, taken), scene.journal)
    if not served or found.nearest is not None:
        yield from (f"  {line}" for line in found.lines())


def _without(frames: Sequence[Frame], taken: set[int]) -> list[Frame]:
    return [frame for frame in frames if frame.seq not in taken]


def _held(block: AnyOrder, way: Way) -> Iterator[str]:
    for thread, place in zip(block.threads, way.places, strict=True):
        for line, frame in zip(thread, place.served, strict=False):
            by = "" if frame is None else f", by {_frame(frame)}"
            yield f"line {line.where.line}, {line.word}: {_asked(line)}{_whose(line)}{by}"


def _asked(line: Expect | Later) -> str:
    return show(line.pattern, 60) if isinstance(line, Expect) else "…"


def _whose(line: Expect | Later) -> str:
    return "" if line.who is None else f" ({line.who})"


def _frame(frame: Frame) -> str:
    return f"#{frame.seq} at {frame.at_s:.3f} s"
