"""What the caller does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

from simulator.scenario.schema import Between, Complaint, Doc, Duration, Matches, NotEmpty, Written, complain
from simulator.scenario.steps.recordings import complaints, sound_file
from simulator.scenario.steps.registry import CallLine, step
from simulator.scenario.value import value

TURN_S = 30.0
"""How long the caller waits for a turn."""


@step("caller", "say")
@value(kw_only=True)
class Say(CallLine):
    """The caller speaks, politely: when the assistant has been heard to the end."""

    say: Annotated[str, Doc("what the caller says"), NotEmpty()]
    within_s: Annotated[Duration, Doc("how long it may take until it is the caller's turn")] = TURN_S


@step("caller", "interrupt")
@value(kw_only=True)
class Interrupt(CallLine):
    """The caller speaks while the assistant does."""

    interrupt: Annotated[str, Doc("what the caller says"), NotEmpty()]
    after_s: Annotated[Duration | None, Doc("how much of the assistant's speech has been heard then; at once when left out")] = None
    within_s: Annotated[Duration, Doc("how long it may take until the assistant has said so much")] = TURN_S


@step("caller", "press")
@value(kw_only=True)
class Press(CallLine):
    """The caller presses keys (DTMF)."""

    press: Annotated[Written, Doc('the keys, for example "1" or "42#"'), Matches(r"[0-9A-Da-d*#]+", "keys of a telephone: 0 to 9, *, #, A to D")]


@step("caller", "play")
@value(kw_only=True)
class Play(CallLine):
    """The caller plays a sound, when the assistant has been heard to the end."""

    play: Annotated[str, Doc("a WAV file, relative to this file"), NotEmpty()]
    says: Annotated[str, Doc("the words in it: what the transcript says, unless the sound carries words of its own")] = ""
    within_s: Annotated[Duration, Doc("how long it may take until it is the caller's turn")] = TURN_S

    @property
    def path(self) -> Path:
        """The file, seen from where the scenario was loaded."""
        return sound_file(self.where, self.play)

    def check(self) -> Iterator[Complaint]:
        """There must be such a file, and sound in it."""
        yield from complaints("play", self.where, self.play)


@step("caller", "wait")
@value(kw_only=True)
class Wait(CallLine):
    """The caller is silent for a while, whatever happens."""

    wait_s: Annotated[Duration, Doc("for how long")]


@step("caller", "hang_up")
@value(kw_only=True)
class HangUp(CallLine):
    """The caller hangs up, or gives up when the call has not been answered."""

    hang_up: Annotated[Literal[True] | Mapping[str, Written], Doc("true, or headers of the BYE")]
    after_s: Annotated[Duration | None, Doc("how much of the assistant's speech has been heard then; at once when left out")] = None
    within_s: Annotated[Duration, Doc("how long it may take until the assistant has said so much")] = TURN_S

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the BYE."""
        return {} if self.hang_up is True else self.hang_up


@step("caller", "noise")
@value(kw_only=True)
class Noise(CallLine):
    """The caller coughs: sound without words, whoever is speaking."""

    noise_s: Annotated[Duration, Doc("for how long")]
    level_db: Annotated[float, Doc("how loud, in dB below full scale"), Between(-90, 0)] = -14.0

    def check(self) -> Iterator[Complaint]:
        """A cough of no length or of minutes is a mistake."""
        yield from complain((not 0 < self.noise_s <= 60, "noise", "a noise lasts up to a minute", "for example noise: 300ms"))


@step("caller", "dial")
@value(kw_only=True)
class Dial(CallLine):
    """Somebody else calls the application; the caller of `call:` has dialled before the first step."""

    dial: Annotated[Literal[True], Doc("true: the number of call: is dialled")]

    def check(self) -> Iterator[Complaint]:
        """The first caller has dialled already."""
        yield from complain(
            (self.who is None, "dial", "the caller has dialled already: that is how the call began", "name somebody of phones: with who:")
        )


@step("caller", "answer")
@value(kw_only=True)
class Answer(CallLine):
    """Somebody who is called answers the phone; the step waits until it rings."""

    answer: Annotated[Literal[True], Doc("true")]
    within_s: Annotated[Duration, Doc("how long it may take until the phone rings")] = TURN_S


@step("caller", "decline")
@value(kw_only=True)
class Decline(CallLine):
    """Somebody who is called declines; the step waits until the phone rings."""

    decline: Annotated[int, Doc("the SIP status, such as 486 (busy) or 603 (declined)"), Between(400, 699)]
    within_s: Annotated[Duration, Doc("how long it may take until the phone rings")] = TURN_S


@step("caller", "sends")
@value(kw_only=True)
class Sends(CallLine):
    """The caller's phone sends a SIP request within the call."""

    sends: Annotated[Literal["INFO", "MESSAGE"], Doc("the method")]
    body: Annotated[str, Doc("what it carries")] = ""
    headers: Annotated[Mapping[str, Written], Doc("its headers, such as Content-Type")] = field(default_factory=dict)
    within_s: Annotated[Duration, Doc("how long it may take until there is a call to send it in")] = TURN_S


@step("caller", "transfers")
@value(kw_only=True)
class Transfers(CallLine):
    """The caller asks jambonz to call somebody else instead (SIP REFER)."""

    transfers: Annotated[Written, Doc("whom: a number or a SIP URI"), NotEmpty()]
    by: Annotated[Written | None, Doc("who asks for it (Referred-By)")] = None
    headers: Annotated[Mapping[str, Written], Doc("further headers, such as X-Reason")] = field(default_factory=dict)
    within_s: Annotated[Duration, Doc("how long it may take until there is a call to send it in")] = TURN_S


@step("caller", "holds")
@value(kw_only=True)
class Holds(CallLine):
    """The caller puts the call on hold, or takes it back (SIP re-INVITE)."""

    holds: Annotated[bool, Doc("true: on hold; false: back")]
    within_s: Annotated[Duration, Doc("how long it may take until there is a call to send it in")] = TURN_S


CallerStep = Say | Interrupt | Press | Play | Wait | HangUp | Noise | Dial | Answer | Decline | Sends | Transfers | Holds
