"""The comparison itself: what it must not let pass, and what means nothing."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.fidelity.compare import difference
from tests.fidelity.script import contains, filled_in

Json = dict[str, Any]

STATUS = {"call_status": "trying", "sip_status": 100, "duration": 0, "from": "1555", "sip": {"method": "INVITE"}}


def to_app(t_ms: int, frame: Json, conn: int = 1) -> Json:
    return {"dir": "to_app", "t_ms": t_ms, "conn": conn, "frame": frame}


def note(t_ms: int, **frame: Any) -> Json:
    return {"dir": "note", "t_ms": t_ms, "frame": frame}


RECORDING = [
    note(5, event="app_connected", conn=1, attempt=1, path="/app", subprotocols="ws.jambonz.org"),
    to_app(10, {"type": "session:new", "msgid": "<msgid:1>", "call_sid": "<uuid:1>", "data": STATUS}),
    {"dir": "from_app", "t_ms": 11, "conn": 1, "frame": {"type": "ack", "msgid": "<msgid:1>", "data": [{"verb": "answer"}]}},
    to_app(20, {"type": "call:status", "msgid": "<msgid:2>", "call_sid": "<uuid:1>", "data": STATUS}),
    {"dir": "to_openai", "t_ms": 30, "frame": {"type": "response.create"}},
    note(40, event="sip_response", status=200),
    note(900, event="app_closed", conn=1, code=1000, by="feature_server"),
    note(950, event="alert", message="inside"),
]


def changed(entry: int, path: str, value: Any) -> list[Json]:
    other = deepcopy(RECORDING)
    *parents, last = path.split(".")
    place = other[entry]["frame"]
    for key in parents:
        place = place[key]
    place[last] = value
    return other


def test_a_recording_is_equal_to_itself() -> None:
    assert difference(RECORDING, deepcopy(RECORDING)) is None


@pytest.mark.parametrize(
    ("entry", "path", "value"),
    [
        (0, "path", "/other"),
        (1, "type", "session:reconnect"),
        (1, "data.call_status", "in-progress"),
        (1, "data.sip_status", "100"),
        (1, "data.sip", "a text instead of an object"),
        (1, "data.extra", None),
        (3, "msgid", "<msgid:1>"),
        (3, "call_sid", "<uuid:2>"),
        (4, "type", "session.update"),
        (5, "status", 480),
        (6, "code", 1001),
        (6, "by", "app"),
    ],
)
def test_a_difference_that_the_application_could_see_is_found(entry: int, path: str, value: Any) -> None:
    assert difference(RECORDING, changed(entry, path, value)) is not None


@pytest.mark.parametrize(
    ("entry", "path", "value"),
    [(1, "data.sip", {"method": "INVITE", "raw": "..."}), (1, "data.from", "1999"), (1, "data.duration", 3), (7, "message", "other")],
)
def test_surroundings_of_a_recording_are_not_compared(entry: int, path: str, value: Any) -> None:
    assert difference(RECORDING, changed(entry, path, value)) is None


def test_ids_may_have_other_numbers_if_they_are_the_same_ones_throughout() -> None:
    renamed = deepcopy(RECORDING)
    for entry in renamed[1:4]:
        entry["frame"]["msgid"] = {"<msgid:1>": "<msgid:7>", "<msgid:2>": "<msgid:3>"}[entry["frame"]["msgid"]]
    assert difference(RECORDING, renamed) is None


def test_order_is_exact_on_a_connection() -> None:
    swapped = [RECORDING[0], RECORDING[3] | {"t_ms": 10}, RECORDING[2], RECORDING[1] | {"t_ms": 20}, *RECORDING[4:]]
    assert "connection 1, to the app, entry 1" in str(difference(RECORDING, swapped))


def test_missing_and_superfluous_frames_are_named() -> None:
    assert "is missing" in str(difference(RECORDING, RECORDING[:3] + RECORDING[4:-2]))
    assert "is too many" in str(difference(RECORDING[:-2], RECORDING))


def test_a_larger_pause_must_be_there() -> None:
    early = deepcopy(RECORDING)
    early[6]["t_ms"] = 300
    assert difference(RECORDING, early) == "connection 1, to the app, entry 3 (app_closed 1000): at 900 ms, ours at 300 ms"


@pytest.mark.parametrize(
    ("match", "fits"),
    [(None, True), ({}, True), ({"a": {"b": 1}}, True), ({"a": {"b": True}}, False), ({"c": None}, True), ({"d": None}, False), ({"e": [1]}, False)],
)
def test_a_rule_matches_objects_by_subset(match: Any, fits: bool) -> None:
    assert contains({"a": {"b": 1, "x": 2}, "c": None, "e": [1, 2]}, match) is fits


def test_places_in_texts_are_filled_in_at_any_depth() -> None:
    value = {"host": "{{openai_host}}", "list": ["{{msgid:verb:hook}}", "{{repeat:ab:3}}", "{{unknown}}", 7]}
    filled = filled_in(value, {"openai_host": "h:1", "msgid:verb:hook": "m"})
    assert filled == {"host": "h:1", "list": ["m", "ababab", "{{unknown}}", 7]}
