"""The knobs of the model server, with the defaults of openai-realtime.md 13."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from simulator.vendors.openai.events import Json


@dataclass(frozen=True, slots=True)
class Settings:
    """How fast the server is, and whom it serves. Times count from what the name says before `_after`."""

    greeting_after_s: float = 0.005
    """`session.created`, or the refusal, after the upgrade."""
    created_after_s: float = 0.02
    """`response.created` after the request."""
    first_item_s: float = 0.195
    """The first output item after `response.created`, at the earliest."""
    first_audio_s: float = 0.4
    """The first audio after `response.created`, at the earliest."""
    failed_after_s: float = 0.05
    """`response.done` failed after `response.created`, when nothing was said before."""
    speed_factor: float = 4.0
    """How much faster than speech its audio is sent; 0 sends all of it at once."""
    chunks_ms: tuple[int, ...] = (100, 150, 250)
    """The lengths of the first audio deltas; the last one is that of all others."""
    transcript_ahead_ms: int = 500
    """By how much the transcript runs ahead of the audio."""
    token_s: float = 0.006
    """Between two deltas of text or of function arguments."""
    done_after_s: float = 0.004
    """`response.done` after the last `response.output_item.done`."""
    rate_limits_after_s: float = 0.043
    """`rate_limits.updated` after `response.done` (GA)."""
    quota_close_after_s: float = 0.05
    """`error` and close 1013 after a response that failed for want of money."""
    transcription_after_s: float = 0.6
    """The first transcript delta of the caller after the item."""
    transcription_lasts_s: float = 0.2
    """From the first transcript delta of the caller to the completed transcript."""
    session_limit_s: float = 3600.0
    """The maximum length of a session: error, close 1001."""
    mcp_after_s: float = 0.1
    """What an MCP server takes to list its tools, or for a call."""
    mcp: Mapping[str, tuple[Json, ...] | None] = field(default_factory=dict)
    """The tools of MCP servers by `server_label`, each `{name, description, input_schema}`; None cannot be reached, others have what is allowed."""
    duplicate_items: Literal["reject", "append", "ignore"] = "reject"
    """A client item whose id is taken: an error, a second item of that id, or nothing; models differ (8.1)."""
    conversation_created: bool = False
    """Whether `conversation.created` follows `session.created`; the real server does not send it (3.5)."""
    beta: Literal["serve", "refuse"] = "serve"
    """What happens to a client that asks for the beta dialect."""
    keys: tuple[str, ...] | None = None
    """The only API keys that are good; None takes any."""
    transcription_usage: bool = True
    """Whether the caller's completed transcripts carry `usage` (beta of May 2025 had none)."""
    limits_named: bool = True
    """Whether `rate_limits.updated` names any limits; that of legacy Azure may be empty (1.8)."""

    audio_limit_s: float = 3600.0
    """How much audio of the client one session keeps, in its buffer and in items: as much as can be said in the longest session. Ours."""

    def at_once(self) -> Settings:
        """The same without any waiting: everything is sent in the instant it is due to."""
        waits = (
            "greeting_after_s", "created_after_s", "first_item_s", "first_audio_s", "failed_after_s", "speed_factor", "token_s", "done_after_s",
            "rate_limits_after_s", "quota_close_after_s", "transcription_after_s", "transcription_lasts_s", "mcp_after_s",
        )  # fmt: skip
        nothing: dict[str, Any] = dict.fromkeys(waits, 0.0)
        return replace(self, **nothing)
