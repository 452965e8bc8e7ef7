"""A call changed from outside, as the REST API does it: what a body may say, and who carries it out.

Source: jambonz.md 7.3 (jambonz-api-server accounts.js `validateUpdateCall`; feature server update-call.js, and call-session.js:2000-2076
at 389c65e2: the very code of the commands).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from simulator.jambonz import commands, javascript
from simulator.jambonz.call import Call
from simulator.jambonz.dialling import Dialling
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs import SCRIPTS

Json = dict[str, Any]

ONE_OF = (
    "call_hook",
    "child_call_hook",
    "call_status",
    "listen_status",
    "transcribe_status",
    "conf_hold_status",
    "conf_mute_status",
    "mute_status",
    "sip_request",
    "record",
    "tag",
    "dtmf",
    "conferenceParticipantAction",
    "dub",
    "boostAudioSignal",
    "media_path",
)
"""Exactly one of these; `whisper` may come along or alone, and what only the feature server knows may come along with either."""

WORDS = {
    "call_status": ("completed", "no-answer"),
    "listen_status": ("pause", "silence", "resume"),
    "mute_status": ("mute", "unmute"),
    "conf_hold_status": ("hold", "unhold"),
    "conf_mute_status": ("mute", "unmute"),
}
PARTICIPANT_ACTIONS = ("tag", "untag", "coach", "uncoach", "mute", "unmute", "hold", "unhold")


# --- what the API says of a body, before it looks for the call


def problem(body: Json) -> str | None:
    """Why the API refuses this body with 400; None when it does not."""
    return next(_problems(body), None)


def _problems(body: Json) -> Iterator[str]:
    given = [name for name in ONE_OF if _has(body, name)]
    if not given and not _has(body, "whisper"):
        yield "no valid options supplied to updateCall"
    both_hooks = set(given) == {"call_hook", "child_call_hook"}
    held = len(given) == 2 and "conf_hold_status" in given and _has(body, "waitHook")
    if len(given) > 1 and not both_hooks and not held:
        yield "multiple options are not allowed in updateCall"
    for name, words in WORDS.items():
        if _has(body, name) and body[name] not in words:
            yield f"invalid {name}"
    if _has(body, "sip_request") and not all(_has(body["sip_request"], name) for name in ("method", "content_type", "content")):
        yield "sip_request requires method, content_type and content properties"
    if _has(body, "record") and not _has(body["record"], "action"):
        yield "record requires action property"
    if _has(body, "dtmf") and not _has(body["dtmf"], "digit"):
        yield "invalid dtmf"
    if _has(body, "record") and body["record"]["action"] == "startCallRecording" and not _has(body["record"], "siprecServerURL"):
        yield "record requires siprecServerURL property when starting recording"
    if _has(body, "tag") and not isinstance(body["tag"], dict):
        yield "invalid tag data"
    if _has(body, "conferenceParticipantAction"):
        yield from _participant_problems(body["conferenceParticipantAction"])


def _participant_problems(wanted: Any) -> Iterator[str]:
    action = wanted.get("action") if isinstance(wanted, dict) else None
    if action not in PARTICIPANT_ACTIONS:
        known = isinstance(wanted, dict) and "action" in wanted
        yield f"conferenceParticipantAction invalid action property {javascript.text(action) if known else 'undefined'}"
    elif action in ("tag", "coach") and not _has(wanted, "tag"):
        yield f"conferenceParticipantAction requires tag property when action is '{action}'"


def _has(value: Any, name: str) -> bool:
    return isinstance(value, dict) and javascript.truthy(value.get(name))


# --- what the feature server says, once there is a call


class Unfit(Exception):
    """The feature server refuses: its HTTP status and words."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


def session_of(call: Call, body: Json) -> Call:
    """Whose session carries it out: for the leg that a `dial` has connected, that of the call with the `dial`. Raises `Unfit`."""
    sid = call.info.call_sid
    if _has(body, "call_status_hook") and not _has(body, "call_hook"):
        raise Unfit(400, f"call_status_hook can be updated only when call_hook is also being updated for call_sid {sid}")
    session = call if call.parent is None else call.parent
    dialling: Dialling | None = session.dialling
    if session.over or (session is not call and (dialling is None or dialling.winner is not call)):
        raise Unfit(422, f"call session is gone for call_sid {sid}")
    answered = session.answered_at_s is not None
    if (body.get("call_status") == "completed" and not answered) or (body.get("call_status") == "no-answer" and answered):
        raise Unfit(422, f"current call state is incompatible with requested action for call_sid {sid}")
    return session


def carry_out(session: Call, call_sid: str, body: Json) -> None:
    """The first of what the body has, then the whisper; `call_sid` says which leg of the session is meant."""

    def order(command: str, data: Any, **more: Any) -> None:
        commands.obey(session, command, {"type": "command", "command": command, "data": data, "callSid": call_sid, **more})

    done = next((name for name in ORDERS if _has(body, name)), None)
    if done is not None:
        ORDERS[done](session, body, order)
    if _has(body, "whisper") and done not in ALONE:
        order("whisper", {"whisper": body["whisper"]})


Order = Callable[..., None]

ALONE = ("call_status", "call_hook", "child_call_hook", "sip_request")
"""With these a whisper is not looked at any more."""


def _as(command: str, *names: str) -> Callable[[Call, Json, Order], None]:
    """An order whose data are these members of the body."""

    def give(session: Call, body: Json, order: Order) -> None:  # noqa: ARG001
        order(command, {name: body[name] for name in names if name in body})

    return give


def _inside(command: str, name: str) -> Callable[[Call, Json, Order], None]:
    """An order whose data are what stands in this member of the body."""

    def give(session: Call, body: Json, order: Order) -> None:  # noqa: ARG001
        order(command, body[name])

    return give


def _tag(session: Call, body: Json, order: Order) -> None:  # noqa: ARG001
    session.beside(SCRIPTS["tag"](VerbData("tag", {"data": body["tag"]}), session))


def _tool_output(session: Call, body: Json, order: Order) -> None:  # noqa: ARG001
    order("llm:tool-output", body["llm_tool_output"], tool_call_id=body.get("tool_call_id"))


ORDERS: dict[str, Callable[[Call, Json, Order], None]] = {
    "call_status": _as("call:status", "call_status"),
    "call_hook": _as("redirect", "call_hook", "child_call_hook", "call_status_hook"),
    "child_call_hook": _as("redirect", "child_call_hook"),
    "transcribe_status": _as("transcribe:status", "transcribe_status"),
    "listen_status": _as("listen:status", "listen_status"),
    "mute_status": _as("mute:status", "mute_status"),
    "conf_hold_status": _as("conf:hold-status", "conf_hold_status", "waitHook"),
    "conf_mute_status": _as("conf:mute-status", "conf_mute_status"),
    "sip_request": _as("sip:request", "sip_request"),
    "dtmf": _as("dtmf", "dtmf"),
    "record": _inside("record", "record"),
    "tag": _tag,
    "conferenceParticipantAction": _inside("conf:participant-action", "conferenceParticipantAction"),
    "dub": _inside("dub", "dub"),
    "boostAudioSignal": _inside("boostAudioSignal", "boostAudioSignal"),
    "media_path": _inside("media:path", "media_path"),
    "llm_tool_output": _tool_output,
    "llm_update": _inside("llm:update", "llm_update"),
}
