"""The model server: one connection of a Realtime client, told what happens and when, ordering what to do.

It greets or refuses, hands client events to the `Talk` of the session, keeps its scripts going and dresses what they say
in the client's dialect. Sans-IO: `receive`, `wake_at_s`, `owed`.
"""

from __future__ import annotations

from collections import deque
from json import JSONDecodeError
from typing import assert_never

from simulator.errors import SimulatorError
from simulator.ids import Ids
from simulator.script import Running, Timeout
from simulator.vendors.openai import commands, messages
from simulator.vendors.openai.admission import admit, kind_of, model_of
from simulator.vendors.openai.dialects import to_beta
from simulator.vendors.openai.errors import BINARY, NOT_JSON, Problem, Refused, error
from simulator.vendors.openai.events import (
    Answered,
    ClientBinary,
    ClientClosed,
    ClientEvent,
    ClientText,
    Close,
    Dialect,
    Disconnect,
    Emit,
    EmitRaw,
    Expire,
    Json,
    Mishear,
    Opened,
    Refuse,
    ServerEffect,
    ServerHappening,
    Stall,
    Trouble,
)
from simulator.vendors.openai.failures import Fatal, expired, trouble
from simulator.vendors.openai.output import wait
from simulator.vendors.openai.prompt import Prompt
from simulator.vendors.openai.session import Session
from simulator.vendors.openai.settings import Settings
from simulator.vendors.openai.talk import Steps, Talk
from simulator.vendors.openai.wire import from_wire

SLACK_S = 1e-6
"""Whoever wakes us so little too early means the time we asked for: sums of floats differ by less."""

Play = Running[Json | Fatal, None]


