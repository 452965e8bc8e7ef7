"""Live calls as tests drive them: orders in, and everything that is told gathered until something comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from simulator.clock import real
from simulator.modes.config import Config
from simulator.modes.live import Live, Model
from simulator.network import ClockLoop, run
from tests.playing import project

LIMIT_S = 20.0
"""On the clock of the calls, which may run five times as fast as the wall."""
Json = dict[str, Any]


class Driver:
    """One `Live`, and what it has told."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.told: list[Json] = []
        self.sound: list[bytes] = []
        self._looked = 0
        self._news = asyncio.Event()
        live.listen(self.hear)

    def hear(self, told: Json | bytes) -> None:
        if isinstance(told, bytes):
            self.sound.append(told)
        else:
            self.told.append(told)
        self._news.set()

    def order(self, do: str, **members: Any) -> None:
        self.live.order({"do": do, **members}, self.hear)

    async def done(self, do: str, **members: Any) -> Json:
        """The answer to an order."""
        order_id = f"{do} {len(self.told)}"
        self.order(do, id=order_id, **members)
        return await self.until(lambda told: told.get("id") == order_id, since=0)

    async def until(self, fits: Callable[[Json], bool], since: int | None = None, limit_s: float = LIMIT_S) -> Json:
        """The next message that fits."""
        looked = self._looked if since is None else since
        async with asyncio.timeout(limit_s):
            while True:
                while looked < len(self.told):
                    looked += 1
                    if fits(self.told[looked - 1]):
                        self._looked = max(self._looked, looked) if since is None else self._looked
                        return self.told[looked - 1]
                self._news.clear()
                await self._news.wait()

    async def of_kind(self, kind: str, **members: Any) -> Json:
        return await self.until(lambda told: told["is"] == kind and members.items() <= told.items())

    def all(self, kind: str) -> list[Json]:
        return [told for told in self.told if told["is"] == kind]

    @property
    def frames(self) -> list[Json]:
        return [frame for told in self.all("frames") for frame in told["frames"]]


def drive(test: Callable[[Driver], Awaitable[None]], app: Any = None, model: str = "default", config: Config | None = None, **changes: Any) -> Driver:
    """Play it on a loop of its own, with a real clock."""
    made = replace(config or project(), **({"app": app} if app is not None else {}), **changes)
    drivers: list[Driver] = []

    async def main() -> None:
        live = Live(made, Model(model), {})
        driver = Driver(live)
        drivers.append(driver)
        await live.start()
        try:
            await test(driver)
        finally:
            await live.close()

    run(ClockLoop(real()), main())
    return drivers[0]
