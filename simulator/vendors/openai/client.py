"""The client half of a jambonz feature server: its media module `mod_openai_s2s`, between the llm task and the model.

The module is closed source. What stands here is documented [D] or inferred [I] in jambonz.md 6.2 and 6.9; each inference is
one method, so that it can be changed when somebody knows better.
"""

from __future__ import annotations

from simulator.vendors.openai.dialects import BETA_NAMES, nested
from simulator.vendors.vendor import Action, Flush, Json, PlayAudio, Relay, ToModel, part

TICK_S = 0.1
"""While turn detection may notice something, audio goes out in pieces of this length."""
SPEECH_TICK_S = 1.0
"""While the caller speaks on, the pieces are longer."""
FRAME_S = 0.032
"""Turn detection of the model counts in frames of this length."""
IDLE_TICK_S = 5.0
"""While nobody speaks, silence goes out in long pieces: in a virtual call an hour of it should cost nothing."""

ALIASES = {ga: beta for ga, beta in BETA_NAMES.items() if beta is not None}
HZ = {"audio/pcm": 24_000, "audio/pcmu": 8_000, "audio/pcma": 8_000}
BETA_FORMATS = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
FORMAT = "audio/pcm"
"""Audio of a session that asks for nothing else: 16 bit, 24 kHz [I]."""
GA_MEMBERS = frozenset({"type", "audio", "output_modalities"})


