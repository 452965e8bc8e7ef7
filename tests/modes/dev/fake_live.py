"""A core of live calls that does nothing of itself: it notes what it is told, and tells what a test says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.modes.dev.live import Json, Tell


class FakeLive:
    """`ordered` are the commands, `heard` the sound; `tell` says something to all pages."""

    def __init__(self) -> None:
        self.ordered: list[Json] = []
        self.heard: list[bytes] = []
        self.listeners: list[Tell] = []

    def hello(self) -> Json:
        return {"is": "hello", "version": 1, "app": {"ref": "app:create", "state": "ready"}, "scenarios": [], "phones": ["a", "b"]}

    def listen(self, tell: Tell) -> Callable[[], None]:
        self.listeners.append(tell)
        return lambda: self.listeners.remove(tell)

    def order(self, command: Json, answer: Callable[[Json], None]) -> None:
        self.ordered.append(command)
        answer({"is": "done", "id": command.get("id")})

    def hear(self, sound: bytes) -> None:
        self.heard.append(sound)

    def tell(self, message: Any) -> None:
        for listener in list(self.listeners):
            listener(message)
