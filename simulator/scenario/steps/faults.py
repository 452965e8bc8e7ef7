"""What goes wrong with the model server: whole connections, or single events on their way."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Literal

from simulator.scenario.document import Map, Node, Problems, Scalar, resolve
from simulator.scenario.schema import As, Between, Complaint, Doc, Duration, complain
from simulator.scenario.shapes import INVALID, PLACEHOLDER_PATTERN, Json, PlainPattern, Seconds, Shape, either
from simulator.scenario.steps.registry import CallLine, step
from simulator.scenario.value import value
from simulator.vendors.openai.catalogue import NAMES

WITHIN_S = 30.0
"""How long a step of the model waits for its connection, and for speech that is to be heard."""

RefuseCode = Literal[
    "invalid_api_key",
    "missing_authentication",
    "invalid_model",
    "missing_model",
    "invalid_intent",
    "invalid_parameter",
    "beta_api_shape_disabled",
    "insufficient_quota",
    "session_expired",
    "model_not_found",
    "no_answer",
]


class ServerEventShape(PlainPattern):
    """A server event: its name, or a pattern of it."""

    expects = "the name of a server event, such as response.done, or a pattern of one"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Map) or (isinstance(node, Scalar) and isinstance(node.value, str))

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if not self.fits(node):
            return self.wrong(node, name, problems)
        named = node
        if isinstance(node, Map) and (entry := node.entries.get("type")) is not None:
            named = entry.node
        if isinstance(named, Scalar) and isinstance(named.value, str) and not _is_pattern(named.written) and named.written not in NAMES:
            near = get_close_matches(named.written, NAMES, n=1)
            remedy = (f"did you mean {near[0]!r}? " if near else "") + "docs/events.md lists them all; /regular expressions/ and * will do as well"
            problems.add(named.where, f"{name}: the model server sends no {named.written!r}", remedy)
            return INVALID
        return super().read(node, name, problems)

    def json(self, defs: Json) -> Json:
        pattern = PlainPattern.json(self, defs)
        choices = [
            {"enum": list(NAMES)},
            {"type": "string", "pattern": rf"^/.+/$|^\*$|{PLACEHOLDER_PATTERN}"},
            {"type": "object", "allOf": [pattern]},
        ]
        defs.setdefault("server_event", {"description": "The name of a server event in either dialect, or a pattern of one.", "anyOf": choices})
        return {"$ref": "#/$defs/server_event"}


def _is_pattern(text: str) -> bool:
    return text == "*" or (len(text) >= 2 and text[0] == text[-1] == "/")


class InstantShape(Shape):
    """A duration or a server event: seconds as a number, an event as it is written."""

    expects = "a duration like 800ms, or the name of a server event"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Map) or (isinstance(node, Scalar) and node.value is not None)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if (
            isinstance(node, Scalar)
            and not isinstance(node.value, bool)
            and (node.written[:1].isdecimal() or not isinstance(resolve(node.written), str))
        ):
            return Seconds().read(node, name, problems)
        event = ServerEventShape()
        return event.read(node, name, problems) if event.fits(node) else self.wrong(node, name, problems)

    def json(self, defs: Json) -> Json:
        return either([Seconds().json(defs), ServerEventShape().json(defs)])

    def written(self, given: Any) -> Any:
        return Seconds().written(given) if isinstance(given, float) else given


ServerEvent = Annotated[Any, As(ServerEventShape)]
After = Annotated[Any, As(InstantShape)]


@value(kw_only=True)
class Strike(CallLine):
    """Something that happens at an instant of its own."""

    after: Annotated[
        After | None,
        Doc("how much of the assistant's speech has been heard then, or the server event it comes right behind; at once when left out"),
    ] = None
    within_s: Annotated[
        Duration, Doc("how long it may take until there is a connection, and until the assistant has said so much; an event is waited for to the end")
    ] = WITHIN_S

    @property
    def after_s(self) -> float | None:
        """So much of the assistant's speech comes first; None when an event does, or nothing."""
        return self.after if isinstance(self.after, float) else None

    @property
    def after_event(self) -> Any:
        """The server event it comes right behind, None without one."""
        return None if isinstance(self.after, float) else self.after


# --- one event too many ----------------------------------------------------------------------------------------------------------


@value(kw_only=True)
class ErrorBody:
    """The error in an error event."""

    TITLE: ClassVar[str] = "model.error"
    SHORT: ClassVar[str] = "code"

    code: Annotated[str | None, Doc("the code, such as session_expired; server_error for the server's own faults")] = None
    type: Annotated[str | None, Doc("the type; the usual one of the code when left out")] = None
    message: Annotated[str | None, Doc("the text; the real server's own when left out")] = None
    param: Annotated[str | None, Doc("the member of a client event it is about")] = None


