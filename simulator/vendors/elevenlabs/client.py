"""The media module between the `llm` task and an ElevenLabs agent. Closed source: what it does is inferred from the agent's protocol."""

from __future__ import annotations

from base64 import b64decode

from simulator.vendors.vendor import Action, Flush, Json, PlayAudio, Relay, ToModel, part

TICK_S = 0.1
IDLE_TICK_S = 5.0
LISTENS_ON_S = 1.5
"""How long after the caller's words the pieces stay short: the agent must notice the end of the turn when it comes."""


class AgentModule:
    """Audio in JSON both ways, at these rates; it answers pings, and an `interruption` throws away what was not heard."""

    def __init__(self, input_hz: int = 16_000, output_hz: int = 16_000) -> None:
        self.input_hz, self._output_hz = input_hz, output_hz

    def outgoing(self, event: Json) -> Json:
        """As the task wrote it."""
        return event

    def append(self, pcm: bytes) -> Json:
        """The one client event without a type."""
        return {"user_audio_chunk": pcm}

    def tick_s(self, busy_until_s: float, sent_until_s: float) -> float:
        """Short pieces around speech, long ones in silence."""
        return TICK_S if busy_until_s + LISTENS_ON_S > sent_until_s else IDLE_TICK_S

    def receive(self, event: Json, *, playing: bool) -> list[Action]:
        """Audio is played and never relayed; everything else is relayed."""
        match event.get("type"):
            case "audio":
                return self._audio(part(event, "audio_event").get("audio_base_64"))
            case "ping":
                return [ToModel({"type": "pong", "event_id": part(event, "ping_event").get("event_id")}), Relay(event)]
            case "interruption" if playing:
                return [Relay(event), Flush()]
        return [Relay(event)]

    def pressed(self, digit: str) -> list[Action]:  # noqa: ARG002 - the shape of a module
        """The agent is not told of keys [I]."""
        return []

    def _audio(self, chunk: object) -> list[Action]:
        try:
            pcm = chunk if isinstance(chunk, bytes) else b64decode(str(chunk or ""))
        except ValueError:
            return []
        pcm = pcm[: len(pcm) // 2 * 2]
        return [PlayAudio(pcm, self._output_hz)] if pcm else []
