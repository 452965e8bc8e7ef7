"""Who may come in: decided from the headers of a request, before anything else is read of it. Pure.

A page of ours shows calls and places them, so no other page in the same browser may read or drive it, and no other user of the machine:

* the address that is printed holds a token that is good for one visit, and is exchanged for a cookie that scripts cannot read and
  other sites cannot send;
* the `Host` must be ours, by number or as `localhost`: a name that somebody has pointed at this machine is none (DNS rebinding);
* a websocket must come from a page of ours (`Origin`), because browsers let any page open one to anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address

MOST_PASSES = 32
MOST_SPENT = 256
LONGEST = 200
"""Characters of a token or cookie that are looked at."""
AUTHORITY = re.compile(r"(?P<host>\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Visit:
    """What of a request decides. Absent is None; `token` and `cookie` are what was sent as ours."""

    host: str | None
    method: str = "GET"
    origin: str | None = None
    token: str | None = None
    cookie: str | None = None
    is_socket: bool = False
    fetch_site: str | None = None
    """`Sec-Fetch-Site`: what the browser says of where the request comes from."""
    is_ahead: bool = False
    """Fetched before anybody asked for it (`Sec-Purpose: prefetch`)."""


@dataclass(frozen=True, slots=True)
class Enter:
    """Let in."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The token was good, and is spent: answer with this cookie, and with an address that has no token."""

    cookie: str | None
    """None: who comes has a cookie that is good already."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Turned away, in words for the person in front of the browser. `wants_link`: they had an address of ours, and may get another one."""

    problem: str
    remedy: str
    wants_link: bool = False


Answer = Enter | Exchange | Refused
OPEN_PRINTED = "Open the address that jambonz-sim has printed in its terminal; it is good for one browser."


class Door:
    """`host` is where the server listens, `port` its port; `draw` makes something that nobody can guess."""

    def __init__(self, host: str, port: int, draw: Callable[[], str]) -> None:
        self._port, self._draw = port, draw
        self._hosts = _names(host)
        self._tokens: list[str] = []
        self._spent: list[str] = []
        self._passes: list[str] = []

    @property
    def cookie_name(self) -> str:
        """Cookies know no ports: two servers on one machine need two names."""
        return f"jambonz-sim-{self._port}"

    def link(self) -> str:
        """A token for one visit: the one that is still good, or a new one."""
        if not self._tokens:
            self._tokens.append(self._draw())
        return self._tokens[0]

    def judge(self, visit: Visit) -> Answer:
        """What becomes of a request."""
        if not self._is_ours(visit.host):
            return Refused("This is not a name of this server.", OPEN_PRINTED)
        if visit.method not in ("GET", "HEAD"):
            return Refused("There is nothing here that takes this.", OPEN_PRINTED)
        if visit.is_socket and visit.origin != f"http://{visit.host}":
            return Refused("Only the page of this server may open this.", OPEN_PRINTED)
        if visit.fetch_site not in (None, "none", "same-origin"):
            return Refused("Another page has asked for this.", OPEN_PRINTED)
        has_pass = _among(visit.cookie, self._passes)
        if visit.token is not None and not visit.is_socket:
            return self._exchange(visit, visit.token, has_pass)
        return Enter() if has_pass else Refused("This page needs an address of its own.", OPEN_PRINTED)

    def _exchange(self, visit: Visit, token: str, has_pass: bool) -> Answer:
        if has_pass:
            return Exchange(None)  # a page that was opened and is reloaded by its first address
        if visit.is_ahead or visit.method != "GET":
            return Refused("An address that is good once is not opened ahead.", OPEN_PRINTED)
        if _among(token, self._tokens):
            self._tokens = [one for one in self._tokens if one != token]
            self._spent = [*self._spent, token][-MOST_SPENT:]
            cookie = self._draw()
            self._passes = [*self._passes, cookie][-MOST_PASSES:]
            return Exchange(cookie)
        if _among(token, self._spent):
            problem = "This address has been opened before, and it is good only once."
            return Refused(problem, "A new address is printed in jambonz-sim's terminal: open that one.", wants_link=True)
        return Refused("This is not an address of this server; it may be one of an earlier run.", OPEN_PRINTED)

    def _is_ours(self, host: str | None) -> bool:
        found = AUTHORITY.fullmatch(host or "")
        if found is None or int(found["port"] or 80) != self._port:
            return False
        name = found["host"].lower()
        if self._hosts is None:  # listening everywhere: any number, for a rebound name is a name
            return name == "localhost" or _is_number(name)
        return name in self._hosts


def is_loopback(host: str) -> bool:
    """Whether what listens there is reached from this machine only."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def authority(host: str, port: int) -> str:
    """As it stands in an address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _names(host: str) -> frozenset[str] | None:
    """As what a browser may call us; None: whatever number the machine has."""
    if host in ("", "0.0.0.0", "::"):
        return None
    name = (f"[{host}]" if ":" in host else host).lower()
    return frozenset({name, "localhost"} if is_loopback(host) else {name})


def _is_number(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _among(given: str | None, good: list[str]) -> bool:
    """Compares with all of them, in a time that tells nothing."""
    sent = (given or "")[:LONGEST].encode(errors="replace")
    return sum([compare_digest(sent, one.encode()) for one in good]) > 0
