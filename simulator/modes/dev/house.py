"""The edge: HTTP on this machine. Who comes in is decided by the door; what is shown by whoever starts it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from secrets import token_urlsafe

from aiohttp import WSCloseCode, web

from simulator.errors import UsageError
from simulator.modes.dev.discretion import Discretion
from simulator.modes.dev.door import Door, Exchange, Refused, Visit, authority
from simulator.modes.dev.line import Bounds, Json, Line
from simulator.modes.dev.live import Live
from simulator.modes.dev.pages import NOTHING, SOCKET, WELCOME, assets, headers, refusal
from simulator.modes.dev.rates import Bucket
from simulator.modes.dev.told import Told

LOOPBACK = "127.0.0.1"
MOST_PAGES = 8
PATIENCE_S = 30.0
"""How long calls live on without a page: long enough for one that is reloaded, or whose laptop has slept for a moment."""
STOP_S = 1.0
STRANGERS, STRANGERS_A_SECOND = 100, 10.0
"""Requests of those who are not let in that get an answer in words."""
TOO_MUCH_BYTES = 1024
"""Nobody has anything to send here but by the websocket."""


class House:
    """Serves one page, and its websocket when there are live calls behind it. `log` is told what a person at the terminal should read."""

    def __init__(
        self,
        page: Callable[[], str],
        log: Callable[[str], None],
        live: Live | None = None,
        discretion: Discretion | None = None,
        bounds: Bounds | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._page, self._log, self._live = page, log, live
        self._discretion, self._bounds, self._patience_s = discretion or Discretion(), bounds or Bounds(), patience_s
        self._lines: set[Line] = set()
        self._told = Told()
        self._mics: dict[str, Line] = {}
        self._deaf: Callable[[], None] | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._door: Door | None = None
        self._host = LOOPBACK
        self._strangers = Bucket(STRANGERS, STRANGERS_A_SECOND, 0.0)
        application = web.Application(middlewares=[self._judged], client_max_size=TOO_MUCH_BYTES)
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, handle_signals=False, access_log=None, shutdown_timeout=STOP_S, keepalive_timeout=20.0)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._runner.addresses[0][1])

    @property
    def pages(self) -> int:
        """How many pages are connected."""
        return len(self._lines)

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises UsageError when that is not possible."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port, backlog=64).start()
        except OSError as error:
            await self._runner.cleanup()
            problem = f"cannot listen on {authority(host, port)}: {error.strerror or error}"
            raise UsageError(problem, "choose another --port; 0 takes any that is free") from error
        self._host = host
        self._door = Door(host, self.port, lambda: token_urlsafe(32))
        if self._live is not None:
            self._deaf = self._live.listen(self._heard)

    def url(self) -> str:
        """The address for one browser."""
        if self._door is None:
            raise RuntimeError("the server does not listen yet")
        shown = LOOPBACK if self._host in ("", "0.0.0.0") else "::1" if self._host == "::" else self._host
        return f"http://{authority(shown, self.port)}/?token={self._door.link()}"

    async def stop(self) -> None:
        """Say goodbye to all pages and go. The calls behind it are whose they are."""
        if self._deaf is not None:
            self._deaf()
            self._deaf = None
        if self._patience is not None:
            self._patience.cancel()
        for line in list(self._lines):
            line.end(WSCloseCode.GOING_AWAY, "jambonz-sim has ended")
        await self._runner.cleanup()

    # --- HTTP -------------------------------------------------------------------------------------------------------------------

    @web.middleware
    async def _judged(self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        door = self._door
        if door is None:
            return web.Response(status=503)
        is_page = request.path == "/"
        answer = door.judge(
            Visit(
                request.headers.get("Host") if len(request.headers.getall("Host", [])) == 1 else None,
                request.method,
                request.headers.get("Origin"),
                request.query.get("token") if is_page else None,
                request.cookies.get(door.cookie_name),
                request.path == SOCKET,
                request.headers.get("Sec-Fetch-Site") if not is_page or request.headers.get("Sec-Fetch-Mode") != "navigate" else None,
                "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")),
            )
        )
        if isinstance(answer, Refused):
            return self._refused(answer)
        if isinstance(answer, Exchange):
            # not a redirect: behind a link on another site, the browser would keep the cookie to itself all the way along one
            moved = web.Response(text=WELCOME, content_type="text/html", headers=headers(NOTHING))
            if answer.cookie is not None:
                moved.set_cookie(door.cookie_name, answer.cookie, httponly=True, samesite="Strict", path="/")
            return moved
        return await handler(request)

    def _refused(self, answer: Refused) -> web.Response:
        if not self._strangers.takes(1, asyncio.get_running_loop().time()):
            response = web.Response(status=429, headers=headers(NOTHING))
        else:
            if answer.wants_link:
                self._log(f"that address was used already; here is a new one: {self.url()}")
            response = web.Response(status=403, text=refusal(answer.problem, answer.remedy), content_type="text/html", headers=headers(NOTHING))
        response.force_close()
        return response

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.path == SOCKET and self._live is not None:
            return await self._connected(request, self._live)
        if request.path == "/":
            return web.Response(text=self._page(), content_type="text/html", headers=headers())
        if request.path == "/favicon.ico":  # browsers ask, and complain when there is none
            return web.Response(status=204, headers=headers(NOTHING))
        found = assets().get(request.path)
        if found is None:
            return web.Response(status=404, text="There is nothing here.\n", headers=headers(NOTHING))
        return web.Response(body=found[1], content_type=found[0], charset="utf-8", headers=headers())

    # --- websockets -------------------------------------------------------------------------------------------------------------

    async def _connected(self, request: web.Request, live: Live) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=self._bounds.frame_bytes, heartbeat=self._bounds.alive_s, compress=False, timeout=STOP_S)
        if not socket.can_prepare(request).ok:
            return web.Response(status=400, text="This is a websocket.\n", headers=headers(NOTHING))
        await socket.prepare(request)
        line = Line(socket, lambda command: self._order(command, line, live), live.hear, self._bounds)
        if len(self._lines) >= MOST_PAGES:
            line.end(WSCloseCode.TRY_AGAIN_LATER, f"{MOST_PAGES} pages are open already: close one")
        else:
            self._come(line, live)
        try:
            await line.run()
        finally:
            self._gone(line, live)
        return socket

    def _come(self, line: Line, live: Live) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        self._lines.add(line)
        for message in [live.hello(), *self._told.again()]:
            line.tell(self._discretion.text(message))

    def _gone(self, line: Line, live: Live) -> None:
        """A page has gone: its microphones are silent at once, its calls live on for a while."""
        if line not in self._lines:
            return
        self._lines.discard(line)
        for phone in [phone for phone, owner in self._mics.items() if owner is line]:
            del self._mics[phone]
            live.order({"do": "mic", "phone": phone, "hz": None}, _nobody)
        if not self._lines:
            self._patience = asyncio.get_running_loop().call_later(self._patience_s, self._abandoned, live)

    def _abandoned(self, live: Live) -> None:
        """No page has come back."""
        self._patience = None
        phones = self._told.phones_in_use
        if phones:
            self._log(f"no page is open: hanging up phone {' and '.join(phones)}")
        for phone in phones:
            live.order({"do": "hang_up", "phone": phone}, _nobody)

    def _order(self, command: Json, line: Line, live: Live) -> None:
        if command.get("do") == "mic" and isinstance(command.get("phone"), str):
            if command.get("hz") is None:
                self._mics.pop(command["phone"], None)
            elif command["phone"] in ("a", "b"):
                self._mics[command["phone"]] = line
        live.order(command, lambda message: line.tell(self._discretion.text(message)))

    def _heard(self, message: Json | bytes) -> None:
        """Something has happened in a call: all pages are told."""
        if isinstance(message, bytes):
            told: str | bytes = message
        else:
            self._told.note(message)
            told = self._discretion.text(message)
        for line in list(self._lines):
            line.tell(told)


def _nobody(_message: Json) -> None:
    """Nobody is left to be told."""


async def until_stopped() -> None:
    """Until SIGINT or SIGTERM, which are the usual end."""
    import signal

    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # on Windows, where KeyboardInterrupt does
            loop.add_signal_handler(number, over.set)
    await over.wait()
