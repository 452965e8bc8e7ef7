"""What can happen to a feature server during calls, and what it orders. `leg` counts its calls: 0 is the first, that of the scenario's caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import Struct

from simulator.jambonz.fork_events import AudioEffect, AudioHappening
from simulator.jambonz.messages import Invite
from simulator.script import Timeout
from simulator.speech import Speech

Json = dict[str, Any]


# --- events from outside -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Invited:
    """A caller's INVITE has arrived. The first call (leg 0) is known beforehand; every other one brings its `invite`."""

    leg: int = 0
    invite: Invite | None = None


@dataclass(frozen=True, slots=True)
class AppConnected:
    """A websocket to the application is open. `socket` counts them: 0, and one more for each redirect to another server."""

    socket: int = 0


@dataclass(frozen=True, slots=True)
class AppUnreachable:
    """Dialling the application failed. `kind` is the class the retry policy knows (`ct`, `4xx`, `5xx`), None for the others."""

    kind: Literal["ct", "4xx", "5xx"] | None
    reason: str
    socket: int = 0


@dataclass(frozen=True, slots=True)
class AppSaid:
    """A frame of the application, as text; `binary` says that it came as a binary one."""

    text: str
    socket: int = 0
    binary: bool = False


@dataclass(frozen=True, slots=True)
class AppClosed:
    """The websocket to the application has closed; 1006 without a close frame, 1005 without a code."""

    code: int
    socket: int = 0


@dataclass(frozen=True, slots=True)
class CallerSpoke:
    """The caller begins to speak (or to cough: no words)."""

    speech: Speech
    leg: int = 0


@dataclass(frozen=True, slots=True)
class CallerPressed:
    """The caller presses keys, one after the other."""

    digits: str
    leg: int = 0


@dataclass(frozen=True, slots=True)
class CallerHungUp:
    """BYE of the caller, or CANCEL while the call is unanswered. `headers` are the custom headers of the BYE."""

    headers: Json = field(default_factory=dict)
    leg: int = 0


@dataclass(frozen=True, slots=True)
class CallerRequested:
    """A SIP request of the caller's side within the call: INFO, MESSAGE, REFER, or INVITE (again, for hold). Header names as written."""

    method: str
    headers: Json = field(default_factory=dict)
    body: str = ""
    leg: int = 0


@dataclass(frozen=True, slots=True)
class Misheard:
    """The next final transcript of the caller says something else, is less sure, or does not come: `failure` is the recogniser's error then."""

    text: str | None = None
    confidence: float | None = None
    failure: str | None = None
    leg: int = 0


@dataclass(frozen=True, slots=True)
class CreateCall:
    """Somebody asks for an outbound call: `body` as the REST API takes it. Answered by `CallCreated` or `CallRefused`."""

    body: Json
    leg: int


@dataclass(frozen=True, slots=True)
class ApiAsked:
    """A request to the REST API: `path` without its query, header names in lower case. Answered by `ApiAnswered` with its `number`.

    `by` is who asks: the application, whose requests count from 1, or the scenario, which has 0.
    """

    number: int
    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    by: Literal["app", "scenario"] = "app"


@dataclass(frozen=True, slots=True)
class PhoneRang:
    """A phone that is called rings: 180, or 183 with sound of its own (`early_media`)."""

    early_media: bool = False
    leg: int = 0


@dataclass(frozen=True, slots=True)
class PhoneAnswered:
    """A phone that is called is picked up: 200."""

    leg: int = 0


@dataclass(frozen=True, slots=True)
class PhoneRefused:
    """A call to a phone has failed: a final response of 400 or more; 487 after a CANCEL."""

    status: int
    reason: str
    leg: int = 0


@dataclass(frozen=True, slots=True)
class PhoneBeeped:
    """An answering machine gives its tone."""

    frequency_hz: int
    leg: int = 0


@dataclass(frozen=True, slots=True)
class ModelConnected:
    """The websocket to the model is open."""

    leg: int = 0


@dataclass(frozen=True, slots=True)
class ModelUnreachable:
    """The websocket to the model could not be opened."""

    reason: str
    leg: int = 0


class ModelSaid(Struct, frozen=True):  # hundreds in a call, and a fifth of the cost of a dataclass
    """An event of the model server; audio is bytes."""

    event: Json
    leg: int = 0


