"""Keys: the good ones, and ephemeral ones with the session they stand for (openai-realtime.md 1.9).

Pure: answers are HTTP statuses with their JSON. Nothing in here is ever logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.ids import EPOCH_S, Ids
from simulator.vendors.openai import forms
from simulator.vendors.openai.checks import Check, choice, integer, members
from simulator.vendors.openai.dialects import nested, session_to_beta
from simulator.vendors.openai.errors import Problem, Refused, missing
from simulator.vendors.openai.events import Dialect, Json
from simulator.vendors.openai.failures import refusal
from simulator.vendors.openai.forms import Kind
from simulator.vendors.openai.session import Session, check_modalities

EPHEMERAL = "ek_"
DEFAULT_S, BETA_S = 600, 60
MODEL = {"ga": "gpt-realtime", "beta": "gpt-4o-realtime-preview"}
MOST_SECRETS = 10_000
"""The oldest are forgotten beyond this."""

_OBJECT = Check("an object", (dict,))
_SECRET = members(expires_after=members(anchor=choice("created_at"), seconds=integer(10, 7200)), session=_OBJECT)


@dataclass(frozen=True, slots=True)
class Reply:
    """What an HTTP request is answered."""

    status: int
    body: Json | None


@dataclass(frozen=True, slots=True)
class Secret:
    """What an ephemeral key stands for: a session, in the GA shape, until `expires_at_s`."""

    session: Json
    expires_at_s: float


class Keys:
    """`good` are the only API keys; None takes any."""

    def __init__(self, good: tuple[str, ...] | None, ids: Ids, session_limit_s: float) -> None:
        self.good, self._ids, self._session_limit_s = good, ids, session_limit_s
        self._secrets: dict[str, Secret] = {}

    def is_good(self, key: str) -> bool:
        """Whether an API key (no ephemeral one) is accepted."""
        return not key.startswith(EPHEMERAL) and (self.good is None or key in self.good)

    def secret(self, key: str, now_s: float) -> Secret | None:
        """What an ephemeral key stands for; None when it is none of ours or has expired."""
        found = self._secrets.get(key)
        return found if found is not None and now_s < found.expires_at_s else None

    def client_secret(self, key: str | None, body: Any, now_s: float) -> Reply:
        """`POST /v1/realtime/client_secrets`."""

        def mint() -> Json:
            _SECRET(body, "")
            asked = body.get("session", {"type": "realtime"})
            if "type" not in asked:
                raise Refused(missing("session.type"))
            choice("realtime", "transcription")(asked["type"], "session.type")
            made = self._session("ga", asked["type"], asked, "session", now_s)
            value, expires_at = self._mint(made, body.get("expires_after", {}).get("seconds", DEFAULT_S), now_s)
            return {"value": value, "expires_at": expires_at, "session": made.values}

        return self._reply(key, mint)

    def beta_session(self, key: str | None, body: Any, kind: Kind, now_s: float) -> Reply:
        """`POST /v1/realtime/sessions` and `/v1/realtime/transcription_sessions`, of the beta."""

        def mint() -> Json:
            _OBJECT(body, "body")
            made = self._session("beta", kind, body, "", now_s)
            value, expires_at = self._mint(made, BETA_S, now_s)
            return session_to_beta(made.values) | {"client_secret": {"value": value, "expires_at": expires_at}}

        return self._reply(key, mint)

    def _session(self, dialect: Dialect, kind: Kind, asked: Json, path: str, now_s: float) -> Session:
        model = asked.get("model", MODEL[dialect])
        made = Session(dialect, kind, model if isinstance(model, str) else "", self._ids, now_s, self._session_limit_s)
        forms.session(dialect, kind, made.model)(asked, path)
        check_modalities(asked.get("output_modalities" if dialect == "ga" else "modalities"), path or "session", dialect)
        made.update(asked if dialect == "ga" else nested(asked), has_spoken=False, responding=False)
        return made

    def _mint(self, made: Session, seconds: int, now_s: float) -> tuple[str, int]:
        """A new key and when it expires, in unix seconds."""
        value = f"{EPHEMERAL}{self._ids.dice('ephemeral').getrandbits(128):032x}"
        self._secrets[value] = Secret(made.values, now_s + seconds)
        if len(self._secrets) > MOST_SECRETS:
            del self._secrets[next(iter(self._secrets))]
        return value, int(EPOCH_S + now_s + seconds)

    def _reply(self, key: str | None, mint: Any) -> Reply:
        if key is None:
            return rest_error(401, Problem(None, "Missing bearer or basic authentication in header"))
        if not self.is_good(key):
            return rest_error(401, refusal("invalid_api_key", key).problem)
        try:
            return Reply(200, mint())
        except Refused as refused:
            return rest_error(400, refused.problem)


def rest_error(status: int, problem: Problem) -> Reply:
    """An error as OpenAI's HTTP API words it."""
    return Reply(status, {"error": {"message": problem.message, "type": problem.type, "param": problem.param, "code": problem.code}})
