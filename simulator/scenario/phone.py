"""Phones in a scenario: their numbers, and how they answer when they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Annotated, ClassVar, Literal

from simulator.scenario.schema import Between, Complaint, Doc, Duration, Matches, NotEmpty, Written, complain
from simulator.scenario.shapes import seconds_of
from simulator.scenario.value import value
from simulator.world.phones import BUSY, Manner

UNREACHABLE = 480
MACHINE_SAYS = "You have reached the mailbox of somebody who is not here, please leave a message after the tone."
AFTER = r"after ((?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+)"


@value(kw_only=True)
class Answers:
    """How a phone answers when it is called."""

    TITLE: ClassVar[str] = "answers"
    SHORT: ClassVar[str] = "how"

    how: Annotated[
        str | None,
        Doc("in words: at once, after 2s, busy (486), unreachable (480), or never"),
        Matches(rf"at once|busy|unreachable|never|{AFTER}", "at once, after 2s, busy, unreachable, or never"),
    ] = None
    after_s: Annotated[Duration | None, Doc("how long it rings until then; at once when left out")] = None
    decline: Annotated[int | None, Doc("it is declined, with this SIP status"), Between(400, 699)] = None
    early_media: Annotated[str, Doc("what the other side hears while it rings (183)")] = ""
    as_: Annotated[Literal["human", "machine"], Doc("a machine greets at length, and then gives a tone")] = "human"
    says: Annotated[str, Doc("what is said when it is answered")] = ""

    @property
    def manner(self) -> Manner:
        """As the phones know it."""
        machine = self.as_ == "machine"
        greeting = self.says or (MACHINE_SAYS if machine else "")
        after_s = self.after_s
        match self.how:
            case "busy":
                return Manner(after_s or 0.0, BUSY, rings=after_s is not None)
            case "unreachable":
                return Manner(after_s or 0.0, UNREACHABLE, rings=after_s is not None)
            case "never":
                return Manner(early_media=self.early_media)
            case str(how) if found := re.fullmatch(AFTER, how):
                after_s = seconds_of(found[1])
        return Manner(after_s or 0.0, self.decline, after_s is not None or self.decline is None, self.early_media, greeting, machine)

    def check(self) -> Iterator[Complaint]:
        """Words and keys must not say different things."""
        settled = self.how in ("busy", "unreachable", "never")
        timed = (self.how or "").startswith("after")
        yield from complain(
            (self.how is not None and self.decline is not None, "decline", "it is said how it answers already", "leave out one of them"),
            (timed and self.after_s is not None, "after", "it is said after how long already", "leave out one of them"),
            (settled and bool(self.says or self.as_ == "machine"), "says", "nobody says anything: it is not answered", "leave it out"),
            (self.decline is not None and bool(self.says), "says", "nobody says anything: it is declined", "leave it out"),
        )


@value(kw_only=True)
class Phone:
    """Somebody else with a phone."""

    TITLE: ClassVar[str] = "phone"
    SHORT: ClassVar[str] = "number"

    number: Annotated[Written, Doc("their number; or the user or SIP URI that a dial verb names"), NotEmpty()]
    caller_name: Annotated[str, Doc("their name, as it is shown")] = ""
    headers: Annotated[Mapping[str, Written], Doc("headers of their INVITE, such as X-Customer")] = field(default_factory=dict)
    answers: Annotated[Answers | None, Doc("what happens when they are called; when left out, steps say it: answer, decline")] = None
