"""Defects of the real server, imitated because applications have to live with them; each can be switched off.

Whoever stands where a defect shows asks `NAME in defects`, does as the real server does or else what is sane (`instead`), and
writes down what the defect did to this call (`met`): that is the warning J022. Source: jambonz.md 11.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.jambonz.events import Note


@dataclass(frozen=True, slots=True)
class Defect:
    """One of them: what the real server does, what is done `instead` where it is switched off, and what an application can do about it."""

    name: str
    what: str
    instead: str
    remedy: str
    source: str


@dataclass(frozen=True, slots=True)
class Defects:
    """Which of them are imitated: all but those that are `off`, by name."""

    off: frozenset[str] = frozenset()

    def __contains__(self, defect: Defect) -> bool:
        return defect.name not in self.off


def met(defect: Defect, did: str) -> Note:
    """A note that an application has met a defect, and what it `did` to this call."""
    return Note("app", "defect", {"defect": defect.name, "did": did, "remedy": defect.remedy})


BINARY_FRAMES = Defect(
    "binary_frames",
    "a binary frame is read and obeyed as if it were text",
    "it is thrown away, and the call goes on",
    "send text frames: a server that mends this will not read the others",
    "jambonz.md 1.2; ws-requestor.js:483",
)
STUCK_QUEUE = Defect(
    "stuck_queue",
    "after a drop before the ack of session:new, and a proper ack of session:reconnect, every later message is queued for ever",
    "the ack of session:reconnect sends the queue on its way, as after any other drop",
    "acknowledge session:new at once, so that a drop finds it acknowledged; hooks of such a call never arrive",
    "jambonz.md 1.4; ws-requestor.js:244-261",
)
UNGUARDED_RECONNECT = Defect(
    "unguarded_reconnect",
    "no timer guards a session:reconnect that is sent while session:new is open: without an ack the phone rings for ever",
    "its ack is awaited for 5 s, as that of any other message; then the call is refused with 480",
    "acknowledge session:reconnect, with verbs when session:new was not acknowledged",
    "jambonz.md 1.4; ws-requestor.js:244-261",
)
UNORDERED_FLUSH = Defect(
    "unordered_flush",
    "what was queued during a drop is sent in two groups: first what wants an ack, then the rest, each in its order",
    "it is sent in the order in which it came about",
    "do not read an order into hooks, call:status and llm:event behind a session:reconnect",
    "jambonz.md 1.4; ws-requestor.js:215-228",
)
RC_ZERO = Defect(
    "rc_zero",
    "rc=0 in the hash of a hook means five retries instead of none",
    "it means none: neither the first connection nor a dropped one is dialled again by itself",
    "write rc=1 for the least there is, or choose with rp what is tried again",
    "jambonz.md 1.1; ws-requestor.js:46-56",
)
LOST_CALL_STATUS = Defect(
    "lost_call_status",
    "without a call status hook no call:status is sent at all: the send raises, and the error is swallowed",
    "call:status is sent on the socket of the call",
    "give the application a call status hook, or take the close of the socket as the end of the call",
    "jambonz.md 2.5; call-session.js:3141-3153",
)
HANGUP_SKIPPED = Defect(
    "hangup_skipped",
    "a hangup verb on a call that is not answered is skipped: the phone rings on",
    "the call is refused with 603 Decline, and the application hears call:status failed",
    "refuse with sip:decline, or answer first",
    "jambonz.md 4.2; call-session.js:1387-1391, 2558-2575",
)
ACK_BEATS_REDIRECT = Defect(
    "ack_beats_redirect",
    "verbs in the ack of the hook of a verb that a redirect has killed (llm, listen, conference, play) replace those of the redirect",
    "they are ignored, as they are for dial and enqueue, and the verbs of the redirect run",
    "acknowledge the hook without data when a redirect is under way",
    "jambonz.md 5.4; task.js:254-259",
)
OPEN_FILTER = Defect(
    "open_filter",
    "an `events` list that includes no name, such as [], [-error] or a wildcard that matches none, lets every event through",
    "[] and a wildcard that matches none let nothing through; exclusions alone mean every known event but those",
    'write ["all", "-error"] to leave some out, and leave eventHook out to get none',
    "jambonz.md 6.3; openai_s2s.js:375-395",
)
LOST_TOOL_CALL = Defect(
    "lost_tool_call",
    "a tool call whose arguments are empty or not JSON is lost, with its event: the server raises where nobody catches, and the model waits for ever",
    "empty arguments are {}, others reach the tool hook as the text they are",
    "give every tool a required parameter, so that the model writes arguments",
    "jambonz.md 6.4; openai_s2s.js:317-361",
)
STALE_RECONNECT = Defect(
    "stale_reconnect",
    "the data of session:reconnect are those of session:new, as they were; on a socket that never carried one they are {}, without call_sid",
    "they are those of session:new with the call info of now, and call_sid is always there",
    "find the session by call_sid, and keep the state of the call yourself",
    "jambonz.md 1.4; ws-requestor.js:191-192",
)

KNOWN: Mapping[str, Defect] = {
    defect.name: defect
    for defect in (
        BINARY_FRAMES,
        STUCK_QUEUE,
        UNGUARDED_RECONNECT,
        UNORDERED_FLUSH,
        RC_ZERO,
        LOST_CALL_STATUS,
        HANGUP_SKIPPED,
        ACK_BEATS_REDIRECT,
        OPEN_FILTER,
        LOST_TOOL_CALL,
        STALE_RECONNECT,
    )
}
"""All that are imitated, by name."""
