"""What the world around the call does: the backends of the application's tools, the REST API, and (`lines`) the network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from simulator.pattern import MISSING
from simulator.scenario.schema import Asked, Between, Complaint, Doc, Duration, Pattern, Written, complain
from simulator.scenario.shapes import regex_problem
from simulator.scenario.steps.lines import Heal, LineFault
from simulator.scenario.steps.registry import CallLine, Line, step
from simulator.scenario.value import value

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "*")


WRITTEN_AS_TEXT = ("what is JSON already would be sent in quotes", "write the mapping itself, json: {a: 1}, or text: for the body as it stands")


@value(kw_only=True)
class Reply:
    """What a backend answers."""

    TITLE: ClassVar[str] = "reply"
    SHORT: ClassVar[str] = "status"

    status: Annotated[int, Doc("the HTTP status"), Between(100, 599)] = 200
    json: Annotated[Any, Doc("the body, sent as JSON")] = MISSING
    text: Annotated[str | None, Doc("the body, sent as it stands; need not be valid anything")] = None
    headers: Annotated[Mapping[str, Written] | None, Doc("headers of the answer")] = None
    after_s: Annotated[Duration, Doc("how long the backend takes")] = 0.0
    drop: Annotated[bool, Doc("break the connection instead of answering")] = False

    def check(self) -> Iterator[Complaint]:
        """One body, or none when the connection breaks."""
        yield from complain(
            (self.json is not MISSING and self.text is not None, "text", "json and text are both the body", "keep one"),
            (isinstance(self.json, str) and self.json.lstrip()[:1] in ("{", "["), "json", *WRITTEN_AS_TEXT),
            (self.drop and (self.json is not MISSING or self.text is not None), "drop", "a broken connection has no body", "keep drop, or the body"),
        )


_STUB = re.compile(r"(?:(?P<method>\S+)\s+)?(?P<url>\S.*)")


@step("world", "stub")
@value(kw_only=True)
class Stub(Line):
    """A backend. Of several stubs that fit a request, the one that came last answers: a later stub changes an earlier one."""

    stub: Annotated[str, Doc("method and URL without its query: GET https://api.example.com/v1/orders; * for any method, /regex/ for many URLs")]
    query: Annotated[Mapping[str, Pattern] | None, Doc("patterns of the query")] = None
    json: Annotated[Pattern, Doc("a pattern of the request's body")] = None
    headers: Annotated[Mapping[str, Pattern] | None, Doc("patterns of the request's headers")] = None
    reply: Annotated[Reply, Doc("what it answers: a status, or {status, json, text, headers, after, drop}")]
    times: Annotated[int | None, Doc("how often it answers; always when left out"), Between(1)] = None
    name: Annotated[str | None, Doc("what it is called in reports")] = None

    @property
    def method(self) -> str:
        """The method in capitals; `*` for any."""
        return self._parts[0]

    @property
    def url(self) -> str:
        """Scheme, host in lower case and path, never without one; or a pattern: `*` or `/regex/`."""
        return self._parts[1]

    @property
    def _parts(self) -> tuple[str, str]:
        parsed = _STUB.fullmatch(self.stub.strip())
        if parsed is None:
            return "*", ""
        method, url = (parsed["method"] or "*").upper(), parsed["url"]
        scheme, colon, rest = url.partition("://")
        if not colon or url.startswith("/"):
            return method, url
        host, slash, path = rest.partition("/")
        return method, f"{scheme.lower()}://{host.lower()}/{path if slash else ''}"

    def check(self) -> Iterator[Complaint]:
        """The method and the URL must be ones that a request can have."""
        method, url = self._parts
        if method not in METHODS:
            near = get_close_matches(method, METHODS, n=1)
            yield Complaint("stub", f"{method!r} is no HTTP method", (f"did you mean {near[0]!r}? " if near else "") + EXAMPLE)
        elif len(url) > 2 and url.startswith("/") and url.endswith("/"):
            if problem := regex_problem(url[1:-1]):
                yield Complaint("stub", f"{url} is not a regular expression: {problem}", EXAMPLE)
        elif url != "*":
            yield from self._url(url)

    def _url(self, url: str) -> Iterator[Complaint]:
        try:
            parts = urlsplit(url)
            fits = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
            fits = fits and (parts.port is None or parts.port > 0)
        except ValueError:
            yield Complaint("stub", f"{url!r} is not a URL", EXAMPLE)
            return
        if not fits:
            yield Complaint("stub", f"{url!r} is not a URL", EXAMPLE)
        elif parts.query or parts.fragment:
            yield Complaint("stub", "the URL of a stub has no query", "write it as patterns: query: {name: Berlin}")


EXAMPLE = "write a method and a URL: stub: GET https://api.example.com/v1/orders"


@step("world", "api")
@value(kw_only=True)
class Api(CallLine):
    """Somebody uses the REST API, as a back office would: calls a phone, changes a call, ends it, or looks at it."""

    api: Annotated[
        Literal["create", "update", "delete", "get", "list"],
        Doc("create calls the phone of who:; update, delete and get are about the call it is in; list is about all calls"),
    ]
    with_: Annotated[
        Mapping[str, Any] | None, Doc("the body: of an update, such as {call_status: completed}; of create, more than from, to and application_sid")
    ] = None
    answers: Annotated[Asked, Doc("the HTTP status that is expected, or a pattern of {status, body}; any success when left out")] = None

    def check(self) -> Iterator[Complaint]:
        """Only some requests have a body."""
        yield from complain(
            (self.api == "update" and not self.with_, "with", "an update changes something", "for example with: {call_status: completed}"),
            (self.api not in ("create", "update") and self.with_ is not None, "with", f"{self.api} has no body", "leave it out"),
            (self.api == "list" and self.who is not None, "who", "list is about all calls", "leave it out, or use api: get"),
        )


@step("world", "mishear", "recognition_fails")
@value(kw_only=True)
class Mishear(CallLine):
    """jambonz's own speech recognition gets the next thing the caller says wrong. (What the model understands is `model: {mishear: …}`.)"""

    mishear: Annotated[str | None, Doc("the transcript; what was said when left out")] = None
    recognition_fails: Annotated[str | None, Doc("there is no transcript but this error of the vendor")] = None
    confidence: Annotated[float | None, Doc("how sure it is, from 0 to 1"), Between(0, 1)] = None

    def check(self) -> Iterator[Complaint]:
        """Who fails has no transcript and is not sure of it."""
        fails = self.recognition_fails is not None
        more = "mishear" if self.mishear is not None else "confidence"
        extra = fails and (self.mishear is not None or self.confidence is not None)
        yield from complain((extra, more, "recognition that fails has no transcript", "keep one of mishear and recognition_fails"))


WorldStep = Stub | Mishear | Api | LineFault | Heal
