"""One connection with its mind, told the time: what happens during an answer, and after several turns at once."""

from __future__ import annotations

from typing import Any

from simulator.ids import Ids
from simulator.modes.openai.attendant import Attendant
from simulator.modes.openai.files import read_script
from simulator.modes.openai.minds import Echo, Mind, Scripted
from simulator.script import Timeout
from simulator.speech import speak
from simulator.vendors.openai.events import ClientEvent, Close, Emit, Opened
from simulator.vendors.openai.server import ModelServer
from simulator.vendors.openai.settings import Settings

LONG = "The quick brown fox jumps over the lazy dog while the band plays on"


class Line:
    """An attendant, and what it sent, by time."""

    def __init__(self, mind: Mind, **settings: Any) -> None:
        self.attendant = Attendant(ModelServer(dialect="ga", ids=Ids("test"), settings=Settings(**settings)), mind)
        self.sent: list[tuple[float, Any]] = []
        self.now_s = 0.0
        self.tell(Opened({"model": "gpt-realtime"}, {"authorization": "Bearer sk-1"}))
        self.run(0.1)

    def tell(self, event: Any) -> None:
        self.sent += ((self.now_s, effect) for effect in self.attendant.receive(event, self.now_s))

    def run(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while (wake_at_s := self.attendant.wake_at_s) is not None and wake_at_s <= until_s:
            self.now_s = wake_at_s
            self.tell(Timeout())
        self.now_s = until_s

    def at_s(self, name: str) -> list[float]:
        return [at_s for at_s, effect in self.sent if isinstance(effect, Emit) and effect.event["type"] == name]

    @property
    def closes(self) -> list[tuple[float, Any]]:
        return [(at_s, effect) for at_s, effect in self.sent if isinstance(effect, Close)]


def test_a_disconnect_counts_from_the_first_sound_of_the_answer() -> None:
    line = Line(
        Scripted(read_script(f"steps: [model: {{say: {LONG}}}, model: {{disconnect: 1011, after: 300ms}}]", "s", env={}), Echo()), speed_factor=1.0
    )
    line.tell(ClientEvent({"type": "response.create"}))
    line.run(60.0)
    ((at_s, close),) = line.closes
    assert close == Close(1011, "")
    assert abs(at_s - line.at_s("response.output_audio.delta")[0] - 0.3) < 1e-6
    assert line.at_s("response.done") == []


def test_an_answer_that_is_cancelled_before_its_first_sound_takes_its_disconnect_along() -> None:
    line = Line(Scripted(read_script(f"steps: [model: {{say: {LONG}}}, model: {{disconnect: 1011, after: 0s}}]", "s", env={}), Echo()))
    line.tell(ClientEvent({"type": "response.create"}))
    line.run(0.1)
    line.tell(ClientEvent({"type": "response.cancel"}))
    line.run(60.0)
    assert line.closes == []
    assert len(line.at_s("response.done")) == 1


def test_two_turns_in_one_append_are_two_responses_of_which_the_first_is_interrupted() -> None:
    line = Line(Scripted(read_script("steps: [model: {say: one}, model: {say: two}]", "s", env={}), Echo()))
    turn = speak("Hello", 24000).pcm + bytes(48 * 500)
    line.tell(ClientEvent({"type": "input_audio_buffer.append", "audio": turn + turn}))
    line.run(60.0)
    done = [effect.event["response"] for _, effect in line.sent if isinstance(effect, Emit) and effect.event["type"] == "response.done"]
    assert [response["status"] for response in done] == ["cancelled", "completed"]
    assert done[1]["output"][0]["content"][0]["transcript"] == "two"


def test_a_refusal_of_the_script_meets_every_connection() -> None:
    for _ in range(2):
        line = Line(Scripted(read_script("steps: [model: {refuse: insufficient_quota}]", "s", env={}), Echo()))
        assert [close.code for _, close in line.closes] == [1013]