class ModelServer:
    """One connection. `dialect` is what it speaks; `settings` how fast, and to whom."""

    def __init__(self, *, dialect: Dialect, ids: Ids, now_s: float = 0.0, settings: Settings | None = None) -> None:
        self.dialect: Dialect = dialect
        self.ids = ids
        self.settings = settings or Settings()
        self.wake_at_s: float | None = None
        self.closed = True
        """Nothing is sent before `Opened` and after a close."""
        self._now_s = now_s
        self._refuse: Refuse | None = None
        self._talk: Talk | None = None
        self._plays: list[Play] = []
        self._early: deque[ServerHappening] = deque()  # what came before the greeting
        self._held: deque[ServerEffect] = deque()  # what a stall keeps back
        self._stalled_until_s: float | None = None
        self._misheard: deque[str | None] = deque()
        self._out: list[ServerEffect] = []

    @property
    def owed(self) -> dict[str, float]:
        """Answers that others owe, and since when."""
        return self._talk.owed if self._talk is not None else {}

    def receive(self, event: ServerHappening, now_s: float) -> list[ServerEffect]:
        """Something happened."""
        if self.wake_at_s is not None and now_s < self.wake_at_s <= now_s + SLACK_S:
            now_s = self.wake_at_s
        self._now_s = now_s
        if self._talk is not None:
            self._talk.now_s = now_s
        self._happened(event)
        wake_at_s = self._stalled_until_s
        for play in self._plays:
            if play.wake_at_s is not None and (wake_at_s is None or play.wake_at_s < wake_at_s):
                wake_at_s = play.wake_at_s
        self.wake_at_s = wake_at_s
        effects, self._out = self._out, []
        return effects

    def _happened(self, event: ServerHappening) -> None:
        match event:
            case ClientEvent(said) if self._talk is not None:
                self._obey(self._talk, said)
            case Timeout():
                self._wake()
            case Opened():
                self._open(event)
            case Refuse():
                self._refuse = event
            case Stall(duration_s):
                self._stalled_until_s = max(self._stalled_until_s or 0.0, self._now_s + duration_s)
            case Mishear(text):
                self._misheard.append(text)
            case ClientClosed():
                self._held.clear()
                self._over("the client has gone")
            case Disconnect(code, reason):
                self.close(code, reason)
            case _ if self.closed:
                pass  # too late: the connection has gone
            case _ if self._talk is None:
                self._early.append(event)
            case _:
                self._during(self._talk, event)

    def _during(self, talk: Talk, event: ServerHappening) -> None:
        """What can happen while a session is open."""
        match event:
            case ClientEvent(said):
                self._obey(talk, said)
            case ClientText(text):
                try:
                    said = from_wire(text)
                except ValueError as problem:
                    reason = problem.msg if isinstance(problem, JSONDecodeError) else str(problem)
                    self.send(error(Problem("invalid_json", f"{NOT_JSON}{reason}")))
                else:
                    self._obey(talk, said)
            case ClientBinary():
                self.send(error(BINARY))
            case Answered(response_id, answer):
                play = talk.answer(response_id, answer)
                if play is not None:
                    self._perform(play.receive(event, self._now_s))
            case Trouble():
                self.send(error(trouble(event, talk.session.id)))
            case Expire():
                self._end(expired(self.settings.session_limit_s))
            case EmitRaw(raw):
                self._emit({"type": raw.get("type"), "event_id": raw.get("event_id") or self.ids.openai("event", self._now_s)} | raw)
            case Opened() | Refuse() | Stall() | Mishear() | ClientClosed() | Disconnect() | Timeout():
                raise SimulatorError(f"{type(event).__name__} is not for an open session")
            case other:
                assert_never(other)

    def _obey(self, talk: Talk, said: Json) -> None:
        try:
            commands.obey(talk, said)
        except Refused as refused:
            self.send(error(refused.problem, commands.event_id(said)))

    def prompt(self, response_id: str) -> Prompt | None:
        """What the model reads for a requested response, for those who answer by it; None when the session is over."""
        return self._talk.prompt(response_id) if self._talk is not None else None

    # --- opening and closing -----------------------------------------------------------------------------------------------

    def _open(self, opened: Opened) -> None:
        if not self.closed:
            raise SimulatorError("the model server was opened twice: one ModelServer is one connection")
        self.closed = False
        refuse, self._refuse = self._refuse, None
        fatal = admit(opened, self.settings, refuse)
        self.play(self._greet(opened) if fatal is None else self._turn_away(fatal))

    def _greet(self, opened: Opened) -> Steps:
        yield from wait(self.settings.greeting_after_s)
        session = Session(self.dialect, kind_of(opened), model_of(opened), self.ids, self._now_s, self.settings.session_limit_s)
        if opened.session is not None:
            session.update({name: value for name, value in opened.session.items() if name in session.values}, has_spoken=False, responding=False)
        self._talk = talk = Talk(self, session, self.settings, self.ids, self._now_s)
        talk.configure()
        talk.misheard = self._misheard
        self.send(messages.session_created(session.values))
        if self.settings.conversation_created:
            self.send(messages.conversation_created(talk.conversation.id))
        self.play(self._expire())
        talk.list_mcp_tools()
        while self._early:
            self._during(talk, self._early.popleft())

    def _turn_away(self, fatal: Fatal) -> Steps:
        yield from wait(self.settings.greeting_after_s)
        yield fatal

    def _expire(self) -> Steps:
        yield from wait(self.settings.session_limit_s)
        yield expired(self.settings.session_limit_s)

    def _end(self, fatal: Fatal) -> None:
        """An error, and the close in the same instant."""
        self.send(error(fatal.problem))
        self.close(fatal.close_code, fatal.reason)

    def close(self, code: int | None, reason: str) -> None:
        if not self.closed:
            self._release(Close(code, reason))
            self._over("the server closed the connection")

    def _over(self, reason: str) -> None:
        """The connection is gone: everything under way ends without a word."""
        self.closed = True
        if self._talk is not None:
            self._talk.leave(reason)
        self._talk = None
        self._plays.clear()
        self._early.clear()

    # --- scripts -------------------------------------------------------------------------------------------------------------

    def play(self, script: Steps) -> Play:
        """Start a script and keep it going until it ends or the connection does."""
        running: Play = Running(script)
        self._plays.append(running)
        self._perform(running.start(self._now_s))
        return running

    def stop(self, script: Play) -> None:
        self._perform(script.kill(self._now_s))

    def _wake(self) -> None:
        """Move on every script whose time has come: the earliest first, of equals the one that began first."""
        if self._stalled_until_s is not None and self._stalled_until_s <= self._now_s:
            self._stalled_until_s = None
            self._out += self._held
            self._held.clear()
        while due := [play for play in self._plays if play.wake_at_s is not None and play.wake_at_s <= self._now_s]:
            first = due[0] if len(due) == 1 else min(due, key=_wake_time)
            self._perform(first.receive(Timeout(), self._now_s))
            if first.done and first in self._plays:
                self._plays.remove(first)

    def _perform(self, effects: list[Json | Fatal]) -> None:
        for effect in effects:
            if isinstance(effect, Fatal):
                self._end(effect)
            elif not self.closed:
                self.send(effect)

    # --- sending -------------------------------------------------------------------------------------------------------------

    def send(self, event: Json) -> None:
        """Emit a server event, given in the GA shape, in the dialect of the connection."""
        event["event_id"] = self.ids.openai("event", self._now_s)
        if self.dialect == "beta":
            beta = to_beta(event)
            if beta is None:
                return
            event = beta
        self._emit(event)

    def order(self, effect: ServerEffect) -> None:
        """Any effect that is not sent to the client."""
        self._out.append(effect)

    def _emit(self, event: Json) -> None:
        self._release(Emit(event))

    def _release(self, effect: ServerEffect) -> None:
        if self._stalled_until_s is None:
            self._out.append(effect)
        else:
            self._held.append(effect)


def _wake_time(play: Play) -> float:
    return play.wake_at_s or 0.0
