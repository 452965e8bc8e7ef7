"""What an operator of a feature server can set with environment variables, as far as an application can notice it.

Source: jambonz.md 1.1, 1.6, 3.3 and 7.1 (lib/config.js at 389c65e2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.jambonz.hook import LEADING_NUMBER


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings; the defaults are those of 0.9.8."""

    ack_timeout_s: float = 5.0
    handshake_limit_s: float = 1.5
    max_frame_bytes: int = 24 * 1024
    http_timeout_s: float = 10.0
    user_agent: str = "jambonz"
    refusal_status: int = 480
    """The final response to a caller whose application gives no verbs."""
    inject_content: bool = False
    """Whether a queued redirect goes in front of the next `gather` instead of behind everything."""

    @classmethod
    def of(cls, variables: Mapping[str, object]) -> Environment:
        """Read variables; unknown ones are left to `unknown`. A number is read as `parseInt` does, 0 and none being the default."""
        set_ = {name: str(value) for name, value in variables.items() if value is not None}

        def number(name: str, default: int) -> int:
            found = LEADING_NUMBER.match(set_.get(name, ""))
            return (int(found[0].strip()[:10]) if found else 0) or default

        return cls(
            ack_timeout_s=number("JAMBONES_WS_API_MSG_RESPONSE_TIMEOUT", 5_000) / 1000,
            handshake_limit_s=number("JAMBONES_WS_HANDSHAKE_TIMEOUT_MS", 1_500) / 1000,
            max_frame_bytes=number("JAMBONES_WS_MAX_PAYLOAD", 24 * 1024),
            http_timeout_s=number("JAMBONES_HTTP_TIMEOUT", 10_000) / 1000,
            user_agent=set_.get("JAMBONES_HTTP_USER_AGENT_HEADER") or "jambonz",
            refusal_status=number("JAMBONES_WEBHOOK_ERROR_RETURN", 480),
            inject_content=bool(set_.get("JAMBONES_INJECT_CONTENT")),
        )


KNOWN = frozenset(
    {
        "JAMBONES_WS_API_MSG_RESPONSE_TIMEOUT",
        "JAMBONES_WS_HANDSHAKE_TIMEOUT_MS",
        "JAMBONES_WS_MAX_PAYLOAD",
        "JAMBONES_HTTP_TIMEOUT",
        "JAMBONES_HTTP_USER_AGENT_HEADER",
        "JAMBONES_WEBHOOK_ERROR_RETURN",
        "JAMBONES_INJECT_CONTENT",
    }
)


def without_effect(variables: Mapping[str, object]) -> list[str]:
    """The variables that are not simulated; pings, which no application sees as a frame, among them."""
    return sorted(name for name in variables if name not in KNOWN)
