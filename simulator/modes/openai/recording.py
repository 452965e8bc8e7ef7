"""What `--record` leaves: one journal for each connection, as JSON lines, of what was said on it and what was done to it.

A file is written as things happen, whole lines at a time, so that whoever kills the server finds everything up to the last
frame. Nothing is kept in memory but the few frames before a connection has its name. Keys and other secrets are replaced by a
hash, audio by its length. What goes wrong with a file is said once, and the server goes on without it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulator.journal import SCHEMA_VERSION, Frame, hidden, redact
from simulator.script import Timeout
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.admission import key_of
from simulator.vendors.openai.events import Dialect, Json
from simulator.vendors.openai.faults import Effect, Happening, Struck
from simulator.vendors.openai.wire import from_wire

LARGEST = 256 * 1024 * 1024
"""Bytes of one recording; what would follow is left out."""
LONGEST_KIND = 100
LONGEST_TEXT = 1_000
"""Characters of a text frame that was no event."""
LONGEST_SOUND = 64
"""Text under `audio` or `image_url` that is longer is only measured."""
MOST_NAMELESS = 100
"""Frames that wait for the name of a session."""
SHORTEST_KEY = 8
SHOWN_HEADERS = ("authorization", "api-key", "openai-beta", "openai-organization", "openai-project", "sec-websocket-protocol", "user-agent")
NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
MOST_ALIKE = 1_000


class Recorder:
    """A folder for recordings. `log` is told when something cannot be written."""

    def __init__(self, folder: Path, log: Callable[[str], None], largest_bytes: int = LARGEST) -> None:
        self.folder, self.log, self.largest_bytes = folder, log, largest_bytes
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            log(f"cannot record into {folder}: {error.strerror or error}; the server goes on without recordings until that is mended")

    def begin(self, number: int, dialect: Dialect, now_s: float) -> Recording:
        """The recording of the connection of this number."""
        return Recording(self, number, dialect, now_s)


class Recording:
    """One connection: what the client says and what it is told. `at_s` counts from its beginning."""

    def __init__(self, recorder: Recorder, number: int, dialect: Dialect, now_s: float) -> None:
        self._recorder, self._number, self._began_s = recorder, number, now_s
        self._seq = self._written_bytes = 0
        self._key = ""
        self._file: int | None = None
        self._over = False
        header = {"schema_version": SCHEMA_VERSION, "connection": number, "dialect": dialect, "began": datetime.now(UTC).isoformat()}
        self._nameless = [json.dumps(header, separators=(",", ":"))]

    # --- what is noted ---------------------------------------------------------------------------------------------------------

    def happened(self, event: Happening, now_s: float) -> None:
        """Something came from the client, or from the script."""
        match event:
            case openai.Opened():
                key = key_of(event) or ""
                self._key = key if len(key) >= SHORTEST_KEY else ""
                headers = {name: event.headers[name] for name in SHOWN_HEADERS if name in event.headers}
                self._note("client", "connect", {"query": dict(event.query), "headers": headers}, now_s)
            case openai.ClientText(text):
                try:
                    said = from_wire(text)
                except ValueError:
                    self._note("client", "text", {"text": text[:LONGEST_TEXT], "characters": len(text)}, now_s)
                else:
                    self._note("client", said.get("type"), said, now_s)
            case openai.ClientEvent(said):
                self._note("client", said.get("type"), said, now_s)
            case openai.ClientBinary():
                self._note("client", "binary", {}, now_s)
            case openai.ClientClosed(code):
                self._note("client", "closed", {"code": code}, now_s)
            case openai.Trouble() | openai.EmitRaw() | openai.Expire() | openai.Refuse() | openai.Stall() | openai.Mishear():
                self._note("script", "scripted", {"what": type(event).__name__}, now_s)
            case Timeout() | _:
                pass

    def sent(self, effect: Effect, now_s: float) -> None:
        """Something was told to the client, or a fault has struck."""
        match effect:
            case openai.Emit(event):
                if self._file is None:
                    session = event.get("session")
                    self._open(session.get("id") if isinstance(session, dict) else None)
                self._note("model", event.get("type"), event, now_s)
            case openai.Close(code, reason):
                self._note("model", "closed", {"code": code or 1006} | ({"reason": reason} if reason else {}), now_s)
            case Struck():
                self._note("script", *effect.noted(), now_s)
            case _:
                pass

    def end(self) -> None:
        """The connection is over."""
        if self._file is None and not self._over:
            self._open(None)
        self._over = True
        if self._file is not None:
            file, self._file = self._file, None
            try:
                os.close(file)
            except OSError as error:
                self._give_up(error)

    def _note(self, source: str, kind: object, frame: Json, now_s: float) -> None:
        if self._over:
            return
        name = redact(quiet(kind, self._key)) if isinstance(kind, str) and len(kind) <= LONGEST_KIND else "event"
        try:
            frame = redact(quiet(frame, self._key))
        except RecursionError:  # nested deeper than anybody needs
            frame = {"too_deep": True}
        at_s = now_s - self._began_s
        line = Frame(self._seq, at_s, at_s * 1000, "model", source, name, frame).line()
        self._seq += 1
        if self._file is not None:
            self._write(line)
            return
        self._nameless.append(line)
        if len(self._nameless) > MOST_NAMELESS:
            self._open(None)

    # --- the file --------------------------------------------------------------------------------------------------------------

    def _open(self, session_id: object) -> None:
        """Create the file, readable by its owner only; never one that is there already."""
        if self._over:
            return
        name = session_id if isinstance(session_id, str) and NAME.fullmatch(session_id) else "no_session"
        stem = f"{self._number:04d}-{name}"
        for again in range(1, MOST_ALIKE):
            path = self._recorder.folder / f"{stem}{'' if again == 1 else f'-{again}'}.jsonl"
            try:
                self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o600)
                break
            except FileExistsError:
                continue
            except OSError as error:
                self._give_up(error)
                return
        nameless, self._nameless = self._nameless, []
        for line in nameless:
            self._write(line)

    def _write(self, line: str) -> None:
        if self._file is None:
            return
        data = f"{line}\n".encode(errors="backslashreplace")
        if self._written_bytes + len(data) > self._recorder.largest_bytes:
            self._recorder.log(f"the recording of connection {self._number} is full at {self._written_bytes} bytes: what follows is not in it")
            self._over = True
            return
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            self._give_up(error)
            return
        self._written_bytes += len(data)

    def _give_up(self, error: OSError) -> None:
        self._recorder.log(
            f"connection {self._number} cannot be recorded in {self._recorder.folder}: {error.strerror or error}; it is served without a recording"
        )
        self._over = True
        self._nameless = []
        if self._file is not None:
            file, self._file = self._file, None
            os.close(file)


def quiet(value: Any, key: str = "") -> Any:
    """`value` without sound, pictures and the client's key: of the first two only how long they are."""
    if isinstance(value, dict):
        return {quiet(name, key): _quiet_member(name, member, key) for name, member in value.items()}
    if isinstance(value, list):
        return [quiet(member, key) for member in value]
    return value.replace(key, hidden(key)) if key and isinstance(value, str) and key in value else value


def _quiet_member(name: object, member: Any, key: str) -> Any:
    if not isinstance(member, str) or len(member) <= LONGEST_SOUND or name not in ("audio", "image_url"):
        return quiet(member, key)
    if name == "audio":
        return f"<{len(member) * 3 // 4 - member[-2:].count('=')} bytes of audio>"
    return f"<image of {len(member)} characters>"
