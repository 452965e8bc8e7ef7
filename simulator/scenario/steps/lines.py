"""What goes wrong on the lines between jambonz and its neighbours: the application and the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Literal

from simulator.scenario.document import Map, Node, Scalar
from simulator.scenario.schema import As, Between, Complaint, Doc, Duration, complain
from simulator.scenario.shapes import Json, PatternOf
from simulator.scenario.steps.registry import CallLine, Line, step
from simulator.scenario.value import value
from simulator.vendors.openai.catalogue import NAMES

Kind = Literal["latency", "throttle", "stall", "drop", "corrupt", "duplicate", "reorder", "disconnect", "refuse"]

OPTIONS: dict[str, tuple[str, ...]] = {
    "by_s": ("latency",),
    "jitter_s": ("latency",),
    "rate": ("throttle",),
    "breaks": ("corrupt",),
    "copies": ("duplicate",),
    "within_s": ("reorder",),
    "code": ("disconnect",),
    "status": ("refuse",),
    "frame": ("latency", "throttle", "stall", "drop", "corrupt", "duplicate", "reorder", "disconnect"),
    "from_": ("latency", "throttle", "stall", "drop", "corrupt", "duplicate", "reorder", "disconnect"),
    "to": ("latency", "throttle", "stall", "drop", "corrupt", "duplicate", "reorder", "disconnect"),
}
"""Options that only some faults have."""

NEEDED = {"latency": "by_s", "throttle": "rate"}
ONCE = ("drop", "corrupt", "duplicate", "reorder", "disconnect")
"""Faults of single frames: one, unless more is said. The others last."""


class FrameShape(PatternOf):
    """A frame: its type, or a pattern of it."""

    expects = "the type of a frame, such as verb:hook or ack, or a pattern of one"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Map) or (isinstance(node, Scalar) and isinstance(node.value, str))

    def json(self, defs: Json) -> Json:
        pattern = PatternOf.json(self, defs)
        return {"anyOf": [{"type": "string"}, {"type": "object", "allOf": [pattern]}]}


@step("world", "fault")
@value(kw_only=True)
class LineFault(CallLine):
    """Something goes wrong between jambonz and the application, or between jambonz and the model.

    The network: latency, throttle, stall, disconnect, refuse. A broken proxy, or a bug of a peer, because TCP does none of it by itself:
    drop, corrupt, duplicate, reorder.
    """

    TITLE: ClassVar[str] = "world.fault"

    fault: Annotated[
        Kind,
        Doc(
            "latency: all arrives later, in order. throttle: a narrow line. stall: nothing arrives, then all of it. disconnect: connections break."
            " refuse: new connections are refused (these five are what networks do). drop, duplicate, reorder, corrupt: single frames are lost,"
            " doubled, overtaken or broken (a proxy or a peer with a bug: TCP does not do that)"
        ),
    ]
    on: Annotated[Literal["app", "model"], Doc("app: websocket and webhooks of the application; model: jambonz's connection to the model server")]
    from_: Annotated[Literal["app", "model"] | None, Doc("only what comes from there; both directions when left out")] = None
    to: Annotated[Literal["app", "model"] | None, Doc("only what goes there; both directions when left out")] = None
    frame: Annotated[
        Any,
        As(FrameShape),
        Doc(
            "only frames of this type (ack, command, verb:hook, llm:tool-call, response.done), like this /regular expression/, or like this pattern;"
            " any when left out. An answer of a webhook is an ack with status and data. A disconnect without it strikes at its instant"
        ),
    ] = None
    times: Annotated[
        int | Literal["all"] | None, Doc("how many it meets, or all; when left out one of drop, corrupt, duplicate, reorder and disconnect, else all")
    ] = None
    skip: Annotated[int, Doc("how many it lets pass before"), Between(0)] = 0
    probability: Annotated[float, Doc("with what probability it meets each of them, 0 to 1, by dice of the scenario's seed"), Between(0, 1)] = 1.0
    after_s: Annotated[Duration, Doc("how long after this step it begins; the step itself is over at once")] = 0.0
    for_s: Annotated[Duration | None, Doc("how long it lasts; until `heal`, or the end of the call, when left out")] = None
    who: Annotated[str | None, Doc("a name of phones: only in the call this phone is in; in every call when left out")] = None
    by_s: Annotated[Duration | None, Doc("latency: how much later, one way (a websocket is opened by two round trips)")] = None
    jitter_s: Annotated[Duration | None, Doc("latency: up to so much more, by dice; what is quicker waits for what is before it")] = None
    rate: Annotated[int | None, Doc("throttle: bytes a second, in each direction of each connection"), Between(1)] = None
    breaks: Annotated[
        Literal["json", "utf8", "protocol"] | None,
        Doc("corrupt: json (default): the second half is missing; utf8: not UTF-8 (a websocket closes with 1007); protocol: no proper frame (1002)"),
    ] = None
    copies: Annotated[int | None, Doc("duplicate: how often it is repeated (default 1)"), Between(1, 1000)] = None
    within_s: Annotated[Duration | None, Doc("reorder: how long it waits for the next one to go first (default 1s)")] = None
    code: Annotated[
        int | None, Doc("disconnect: what both sides see; 1006 (default) is a cut line, any other a close frame, as of a proxy that is restarted")
    ] = None
    status: Annotated[
        int | None, Doc("refuse: the HTTP status of a load balancer in between; when left out, nobody listens (ECONNREFUSED)"), Between(400, 599)
    ] = None

    @property
    def count(self) -> int | None:
        """How many it meets; None: all."""
        if self.times is None:
            return 1 if self.fault in ONCE else None
        return self.times if isinstance(self.times, int) else None

    @property
    def is_instant(self) -> bool:
        """Whether it strikes all connections that stand, at an instant of its own."""
        return self.fault == "disconnect" and self.frame is None

    def check(self) -> Iterator[Complaint]:
        """Each fault has options of its own."""
        for each in fields(self):
            if each.name in OPTIONS and self.fault not in OPTIONS[each.name] and getattr(self, each.name) is not None:
                key = _key(each.name)
                yield Complaint(key, f"{self.fault} has no {key}", f"{key} belongs to {', '.join(OPTIONS[each.name])}")
        if (needed := NEEDED.get(self.fault)) is not None and getattr(self, needed) is None:
            yield Complaint("fault", f"{self.fault} needs {_key(needed)}", f"for example {_key(needed)}: {'300ms' if needed == 'by_s' else 8000}")
        nothing = (isinstance(self.times, int) and self.times < 1) or self.probability == 0
        yield from complain(
            (self.from_ is not None and self.to is not None, "to", "from and to are both directions", "leave both out"),
            (self.from_ not in (None, self.on), "from", f"the line is that of the {self.on}", f"from: {self.on}, or to: {self.on}"),
            (self.to not in (None, self.on), "to", f"the line is that of the {self.on}", f"to: {self.on}, or from: {self.on}"),
            (nothing, "times" if self.probability else "probability", "a fault that meets nothing is none", "write how much it meets"),
            (
                self.code is not None and not _closes(self.code),
                "code",
                f"{self.code} cannot be seen as a close code",
                "for example 1006, 1001 or 1012",
            ),
        )
        if self.is_instant:
            for key, given in (("times", self.times is not None), ("skip", self.skip > 0), ("probability", self.probability < 1)):
                remedy = "leave it out, or name a frame"
                yield from complain((given, key, "a disconnect without a frame strikes once, at its instant", remedy))
            for key, given in (("for", self.for_s is not None), ("from", self.from_ is not None), ("to", self.to is not None)):
                yield from complain((given, key, "a connection that breaks does so at once, for both sides", "leave it out"))
        if self.on == "model" and isinstance(self.frame, str) and not _known(self.frame):
            near = get_close_matches(self.frame, NAMES, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else "docs/events.md lists what the model server sends"
            if self.from_ == "model":
                yield Complaint("frame", f"the model server sends no {self.frame!r}", remedy)


def _key(name: str) -> str:
    return name.removesuffix("_s").removesuffix("_")


def _closes(code: int | None) -> bool:
    return code is None or 3000 <= code <= 4999 or (1000 <= code <= 1014 and code not in (1004, 1005))


def _known(frame: str) -> bool:
    return frame in NAMES or frame == "*" or (len(frame) > 1 and frame[0] == frame[-1] == "/")


@step("world", "heal")
@value(kw_only=True)
class Heal(Line):
    """All faults of a line are over; what waits on it arrives now, in order."""

    heal: Annotated[Literal["app", "model", "all"], Doc("which line: app, model, or all of them")]
