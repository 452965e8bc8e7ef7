"""Backends: which stub answers a request, how often, and what keeps the nearest one away."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.world.backends import Answer, Backend, Backends, Request, Unstubbed

OK = Answer(200, b'{"ok":true}')
URL = "https://api.example.com/v1/orders"


def get(path: str = "/v1/orders", **more: Any) -> Request:
    return Request(**{"method": "GET", "scheme": "https", "host": "api.example.com", "path": path, **more})


def stub(**changes: Any) -> Backend:
    return Backend(**{"method": "GET", "url": URL, "answer": OK, **changes})


def backends(*stubs: Backend) -> Backends:
    """All of them, added in this order."""
    made = Backends()
    for one in stubs:
        made.add(one)
    return made


def nearest(request: Request, *stubs: Backend) -> str:
    found = backends(*stubs).answer(request)
    assert isinstance(found, Unstubbed)
    return found.nearest


# --- which requests a stub wants


@pytest.mark.parametrize(
    ("wants", "request_"),
    [
        ({}, get()),
        ({"method": "*"}, get(method="DELETE")),
        ({"url": "*"}, get("/anything")),
        ({"url": "/orders$/"}, get()),
        ({"url": r"/^https:\/\/[a-z.]+\/v1/"}, get("/v1/other")),
        ({"query": {"city": "Berlin"}}, get(query={"city": "Berlin", "units": "metric"})),
        ({"query": {"limit": 1, "raw": True, "at": 0.5}}, get(query={"limit": "1", "raw": "true", "at": "0.5"})),
        ({"query": {"city": "/^ber/", "page": {"absent": True}}}, get(query={"city": "berlin"})),
        ({"headers": {"X-Customer": "42"}}, get(headers={"x-customer": "42", "accept": "*/*"})),
        ({"headers": {"x-retries": 2}}, get(headers={"x-retries": "2"})),
        ({"json": {"people": 2}}, get(body='{"people": 2, "name": "Doe"}')),
        ({"json": {"people": {"more_than": 1}}}, get(body='{"people": 2}')),
    ],
)
def test_a_stub_answers_what_it_wants(wants: dict[str, Any], request_: Request) -> None:
    assert backends(stub(**wants)).answer(request_) == OK


@pytest.mark.parametrize(
    ("wants", "request_", "why"),
    [
        ({"method": "POST"}, get(), "method GET is not POST"),
        ({"url": "https://api.example.com/v1/order"}, get(), f"url {URL} is not https://api.example.com/v1/order"),
        ({"url": "http://api.example.com/v1/orders"}, get(), f"url {URL} is not http://api.example.com/v1/orders"),
        ({"url": "/customers/"}, get(), f"url {URL} is not /customers/"),
        ({"query": {"city": "Berlin"}}, get(query={"city": "Bonn"}), 'query.city: expected "Berlin", got "Bonn"'),
        ({"query": {"limit": 1}}, get(), 'query.limit: expected "1", got nothing'),
        ({"headers": {"X-Customer": "42"}}, get(), 'headers.x-customer: expected "42", got nothing'),
        ({"json": {"people": 2}}, get(body='{"people": 3}'), "json.people: expected 2, got 3"),
        ({"json": {"people": 2}}, get(body="people=2"), 'json: expected {"people": 2}, got null'),
        ({"json": {"people": 2}}, get(), 'json: expected {"people": 2}, got null'),
    ],
)
def test_what_keeps_a_stub_away_is_told(wants: dict[str, Any], request_: Request, why: str) -> None:
    one = stub(**wants)
    assert nearest(request_, one) == f"The nearest stub is {one.method} {one.url}: {why}."


def test_all_that_keeps_a_stub_away_is_told() -> None:
    one = stub(method="POST", query={"limit": 1})
    assert nearest(get(), one) == f'The nearest stub is POST {URL}: method GET is not POST; query.limit: expected "1", got nothing.'


# --- which of several


def test_of_two_that_fit_the_one_added_last_answers() -> None:
    made = backends(stub())
    assert made.answer(get()) == OK
    made.add(stub(answer=Answer(503)))
    assert made.answer(get()) == Answer(503)


def test_a_later_stub_that_does_not_fit_leaves_the_earlier_one_alone() -> None:
    assert backends(stub(), stub(url="https://other.example/", answer=Answer(503))).answer(get()) == OK


def test_a_stub_with_times_steps_aside_when_they_are_used_up() -> None:
    made = backends(stub(), stub(answer=Answer(503), times=2))
    assert [made.answer(get()) for _ in range(4)] == [Answer(503), Answer(503), OK, OK]


def test_when_nobody_is_behind_it_a_stub_that_is_used_up_is_named() -> None:
    made = backends(stub(times=1))
    made.answer(get())
    assert made.answer(get()) == Unstubbed(f"The nearest stub is GET {URL}: it has answered once already.")


def test_a_stub_that_is_used_up_more_often_counts() -> None:
    made = backends(stub(times=2))
    assert [made.answer(get()) for _ in range(3)][2] == Unstubbed(f"The nearest stub is GET {URL}: it has answered 2 times already.")


def test_a_request_that_does_not_fit_uses_nothing_up() -> None:
    made = backends(stub(times=1))
    made.answer(get("/other"))
    assert made.answer(get()) == OK


def test_the_nearest_stub_is_the_one_with_the_fewest_differences() -> None:
    far = stub(method="POST", url="https://far.example/", query={"a": "1"})
    near = stub(query={"a": "1"})
    assert nearest(get(), near, far).startswith(f"The nearest stub is GET {URL}: query.a:")
    assert nearest(get(), far, near).startswith(f"The nearest stub is GET {URL}: query.a:")


def test_without_stubs_the_remedy_is_told() -> None:
    assert nearest(get()) == "The scenario has no stubs: add one under `world:`."


@given(st.lists(st.sampled_from(["/a", "/b", "/c"]), max_size=12), st.integers(1, 4))
def test_a_stub_never_answers_more_often_than_it_may(paths: list[str], times: int) -> None:
    made = backends(stub(url="*", times=times))
    answers = [made.answer(get(path)) for path in paths]
    assert [isinstance(one, Answer) for one in answers] == [number < times for number in range(len(paths))]


# --- in the journal


def test_a_request_is_noted_without_what_every_client_sends() -> None:
    asked = get(
        method="POST",
        query={"q": "1"},
        headers={"host": "api.example.com", "user-agent": "aiohttp", "x-customer": "42", "content-length": "2"},
        body='{"a": 1}',
    )
    assert asked.frame() == {"method": "POST", "url": URL, "query": {"q": "1"}, "headers": {"x-customer": "42"}, "body": {"a": 1}}


def test_a_body_that_is_no_json_is_noted_as_text_and_cut() -> None:
    assert get(body="x" * 3000).frame()["body"] == "x" * 2000
    assert get(body="null").frame()["body"] == "null"
    assert "body" not in get().frame()


@pytest.mark.parametrize(("body", "shown"), [(b'{"a":1}', {"a": 1}), (b"", ""), (b"\xff<html>", "\ufffd<html>"), (b"x" * 3000, "x" * 2000)])
def test_an_answer_is_noted_as_json_or_text(body: bytes, shown: Any) -> None:
    assert Answer(200, body).journal_body() == shown
