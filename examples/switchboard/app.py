"""A switchboard without a model: it connects callers with agents, and calls people to remind them.

Application environment variables: `RING`, the numbers of the agents, with commas; `SCREEN`, set when who answers is asked first;
`RING_S`, for how long it rings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]
Verbs = list[Json]

WANTS_ACK = frozenset({"session:new", "session:reconnect", "session:redirect", "session:adulting", "verb:hook", "dial:confirm"})
SORRY = {"busy": "They are on the phone.", "no-answer": "Nobody answers.", "failed": "They cannot be reached."}
TRANSFER = "*1"
HANGUP: Json = {"verb": "hangup"}


def say(text: str) -> Json:
    """What is said to whoever the verbs are for."""
    return {"verb": "say", "text": text}


def create_app() -> web.Application:
    """Served at any path: a leg that gets a session of its own comes to `/adulting`."""
    app = web.Application()
    app.router.add_get("/{path:.*}", connection)
    return app


async def connection(request: web.Request) -> web.WebSocketResponse:
    """One socket of jambonz: every message that wants an ack gets it, by its msgid."""
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    parted = False
    async for frame in socket:
        if frame.type is not WSMsgType.TEXT:
            continue
        message = json.loads(frame.data)
        if message["type"] in WANTS_ACK:
            verbs = [] if parted else answer(message)  # what is redirected must not be overtaken by the verbs of a hook
            await socket.send_json({"type": "ack", "msgid": message["msgid"]} | ({"data": verbs} if verbs else {}))
        if message.get("hook") == "/transfer":
            parted = True
            await socket.send_json({"type": "command", "command": "redirect", "data": TRANSFERRED})
    return socket


TRANSFERRED = {
    "parent_call": [say("You will be called back."), HANGUP],
    "child_call": [say("The caller is gone."), HANGUP],
}
"""When an agent presses `*1`: both hear something else from there on, each in a session of their own."""


def answer(message: Json) -> Verbs:
    """The verbs for a message."""
    data = message["data"]
    match message["type"], message.get("hook"):
        case "session:new", _:
            return [say("This is a reminder: your table is ready."), HANGUP] if data["direction"] == "outbound" else connect(data.get("env_vars", {}))
        case "dial:confirm", _:
            prompt = {"text": "A call for you. Press one to take it."}
            return [{"verb": "gather", "input": ["digits"], "numDigits": 1, "timeout": 5, "actionHook": "/screened", "say": prompt}, HANGUP]
        case "verb:hook", "/screened" if data.get("digits") == "1":
            return [say("Connecting.")]
        case "verb:hook", "/dialled" if data["call_status"] in ("trying", "in-progress"):
            return [say(SORRY.get(data["dial_call_status"], "Goodbye.")), HANGUP]
        case _:
            return []


def connect(settings: Mapping[str, str]) -> Verbs:
    """Ring all agents at once; the caller hears ringing until somebody takes the call."""
    dial = {
        "verb": "dial",
        "target": [{"type": "phone", "number": number} for number in settings["RING"].split(",")],
        "actionHook": "/dialled",
        "answerOnBridge": True,
        "timeout": int(settings.get("RING_S", "20")),
        "dtmfCapture": {"childCall": [TRANSFER]},
        "dtmfHook": "/transfer",
    }
    return [dial | ({"confirmHook": "/screen"} if settings.get("SCREEN") else {}), HANGUP]
