"""Messages, which may come in several frames."""

from __future__ import annotations

from websockets.frames import Frame, Opcode

from simulator.pump.events import Message


class Fragments:
    """What has come of a message that is not complete yet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._binary = False

    def add(self, frame: Frame) -> Message | None:
        """The message that this frame completes; None for any other. Raises `UnicodeDecodeError` for text that is none."""
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._parts, self._binary = [bytes(frame.data)], frame.opcode is Opcode.BINARY
        elif frame.opcode is Opcode.CONT:
            self._parts.append(bytes(frame.data))
        else:
            return None
        if not frame.fin:
            return None
        data, self._parts = b"".join(self._parts), []
        if not self._binary:
            data.decode()
        return Message(data, self._binary)
