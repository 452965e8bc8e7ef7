"""The response object: its settings, its status, its output, its cost (openai-realtime.md 7.1, 7.2, 7.4)."""

from __future__ import annotations

from simulator.vendors.openai import usage
from simulator.vendors.openai.conversation import Conversation
from simulator.vendors.openai.events import Answer, Fail, Json
from simulator.vendors.openai.failures import INCOMPLETE
from simulator.vendors.openai.formats import Format, format_of
from simulator.vendors.openai.usage import SPOKEN_TOKEN_MS, Tokens

MEMBERS = ("output_modalities", "max_output_tokens", "temperature")
"""What a response shows of its session besides audio."""


class Response:
    """What is known of one response.

    `asked` are the (checked, GA shaped) overrides of its request, `values` the settings that follow, `speed` that of its speech,
    `given` what the model reads. `conversation` is None for an out-of-band one. `done_at_s` is None until its `response.done`.
    """

    __slots__ = (
        "answer", "answered_at_s", "asked", "cancel_reason", "conversation", "done_at_s", "given", "id", "made", "output", "speed", "status",
        "status_details", "usage", "values",
    )  # fmt: skip

    def __init__(self, response_id: str, session: Json, asked: Json, conversation: Conversation | None, given: Tokens) -> None:
        self.id, self.asked, self.conversation, self.given = response_id, asked, conversation, given
        self.values = response_values(session, asked)
        self.speed: float = session["audio"]["output"]["speed"]
        self.answer: Answer | None = None
        self.answered_at_s = 0.0
        self.cancel_reason = "client_cancelled"
        self.status = "in_progress"
        self.status_details: Json | None = None
        self.output: list[Json] = []
        self.made = Tokens()
        self.usage: Json | None = None
        self.done_at_s: float | None = None

    @property
    def format(self) -> Format:
        return format_of(self.values["audio"]["output"]["format"])

    @property
    def text_only(self) -> bool:
        return bool(self.values["output_modalities"] == ["text"])

    @property
    def failure(self) -> Json | None:
        """Why it failed, None when it did not."""
        return self.status_details["error"] if self.status == "failed" and self.status_details else None

    @property
    def played_until_s(self) -> float | None:
        """When a client that plays its audio from its end on has done so; None before."""
        return None if self.done_at_s is None else self.done_at_s + self.made.audio * SPOKEN_TOKEN_MS / 1000

    def cancelled(self) -> None:
        self.status, self.status_details = "cancelled", {"type": "cancelled", "reason": self.cancel_reason}

    def failed(self, fail: Fail, error: Json) -> None:
        if fail.code in INCOMPLETE:
            self.status, self.status_details = "incomplete", {"type": "incomplete", "reason": fail.code}
        else:
            self.status, self.status_details = "failed", {"type": "failed", "error": error}

    def settle(self, account: usage.Account, now_s: float) -> None:
        """It is done: what it cost is charged. A response that failed, or that nobody heard a word of, costs nothing."""
        if self.status == "failed" or not self.output:
            self.made, self.usage = Tokens(), usage.usage(Tokens(), Tokens())
        else:
            self.usage = usage.usage(self.given, self.made, account.cached_tokens)
        account.charge(self.usage)
        self.done_at_s = now_s

    def shown(self) -> Json:
        """The response object, in the order of the wire."""
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": self.status,
            "status_details": self.status_details,
            "output": list(self.output),
            "conversation_id": self.conversation.id if self.conversation else None,
            **self.values,
            "usage": self.usage,
            "metadata": self.asked.get("metadata"),
        }


def response_values(session: Json, asked: Json) -> Json:
    """The settings a response shows: the session's, overridden."""
    speaks, wanted = session["audio"]["output"], asked.get("audio", {}).get("output", {})
    voice = {"format": wanted.get("format", speaks["format"]), "voice": wanted.get("voice", speaks["voice"])}
    return {name: asked.get(name, session[name]) for name in MEMBERS if name in session} | {"audio": {"output": voice}}
