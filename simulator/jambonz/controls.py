"""Commands that only mean something to what is going on: to the running verb, or to something in the background.

A verb says what it can be ordered while it runs; ordered anything else, the real server logs a line and does nothing
(jambonz.md 3.3; call-session.js `_lccListenStatus` and its like).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.jambonz.events import dropped

if TYPE_CHECKING:
    from simulator.jambonz.call import Call

Control = Callable[[Any], str | None]
"""Told the command's `data`; answers why nothing comes of it, or None when something does."""

WHERE = {
    "listen:status": "only the running listen verb (or dial with listen) can be told",
    "stream:status": "only the running listen verb (or dial with listen) can be told",
    "transcribe:status": "only transcribe, in the background or as the running verb (or in dial or listen), can be told",
    "mute:status": "only a running dial or conference can be told",
    "whisper": "there is somebody to whisper to only while a dial or a listen verb runs",
}
"""The commands, and what the application should know when nobody obeys."""


@dataclass(slots=True)
class Controls:
    """Who obeys which command at the moment."""

    _of_verb: dict[str, Control] = field(default_factory=dict)
    _of_background: dict[str, Control] = field(default_factory=dict)

    @contextmanager
    def obeyed(self, background: bool = False, **commands: Control) -> Iterator[None]:
        """While the block runs, these commands (`_` stands for `:`) are obeyed by a verb, or by something in the background."""
        own = self._of_background if background else self._of_verb
        named = {name.replace("_", ":"): control for name, control in commands.items()}
        before = dict(own)
        own.update(named)
        try:
            yield
        finally:
            for name in named:
                own.pop(name, None)
            own.update({name: control for name, control in before.items() if name in named})

    def of(self, command: str, *, verb_runs: bool) -> list[Control]:
        """Everybody who obeys: what is in the background first, the verb only while it is the current one."""
        found = [self._of_background.get(command), self._of_verb.get(command) if verb_runs else None]
        return [control for control in found if control is not None]


def order(call: Call, command: str, frame: dict[str, Any]) -> str:
    """Hand a command to those who obey it; its fate."""
    obeying = call.controls.of(command, verb_runs=call.verb is not None)
    if not obeying:
        running = f"verb {call.verb.name} is running" if call.verb is not None else "no verb is running"
        call.do(dropped(f"command {command}", f"{WHERE[command]}, and {running}", "send it while that is so", frame))
        return "dropped"
    problems = [problem for control in obeying if (problem := control(frame["data"])) is not None]
    for problem in problems:
        call.do(dropped(f"command {command}", problem, "see the documentation of the command", frame))
    return "dropped" if problems else "done"
