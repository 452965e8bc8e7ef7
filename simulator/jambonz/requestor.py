"""The connection of a feature server to its application: dialling, acknowledgements, reconnecting, queueing.

Named after what it is called in the feature server (`WsRequestor`). Facts: jambonz.md section 1; lines of ws-requestor.js
at 389c65e2 beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.ids import Ids
from simulator.jambonz.events import Acked, AppUnreachable, CloseApp, ConnectApp, Effect, Note, SendApp, Unacked, dropped
from simulator.jambonz.hook import BACKOFF_S, Hook, Written, hook_name, is_http
from simulator.jambonz.messages import NAMES_ITS_HOOK, WANTS_NO_ACK
from simulator.jambonz.snakecase import snake_cased
from simulator.jambonz.transport import Transport
from simulator.script import soonest

State = Literal["new", "dialling", "open", "greeting", "dropped", "graceful", "closed"]


@dataclass(slots=True)
class Open:
    """A message that waits for its acknowledgement."""

    type: str
    since_s: float
    deadline_s: float | None


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
    state: State = "new"
    open: dict[str, Open] = field(default_factory=dict)
    webhook_to: Callable[[Written], Transport] | None = None
    call_sid: str | None = None
    stored_new: dict[str, Any] | None = None
    _new_is_open: bool = False
    _left_open: set[str] = field(default_factory=set)
    """Messages that nobody waited for when the session ended."""
    _queue: list[dict[str, Any]] = field(default_factory=list)
    _backoff: int = 0
    _attempts: int = 0
    _connections: int = 0
    _redial_at_s: float | None = None
    _webhooks: dict[str, Transport] = field(default_factory=dict)

    @property
    def takes_commands(self) -> bool:
        """Until the application has closed with 1000."""
        return self.state != "graceful"

    # --- sending

    def asks_webhook(self, hook: Written) -> bool:
        """Whether the hook is somewhere else than on this socket."""
        return self.webhook_to is not None and is_http(hook_name(hook))

    def send(self, type_: str, data: dict[str, Any] | None = None, hook: Written = None, b3: str | None = None) -> str | None:
        """Send a message now or as soon as there is a connection; its msgid, or None when it is discarded (WR:81, 429).

        The keys of `data` are snake-cased here, once, for all messages; `hook` is shown where the type has one.
        """
        if self.state in ("graceful", "closed"):
            if self.state == "graceful":
                remedy = "close with another code (1001, 1012) when the call should go on"
                self.effects.append(dropped(f"{type_} was not sent", "the application closed its socket with 1000", remedy))
            return None
        if self.webhook_to is not None and is_http(hook_name(hook)):
            if (key := repr(hook)) not in self._webhooks:
                self._webhooks[key] = self.webhook_to(hook)
            return self._webhooks[key].send(type_, data, hook, b3)
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
        if self.state == "open":
            self._put(message)
        else:
            self._queue.append(message)
            if self.state in ("new", "dropped"):
                self._dial()
        return msgid

    @staticmethod
    def wants_ack(type_: str) -> bool:
        """Whether somebody waits for the acknowledgement of such a message."""
        return type_ not in WANTS_NO_ACK

    def _put(self, message: dict[str, Any]) -> None:
        if self.wants_ack(message["type"]):
            self.open[message["msgid"]] = Open(message["type"], self.now_s, self.now_s + self.ack_timeout_s)
        self.effects.append(SendApp(message, self.socket))

    def close(self, code: int) -> None:
        """End of the session (1000), or of the attempt to have one (1001)."""
        if self.state in ("open", "greeting", "dialling"):
            self.effects.append(CloseApp(code, self.socket))
        self.state = "closed"
        self._left_open |= set(self.open)
        self.open.clear()
        self._queue.clear()
        self._redial_at_s = None

    # --- connecting

    def _dial(self) -> None:
        self.state, self._redial_at_s = "dialling", None
        self._attempts += 1
        self.effects.append(ConnectApp(self.hook.url, self.hook.headers(), self.socket))

    def _next_wait_s(self) -> float:
        step = self._backoff
        self._backoff += 1
        return BACKOFF_S[step] if step < len(BACKOFF_S) else BACKOFF_S[-1] + 2.0 * (step - len(BACKOFF_S) + 1)

    def connected(self) -> None:
        """The socket is open: the first one carries what waits, every other begins with `session:reconnect` (WR:367)."""
        self._connections += 1
        if self._connections == 1:
            self.state = "open"
            waiting, self._queue = self._queue, []
            for message in waiting:
                self._put(message)
            return
        self.state = "greeting"
        msgid = self.ids.msgid()
        identity = {} if self.call_sid is None else {"call_sid": self.call_sid}
        greeting = {"type": "session:reconnect", "msgid": msgid, **identity, "data": self.stored_new or {}}
        early = self._new_is_open
        self.open[msgid] = Open("session:reconnect", self.now_s, None if early else self.now_s + self.ack_timeout_s)
        self.effects.append(SendApp(greeting, self.socket))

    def unreachable(self, failure: AppUnreachable) -> None:
        """Dialling failed: try again as the policy says, or give up (WR:130-176; later dials: jambonz.md 1.4, 8)."""
        self.effects.append(Note("app", "unreachable", {"reason": failure.reason, "class": failure.kind, "attempt": self._attempts}))
        first = self._connections == 0
        in_policy = self._attempts <= self.hook.retries and self.hook.tries_again(failure.kind)
        retry = in_policy if first else failure.kind in ("ct", None)
        self.state = "dropped"
        if retry:
            self._redial_at_s = self.now_s + self._next_wait_s()
        elif first:
            self._reject_all(failure.reason, failure.reason)

    # --- what the application answers

    def ack(self, msgid: str, data: Any) -> None:
        """An acknowledgement; unknown, late and repeated ones are ignored (WR:540)."""
        early, self._new_is_open = self._new_is_open, False  # any ack, even an unknown one, clears the mark (WR:538)
        found = self.open.pop(msgid, None)
        if found is None and msgid in self._left_open:
            return  # the application could not know when it acknowledged the last hook of the call
        if found is None:
            why = "no message waits for this msgid: it is unknown, was acknowledged before, or its time was over"
            frame = {"type": "ack", "msgid": msgid}
            self.effects.append(dropped("ack", why, "acknowledge each msgid once, within 5 s, with the msgid of the message", frame))
            return
        if found.type == "session:reconnect":
            pending = next((key for key, entry in self.open.items() if entry.type == "session:new"), None) if early else None
            if pending is not None:  # the ack, with verbs, counts as session:new is acked; the queue stays stuck (WR:244-261)
                del self.open[pending]
                why = "the socket dropped before session:new was acknowledged: the server keeps waiting for a reconnect that has been"
                self.effects.append(dropped("every later message to the application", why, "acknowledge session:new whatever happens"))
                self.tell(Acked(pending, data))
                return
            if data:
                self.effects.append(dropped("verbs in the ack of session:reconnect", "the server ignores them", "acknowledge it without data"))
            self.state = "open"
            waiting, self._queue = self._queue, []
            for message in sorted(waiting, key=lambda queued: not self.wants_ack(queued["type"])):  # ack-wanting first (WR:215-228)
                self._put(message)
            return
        self.tell(Acked(msgid, data))

    def closed(self, code: int) -> None:
        """The application's socket has closed; what that means depends on the code (jambonz.md 1.3)."""
        if self.state == "closed":
            return
        if code == 1000:
            self.state = "graceful"
            return
        self.state = "dropped"
        if self._connections < self.hook.retries:
            self._redial_at_s = self.now_s + self._next_wait_s()
        if self._new_is_open:
            self.open = {msgid: entry for msgid, entry in self.open.items() if entry.type == "session:new"}
            for entry in self.open.values():
                entry.deadline_s = None
        else:
            self._reject_all("abandoning msgid {} since socket is closed")

    def _reject_all(self, why: str, message: str | None = None) -> None:
        lost, self.open = self.open, {}
        queued, self._queue = self._queue, []
        for msgid in [*lost, *(message["msgid"] for message in queued if self.wants_ack(message["type"]))]:
            self.tell(Unacked(msgid, why.format(msgid), message))

    # --- time

    @property
    def owed(self) -> dict[str, float]:
        """Messages that are not acknowledged, and a connection under way."""
        owed = {f"the app owes an ack for {entry.type} ({msgid})": entry.since_s for msgid, entry in self.open.items()}
        return owed | ({"a connection to the app is being made": self.now_s} if self.state == "dialling" else {})

    @property
    def held_back(self) -> list[str]:
        """Types of the messages that wait for a connection, or for the acknowledgement of `session:reconnect`."""
        return [message["type"] for message in self._queue]

    @property
    def wake_at_s(self) -> float | None:
        """The next acknowledgement that is due, or the next dial."""
        return soonest(self._redial_at_s, *(entry.deadline_s for entry in self.open.values()))

    def wake(self) -> None:
        """Time has come for something."""
        if self._redial_at_s is not None and self.now_s >= self._redial_at_s:
            self._dial()
        late = [msgid for msgid, entry in self.open.items() if entry.deadline_s is not None and self.now_s >= entry.deadline_s]
        for msgid in late:
            entry = self.open.pop(msgid, None)
            if entry is None:
                continue
            note = {"msgid": msgid, "type": entry.type, "after_s": self.ack_timeout_s}
            self.effects.append(Note("app", "ack_timeout", note))
            if entry.type == "session:reconnect":
                if self.state == "greeting":  # else that socket has closed meanwhile
                    self.state = "open"
                self._reject_all("reconnect failed")
                self.hang_up()
            else:
                self.tell(Unacked(msgid, f"timeout from far end for msgid {msgid}"))
