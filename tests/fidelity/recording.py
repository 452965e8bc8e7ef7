"""What was exchanged in one run, one frame a line, in the format of the recordings of the real server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]

LONG_TEXT_BYTES = 400
HEAD_CHARACTERS = 80
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


class Recording:
    """Frames in order; `on_note` is told of every note, as rules may wait for one."""

    def __init__(self, now_s: Callable[[], float], hosts: dict[str, str]) -> None:
        self.entries: list[Json] = []
        self.over = False
        self._now_s, self._hosts = now_s, hosts
        self._msgids: list[str] = []
        self.on_note: Callable[[Json], None] = lambda _: None

    def add(self, direction: str, frame: Any, conn: int | None = None, *, binary: bool = False) -> None:
        """Write a frame down, unless the recording has ended."""
        if self.over:
            return
        if isinstance(frame, dict) and direction == "to_app" and frame.get("msgid") not in self._msgids:
            self._msgids.append(frame["msgid"])
        entry: Json = {"dir": direction, "t_ms": round(self._now_s() * 1000)}
        if conn is not None:
            entry["conn"] = conn
        if binary:
            entry["binary"] = True
        self.entries.append({**entry, "frame": frame})

    def note(self, event: str, **more: Any) -> None:
        """Something that is not a frame."""
        frame = {"event": event, **more}
        self.add("note", frame)
        self.on_note(frame)

    def masked(self) -> list[Json]:
        """The entries with everything replaced that differs from run to run, numbered by first appearance."""
        names = {host: f"<{name}>" for host, name in self._hosts.items()}
        names |= {msgid: f"<msgid:{number}>" for number, msgid in enumerate(self._msgids, 1)}
        uuids: dict[str, str] = {}

        def mask(value: Any) -> Any:
            if isinstance(value, str):
                for real, shown in names.items():
                    if real in value:
                        value = value.replace(real, shown)
                return _UUID.sub(lambda found: uuids.setdefault(found[0], f"<uuid:{len(uuids) + 1}>"), value)
            if isinstance(value, dict):
                return {mask(key): mask(member) for key, member in value.items()}
            if isinstance(value, list):
                return [mask(member) for member in value]
            return value

        return [mask(entry) for entry in self.entries]

    def write(self, path: Path) -> None:
        """Write the masked entries to a file."""
        lines = [json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in self.masked()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def shown(text: str) -> Any:
    """How a text frame of the application appears in a recording: as JSON if it is some, else as text or its head."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    size = len(text.encode())
    return {"text_head": text[:HEAD_CHARACTERS], "bytes": size} if size > LONG_TEXT_BYTES else {"text": text}
