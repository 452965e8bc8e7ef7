"""What the tool backends of a scenario answer: stubs, asked by method, host, path and query. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.pattern import difference


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a backend sees it; header names in lower case."""

    method: str
    scheme: str
    host: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def url(self) -> str:
        """Scheme, host and path."""
        return f"{self.scheme}://{self.host}{self.path}"

    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return None

    def frame(self) -> dict[str, Any]:
        """The request in a journal: without the headers every client sends."""
        dull = {"host", "accept", "accept-encoding", "user-agent", "connection", "content-length"}
        frame: dict[str, Any] = {"method": self.method, "url": self.url, "query": self.query}
        headers = {name: value for name, value in self.headers.items() if name not in dull}
        if headers:
            frame["headers"] = headers
        if self.body:
            frame["body"] = self.json() if self.json() is not None else self.body[:2_000]
        return frame


@dataclass(frozen=True, slots=True)
class Answer:
    """What a stub answers. `after_s` is how long it takes, `drop` breaks the connection instead."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    drop: bool = False

    def journal_body(self) -> Any:
        """The body as a journal shows it."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body[:2_000].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Backend:
    """One stub: the requests it wants, and its answer. `times` limits how often it answers."""

    method: str
    url: str
    answer: Answer
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    times: int | None = None

    def differences(self, request: Request) -> list[str]:
        """Why this stub does not answer `request`; empty when it does."""
        found = []
        if self.method not in ("*", request.method):
            found.append(f"method {request.method} is not {self.method}")
        if self.url != request.url and difference(self.url, request.url):
            found.append(f"url {request.url} is not {self.url}")
        found += [str(one) for one in difference({key: _text(value) for key, value in self.query.items()}, request.query, "query")]
        found += [str(one) for one in difference({key.lower(): _text(value) for key, value in self.headers.items()}, request.headers, "headers")]
        if self.json is not None:
            found += [str(one) for one in difference(self.json, request.json(), "json")]
        return found


def _text(pattern: Any) -> Any:
    """Queries and headers are text: a number written in a scenario means its text."""
    if isinstance(pattern, bool):
        return str(pattern).lower()
    return str(pattern) if isinstance(pattern, (int, float)) else pattern


@dataclass(frozen=True, slots=True)
class Unstubbed:
    """Nobody answers; `nearest` says, for a person, which stub comes nearest and what keeps it away."""

    nearest: str


class Backends:
    """All stubs of a call; of two that fit, the one added last answers. `otherwise` is asked when none fits, and may answer None."""

    def __init__(self, otherwise: Callable[[Request], Answer | None] | None = None) -> None:
        self._otherwise = otherwise
        self._stubs: list[tuple[Backend, list[int]]] = []

    def add(self, backend: Backend) -> None:
        """From now on this stub answers first."""
        self._stubs.insert(0, (backend, [0]))

    def answer(self, request: Request) -> Answer | Unstubbed:
        """The answer of the first stub that fits and has answers left."""
        nearest: list[str] | None = None
        near: Backend | None = None
        for backend, used in self._stubs:
            reasons = backend.differences(request)
            if not reasons and backend.times is not None and used[0] >= backend.times:
                reasons = [f"it has answered {'once' if backend.times == 1 else f'{backend.times} times'} already"]
            if not reasons:
                used[0] += 1
                return backend.answer
            if nearest is None or len(reasons) < len(nearest):
                nearest, near = reasons, backend
        if self._otherwise is not None and (answer := self._otherwise(request)) is not None:
            return answer
        if near is None or nearest is None:
            return Unstubbed("The scenario has no stubs: add one under `world:`.")
        return Unstubbed(f"The nearest stub is {near.method} {near.url}: {'; '.join(nearest)}.")
