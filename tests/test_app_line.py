"""Faults on the line to an application, with real websocket and HTTP bytes: what either side sees, and what is written down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest
import websockets
from aiohttp import web
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from simulator.app_line import AppLine
from simulator.faults import Aim, Corruption, Disconnection, Duplication, Fault, Heal, Latency, Lay, Loss, Refusal, Stall
from simulator.jambonz.events import (
    AppClosed,
    AppConnected,
    AppSaid,
    AppUnreachable,
    AskWebhook,
    WebhookAnswered,
    WebhookFailed,
    WebhookResponds,
)
from simulator.network import VirtualLoop, run
from simulator.script import Timeout

URL = "ws://127.0.0.1:3000/call"
HOOK = "http://127.0.0.1:3000/hook"
NEW = {"type": "session:new", "msgid": "m1", "data": {}}


class Leg:
    """An `AppLine` driven as the stage drives it; what it noted and told, with the time."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.noted: list[tuple[float, str, str, dict[str, Any]]] = []
        self.loop = asyncio.get_running_loop()
        self.began_s = self.loop.time()
        self.line = AppLine(
            self.told.append,
            lambda _, source, kind, frame: self._note(source, kind, frame),
            lambda _, source, kind, frame: self._note(source, kind, frame),
            lambda event: self.receive(event),
            lambda _: 0,
            Random,
        )

    def _note(self, source: str, kind: str, frame: dict[str, Any]) -> None:
        self.noted.append((round(self.now_s, 3), source, kind, frame))

    @property
    def now_s(self) -> float:
        return self.loop.time() - self.began_s

    def receive(self, event: Any) -> None:
        self.line.receive(event, self.now_s)

    def lay(self, fault: Fault, **aim: Any) -> None:
        self.receive(Lay(fault, Aim(**aim), "a.yaml:1:1"))

    async def pass_time(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while (wake_at_s := self.line.wake_at_s) is not None and wake_at_s <= end_s:
            await asyncio.sleep(max(0.0, wake_at_s - self.now_s))
            self.receive(Timeout())
            await asyncio.sleep(0.001)
        await asyncio.sleep(end_s - self.now_s)

    @property
    def kinds(self) -> list[str]:
        return [f"{source} {kind}" for _, source, kind, _ in self.noted]

    def times(self, kind: str) -> list[float]:
        return [at_s for at_s, _, each, _ in self.noted if each == kind]

    def frames(self, kind: str) -> list[dict[str, Any]]:
        return [frame for _, _, each, frame in self.noted if each == kind]


class App:
    """A websocket application that acknowledges what it can read; `heard` is what it got, `closed` how each socket ended."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.closed: list[int] = []

    async def __call__(self, socket: websockets.ServerConnection) -> None:
        try:
            async for message in socket:
                self.heard.append(str(message))
                try:
                    msgid = json.loads(message)["msgid"]
                except ValueError:
                    continue
                await socket.send(json.dumps({"type": "ack", "msgid": msgid}))
        except ConnectionClosed:
            pass
        self.closed.append(socket.close_code or 0)


def calls(main: Callable[[Leg], Awaitable[None]]) -> tuple[Leg, App]:
    async def whole() -> tuple[Leg, App]:
        app = App()
        server = await websockets.serve(app, "127.0.0.1", 3000, subprotocols=[Subprotocol("ws.jambonz.org")])
        leg = Leg()
        await main(leg)
        leg.line.abort()
        await leg.line.webhooks.close()
        server.close()
        await asyncio.sleep(0.1)
        return leg, app

    return run(VirtualLoop(), whole())


async def connected(leg: Leg) -> None:
    leg.line.sockets[0].connect(URL, {})
    await leg.pass_time(2)


def test_a_distant_application_is_reached_later_and_answers_later() -> None:
    async def main(leg: Leg) -> None:
        leg.lay(Latency(0.2))
        await connected(leg)
        leg.line.sockets[0].send(NEW)
        await leg.pass_time(1)

    leg, app = calls(main)
    assert leg.told == [AppConnected(), AppSaid('{"type": "ack", "msgid": "m1"}')]
    assert len(app.heard) == 1
    (said,), (delivered,), (answered,) = leg.times("session:new"), leg.times("delivered"), leg.times("ack")
    assert (delivered - said, answered - said) == (pytest.approx(0.2, abs=0.005), pytest.approx(0.4, abs=0.005))


def test_a_websocket_that_cannot_be_opened_in_time_is_unreachable() -> None:
    async def main(leg: Leg) -> None:
        leg.lay(Stall())
        leg.line.sockets[0].connect(URL, {})
        assert leg.line.excuses("a connection to the app is being made")
        await leg.pass_time(5)

    leg, app = calls(main)
    assert leg.told == [AppUnreachable(None, "Opening handshake has timed out (1.5 s)")]
    assert leg.times("refuse") == [1.5]
    assert not app.closed, "the application was never reached"


@pytest.mark.parametrize("code", [1006, 1012])
def test_both_sides_see_the_same_end(code: int) -> None:
    async def main(leg: Leg) -> None:
        await connected(leg)
        leg.lay(Disconnection(code))
        assert not leg.line.sockets.is_open
        await leg.pass_time(1)

    leg, app = calls(main)
    assert leg.told == [AppConnected(), AppClosed(code)]
    assert app.closed == [code]
    assert leg.kinds[-2:] == ["scenario fault", "scenario closed"], "nobody may take it for the application's doing"


def test_after_a_cut_there_can_be_another_connection() -> None:
    async def main(leg: Leg) -> None:
        await connected(leg)
        leg.lay(Disconnection())
        await connected(leg)
        leg.line.sockets[0].send(NEW)
        await leg.pass_time(1)

    leg, _ = calls(main)
    assert leg.told == [AppConnected(), AppClosed(1006), AppConnected(), AppSaid('{"type": "ack", "msgid": "m1"}')]


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [(None, "ct", "connect ECONNREFUSED 127.0.0.1:3000"), (503, "5xx", "503 Service Unavailable"), (403, "4xx", "403 Forbidden")],
)
def test_who_is_refused_hears_why(status: int | None, kind: Any, reason: str) -> None:
    async def main(leg: Leg) -> None:
        leg.lay(Refusal(status))
        await connected(leg)

    leg, app = calls(main)
    assert leg.told == [AppUnreachable(kind, reason)]
    assert leg.kinds[-1] == "scenario refuse"
    assert not app.closed


@pytest.mark.parametrize(("breaks", "code"), [("utf8", 1007), ("protocol", 1002)])
def test_an_application_closes_on_what_it_cannot_read(breaks: Any, code: int) -> None:
    async def main(leg: Leg) -> None:
        await connected(leg)
        leg.lay(Corruption(breaks), direction="to", times=1)
        leg.line.sockets[0].send(NEW)
        await leg.pass_time(1)

    leg, app = calls(main)
    assert not app.heard
    assert leg.told == [AppConnected(), AppClosed(code)]


def test_an_application_gets_half_of_the_json() -> None:
    async def main(leg: Leg) -> None:
        await connected(leg)
        leg.lay(Corruption("json"), direction="to", times=1)
        leg.line.sockets[0].send(NEW)
        await leg.pass_time(1)

    _, app = calls(main)
    assert app.heard == ['{"type":"session:new",']


@pytest.mark.parametrize(("breaks", "code"), [("utf8", 1007), ("protocol", 1002)])
def test_jambonz_closes_on_what_it_cannot_read(breaks: Any, code: int) -> None:
    async def main(leg: Leg) -> None:
        await connected(leg)
        leg.lay(Corruption(breaks), direction="from", times=1)
        leg.line.sockets[0].send(NEW)
        await leg.pass_time(1)

    leg, app = calls(main)
    assert leg.told == [AppConnected(), AppClosed(code)]
    assert app.closed == [code]


def test_what_arrives_as_half_a_frame_is_malformed_and_what_was_said_is_kept() -> None:
    async def main(leg: Leg) -> None:
        await connected(leg)
        leg.lay(Corruption(), direction="from", frame="ack", times=1)
        leg.line.sockets[0].send(NEW)
        await leg.pass_time(1)

    leg, _ = calls(main)
    assert leg.told[-1] == AppSaid('{"type": "ack",')
    assert leg.frames("malformed") == [{"text": '{"type": "ack",', "bytes": 15}]
    (fault,) = leg.frames("fault")
    assert fault["frame"] == {"type": "ack", "msgid": "m1"}


def test_a_close_waits_for_its_turn_and_a_stalled_one_keeps_nobody_waiting() -> None:
    async def main(leg: Leg) -> None:
        await connected(leg)
        leg.lay(Stall())
        leg.line.sockets[0].send(NEW)
        leg.line.sockets[0].close(1000)
        await leg.pass_time(1)
        assert not leg.line.sockets.is_open, "nothing will happen on it any more"
        assert leg.line.held_back == ["session:new (to the app)", "close (to the app)"]
        leg.receive(Heal())
        await leg.pass_time(1)

    leg, app = calls(main)
    assert len(app.heard) == 1
    assert app.closed == [1000]
    assert leg.told[-1] == AppClosed(1000)


def test_a_connection_given_up_while_a_fault_holds_it_is_over_at_once() -> None:
    async def main(leg: Leg) -> None:
        leg.lay(Stall())
        leg.line.sockets[0].connect(URL, {})
        leg.line.sockets[0].close(1000)
        await leg.pass_time(5)

    leg, _ = calls(main)
    assert leg.told == [AppClosed(1006)]


# --- debts


def test_a_message_that_is_under_way_is_no_debt_of_the_applications_until_it_is_there() -> None:
    debt = "the app owes an ack for session:new (m1)"

    async def main(leg: Leg) -> None:
        await connected(leg)
        leg.lay(Latency(1.0), direction="to")
        assert not leg.line.excuses(debt)
        leg.line.sockets[0].send(NEW)
        assert leg.line.excuses(debt)
        leg.receive(Heal())
        assert not leg.line.excuses(debt), "now it has been told, and is thinking"

    calls(main)


def test_an_ack_that_is_under_way_has_paid() -> None:
    debt = "the app owes an ack for session:new (m1)"

    async def main(leg: Leg) -> None:
        await connected(leg)
        leg.lay(Stall(), direction="from")
        leg.line.sockets[0].send(NEW)
        assert not leg.line.excuses(debt)
        await leg.pass_time(1)
        assert leg.line.excuses(debt)
        assert not leg.line.excuses("the app owes an ack for verb:hook (m2)")

    calls(main)


# --- webhooks


class Hooks:
    """A webhook application: what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(await request.read())
        return web.json_response([{"verb": "hangup"}])


def asks(fault: Fault, within_s: float = 5.0, **aim: Any) -> tuple[Leg, Hooks]:
    async def whole() -> tuple[Leg, Hooks]:
        hooks, leg = Hooks(), Leg()
        runner = web.ServerRunner(web.Server(hooks))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 3000).start()
        leg.lay(fault, **aim)
        message = {"type": "verb:hook", "webhook": 1, "method": "POST", "url": HOOK, "data": {}}
        leg.line.webhooks.ask(AskWebhook(1, "POST", HOOK, {"Content-Type": "application/json"}, '{"a": 1}', message, 0))
        await leg.pass_time(within_s)
        await leg.line.webhooks.close()
        await runner.cleanup()
        return leg, hooks

    return run(VirtualLoop(), whole())


