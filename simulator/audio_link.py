"""Audio websockets to the application: JSON is noted here as it passes, samples are not; both become events.

What was sent and played is told by the media server's core, in words (`jambonz/audio_fork.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, assert_never

from simulator.jambonz.fork_events import AudioClosed, AudioConnected, AudioHappening, AudioSaid, AudioUnreachable, ConnectAudio
from simulator.link import Links, NoteFrame, read
from simulator.pump import Closed, Dial, Failed, Happened, Message, Opened, Pump

SUBPROTOCOL = "audio.drachtio.org"
HANDSHAKE_LIMIT_S = 10.0
"""libwebsockets' `timeout_secs` (audio_pipe.cpp)."""
MAX_FRAME_BYTES = 16 * 1024 * 1024
"""Ours: the real server takes frames of any size. A minute of clip at 48 kHz is 8 MB in base64."""
BUFFER_S = 2
"""Audio kept for an application that does not read (MOD_AUDIO_FORK_BUFFER_SECS); what comes then is lost."""


class AudioLink:
    """One audio websocket; `note(source, kind, frame)` writes down what passes, `tell` hears what happens."""

    def __init__(self, fork: int, tell: Callable[[AudioHappening], None], note: NoteFrame, bytes_per_s: int) -> None:
        self._fork, self._tell, self._note = fork, tell, note
        self._most_bytes = BUFFER_S * bytes_per_s
        self._pump: Pump | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._lost = 0

    @property
    def is_open(self) -> bool:
        """Whether a connection is there or being made."""
        return self._pump is not None

    def connect(self, url: str, headers: dict[str, str]) -> None:
        """Dial. A server that chooses no subprotocol is taken all the same. Inferred: libwebsockets then assumes the one it offered."""
        self._note("jambonz", "connect", {"url": url, "subprotocol": SUBPROTOCOL} | ({"headers": headers} if headers else {}))
        dial = Dial(url, SUBPROTOCOL, headers, "", max_frame_bytes=MAX_FRAME_BYTES, handshake_limit_s=HANDSHAKE_LIMIT_S, deflate=False, choosy=False)
        try:
            self._pump = Pump(dial, self._happened)
        except ValueError as error:
            self._refused(str(error))
            return
        self._dialling = asyncio.get_running_loop().create_task(self._pump.open())

    def send(self, data: str | bytes) -> None:
        """Send a frame. Samples are lost when the application has not read the last two seconds of them."""
        if isinstance(data, str):
            frame = read(data)[1]
            self._note("jambonz", str(frame.get("type", frame.get("event", "metadata"))), frame)
            if self._pump is not None:
                self._pump.send(data)
        elif self._pump is not None:
            if self._pump.backlog_bytes <= self._most_bytes:
                self._pump.send_binary(data)
                return
            if not self._lost:
                self._note("jambonz", "buffer_overrun", {"why": f"the application has not read for {BUFFER_S} s: samples are lost"})
            self._lost += 1

    def close(self, code: int) -> None:
        """Close the connection."""
        self._note("jambonz", "close", {"code": code} | ({"frames_lost": self._lost} if self._lost else {}))
        if self._pump is not None:
            self._pump.close(code)

    def abort(self) -> None:
        """Drop whatever there is, at the end of a stage."""
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.abort()
        if self._dialling is not None:
            self._dialling.cancel()

    def _happened(self, event: Happened) -> None:
        if self._pump is None:
            return
        match event:
            case Opened():
                self._note("app", "open", {})
                self._tell(AudioConnected(self._fork))
            case Failed(reason=reason):
                self._refused(reason)
            case Message(data, binary=True):
                self._tell(AudioSaid(self._fork, data))
            case Message(data):
                text = data.decode("utf-8", "replace")
                kind, frame = read(text)
                self._note("app", kind, _without_audio(frame))
                self._tell(AudioSaid(self._fork, text))
            case Closed(code, reason):
                self._pump = None
                self._note("app", "closed", {"code": code} | ({"reason": reason} if reason else {}))
                self._tell(AudioClosed(self._fork, code))
            case other:
                assert_never(other)

    def _refused(self, reason: str) -> None:
        self._pump = None
        self._note("app", "refuse", {"reason": reason})
        self._tell(AudioUnreachable(self._fork, reason))


def _without_audio(frame: dict[str, Any]) -> dict[str, Any]:
    """The frame with its clip described: a minute of base64 tells nobody anything."""
    data = frame.get("data")
    content = data.get("audioContent") if isinstance(data, dict) else None
    if not isinstance(content, str):
        return frame
    return {**frame, "data": {**frame["data"], "audioContent": f"<{len(content)} characters of audio>"}}


class AudioLinks(Links[AudioLink]):
    """All audio websockets: `note(leg, source, kind, frame)` writes down what passes on them."""

    def __init__(self, tell: Callable[[AudioHappening], None], note: Callable[[int, str, str, dict[str, Any]], None]) -> None:
        super().__init__()
        self._tell, self._note = tell, note

    def connect(self, order: ConnectAudio) -> None:
        """Open one."""
        leg = order.leg
        link = AudioLink(order.fork, self._tell, lambda source, kind, frame: self._note(leg, source, kind, frame), order.bytes_per_s)
        self._links[order.fork] = link
        link.connect(order.url, order.headers)

    def __getitem__(self, fork: int) -> AudioLink:
        return self._links[fork]
