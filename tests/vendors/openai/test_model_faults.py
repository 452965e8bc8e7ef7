"""What goes wrong with events on their way, and what happens right behind one of them: dialogues without a socket."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.ids import Ids
from simulator.script import Timeout
from simulator.vendors.openai.catalogue import BETA, GA
from simulator.vendors.openai.dialects import BETA_NAMES
from simulator.vendors.openai.events import (
    Answer,
    Answered,
    ClientClosed,
    ClientEvent,
    Close,
    Dialect,
    Disconnect,
    Emit,
    EmitRaw,
    Expire,
    Json,
    Opened,
    Refuse,
    ResponseRequested,
    Say,
    Stall,
    Trouble,
)
from simulator.vendors.openai.faults import Delay, Drop, Duplicate, Fault, FaultyServer, Happening, Struck, Upon, fits
from simulator.vendors.openai.server import ModelServer
from simulator.vendors.openai.settings import Settings

TEXT_TURN = [
    "response.created", "response.output_item.added", "conversation.item.added", "response.content_part.added", "response.output_text.delta",
    "response.output_text.done", "response.content_part.done", "conversation.item.done", "response.output_item.done", "response.done",
    "rate_limits.updated",
]  # fmt: skip
"""What one word of text is made of."""


class Faulty:
    """An open connection with faults; the model answers every request with one word of text."""

    def __init__(self, *before: Happening, dialect: Dialect = "ga", settings: Settings | None = None, word: str = "Hello") -> None:
        self.server = FaultyServer(ModelServer(dialect=dialect, ids=Ids("test"), settings=settings))
        self.word, self.now_s = word, 0.0
        self.sent: list[tuple[float, Json | Close]] = []
        self.struck: list[Struck] = []
        self.asked = 0
        for happening in (*before, Opened({"model": "gpt-realtime"}, {"authorization": "Bearer sk-1"})):
            self.tell(happening)
        self.run(0.1)

    def tell(self, *happenings: Happening) -> None:
        for happening in happenings:
            for effect in self.server.receive(happening, self.now_s):
                match effect:
                    case Emit(event):
                        self.sent.append((self.now_s, event))
                    case Close():
                        self.sent.append((self.now_s, effect))
                    case Struck():
                        self.struck.append(effect)
                    case ResponseRequested(response_id):
                        self.asked += 1
                        self.tell(Answered(response_id, Answer((Say(self.word, text_only=True),))))

    def run(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while (wake_at_s := self.server.wake_at_s) is not None and wake_at_s <= until_s:
            self.now_s = max(self.now_s, wake_at_s)
            self.tell(Timeout())
        self.now_s = until_s

    def turn(self, *faults: Happening) -> list[str]:
        """Lay faults, ask for a response, and wait for all of it; answers what came."""
        before = len(self.sent)
        self.tell(*faults, ClientEvent({"type": "response.create"}))
        self.run(10.0)
        return names(self.sent[before:])


def names(sent: list[tuple[float, Any]]) -> list[str]:
    return [each["type"] if isinstance(each, dict) else f"close {each.code}" for _, each in sent]


def without(name: str) -> list[str]:
    return [each for each in TEXT_TURN if each != name]


def test_without_a_fault_nothing_changes() -> None:
    line = Faulty()
    assert (line.turn(), line.struck) == (TEXT_TURN, [])


def test_a_dropped_event_is_missing_and_everything_else_comes() -> None:
    line = Faulty()
    assert line.turn(Fault("response.done", Drop())) == without("response.done")
    assert line.turn() == TEXT_TURN


def test_a_duplicate_is_the_same_event_again() -> None:
    line = Faulty()
    line.turn(Fault("response.output_item.done", Duplicate(2)))
    copies = [event for _, event in line.sent if isinstance(event, dict) and event["type"] == "response.output_item.done"]
    assert len(copies) == 3
    assert copies[0] == copies[1] == copies[2]


def test_a_delayed_event_is_overtaken_by_those_behind_it() -> None:
    line = Faulty()
    assert line.turn(Fault("response.done", Delay(2.0))) == [*without("response.done"), "response.done"]
    limits, done = (next(at for at, event in line.sent if isinstance(event, dict) and event["type"] == name) for name in TEXT_TURN[:-3:-1])
    assert done == pytest.approx(limits - Settings().rate_limits_after_s + 2.0)


def test_a_delay_of_everything_keeps_the_order() -> None:
    line = Faulty()
    start_s = line.now_s
    assert line.turn(Fault("*", Delay(3.0), times=None)) == TEXT_TURN
    assert line.sent[1][0] == pytest.approx(start_s + Settings().created_after_s + 3.0)


def test_times_and_skip_choose_which_events_are_met() -> None:
    line = Faulty(word="one two three four five")
    turn = line.turn(Fault("response.output_text.delta", Drop(), times=2, skip=1))
    assert turn.count("response.output_text.delta") == 3
    deltas = [event["delta"] for _, event in line.sent if isinstance(event, dict) and event["type"] == "response.output_text.delta"]
    assert deltas == ["one", " four", " five"]
    assert [struck.what for struck in line.struck] == ["drop", "drop"]


def test_an_event_may_be_chosen_by_what_is_in_it() -> None:
    line = Faulty()
    assert line.turn(Fault({"type": "response.output_item.done", "item": {"type": "function_call"}}, Drop())) == TEXT_TURN
    assert line.turn(
        Fault({"type": "response.output_item.done", "item": {"type": "function_call"}}, Drop()), Fault({"item": "*"}, Drop())
    ) == without("response.output_item.added")


@pytest.mark.parametrize(("ga", "beta"), [(ga, beta) for ga, beta in BETA_NAMES.items() if beta is not None])
def test_either_name_of_an_event_will_do_in_either_dialect(ga: str, beta: str) -> None:
    assert all(fits(pattern, {"type": name}) for pattern in (ga, beta, {"type": ga}) for name in (ga, beta))
    assert fits(f"/{ga}/", {"type": beta})


@given(st.sampled_from(GA + BETA), st.sampled_from(GA))
def test_a_name_fits_no_other_event(name: str, other: str) -> None:
    same = other in (name, BETA_NAMES.get(name)) or BETA_NAMES.get(other) == name
    assert fits(name, {"type": other}) == same


# --- blows ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "close"), [(None, "close None"), (1011, "close 1011")])
def test_the_line_goes_right_behind_an_event_and_nothing_follows(code: int | None, close: str) -> None:
    for name in TEXT_TURN:
        line = Faulty()
        assert line.turn(Upon(name, (Disconnect(code),))) == [*TEXT_TURN[: TEXT_TURN.index(name) + 1], close]
        assert line.server.wake_at_s is None


def test_the_line_goes_behind_the_greeting() -> None:
    line = Faulty(Upon("session.created", (Disconnect(None),)))
    assert names(line.sent) == ["session.created", "close None"]
    line.tell(ClientEvent({"type": "response.create"}))
    line.run(5000.0)
    assert len(line.sent) == 2


def test_the_session_expires_behind_an_event() -> None:
    line = Faulty()
    assert line.turn(Upon("response.content_part.added", (Expire(),)))[-3:] == ["response.content_part.added", "error", "close 1001"]


def test_an_error_or_any_event_comes_right_behind_another() -> None:
    line = Faulty()
    turn = line.turn(Upon("response.output_item.added", (Trouble("server_error"), EmitRaw({"type": "made.up"}))))
    assert turn == [*TEXT_TURN[:2], "error", "made.up", *TEXT_TURN[2:]]
    assert [(struck.what, struck.event["type"]) for struck in line.struck] == [("error", TEXT_TURN[1]), ("emit", TEXT_TURN[1])]


def test_a_stall_behind_an_event_holds_what_was_to_come_in_the_same_instant() -> None:
    line = Faulty()
    assert line.turn(Upon("response.output_item.added", (Stall(2.0),))) == TEXT_TURN
    times = {event["type"]: at for at, event in line.sent if isinstance(event, dict)}
    assert times["conversation.item.added"] == pytest.approx(times["response.output_item.added"] + 2.0)
    assert times["response.done"] >= times["conversation.item.added"]


def test_a_fault_may_be_laid_behind_an_event() -> None:
    line = Faulty(word="one two")
    turn = line.turn(Upon("response.content_part.added", (Fault("/delta/", Drop()),)))
    assert turn.count("response.output_text.delta") == 1


def test_a_late_event_waits_for_the_end_of_a_stall() -> None:
    line = Faulty()
    line.turn(Fault("response.done", Delay(0.5)), Upon("rate_limits.updated", (Stall(4.0),)))
    assert line.sent[-1][0] == pytest.approx(line.sent[-2][0] + 4.0)


def test_what_is_late_when_the_client_has_gone_is_never_sent() -> None:
    line = Faulty()
    line.tell(Fault("*", Delay(3.0), times=None), ClientEvent({"type": "response.create"}))
    line.run(0.5)
    line.tell(ClientClosed())
    line.run(10.0)
    assert names(line.sent) == ["session.created"]
    assert line.server.wake_at_s is None


def test_a_duplicate_behind_which_the_line_goes_is_sent_once() -> None:
    line = Faulty()
    assert line.turn(Fault("response.created", Duplicate()), Upon("response.created", (Disconnect(None),))) == ["response.created", "close None"]


# --- refusals (openai-realtime.md 1.5) ---------------------------------------------------------------------------------------------

ROWS = {
    "invalid_api_key": ("invalid_api_key", 3000, "invalid_request_error.invalid_api_key"),
    "missing_authentication": (None, 3000, "invalid_request_error"),
    "invalid_model": ("invalid_model", 4000, "invalid_request_error.invalid_model"),
    "missing_model": ("missing_model", 4000, "invalid_request_error.missing_model"),
    "invalid_intent": ("invalid_intent", 4000, "invalid_request_error.invalid_intent"),
    "invalid_parameter": ("invalid_parameter", 4000, "invalid_request_error.invalid_parameter"),
    "beta_api_shape_disabled": ("beta_api_shape_disabled", 4000, "invalid_request_error.beta_api_shape_disabled"),
    "insufficient_quota": ("insufficient_quota", 1013, "insufficient_quota.insufficient_quota"),
    "session_expired": ("session_expired", 1001, "Your session hit the maximum duration of 60 minutes."),
}
"""Our name of a refusal -> code, close code, close reason."""


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_table_of_refusals(row: str) -> None:
    line = Faulty(Refuse(row))
    (_, event), (_, close) = line.sent
    assert isinstance(event, dict)
    error = event["error"]
    assert (error["code"], close) == (ROWS[row][0], Close(*ROWS[row][1:]))
    assert (error["param"], error["event_id"], error["message"] != "") == (None, None, True)


def test_a_model_that_may_not_be_used_lets_the_client_in_and_fails_every_response() -> None:
    line = Faulty(Refuse("model_not_found"))
    for _ in range(2):
        assert line.turn() == ["response.created", "response.done", "rate_limits.updated"]
    (details,) = {str(event["response"]["status_details"]) for _, event in line.sent if isinstance(event, dict) and event["type"] == "response.done"}
    assert "model_not_found" in details
    assert "The model `gpt-realtime` does not exist or you do not have access to it." in details
    assert line.asked == 0


# --- everything at once ------------------------------------------------------------------------------------------------------------

EVENTS = st.sampled_from([*TEXT_TURN, "*", "/delta/"])
FAULTS = st.builds(
    Fault,
    EVENTS,
    st.one_of(st.just(Drop()), st.builds(Delay, st.floats(0, 3)), st.builds(Duplicate, st.integers(1, 3))),
    st.one_of(st.none(), st.integers(1, 3)),
    st.integers(0, 2),
)
BLOWS = st.one_of(st.builds(Stall, st.floats(0, 2)), st.just(Disconnect(1011)), st.just(Expire()), st.just(Trouble(None)), FAULTS)


@given(st.lists(st.one_of(FAULTS, st.builds(Upon, EVENTS, st.lists(BLOWS, min_size=1, max_size=2).map(tuple))), max_size=5))
def test_whatever_goes_wrong_nothing_follows_a_close_and_nobody_is_left_waiting(faults: list[Happening]) -> None:
    line = Faulty()
    line.turn(*faults)
    line.run(60.0)
    sent = names(line.sent)
    closes = [at for at, name in enumerate(sent) if name.startswith("close")]
    assert closes in ([], [len(sent) - 1])
    assert [at for at, _ in line.sent] == sorted(at for at, _ in line.sent)
    if closes:
        assert line.server.wake_at_s is None
    else:
        assert line.server.wake_at_s == pytest.approx(3600.005)
