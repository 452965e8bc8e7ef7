"""A request to a webhook: where it goes, what it carries, and the account's signature under it (jambonz.md 7.1; HR:106-274)."""

from __future__ import annotations

import json
from hashlib import sha256
from hmac import new as hmac
from typing import Any
from urllib.parse import urlsplit

from simulator.jambonz.events import AskWebhook
from simulator.jambonz.hook import Hook, Written, hook_name, is_http, is_websocket
from simulator.jambonz.snakecase import snake_cased

METHODS = ("GET", "POST")
SECRET = "simulated-webhook-secret"
"""The account's webhook secret, unless another is configured."""


def signature(body: str, secret: str, unix_s: int) -> str:
    """The value of `Jambonz-Signature`: HMAC-SHA256 over `<unix seconds>.<body>`, in hexadecimal."""
    digest = hmac(secret.encode(), f"{unix_s}.".encode() + encoded(body), sha256).hexdigest()
    return f"t={unix_s},v1={digest}"


def encoded(body: str) -> bytes:
    """As it goes over the wire; half a surrogate pair becomes its JSON escape, as in JavaScript."""
    return body.encode(errors="backslashreplace")


class Refused(Exception):
    """A hook that cannot be asked at all; `own` are the fields of the real server's error."""

    def __init__(self, why: str, **own: Any) -> None:
        super().__init__(why)
        self.why, self.own = why, own


def target_of(url: str, method: str, application: Hook) -> Hook:
    """Where a hook is: relative to the application's URL, or anywhere; the credentials are the application's (HR:137). Raises `Refused`."""
    if url.startswith("/"):
        url = application.origin + url
    elif not is_http(url):
        raise Refused(f"Invalid URL: {url}", code="ERR_INVALID_URL")  # inferred: a relative hook needs its slash here (BR:68)
    target = Hook.parse(url, application.username, application.password, method)
    try:
        urlsplit(target.url).port  # noqa: B018
    except ValueError:
        raise Refused(f"Invalid URL: {url}", code="ERR_INVALID_URL") from None
    return checked(target)


def checked(hook: Hook) -> Hook:
    """The hook, when it can be asked at all. Raises `Refused`."""
    if hook.method not in METHODS:
        raise Refused(f"HttpRequestor:request method must be 'GET' or 'POST' not {hook.method}", code="ERR_ASSERTION")
    return hook


def request_to(target: Hook, number: int, type_: str, data: dict[str, Any], hook: Written, b3: str | None, secret: str, unix_s: int) -> AskWebhook:
    """The request. Its signature covers the body also where none is sent: a GET carries no parameters at all, nor ever `sip` (2.3)."""
    posts = target.method == "POST"
    payload = snake_cased(data if posts else {name: member for name, member in data.items() if name != "sip"})
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    headers = {"Jambonz-Signature": signature(body, secret, unix_s), **target.headers()}
    if b3 is not None:
        headers["b3"] = b3
    headers["user-agent"] = "jambonz"
    if posts:
        headers["Content-Type"] = "application/json"
    named = {"hook": hook_name(hook)} if hook else {}
    message = {"type": type_, "webhook": number, "method": target.method, "url": target.url, **named, "data": payload if posts else {}}
    return AskWebhook(number, target.method, target.url, headers, body if posts else None, message)


def environment_request(url: str) -> tuple[str, str]:
    """Method and URL with which the portal asks an application for its environment variables (jambonz.md 7.2); not signed."""
    return "OPTIONS", "http" + url.removeprefix("ws") if is_websocket(url) else url
