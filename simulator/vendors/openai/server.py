"""The model server: one connection of a Realtime client, told what happens and when, ordering what to do.

It greets or refuses, and is the line of the session's `Talk`: client events go in, its scripts (`plays.py`) are kept going, what
they say goes out (`outbox.py`). Sans-IO: `receive`, `wake_at_s`, `owed`.
"""

from __future__ import annotations

from collections import deque
from json import JSONDecodeError
from typing import assert_never

from simulator.errors import SimulatorError
from simulator.ids import Ids
from simulator.script import Timeout, soonest
from simulator.vendors.openai import commands, messages
from simulator.vendors.openai.admission import admit, kind_of, model_of
from simulator.vendors.openai.context import Context
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
from simulator.vendors.openai.line import Play, Steps, Word, wait
from simulator.vendors.openai.outbox import Outbox
from simulator.vendors.openai.plays import Plays
from simulator.vendors.openai.prompt import Prompt
from simulator.vendors.openai.session import Session
from simulator.vendors.openai.settings import Settings
from simulator.vendors.openai.talk import Talk
from simulator.vendors.openai.wire import from_wire

SLACK_S = 1e-6
"""Whoever wakes us so little too early means the time we asked for: sums of floats differ by less."""


class ModelServer:
    """One connection. `dialect` is what it speaks; `settings` how fast, and to whom."""

    def __init__(self, *, dialect: Dialect, ids: Ids, now_s: float = 0.0, settings: Settings | None = None) -> None:
        self.dialect: Dialect = dialect
        self.ids = ids
        self.settings = settings or Settings()
        self.now_s = now_s
        self.wake_at_s: float | None = None
        self.closed = True
        """Nothing is sent before `Opened` and after a close."""
        self._refuse: Refuse | None = None
        self._talk: Talk | None = None
        self._plays = Plays(self._perform)
        self._outbox = Outbox(dialect, ids)
        self._early: deque[ServerHappening] = deque()  # what came before the greeting
        self._misheard: deque[str | None] = deque()

    @property
    def owed(self) -> dict[str, float]:
        """Answers that others owe, and since when."""
        return self._talk.context.debts.owed if self._talk is not None else {}

    def receive(self, event: ServerHappening, now_s: float) -> list[ServerEffect]:
        """Something happened."""
        if self.wake_at_s is not None and now_s < self.wake_at_s <= now_s + SLACK_S:
            now_s = self.wake_at_s
        self.now_s = now_s
        self._happened(event)
        self.wake_at_s = soonest(self._outbox.stalled_until_s, self._plays.wake_at_s)
        return self._outbox.take()

    def prompt(self, response_id: str) -> Prompt | None:
        """What the model reads for a requested response, for those who answer by it; None when the session is over."""
        return self._talk.responses.prompt(response_id) if self._talk is not None else None

    def _happened(self, event: ServerHappening) -> None:
        match event:
            case ClientEvent(said) if self._talk is not None:
                self._obey(self._talk, said)
            case Timeout():
                self._outbox.wake(self.now_s)
                self._plays.wake(self.now_s)
            case Opened():
                self._open(event)
            case Refuse():
                self._refuse = event
            case Stall(duration_s):
                self._outbox.stall(self.now_s + duration_s)
            case Mishear(text):
                self._misheard.append(text)
            case ClientClosed():
                self._outbox.drop()
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
            case Answered():
                talk.responses.answer(event)
            case Trouble():
                self.send(error(trouble(event, talk.context.session.id)))
            case Expire():
                self._end(expired(self.settings.session_limit_s))
            case EmitRaw(raw):
                self._outbox.send_raw(raw, self.now_s)
            case Opened() | Refuse() | Stall() | Mishear() | ClientClosed() | Disconnect() | Timeout():
                raise SimulatorError(f"{type(event).__name__} is not for an open session")
            case other:
                assert_never(other)

    def _obey(self, talk: Talk, said: Json) -> None:
        try:
            commands.obey(talk, said)
        except Refused as refused:
            self.send(error(refused.problem, commands.event_id(said)))

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
        session = Session(self.dialect, kind_of(opened), model_of(opened), self.ids, self.now_s, self.settings.session_limit_s)
        if opened.session is not None:
            session.update({name: value for name, value in opened.session.items() if name in session.values}, has_spoken=False, responding=False)
        self._talk = talk = Talk(Context(self, session, self.settings, self.ids), self._misheard)
        self.send(messages.session_created(session.values))
        if self.settings.conversation_created:
            self.send(messages.conversation_created(talk.context.conversation.id))
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

    def _over(self, reason: str) -> None:
        """The connection is gone: everything under way ends without a word."""
        self.closed = True
        if self._talk is not None:
            self._talk.leave(reason)
        self._talk = None
        self._plays.clear()
        self._early.clear()

    # --- the line of the session ---------------------------------------------------------------------------------------------

    def send(self, *events: Json) -> None:
        """Emit server events, given in the GA shape, in the dialect of the connection."""
        self._outbox.send(events, self.now_s)

    def order(self, effect: ServerEffect) -> None:
        """Any effect that is not sent to the client."""
        self._outbox.order(effect)

    def play(self, script: Steps) -> Play:
        """Start a script and keep it going until it ends or the connection does."""
        return self._plays.start(script, self.now_s)

    def tell(self, play: Play, event: ServerHappening) -> None:
        self._plays.tell(play, event, self.now_s)

    def stop(self, play: Play) -> None:
        self._plays.stop(play, self.now_s)

    def close(self, code: int | None, reason: str) -> None:
        """Close the connection, once."""
        if not self.closed:
            self._outbox.release(Close(code, reason))
            self._over("the server closed the connection")

    def _perform(self, words: list[Word]) -> None:
        """What a script has said: events, and as its last word perhaps what ends the connection."""
        said: list[Json] = []
        fatal: Fatal | None = None
        for word in words:
            if isinstance(word, list):
                said += word
            elif isinstance(word, Fatal):
                fatal = word
            else:
                said.append(word)
        if not self.closed:
            self._outbox.send(said, self.now_s)
        if fatal is not None:
            self._end(fatal)
