"""`talk` for a person: a prompt at the bottom, and above it what is said and what happens."""

from __future__ import annotations

import asyncio
import os
import sys
from threading import Thread
from typing import TextIO

from simulator.errors import SimError
from simulator.modes.live import Live
from simulator.modes.live.messages import Told, refused_by
from simulator.modes.talk.jsonl import farewell
from simulator.modes.talk.lines import HELP, TROUBLES, Line, Style, command_of, help_lines, lines_of, trouble_lines
from simulator.report.text import BOLD, DIM, GREEN, PLAIN, RED, YELLOW, wants_colour

PROMPT = "> "
TINTS: dict[Style, str] = {"said": GREEN, "heard": BOLD, "quiet": DIM, "news": "", "warning": YELLOW, "error": RED}


class Terminal:
    """Calls at once, and again with `/call`."""

    def __init__(self, live: Live, out: TextIO | None = None) -> None:
        self._live, self._out = live, out or sys.stdout
        self._tty = self._out.isatty() and sys.stdin.isatty()
        self._colour = wants_colour(self._out, os.environ)
        self._last_call: str | None = None
        self._asking = False
        self._left = asyncio.Event()

    async def run(self) -> int:
        """Until somebody leaves; the exit code."""
        live = self._live
        stop = live.listen(self._told)
        try:
            await live.start()
            self._told(live.hello())
            live.order({"do": "call"}, self._told)
            loop = asyncio.get_running_loop()
            Thread(target=self._read, args=(loop,), name="keyboard", daemon=True).start()
            await self._left.wait()
            await farewell(live)
        finally:
            await live.close()
            stop()
        return live.worst

    # --- what is typed

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread of its own: a prompt waits as long as it likes."""
        if self._tty:
            _complete()
        try:
            while True:
                self._asking = True
                typed = input(PROMPT if self._tty else "")
                self._asking = False
                if typed.strip() in ("/quit", "/exit"):
                    break
                if typed.strip():
                    loop.call_soon_threadsafe(self._typed, typed)
        except (EOFError, OSError, ValueError):
            pass
        finally:
            self._asking = False
            loop.call_soon_threadsafe(self._left.set)

    def _typed(self, typed: str) -> None:
        match typed.strip():
            case "/help":
                self._print(help_lines())
            case "/trouble":
                self._print(trouble_lines())
            case _:
                try:
                    command = command_of(typed, self._last_call)
                except SimError as error:
                    self._told(refused_by(None, error))
                    return
                self._live.order(command, self._told)

    # --- what is shown

    def _told(self, told: Told) -> None:
        if isinstance(told, bytes):
            return
        if told["is"] == "call":
            self._last_call = told["call"]
        self._print(list(lines_of(told)))

    def _print(self, lines: list[Line]) -> None:
        if not lines:
            return
        text = "".join(f"{self._tinted(line)}\n" for line in lines)
        if self._tty and self._asking:
            import readline

            text = f"\r\x1b[K{text}{PROMPT}{readline.get_line_buffer()}"
        self._out.write(text)
        self._out.flush()

    def _tinted(self, line: Line) -> str:
        tint = TINTS[line.style] if self._colour else ""
        return f"{tint}{line.text}{PLAIN}" if tint else line.text


def _complete() -> None:
    """The tab key completes commands, and the names of troubles."""
    import readline

    words = [*HELP, *(f"/trouble {name}" for name in TROUBLES)]

    def completed(text: str, state: int) -> str | None:  # noqa: ARG001 - a command may have a blank in it
        found = [word for word in words if word.startswith(readline.get_line_buffer())]
        return found[state] if state < len(found) else None

    readline.set_completer_delims("")
    readline.set_completer(completed)
    readline.parse_and_bind("tab: complete")
