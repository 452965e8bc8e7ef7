"""What stands in a scenario before its steps: the feature server, the call, the far end, speech, the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Annotated, Any, ClassVar, Literal

from simulator.jambonz.defects import Defects
from simulator.scenario.phone import Answers
from simulator.scenario.schema import Between, Complaint, Doc, Duration, NotEmpty, OrOne, Written, complain
from simulator.scenario.steps.model import Answer
from simulator.scenario.switches import OfDefects
from simulator.scenario.value import value


@value(kw_only=True)
class JambonzSettings:
    """Which feature server is simulated."""

    TITLE: ClassVar[str] = "jambonz"

    profile: Annotated[Literal["0.9.8", "10"], Doc("the generation of the feature server")] = "0.9.8"
    compat: Annotated[
        bool | None,
        Doc("whether beta payloads are converted to GA and event names aliased back, as deployed servers do; default: on for ga"),
    ] = None
    status_hook: Annotated[bool, Doc("whether the application has a call status hook, and so is told call:status")] = True
    defects: Annotated[
        Defects, OfDefects(), Doc("which defects of the real server are imitated: all, unless switched off one by one, or all of them")
    ] = Defects()


@value(kw_only=True)
class CallSettings:
    """The call: one that comes in, or one that is asked for with the REST API."""

    TITLE: ClassVar[str] = "call"

    from_: Annotated[Written, Doc("the number of the caller; of an outbound call, the one that is shown"), NotEmpty()] = "+15083084809"
    to: Annotated[Written, Doc("the number that was dialled; of an outbound call, the caller's"), NotEmpty()] = "+15083728363"
    caller_name: Annotated[str, Doc("the name of the caller")] = ""
    direction: Annotated[Literal["inbound", "outbound"], Doc("who calls whom: outbound calls begin with createCall of the REST API")] = "inbound"
    answers: Annotated[Answers | None, Doc("outbound: how the caller's phone answers; when left out, steps say it: answer, decline")] = None
    create: Annotated[
        Mapping[str, Any] | None, Doc("outbound: more of the body of createCall: tag, timeout, timeLimit, headers, amd, call_hook, …")
    ] = None
    env_vars: Annotated[
        Mapping[str, Written | None] | None, Doc("application environment variables, as the jambonz portal holds them; null takes one away")
    ] = None
    headers: Annotated[Mapping[str, Written], Doc("headers of the INVITE, such as X-Customer")] = field(default_factory=dict)

    def check(self) -> Iterator[Complaint]:
        """Nobody answers a phone that calls."""
        inbound = self.direction == "inbound"
        yield from complain(
            (inbound and self.answers is not None, "answers", "the caller calls, and is not called", "direction: outbound"),
            (inbound and self.create is not None, "create", "nobody asks for a call that comes in", "direction: outbound"),
        )


@value(kw_only=True)
class ReferSettings:
    """What the caller's side answers to a REFER (verb `sip:refer`)."""

    TITLE: ClassVar[str] = "sip.refer"
    SHORT: ClassVar[str] = "status"

    status: Annotated[int, Doc("the status; 202 accepts"), Between(200, 699)] = 202
    notify: Annotated[tuple[int, ...], OrOne(), Doc("the statuses of the new call it tells of after a 202")] = (100, 200)
    after_s: Annotated[Duration, Doc("how long each of them takes")] = 1.0


@value(kw_only=True)
class SipSettings:
    """What the caller's side answers to the requests of jambonz."""

    TITLE: ClassVar[str] = "sip"

    refer: Annotated[ReferSettings, Doc("to REFER: a status, or {status, notify, after}")] = ReferSettings()
    info: Annotated[int | Literal["no answer"], Doc("to INFO: a status")] = 200
    message: Annotated[int | Literal["no answer"], Doc("to MESSAGE: a status")] = 200

    def check(self) -> Iterator[Complaint]:
        """A final status of SIP."""
        for key, status in (("info", self.info), ("message", self.message)):
            wrong = isinstance(status, int) and not 200 <= status <= 699
            yield from complain((wrong, key, f"{status} is no final status of SIP", "write one from 200 to 699"))


@value(kw_only=True)
class SpeechSettings:
    """The speech services of jambonz: recognition in `gather`, synthesis in `say`. The model has its own."""

    TITLE: ClassVar[str] = "speech"

    confidence: Annotated[float, Doc("how sure recognition is, from 0 to 1"), Between(0, 1)] = 0.98
    synthesis_s: Annotated[Duration, Doc("how long synthesis takes, where that is told; nobody waits for it")] = 0.025
    synthesis_fails: Annotated[str | None, Doc("synthesis fails, with this error of the vendor")] = None


@value(kw_only=True)
class ModelSettings:
    """The model of this call."""

    TITLE: ClassVar[str] = "model"

    default: Annotated[Answer | None, Doc("the answer to every response that no step answers")] = None
