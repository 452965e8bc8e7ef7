"""How requests reach the REST API: which addresses are its, and how its answers look to a client. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from simulator.jambonz.account import Account
from simulator.jambonz.events import ApiAnswered, ApiAsked
from simulator.world.backends import Answer, Request

PUBLIC = ("https://api.jambonz.cloud", "https://api.jambonz.us", "https://jambonz.cloud/api", "https://jambonz.us/api")
"""Where applications look for it that nobody has told another address."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

NOBODY_THERE = Answer(480, b'{"msg":"no available feature servers at this time"}', {"content-type": "application/json; charset=utf-8"})
"""Before the call begins there is no feature server."""


class Clients:
    """The application as a client of the REST API: its requests, and the answers to them. `ask` hands one over, to be answered at once.

    It is not `open` before the call begins.
    """

    def __init__(self, account: Account, ask: Callable[[ApiAsked], None]) -> None:
        self._account, self._ask = account, ask
        self.open = False
        self._asked = 0
        self._answer: ApiAnswered | None = None

    def request(self, request: Request) -> Answer | None:
        """What is answered; None when somebody else is meant."""
        path = path_of(request, self._account)
        if path is None:
            return None
        if not self.open and request.method != "GET":
            return NOBODY_THERE
        self._asked += 1
        self._answer = None
        self._ask(ApiAsked(self._asked, request.method, path, request.query, request.headers, request.body))
        return Answer(500) if self._answer is None else answer_of(self._answer)  # None: our own fault, which is being reported

    def answered(self, answered: ApiAnswered) -> bool:
        """Whether this is the answer that is waited for; else it is the scenario's."""
        if answered.number == 0:
            return False
        self._answer = answered
        return True


def path_of(request: Request, account: Account) -> str | None:
    """The path as the API sees it, from `/v1` on; None when the request is meant for somebody else.

    On a port of ours that an application asks directly, everything below `/v1/` is the API's.
    """
    host = request.host.lower().removesuffix(":443").removesuffix(":80")
    for base_url in (account.base_url, *PUBLIC):
        base = urlsplit(base_url.lower())
        if host == base.netloc and request.path.startswith(f"{base.path}/"):
            return request.path[len(base.path) :]
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return request.path if name in LOOPBACK and request.path.startswith("/v1/") else None


def answer_of(answered: ApiAnswered) -> Answer:
    """The answer on the wire; a JSON body says that it is one."""
    if answered.text is not None:
        return Answer(answered.status, answered.text.encode(), answered.headers)
    return Answer(answered.status, json.dumps(answered.body).encode(), {"content-type": "application/json; charset=utf-8", **answered.headers})
