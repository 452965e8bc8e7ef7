"""The link to a real model, with no socket behind it: whatever order things happen in, jambonz is told a sensible story."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.distant_model import DistantLink, FromAfar
from simulator.distant_server import DistantServer
from simulator.faults import Line
from simulator.ids import Ids
from simulator.jambonz.events import CloseModel, ConnectModel, ModelClosed, ModelConnected, ModelSaid, ModelUnreachable, SendModel
from simulator.pump import Closed, Failed, Happened, Message, Opened
from simulator.scenario.acts import AnswerModel, RefuseModel, TellModel
from simulator.script import Timeout
from simulator.vendors.openai.distant import DistantModel
from simulator.vendors.openai.events import Answer, Disconnect, Expire, Mishear, Refuse, Stall, Trouble
from tests.test_distant_server import ORDER, Wire

WORD = Message(b'{"type":"response.created","response":{"id":"r-1"}}', binary=False)


class Talk:
    """A link whose sockets are ours: `afar` is what happens on the last one that was dialled."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str, dict[str, Any]]] = []
        self.told: list[Any] = []
        self.link = DistantLink(
            DistantModel("wss://models.example/v1/realtime"),
            self._tell,
            "ga",
            Ids(1),
            lambda *frame: self.noted.append(frame),
            0,
            Line("model", Random),
        )
        self.wires: dict[DistantServer, Wire] = {}
        self.now_s = 0.0

    def _tell(self, happened: FromAfar) -> None:
        raise AssertionError(f"nothing may happen by itself here: {happened}")

    def order(self, *orders: Any) -> Talk:
        for order in orders:
            self.told += self.link.receive(order, self.now_s)
        return self

    def afar(self, *whats: Happened) -> Talk:
        if self.wires:
            self.order(*(FromAfar(list(self.wires)[-1], what, 0) for what in whats))
        return self

    @property
    def kinds(self) -> list[str]:
        return [f"{source} {kind}" for source, kind, _ in self.noted]


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Talk:
    return wired(Talk(), monkeypatch)


def wired(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Talk:
    def dial(server: DistantServer) -> None:
        talk.wires[server] = Wire()
        server._pump = talk.wires[server]  # type: ignore[assignment]

    monkeypatch.setattr(DistantServer, "dial", dial)
    return talk


def test_what_happens_is_told_in_the_words_of_the_link_in_memory(talk: Talk) -> None:
    talk.order(ORDER).afar(Opened(), WORD, Closed(1011, "oops"))
    assert talk.told == [ModelConnected(), ModelSaid({"type": "response.created", "response": {"id": "r-1"}}), ModelClosed(1011, "oops")]
    assert talk.kinds == ["jambonz connect", "jambonz dialled", "model open", "model response.created", "model closed"]
    assert not talk.link.is_open


def test_what_comes_after_the_end_concerns_nobody(talk: Talk) -> None:
    talk.order(ORDER).afar(Opened()).order(CloseModel())
    told = len(talk.told)
    talk.afar(WORD, Closed(1000))
    assert len(talk.told) == told


def test_the_same_call_may_connect_again(talk: Talk) -> None:
    talk.order(ORDER).afar(Opened(), Closed(1006)).order(ORDER).afar(Opened(), WORD)
    assert [type(one).__name__ for one in talk.told] == ["ModelConnected", "ModelClosed", "ModelConnected", "ModelSaid"]


def test_a_connection_that_is_not_made_is_given_up_when_jambonz_goes(talk: Talk) -> None:
    talk.order(ORDER, CloseModel())
    (wire,) = talk.wires.values()
    assert wire.closed == [1000]
    assert talk.told == []


@pytest.mark.parametrize("order", [AnswerModel("r-1", Answer()), TellModel(Mishear("x")), TellModel(Refuse("invalid_api_key"))])
def test_what_a_real_model_cannot_be_told_is_said(talk: Talk, order: Any) -> None:
    talk.order(ORDER).afar(Opened()).order(order)
    assert talk.kinds[-1] == "scenario not_simulated"


def test_a_stall_holds_back_what_the_model_says(talk: Talk) -> None:
    talk.order(ORDER).afar(Opened()).order(TellModel(Stall(2.0))).afar(WORD)
    assert talk.told == [ModelConnected()]
    talk.now_s = 2.5
    talk.order(Timeout())
    assert isinstance(talk.told[-1], ModelSaid)


def test_another_vendor_has_its_simulated_server(talk: Talk) -> None:
    talk.order(ConnectModel("api.elevenlabs.io", "/v1/convai", {}, "elevenlabs"))
    assert talk.kinds == ["jambonz connect", "scenario not_simulated"]
    talk.now_s = 1.0
    talk.order(Timeout())
    assert talk.told[0] == ModelConnected()
    assert not talk.wires


ORDERS = st.sampled_from([
    ORDER, CloseModel(), SendModel({"type": "response.create"}), SendModel({"type": "input_audio_buffer.append", "audio": b"ab"}), RefuseModel(503),
    TellModel(Trouble("server_error")), TellModel(Expire()), TellModel(Disconnect(None)), TellModel(Stall(0.5)), AnswerModel("r-1", Answer()),
])  # fmt: skip
AFAR = st.sampled_from(
    [Opened(), Failed("ct", "read ECONNRESET"), WORD, Message(b"\x00", binary=True), Message(b"{", binary=False), Closed(1006), Closed(1001)]
)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 30.0]), ORDERS | AFAR), max_size=40))
def test_every_connection_is_made_once_and_ends_once(steps: list[tuple[float, Any]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        talk = wired(Talk(), patch)
        for passes_s, what in steps:
            talk.now_s += passes_s
            while (due_s := talk.link.wake_at_s) is not None and due_s <= talk.now_s:
                talk.order(Timeout())
            if isinstance(what, (Opened, Failed, Message, Closed)):
                if may_happen(talk, what):
                    talk.afar(what)
            elif not (isinstance(what, ConnectModel) and talk.link.is_open):
                talk.order(what)
        state = "none"
        for one in talk.told:
            match one:
                case ModelConnected():
                    assert state == "none"
                    state = "open"
                case ModelSaid():
                    assert state == "open"
                case ModelClosed():
                    assert state == "open"
                    state = "none"
                case ModelUnreachable():
                    assert state == "none"


def may_happen(talk: Talk, what: Any) -> bool:
    """A pump tells `Opened` or `Failed` first and once, and nothing behind an end."""
    if not talk.wires:
        return False
    server = list(talk.wires)[-1]
    wire = talk.wires[server]
    stage = getattr(wire, "stage", "dialling")
    if stage == "over" or wire.closed or wire.aborted or (stage == "dialling") != isinstance(what, (Opened, Failed)):
        return False
    vars(wire)["stage"] = "open" if isinstance(what, (Opened, Message)) else "over"
    return True
