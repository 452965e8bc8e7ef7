"""The weather on the telephone, with jambonz-python-sdk.

`python weather.py` serves ws://127.0.0.1:3000/weather; `weather:serve` is the same for whoever runs the loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from typing import Any

import aiohttp
from jambonz_sdk.websocket import Session, create_endpoint

AS_DOCUMENTED = os.environ.get("SDK") == "as documented"
"""Without the work-arounds below."""

log = logging.getLogger("weather")

SESSION = {
    "type": "realtime",
    "instructions": "Tell callers about the weather, in one short sentence.",
    "tools": [
        {
            "type": "function",
            "name": "get_weather",
            "description": "Gets the current weather at a place",
            "parameters": {
                "type": "object",
                "properties": {
                    "location": {"type": "string", "description": "the name of the city alone"},
                    "scale": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                },
                "required": ["location", "scale"],
            },
        }
    ],
    "tool_choice": "auto",
    "audio": {
        "input": {
            "transcription": {"model": "whisper-1"},
            "turn_detection": {"type": "server_vad", "threshold": 0.8, "prefix_padding_ms": 300, "silence_duration_ms": 500},
        }
    },
}
NEWER_THAN_THE_SERVER = ("cancelOnResponseTimeout", "cancelOnBargeIn")
"""Members that the SDK writes into every `llm` verb, and for which a feature server 0.9.8 refuses the call."""


async def get_weather(location: str, scale: str) -> dict[str, Any]:
    timeout = aiohttp.ClientTimeout(total=8)
    async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as http:
        query = {"name": location, "count": "1", "language": "en", "format": "json"}
        async with http.get("https://geocoding-api.open-meteo.com/v1/search", params=query) as reply:
            found = (await reply.json()).get("results")
        if not found:
            return {"error": f"No place called {location} is known."}
        place = found[0]
        query = {
            "latitude": place["latitude"],
            "longitude": place["longitude"],
            "current": "temperature_2m,wind_speed_10m",
            "temperature_unit": scale,
        }
        async with http.get("https://api.open-meteo.com/v1/forecast", params=query) as reply:
            current = (await reply.json())["current"]
    return {
        "place": f"{place['name']}, {place['country']}",
        "temperature": current["temperature_2m"],
        "temperature_unit": scale,
        "wind_speed": current["wind_speed_10m"],
    }


async def answer_tool(session: Session, call: dict[str, Any]) -> None:
    try:
        output = await get_weather(**call["args"])
    except (aiohttp.ClientError, TimeoutError, KeyError, TypeError) as error:
        output = {"error": f"The weather service does not work right now: {type(error).__name__}."}
    item = {"type": "function_call_output", "call_id": call["tool_call_id"], "output": json.dumps(output)}
    try:
        await session.tool_output(call["tool_call_id"], {"type": "conversation.item.create", "item": item})
    except ConnectionError:
        log.info("the caller has hung up meanwhile")


class Weather:
    """All calls; those that are known are not begun again."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._tools: dict[str, set[asyncio.Task[None]]] = {}

    async def on_session(self, session: Session) -> None:
        session.on("llm:tool-call", lambda call: self.on_tool_call(session, call))
        session.on("call:status", self.on_status)
        session.on("/final", lambda result: self.on_final(session, result))
        # The SDK tells a reconnected call as a new one: only its sid says that we know it.
        if session.call_sid in self._known and not AS_DOCUMENTED:
            await session.reply()
            return
        self._known.add(session.call_sid)
        session.answer().pause(length=1).llm(
            vendor="openai",
            model="gpt-realtime",
            auth={"apiKey": session.data.get("env_vars", {}).get("OPENAI_API_KEY") or os.environ.get("OPENAI_API_KEY", "")},
            actionHook="/final",
            eventHook="/event",
            toolHook="/toolCall",
            events=["conversation.item.*", "response.audio_transcript.done", "input_audio_buffer.committed"],
            llmOptions={"response_create": {"instructions": "Greet the caller, and ask which place to look up."}, "session_update": SESSION},
        ).hangup()
        if not AS_DOCUMENTED:
            for verb in session._verbs:
                for name in NEWER_THAN_THE_SERVER:
                    verb.pop(name, None)
        await session.send()

    async def on_tool_call(self, session: Session, call: dict[str, Any]) -> None:
        if AS_DOCUMENTED:
            await answer_tool(session, call)
            return
        # The SDK reads nothing while a handler runs: whatever takes time must not be awaited here, or acknowledgements are late.
        task = asyncio.create_task(answer_tool(session, call))
        tasks = self._tools.setdefault(session.call_sid, set())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def on_status(self, status: dict[str, Any]) -> None:
        # The SDK never emits `close`; without a call status hook in the portal, what a call has left would run to its end.
        if status["call_status"] == "completed":
            for task in self._tools.pop(status["call_sid"], set()):
                task.cancel()

    async def on_final(self, session: Session, result: dict[str, Any]) -> None:
        if result.get("completion_reason") in ("server failure", "server error"):
            error = result.get("error", {})
            wait = re.search(r"try again in (\d+)", error.get("message", "")) if error.get("code") == "rate_limit_exceeded" else None
            limits = f"Sorry, you have exceeded your open AI rate limits. Please try again in {wait[1]} seconds." if wait else None
            session.say(text=limits or "Sorry, the assistant could not answer. Please try again later.").hangup()
        await session.reply()


async def serve() -> None:
    """Serves until it is cancelled."""
    port = int(os.environ.get("PORT") or 3000)
    make_service, runner = await create_endpoint(host="127.0.0.1", port=port)
    make_service(path="/weather").on("session:new", Weather().on_session)
    log.info("listening on ws://127.0.0.1:%d/weather", port)
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(serve())
