"""How requests reach the REST API: which addresses are its, and how its answers look to a client. Pure."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from simulator.jambonz.account import Account
from simulator.jambonz.events import ApiAnswered, ApiAsked
from simulator.world.backends import Answer, Request

PUBLIC = ("https://api.jambonz.cloud", "https://api.jambonz.us", "https://jambonz.cloud/api", "https://jambonz.us/api")
"""Where applications look for it that nobody has told another address."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

NOBODY_THERE = Answer(480, b'{"msg":"no available feature servers at this time"}', {"content-type": "application/json; charset=utf-8"})
"""Before the call begins there is no feature server."""


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


def asked(number: int, request: Request, path: str) -> ApiAsked:
    """The request of an application, for the feature server."""
    return ApiAsked(number, request.method, path, request.query, request.headers, request.body)


def answer_of(answered: ApiAnswered) -> Answer:
    """The answer on the wire; a JSON body says that it is one."""
    if answered.text is not None:
        return Answer(answered.status, answered.text.encode(), answered.headers)
    return Answer(answered.status, json.dumps(answered.body).encode(), {"content-type": "application/json; charset=utf-8", **answered.headers})
