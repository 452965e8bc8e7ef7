"""`talk --jsonl`: one command a line in, one message a line out. At the end of the input everybody hangs up, politely."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import IO, Any, NoReturn

from simulator.modes.live import Live, messages
from simulator.modes.live.messages import Json, Told

LONGEST_LINE = 1_000_000
POLITE_S = 60.0
"""How long, at the end of the input, what was ordered may take to be done."""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def command_of(line: str) -> Any:
    """The JSON value of a line. Raises `ValueError` with what is wrong."""
    if len(line) > LONGEST_LINE:
        raise ValueError(f"a command of more than {LONGEST_LINE} characters")
    try:
        return json.loads(line, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None


class Jsonl:
    """Reads commands of `input_`, and writes messages to `write`."""

    def __init__(self, live: Live, input_: IO[str], write: Callable[[str], None]) -> None:
        self._live, self._input, self._write = live, input_, write
        self._ended = asyncio.Event()

    async def run(self) -> int:
        """Until the input ends and everybody has hung up; the exit code: 1 when something was found, 3 when the application failed."""
        live = self._live
        stop = live.listen(self._say)
        await live.start()
        self._say(live.hello())
        Thread(target=self._read, args=(asyncio.get_running_loop(),), name="commands", daemon=True).start()
        await self._ended.wait()
        await farewell(live)
        await live.close()
        stop()
        return live.worst

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            for line in self._input:
                if line.strip():
                    loop.call_soon_threadsafe(self._order, line)
        except (OSError, ValueError):
            pass  # as good an end as any
        finally:
            loop.call_soon_threadsafe(self._ended.set)

    def _order(self, line: str) -> None:
        try:
            command = command_of(line)
        except ValueError as error:
            self._say(messages.refused(None, f"this line is no JSON: {error}", "write one command a line"))
            return
        self._live.order(command, self._say)

    def _say(self, told: Told) -> None:
        if not isinstance(told, bytes):  # sound has no place between lines
            self._write(written(told))


def written(told: Json) -> str:
    """A message as a line."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str)


async def farewell(live: Live) -> None:
    """Let everybody hang up, each when it is their turn; and wait for that, but not for ever."""
    live.farewell()
    with suppress(TimeoutError):
        await asyncio.wait_for(live.rest(), POLITE_S)


def to_stdout(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
