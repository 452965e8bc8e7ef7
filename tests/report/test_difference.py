"""Two calls side by side: ids and times are no differences, everything else is, and what belongs together stands together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.journal import Frame, Journal
from simulator.report.difference import ABSENT, Field, Row, difference
from simulator.report.sameness import same
from tests.playing import play, shipped


def call(*frames: tuple[str, str, str, dict[str, Any]], later_s: float = 0.0) -> list[Frame]:
    journal = Journal()
    for number, (link, source, kind, content) in enumerate(frames):
        journal.note(link, source, kind, content, at_s=number + later_s)
    return journal.frames


def app(kind: str, **content: Any) -> tuple[str, str, str, dict[str, Any]]:
    return ("app", "app", kind, content)


def model(kind: str, **content: Any) -> tuple[str, str, str, dict[str, Any]]:
    return ("model", "model", kind, content)


def told(rows: list[Row]) -> list[tuple[int | None, int | None]]:
    return [(row.left, row.right) for row in rows if not row.is_same]


def test_a_call_is_like_itself_at_another_time_with_other_ids() -> None:
    one = call(
        app("ack", msgid="aaaa", data=[{"verb": "say"}]), model("response.done", event_id="event_1234567890", response={"id": "resp_1234567890"})
    )
    other = call(
        app("ack", msgid="bbbb", data=[{"verb": "say"}]),
        model("response.done", event_id="event_ABCDEFGHIJ", response={"id": "resp_ABCDEFGHIJ"}),
        later_s=9.0,
    )
    assert difference(one, other) == [Row(0, 0), Row(1, 1)]


def test_a_shipped_call_with_another_seed_differs_only_in_what_was_made_up() -> None:
    scenario = next(one for one in shipped() if one.file.endswith("tools/weather.yaml"))
    one, other = (play(replace(scenario, seed=seed)).journal.frames for seed in (1, 2))
    assert [frame.frame for frame in one] != [frame.frame for frame in other], "its ids are others"
    assert told(difference(one, other)) == []


def test_a_member_that_changed_is_named_with_both_values() -> None:
    one, other = (call(app("ack", data=[{"verb": "say", "text": text}]), app("closed")) for text in ("hello", "good morning"))
    assert difference(one, other) == [Row(0, 0, (Field("data[0].text", "hello", "good morning"),)), Row(1, 1)]


def test_json_inside_a_text_is_compared_as_json() -> None:
    one, other = (call(app("command", command="llm:tool-output", data={"output": f'{{"place":"Berlin","t":{t}}}'})) for t in (21, 4))
    (row,) = difference(one, other)
    assert row.fields == (Field("data.output.t", 21, 4),)


def test_a_member_that_only_one_has_is_absent_in_the_other() -> None:
    (row,) = difference(call(app("ack", a=1)), call(app("ack", b=None)))
    assert row.fields == (Field("a", 1, ABSENT), Field("b", ABSENT, None))


def test_a_frame_that_only_one_call_has_stands_between_those_it_stood_between() -> None:
    one = call(app("ack"), app("closed"))
    other = call(app("ack"), app("command", command="redirect"), app("closed"))
    assert told(difference(one, other)) == [(None, 1)]
    assert difference(one, other) == [Row(0, 0), Row(None, 1), Row(1, 2)]
    assert told(difference(other, one)) == [(1, None)]


def test_events_of_different_types_are_not_taken_for_one_that_changed() -> None:
    one, other = (call(("app", "jambonz", "llm:event", {"data": {"type": kind}})) for kind in ("response.done", "error"))
    assert told(difference(one, other)) == [(0, None), (None, 0)]


def test_which_of_two_links_was_faster_is_no_difference() -> None:
    one = call(app("ack"), model("session.created"), app("command", command="a"))
    other = call(model("session.created"), app("ack"), app("command", command="a"))
    assert told(difference(one, other)) == []


def test_but_order_within_one_conversation_is() -> None:
    one, other = call(app("ack"), app("hook")), call(app("hook"), app("ack"))
    assert told(difference(one, other)) != []


def test_calls_of_different_legs_are_not_mixed_up() -> None:
    one = [msgspec.structs.replace(frame, leg=1) for frame in call(app("ack"))]
    assert told(difference(one, call(app("ack")))) == [(None, 0), (0, None)]


def test_in_how_many_pieces_sound_came_is_no_difference() -> None:
    one = call(model("response.output_audio.delta", delta="<10 bytes of audio>"), model("response.done"))
    other = call(*[model("response.output_audio.delta", delta="<5 bytes of audio>")] * 2, model("response.done"))
    assert difference(one, other) == [Row(1, 2)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"text": "call_em8lBMmaQVQtc4Rj was lost"}, {"text": "call_XYK6Ph8YsT0QELKD was lost"}),
        ({"url": "ws://127.0.0.1:3000/x"}, {"url": "ws://127.0.0.1:41234/x"}),
        ({"from": "<sip:1@a>;tag=from-1"}, {"from": "<sip:1@a>;tag=from-2"}),
        ({"call_sid": "c3a75e33-2a36-4d9a-a0d3-036dca896606"}, {"call_sid": "64c7508a-171a-41fe-a4ac-38ae3fde7680"}),
        ({"data": {"duration": 6}}, {"data": {"duration": 7}}),
        ({"audio": b"1234"}, {"audio": "<8 bytes of audio>"}),
    ],
)
def test_what_may_differ_in_calls_that_are_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert same(one) == same(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"silence_duration_ms": 200}, {"silence_duration_ms": 500}),
        ({"previous_item_id": None}, {"previous_item_id": "item_1234567890"}),
        ({"code": 1000}, {"code": 1006}),
        ({"timeout": 5}, {"timeout": 6}),
        ({"apiKey": "<secret:1111111111>"}, {"apiKey": "<secret:2222222222>"}),
        ({"to": "+491"}, {"to": "+492"}),
        ({"ok": True}, {"ok": 1}),
        ({"url": "https://api.example.com:8443/"}, {"url": "https://api.example.com:9443/"}),
    ],
)
def test_what_is_a_difference(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert told(difference(call(app("x", **one)), call(app("x", **other)))) == [(0, 0)]


def test_thousands_of_frames_that_are_alike_are_compared_in_bounded_time() -> None:
    one = call(*[app("ack")] * 4_000, app("closed"), *[app("ack")] * 10)
    other = call(*[app("ack")] * 3_000, app("closed"), *[app("ack")] * 10)
    rows = difference(one, other)
    assert Row(4_000, 3_000) in rows


contents = st.dictionaries(st.sampled_from(["a", "b", "type", "data"]), st.sampled_from([0, 1, "x", None, True, [1], {"c": 2}]), max_size=3)
frames = st.lists(
    st.builds(lambda link, kind, content: (link, "app", kind, content), st.sampled_from(["app", "model"]), st.sampled_from("xyz"), contents),
    max_size=14,
)


@given(frames, frames)
def test_every_frame_stands_in_exactly_one_row_and_only_like_frames_are_called_the_same(left: list[Any], right: list[Any]) -> None:
    one, other = call(*left), call(*right)
    rows = difference(one, other)
    assert sorted(row.left for row in rows if row.left is not None) == [frame.seq for frame in one]
    assert sorted(row.right for row in rows if row.right is not None) == [frame.seq for frame in other]
    for row in rows:
        if row.is_same:
            assert row.left is not None
            assert row.right is not None
            a, b = one[row.left], other[row.right]
            assert (a.link, a.kind, repr(a.frame)) == (b.link, b.kind, repr({name: b.frame[name] for name in a.frame}))
    if left == right:
        assert all(row.is_same for row in rows)
