"""The connection of a feature server to its application: dialling, acknowledgements, reconnecting, queueing.

Named after what it is called in the feature server (`WsRequestor`). Facts: jambonz.md section 1; lines of ws-requestor.js
at 389c65e2 beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.ids import Ids
from simulator.jambonz.backlog import Backlog
from simulator.jambonz.defects import RC_ZERO, STALE_RECONNECT, UNGUARDED_RECONNECT, Defects, met
from simulator.jambonz.events import Acked, AppUnreachable, CloseApp, ConnectApp, Effect, Note, SendApp, Unacked, dropped, ignored
from simulator.jambonz.hook import BACKOFF_S, Hook, Written, hook_name, is_http
from simulator.jambonz.messages import NAMES_ITS_HOOK, WANTS_NO_ACK
from simulator.jambonz.snakecase import snake_cased
from simulator.jambonz.transport import Transport
from simulator.script import soonest

LAST_WORDS_S = 5.0
"""How long a connection that was made for a message sent at the very end is kept; the real server never closes it."""

State = Literal["new", "dialling", "open", "greeting", "dropped", "graceful", "closed"]


@dataclass(slots=True)
class Open:
    """A message that waits for its acknowledgement."""

    type: str
    since_s: float
    deadline_s: float | None
    ignores: str = ""
    """Why verbs in the acknowledgement mean nothing; empty where somebody takes them."""
    guarded: bool = True
    """Whether anything happens at the deadline."""


@dataclass(slots=True)
class Requestor:
    """One application socket of one call. Told what happened, it appends to `effects` and tells the call through `tell`.

    `webhook_to` opens what asks a hook that is an absolute `http(s)` URL: such messages leave as HTTP requests (WR:95-106).
    """

    hook: Hook
    ids: Ids
    effects: list[Effect]
    tell: Callable[[object], None]
    hang_up: Callable[[], None]
    ack_timeout_s: float = 5.0
    socket: int = 0
    now_s: float = 0.0
    defects: Defects = field(default_factory=Defects)
    call_info: Callable[[], dict[str, Any]] = dict
    """What is known of the call now; asked for where the data of `session:reconnect` are compared with it."""
    state: State = "new"
    open: dict[str, Open] = field(default_factory=dict)
    webhook_to: Callable[[Written], Transport] | None = None
    call_sid: str | None = None
    stored_new: dict[str, Any] | None = None
    _new_is_open: bool = False
    _left_open: set[str] = field(default_factory=set)
    """Messages that nobody waited for when the session ended."""
    _backlog: Backlog = field(init=False)
    _dials_for: dict[str, Any] | None = None
    """The message that dials: it found no connection, and is tried for as the policy says."""
    _tries: int = 0
    _backoff: int = 0
    _attempts: int = 0
    _connections: int = 0
    _redial_at_s: float | None = None
    _reconnects_at_s: list[float] = field(default_factory=list)
    """When it dials for nothing but being connected; a timer of each close, without effect while something else dials."""
    _last_words: dict[str, Any] | None = None
    """The message that was dialling when the session ended."""
    _leaves_at_s: float | None = None
    _ignores: dict[str, str] = field(default_factory=dict)
    _unawaited: dict[str, str] = field(default_factory=dict)
    """Types of the messages that were sent and want no acknowledgement, by msgid."""
    _webhooks: dict[str, Transport] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._backlog = Backlog(self.defects)

    @property
    def takes_commands(self) -> bool:
        """Until the application has closed with 1000."""
        return self.state != "graceful"

    @property
    def is_dialling(self) -> bool:
        """Whether a message is being dialled for, or waits to be."""
        return self._dials_for is not None or self.state == "dialling"

    # --- sending

    def asks_webhook(self, hook: Written) -> bool:
        """Whether the hook is somewhere else than on this socket."""
        return self.webhook_to is not None and is_http(hook_name(hook))

    def send(self, type_: str, data: dict[str, Any] | None = None, hook: Written = None, b3: str | None = None, *, ignores: str = "") -> str | None:
        """Send a message now or as soon as there is a connection; its msgid, or None when it is discarded (WR:81, 429).

        The keys of `data` are snake-cased here, once, for all messages; `hook` is shown where the type has one. `ignores` says why
        verbs in the acknowledgement mean nothing, where nobody waits for them.
        """
        if self.state in ("graceful", "closed"):
            if self.state == "graceful":
                remedy = "close with another code (1001, 1012) when the call should go on"
                self.effects.append(dropped(f"{type_} was not sent", "the application closed its socket with 1000", remedy))
            return None
        if self.webhook_to is not None and is_http(hook_name(hook)):
            if (key := repr(hook)) not in self._webhooks:
                self._webhooks[key] = self.webhook_to(hook)
            return self._webhooks[key].send(type_, data, hook, b3, ignores=ignores)
        msgid = self.ids.msgid()
        data = snake_cased(data or {})
        if type_ == "session:new":
            self.stored_new, self.call_sid, self._new_is_open = data, data.get("call_sid"), True
        elif type_ == "session:adulting":
            self.stored_new = data
        message: dict[str, Any] = {"type": type_, "msgid": msgid}
        if self.call_sid is not None:
            message["call_sid"] = self.call_sid
        if hook is not None and type_ in NAMES_ITS_HOOK:
            message["hook"] = hook_name(hook)
        message["data"] = data
        if b3 is not None:
            message["b3"] = b3
        if ignores:
            self._ignores[msgid] = ignores
        if self.state == "open":
            self._put(message)
        elif self.state in ("new", "dropped") and self._dials_for is None:
            self._dials_for, self._tries = message, 1
            self._dial()
        else:
            self._backlog.add(message)
        return msgid

    @staticmethod
    def wants_ack(type_: str) -> bool:
        """Whether somebody waits for the acknowledgement of such a message."""
        return type_ not in WANTS_NO_ACK

    def _put(self, message: dict[str, Any]) -> None:
        if self.wants_ack(message["type"]):
            msgid = message["msgid"]
            self.open[msgid] = Open(message["type"], self.now_s, self.now_s + self.ack_timeout_s, self._ignores.pop(msgid, ""))
        else:
            self._unawaited[message["msgid"]] = message["type"]
        self.effects.append(SendApp(message, self.socket))

    def _flush(self) -> None:
        """What was queued goes out: first what wants an ack, because the rest goes through a later turn of the event loop (WR:215-228)."""
        self.state = "open"
        waiting, notes = self._backlog.flush()
        self.effects.extend(notes)
        for message in waiting:
            self._put(message)

    def close(self, code: int) -> None:
        """End of the session (1000), or of the attempt to have one (1001).

        There is nothing to close while a message dials: the connection is made all the same, begins with that message instead of a
        `session:reconnect`, and stays (inferred: WR:81 discards what is asked from now on, and nothing looks at the socket again).
        """
        self.effects.extend(self._backlog.losses())
        if self.state == "dialling" and self._dials_for is not None and self._connections:
            self._last_words = self._dials_for
        elif self.state in ("open", "greeting", "dialling"):
            self.effects.append(CloseApp(code, self.socket))
        self.state = "closed"
        self._left_open |= set(self.open)
        self.open.clear()
        self._backlog.take()
        self._reconnects_at_s.clear()
        self._redial_at_s = self._dials_for = None

    # --- connecting

    @property
    def retries(self) -> int:
        """How often to try again."""
        return 0 if self.hook.wants_none and RC_ZERO not in self.defects else self.hook.retries

    def _later_s(self) -> float:
        """When it dials again, by itself."""
        at_s = self.now_s + self._next_wait_s()
        if self.hook.wants_none:
            self.effects.append(met(RC_ZERO, f"the application is dialled again at {at_s:.1f} s, although its hook says rc=0"))
        return at_s

    def _dial(self) -> None:
        self.state, self._redial_at_s = "dialling", None
        self._attempts += 1
        self.effects.append(ConnectApp(self.hook.url, self.hook.headers(), self.socket))

    def _next_wait_s(self) -> float:
        step = self._backoff
        self._backoff += 1
        return BACKOFF_S[step] if step < len(BACKOFF_S) else BACKOFF_S[-1] + 2.0 * (step - len(BACKOFF_S) + 1)

    def connected(self) -> None:
        """The socket is open: the first one carries what waits, every other begins with `session:reconnect` (WR:367).

        What has dialled stands in the queue behind what came while it did (WR:123-128, 184).
        """
        if self.state == "closed":
            self._speak_last()
            return
        self._connections += 1
        dialled, self._dials_for = self._dials_for, None
        if self._connections == 1:
            if dialled is not None:
                self._put(dialled)
            self._flush()
            return
        if dialled is not None:
            self._backlog.add(dialled)
        self._greet()

    def _speak_last(self) -> None:
        message, self._last_words = self._last_words, None
        if message is not None:
            self.effects.append(SendApp(message, self.socket))
            instead = f"it is closed after {LAST_WORDS_S:g} s"
            self.effects.append(
                Note("app", "not_simulated", {"what": "a connection made for the last message, which stays open", "instead": instead})
            )
            self._leaves_at_s = self.now_s + LAST_WORDS_S

    def _greet(self) -> None:
        self.state = "greeting"
        msgid = self.ids.msgid()
        greeting = {"type": "session:reconnect", "msgid": msgid, **self._greeting()}
        pending = self._pending_new()
        if pending is not None:  # what its timer looks for is not there any more (WR:244-261), and nothing guards this one either
            self.open[pending].deadline_s = None
        guarded = pending is None or UNGUARDED_RECONNECT not in self.defects
        self.open[msgid] = Open("session:reconnect", self.now_s, self.now_s + self.ack_timeout_s, guarded=guarded)
        self.effects.append(SendApp(greeting, self.socket))

    def _greeting(self) -> dict[str, Any]:
        """What `session:reconnect` says: what `session:new` said, or nothing."""
        stored, now = self.stored_new or {}, snake_cased(self.call_info())
        identity = {} if self.call_sid is None else {"call_sid": self.call_sid}
        if STALE_RECONNECT not in self.defects and now:
            return {"call_sid": now["call_sid"], "data": {**stored, **now}}
        if now and stored.get("call_status") != now["call_status"]:
            told = f"says {stored['call_status']}" if stored else "has no data, and no call_sid" if not identity else "has no data"
            self.effects.append(met(STALE_RECONNECT, f"session:reconnect {told}, while the call is {now['call_status']}"))
        return {**identity, "data": stored}

    def _pending_new(self) -> str | None:
        """The `session:new` that is open, as long as no ack whatever has come since."""
        return next((msgid for msgid, entry in self.open.items() if entry.type == "session:new"), None) if self._new_is_open else None

    def unreachable(self, failure: AppUnreachable) -> None:
        """Dialling failed. A message that dials tries again as the policy says, or is rejected (WR:130-176).

        After a first connection a failure that closes a socket, which a refusal with a status does not, is also one more drop
        (jambonz.md 1.4, 8).
        """
        self.effects.append(Note("app", "unreachable", {"reason": failure.reason, "class": failure.kind, "attempt": self._attempts}))
        if self.state == "closed":
            self._last_words = None
            return
        self.state = "dropped" if self._connections else "new"
        if 0 < self._connections < self.retries and failure.kind in ("ct", None):
            self._reconnects_at_s.append(self._later_s())
        message = self._dials_for
        if message is None:
            return
        if self._tries <= self.retries and self.hook.tries_again(failure.kind):
            self._tries += 1
            self._redial_at_s = self._later_s()
            return
        self._dials_for = None
        if not self._connections:
            self.effects.append(Note("app", "not_reached", {"reason": failure.reason, "attempts": self._attempts}))
        if self.wants_ack(message["type"]):
            if self._connections:
                self.effects.append(Note("app", "undelivered", {"types": [message["type"]]}))
            self.tell(Unacked(message["msgid"], failure.reason, failure.reason))
        else:
            why = "there is no connection to the application, and the policy in the hash of its URL does not try again"
            self.effects.append(dropped(message["type"], why, "rp=all in the hash tries again whatever the reason", message))

    # --- what the application answers

    def ack(self, msgid: str, data: Any) -> None:
        """An acknowledgement; unknown, late and repeated ones are ignored (WR:540)."""
        pending = self._pending_new()
        self._new_is_open = False  # any ack, even an unknown one, clears the mark (WR:538)
        found = self.open.pop(msgid, None)
        if found is None and msgid in self._left_open:
            return  # the application could not know when it acknowledged the last hook of the call
        if found is None and msgid in self._unawaited:
            what, frame = f"the ack of {self._unawaited[msgid]}", {"type": "ack", "msgid": msgid}
            self.effects.append(ignored(what, "nobody waits for it", "acknowledge messages that want it, each with its own msgid", frame))
            return
        if found is None:
            why = "no message waits for this msgid: it is unknown, was acknowledged before, or its time was over"
            frame = {"type": "ack", "msgid": msgid}
            self.effects.append(dropped("ack", why, "acknowledge each msgid once, within 5 s, with the msgid of the message", frame))
            return
        if found.type == "session:reconnect":
            if pending is not None:  # the ack, with verbs, counts as session:new is acked; the queue stays stuck (WR:244-261)
                del self.open[pending]
                self.effects.extend(self._backlog.stick())
                if not self._backlog.stuck:
                    self._flush()
                self.tell(Acked(pending, data))
                return
            if data:
                self.effects.append(dropped("verbs in the ack of session:reconnect", "the server ignores them", "acknowledge it without data"))
            self._flush()
            return
        if found.ignores and data:
            self.effects.append(dropped(f"the data in an ack of {found.type}", found.ignores, "acknowledge it without data", data))
        self.tell(Acked(msgid, data))

    def closed(self, code: int) -> None:
        """The application's socket has closed; what that means depends on the code (jambonz.md 1.3).

        Without budget for a reconnect the acks in flight are not given up, but run into their time (WR:455-456).
        """
        if self.state == "closed":
            self._leaves_at_s = None
            return
        if code == 1000:
            self.state = "graceful"
            return
        self.state = "dropped"
        if self._connections >= self.retries:
            return
        self._reconnects_at_s.append(self._later_s())
        if self._new_is_open:
            self.open = {msgid: entry for msgid, entry in self.open.items() if entry.type == "session:new"}
            return
        lost, self.open = self.open, {}
        for msgid, entry in lost.items():
            why = f"abandoning msgid {msgid} since socket is closed"
            if entry.type == "session:reconnect":
                self._not_greeted(why)
            else:
                self.tell(Unacked(msgid, why))

    def _not_greeted(self, why: str) -> None:
        """`session:reconnect` was not acknowledged: what waited for it is given up, and so is the call (WR:302-306)."""
        if (pending := self._pending_new()) is not None:
            del self.open[pending]
            self.tell(Unacked(pending, why))
        for message in self._backlog.take():
            if self.wants_ack(message["type"]):
                self.tell(Unacked(message["msgid"], why))
        self.hang_up()

    # --- time

    @property
    def owed(self) -> dict[str, float]:
        """Messages that are not acknowledged, and a connection under way."""
        owed = {f"the app owes an ack for {entry.type} ({msgid})": entry.since_s for msgid, entry in self.open.items()}
        return owed | ({"a connection to the app is being made": self.now_s} if self.state == "dialling" or self._last_words is not None else {})

    @property
    def held_back(self) -> list[dict[str, Any]]:
        """Messages that wait for a connection, or for the acknowledgement of `session:reconnect`."""
        return [*([self._dials_for] if self._dials_for is not None else []), *self._backlog.messages]

    @property
    def wake_at_s(self) -> float | None:
        """The next acknowledgement that is due, or the next dial."""
        return soonest(self._redial_at_s, self._leaves_at_s, *self._reconnects_at_s, *[entry.deadline_s for entry in self.open.values()])

    def wake(self) -> None:
        """Time has come for something."""
        if self._leaves_at_s is not None and self.now_s >= self._leaves_at_s:
            self._leaves_at_s = None
            self.effects.append(CloseApp(1000, self.socket))
        if self._redial_at_s is not None and self.now_s >= self._redial_at_s:
            self._dial()
        due = [time_s for time_s in self._reconnects_at_s if self.now_s >= time_s]
        self._reconnects_at_s = [time_s for time_s in self._reconnects_at_s if self.now_s < time_s]
        if due and self.state == "dropped" and self._dials_for is None:
            self._dial()
        late = [msgid for msgid, entry in self.open.items() if entry.deadline_s is not None and self.now_s >= entry.deadline_s]
        for msgid in late:
            if (waiting := self.open.get(msgid)) is not None and not waiting.guarded:
                waiting.deadline_s = None
                self.effects.append(
                    met(UNGUARDED_RECONNECT, f"no ack within {self.ack_timeout_s:g} s, and nothing ends the wait: the phone rings on")
                )
                continue
            entry = self.open.pop(msgid, None)
            if entry is None:
                continue
            note = {"msgid": msgid, "type": entry.type, "after_s": self.ack_timeout_s}
            self.effects.append(Note("app", "ack_timeout", note))
            if entry.type == "session:reconnect":
                if self.state == "greeting":  # else that socket has closed meanwhile
                    self.state = "open"
                self._not_greeted(f"timeout from far end for msgid {msgid}")
            else:
                self.tell(Unacked(msgid, f"timeout from far end for msgid {msgid}"))
