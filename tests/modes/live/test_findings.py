"""Findings as they happen: each once, and none that the rest of the call takes back."""

from __future__ import annotations

import pytest

from simulator.journal import Journal
from simulator.modes.live.findings import Watchful
from tests.playing import play, shipped

SOME = [scenario for number, scenario in enumerate(shipped()) if number % 12 == 0]


@pytest.mark.parametrize("scenario", SOME, ids=lambda scenario: scenario.id)
def test_what_is_told_early_holds_in_the_end(scenario: object) -> None:
    whole = play(scenario).journal  # type: ignore[arg-type]
    final = {(one.code, one.frame and one.frame.seq) for one in Watchful().look(whole, over=True)}
    so_far, watchful, told = Journal(), Watchful(), []
    for number, frame in enumerate(whole.frames):
        so_far.note(frame.link, frame.source, frame.kind, frame.frame, at_s=frame.at_s, leg=frame.leg)
        if number % 7 == 0:
            told += watchful.look(so_far, over=False)
    assert {(one.code, one.frame and one.frame.seq) for one in told} <= final
    told += watchful.look(so_far, over=True)
    assert len(told) == len({(one.code, one.frame and one.frame.seq, one.text) for one in told})


def test_a_tool_that_is_not_answered_yet_is_no_finding() -> None:
    journal = Journal()
    journal.note("app", "jambonz", "llm:tool-call", {"data": {"tool_call_id": "t1", "name": "slow"}}, at_s=1.0)
    watchful = Watchful()
    assert not [*watchful.look(journal, over=False), *watchful.look(journal, over=False)]
    assert [one.code for one in watchful.look(journal, over=True)] == ["J002"]


def test_a_finding_is_told_once() -> None:
    journal = Journal()
    journal.note("world", "world", "unstubbed", {"request": "GET http://a/", "nearest": "none"}, at_s=1.0)
    watchful = Watchful()
    assert not list(watchful.look(journal, over=False))  # something that excuses it may stand right behind
    assert [one.code for one in watchful.look(journal, over=False)] == ["J009"]
    assert not list(watchful.look(journal, over=True))