class MediaModule:
    """State: which response is active, whether a cancel of ours is under way, the audio formats of the session.

    With `compat`, beta payloads become GA on the way out and GA names become beta names on the way in, as deployed servers
    do since the beta API was switched off (jambonz.md 6.2).
    """

    def __init__(self, *, compat: bool) -> None:
        self.compat = compat
        self.input_format = self.output_format = FORMAT
        self._active: str | None = None
        self._cancelled: str | None = None
        self._cancels = 0
        self._own_cancels: set[str] = set()
        self._turn_is_open = False
        self._silence_s = 0.0

    @property
    def input_hz(self) -> int:
        """Sample rate of what the model hears."""
        return HZ[self.input_format]

    # --- towards the model

    def outgoing(self, event: Json) -> Json:
        """A client event of the llm task, in the shape the model speaks."""
        if not self.compat:
            return event
        match event:
            case {"type": "session.update", "session": dict() as session} if not GA_MEMBERS & session.keys():
                return {**event, "session": {"type": "realtime", **self._converted(session)}}
            case {"type": "response.create", "response": dict() as response} if response and not GA_MEMBERS & response.keys():
                return {**event, "response": self._converted(response)}
        return event

    @staticmethod
    def _converted(flat: Json) -> Json:
        """A flat beta object as GA. `temperature` has no place in GA; text beside audio is implied by audio [I]."""
        known = {name: value for name, value in flat.items() if name != "temperature"}
        tree = nested({name: value for name, value in known.items() if not name.endswith("_audio_format")})
        for name, side in (("input_audio_format", "input"), ("output_audio_format", "output")):
            kind = BETA_FORMATS.get(str(known.get(name)))  # what is of the wrong type is left for the model to refuse
            if kind is not None:
                entry = {"type": kind, "rate": 24_000} if kind == "audio/pcm" else {"type": kind}
                tree.setdefault("audio", {}).setdefault(side, {})["format"] = entry
        modalities = tree.get("output_modalities")
        if isinstance(modalities, list) and "audio" in modalities:
            tree["output_modalities"] = ["audio"]
        return tree

    def append(self, pcm: bytes) -> Json:
        """A piece of the caller's audio for the model's input buffer."""
        if self.input_format != "audio/pcm":
            from simulator.audio import alaw_encode, ulaw_encode

            pcm = (ulaw_encode if self.input_format == "audio/pcmu" else alaw_encode)(pcm)
        return {"type": "input_audio_buffer.append", "audio": pcm}

    def tick_s(self, busy_until_s: float, sent_until_s: float) -> float:
        """How long the next piece of caller audio is: short where a turn may begin or end, so that it is noticed when it comes."""
        left_s = busy_until_s - sent_until_s
        if not self._turn_is_open:
            return TICK_S if left_s > 0 else IDLE_TICK_S
        if left_s > 0:
            return min(SPEECH_TICK_S, max(TICK_S, left_s))
        return max(TICK_S, left_s + self._silence_s + 2 * FRAME_S)

    # --- from the model

    def receive(self, event: Json, *, playing: bool) -> list[Action]:
        """A server event: what to relay, what to play, and what barge-in asks for."""
        type_ = str(event.get("type"))
        match type_:
            case "response.output_audio.delta" | "response.audio.delta":
                if self._cancelled is not None and event.get("response_id") == self._cancelled:
                    return []
                return self._audio(event.get("delta"))
            case "response.created":
                if part(event, "response").get("conversation_id") is not None:
                    self._active = event["response"].get("id")
            case "response.done":
                if part(event, "response").get("id") == self._active:
                    self._active = None
            case "session.created" | "session.updated":
                self._note_session(part(event, "session"))
            case "input_audio_buffer.speech_started":
                self._turn_is_open = True
                return [Relay(self._aliased(event)), *self._barge_in(playing)]
            case "input_audio_buffer.speech_stopped" | "input_audio_buffer.committed" | "input_audio_buffer.cleared":
                self._turn_is_open = False
            case "error" if self._answers_own_cancel(event):
                return []
        return [Relay(self._aliased(event))]

    def pressed(self, digit: str) -> list[Action]:  # noqa: ARG002 - the shape of a module
        """Keys have no effect on the model: there is no code for it in the task, and none is known in the module [I]."""
        return []

    def _answers_own_cancel(self, event: Json) -> bool:
        """Whether an error is about a `response.cancel` of the module's own.

        The model's own turn detection may have cancelled the response in the same instant, and then refuses ours with an error.
        Were that relayed, every interrupted call would end with `server error`, which nobody reports; so the module keeps the
        answer to its own cancel to itself [I].
        """
        event_id = part(event, "error").get("event_id")
        if event_id is None or str(event_id) not in self._own_cancels:
            return False
        self._own_cancels.discard(str(event_id))
        return True

    def _barge_in(self, playing: bool) -> list[Action]:
        """The caller speaks over the assistant: cancel the response that is being made, drop what was not heard yet [D].

        Without a response under way nothing is cancelled, and the model is never told how much was heard
        (`conversation.item.truncate`) [I]. What was on its way when the cancel set out is not played either: it was not heard yet [I].
        """
        actions: list[Action] = []
        if self._active is not None:
            self._cancels += 1
            self._cancelled = self._active
            event_id = f"jambonz_cancel_{self._cancels}"
            self._own_cancels.add(event_id)
            actions.append(ToModel({"type": "response.cancel", "event_id": event_id}))
        if playing or actions:
            actions.append(Flush())
        return actions

    def _aliased(self, event: Json) -> Json:
        """A GA event under its beta name, its fields as they are; those that beta never had keep theirs [I]."""
        if self.compat and (beta := ALIASES.get(str(event.get("type")))) is not None:
            return {**event, "type": beta}
        return event

    def _note_session(self, session: Json) -> None:
        hearing, speaking = (part(part(session, "audio"), side) for side in ("input", "output"))
        silence_ms = part(hearing or session, "turn_detection").get("silence_duration_ms")
        self._silence_s = silence_ms / 1000 if isinstance(silence_ms, int | float) else 0.0
        heard = part(hearing, "format").get("type") or BETA_FORMATS.get(str(session.get("input_audio_format")))
        spoken = part(speaking, "format").get("type") or BETA_FORMATS.get(str(session.get("output_audio_format")))
        self.input_format = heard if heard in HZ else self.input_format
        self.output_format = spoken if spoken in HZ else self.output_format

    def _audio(self, delta: object) -> list[Action]:
        """What is no audio is not played; a real module would play noise."""
        from base64 import b64decode

        try:
            raw = delta if isinstance(delta, bytes) else b64decode(str(delta or ""))
        except ValueError:
            return []
        if self.output_format != "audio/pcm":
            from simulator.audio import alaw_decode, ulaw_decode

            raw = (ulaw_decode if self.output_format == "audio/pcmu" else alaw_decode)(raw)
        else:
            raw = raw[: len(raw) // 2 * 2]
        return [PlayAudio(raw, HZ[self.output_format])] if raw else []
