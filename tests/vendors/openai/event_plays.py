"""Every server event there is, and plays that produce them: what `docs/events.md` is made of (openai-realtime.md 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from simulator.speech import speak
from simulator.vendors.openai.catalogue import BETA as BETA
from simulator.vendors.openai.catalogue import GA as GA
from simulator.vendors.openai.events import CallMcp, CallTool, Dialect, EmitRaw, Json, Mishear, Say
from tests.vendors.openai.model_dialogue import SILENCE, Dialogue

TRANSCRIPTION = "conversation.item.input_audio_transcription"
PLAYBACK: dict[str, tuple[Json, str]] = {
    f"output_audio_buffer.{name}": ({"response_id": "resp_1"}, "WebRTC and SIP only") for name in ("started", "stopped", "cleared")
}
ITEM: Json = {"id": "item_1", "type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
RAW: dict[Dialect, dict[str, tuple[Json, str]]] = {
    "ga": {
        "conversation.item.created": ({"previous_item_id": None, "item": ITEM}, "the real server sends `conversation.item.added` instead"),
        "input_audio_buffer.dtmf_event_received": ({"event": "9", "received_at": 1_763_600_387}, "SIP only"),
        **PLAYBACK,
    },
    "beta": PLAYBACK,
}
"""What a real server never sends on a websocket: only `emit:` (`EmitRaw`) does. An example of each, and why."""


def transcribed(talk: Dialogue, model: str) -> None:
    ga: Json = {"type": "realtime", "audio": {"input": {"transcription": {"model": model}}}}
    talk.client("session.update", session=ga if talk.dialect == "ga" else {"input_audio_transcription": {"model": model}})


def answered(talk: Dialogue, *items: Any, **response: Any) -> None:
    talk.client("response.create", **({"response": response} if response else {}))
    talk.answer(*items)
    talk.run(3.0)


# --- plays -------------------------------------------------------------------------------------------------------------------


def text(talk: Dialogue) -> None:
    answered(talk, Say("Hello"), **{"output_modalities" if talk.dialect == "ga" else "modalities": ["text"]})


def speech(talk: Dialogue) -> None:
    talk.hears_words("Hello there")
    talk.answer(Say("Good evening"))
    talk.run(3.0)


def function_call(talk: Dialogue) -> None:
    answered(talk, CallTool("get_weather", '{"location": "Berlin"}'))


def items(talk: Dialogue) -> None:
    answered(talk, Say("Good evening"))
    item_id = talk.last("response.output_item.done")["item"]["id"]
    talk.client("conversation.item.retrieve", item_id=item_id)
    talk.client("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=100)
    talk.client("conversation.item.delete", item_id=item_id)


def transcription(talk: Dialogue) -> None:
    transcribed(talk, "gpt-4o-transcribe")
    talk.hears_words("Hello there")
    talk.run(2.0)


def failed_transcription(talk: Dialogue) -> None:
    talk.tell(Mishear(None))
    transcription(talk)


def diarization(talk: Dialogue) -> None:
    transcribed(talk, "gpt-4o-transcribe-diarize")
    talk.hears_words("Hello there. It is me.")
    talk.run(2.0)


def transcription_session(talk: Dialogue) -> None:
    name, session = "session.update", {"type": "transcription", "audio": {"input": {"transcription": {"model": "whisper-1"}}}}
    if talk.dialect == "beta":
        name, session = "transcription_session.update", {"input_audio_transcription": {"model": "whisper-1"}}
    talk.client(name, session=session)
    talk.hears_words("Hello there")
    talk.run(2.0)


def by_hand(talk: Dialogue) -> None:
    talk.client("input_audio_buffer.append", audio=speak("Hello", 24000).pcm)
    talk.client("input_audio_buffer.commit")
    talk.client("input_audio_buffer.clear")


def silence(talk: Dialogue) -> None:
    detection = {"type": "server_vad", "idle_timeout_ms": 5000}
    ga: Json = {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
    talk.client("session.update", session=ga if talk.dialect == "ga" else {"turn_detection": detection})
    answered(talk, Say("Hello"))
    talk.hears(7000 * SILENCE)


def mistake(talk: Dialogue) -> None:
    talk.client("nope")


def greeting(_talk: Dialogue) -> None:
    """Nothing but what comes by itself, with the switch `conversation_created`."""


def mcp(talk: Dialogue) -> None:
    tools = [{"type": "mcp", "server_label": label, "server_url": "https://mcp.test"} for label in ("docs", "gone")]
    talk.client("session.update", session={"type": "realtime", "tools": tools})
    talk.run(1.0)
    error = {"type": "tool_execution_error", "message": "no"}
    answered(talk, CallMcp("docs", "search", '{"q": 1}', output="found"), CallMcp("docs", "search", "{}", error=error))


def raw(talk: Dialogue) -> None:
    for name, (members, _) in RAW[talk.dialect].items():
        talk.tell(EmitRaw({"type": name} | members))


PLAYS: dict[str, Callable[[Dialogue], None]] = {
    "greeting": greeting, "text": text, "speech": speech, "function call": function_call, "items": items, "transcription": transcription,
    "failed transcription": failed_transcription, "diarization": diarization, "transcription session": transcription_session,
    "manual turn": by_hand, "silence": silence, "mistake": mistake, "MCP": mcp, "emit": raw,
}  # fmt: skip
REMARKS = {
    "conversation.created": "only with the setting `conversation_created`; the real server does not send it",
    f"{TRANSCRIPTION}.segment": "only of `gpt-4o-transcribe-diarize`, for each sentence",
    "input_audio_buffer.timeout_triggered": "with `idle_timeout_ms`",
}


def remark(dialect: Dialect, name: str) -> str:
    return f"`emit:` only ({RAW[dialect][name][1]})" if name in RAW[dialect] else REMARKS.get(name, "")


def plays_of(dialect: Dialect) -> Iterable[str]:
    return (name for name in PLAYS if dialect == "ga" or name not in ("MCP", "diarization"))


def played(dialect: Dialect, name: str) -> list[Json]:
    """All events of a play, from the greeting on."""
    options: Json = {"conversation_created": True} if name == "greeting" else {"mcp": {"gone": None}} if name == "MCP" else {}
    query = {"intent": "transcription"} if name == "transcription session" else None
    talk = Dialogue(dialect, **options).open(query)
    PLAYS[name](talk)
    return talk.events