@dataclass(frozen=True, slots=True)
class ModelClosed:
    """The model has closed its websocket."""

    code: int
    reason: str = ""
    leg: int = 0


@dataclass(frozen=True, slots=True)
class AudioFetched:
    """What `FetchAudio` brought: samples (16-bit mono), or None when there is no such file."""

    url: str
    pcm: bytes | None
    rate_hz: int = 8_000


@dataclass(frozen=True, slots=True)
class WebhookResponds:
    """Status line and headers of the answer to a request over HTTP have come; the body follows."""

    request: int


@dataclass(frozen=True, slots=True)
class WebhookAnswered:
    """The answer to a request over HTTP; `content_type` as it stands in the header, empty without one."""

    request: int
    status: int
    content_type: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class WebhookFailed:
    """A request over HTTP got no answer, or the answer no end. `kind` is `ct` for what the retry policy calls a connection failure.

    `error` holds the fields that Node's error object has of its own, such as `code`.
    """

    request: int
    kind: Literal["ct"] | None
    reason: str
    error: Json = field(default_factory=dict)


Happening = (
    Invited
    | AppConnected
    | AppUnreachable
    | AppSaid
    | AppClosed
    | CallerSpoke
    | CallerPressed
    | CallerHungUp
    | CallerRequested
    | Misheard
    | CreateCall
    | ApiAsked
    | PhoneRang
    | PhoneAnswered
    | PhoneRefused
    | PhoneBeeped
    | ModelConnected
    | ModelUnreachable
    | ModelSaid
    | ModelClosed
    | AudioFetched
    | WebhookResponds
    | WebhookAnswered
    | WebhookFailed
    | AudioHappening
    | Timeout
)


# --- events inside the call: what scripts wait for -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Acked:
    """The application has acknowledged `msgid`; `data` as sent, None when absent."""

    msgid: str
    data: Any = None


@dataclass(frozen=True, slots=True)
class Unacked:
    """No acknowledgement will come for `msgid`. `message` is set where the real server has an error object to say why.

    `error` are that object's own fields, of a request over HTTP.
    """

    msgid: str
    why: str
    message: str | None = None
    error: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Woken:
    """An idle session has something to do again, or the call is over."""


@dataclass(frozen=True, slots=True)
class Played:
    """What was queued for the caller has been played to the end."""


