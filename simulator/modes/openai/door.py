"""Who comes in, and how: paths, credentials and dialect of an upgrade request (openai-realtime.md 1.1 to 1.3, 1.8). Pure.

OpenAI refuses after the upgrade, with an error event (that is the core's); Azure refuses before it, with an HTTP status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.modes.openai.keys import EPHEMERAL, Keys, Reply
from simulator.vendors.openai.admission import key_of
from simulator.vendors.openai.dialects import asked_dialect, offered_protocols
from simulator.vendors.openai.events import Dialect, Opened, Refuse

OPENAI = "/v1/realtime"
AZURE_BETA, AZURE_GA = "/openai/realtime", "/openai/v1/realtime"
PATHS = (OPENAI, AZURE_BETA, AZURE_GA)
PROTOCOL = "realtime"
AZURE_401 = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a "
    "correct regional API endpoint for your resource."
)
AZURE_404 = "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait and try again."


@dataclass(frozen=True, slots=True)
class Visit:
    """A client that is let in, as far as the upgrade: what the core is told, and the subprotocol it gets back."""

    dialect: Dialect
    opened: Opened
    protocol: str | None
    refuse: Refuse | None = None


def visit(path: str, query: Mapping[str, str], headers: Mapping[str, str], keys: Keys, deployments: tuple[str, ...], now_s: float) -> Visit | Reply:
    """What becomes of a request to upgrade; names of headers are in lower case."""
    protocol = PROTOCOL if PROTOCOL in offered_protocols(headers) else None
    opened = Opened(query, headers)
    key = key_of(opened)
    secret = keys.secret(key, now_s) if key else None
    if path in (AZURE_BETA, AZURE_GA):
        if not key or (secret is None and not keys.is_good(key)):
            return azure_error(401, "401", AZURE_401)
        deployment = query.get("deployment") if path == AZURE_BETA else query.get("deployment") or query.get("model")
        named = deployment or (secret.session.get("model") if secret else None)
        if query.get("intent") != "transcription" and (not named or (deployments and named not in deployments)):
            return azure_error(404, "DeploymentNotFound", AZURE_404)
        told = {**query, **({"deployment": named} if named else {})}
        return Visit("beta" if path == AZURE_BETA else "ga", Opened(told, headers, secret.session if secret else None), protocol)
    if "call_id" in query:
        return Reply(404, None)  # there are no WebRTC or SIP calls here
    refuse = Refuse("invalid_api_key") if key and key.startswith(EPHEMERAL) and secret is None else None
    return Visit(asked_dialect(headers), Opened(query, headers, secret.session if secret else None), protocol, refuse)


def refusal(path: str, status: int) -> Reply:
    """An upgrade that is refused because somebody ordered so: on Azure's paths in Azure's words, where they are known."""
    if path in (AZURE_BETA, AZURE_GA) and status in (401, 404):
        return azure_error(401, "401", AZURE_401) if status == 401 else azure_error(404, "DeploymentNotFound", AZURE_404)
    return Reply(status, None)


def azure_error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}})
