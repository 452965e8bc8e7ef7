"""Who may open a session: credentials, dialect, intent and model of a connection (openai-realtime.md 1.1 to 1.5, 1.8)."""

from __future__ import annotations

import re
from dataclasses import replace

from simulator.vendors.openai.dialects import asked_dialect, offered_protocols
from simulator.vendors.openai.events import Opened, Refuse
from simulator.vendors.openai.failures import MISSING_KEY, Fatal, expired, refusal
from simulator.vendors.openai.forms import Kind
from simulator.vendors.openai.settings import Settings

MODEL = re.compile(r"gpt-(4o-(mini-)?)?realtime")
"""Models that can talk; whatever comes after may be a version."""
AZURE_PREVIEW = "openai/realtime"
KEY_PROTOCOL = "openai-insecure-api-key."


def admit(opened: Opened, settings: Settings, refuse: Refuse | None = None) -> Fatal | None:
    """Why this client is turned away, None if it is not. Credentials are looked at first, then dialect, intent, model."""
    key, model, intent = key_of(opened), model_of(opened), opened.query.get("intent")
    if refuse is not None and refuse.code == "session_expired":
        return expired(settings.session_limit_s, refuse.message)
    if refuse is not None:
        return refusal(refuse.code, {"invalid_api_key": key or "", "invalid_intent": intent or ""}.get(refuse.code, model), refuse.message)
    if not key:
        return refusal(MISSING_KEY)
    if settings.keys is not None and key not in settings.keys and opened.session is None:
        return refusal("invalid_api_key", key)
    if settings.beta == "refuse" and asked_dialect(opened.headers) == "beta":
        return refusal("beta_api_shape_disabled")
    if intent not in (None, "transcription"):
        return refusal("invalid_intent", intent)
    if intent == "transcription":
        return refusal("invalid_parameter") if model else None
    if kind_of(opened) == "transcription":
        return None
    if not model:
        return refusal("missing_model")
    if not MODEL.match(model) and "deployment" not in opened.query:
        return refusal("invalid_model", model)
    return None


def settings_at(path: str, settings: Settings) -> Settings:
    """The settings of a connection on this path (which may have a query): Azure's preview has peculiarities of its own (1.8)."""
    if path.partition("?")[0].strip("/") != AZURE_PREVIEW:
        return settings
    return replace(settings, limits_named=False)


def kind_of(opened: Opened) -> Kind:
    stored = (opened.session or {}).get("type")
    return "transcription" if "transcription" in (opened.query.get("intent"), stored) else "realtime"


def model_of(opened: Opened) -> str:
    """The model asked for; Azure names a deployment, an ephemeral key may know it."""
    stored = (opened.session or {}).get("model")
    return opened.query.get("model") or opened.query.get("deployment") or stored or ""


def key_of(opened: Opened) -> str | None:
    """The credential: a bearer token, a subprotocol of a browser, or Azure's header or query."""
    scheme, _, token = opened.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "basic"):
        return token.strip() or None
    for protocol in offered_protocols(opened.headers):
        if protocol.startswith(KEY_PROTOCOL):
            return protocol.removeprefix(KEY_PROTOCOL) or None
    return opened.headers.get("api-key") or opened.query.get("api-key")
