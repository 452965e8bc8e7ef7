"""What is said to jambonz: pure functions, arguments in, message out.

Sources: protocol/jambonz.md 3.1 (ack), 3.2 (verbs), 3.3 (commands), 6.1 (llm), 6.5 and 6.6 (tool outputs).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Message = dict[str, Any]
Verb = dict[str, Any]

WANTS_ACK = frozenset({"session:new", "session:reconnect", "session:redirect", "session:adulting", "verb:hook", "dial:confirm"})
"""Types of messages that jambonz waits for an answer to, five seconds by default; most of them end the call otherwise."""

MAX_FRAME_BYTES = 24 * 1024
"""A longer frame makes jambonz close the socket with 1009 (protocol/jambonz.md 1.1)."""


def ack(msgid: str, verbs: Sequence[Verb] | None = None) -> Message:
    """The answer to a message that wants one. Without verbs, jambonz goes on with those it has."""
    return {"type": "ack", "msgid": msgid} | ({} if verbs is None else {"data": list(verbs)})


def tool_output(call_id: str, output: str) -> Message:
    """Gives the model a tool's output; jambonz then asks the model for a response by itself.

    `output` is JSON as text: the API refuses an object, and jambonz ends the call on any error of the model.
    """
    return {"type": "command", "command": "llm:tool-output", "tool_call_id": call_id, "data": _function_call_output(call_id, output)}


def silent_output(call_id: str, output: str) -> Message:
    """Gives the model a tool's output and asks for no response."""
    return {"type": "command", "command": "llm:update", "data": _function_call_output(call_id, output)}


def _function_call_output(call_id: str, output: str) -> Message:
    return {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": call_id, "output": output}}


def decline(status: int, reason: str) -> list[Verb]:
    """Refuses a call that is not answered yet; on an answered one jambonz skips it."""
    return [{"verb": "sip:decline", "status": status, "reason": reason}]


def say_and_hang_up(text: str) -> list[Verb]:
    """The last words of a call."""
    return [{"verb": "say", "text": text}, {"verb": "hangup"}]
