"""Commands about a conference: who is muted, who is on hold, who speaks to whom, who has to go.

Source: jambonz.md 3.3 (call-session.js `_lccConf…`, conference.js `doConference…`). All of them need a call that is in one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.errors import did_you_mean
from simulator.jambonz.call import Call
from simulator.jambonz.conference import Member
from simulator.jambonz.events import dropped
from simulator.jambonz.messages import raw_call_info
from simulator.jambonz.verbs.interlude import Interlude

Frame = dict[str, Any]

HOLD_GAP_S = 0.02
"""Before the hook of a hold is asked again. The server waits for nothing there; this is the way to the application and back."""


def mute_others(call: Call, frame: Frame) -> str:
    """`conf:mute-status`: all who are no moderators, whoever asks for it; `mute`, or anything else to let them be heard again."""
    member = _member(call, "command conf:mute-status", frame)
    if member is None:
        return "dropped"
    muted = _settings(frame).get("conf_mute_status") == "mute"
    for other in member.conference.members[:]:
        if not other.moderator:
            other.mute(muted)
    return "muted who is no moderator" if muted else "unmuted who is no moderator"


def hold(call: Call, frame: Frame) -> str:
    """`conf:hold-status`: this member neither hears nor is heard, and listens to what `wait_hook` gives; `unhold` ends that."""
    member = _member(call, "command conf:hold-status", frame)
    if member is None:
        return "dropped"
    settings = _settings(frame)
    return _hold(member, settings.get("conf_hold_status") == "hold", settings.get("wait_hook"))


def participant_action(call: Call, frame: Frame) -> str:
    """`conf:participant-action`: one of `ACTIONS`, upon this member."""
    member = _member(call, "command conf:participant-action", frame)
    if member is None:
        return "dropped"
    settings = _settings(frame)
    action = settings.get("action")
    if not isinstance(action, str) or action not in ACTIONS:
        why = f"there is no action {action!r}: the server only logs it"
        call.do(dropped("command conf:participant-action", why, did_you_mean(str(action), list(ACTIONS)), frame))
        return "dropped"
    return ACTIONS[action](member, settings)


def _member(call: Call, what: str, frame: Frame) -> Member | None:
    """What this call is in a conference; otherwise the command is dropped."""
    if call.member is None:
        why = "the call is in no conference: it is still waiting or listening to a prompt, or has left"
        call.do(dropped(what, why, "send it once the conference verb has joined (statusEvents: [join] tells when)", frame))
    return call.member


def _settings(frame: Frame) -> Frame:
    return frame["data"] if isinstance(frame["data"], dict) else {}


def _mute(member: Member, muted: bool) -> str:
    member.mute(muted)
    return "muted" if muted else "unmuted"


def _hold(member: Member, held: bool, wait_hook: Any) -> str:
    call = member.call
    if wait_hook:
        member.wait_hook = wait_hook
    if held and member.on_hold and not wait_hook:
        return "was on hold already"
    if member.interlude is not None:
        member.interlude.end()
        member.interlude = None
    if held != member.on_hold:
        member.on_hold = member.deaf = member.muted = held  # who was muted before the hold is heard after it
        call.note("held" if held else "unheld")
        call.stop_playing()
        member.conference.mix(call.now_s)
    if held and member.wait_hook:
        payload: Callable[[], Frame] = lambda: raw_call_info(call.invite, call.info)  # noqa: E731
        member.interlude = Interlude(call, "wait_hook", member.wait_hook, payload, HOLD_GAP_S)
        member.interlude.begin()
    return "on hold" if held else "not on hold"


def _tag(member: Member, tag: Any) -> str:
    """The member's tag decides at once who of those that speak to one tag alone is heard by it."""
    member.tag = str(tag) if tag else None
    member.conference.mix(member.call.now_s)
    return f"tagged {tag}" if tag else "untagged"


def _coach(member: Member, tag: Any) -> str:
    member.speaks_only_to = str(tag) if tag else None
    member.conference.mix(member.call.now_s)
    return f"speaks only to {tag}" if tag else "speaks to all"


def _kick(member: Member) -> str:
    member.call.note("kicked")
    member.kick()
    return "kicked"


ACTIONS: dict[str, Callable[[Member, Frame], str]] = {
    "tag": lambda member, settings: _tag(member, settings.get("tag")),
    "untag": lambda member, settings: _tag(member, None),  # noqa: ARG005 - the shape of an action
    "coach": lambda member, settings: _coach(member, settings.get("tag")),
    "uncoach": lambda member, settings: _coach(member, None),  # noqa: ARG005
    "mute": lambda member, settings: _mute(member, True),  # noqa: ARG005
    "unmute": lambda member, settings: _mute(member, False),  # noqa: ARG005
    "hold": lambda member, settings: _hold(member, True, settings.get("wait_hook")),
    "unhold": lambda member, settings: _hold(member, False, None),  # noqa: ARG005
    "kick": lambda member, settings: _kick(member),  # noqa: ARG005
}
"""What can be done to a participant."""
