"""A conference: who is in it, who waits for it to begin, who hears whom.

Source: jambonz.md 3.3 and 5.2 (conference.js; what it orders of the media server: FreeSWITCH, mod_conference).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.ids import iso_time
from simulator.jambonz.events import ConferenceMoved, Note
from simulator.jambonz.hooks import hook_name
from simulator.jambonz.media import LINE_HZ, Line, bong, mixed
from simulator.jambonz.messages import B3_WHEN_TRACING_IS_OFF, CallInfo

if TYPE_CHECKING:
    from simulator.jambonz.call import Call
    from simulator.jambonz.verbs.interlude import Interlude

Json = dict[str, Any]

STATUS_EVENTS = ("start", "end", "join", "leave", "start-talking", "stop-talking")


def conference_status_data(event: str, sid: str, name: str, since_start_s: float, members: int, time: str, info: CallInfo) -> Json:
    """`data` of a conference's `statusHook`: `{event, duration, time, members, conference_sid, friendly_name}`, call info, and `b3`.

    `duration` is seconds with milliseconds, `time` ISO 8601. Source: conference.js `_notifyConferenceEvent`. Two slips of it are
    kept: `b3` is inside of `data` and not in the envelope, and the duration of a call that is over hides that of the conference.
    """
    told = {"event": event, "duration": round(since_start_s, 3), "time": time, "members": members}
    return {**told, "conference_sid": sid, "friendly_name": name, **info.payload(), "b3": B3_WHEN_TRACING_IS_OFF}


@dataclass(slots=True)
class Conference:
    """All of one name. It is `begun` from the first member that may start it until one that ends it, or the last, has left.

    Whoever finds it begun tells of events as the one who began it has asked for, at that one's hook (`status_events`, `status_hook`).
    """

    sid: str
    name: str
    begun_at_s: float | None = None
    status_events: tuple[str, ...] = ()
    status_hook: Any = None
    members: list[Member] = field(default_factory=list)
    waiting: list[Member] = field(default_factory=list)
    most: float | None = None
    """How many may be in it: what the last one who came in and had an opinion said, until it is empty."""
    tone: Line = field(default_factory=Line)
    """What everybody hears of the conference itself."""

    def begin(self, starter: Member) -> None:
        """From now on it is there for others, though its starter may still be listening to something."""
        self.begun_at_s = starter.call.now_s
        self.status_events, self.status_hook = starter.status_events, starter.status_hook

    def open(self) -> None:
        """Let those in who have been waiting."""
        waiting, self.waiting = self.waiting, []
        for member in waiting:
            member.admit()

    def end(self) -> None:
        """It is not there any more for those who come; those who are in it stay until they are put out."""
        self.begun_at_s = None

    def remove(self, member: Member) -> None:
        """Nobody hears this member any more, nor are they in anybody's way."""
        if member in self.members:
            self.members.remove(member)
            if not self.members:
                self.most, self.tone = None, Line()

    @property
    def full(self) -> bool:
        """Whether nobody more may come in."""
        return self.most is not None and len(self.members) >= self.most

    def mix(self, now_s: float) -> None:
        """Who hears whom has changed, or somebody begins to speak: from now on everybody hears what they should."""
        for hearer in self.members:
            if not hearer.deaf:  # those on hold may be listening to something of their own
                heard = [speaker.call.line for speaker in self.members if speaker.is_heard_by(hearer)]
                hearer.call.play_instead(mixed([*heard, self.tone], now_s), LINE_HZ)