@step("model", "error")
@value(kw_only=True)
class Trouble(Strike):
    """The model server sends an error event out of the blue."""

    error: Annotated[ErrorBody, Doc("the code of the error, or {code, type, message, param}")]


# --- the connection --------------------------------------------------------------------------------------------------------------


@step("model", "refuse")
@value(kw_only=True)
class Refuse(CallLine):
    """The model server refuses the next connection. (`model_not_found` lets it in and fails every response, as the real one does.)"""

    refuse: Annotated[RefuseCode | int, Doc("the code of the refusal, an HTTP status, or no_answer")]
    message: Annotated[str | None, Doc("the text; the real server's own when left out")] = None

    def check(self) -> Iterator[Complaint]:
        """A refusal over HTTP is an error status."""
        number = self.refuse if isinstance(self.refuse, int) else None
        wrong = number is not None and not 400 <= number <= 599
        silent = number is not None or self.refuse in ("no_answer", "model_not_found")
        yield from complain(
            (wrong, "refuse", f"{number} is no HTTP status of a refusal", "write one from 400 to 599"),
            (self.message is not None and silent, "message", f"{self.refuse} comes without a text of its own", "leave it out"),
        )


@step("model", "disconnect")
@value(kw_only=True)
class Disconnect(Strike):
    """The model server goes away."""

    disconnect: Annotated[Literal["dropped"] | int, Doc("the close code, or dropped: the line is cut without a close frame")]
    reason: Annotated[str, Doc("the reason of the close frame")] = ""

    @property
    def code(self) -> int | None:
        """The close code; None for a cut line."""
        return self.disconnect if isinstance(self.disconnect, int) else None

    def check(self) -> Iterator[Complaint]:
        """Only some codes may stand in a close frame (RFC 6455, 7.4)."""
        code = self.code
        fits = code is None or 3000 <= code <= 4999 or (1000 <= code <= 1014 and code not in (1004, 1005, 1006))
        remedy = "for example 1011; dropped is what the other side sees as 1006"
        yield from complain((not fits, "disconnect", f"{code} cannot be sent as a close code", remedy))


@step("model", "expire")
@value(kw_only=True)
class Expire(Strike):
    """The session has reached its maximum duration: error `session_expired`, close 1001."""

    expire: Annotated[Literal[True], Doc("true")]


@step("model", "stall")
@value(kw_only=True)
class Stall(Strike):
    """The model server sends nothing for a while; what it would have sent comes afterwards, in order."""

    stall_s: Annotated[Duration, Doc("for how long")]


# --- events on their way ----------------------------------------------------------------------------------------------------------------------


@value(kw_only=True)
class Lasting(Strike):
    """A fault of events that are yet to come."""

    times: Annotated[int | Literal["all"], Doc("how many events it meets, or all")] = 1
    skip: Annotated[int, Doc("how many it lets pass before"), Between(0)] = 0

    @property
    def count(self) -> int | None:
        """How many events it meets; None: all."""
        return self.times if isinstance(self.times, int) else None

    def check(self) -> Iterator[Complaint]:
        """A fault that meets nothing is none."""
        nothing = self.count is not None and self.count < 1
        yield from complain((nothing, "times", f"a fault that happens {self.times} times does not happen", "write how many events it meets, or all"))


@step("model", "drop")
@value(kw_only=True)
class Drop(Lasting):
    """The next such event is never sent."""

    drop: Annotated[ServerEvent, Doc("the server event: its name, a /regular expression/, *, or a pattern of it")]


@step("model", "delay")
@value(kw_only=True)
class Delay(Lasting):
    """The next such event is sent later than it should; what comes meanwhile overtakes it. (`stall` holds everything.)"""

    delay: Annotated[ServerEvent, Doc("the server event: its name, a /regular expression/, *, or a pattern of it")]
    by_s: Annotated[Duration, Doc("how much later")]


@step("model", "duplicate")
@value(kw_only=True)
class Duplicate(Lasting):
    """The next such event is sent several times."""

    duplicate: Annotated[ServerEvent, Doc("the server event: its name, a /regular expression/, *, or a pattern of it")]
    copies: Annotated[int, Doc("how often it is repeated"), Between(1, 1000)] = 1


FaultStep = Trouble | Refuse | Disconnect | Expire | Stall | Drop | Delay | Duplicate
