"""A model elsewhere, behind a real websocket: where it is, whose key opens it, what it owes. Pure; the socket is `distant_model`.

The application names host, path and key in its `llm` verb, as it would on a real jambonz; where the simulator really connects,
and with which key, is the operator's choice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from simulator.errors import UsageError
from simulator.jambonz.events import ConnectModel
from simulator.vendors.openai.admission import key_of, model_of
from simulator.vendors.openai.debts import Debts
from simulator.vendors.openai.events import Dialect, Json, Opened
from simulator.vendors.vendor import part

OPENAI_URL = "wss://api.openai.com/v1/realtime"
OPENAI_KEY, OTHER_KEY = "OPENAI_API_KEY", "JAMBONZ_SIM_MODEL_KEY"
"""Variables of our own environment that may hold a key: for OpenAI itself, and for any other endpoint."""
VENDORS = ("openai", "microsoft")
"""Whose `llm` verbs speak the Realtime protocol; all others are answered by the simulated servers."""
_KEY = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Dialled:
    """What a connection is opened with. `headers` carry the key; `whose` says in words where that came from."""

    url: str
    headers: dict[str, str] = field(repr=False)
    key: str | None = field(repr=False)
    whose: str


@dataclass(frozen=True, slots=True)
class DistantModel:
    """A Realtime endpoint. Without a `key` of ours the application's goes there.

    `ca_file` (PEM) is trusted beside the system's authorities. A handshake may take `connect_limit_s`, as long as the media module is
    given by us (its own limit is unknown); a connection on which nothing was heard for `silence_s` is asked for a sign of life, and is
    lost when there is none for another `silence_s`.
    """

    url: str
    key: str | None = field(default=None, repr=False)
    key_from: str = "the simulator's environment"
    ca_file: Path | None = None
    connect_limit_s: float = 10.0
    silence_s: float = 20.0

    @property
    def name(self) -> str:
        """For people: where it is, without what may be secret in a query."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def dialled(self, order: ConnectModel, dialect: Dialect) -> Dialled:
        """What is dialled for a session that the application wants: its model, at our address.

        Of the application's headers those of OpenAI go along; for a model server that speaks the beta dialect the header that asks for it.
        """
        parts = urlsplit(self.url)
        asked = Opened(dict(parse_qsl(urlsplit(order.path).query)), order.headers)
        query = dict(parse_qsl(parts.query))
        if (model := model_of(asked)) and not query.keys() & {"model", "deployment"}:
            query["model"] = model
        key = self.key or key_of(asked)
        headers = {name: text for name, text in order.headers.items() if name.startswith("openai-")}
        if dialect == "beta":
            headers.setdefault("openai-beta", "realtime=v1")
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        whose = self.key_from if self.key is not None else "the application" if key is not None else "nobody"
        return Dialled(parts._replace(query=urlencode(query)).geturl(), headers, key, whose)


def distant_model(named: str, environ: Mapping[str, str], ca_file: Path | None = None) -> DistantModel:
    """The model that `--model` names: `openai`, or the URL of a Realtime endpoint. Raises `UsageError`.

    Without TLS only this machine itself is spoken to: a key goes over the wire.
    """
    if ca_file is not None and not ca_file.is_file():
        raise UsageError(f"there is no file {ca_file} with certificates to trust", "name a PEM file")
    if named == "openai":
        return DistantModel(OPENAI_URL, _key(environ, OPENAI_KEY, needed=True), OPENAI_KEY, ca_file)
    try:
        parts = urlsplit(named)
        host, scheme, _ = parts.hostname or "", parts.scheme, parts.port
    except ValueError as error:
        raise UsageError(f"--model {named!r} is no URL: {error}", f"write `openai`, or an endpoint such as {OPENAI_URL}") from error
    if scheme not in ("ws", "wss") or not host or parts.fragment:
        raise UsageError(f"--model {named!r} is no Realtime endpoint", f"write `openai`, or an endpoint such as {OPENAI_URL}")
    if parts.username is not None or parts.password is not None:
        raise UsageError("--model holds a user or a password", f"put the key into the environment as {OTHER_KEY}, and leave it out of the URL")
    if scheme == "ws" and not _is_here(host):
        raise UsageError(f"--model ws://{host} would send the key unencrypted", f"write wss://{host}; ws:// is for this machine only")
    return DistantModel(named, _key(environ, OTHER_KEY, needed=False), OTHER_KEY, ca_file)


def _key(environ: Mapping[str, str], name: str, *, needed: bool) -> str | None:
    key = environ.get(name, "").strip()
    if not key and needed:
        raise UsageError(f"there is no {name} in the environment", f"export {name}=... before starting; only the model is told it")
    if key and not _KEY.fullmatch(key):
        raise UsageError(f"{name} holds characters that no key has", "copy it again, without spaces or line ends")
    return key or None


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class DistantDebts:
    """What is outstanding in a session elsewhere, read from what passes: outputs of tools, and the ends of responses; `owed` says since when."""

    def __init__(self) -> None:
        self._debts = Debts()
        self._responses: dict[str, float] = {}

    @property
    def owed(self) -> dict[str, float]:
        return {**self._debts.owed, **self._responses}

    def said(self, event: Json) -> None:
        """By the feature server."""
        item = part(event, "item")
        if event.get("type") == "conversation.item.create" and item.get("type") == "function_call_output":
            self._debts.output_came(str(item.get("call_id")))

    def heard(self, event: Json, now_s: float) -> None:
        """From the model."""
        response, item = part(event, "response"), part(event, "item")
        debt = f"the model owes the end of {response.get('id')}"
        match event.get("type"):
            case "response.created":
                self._responses[debt] = now_s
            case "response.done":
                self._responses.pop(debt, None)
            case "response.output_item.done" if item.get("type") == "function_call":
                self._debts.output_due(str(item.get("call_id")), str(item.get("name")), now_s)
