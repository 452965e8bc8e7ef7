"""Steps that come when somebody likes, as dialogues."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.errors import Where
from simulator.jambonz.media import Playback
from simulator.journal import Journal
from simulator.modes.live.minds import Model
from simulator.modes.live.player import BREATH_S, LivePlayer, patient
from simulator.modes.simulate.writing import scenario_of, step_of
from simulator.scenario.acts import Act, AnswerModel, Asked, Cancel, Cue, Curtain, HangUp, Noted, Press, Speak
from simulator.script import Timeout
from simulator.speech import speak
from simulator.vendors.openai.events import ResponseRequested
from simulator.vendors.openai.prompt import Prompt, Read

HERE = Where("live", 1, 1)


class Book:
    """A call that is answered, and in which something has been heard."""

    def __init__(self) -> None:
        self.journal, self.playback = Journal(), Playback()
        prompt = Prompt("", (), "auto", (Read({"type": "message", "role": "user"}, "hello"),))
        self.player = LivePlayer(scenario_of({"name": "live"}, HERE), self.journal, lambda _: self.playback, lambda *_: prompt, Model("echo"))
        self.player.start(0.0)
        self.note("sip_response", {"status": 200}, 0.0)
        self.note("heard", {"text": "hi", "heard_s": 1.0, "cut_s": 0.0}, 0.0)
        self._number = 0

    def note(self, kind: str, frame: dict[str, Any], at_s: float, link: str = "media") -> list[Act]:
        self.journal.note(link, "jambonz", kind, frame, at_s=at_s)
        return self.player.receive(Noted(), at_s)

    def cue(self, at_s: float, actor: str, **doing: Any) -> list[Act]:
        self._number += 1
        step = patient(step_of(actor, doing, HERE, {}), {actor: doing})
        return self.player.receive(Cue(self._number, step), at_s)

    def at(self, at_s: float) -> list[Act]:
        return self.player.receive(Timeout(), at_s)

    @property
    def ended(self) -> list[int]:
        return [played.number for played in self.player.played]


@pytest.fixture
def book() -> Book:
    return Book()


def test_a_polite_caller_takes_a_breath_and_speaks(book: Book) -> None:
    assert book.cue(1.0, "caller", say="Good morning") == []
    assert book.player.wake_at_s == 1.0 + BREATH_S
    assert book.at(1.0 + BREATH_S) == [Speak(speak("Good morning"), 0)]


def test_a_caller_who_interrupts_does_not_wait_behind_a_polite_word(book: Book) -> None:
    speech = speak("a long answer of the assistant")
    book.playback.add(speech.pcm, speech.rate_hz, 1.0)
    assert book.cue(1.1, "caller", say="When you are done") == []
    assert book.cue(1.2, "caller", interrupt="Stop") == [Speak(speak("Stop"), 0)]
    assert book.cue(1.3, "caller", press="1") == [Press("1", 0)]
    assert book.ended == [3]


def test_polite_words_come_one_after_the_other(book: Book) -> None:
    book.cue(1.0, "caller", say="one")
    book.cue(1.0, "caller", say="two")
    assert book.at(1.0 + BREATH_S) == [Speak(speak("one"), 0)]
    done_s = 1.0 + BREATH_S + speak("one").duration_s
    assert book.at(done_s + 0.001) == []
    assert book.ended == [1]
    assert book.at(done_s + 0.002 + BREATH_S) == [Speak(speak("two"), 0)]


def test_a_mind_answers_what_no_step_answers(book: Book) -> None:
    (answered,) = book.player.receive(Asked(ResponseRequested("r1", "client")), 1.0)
    assert isinstance(answered, AnswerModel)
    assert book.player.saying == {0: "hello"}


def test_a_step_answers_the_next_response_whenever_that_comes(book: Book) -> None:
    assert book.cue(1.0, "model", fail="rate_limit_exceeded") == []
    book.at(500.0)
    (answered,) = book.player.receive(Asked(ResponseRequested("r1", "client")), 600.0)
    assert isinstance(answered, AnswerModel)
    assert answered.answer.fail is not None
    (after,) = book.player.receive(Asked(ResponseRequested("r2", "client")), 601.0)
    assert isinstance(after, AnswerModel)
    assert after.answer.fail is None


def test_a_step_that_fails_ends_nothing_else(book: Book) -> None:
    book.note("call_ended", {"status": "completed", "by": "app"}, 1.0)
    book.cue(2.0, "caller", say="too late")
    (played,) = book.player.played
    assert played.failure is not None
    assert "over" in played.failure.problem


def test_a_step_can_be_taken_back(book: Book) -> None:
    book.cue(1.0, "caller", say="never mind")
    book.player.receive(Cancel(1), 1.1)
    assert book.at(9.0) == []
    assert book.player.under_way == []


def test_at_the_curtain_everybody_hangs_up_at_once_or_politely(book: Book) -> None:
    assert book.player.receive(Curtain(judged=False), 1.0) == [HangUp(leg=0)]
    other = Book()
    assert other.player.receive(Curtain(judged=True), 1.0) == []
    assert other.at(1.0 + BREATH_S) == [HangUp(leg=0)]
