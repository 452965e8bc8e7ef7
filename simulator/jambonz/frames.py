"""Reading what an application sends, frame by frame, as the real server does (ws-requestor.js:478-534)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from simulator.errors import did_you_mean
from simulator.jambonz import javascript
from simulator.jambonz.defects import BINARY_FRAMES, met
from simulator.jambonz.events import dropped, ignored
from simulator.jambonz.json_mistakes import mistake, unexpected_start
from simulator.jambonz.messages import invalid_message_data
from simulator.jambonz.requestor import Requestor
from simulator.pattern import show

MAX_FRAME_BYTES = 24 * 1024
"""What the real server accepts from an application; more is closed with 1009 (ws-requestor.js:352)."""

WITHOUT_DATA = frozenset({"llm:tool-output", "tts:flush", "tts:clear"})
"""Commands that are taken without `data`; of all others one without is a malformed frame."""

OF_ACK = ("type", "msgid", "data", "call_sid")
OF_COMMAND = ("type", "command", "data", "queueCommand", "callSid", "tool_call_id", "msgid", "call_sid")
"""What the server reads of a frame; `call_sid`, and `msgid` of a command, are only allowed."""

Command = Callable[[str, dict[str, Any]], None]


class Frames:
    """The frames of one application. A malformed one is answered with `jambonz:error`, and the call goes on."""

    def __init__(self, requestor: Requestor, obey: Command, max_bytes: int = MAX_FRAME_BYTES) -> None:
        self._requestor, self._obey, self._max_bytes = requestor, obey, max_bytes

    def read(self, text: str, *, binary: bool = False) -> None:
        """One frame: an acknowledgement, a command, or a mistake. The guard against `binary` ones is dead in the real server (WR:483)."""
        if len(text.encode()) > self._max_bytes:
            return  # the edge closes with 1009, and the close is what is handled
        if binary and BINARY_FRAMES not in self._requestor.defects:
            self._requestor.effects.append(dropped("a binary frame", "the server reads text frames alone", "send text frames"))
            return
        if binary:
            self._requestor.effects.append(met(BINARY_FRAMES, f"a binary frame of {len(text.encode())} bytes was read as text"))
        problem = self._problem(text)
        if problem is not None:
            self._requestor.send("jambonz:error", invalid_message_data(problem, text))

    def _problem(self, text: str) -> str | None:
        try:
            frame = json.loads(text, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            return mistake(text, error)
        except (ValueError, RecursionError):
            return unexpected_start(text)
        if frame is None:
            return "Cannot destructure property 'type' of 'obj' as it is null."
        type_ = frame.get("type") if isinstance(frame, dict) else None
        if not javascript.truthy(type_):
            return "type property not supplied"
        match type_:
            case "ack":
                return self._ack(frame)
            case "command":
                return self._command(frame)
            case _:
                return f"invalid type property: {javascript.text(type_)}"

    def _ack(self, frame: dict[str, Any]) -> str | None:
        if not javascript.truthy(frame.get("msgid")):
            return "msgid not supplied"
        self._overlooked("ack", frame, OF_ACK)
        self._requestor.ack(str(frame["msgid"]), frame.get("data"))
        return None

    def _command(self, frame: dict[str, Any]) -> str | None:
        command = frame.get("command")
        if not javascript.truthy(command):
            return "command property not supplied"
        if not javascript.truthy(frame.get("data")) and command not in WITHOUT_DATA:
            return "data property not supplied"
        self._overlooked(f"command {command}", frame, OF_COMMAND)
        if self._requestor.state != "closed":  # else the session is over, and nobody obeys
            self._obey(str(command), frame)
        return None

    def _overlooked(self, what: str, frame: dict[str, Any], known: tuple[str, ...]) -> None:
        """Properties that the server does not look at."""
        for name in frame:
            if name not in known:
                remedy = did_you_mean(name, known)
                self._requestor.effects.append(ignored(f"{show(name, 40)} in {what}", "the server does not look at it", remedy, frame))


def _no_constant(name: str) -> None:
    """Python reads NaN and Infinity, JSON does not."""
    raise ValueError(name)
