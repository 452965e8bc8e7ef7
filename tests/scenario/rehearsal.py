"""A scenario played by hand: the test says what happens in the call, and looks at what the scenario orders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.jambonz.media import Playback
from simulator.journal import Journal
from simulator.scenario.acts import Act, AnswerModel, Asked, Noted, Press, Settled, Speak, Withdrawn
from simulator.scenario.load import loads
from simulator.scenario.player import Player
from simulator.scenario.scene import Scene
from simulator.script import Timeout
from simulator.speech import speak
from simulator.vendors.openai.events import ResponseRequested, Say

RATE_HZ = 8_000


class Rehearsal:
    """A `Player` whose call is made up. Everything happens at `now_s`; `ordered()` is what the scenario did about it."""

    def __init__(self, *steps: str, more: str = "", started: bool = True) -> None:
        text = "name: a call\n" + more + "steps:\n" + "".join(f"  - {step}\n" for step in steps)
        (self.scenario,) = loads(text)
        self.journal, self.playback = Journal(), Playback()
        self.player = Player(self.scenario, self.journal, lambda _: self.playback)
        self.now_s = 0.0
        self._acts: list[Act] = []
        if started:
            self._acts += self.player.start(0.0)

    @property
    def scene(self) -> Scene:
        return self.player.scene

    def ordered(self) -> list[Any]:
        """What was ordered since this was asked last, in few words."""
        acts, self._acts = self._acts, []
        return [in_few_words(act) for act in acts]

    @property
    def failed(self) -> list[str]:
        """The lines of the failure, none without one."""
        return self.player.failure.lines() if self.player.failure is not None else []

    # --- time

    def at(self, now_s: float) -> Rehearsal:
        """Until then only time passes."""
        while (wake_at_s := self.player.wake_at_s) is not None and wake_at_s <= now_s:
            self.now_s = max(self.now_s, wake_at_s)
            self.happens(Timeout())
        self.now_s = now_s
        return self

    def later(self, seconds: float) -> Rehearsal:
        return self.at(self.now_s + seconds)

    # --- what happens

    def happens(self, event: Any) -> Rehearsal:
        self._acts += self.player.receive(event, self.now_s)
        return self

    def notes(self, link: str, source: str, kind: str, **frame: Any) -> Rehearsal:
        self.journal.note(link, source, kind, frame, at_s=self.now_s)
        return self.happens(Noted())

    def app(self, kind: str, **frame: Any) -> Rehearsal:
        return self.notes("app", "app", kind, **frame)

    def jambonz(self, kind: str, **frame: Any) -> Rehearsal:
        return self.notes("app", "jambonz", kind, **frame)

    def answered(self) -> Rehearsal:
        return self.notes("media", "jambonz", "sip_response", status=200)

    def connected(self) -> Rehearsal:
        """The call is answered and the model listens."""
        return self.answered().notes("model", "jambonz", "connect").notes("model", "model", "open")

    def asked(self, response_id: str = "resp_1", heard: str | None = None) -> Rehearsal:
        return self.happens(Asked(ResponseRequested(response_id, "client" if heard is None else "vad", heard)))

    def gone(self, response_id: str = "resp_1") -> Rehearsal:
        return self.happens(Withdrawn(response_id))

    def done(self, response_id: str = "resp_1", status: str = "completed") -> Rehearsal:
        return self.notes("model", "model", "response.done", response={"id": response_id, "status": status})

    def plays(self, seconds: float) -> Rehearsal:
        """The assistant's speech comes to the caller."""
        self.playback.add(bytes(round(seconds * RATE_HZ) * 2), RATE_HZ, self.now_s)
        return self.notes("media", "jambonz", "plays")

    def played(self) -> Rehearsal:
        """To the end, when that is."""
        assert self.playback.ends_at_s is not None
        self.at(self.playback.ends_at_s)
        hearing = self.playback.stop(self.now_s)
        return self.notes("media", "jambonz", "heard", text=hearing.text, heard_s=hearing.heard_s)

    def ends(self, by: str = "app", status: str = "completed") -> Rehearsal:
        return self.notes("media", "jambonz", "call_ended", status=status, by=by)

    def settled(self) -> Rehearsal:
        return self.happens(Settled())


def in_few_words(act: Act) -> Any:
    match act:
        case Speak(speech):
            return f"speaks: {speech.text}"
        case Press(digits):
            return f"presses {digits}"
        case AnswerModel(response_id, answer):
            return f"{response_id}: {' / '.join(_items(answer.items))}"
        case _:
            return act


def _items(items: tuple[Any, ...]) -> Iterator[str]:
    for item in items:
        yield item.text if isinstance(item, Say) else f"{item.name}({item.arguments})"


def lasts_s(text: str) -> float:
    """How long it takes to say this."""
    return speak(text).duration_s
