"""Who may come in, without a socket: tokens, cookies, hosts and origins."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.modes.dev.door import Door, Enter, Exchange, Refused, Visit, is_loopback

HERE = "127.0.0.1:8088"


def door(host: str = "127.0.0.1", port: int = 8088) -> Door:
    numbers = count(1)
    return Door(host, port, lambda: f"dice-{next(numbers)}")


def inside(one: Door) -> Visit:
    """A visit with a cookie that is good."""
    answer = one.judge(Visit(HERE, token=one.link()))
    assert isinstance(answer, Exchange)
    return Visit(HERE, cookie=answer.cookie)


def test_a_token_is_good_for_one_visit_and_then_a_new_one_is_wanted() -> None:
    one = door()
    token = one.link()
    assert one.link() == token, "it is still good"
    assert one.judge(Visit(HERE, token=token)) == Exchange("dice-2")
    again = one.judge(Visit(HERE, token=token))
    assert isinstance(again, Refused)
    assert again.wants_link
    assert "good only once" in again.problem
    assert one.link() != token


def test_who_is_in_already_may_open_the_old_address_and_spends_no_new_one() -> None:
    one = door()
    first = one.link()
    cookie = inside(one).cookie
    assert one.judge(Visit(HERE, token=first, cookie=cookie)) == Exchange(None)
    fresh = one.link()
    assert one.judge(Visit(HERE, token=fresh, cookie=cookie)) == Exchange(None)
    assert one.link() == fresh


@pytest.mark.parametrize("more", [{"is_ahead": True}, {"method": "HEAD"}])
def test_an_address_that_is_only_looked_at_is_not_spent(more: dict[str, object]) -> None:
    one = door()
    token = one.link()
    assert isinstance(one.judge(replace(Visit(HERE, token=token), **more)), Refused)  # type: ignore[arg-type]
    assert isinstance(one.judge(Visit(HERE, token=token)), Exchange)


@pytest.mark.parametrize("host", [HERE, "localhost:8088", "LOCALHOST:8088"])
def test_the_names_of_this_server(host: str) -> None:
    one = door()
    assert one.judge(replace(inside(one), host=host)) == Enter()


OTHERS = [None, "", "evil.example:8088", "127.0.0.1", "127.0.0.1:8089", "localhost", "0.0.0.0:8088", "[::1]:8088", "2130706433:8088", "127.1:8088"]
FORGED = ["127.0.0.1.evil.example:8088", "localhost.evil.example:8088", "127.0.0.1:8088@evil.example", "evil.example#@127.0.0.1:8088", f"{HERE}, x"]


@pytest.mark.parametrize("host", [*OTHERS, *FORGED, "127.0.0.1:08088x"])
def test_a_rebound_name_gets_in_with_no_cookie_and_no_token(host: str | None) -> None:
    one = door()
    assert isinstance(one.judge(replace(inside(one), host=host)), Refused)
    token = one.link()
    assert isinstance(one.judge(Visit(host, token=token)), Refused)
    assert isinstance(one.judge(Visit(HERE, token=token)), Exchange), "and the token is not spent by it"


def test_a_server_for_everybody_is_called_by_number_only() -> None:
    one = door("0.0.0.0")
    cookie = inside(one).cookie
    assert one.judge(Visit("192.168.1.7:8088", cookie=cookie)) == Enter()
    assert isinstance(one.judge(Visit("evil.example:8088", cookie=cookie)), Refused)


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "https://127.0.0.1:8088", "http://127.0.0.1", "http://localhost:8088", "http://127.0.0.1:80880"]
)
def test_a_websocket_from_another_page_is_refused(origin: str | None) -> None:
    one = door()
    visit = replace(inside(one), is_socket=True)
    assert isinstance(one.judge(replace(visit, origin=origin)), Refused)
    assert one.judge(replace(visit, origin=f"http://{HERE}")) == Enter()


def test_a_token_does_not_open_a_websocket() -> None:
    one = door()
    assert isinstance(one.judge(Visit(HERE, token=one.link(), is_socket=True, origin=f"http://{HERE}")), Refused)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_page_fetches_it_does_not_get(site: str) -> None:
    one = door()
    assert isinstance(one.judge(replace(inside(one), fetch_site=site)), Refused)


@given(st.text() | st.just("dice-1") | st.just("dice-2") | st.none(), st.text() | st.none(), st.sampled_from(["GET", "POST", "OPTIONS", "TRACE"]))
def test_nobody_guesses(token: str | None, cookie: str | None, method: str) -> None:
    one = door()
    visit = inside(one)  # dice-1 is spent, dice-2 the cookie
    answer = one.judge(Visit(HERE, method, token=token, cookie=cookie))
    if not (cookie == visit.cookie and method == "GET"):
        assert isinstance(answer, Refused)


def test_what_is_this_machine() -> None:
    here = ["127.0.0.1", "::1", "localhost", "127.9.9.9"]
    assert [host for host in (*here, "0.0.0.0", "::", "10.0.0.1", "evil.example", "") if is_loopback(host)] == here
