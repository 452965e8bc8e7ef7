"""What live calls can be told: one class a command, read strictly. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from simulator.errors import UsageError, did_you_mean

Phone = Literal["a", "b"]
Text = Annotated[str, Meta(min_length=1, max_length=4_000)]
Name = Annotated[str, Meta(min_length=1, max_length=400)]
MOST_NAMES = 100


class Command(Struct, tag_field="do", forbid_unknown_fields=True, kw_only=True):
    """Any command; its `id` is echoed in what answers it."""

    id: Any = None


class Call(Command, tag="call"):
    phone: Phone = "a"
    from_: Name | None = msgspec.field(default=None, name="from")
    to: Name | None = None
    direction: Literal["inbound", "outbound"] = "inbound"
    env_vars: dict[str, str | None] = {}
    headers: dict[str, str] = {}


class Say(Command, tag="say"):
    text: Text
    phone: Phone = "a"


class Interrupt(Command, tag="interrupt"):
    text: Text
    phone: Phone = "a"


class Press(Command, tag="press"):
    digits: Name
    phone: Phone = "a"


class HangUp(Command, tag="hang_up"):
    phone: Phone = "a"


class Mute(Command, tag="mute"):
    on: bool
    phone: Phone = "a"


class Cough(Command, tag="cough"):
    phone: Phone = "a"


class BadLine(Command, tag="bad_line"):
    on: bool
    phone: Phone = "a"


class AnyStep(Command, tag="step"):
    step: dict[str, Any]
    phone: Phone = "a"


class Mic(Command, tag="mic"):
    hz: Annotated[int, Meta(ge=8_000, le=48_000)] | None
    phone: Phone = "a"


class Play(Command, tag="play"):
    scenario: Name
    speed: Literal[1, 5, "step"] = 1


class Next(Command, tag="next"):
    pass


class Stop(Command, tag="stop"):
    pass


class Save(Command, tag="save"):
    call: Name
    file: Name


class Reload(Command, tag="reload"):
    pass


Any_ = Call | Say | Interrupt | Press | HangUp | Mute | Cough | BadLine | AnyStep | Mic | Play | Next | Stop | Save | Reload
KINDS: dict[str, type[Command]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Any_)}
PLACE = re.compile(r" - at `\$\.?(?P<place>.*)`$")


def read(order: Any) -> Any_:
    """The command in a JSON value. Raises `UsageError` with what is wrong with it, and what to write."""
    if not isinstance(order, dict):
        raise UsageError("a command is a JSON object", 'for example {"do": "say", "text": "Hello?"}')
    name = order.get("do")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise UsageError(f"there is no command {name!r:.80}", did_you_mean(name if isinstance(name, str) else "", list(KINDS)))
    made: Any_
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    if strange := [member for member in order if member not in known and member != "do"]:
        raise UsageError(f"{name} has no member {strange[0]!r:.80}", did_you_mean(str(strange[0]), sorted(known)))
    try:
        made = msgspec.convert(order, Any_)
    except (msgspec.ValidationError, RecursionError) as error:
        found = PLACE.search(str(error))
        about = f"{name}.{found['place']}" if found and found["place"] else str(name)
        problem = PLACE.sub("", str(error)).rstrip(".")
        raise UsageError(f"{about}: {problem[:1].lower()}{problem[1:]}", f"members of {name}: {', '.join(sorted(known))}") from None
    if isinstance(made, Call) and max(len(made.env_vars), len(made.headers)) > MOST_NAMES:
        raise UsageError(f"call: more than {MOST_NAMES} headers or environment variables", "say fewer")
    return made
