"""Each fault, by what becomes of what passes."""

from __future__ import annotations

import json

import pytest

from simulator.faults import (
    Corruption,
    Disconnection,
    Duplication,
    Latency,
    Loss,
    Refusal,
    Reordering,
    Stall,
    Throttle,
    no_utf8,
    without_its_end,
)
from tests.faults.dialogue import Talk

# --- the network


def test_latency_lets_everything_arrive_later_and_in_order() -> None:
    talk = Talk().lay(Latency(0.3)).says("a").at(0.1).says("b").at(1)
    assert talk.came() == ["latency a {'by_s': 0.3}", "latency b {'by_s': 0.3}", "0.3: a", "0.4: b"]


def test_jitter_is_drawn_from_the_seed_and_overtakes_nothing() -> None:
    def played(seed: int) -> list[str]:
        return Talk(seed).lay(Latency(0.1, 0.5)).says(*"abcdefgh").at(2).came()

    assert played(1) == played(1) != played(2)
    arrived = [what for what in played(1) if what[0].isdigit()]
    assert [what[-1] for what in arrived] == list("abcdefgh")
    assert len({what for what in played(1) if what.startswith("latency")}) == 8
    assert all(0.1 <= float(what.partition(":")[0]) <= 0.6 for what in arrived)


def test_a_distant_websocket_takes_two_round_trips_to_open() -> None:
    talk = Talk().lay(Latency(0.3)).says("connect", kind="opening").at(0.6)
    assert talk.came() == ["latency connect {'by_s': 0.6}", "0.6: connect"]
    assert talk.says("open", kind="opening", to=False).at(2).came() == ["latency open {'by_s': 0.6}", "1.2: open"]


def test_an_opening_that_takes_too_long_is_given_up() -> None:
    talk = Talk().lay(Latency(0.4)).says("connect", kind="opening").at(0.8).says("open", kind="opening", to=False)
    talk.came()
    assert talk.at(5).came() == ["expired open"]


def test_a_narrow_line_takes_its_time_for_each_byte() -> None:
    talk = Talk().lay(Throttle(1000)).says("a", size_bytes=500).says("b", size_bytes=250).at(5)
    assert talk.came() == ["throttle a {'bytes': 500, 'takes_s': 0.5}", "throttle b {'bytes': 250, 'takes_s': 0.25}", "0.5: a", "0.75: b"]


def test_the_two_directions_of_a_narrow_line_do_not_wait_for_each_other() -> None:
    talk = Talk().lay(Throttle(1000)).says("a", size_bytes=500).says("b", to=False, size_bytes=500).at(5)
    assert talk.came()[-2:] == ["0.5: a", "0.5: b"]


def test_a_narrow_line_that_was_idle_begins_at_once() -> None:
    talk = Talk().lay(Throttle(1000)).says("a", size_bytes=500).at(3).says("b", size_bytes=500).at(5)
    assert talk.came()[-1] == "3.5: b"


def test_a_stall_holds_everything_for_its_time() -> None:
    talk = Talk().lay(Stall(), lasts_s=3).says("a").at(1).says("b").at(5).says("c")
    assert talk.came() == ["stall a", "stall b", "3: a", "3: b", "5: c"]


def test_a_stall_of_one_frame_holds_what_comes_behind_it() -> None:
    talk = Talk().lay(Stall(), lasts_s=3, frame="ack", times=1).says("a", "ack", "b").at(5)
    assert talk.came() == ["0: a", "stall ack", "3: ack", "3: b"]


def test_a_stall_without_an_end_waits_for_somebody_to_heal_the_line() -> None:
    talk = Talk().lay(Stall()).says("a", "close")
    assert talk.line.wake_at_s is None
    assert talk.line.is_stuck(1)
    assert talk.at(60).came() == ["stall a", "stall close"]
    assert talk.heal().came() == ["60: a", "60: close"]


@pytest.mark.parametrize("code", [1006, 1012])
def test_a_disconnect_ends_what_stands_and_what_is_under_way_is_lost(code: int) -> None:
    talk = Talk().lay(Stall(), mark="a.yaml:9:9").says("a")
    talk.came()
    assert talk.lay(Disconnection(code)).came() == [f"disconnect {{'code': {code}}}", "lost a", f"severed 1 with {code}"]


def test_a_disconnect_may_come_later() -> None:
    talk = Talk().lay(Disconnection(), after_s=2).says("a")
    assert talk.line.wake_at_s == 2
    assert talk.at(3).says("b").came() == ["0: a", "disconnect {'code': 1006}", "severed 1 with 1006", "3: b"]


def test_a_disconnect_strikes_nobody_where_nothing_stands() -> None:
    talk = Talk()
    talk.line.ends(1)
    assert talk.lay(Disconnection()).came() == []


def test_a_disconnect_upon_a_frame_takes_the_frame_along() -> None:
    talk = Talk().lay(Disconnection(), frame="b", times=1).says("a", "b")
    assert talk.came() == ["0: a", "disconnect b {'code': 1006}", "severed 1 with 1006"]


def test_whoever_is_refused_is_told_so_and_what_stands_remains() -> None:
    talk = Talk().lay(Refusal(), lasts_s=2).says("a").says("connect", kind="opening", connection=2).at(3)
    assert talk.came() == ["0: a", "refuse connect", "refused connect"]
    assert talk.says("connect", kind="opening", connection=2).came() == ["3: connect"]


def test_a_load_balancer_refuses_requests_with_a_status() -> None:
    talk = Talk().lay(Refusal(503)).says("verb:hook", kind="request", connection="request 1")
    assert talk.came() == ["refuse verb:hook {'status': 503}", "refused verb:hook with 503"]


# --- a proxy or a peer with a bug


def test_a_frame_is_dropped_and_those_around_it_arrive() -> None:
    assert Talk().lay(Loss(), frame="b", times=1).says("a", "b", "c", "b").came() == ["0: a", "drop b", "0: c", "0: b"]


def test_a_frame_is_doubled() -> None:
    assert Talk().lay(Duplication(2), times=1).says("a", "b").came() == ["duplicate a {'copies': 2}", "0: a", "0: a", "0: a", "0: b"]


def test_a_frame_arrives_broken() -> None:
    assert Talk().lay(Corruption("utf8"), times=1).says("a").came() == ["corrupt a {'breaks': 'utf8'}", "0: a without its utf8"]


@pytest.mark.parametrize("value", [{}, {"type": "ack", "msgid": "x"}, {"a": [1, {"b": "ü"}]}])
def test_half_an_object_is_no_json(value: object) -> None:
    text = json.dumps(value)
    with pytest.raises(ValueError):
        json.loads(without_its_end(text))
    with pytest.raises(UnicodeDecodeError):
        no_utf8(text).decode()


def test_a_frame_lets_the_next_one_go_first() -> None:
    talk = Talk().lay(Reordering(), frame="a", times=1).says("a").at(0.4).says("b", "c")
    assert talk.came() == ["reorder a {'behind': 'b'}", "0.4: b", "0.4: a", "0.4: c"]


def test_a_frame_that_nothing_follows_is_merely_late_and_counts_as_not_struck() -> None:
    assert Talk().lay(Reordering(0.5), times=1).says("a").at(2).says("b").came() == ["0.5: a", "2: b"]


def test_a_close_overtakes_nothing() -> None:
    assert Talk().lay(Reordering(), times=1).says("a").at(0.1).says("close", kind="close").came() == ["0.1: a", "0.1: close"]
