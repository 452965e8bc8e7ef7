"""Every server event is produced by a play, and `docs/events.md` says by which.

`python -m tests.vendors.openai.test_model_events` writes that page anew.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from pydantic import ValidationError

from simulator.vendors.openai.catalogue import BETA, GA
from simulator.vendors.openai.events import Dialect, Json
from tests.modes.openai.clients import models
from tests.vendors.openai.event_plays import PLAYS, RAW, played, plays_of, remark
from tests.vendors.openai.model_dialogue import types
from tests.vendors.openai.typed import validate

PAGE = Path(__file__).parents[3] / "docs" / "events.md"
NAMES: dict[Dialect, tuple[str, ...]] = {"ga": GA, "beta": BETA}
HEAD = """\
# Server events

<!-- Written by `python -m tests.vendors.openai.test_model_events`; a test fails when it is out of date. -->

Every event the model server can send, and the play that sends it. The play *text* is the test
`tests/vendors/openai/test_model_events.py::test_a_play_sends_events_of_its_dialect[ga-text]`, or `[beta-text]`; the plays
themselves are in `event_plays.py` beside it. `emit:` is the step `model: {emit: [...]}` of a scenario or a script, which sends
whatever it is given.
"""


@cache
def producers(dialect: Dialect) -> dict[str, str]:
    """The first play that sends it, by event."""
    first: dict[str, str] = {}
    for play in plays_of(dialect):
        for event in played(dialect, play):
            first.setdefault(event["type"], play)
    return first


def page() -> str:
    return "\n".join([HEAD, *table("ga", "GA"), "", *table("beta", "Beta")]) + "\n"


def table(dialect: Dialect, title: str) -> list[str]:
    first = producers(dialect)
    rows = [f"| `{name}` | {first.get(name, 'nobody')} | {remark(dialect, name)} |".replace("|  |", "| |") for name in NAMES[dialect]]
    return [f"## {title}: {len(rows)} events", "", "| event | play | |", "|---|---|---|", *rows]


@pytest.mark.parametrize(("dialect", "play"), [(dialect, play) for dialect in NAMES for play in plays_of(dialect)])
def test_a_play_sends_events_of_its_dialect(dialect: Dialect, play: str) -> None:
    for event in played(dialect, play):
        assert event["type"] in NAMES[dialect]
        assert list(event)[:2] == ["type", "event_id"]
        validate(dialect, event)


@pytest.mark.parametrize(("dialect", "count"), [("ga", 46), ("beta", 36)])
def test_every_event_is_produced_and_nothing_else(dialect: Dialect, count: int) -> None:
    assert len(set(NAMES[dialect])) == len(NAMES[dialect]) == count
    assert set(producers(dialect)) == set(NAMES[dialect])
    assert {name for name, play in producers(dialect).items() if play == "emit"} == set(RAW[dialect])


@pytest.mark.parametrize(("dialect", "name"), [(dialect, name) for dialect in NAMES for name in NAMES[dialect] if name not in RAW[dialect]])
def test_the_models_are_strict(dialect: Dialect, name: str) -> None:
    """An event that lacks one of its members, or has it as something else, is not let through."""
    event = next(event for play in plays_of(dialect) for event in played(dialect, play) if event["type"] == name)
    member = [*event, "event_id"][2]
    with pytest.raises((ValidationError, AttributeError, KeyError, TypeError)):
        validate(dialect, event | {member: 5.5})


def test_the_events_of_ga_are_those_of_the_openai_package() -> None:
    assert set(GA) <= set(models("ga"))


def test_the_page_in_the_docs_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python -m tests.vendors.openai.test_model_events"


def segments(events: list[Json]) -> list[Json]:
    return [event for event in events if event["type"].endswith(".segment")]


def test_diarization_gives_a_segment_for_each_sentence_before_the_whole_transcript() -> None:
    events = played("ga", "diarization")
    first, second = segments(events)
    assert (first["text"], second["text"]) == ("Hello there.", "It is me.")
    assert (first["id"], second["id"], first["speaker"], second["speaker"]) == ("seg_0001", "seg_0002", "spk_1", "spk_1")
    assert 0.0 == first["start"] < first["end"] == second["start"] < second["end"]
    names = [name.rpartition(".")[2] for name in types(events) if "transcription" in name]
    assert names == ["delta", "segment", "completed"]


def test_beta_and_other_models_know_no_segments() -> None:
    assert not segments(played("beta", "transcription") + played("ga", "transcription"))


def test_no_play_is_idle() -> None:
    """Each is the first to send something, or shows the shape of a session of its own."""
    assert set(PLAYS) - set(producers("ga").values()) <= {"transcription session"}


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
