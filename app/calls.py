"""The calls that are going on, by call sid."""

from __future__ import annotations

import asyncio

from app.assistant import Assistant
from app.outbox import Socket
from app.session import Session
from app.tools import Context

RECONNECT_GRACE_S = 60.0
"""How long a call whose socket broke is remembered. jambonz dials again after half a second, then ever more slowly."""

CALL_OVER = 1000
"""The code with which jambonz closes when the call is over. After any other it may come back (protocol/jambonz.md 1.3)."""


class Calls:
    """Knows every open socket, and every call, also while it has no socket."""

    def __init__(self, assistant: Assistant, context: Context) -> None:
        self.draining = False
        self.sockets: dict[Socket, None] = {}
        self._assistant = assistant
        self._context = context
        self._sessions: dict[str, Session] = {}
        self._forgetting: dict[str, asyncio.TimerHandle] = {}
        self._none_left: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def expecting(self) -> bool:
        """Whether some call may come back on a new socket."""
        return bool(self._forgetting)

    def session(self, call_sid: str | None) -> Session:
        """The session of a call, new if it is not known. Without a sid it belongs to its socket alone."""
        if call_sid is not None and (known := self._sessions.get(call_sid)) is not None:
            return known
        session = Session(call_sid, self._assistant, self._context, lambda: self.draining)
        if call_sid is not None:
            self._sessions[call_sid] = session
        return session

    def attached(self, session: Session, socket: Socket) -> None:
        if session.call_sid is not None and (handle := self._forgetting.pop(session.call_sid, None)) is not None:
            handle.cancel()
        session.attach(socket)

    async def left(self, session: Session, socket: Socket, close_code: int | None) -> None:
        """A socket has closed. The call is over with it, unless it only broke: then jambonz will be back."""
        if not session.detach(socket):
            return
        if session.over or close_code == CALL_OVER or session.call_sid is None:
            session.log.info("socket closed", fields={"close_code": close_code})
            self._forget(session)
            await session.closed()
        else:
            session.log.warning("socket lost", fields={"close_code": close_code})
            self._forgetting[session.call_sid] = asyncio.get_running_loop().call_later(RECONNECT_GRACE_S, self._forget, session)

    def _forget(self, session: Session) -> None:
        session.end()
        if session.call_sid is not None:
            self._sessions.pop(session.call_sid, None)
            if (handle := self._forgetting.pop(session.call_sid, None)) is not None:
                handle.cancel()
        session.log.info("call forgotten")
        self.settle()

    def settle(self) -> None:
        if self._none_left is not None and not self._none_left.done() and not self._sessions and not self.sockets:
            self._none_left.set_result(None)

    async def drained(self) -> None:
        """Waits until the last call is over; from now on there are no new ones."""
        self.draining = True
        self._none_left = asyncio.get_running_loop().create_future()
        self.settle()
        await self._none_left

    async def end(self) -> None:
        """Ends every session, whether its call goes on or not."""
        sessions = list(self._sessions.values())
        for session in sessions:
            self._forget(session)
        for session in sessions:
            await session.closed()