ANSWER = WebhookAnswered(1, 200, "application/json; charset=utf-8", '[{"verb": "hangup"}]')


def test_a_request_and_its_answer_take_their_time() -> None:
    leg, _ = asks(Latency(0.3))
    assert leg.told == [WebhookResponds(1), ANSWER]
    assert leg.times("ack") == [pytest.approx(0.6, abs=0.01)]


def test_a_lost_request_is_never_heard_of_and_a_lost_answer_neither() -> None:
    leg, hooks = asks(Loss(), direction="to")
    assert (leg.told, hooks.asked) == ([], [])
    leg, hooks = asks(Loss(), direction="from")
    assert leg.told == []
    assert len(hooks.asked) == 1
    assert leg.frames("fault")[0]["frame"]["data"] == [{"verb": "hangup"}]
    assert leg.line.excuses(f"the app owes an answer to verb:hook (POST {HOOK}, request 1)")


def test_a_doubled_request_is_answered_once() -> None:
    leg, hooks = asks(Duplication(2), direction="to")
    assert leg.told == [WebhookResponds(1), ANSWER]
    assert len(hooks.asked) == 3


def test_of_a_doubled_answer_the_first_one_counts() -> None:
    assert asks(Duplication(), direction="from")[0].told == [WebhookResponds(1), ANSWER]