@dataclass(frozen=True, slots=True)
class Sensed:
    """Something that a recogniser has noticed; `by` is the recogniser, for several may listen at once."""

    by: object = field(default=None, kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PlayEnded:
    """All files of a `play` have been played, or one was not `found`."""

    verb: object = field(compare=False)
    found: bool


@dataclass(frozen=True, slots=True)
class Recognized(Sensed):
    """The recogniser has a final transcript of what the caller said, and this much confidence in it (0 to 1)."""

    text: str
    confidence: float = 0.98


@dataclass(frozen=True, slots=True)
class SpeechDetected(Sensed):
    """The caller has begun to say something with words, seen by a recogniser: the words so far."""

    text: str


@dataclass(frozen=True, slots=True)
class SoundDetected(Sensed):
    """Voice activity detection hears something, words or not."""


@dataclass(frozen=True, slots=True)
class RecognitionFailed(Sensed):
    """The recogniser's vendor reports an error instead of a transcript."""

    error: str


@dataclass(frozen=True, slots=True)
class PromptOver:
    """What a gather plays before it listens has been played, or could not be; `by` says whose."""

    by: object = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Digit:
    """One key."""

    digit: str


@dataclass(frozen=True, slots=True)
class DialMoved:
    """Something has changed about the legs of a `dial` verb; its `Dialling` knows what."""


@dataclass(frozen=True, slots=True)
class ConferenceMoved:
    """Something has changed about a conference for this call: it may come in, or is out; its `Member` knows what."""


@dataclass(frozen=True, slots=True)
class QueueMoved:
    """Something has changed for this call in a queue, or in the meeting that came of it; its `Place` or `Meeting` knows what."""


@dataclass(frozen=True, slots=True)
class LlmEnded:
    """The session with the model is over; `error` is the model's error object when it gave one."""

    completion_reason: str
    error: Any = None


# --- effects ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConnectApp:
    """Dial the application: GET `url` with `headers`, subprotocol `ws.jambonz.org`."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    socket: int = 0


class SendApp(Struct, frozen=True):
    """Send this message to the application."""

    message: Json
    socket: int = 0


@dataclass(frozen=True, slots=True)
class CloseApp:
    """Close the websocket to the application."""

    code: int
    socket: int = 0


@dataclass(frozen=True, slots=True)
class AskWebhook:
    """Make a request over HTTP: `headers` as they are, no others; `body` is None for GET. Answered by events of the same `request`.

    `message` is what of it stands in the journal: `{type, webhook, method, url, hook?, data, attempt?}`.
    """

    request: int
    method: str
    url: str
    headers: dict[str, str]
    body: str | None
    message: Json
    leg: int = 0


@dataclass(frozen=True, slots=True)
class AbandonWebhook:
    """Wait for the answer to this request no longer."""

    request: int
    leg: int = 0


@dataclass(frozen=True, slots=True)
class ConnectModel:
    """Open a websocket to the model server of a vendor (`vendors/vendor.py` `Endpoint`)."""

    host: str
    path: str
    headers: dict[str, str]
    vendor: str = "openai"
    audio_hz: tuple[int, int] | None = None
    leg: int = 0


@dataclass(frozen=True, slots=True)
class SendModel:
    """Send a client event to the model; audio is bytes."""

    event: Json
    leg: int = 0


@dataclass(frozen=True, slots=True)
class CloseModel:
    """Close the websocket to the model."""

    code: int = 1000
    leg: int = 0


@dataclass(frozen=True, slots=True)
class FetchAudio:
    """GET an audio file for `play`; answered by `AudioFetched`."""

    url: str


@dataclass(frozen=True, slots=True)
class InvitePhone:
    """Call somebody: INVITE to `to`, a number, a user or a SIP URI. Answered by `PhoneRang`, `PhoneAnswered`, `PhoneRefused`."""

    to: str
    from_: str
    name: str = ""
    headers: Json = field(default_factory=dict)
    leg: int = 0


@dataclass(frozen=True, slots=True)
class CancelInvite:
    """CANCEL: the call to a phone that has not answered is not wanted any more."""

    leg: int = 0


@dataclass(frozen=True, slots=True)
class CallCreated:
    """An outbound call is under way; what the REST API answers with 201."""

    sid: str
    call_id: str
    leg: int = 0


@dataclass(frozen=True, slots=True)
class CallRefused:
    """An outbound call is not made; what the REST API answers: an HTTP status, and `{msg}`."""

    status: int
    body: Json
    leg: int = 0


@dataclass(frozen=True, slots=True)
class ApiAnswered:
    """What the REST API answers: `body` as JSON, or `text`."""

    number: int
    status: int
    body: Any
    text: str | None
    headers: dict[str, str]

    @property
    def content(self) -> Any:
        """What the answer says, in whichever form."""
        return self.body if self.text is None else self.text


@dataclass(frozen=True, slots=True)
class Note:
    """Write something down that is not a frame of a socket."""

    link: Literal["app", "model", "media", "audio", "world"]
    kind: str
    frame: Json
    leg: int = 0


@dataclass(frozen=True, slots=True)
class CallOver:
    """The session is over: nothing follows."""

    leg: int = 0


Effect = (
    ConnectApp
    | SendApp
    | CloseApp
    | AskWebhook
    | AbandonWebhook
    | ConnectModel
    | SendModel
    | CloseModel
    | FetchAudio
    | InvitePhone
    | CancelInvite
    | CallCreated
    | CallRefused
    | ApiAnswered
    | AudioEffect
    | Note
    | CallOver
)


def ignored(what: str, why: str, remedy: str, frame: Any = None) -> Note:
    """A note on something of the application that the real server does not look at; what it stands in is done all the same."""
    return Note("app", "ignored", {"what": what, "why": why, "remedy": remedy} | ({} if frame is None else {"frame": frame}))


def dropped(what: str, why: str, remedy: str, frame: Any = None) -> Note:
    """A note on something of the application that the real server drops without a word."""
    return Note("app", "dropped", {"what": what, "why": why, "remedy": remedy} | ({} if frame is None else {"frame": frame}))
