"""What may differ from one deployment, or one call, to the next."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit

Dialect = Literal["ga", "beta"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

T = TypeVar("T")


class SettingsError(ValueError):
    """A variable has a value that means nothing here; the text names the variable, the value and what is allowed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The application's settings; every field has one environment variable, see `from_environ`."""

    openai_api_key: str | None = field(default=None, repr=False)
    openai_realtime: Dialect = "ga"
    openai_model: str | None = None
    openai_events: tuple[str, ...] | None = None
    """Instead of the events the assistant asks for, exactly these: for looking into a feature server, not for service."""
    geocoding_url: str = "https://geocoding-api.open-meteo.com"
    forecast_url: str = "https://api.open-meteo.com"
    tool_timeout_s: float = 5.0
    host: str = "127.0.0.1"
    ws_port: int = 3000
    log_level: str = "INFO"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Settings of the process. An empty variable counts as not set; raises SettingsError."""
        default = cls()
        return cls(
            openai_api_key=_read(environ, "OPENAI_API_KEY", _secret, None),
            openai_realtime=_read(environ, "OPENAI_REALTIME", _dialect, default.openai_realtime),
            openai_model=_read(environ, "OPENAI_MODEL", str, None),
            openai_events=_read(environ, "OPENAI_EVENTS", _names, None),
            geocoding_url=_read(environ, "GEOCODING_URL", _url, default.geocoding_url),
            forecast_url=_read(environ, "FORECAST_URL", _url, default.forecast_url),
            tool_timeout_s=_read(environ, "TOOL_TIMEOUT_S", _seconds, default.tool_timeout_s),
            host=_read(environ, "HOST", str, default.host),
            ws_port=_read(environ, "WS_PORT", _port, default.ws_port),
            log_level=_read(environ, "LOGLEVEL", _log_level, default.log_level),
        )

    def for_call(self, env_vars: object) -> Settings:
        """These settings with the call's own application environment variables on top; raises SettingsError.

        `env_vars` is what `session:new` carries under that name: absent (None) when the application has none. Only
        what `app_env_vars` offers may be set by a call: addresses and time limits belong to who runs the server.
        """
        if env_vars is None:
            return self
        if not isinstance(env_vars, Mapping):
            raise SettingsError(f"env_vars is {_described(env_vars)}; allowed: an object of names and values")
        return replace(
            self,
            openai_api_key=_read(env_vars, "OPENAI_API_KEY", _secret, self.openai_api_key),
            openai_realtime=_read(env_vars, "OPENAI_REALTIME", _dialect, self.openai_realtime),
            openai_model=_read(env_vars, "OPENAI_MODEL", str, self.openai_model),
            openai_events=_read(env_vars, "OPENAI_EVENTS", _names, self.openai_events),
        )


def app_env_vars(settings: Settings) -> dict[str, dict[str, Any]]:
    """The application environment variables, as the jambonz portal asks for them with `OPTIONS`.

    Shape: a bare mapping of names to {type, description, required?, default?, enum?, obscure?}. Wrapped in anything
    the portal refuses it. The key is required only where the server has none of its own.
    Source: protocol/jambonz.md 7.2 and 10.1; jambonz-api-server lib/utils/appenv_utils.js.
    """
    return {
        "OPENAI_API_KEY": {
            "type": "string",
            "description": "OpenAI API key with access to the Realtime API",
            "required": settings.openai_api_key is None,
            "obscure": True,
        },
        "OPENAI_REALTIME": {
            "type": "string",
            "description": "Which Realtime API the model server speaks: ga, or the older beta (Azure and older servers)",
            "required": False,
            "default": settings.openai_realtime,
            "enum": list(DIALECTS),
        },
        "OPENAI_MODEL": {
            "type": "string",
            "description": "The Realtime model; empty means the assistant's own choice",
            "required": False,
            **({} if settings.openai_model is None else {"default": settings.openai_model}),
        },
        "OPENAI_EVENTS": {
            "type": "string",
            "description": "Server events to be sent, separated by commas, instead of the assistant's own; empty in normal service",
            "required": False,
        },
    }


class _NotAllowedError(Exception):
    """Carries what would have been allowed."""


def _read(source: Mapping[str, Any], name: str, parse: Callable[[str], T], default: T) -> T:
    value = source.get(name)
    if value is None or value == "":
        return default
    if not isinstance(value, str):
        raise SettingsError(f"{name} is {_described(value)}; allowed: a text")
    if not (stripped := value.strip()):
        return default
    try:
        return parse(stripped)
    except _NotAllowedError as error:
        # A key that was put into the wrong variable is still a key.
        shown = "not shown here" if parse is _secret or stripped.startswith("sk-") else repr(value)
        raise SettingsError(f"{name} is {shown}; allowed: {error}") from None


def _described(value: object) -> str:
    """The kind of a value of the wrong type. Not the value: it may hold a secret."""
    return f"of type {type(value).__name__}"


def _secret(text: str) -> str:
    # Goes into an HTTP header at the feature server: anything else fails there, far from its cause.
    if not all("!" <= character <= "~" and character not in '"\\' for character in text):
        raise _NotAllowedError("visible ASCII characters without spaces, quotes and backslashes")
    return text


def _dialect(text: str) -> Dialect:
    for dialect in DIALECTS:
        if text.lower() == dialect:
            return dialect
    raise _NotAllowedError(", ".join(DIALECTS))


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise _NotAllowedError("an absolute http:// or https:// URL without query")
    return text.rstrip("/")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in text.split(",")) if name)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise _NotAllowedError("a number of seconds above 0, such as 5 or 2.5")
    return seconds


def _port(text: str) -> int:
    # 0 asks the system for any free port.
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise _NotAllowedError("a port number from 0 to 65535")
    return int(text)


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise _NotAllowedError(", ".join(LOG_LEVELS))
    return text.upper()