def test_a_request_is_broken_on_its_way() -> None:
    assert asks(Corruption(), direction="to")[1].asked == [b'{"a"']
    assert b"\xff" in asks(Corruption("utf8"), direction="to")[1].asked[0]
    leg, hooks = asks(Corruption("protocol"), direction="to")
    assert hooks.asked == []
    assert leg.told == [WebhookResponds(1), WebhookAnswered(1, 400, "", "")]
    assert leg.kinds[-2:] == ["jambonz not_simulated", "scenario answer"]


def test_an_answer_is_broken_on_its_way() -> None:
    leg, _ = asks(Corruption(), direction="from")
    assert leg.told[-1] == WebhookAnswered(1, 200, ANSWER.content_type, '[{"verb": ')
    leg, _ = asks(Corruption("protocol"), direction="from")
    assert leg.told[-1] == WebhookFailed(1, None, "Parse Error: Expected HTTP/", {"name": "HTTPParserError", "code": "HPE_INVALID_CONSTANT"})


def test_a_request_is_reset_or_refused() -> None:
    leg, _ = asks(Disconnection(), frame="ack", times=1)
    assert leg.told[-1] == WebhookFailed(1, "ct", "read ECONNRESET", {"errno": -104, "code": "ECONNRESET", "syscall": "read"})
    leg, hooks = asks(Refusal())
    own = {"errno": -111, "code": "ECONNREFUSED", "syscall": "connect", "address": "127.0.0.1", "port": 3000}
    assert leg.told == [WebhookFailed(1, "ct", "connect ECONNREFUSED 127.0.0.1:3000", own)]
    assert not hooks.asked
    assert asks(Refusal(502))[0].told == [WebhookResponds(1), WebhookAnswered(1, 502, "", "")]


def test_a_request_that_is_given_up_while_a_fault_holds_it_is_forgotten() -> None:
    async def main(leg: Leg) -> None:
        leg.lay(Stall())
        leg.line.webhooks.ask(AskWebhook(1, "POST", HOOK, {}, "{}", {"type": "verb:hook", "webhook": 1, "data": {}}, 0))
        leg.line.webhooks.abandon(1)
        leg.receive(Heal())
        await leg.pass_time(1)

    leg, _ = calls(main)
    assert leg.told == []
    assert leg.frames("fault")[-1]["what"] == "lost"
