"""Faults on the line between jambonz and the model: a dialogue with the link, told and asked as the stage does it."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from simulator.faults import Aim, Corruption, Disconnection, Duplication, Enter, Fault, Heal, Latency, Lay, Line, Loss, Refusal, Stall
from simulator.faults.effects import leg_of
from simulator.ids import Ids
from simulator.jambonz.events import CloseModel, ConnectModel, ModelClosed, ModelConnected, ModelSaid, ModelUnreachable, SendModel
from simulator.model_link import ModelLink
from simulator.script import Timeout
from simulator.vendors.openai.catalogue import ga_name

DIAL = ConnectModel(host="api.openai.com", path="/v1/realtime?model=gpt-realtime", headers={"authorization": "Bearer sk-simulated-000000"})


class Talk:
    """One call's `ModelLink` on a line; `heard` is what jambonz was told, with the time."""

    def __init__(self) -> None:
        self.line = Line("model", Random, known_as=ga_name)
        self.noted: list[tuple[str, str, dict[str, Any]]] = []
        self.link = ModelLink("ga", Ids(1), lambda *frame: self.noted.append(frame), 0, self.line)
        self.now_s = 0.0
        self.heard: list[tuple[float, Any]] = []

    def lay(self, fault: Fault, **aim: Any) -> Talk:
        return self._tell_line(Lay(fault, Aim(**aim), "a.yaml:1:1"))

    def heal(self) -> Talk:
        return self._tell_line(Heal())

    def orders(self, *orders: Any) -> Talk:
        for order in orders:
            self._take(self.link.receive(order, self.now_s))
        return self

    def says(self, type_: str, **event: Any) -> Talk:
        return self.orders(SendModel({"type": type_, **event}))

    def at(self, now_s: float) -> Talk:
        while (due := [at_s for at_s in (self.link.wake_at_s, self.line.wake_at_s) if at_s is not None and at_s <= now_s]) != []:
            self.now_s = max(self.now_s, min(due))
            self._tell_line(Timeout())
            self.orders(Timeout())
        self.now_s = now_s
        return self

    def _tell_line(self, event: Any) -> Talk:
        for effect in self.line.receive(event, self.now_s):
            assert leg_of(effect) == 0
            self._take(self.link.receive(effect, self.now_s))
        return self

    def _take(self, outcomes: list[Any]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Enter):
                self._tell_line(outcome)
            else:
                self.heard.append((round(self.now_s, 3), outcome))

    @property
    def types(self) -> list[tuple[float, str]]:
        return [(at_s, one.event["type"] if isinstance(one, ModelSaid) else type(one).__name__) for at_s, one in self.heard]

    @property
    def kinds(self) -> list[str]:
        return [f"{source} {kind}" for source, kind, _ in self.noted]


def test_a_distant_model_is_connected_later_and_answers_later() -> None:
    talk = Talk().lay(Latency(0.4)).orders(DIAL).at(3)
    assert talk.types == [(1.65, "ModelConnected"), (2.055, "session.created")]
    talk.says("session.update", session={"type": "realtime", "instructions": "Be kind."}).at(5)
    ((updated_s, kind),) = talk.types[2:]
    assert (updated_s, kind) == (pytest.approx(3.8, abs=0.02), "session.updated")


def test_what_the_model_says_during_a_stall_comes_afterwards_in_order() -> None:
    talk = Talk().orders(DIAL).at(1).lay(Stall(), direction="from")
    talk.says("session.update", session={"type": "realtime"}).says("conversation.item.create", item={"type": "nonsense"}).at(9)
    assert talk.types == [(0.05, "ModelConnected"), (0.055, "session.created")]
    assert talk.heal().types[2:] == [(9, "session.updated"), (9, "error")]


def test_a_name_of_the_other_dialect_means_the_same_event() -> None:
    talk = Talk().orders(DIAL).at(1).lay(Loss(), frame="conversation.item.created", times=1)
    talk.says("conversation.item.create", item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}).at(2)
    assert "conversation.item.added" not in [kind for _, kind in talk.types]
    assert talk.noted[-2][2] | {"item_id": "", "event_id": ""} == {
        "what": "drop",
        "step": "a.yaml:1:1",
        "from": "model",
        "type": "conversation.item.added",
        "event_id": "",
        "item_id": "",
        "frame": talk.noted[-2][2]["frame"],
    }


def test_a_doubled_client_event_is_refused_as_the_real_server_would() -> None:
    talk = Talk().orders(DIAL).at(1).lay(Duplication(), direction="to", times=1)
    talk.says("response.create").at(1.001)
    assert [one.event["error"]["code"] for _, one in talk.heard if isinstance(one, ModelSaid) and one.event["type"] == "error"] == [
        "conversation_already_has_active_response"
    ]


def test_a_client_event_that_arrives_as_half_its_json_is_answered_in_the_servers_words() -> None:
    talk = Talk().orders(DIAL).at(1).lay(Corruption(), direction="to", times=1).says("response.create").at(2)
    (said,) = [one.event["error"] for _, one in talk.heard if isinstance(one, ModelSaid) and one.event["type"] == "error"]
    assert said["code"] == "invalid_json"


def test_what_jambonz_does_with_half_an_event_is_not_known_and_said_so() -> None:
    talk = Talk().orders(DIAL).at(1).lay(Corruption(), direction="from", times=1).says("session.update", session={"type": "realtime"}).at(2)
    assert talk.types[2:] == []
    assert talk.kinds[-2:] == ["scenario fault", "scenario not_simulated"]


@pytest.mark.parametrize(("breaks", "code"), [("utf8", 1007), ("protocol", 1002)])
@pytest.mark.parametrize("direction", ["to", "from"])
def test_a_connection_ends_on_what_cannot_be_read(breaks: Any, code: int, direction: Any) -> None:
    talk = Talk().orders(DIAL).at(1).lay(Corruption(breaks), direction=direction, times=1)
    talk.says("session.update", session={"type": "realtime"}).at(2)
    assert talk.heard[2:] == [(1, ModelClosed(code, ""))]
    assert not talk.link.is_open


def test_a_connection_is_cut() -> None:
    talk = Talk().orders(DIAL).at(1).lay(Disconnection()).at(2)
    assert talk.heard[2:] == [(1, ModelClosed(1006, ""))]
    assert talk.kinds[-2:] == ["scenario fault", "scenario closed"]


def test_a_connection_that_is_cut_while_it_is_made_was_never_made() -> None:
    talk = Talk().orders(DIAL).lay(Disconnection()).at(2)
    assert talk.heard == [(0, ModelUnreachable("read ECONNRESET"))]


@pytest.mark.parametrize(("status", "reason"), [(None, "connect ECONNREFUSED"), (503, "Unexpected server response: 503")])
def test_a_connection_is_refused_until_the_line_is_healed(status: int | None, reason: str) -> None:
    talk = Talk().lay(Refusal(status)).orders(DIAL).at(1)
    assert talk.heard == [(0, ModelUnreachable(reason))]
    assert talk.heal().orders(DIAL).at(2).heard[1] == (1.05, ModelConnected())


def test_when_jambonz_goes_nobody_waits_for_what_is_under_way() -> None:
    talk = Talk().orders(DIAL).at(1).lay(Stall()).says("session.update", session={"type": "realtime"}).orders(CloseModel(1000)).heal().at(2)
    assert talk.types[2:] == []
    assert not talk.link.is_open
