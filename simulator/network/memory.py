"""A network in memory: listeners, connections and names of one virtual call. Nothing here opens a socket."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator import clock
from simulator.errors import SimulatorError
from simulator.network.loop import ClockLoop
from simulator.network.transport import Address, MemorySocket, MemoryTransport

ProtocolFactory = Callable[[], asyncio.BaseProtocol]

FIRST_FREE_PORT = 49_152
ANY = ("0.0.0.0", "::", "")


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom a connection was meant for: the name that was looked up, the port, and whether TLS was asked for."""

    host: str
    port: int
    tls: bool


class MemoryNetwork:
    """Who listens where, and which address stands for which name.

    Names other than localhost lead to `world`, a protocol factory told the `Peer` a client wanted (the scenario's stubs);
    without one such connections are refused.
    """

    def __init__(self) -> None:
        self.listeners: dict[Address, ProtocolFactory] = {}
        self.world: Callable[[Peer], asyncio.BaseProtocol] | None = None
        self._names: dict[str, str] = {}
        self._hosts: dict[str, str] = {}
        self._next_port = FIRST_FREE_PORT

    def address_of(self, host: str) -> str:
        """The address a name has here: always the same for one run, from the range reserved for benchmarks (RFC 2544)."""
        host = host.rstrip(".").lower()
        if host == "localhost":
            return "127.0.0.1"
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            pass
        found = self._names.get(host)
        if found is None:
            number = len(self._names) + 1
            found = self._names[host] = f"198.18.{number >> 8}.{number & 255}"
            self._hosts[found] = host
        return found

    def free_port(self) -> int:
        """A port nobody has; the same ones in every run."""
        self._next_port += 1
        return self._next_port - 1

    def listen(self, host: str, port: int, factory: ProtocolFactory) -> Address:
        """Register a listener; raises `OSError` (address in use) as a socket would."""
        address = (self.address_of(host), port or self.free_port())
        if address in self.listeners:
            raise OSError(98, f"error while attempting to bind on address {address!r}: address already in use")
        self.listeners[address] = factory
        return address

    def protocol_for(self, address: Address, tls: bool) -> asyncio.BaseProtocol:
        """The protocol that answers at `address`; raises `ConnectionRefusedError` when nobody does."""
        host, port = address
        for candidate in (address, *((any_host, port) for any_host in ANY)):
            if candidate in self.listeners:
                return self.listeners[candidate]()
        if self.world is not None and not ipaddress.ip_address(host).is_loopback:
            return self.world(Peer(self._hosts.get(host, host), port, tls or port == 443))
        raise ConnectionRefusedError(111, f"Connect call failed {address!r}")


class MemoryServer(asyncio.AbstractServer):
    """What `create_server` answers."""

    def __init__(self, loop: VirtualLoop, addresses: list[Address]) -> None:
        self._loop, self._addresses = loop, addresses

    @property
    def sockets(self) -> tuple[MemorySocket, ...]:
        return tuple(MemorySocket(address) for address in self._addresses)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def is_serving(self) -> bool:
        return bool(self._addresses)

    def close(self) -> None:
        for address in self._addresses:
            self._loop.network.listeners.pop(address, None)
        self._addresses = []

    def close_clients(self) -> None:
        """Connections belong to their protocols here; a server closes its own."""

    abort_clients = close_clients

    async def start_serving(self) -> None:
        """It serves from the moment it exists."""

    async def serve_forever(self) -> None:
        await self._loop.create_future()

    async def wait_closed(self) -> None:
        """Closing is immediate."""


class VirtualLoop(ClockLoop):
    """A `ClockLoop` on virtual time whose sockets are memory."""

    def __init__(self, who_waits: Callable[[], list[str]] = list) -> None:
        self.network = MemoryNetwork()
        self._connecting: dict[int, Address] = {}
        super().__init__(clock.virtual(), who_waits)

    async def getaddrinfo(self, host: Any, port: Any, *, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> list[Any]:  # noqa: ARG002
        """Every name exists; it leads to the scenario."""
        name = host.decode() if isinstance(host, bytes) else (host or "127.0.0.1")
        number = {"http": 80, "https": 443, "ws": 80, "wss": 443}.get(port, port) if isinstance(port, str) else port
        return [(socket.AF_INET, type or socket.SOCK_STREAM, proto or socket.IPPROTO_TCP, "", (self.network.address_of(name), int(number or 0)))]

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """aiohttp connects a socket first and makes a transport of it afterwards; the socket itself is never connected."""
        self._connecting[sock.fileno()] = (self.network.address_of(address[0]), address[1])

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        """As asyncio's, in memory; `ssl` marks the connection as TLS and changes nothing else."""
        sock, tls = options.get("sock"), options.get("ssl")
        if sock is not None:
            try:
                address = self._connecting.pop(sock.fileno())
            except KeyError:
                problem = "a socket that was not connected on this loop cannot be used in a virtual call"
                raise SimulatorError(problem, "run the application in its own process") from None
            sock.close()
        else:
            address = (self.network.address_of(host), int(port))
        return self._connect(protocol_factory, address, tls, options.get("server_hostname") or host)

    def _connect(self, protocol_factory: ProtocolFactory, address: Address, tls: Any, name: Any) -> tuple[MemoryTransport, asyncio.BaseProtocol]:
        there = self.network.protocol_for(address, bool(tls))
        here = protocol_factory()
        mine = ("127.0.0.1", self.network.free_port())
        extra = {"sslcontext": tls, "ssl_object": tls, "peercert": {}, "server_hostname": name} if tls else {}
        near = MemoryTransport(self, here, mine, address, extra)
        far = MemoryTransport(self, there, address, mine, extra)
        near.other, far.other = far, near
        self.call_soon(there.connection_made, far)
        here.connection_made(near)
        return near, here

    async def create_server(self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        """As asyncio's, in memory."""
        sock = options.get("sock")
        if sock is not None:
            host, port = sock.getsockname()[:2]
        hosts = [host] if isinstance(host, str) or host is None else list(host)
        return MemoryServer(self, [self.network.listen(name or "0.0.0.0", port or 0, protocol_factory) for name in hosts])

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: Any) -> None:  # type: ignore[override]
        """As asyncio's; in a thread other than the main one, where no signal can come, it does nothing instead of failing."""
        if threading.current_thread() is threading.main_thread():
            super().add_signal_handler(sig, callback, *args)

    def remove_signal_handler(self, sig: int) -> bool:
        return threading.current_thread() is threading.main_thread() and super().remove_signal_handler(sig)

    async def start_tls(self, transport: Any, protocol: Any, sslcontext: Any, **_: Any) -> Any:  # noqa: ARG002
        """The same bytes go on, to another protocol."""
        transport.set_protocol(protocol)
        return transport
