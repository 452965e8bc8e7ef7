"""Requests to webhooks: what goes over the wire, what is noted, and what is told to the feature server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from simulator.jambonz.events import AskWebhook, WebhookAnswered, WebhookFailed, WebhookResponds
from simulator.network import VirtualLoop, run
from simulator.webhook_link import MAX_BODY_BYTES, WebhookLink

URL = "http://127.0.0.1:3000/hook"
HEADERS = {"Jambonz-Signature": "t=1,v1=abc", "user-agent": "jambonz", "Content-Type": "application/json"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Leg:
    """A `WebhookLink`, what it noted and what it told."""

    def __init__(self) -> None:
        self.noted: list[tuple[int, str, str, dict[str, Any]]] = []
        self.told: list[Any] = []
        self.link = WebhookLink(self.told.append, lambda *frame: self.noted.append(frame))

    @property
    def answered(self) -> tuple[str, dict[str, Any]]:
        """Kind and content of the last frame that came from the application."""
        return next((kind, frame) for _, source, kind, frame in reversed(self.noted) if source == "app")


def order(type_: str = "verb:hook", url: str = URL, *, method: str = "POST", leg: int = 0, request: int = 1, **data: Any) -> AskWebhook:
    body = json.dumps(data) if method == "POST" else None
    message = {"type": type_, "webhook": request, "method": method, "url": url, "data": data}
    return AskWebhook(request, method, url, HEADERS if body is not None else {}, body, message, leg)


def virtually(handler: Handler | None, *orders: AskWebhook, within_s: float = 5.0) -> Leg:
    """Ask an application in memory; what came of it by then."""

    async def whole() -> Leg:
        leg = Leg()
        runner = web.ServerRunner(web.Server(handler)) if handler is not None else None  # type: ignore[arg-type]
        if runner is not None:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 3000).start()
        for one in orders:
            leg.link.ask(one)
        await asyncio.sleep(within_s)
        await leg.link.close()
        if runner is not None:
            await runner.cleanup()
        return leg

    return run(VirtualLoop(), whole())


async def hangs_up(_: web.BaseRequest) -> web.StreamResponse:
    return web.json_response([{"verb": "hangup"}])


def test_a_request_and_its_answer_are_noted_as_they_pass() -> None:
    leg = virtually(hangs_up, order(hook="grün", leg=2))
    assert leg.noted == [
        (
            2,
            "jambonz",
            "verb:hook",
            {
                "type": "verb:hook",
                "webhook": 1,
                "method": "POST",
                "url": URL,
                "data": {"hook": "grün"},
                "headers": {**HEADERS, "Jambonz-Signature": "t=..,v1=.."},
            },
        ),
        (2, "app", "ack", {"webhook": 1, "to": "verb:hook", "status": 200, "data": [{"verb": "hangup"}]}),
    ]
    assert leg.told == [WebhookResponds(1), WebhookAnswered(1, 200, "application/json; charset=utf-8", '[{"verb": "hangup"}]')]


def test_the_wire_carries_these_headers_and_no_others() -> None:
    seen: list[tuple[str, str, dict[str, str], bytes]] = []

    async def looks(request: web.BaseRequest) -> web.StreamResponse:
        seen.append((request.method, request.raw_path, {name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=204)

    posted = order(url=f"{URL}?a=1%2F2&b", a=1)
    virtually(looks, posted, order(method="GET", request=2))
    seen.sort(reverse=True)  # they go out together
    sent = {"host": "127.0.0.1:3000", "content-length": str(len(posted.body or "")), **{name.lower(): value for name, value in HEADERS.items()}}
    assert seen[0] == ("POST", "/hook?a=1%2F2&b", sent, b'{"a": 1}')
    assert seen[1] == ("GET", "/hook", {"host": "127.0.0.1:3000"}, b"")


def test_half_a_surrogate_pair_goes_over_the_wire_as_its_escape() -> None:
    async def echoes(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=await request.read(), content_type="application/json")

    ask = order()
    leg = virtually(echoes, AskWebhook(ask.request, ask.method, ask.url, ask.headers, '["\ud83d"]', ask.message))
    assert leg.told[-1].body == '["\\ud83d"]'


@pytest.mark.parametrize(
    ("type_", "status", "kind"),
    [
        ("session:new", 200, "ack"),
        ("verb:hook", 202, "ack"),
        ("llm:tool-call", 204, "ack"),
        ("verb:hook", 201, "answer"),
        ("verb:hook", 404, "answer"),
        ("verb:hook", 302, "answer"),
        ("call:status", 200, "answer"),
        ("llm:event", 500, "answer"),
    ],
)
def test_an_answer_that_counts_for_somebody_is_noted_as_an_ack(type_: str, status: int, kind: str) -> None:
    async def answers(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:3000/other"})

    leg = virtually(answers, order(type_))
    assert leg.answered == (kind, {"webhook": 1, "to": type_, "status": status})
    assert leg.told[-1].status == status, "a redirect is not followed"


def test_the_answer_to_a_tool_call_names_it() -> None:
    leg = virtually(hangs_up, order("llm:tool-call", tool_call_id="call_1"))
    assert leg.answered[1]["tool_call_id"] == "call_1"


def test_what_is_no_json_is_noted_as_text() -> None:
    async def answers(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text="<p>" + "x" * 900, content_type="text/html" if request.path == "/html" else "application/json")

    assert virtually(answers, order()).answered == ("malformed", {"webhook": 1, "to": "verb:hook", "status": 200, "text": "<p>" + "x" * 497})
    kind, frame = virtually(answers, order(url="http://127.0.0.1:3000/html")).answered
    assert (kind, frame["content_type"], len(frame["text"])) == ("ack", "text/html; charset=utf-8", 500)


# --- failures, as Node's client calls them


def test_where_nobody_listens_the_connection_is_refused() -> None:
    leg = virtually(None, order())
    reason = "connect ECONNREFUSED 127.0.0.1:3000"
    error = {"errno": -111, "code": "ECONNREFUSED", "syscall": "connect", "address": "127.0.0.1", "port": 3000}
    assert leg.told == [WebhookFailed(1, "ct", reason, error)]
    assert leg.answered == ("refuse", {"webhook": 1, "reason": reason, "class": "ct"})


def test_a_connection_that_breaks_is_of_no_class() -> None:
    async def breaks(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    (failure,) = virtually(breaks, order()).told
    assert (failure.kind, failure.reason, failure.error["code"]) == (None, "other side closed", "UND_ERR_SOCKET")


def test_a_body_that_stops_in_the_middle_is_as_well() -> None:
    async def stops(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"[")
        assert request.transport is not None
        request.transport.close()
        return response

    leg = virtually(stops, order())
    assert leg.told[0] == WebhookResponds(1)
    assert leg.told[1].error["code"] == "UND_ERR_SOCKET"


def test_a_body_may_pause_for_five_minutes() -> None:
    async def pauses(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"[")
        await asyncio.sleep(1000)
        return response

    leg = virtually(pauses, order(), within_s=302.0)
    assert leg.told[1].reason == "Body Timeout Error"
    assert len(virtually(pauses, order(), within_s=298.0).told) == 1


def test_an_answer_without_end_is_cut_off_and_that_is_said() -> None:
    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(MAX_BODY_BYTES // 65536 + 2):
            await response.write(b" " * 65536)
        return response

    leg = virtually(endless, order())
    assert leg.told[-1].reason == "the answer is too long"
    assert any(kind == "not_simulated" for _, _, kind, _ in leg.noted)


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://127.0.0.1:99999/"])
def test_what_is_no_url_fails(url: str) -> None:
    (failure,) = virtually(hangs_up, order(url=url)).told
    assert (failure.kind, failure.reason) == (None, f"Invalid URL: {url}")


def test_an_abandoned_request_is_heard_of_no_more() -> None:
    async def thinks(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(3)
        return web.Response()

    async def whole() -> Leg:
        leg = Leg()
        runner = web.ServerRunner(web.Server(thinks))  # type: ignore[arg-type]
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 3000).start()
        leg.link.ask(order())
        await asyncio.sleep(1)
        leg.link.abandon(1)
        leg.link.abandon(2)
        await asyncio.sleep(9)
        leg.link.ask(order())
        await asyncio.sleep(1)
        await leg.link.close()
        await runner.cleanup()
        return leg

    assert run(VirtualLoop(), whole()).told == []
