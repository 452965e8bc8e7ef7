"""A line spoken with: what sets out on it, what is done to it, and what comes out, in few words."""

from __future__ import annotations

from random import Random
from typing import Any

from simulator.faults import Aim, Arrives, Enter, Expired, Fault, Heal, Lay, Line, Lost, Passing, Refused, Severed, Struck
from simulator.faults.passing import Direction, Kind
from simulator.script import Timeout


class Talk:
    """`Line` of the application, one connection unless another is named. `came()` is what has happened since it was asked last."""

    def __init__(self, seed: int = 0) -> None:
        self.line = Line("app", lambda mark: Random(f"{seed}/{mark}"), opening_limit_s=1.5)
        self.now_s = 0.0
        self.line.stands(1, 0)
        self._came: list[Any] = []

    def lay(self, fault: Fault, *, after_s: float = 0.0, lasts_s: float | None = None, mark: str = "a.yaml:1:1", **aim: Any) -> Talk:
        return self._tell(Lay(fault, Aim(**aim), mark, after_s, lasts_s))

    def heal(self) -> Talk:
        return self._tell(Heal())

    def says(self, *types: str, to: bool = True, connection: int | str = 1, size_bytes: int = 0, kind: Kind = "frame", **frame: Any) -> Talk:
        direction: Direction = "to" if to else "from"
        for type_ in types:
            passing = Passing(direction, connection, kind, {"type": type_, **frame}, type_, size_bytes)
            enter = self.line.admit(passing)
            if enter is None:
                self._came.append(f"{self.now_s:g}: {type_}")
            else:
                assert isinstance(enter, Enter)
                self._tell(enter)
        return self

    def at(self, now_s: float) -> Talk:
        """Until then only time passes."""
        while (wake_at_s := self.line.wake_at_s) is not None and wake_at_s <= now_s:
            self.now_s = max(self.now_s, wake_at_s)
            self._tell(Timeout())
        self.now_s = now_s
        return self

    def came(self) -> list[str]:
        came, self._came = self._came, []
        return came

    def arrived(self) -> list[str]:
        """Of what came, what has arrived, without its time."""
        return [what.partition(": ")[2] for what in self.came() if what[0].isdigit()]

    def _tell(self, event: Any) -> Talk:
        for effect in self.line.receive(event, self.now_s):
            self._came.append(self._in_few_words(effect))
        return self

    def _in_few_words(self, effect: Any) -> str:
        match effect:
            case Arrives(passing, breaks):
                return f"{self.now_s:g}: {passing.load}" + (f" without its {breaks}" if breaks else "")
            case Struck():
                noted = effect.noted("app")
                did = {name: value for name, value in noted.items() if name not in ("what", "step", "to", "from", "type", "msgid", "frame")}
                met = f" {noted['type']}" if "type" in noted else ""
                return f"{noted['what']}{met}" + (f" {did}" if did else "")
            case Lost(passing):
                return f"lost {passing.load}"
            case Severed(connection, code):
                return f"severed {connection} with {code}"
            case Refused(passing, status):
                return f"refused {passing.load}" + (f" with {status}" if status else "")
            case Expired(passing):
                return f"expired {passing.load}"
        raise AssertionError(effect)
