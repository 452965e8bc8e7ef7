"""An audio websocket whose application says anything at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.jambonz.events import CallerHungUp, Digit
from simulator.jambonz.fork_events import AudioClosed, AudioConnected, AudioHappening, AudioSaid, AudioUnreachable
from simulator.jambonz.overheard import LONGEST_S, Overheard
from simulator.speech import speak
from tests.jambonz.playbook import Playbook

TYPES = ["playAudio", "killAudio", "mark", "clearMarks", "disconnect", "error", "transcription", "json", "other"]
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=6)
clips = st.fixed_dictionaries(
    {},
    optional={
        "audioContent": values | st.sampled_from(["AAAA", "////"]),
        "audioContentType": values | st.sampled_from(["raw", "wav", "wave"]),
        "sampleRate": values | st.sampled_from([8000, 16000]),
        "queuePlay": values,
        "id": values,
    },
)
marks = st.fixed_dictionaries({}, optional={"name": values})
messages = st.fixed_dictionaries({"type": st.sampled_from(TYPES) | values}, optional={"data": values | clips | marks}).map(json.dumps)
frames = st.builds(AudioSaid, st.just(0), messages | st.text(max_size=20) | st.binary(max_size=700))


@given(st.lists(st.tuples(frames, st.floats(0, 0.3)), max_size=25), st.booleans(), st.booleans())
def test_nothing_an_application_says_breaks_the_server(said: list[tuple[AudioSaid, float]], streaming: bool, stereo: bool) -> None:
    book = Playbook().begins(
        {
            "verb": "listen",
            "url": "ws://ear.test/",
            "mixType": "stereo" if stereo else "mono",
            "bidirectionalAudio": {"enabled": True, "streaming": streaming, "sampleRate": 16000},
        },
        {"verb": "pause", "length": 30},
    )
    book >> AudioConnected(0)
    for event, after_s in said:
        book >> event
        book.at(book.now_s + after_s)
    book >> CallerHungUp()
    assert book.call.over
    assert not book.call.forks
    assert not [fork for fork in book.server.forks.values() if fork.state != "closed"]


@pytest.mark.parametrize("late", [AudioConnected(0), AudioUnreachable(0, "x"), AudioSaid(0, b"x"), AudioSaid(0, "{}"), AudioClosed(0, 1000)])
def test_what_comes_after_the_end_changes_nothing(book: Playbook, late: AudioHappening) -> None:
    book.begins({"verb": "listen", "url": "ws://ear.test/", "maxLength": 1}, {"verb": "pause", "length": 30})
    book.at(2.0).skip() >> late
    book.is_silent()


def test_keys_that_nobody_waits_for_go_nowhere(book: Playbook) -> None:
    book.begins({"verb": "listen", "url": "ws://ear.test/"}) >> AudioConnected(0)
    book.skip().meanwhile(lambda: book.call.tell(Digit("1")))
    book.is_silent()


# --- in words


def shown(pcm: bytes, **more: Any) -> list[Any]:
    overheard = Overheard(8000, **more)
    told = [overheard.frame(pcm[at : at + 320], at / 16_000, loud=any(pcm[at : at + 320])) for at in range(0, len(pcm), 320)]
    return [one for one in (*told, overheard.end()) if one is not None]


def test_things_said_are_told_apart_by_silence() -> None:
    first, second = speak("one two").pcm, speak("three").pcm
    told = shown(first + bytes(16_000) + second)
    assert [one.text for one in told] == ["one two", "three"]
    assert told[1].from_s == pytest.approx(len(first + bytes(16_000)) / 16_000, abs=0.02)
    assert told[0].duration_s == pytest.approx(len(first) / 16_000, abs=0.02)


def test_something_that_never_ends_is_told_in_parts() -> None:
    told = shown(b"\x10\x10" * 8000 * 70)
    assert [round(one.duration_s) for one in told] == [LONGEST_S, LONGEST_S, 10]


def test_silence_is_nothing() -> None:
    assert not shown(bytes(160_000))
