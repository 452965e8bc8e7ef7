"""An application that is asked over HTTP: requests, signature, retries, and what counts as an answer.

Named after what it is called in the feature server (`HttpRequestor`). Facts: jambonz.md 7.1; lines of http-requestor.js and
base-requestor.js at 389c65e2 beside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.ids import EPOCH_S
from simulator.jambonz.environment import Environment
from simulator.jambonz.events import (
    AbandonWebhook,
    Acked,
    AskWebhook,
    Effect,
    Note,
    Unacked,
    WebhookAnswered,
    WebhookFailed,
    dropped,
)
from simulator.jambonz.hook import BACKOFF_S, Hook, Written, hook_name, is_websocket
from simulator.jambonz.javascript import truthy
from simulator.jambonz.messages import WANTS_NO_ACK
from simulator.jambonz.snakecase import snake_cased
from simulator.jambonz.webhook_request import SECRET, Refused, checked, request_to, target_of
from simulator.script import soonest

ACCEPTED = (200, 202, 204)
TOOL_CALLS = ("llm:tool-call", "agent:tool-call")
ONLY_ON_WEBSOCKETS = frozenset({"jambonz:error", "verb:status", "session:reconnect", "tts:streaming-event", "tts:tokens-result"})
"""Messages that are never sent over HTTP (HR:108)."""


def is_awaited(type_: str) -> bool:
    """Whether somebody waits for the answer to a request of this type: of tool calls too, other than on a websocket."""
    return type_ not in WANTS_NO_ACK or type_ in TOOL_CALLS


@dataclass(slots=True)
class Asking:
    """A request under way, or about to be tried again."""

    hook: Hook
    order: AskWebhook
    type: str
    since_s: float
    deadline_s: float | None
    retry_at_s: float | None = None
    attempt: int = 1
    refused: Refused | None = None
    ignores: str = ""

    @property
    def msgid(self) -> str:
        """By what its answer is known."""
        return msgid_of(self.order.request)


def msgid_of(request: int) -> str:
    """What stands for the msgid that a request over HTTP has not."""
    return f"webhook-{request}"


@dataclass(slots=True)
class HttpRequestor:
    """The webhooks of one call. Told what happened, it appends to `effects` and tells the call through `tell`.

    `number` gives each request a number of its own on this server; `epoch_s` is the unix time at which the clock shows 0.
    """

    hook: Hook
    effects: list[Effect]
    tell: Callable[[object], None]
    number: Callable[[], int]
    secret: str = SECRET
    epoch_s: float = EPOCH_S
    now_s: float = 0.0
    closed: bool = False
    environment: Environment = field(default_factory=Environment)
    _asking: dict[int, Asking] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set)

    takes_commands = False
    held_back: list[dict[str, Any]] = field(default_factory=list)

    def asks_webhook(self, hook: Written) -> bool:  # noqa: ARG002
        """Everything leaves as a request."""
        return True

    @property
    def is_asking(self) -> bool:
        """Whether a request is under way, or waits to be tried again."""
        return bool(self._asking)

    # --- asking

    def send(self, type_: str, data: dict[str, Any] | None = None, hook: Written = None, b3: str | None = None, *, ignores: str = "") -> str | None:
        """Make a request; without a `hook` it goes to the application's own URL. None for what is never sent over HTTP.

        `ignores` says why verbs in the answer mean nothing, where nobody waits for them.
        """
        if type_ in ONLY_ON_WEBSOCKETS:
            self._unsent(type_, data)
            return None
        if self.closed:
            return None
        request = self.number()
        try:
            target = self._target(type_, hook)
            order = request_to(target, request, type_, data or {}, hook, b3, self.secret, int(self.epoch_s + self.now_s), self.environment.user_agent)
        except Refused as refused:
            order = AskWebhook(request, "POST", hook_name(hook), {}, None, {})
            self._asking[request] = Asking(self.hook, order, type_, self.now_s, self.now_s, refused=refused)
            return msgid_of(request)
        limit_s = self.environment.http_timeout_s
        self._asking[request] = Asking(target, order, type_, self.now_s, self.now_s + limit_s, ignores=ignores)
        self.effects.append(order)
        return msgid_of(request)

    def _target(self, type_: str, written: Written) -> Hook:
        """Where a hook of a verb is: relative to the application's URL, or anywhere. Credentials are the application's (HR:137)."""
        if not written:
            return checked(self.hook)
        url = hook_name(written)
        method = "POST"
        if not isinstance(written, str):
            method = str(written.get("method") or "POST").upper()
            credentials = (written.get("username"), written.get("password"))
            if credentials not in ((None, None), (self.hook.username, self.hook.password)) and self._once(f"credentials {url}"):
                why = "the server sends the credentials of the application, and not those of a hook"
                self.effects.append(dropped(f"username and password of the hook {url}", why, "let both be the same, or check the signature"))
        if is_websocket(url):
            what = f"{type_} of a webhook application to {url}, a websocket"
            self.effects.append(Note("app", "not_simulated", {"what": what, "instead": "it counts as not answered"}))
        return target_of(url, method, self.hook)

    def _unsent(self, type_: str, data: dict[str, Any] | None) -> None:
        """What the application is not told is written down: for what it has asked to be told of as something that is dropped."""
        if type_ == "jambonz:error":
            self.effects.append(Note("app", "unsent", {"type": type_, "data": data or {}, "why": "it is only sent on a websocket"}))
        elif self._once(type_):
            remedy = "leave notifyEvents out, or let" if type_ == "verb:status" else "let"
            why = "it is only sent on a websocket, never to a webhook"
            self.effects.append(dropped(f"every {type_}", why, f"{remedy} the application be a websocket"))

    def _once(self, what: str) -> bool:
        new = what not in self._said
        self._said.add(what)
        return new

    # --- what comes of it

    def responds(self, request: int) -> None:
        """The headers of the answer are there; from now on nobody counts the seconds."""
        if (asking := self._asking.get(request)) is not None:
            asking.deadline_s = None

    def answered(self, answer: WebhookAnswered) -> None:
        """An answer: accepted statuses are 200, 202 and 204, and a body counts only when it says that it is JSON."""
        asking = self._asking.get(answer.request)
        if asking is None:
            return
        if answer.status not in ACCEPTED:
            kind = "4xx" if 400 <= answer.status < 500 else "5xx" if 500 <= answer.status < 600 else None
            self._fails(asking, kind, f"unexpected HTTP status {answer.status}", {"statusCode": answer.status})
            return
        data: Any = None
        if "application/json" in answer.content_type:
            try:
                data = json.loads(answer.body or "", parse_constant=_no_constant)
            except (ValueError, RecursionError):
                why = "Unexpected end of JSON input" if not answer.body.strip() else f"{answer.body[:40]!r} is not valid JSON"
                self._fails(asking, None, why, {})
                return
        elif is_awaited(asking.type):
            self._unread(asking, answer)
        del self._asking[answer.request]
        if is_awaited(asking.type):
            if asking.ignores and data:
                self.effects.append(dropped(f"the answer to {asking.type}", asking.ignores, "answer without a body", data))
            nothing = asking.type not in TOOL_CALLS and (not truthy(data) or data == {})
            self.tell(Acked(asking.msgid, None if nothing else data))

    def _unread(self, asking: Asking, answer: WebhookAnswered) -> None:
        """A body that would have meant something, had its content type said so."""
        try:
            meant = json.loads(answer.body)
        except (ValueError, RecursionError):
            return
        if isinstance(meant, dict | list) and meant:
            why = f"its content type is {answer.content_type or 'missing'}: the server does not read it"
            self.effects.append(dropped(f"the answer to {asking.type}", why, "answer with content-type: application/json"))

    def failed(self, failure: WebhookFailed) -> None:
        """There is no answer, or no end of it."""
        if (asking := self._asking.get(failure.request)) is not None:
            self._fails(asking, failure.kind, failure.reason, failure.error)

    def _fails(self, asking: Asking, kind: str | None, why: str, own: dict[str, Any]) -> None:
        if asking.refused is None and asking.attempt <= asking.hook.retries and asking.hook.tries_again(kind):
            asking.deadline_s, asking.retry_at_s = None, self.now_s + BACKOFF_S[asking.attempt - 1]
            return
        del self._asking[asking.order.request]
        awaited = is_awaited(asking.type)
        about = {"type": asking.type, "webhook": asking.order.request, "url": asking.order.url}
        self.effects.append(Note("app", "webhook_failed", {**about, "why": why, "attempts": asking.attempt, "awaited": awaited}))
        if awaited:
            self.tell(Unacked(asking.msgid, why, why, snake_cased(own)))

    def close(self, code: int) -> None:  # noqa: ARG002
        """No further requests; those under way come to their end (HR: `client.close`)."""
        self.closed = True

    # --- time

    @property
    def owed(self) -> dict[str, float]:
        """Answers the application owes; while a request waits to be tried again, it owes none."""
        under_way = (asking for asking in self._asking.values() if asking.retry_at_s is None and asking.refused is None)
        asked = ((one.since_s, f"{one.type} ({one.order.method} {one.order.url}, request {one.order.request})") for one in under_way)
        return {f"the app owes an answer to {what}": since_s for since_s, what in asked}

    @property
    def wake_at_s(self) -> float | None:
        """The next answer that is due, or the next attempt."""
        return soonest(*(time_s for asking in self._asking.values() for time_s in (asking.deadline_s, asking.retry_at_s)))

    def wake(self) -> None:
        """Time has come for something."""
        for asking in list(self._asking.values()):
            if asking.retry_at_s is not None and self.now_s >= asking.retry_at_s:
                self._again(asking)
            elif asking.deadline_s is not None and self.now_s >= asking.deadline_s:
                self._late(asking)

    def _again(self, asking: Asking) -> None:
        asking.attempt += 1
        asking.retry_at_s, asking.deadline_s = None, self.now_s + self.environment.http_timeout_s
        self.effects.append(replace(asking.order, message={**asking.order.message, "attempt": asking.attempt}))

    def _late(self, asking: Asking) -> None:
        """No headers in time. The error is that of undici, inferred; of no class of the retry policy, not even `rt`."""
        if asking.refused is not None:
            self._fails(asking, None, asking.refused.why, asking.refused.own)
            return
        self.effects.append(AbandonWebhook(asking.order.request))
        error = {"name": "HeadersTimeoutError", "code": "UND_ERR_HEADERS_TIMEOUT", "message": "Headers Timeout Error"}
        self._fails(asking, None, error["message"], error)


def _no_constant(name: str) -> None:
    """Python reads NaN and Infinity, JSON does not."""
    raise ValueError(name)
