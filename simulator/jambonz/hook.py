"""Where an application is asked: URLs with a retry policy in their hash, as texts or as objects of verbs."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

MAX_RETRIES = 5
BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 6.0)
"""Waits between attempts; on a websocket from then on 2 s more each time."""

LEADING_NUMBER = re.compile(r"\s*[+-]?[0-9]+")
"""What `parseInt` reads of a text."""

Written = str | Mapping[str, Any] | None
"""A hook as it stands in a verb: a text, or `{url, method, username, password}`."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the application is, and how often to try: `rc` and `rp` of the URL's hash (WR:46-56, HR:106-274).

    `method` (GET or POST) is of use over HTTP alone; what else it may be written as is refused when it is asked.
    """

    url: str
    retries: int
    policy: tuple[str, ...]
    username: str | None = None
    password: str | None = None
    method: str = "POST"
    written: str = ""
    """The URL as the application wrote it, hash and all."""

    @classmethod
    def parse(cls, url: str, username: str | None = None, password: str | None = None, method: str = "POST") -> Hook:
        """Cut the hash off and read it. On a websocket `rc=0` means 5: a defect of the server, kept.

        Over HTTP nothing is tried again unless `rc` says so. Whether it is a URL is found out by whoever dials it.
        """
        bare, _, fragment = url.partition("#")
        parameters = parse_qs(fragment)
        default = 0 if is_http(url) else MAX_RETRIES
        number = LEADING_NUMBER.match(parameters.get("rc", [str(default)])[0])
        retries = abs(int(number[0].strip()[:6])) if number else 0
        policy = tuple(name.strip() for name in parameters.get("rp", ["ct"])[0].split(","))
        return cls(bare, min(retries or default, MAX_RETRIES), policy, username, password, method, url)

    @property
    def origin(self) -> str:
        """Scheme, host and port of its URL: what a relative hook is put behind."""
        return "/".join(self.url.split("/", 3)[:3]).partition("?")[0]

    def headers(self) -> dict[str, str]:
        """Basic authorization, only when both parts are known (WR:357)."""
        if not (self.username and self.password):
            return {}
        return {"Authorization": "Basic " + b64encode(f"{self.username}:{self.password}".encode(errors="replace")).decode()}

    def tries_again(self, kind: str | None) -> bool:
        """Whether the policy knows this class of failures (BR:101-119)."""
        return "all" in self.policy or (kind or "") in self.policy


def is_http(url: str) -> bool:
    """Whether an absolute URL is a webhook's."""
    return url.startswith(("http://", "https://"))


def is_websocket(url: str) -> bool:
    """Whether an absolute URL is a websocket's."""
    return url.startswith(("ws://", "wss://"))


def hook_name(hook: Any) -> str:
    """A hook is written as a text or as `{url, ...}`: its URL, as written."""
    return hook if isinstance(hook, str) else str(hook.get("url", "")) if isinstance(hook, Mapping) else ""


def hook_of(written: Written) -> Hook:
    """The hook that a text or an object of a verb describes; what is no text in it is not there."""
    members: Mapping[str, Any] = {"url": written} if isinstance(written, str) or written is None else written
    known = {name: value for name in ("username", "password", "method") if isinstance(value := members.get(name), str)}
    return Hook.parse(hook_name(written), **known)
