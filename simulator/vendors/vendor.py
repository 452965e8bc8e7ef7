"""The seam: what a feature server's `llm` task must know about the vendor at the far end, and nothing more.

A vendor is two halves. `Vendor` is the open half, the task in the feature server (`lib/tasks/llm/llms/*_s2s.js`): where to
connect, what to say first, which events are tool calls or the end, which outputs and updates are forwarded. `Module` is the
closed half, the media module that holds the websocket: audio both ways, barge-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from msgspec import Struct

Json = dict[str, Any]


# --- what a task answers


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the websocket to the model is opened: `path` with its query, header names in lower case.

    `audio_hz` are the sample rates, heard and spoken, that the far end is set up for, where the verb says so and nothing on the wire does.
    """

    host: str
    path: str
    headers: dict[str, str]
    audio_hz: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model calls a function of the application's. `args` is what the application gets."""

    call_id: str
    name: str
    args: Any


@dataclass(frozen=True, slots=True)
class Lost:
    """A tool call that never reaches the application of a real server; `meant` is what it would be if the server took care."""

    why: str
    meant: ToolCall


@dataclass(frozen=True, slots=True)
class Ended:
    """The event ends the verb, with this `completion_reason` and the vendor's error object where there is one."""

    reason: str
    error: Any = None


class Reading(Struct, frozen=True):
    """What an event means to the task. `name` is what the filter of events is asked for."""

    name: str
    calls: tuple[ToolCall, ...] = ()
    lost: Lost | None = None
    ended: Ended | None = None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Client events for the model: `events` now, `then` after everything else that happens in this instant."""

    events: tuple[Json, ...]
    then: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """The task drops what the application said, without a word."""

    why: str
    remedy: str


class Vendor(Protocol):
    """The task's half. `name` is what people call it, `events` the names that wildcards and `all` of a filter expand to."""

    name: str
    events: tuple[str, ...]

    def endpoint(self, data: Json) -> Endpoint:
        """Where to connect, by the properties of the verb."""

    def opening(self, data: Json) -> list[Json]:
        """What is sent first, in order."""

    def read(self, event: Json) -> Reading:
        """A server event."""

    def tool_output(self, data: Any) -> Forwarded | Ignored:
        """`data` of the command `llm:tool-output`."""

    def wrapped(self, call_id: str, text: str) -> Json:
        """The `data` an application would send to return this text."""

    def update(self, data: Any) -> Forwarded | Ignored:
        """`data` of the command `llm:update`."""

    def module(self, data: Json, *, compat: bool) -> Module:
        """The other half, for one session."""


# --- what a media module does


class Relay(Struct, frozen=True):
    """Hand this event to the llm task, under the name it knows."""

    event: Json


class PlayAudio(Struct, frozen=True):
    """Play these samples to the caller."""

    pcm: bytes
    rate_hz: int


@dataclass(frozen=True, slots=True)
class Flush:
    """Throw away what the caller has not heard yet."""


@dataclass(frozen=True, slots=True)
class ToModel:
    """The module itself says something to the model."""

    event: Json


Action = Relay | PlayAudio | Flush | ToModel


class Module(Protocol):
    """The media module's half, one for each session."""

    @property
    def input_hz(self) -> int:
        """Sample rate of what the model hears."""

    def outgoing(self, event: Json) -> Json:
        """A client event of the task, in the shape the model speaks."""

    def append(self, pcm: bytes) -> Json:
        """A piece of the caller's audio, as a client event."""

    def tick_s(self, busy_until_s: float, sent_until_s: float) -> float:
        """How long the next piece of caller audio is, when the caller speaks until `busy_until_s` and heard is all until `sent_until_s`."""

    def receive(self, event: Json, *, playing: bool) -> list[Action]:
        """A server event: what to relay, to play, to throw away."""

    def pressed(self, digit: str) -> list[Action]:
        """The caller has pressed a key."""


def playback_event(what: Literal["started", "stopped"]) -> Json:
    """What a module tells when sound for the caller begins, and when it runs dry or is thrown away. That there is nothing beside the type is
    inferred [I] (jambonz.md 6.9).
    """
    return {"type": f"output_audio.playback_{what}"}


def part(whole: Json, name: str) -> Json:
    """A member that should be an object; empty when it is not there or something else."""
    found = whole.get(name)
    return found if isinstance(found, dict) else {}