@dataclass(slots=True, eq=False)
class Member:
    """One call in a conference, or on its way into one; `data` are the properties of its verb.

    `moderator` is who may start the conference and says so; the media server knows no other moderators.
    """

    call: Call
    conference: Conference
    data: Json
    tag: str | None = None
    speaks_only_to: str | None = None
    muted: bool = False
    deaf: bool = False
    on_hold: bool = False
    interlude: Interlude | None = None
    """What is listened to on hold."""
    wait_hook: Any = None
    """Where that comes from."""
    may_enter: bool = False
    starts: bool = False
    inside: bool = False
    out: bool = False
    since_s: float = 0.0
    status_events: tuple[str, ...] = ()
    status_hook: Any = None

    def __post_init__(self) -> None:
        data = self.data
        self.tag, self.speaks_only_to, self.status_hook = data.get("memberTag") or None, data.get("speakOnlyTo") or None, data.get("statusHook")
        wanted = data.get("statusEvents") or []
        self.status_events = tuple(event for event in STATUS_EVENTS if self.status_hook and event in wanted)
        # Who speaks only to some joins muted when there is any flag to be sent, and nobody unmutes them (conference.js `_joinConference`).
        flags = data.get("endConferenceOnExit") or data.get("startConferenceOnEnter")
        self.muted = bool(data.get("joinMuted") or (self.speaks_only_to and flags))

    @property
    def moderator(self) -> bool:
        """Whether muting those who are none leaves this one alone: only who says `startConferenceOnEnter`, not who leaves it out."""
        return bool(self.data.get("startConferenceOnEnter"))

    @property
    def ends_it(self) -> bool:
        """Whether the conference ends when this one leaves."""
        return bool(self.data.get("endConferenceOnExit"))

    def is_heard_by(self, hearer: Member) -> bool:
        """Whether what this one says reaches `hearer`."""
        return self is not hearer and not self.muted and self.speaks_only_to in (None, hearer.tag)

    def mute(self, muted: bool) -> None:
        """Be heard by nobody, or be heard again: from now on, in the middle of a word if need be."""
        self.muted = muted
        self.call.note("muted" if muted else "unmuted")
        self.conference.mix(self.call.now_s)

    # --- coming

    def arrive(self) -> None:
        """Find out whether to join it, to start it, or to wait for it."""
        conference = self.conference
        if conference.begun_at_s is not None:
            self.may_enter, self.since_s = True, conference.begun_at_s
            self.status_events, self.status_hook = conference.status_events, conference.status_hook
        elif self.data.get("startConferenceOnEnter") is False:
            conference.waiting.append(self)
            self.call.note("conference_waiting", conference=conference.name)
        else:
            self.may_enter = self.starts = True
            self.since_s = self.call.now_s
            conference.begin(self)
            self.tell("start")

    def admit(self) -> None:
        """What this one has been waiting for is there."""
        self.may_enter, self.since_s = True, self.call.now_s
        self._moved()

    def enter(self) -> bool:
        """Be in it, unless it is full."""
        conference, call = self.conference, self.call
        if conference.full:
            call.note("conference_full", conference=conference.name, members=len(conference.members))
            return False
        call.stop_playing()
        conference.members.append(self)
        call.member, self.inside = self, True
        call.note("conference_joined", conference=conference.name, members=len(conference.members), muted=self.muted, tag=self.tag)
        self.tell("join")
        if self.data.get("beep"):
            conference.tone.speak(bong(), call.now_s)
        most = self.data.get("maxParticipants")
        if most is not None and most > 1:
            conference.most = most
        conference.mix(call.now_s)
        if self.starts:
            conference.open()
        return True

    # --- going

    def leave(self) -> None:
        """Be out of it, whatever the reason; who is the last, or ends it, says so, and who ends it puts the others out.

        When several of those are in it, it ends for the others with the last of them. Whoever is put out finds it empty, and
        says so too.
        """
        conference, call = self.conference, self.call
        if self in conference.waiting:
            conference.waiting.remove(self)
        if not self.inside:
            if self.starts:
                why = "its first member was gone before coming in: the server has it down as begun, and nobody need wait for it any more"
                call.do(Note("app", "conference_left_begun", {"conference": conference.name, "why": why}))
            return
        self.inside = False
        self.remove()
        call.note("conference_left", conference=conference.name, members=len(conference.members))
        self.tell("leave")
        if self.ends_it or not conference.members:
            self.tell("end")
            conference.end()
        if self.ends_it and not any(other.ends_it for other in conference.members):
            for other in conference.members[:]:
                other.kick()

    def kick(self) -> None:
        """Be put out of it."""
        self.out = True
        self.remove()
        self._moved()

    def remove(self) -> None:
        """Neither hear nor be heard any more."""
        if self.call.member is self:
            self.call.member = None
            if self.interlude is not None:
                self.interlude.end()
            self.call.stop_playing()
            self.conference.remove(self)
            self.conference.mix(self.call.now_s)

    # --- telling

    def tell(self, event: str) -> None:
        """`statusHook`; it wants an acknowledgement, and nobody waits for it."""
        if event in self.status_events:
            conference, call = self.conference, self.call
            since_start_s, count = call.now_s - self.since_s, len(conference.members)
            data = conference_status_data(event, conference.sid, conference.name, since_start_s, count, iso_time(call.now_s), call.info)
            call.requestor.send("verb:hook", data, hook_name(self.status_hook))

    def _moved(self) -> None:
        """Let the verb look at what has changed, after everything else of this instant: the servers tell each other by HTTP."""
        self.call.soon(lambda: self.call.tell(ConferenceMoved()))
