"""The port at which an application in another process reaches the scenario's stubs, whatever host it means.

Three ways lead here: as forward proxy (`HTTP_PROXY`, `HTTPS_PROXY`), which most clients obey; by address (`JAMBONZ_SIM_STUBS` +
`/https://host/path`); and for Node.js and Python by a preload that turns names around, so that TLS and HTTP come as if this were
the host itself. TLS ends here, with certificates of an authority made for the run, whose key stays in memory (trustme: exactly
this job, in three calls).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import trustme

from simulator.errors import AppError
from simulator.network import Peer, wall_s

LOOPBACK = "127.0.0.1"
PRELOAD = Path(__file__).parent / "preload"
HEAD_LIMIT_BYTES = 16 * 1024
HEAD_LIMIT_S = 10.0
"""How large the head of a CONNECT may be, and how long (wall) a connection may take to say what it wants."""
MOST_NAMES = 200

Serve = Callable[[Peer], asyncio.BaseProtocol]


class StubPort:
    """A listening port, as long as the run; each call serves it with its own stubs. Raises `AppError` when the port is taken."""

    def __init__(self, port: int = 0) -> None:
        try:
            self._socket = socket.create_server((LOOPBACK, port), backlog=128)
        except OSError as error:
            raise AppError(f"the stubs cannot listen on port {port}: {error.strerror}", "name another stubs_port, or none") from error
        self._socket.setblocking(False)
        self._authority = trustme.CA(organization_name="jambonz-sim")
        self._folder = Path(mkdtemp(prefix="jambonz-sim-"))
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._service: StubService | None = None
        self.port = int(self._socket.getsockname()[1])
        self.ca_file = self._folder / "stubs.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))

    @property
    def url(self) -> str:
        """Its own address; the REST API answers there below `/v1/`."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """Environment by which an application finds the way here."""
        base, trusted = self.url, str(self.ca_file)
        spared = ",".join(filter(None, ["localhost", "127.0.0.1", "::1", os.environ.get("NO_PROXY") or os.environ.get("no_proxy")]))
        proxies = {name: base for one in ("http_proxy", "https_proxy") for name in (one, one.upper())}
        trust = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), trusted)
        preloads = {"NODE_OPTIONS": f'--require "{PRELOAD / "stubs.cjs"}"', "PYTHONPATH": str(PRELOAD)}
        return {"JAMBONZ_SIM_STUBS": base, **proxies, "NO_PROXY": spared, "no_proxy": spared, **trust, "NODE_USE_ENV_PROXY": "1", **preloads}

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def context(self, host: str) -> ssl.SSLContext:
        """A server's TLS for `host`, or for the name the client asks for. Raises `ValueError` for what cannot be a name."""
        host = host.lower()
        if host not in self._contexts:
            if len(self._contexts) >= MOST_NAMES:
                self._contexts.clear()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(host).configure_cert(context)
            self._contexts[host] = context
        return self._contexts[host]

    def serve(self, protocol: Serve, ambiguous: Callable[[], None] = lambda: None) -> StubVisit:
        """Answer connections with `protocol`, on the running loop, until the visit is closed.

        Of several visits on that loop the oldest answers, because nothing in a request says whose it is; it is told so, by `ambiguous`.
        """
        if self._service is None or not self._service.visits:
            self._service = StubService(self, self._socket)
        visit = StubVisit(self._service, protocol, ambiguous)
        self._service.visits.append(visit)
        return visit


class StubVisit:
    """What one call has of the port: connections that it answers."""

    def __init__(self, service: StubService, protocol: Serve, ambiguous: Callable[[], None]) -> None:
        self.protocol, self.ambiguous = protocol, ambiguous
        self._service = service
        self._transports: list[asyncio.BaseTransport] = []

    def take(self, transport: asyncio.BaseTransport) -> None:
        """This connection is answered here."""
        self._transports = [*(one for one in self._transports if not one.is_closing()), transport]

    def close(self) -> None:
        """Drop every connection of this call; whoever comes now is answered by the next one, or waits for it."""
        self._service.leave(self)
        for transport in self._transports:
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()


class StubService:
    """The port while calls last, on their loop."""

    def __init__(self, port: StubPort, listening: socket.socket) -> None:
        self._port = port
        self._loop = asyncio.get_running_loop()
        self.visits: list[StubVisit] = []
        self._tasks = {self._loop.create_task(self._accept(listening))}

    def leave(self, visit: StubVisit) -> None:
        """This call is over; with the last one, listening is."""
        self.visits = [one for one in self.visits if one is not visit]
        if not self.visits:
            for task in self._tasks:
                task.cancel()

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(listening)
            connection.setblocking(False)
            task = self._loop.create_task(self._serve(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            await self._hand_over(connection)
        except (OSError, ValueError):  # it broke off, said nothing we understand, or does not trust us: its client will say so
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    async def _hand_over(self, connection: socket.socket) -> None:
        """Look at what comes first, and give the connection to HTTP, through TLS if that is what it is."""
        host = "localhost"
        head = await self._peek(connection, lambda seen: seen[:1] == b"\x16" or not seen.startswith(b"CONNECT "[: len(seen)]) or b"\r\n\r\n" in seen)
        if head.startswith(b"CONNECT "):
            host = head.split(b" ", 2)[1].decode("ascii").rpartition(":")[0].strip("[]")
            connection.recv(head.index(b"\r\n\r\n") + 4)
            await self._loop.sock_sendall(connection, b"HTTP/1.1 200 Connection established\r\n\r\n")
            head = await self._peek(connection, bool)
        secure = head[:1] == b"\x16"
        peer = Peer(host, 443 if secure else 80, secure)
        tls = self._named(host) if secure else None
        visit = self.visits[0]
        if len(self.visits) > 1:
            visit.ambiguous()
        transport, _ = await self._loop.connect_accepted_socket(lambda: visit.protocol(peer), connection, ssl=tls)
        if visit not in self.visits:  # has ended during the handshake
            transport.abort()
        visit.take(transport)

    def _named(self, host: str) -> ssl.SSLContext:
        def choose(layer: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
            try:
                layer.context = self._port.context(name or host)
            except ValueError:
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            return None

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = choose
        with suppress(ValueError):  # an odd name in CONNECT: the one in the TLS hello may be better
            self._port._authority.issue_cert(host).configure_cert(context)
        return context

    async def _peek(self, connection: socket.socket, enough: Callable[[bytes], object]) -> bytes:
        """What has come, left where it is. Raises `OSError` when it does not become enough."""
        begun_s, seen = wall_s(), b""
        while wall_s() - begun_s < HEAD_LIMIT_S:
            with suppress(BlockingIOError):
                now = connection.recv(HEAD_LIMIT_BYTES, socket.MSG_PEEK)
                if not now or len(now) == HEAD_LIMIT_BYTES:
                    break
                if enough(now):
                    return now
                seen = now
            await (_readable(self._loop, connection) if not seen else asyncio.sleep(0.005))
        raise ConnectionAbortedError("nothing that could be understood")


async def _readable(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    came: asyncio.Future[None] = loop.create_future()

    def comes() -> None:
        if not came.done():
            came.set_result(None)

    loop.add_reader(connection, comes)
    try:
        await asyncio.wait_for(came, HEAD_LIMIT_S)
    finally:
        loop.remove_reader(connection)
