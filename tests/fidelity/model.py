"""The scripted OpenAI server, in memory: what happens to it and what it says, a millisecond away from the feature server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from simulator.jambonz.events import ConnectModel, ModelClosed, ModelConnected, ModelSaid, ModelUnreachable
from simulator.vendors.openai.client import MediaModule
from simulator.vendors.vendor import Action, Relay
from tests.fidelity.recording import Recording

Json = dict[str, Any]
ModelEvent = ModelConnected | ModelUnreachable | ModelSaid | ModelClosed

LATENCY_S = 0.001


class PassThrough(MediaModule):
    """The media module of the recordings: every event is passed on as it is, and no audio flows."""

    def __init__(self) -> None:
        super().__init__(compat=False)

    def receive(self, event: Json, *, playing: bool) -> list[Action]:  # noqa: ARG002 - the shape of a media module
        return [Relay(event)]

    def tick_s(self, busy_until_s: float, sent_until_s: float) -> float:  # noqa: ARG002
        return 1e9


class ScriptedModel:
    """One connection after another; `tell` hears what the feature server would see of it, in order."""

    def __init__(self, settings: Json, recording: Recording, happened: Callable[[str, Any], None], tell: Callable[[ModelEvent], None]) -> None:
        self._handshakes: list[Json] = list(settings.get("handshakes") or [])
        self._recording, self._happened, self._tell = recording, happened, tell
        self._connection = 0
        self._open = False
        self._under_way: list[ModelEvent] = []

    def _towards_jambonz(self, event: ModelEvent) -> None:
        """What is sent in one instant arrives in one instant, in its order."""
        if not self._under_way:
            asyncio.get_running_loop().call_later(LATENCY_S, self._arrive)
        self._under_way.append(event)

    def _arrive(self) -> None:
        arrived, self._under_way = self._under_way, []
        for event in arrived:
            self._tell(event)

    # --- what the feature server orders

    def connect(self, order: ConnectModel) -> None:
        """It dials."""
        key = order.headers.get("authorization", "").removeprefix("Bearer ")
        self._recording.note("s2s_session_create", host=order.host, path=order.path.lstrip("/"), auth_type="bearer", api_key=key)
        self._connection += 1
        asyncio.get_running_loop().call_later(2 * LATENCY_S, self._asked, order, self._connection)

    def _asked(self, order: ConnectModel, connection: int) -> None:
        if connection != self._connection:
            return
        asked = {"path": order.path, "authorization": order.headers.get("authorization")}
        plan = self._handshakes.pop(0) if self._handshakes else {"accept": True}
        if plan.get("drop"):
            self._recording.note("openai_handshake_dropped", **asked)
            self._towards_jambonz(ModelUnreachable("socket hang up"))
        elif status := plan.get("status"):
            self._recording.note("openai_handshake_refused", **asked, status=status)
            self._towards_jambonz(ModelUnreachable(f"Unexpected server response: {status}"))
        else:
            self._open = True
            self._recording.note("openai_connected", **asked)
            self._towards_jambonz(ModelConnected())
            self._happened("openai_connected", {"event": "openai_connected", **asked})

    def hear(self, event: Json) -> None:
        """It sends a client event."""
        if event["type"] == "input_audio_buffer.append" or not self._open:
            return
        self._recording.add("to_openai", event)
        self._happened("to_openai", event)

    def closed(self) -> None:
        """It deletes the session."""
        self._recording.note("s2s_session_delete")
        if self._open:
            self._over("feature_server")

    # --- what the script orders

    def say(self, event: Json) -> None:
        """A server event."""
        if self._open:
            self._recording.add("from_openai", event)
            self._towards_jambonz(ModelSaid(event))

    def close(self, code: int | None) -> None:
        """Close, or break, the connection."""
        if self._open:
            self._towards_jambonz(ModelClosed(1006 if code is None else code))
            self._over("openai", code)

    def _over(self, by: str, code: int | None = None) -> None:
        self._open = False
        note = {"by": by} | ({} if code is None else {"code": code})
        self._recording.note("openai_closed", **note)
        self._happened("openai_closed", {"event": "openai_closed", **note})
