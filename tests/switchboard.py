"""An application that does whatever the verbs of its environment say: for scenarios about verbs the bundled assistant does not use."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import WSMsgType, web

PROTOCOL = "ws.jambonz.org"
HANGUP = [{"verb": "hangup"}]

GATHER = {"verb": "gather", "input": ["speech", "digits"], "timeout": 5, "actionHook": "/said", "say": {"text": "What may I do for you?"}}
PLANS: dict[str, dict[str, Any]] = {
    "desk": {"": [{"verb": "answer"}, GATHER], "/said": HANGUP},
    "transfer": {"": [{"verb": "answer"}, {"verb": "sip:refer", "referTo": "+1777", "actionHook": "/done"}], "/done": HANGUP},
    "courier": {"": [{"verb": "message", "to": "+1777", "from": "+1666", "text": "hi", "actionHook": "/sms"}, {"verb": "pause", "length": 9}]},
    "listener": {
        "": [{"verb": "config", "sipRequestWithinDialogHook": "/in", "referHook": "/refer"}, {"verb": "answer"}, {"verb": "pause", "length": 60}],
        "/refer": HANGUP,
    },
    "announcer": {
        "": [
            {"verb": "config", "bargeIn": {"enable": True, "actionHook": "/barge"}},
            {"verb": "say", "text": "This announcement is long and nobody listens to the end of it, for it goes on and on."},
        ],
        "/barge": HANGUP,
    },
    "silent": {"": [{"verb": "answer"}, {"verb": "say", "text": "Hello."}, {"verb": "hangup"}]},
}


def serving(plan: str) -> web.Application:
    """Acknowledges every message that wants it with the verbs the plan has for its hook."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=(PROTOCOL,))
        await socket.prepare(request)
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            message = json.loads(frame.data)
            if message["type"] in ("session:new", "verb:hook"):
                verbs = PLANS[plan].get(message.get("hook", ""))
                data = {} if verbs is None else {"data": verbs}
                await socket.send_str(json.dumps({"type": "ack", "msgid": message["msgid"], **data}))
        return socket

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    return app


def desk() -> web.Application:
    return serving("desk")


def transfer() -> web.Application:
    return serving("transfer")


def courier() -> web.Application:
    return serving("courier")


def listener() -> web.Application:
    return serving("listener")


def announcer() -> web.Application:
    return serving("announcer")


def silent() -> web.Application:
    return serving("silent")
