"""The real `openai` package as a client, in either dialect; every event that comes is held against its typed models, strictly."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from simulator.modes.openai.threaded import Running
from simulator.speech import speak, words
from simulator.vendors.openai.events import Dialect, Json

openai = pytest.importorskip("openai")
from openai.types import realtime  # noqa: E402
from openai.types.beta import realtime as beta_realtime  # noqa: E402

MODEL = {"ga": "gpt-realtime", "beta": "gpt-4o-realtime-preview"}
PATIENCE_S = 10.0
BETA_GAPS = {"conversation.item.retrieved"}
"""Beta events the package has no model for."""


@cache
def models(dialect: Dialect) -> dict[str, TypeAdapter[Any]]:
    """The model of every server event, by its type."""
    union = realtime.RealtimeServerEvent if dialect == "ga" else beta_realtime.RealtimeServerEvent
    events = get_args(get_args(union)[0])
    return {name: TypeAdapter(event) for event in events for name in get_args(event.model_fields["type"].annotation)}


def check(dialect: Dialect, message: bytes) -> Json:
    event: Json = json.loads(message)
    model = models(dialect).get(event["type"])
    if model is None:
        assert dialect == "beta", f"the package knows no {event['type']}"
        assert event["type"] in BETA_GAPS
    else:
        model.validate_json(message, strict=True)
    return event


class Client:
    """One connection. Sends through the package where both dialects have the same call, as events where they have not."""

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self.connection, self.dialect = connection, dialect
        self.events: list[Json] = []

    async def until(self, *names: str, **members: Any) -> Json:
        """Read on to the next event of one of these types (GA names will do)."""
        wanted = {self.name(name) for name in names}
        while True:
            event = check(self.dialect, await asyncio.wait_for(self.connection.recv_bytes(), PATIENCE_S))
            self.events.append(event)
            if event["type"] in wanted and all(event.get(key) == value for key, value in members.items()):
                return event

    async def end(self) -> Json:
        """Read to the end of the response: what GA sends after it as well."""
        done = await self.until("response.done")
        if self.dialect == "ga" and (done["response"]["output"] or done["response"]["status"] != "cancelled"):
            await self.until("rate_limits.updated")
        response: Json = done["response"]
        return response

    async def say(self, text: str) -> None:
        """Speak, then be silent."""
        await self.play(speak(text, 24000).pcm + bytes(48 * 500))

    async def play(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), 48 * 1000):
            await self.connection.input_audio_buffer.append(audio=b64encode(pcm[start : start + 48 * 1000]).decode())

    async def write(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        await self.connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})

    async def configure(self, **session: Any) -> Json:
        """`session.update`, given as beta has it, with `text` for text only."""
        if self.dialect == "ga":
            hears = {
                key: session.pop(old)
                for key, old in (("transcription", "input_audio_transcription"), ("turn_detection", "turn_detection"))
                if old in session
            }
            session |= {"type": "realtime"} | ({"audio": {"input": hears}} if hears else {})
            session |= {"output_modalities": ["text"]} if session.pop("text", False) else {}
        else:
            session |= {"modalities": ["text"]} if session.pop("text", False) else {}
        await self.connection.session.update(session=session)
        updated: Json = (await self.until("session.updated"))["session"]
        return updated

    def name(self, ga: str) -> str:
        from simulator.vendors.openai.dialects import BETA_NAMES

        return ga if self.dialect == "ga" else BETA_NAMES.get(ga) or ga

    def types(self) -> list[str]:
        """The types of all events, runs of equal ones once."""
        names = [event["type"] for event in self.events]
        return [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]

    def heard(self) -> str:
        """The words in all audio that came."""
        name = self.name("response.output_audio.delta")
        return words(b"".join(b64decode(event["delta"]) for event in self.events if event["type"] == name), 24000)


@asynccontextmanager
async def connected(server: Running, dialect: Dialect = "ga", key: str | None = None, **options: Any) -> AsyncIterator[Client]:
    """A client whose `session.created` has come."""
    package = openai.AsyncOpenAI(api_key=key or server.key, base_url=server.base_url, websocket_base_url=server.websocket_base_url)
    family = package.realtime if dialect == "ga" else package.beta.realtime
    async with package, family.connect(model=options.pop("model", MODEL[dialect]), **options) as connection:
        client = Client(connection, dialect)
        await client.until("session.created")
        yield client
