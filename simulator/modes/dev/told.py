"""What has been told of the calls so far, so that a page that comes late, or again, knows all of it. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

MOST_CALLS = 30
FIRST_FRAMES, LAST_FRAMES = 5_000, 25_000
"""Of one call."""
MOST_FINDINGS = 500
AT_ONCE = 400
"""Frames in one message."""
LAST_OF_A_CALL = ("call", "owed", "result", "cost")


@dataclass(slots=True)
class _Call:
    last: dict[str, Json] = field(default_factory=dict)
    first: list[Any] = field(default_factory=list)
    rest: deque[Any] = field(default_factory=lambda: deque(maxlen=LAST_FRAMES))
    findings: list[Json] = field(default_factory=list)


class Told:
    """Remembers messages as they go out. The oldest calls are forgotten, and of an endless one the middle."""

    def __init__(self) -> None:
        self._app: Json | None = None
        self._calls: dict[str, _Call] = {}

    def note(self, message: Json) -> None:
        """A message goes out. What is of the moment only (speech, time, answers to a command) is not kept."""
        what, name = message.get("is"), message.get("call")
        if what == "app":
            self._app = message
        if not isinstance(name, str) or what not in (*LAST_OF_A_CALL, "frames", "finding"):
            return
        call = self._calls.setdefault(name, _Call())
        while len(self._calls) > MOST_CALLS:
            del self._calls[next(iter(self._calls))]
        if what == "frames":
            for frame in message.get("frames", ()):
                (call.first if len(call.first) < FIRST_FRAMES else call.rest).append(frame)
        elif what == "finding":
            if len(call.findings) < MOST_FINDINGS:
                call.findings.append(message)
        else:
            call.last[what] = message

    def again(self) -> Iterator[Json]:
        """Everything a page must be told to know what the others know."""
        if self._app is not None:
            yield self._app
        for name, call in self._calls.items():
            if "call" in call.last:
                yield call.last["call"]
            frames = [*call.first, *call.rest]
            for begin in range(0, len(frames), AT_ONCE):
                yield {"is": "frames", "call": name, "frames": frames[begin : begin + AT_ONCE]}
            yield from call.findings
            yield from (call.last[what] for what in ("owed", "cost", "result") if what in call.last)

    @property
    def phones_in_use(self) -> list[str]:
        """Whose call is not over."""
        states = [call.last["call"] for call in self._calls.values() if "call" in call.last]
        return list(dict.fromkeys(str(one.get("phone")) for one in states if one.get("state") != "over"))
