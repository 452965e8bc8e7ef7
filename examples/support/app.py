"""A support line without a model: callers wait in a queue, agents take them out of it, and a team meets in a conference.

Application environment variables: `AGENTS`, the numbers of the agents, with commas; or, for the conference, `HOST`, who begins and ends
it, `LISTENER`, who is muted, and `SEATS`, how many may come.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]
Verbs = list[Json]

WANTS_ACK = frozenset({"session:new", "session:reconnect", "verb:hook"})
PATIENCE_S = 30
"""For how long a caller waits before they are asked to call again."""
HANGUP: Json = {"verb": "hangup"}


def say(text: str) -> Json:
    """What is said to whoever the verbs are for."""
    return {"verb": "say", "text": text}


def create_app() -> web.Application:
    """Served at any path."""
    app = web.Application()
    app.router.add_get("/{path:.*}", connection)
    return app


async def connection(request: web.Request) -> web.WebSocketResponse:
    """One call: every message that wants an ack gets it, by its msgid."""
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    async for frame in socket:
        if frame.type is not WSMsgType.TEXT:
            continue
        message = json.loads(frame.data)
        if message["type"] in WANTS_ACK:
            verbs = answer(message)
            await socket.send_json({"type": "ack", "msgid": message["msgid"]} | ({"data": verbs} if verbs else {}))
    return socket


def answer(message: Json) -> Verbs:
    """The verbs for a message."""
    data = message["data"]
    match message["type"], message.get("hook"):
        case "session:new", _:
            return welcome(data["from"], data.get("env_vars", {}))
        case "verb:hook", "/wait":
            return wait(data["queue_position"], data["queue_time"])
        case "verb:hook", "/queued" if data["call_status"] == "in-progress":
            sorry = data["queue_result"] == "leave"
            return [say("Nobody is free. Please call again tomorrow." if sorry else "Thank you for calling."), HANGUP]
        case "verb:hook", "/served" if data["call_status"] == "in-progress" and data["dequeue_result"] == "timeout":
            return [say("Nobody is waiting."), HANGUP]
        case "verb:hook", "/lobby":
            return [say("The conference has not begun."), {"verb": "pause", "length": 2}]
        case "verb:hook", "/left" if data["call_status"] == "in-progress":
            return [say("The conference is over."), HANGUP]
        case _:
            return []


def welcome(caller: str, settings: Mapping[str, str]) -> Verbs:
    """A caller, an agent, or somebody of the team."""
    if "HOST" in settings:
        return [conference(caller, settings), say("The conference is full."), HANGUP]
    if caller in settings["AGENTS"].split(","):
        return [{"verb": "dequeue", "name": "support", "beep": True, "timeout": 20, "actionHook": "/served"}, say("Next, please."), HANGUP]
    return [say("Welcome to support."), {"verb": "enqueue", "name": "support", "waitHook": "/wait", "actionHook": "/queued"}]


def wait(position: int, waited_s: int) -> Verbs:
    """What a caller in the queue listens to."""
    if waited_s > PATIENCE_S:
        return [{"verb": "leave"}]
    return [say(f"You are number {position + 1} in line."), {"verb": "pause", "length": 4}]


def conference(caller: str, settings: Mapping[str, str]) -> Json:
    """The team's conference, for this caller."""
    host = caller == settings["HOST"]
    return {
        "verb": "conference",
        "name": "team",
        "startConferenceOnEnter": host,
        "endConferenceOnExit": host,
        "joinMuted": caller == settings.get("LISTENER"),
        "waitHook": "/lobby",
        "actionHook": "/left",
        **({"maxParticipants": int(settings["SEATS"])} if "SEATS" in settings else {}),
        **({"statusHook": "/status", "statusEvents": ["start", "join", "leave", "end"]} if host else {}),
    }
