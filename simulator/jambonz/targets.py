"""Whom a `dial` verb or the REST API means: its targets, as addresses that can be called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

MOST_TARGETS = 10
"""How many are called at once; those behind are left out, as are repeated ones (dial.js `filterAndLimit`)."""
ADDRESS = {"phone": "number", "teams": "number", "user": "name", "sip": "sipUri"}
"""Which property holds the address, by the type of the target."""

TEAMS_REFUSED = "dial to ms teams not allowed; account must first be configured with teams info"
"""What the server says to an account without Microsoft Teams; a simulated account has none."""


@dataclass(frozen=True, slots=True)
class Target:
    """One of them. `to` is a number, a user with its realm, or a SIP URI."""

    to: str
    confirm_hook: Any = None
    headers: Json = field(default_factory=dict)


def address_of(target: Json, realm: str) -> str | None:
    """Where a target is; a user without a realm is in that of the account. None when its property is missing."""
    kind = target.get("type")
    written = target.get(ADDRESS.get(str(kind), ""))
    if not isinstance(written, str) or not written:
        return None
    return f"{written}@{realm}" if kind == "user" and "@" not in written else written


def targets_of(data: Json, realm: str) -> list[Target]:
    """The targets of a `dial` verb. One without its address is not called: the server's attempt fails before an INVITE."""
    found: dict[tuple[Any, str], Target] = {}
    for target in data["target"]:
        address = address_of(target, realm)
        if address is not None:
            confirm_hook = target.get("confirmHook") or data.get("confirmHook")
            found.setdefault((target["type"], address), Target(address, confirm_hook, target.get("headers") or {}))
    return list(found.values())[:MOST_TARGETS]


def wants_teams(data: Json) -> bool:
    """Whether any target is one of Microsoft Teams."""
    return any(target.get("type") == "teams" for target in data["target"])
