"""An application with an audio websocket, as somebody would write it: it knows nothing of the simulator.

`CALL` of the environment names what it does with a call. On the audio websocket (`/audio/...`) it echoes, plays clips, or counts
what is loud; some of what it does there no application should do. As a module of its own it serves on a port it prints.
"""

from __future__ import annotations

import array
import asyncio
import base64
import json
import os
from typing import Any

from aiohttp import WSMsgType, web

LOUD = 500
Json = dict[str, Any]

STREAMING = {"enabled": True, "streaming": True, "sampleRate": 8000}
CALLS: dict[str, list[Json]] = {
    "echo": [{"verb": "listen", "url": "/audio/echo", "bidirectionalAudio": STREAMING, "actionHook": "/over", "finishOnKey": "#"}],
    "echo-16k": [
        {
            "verb": "stream",
            "url": "/audio/echo",
            "sampleRate": 16000,
            "bidirectionalAudio": {**STREAMING, "sampleRate": 16000},
            "actionHook": "/over",
            "passDtmf": True,
            "wsAuth": {"username": "ear", "password": "s3cret"},
            "metadata": {"purpose": "echo"},
        }
    ],
    "count": [{"verb": "listen", "url": "/audio/count", "actionHook": "/over", "maxLength": 4}],
    "clip": [{"verb": "listen", "url": "/audio/clip", "sampleRate": 16000, "actionHook": "/over"}],
    "beside": [
        {"verb": "config", "listen": {"enable": True, "url": "/audio/count", "mixType": "stereo"}},
        {"verb": "say", "text": "please leave a message"},
        {"verb": "pause", "length": 3},
        {"verb": "config", "listen": {"enable": False}},
        {"verb": "hangup"},
    ],
    "transcribe": [
        {"verb": "transcribe", "transcriptionHook": "/heard", "recognizer": {"vendor": "default", "language": "default", "interim": True}}
    ],
    "nowhere": [{"verb": "listen", "url": "/nowhere", "actionHook": "/over"}],
    "elsewhere": [{"verb": "listen", "url": "wss://recorder.example.com/calls", "actionHook": "/over"}],
    "flood": [{"verb": "listen", "url": "/audio/flood", "bidirectionalAudio": STREAMING, "actionHook": "/over"}],
    "deaf": [{"verb": "listen", "url": "/audio/deaf", "actionHook": "/over"}],
    "gone": [{"verb": "listen", "url": "/audio/gone", "actionHook": "/over"}],
    "whisper": [{"verb": "listen", "url": "/audio/count", "actionHook": "/over"}],
}


def create_app() -> web.Application:
    """`/` speaks `ws.jambonz.org`, `/audio/{what}` `audio.drachtio.org`."""
    app = web.Application()
    app.router.add_get("/", session)
    app.router.add_get("/audio/{what}", audio)
    return app


async def session(request: web.Request) -> web.WebSocketResponse:
    """The call: verbs at its beginning, thanks and goodbye after a hook."""
    socket = web.WebSocketResponse(protocols=["ws.jambonz.org"])
    await socket.prepare(request)
    call = os.environ.get("CALL", "echo")
    async for frame in socket:
        message = json.loads(frame.data)
        match message["type"], message.get("hook"):
            case "session:new", _:
                await socket.send_json({"type": "ack", "msgid": message["msgid"], "data": CALLS[call]})
                if call == "whisper":
                    verbs = {"whisper": {"verb": "say", "text": "somebody is listening"}}
                    await socket.send_json({"type": "command", "command": "whisper", "data": verbs})
            case "verb:hook", "/over":
                duration = message["data"].get("dial_call_duration")
                verbs = [{"verb": "say", "text": f"that took {duration} seconds"}, {"verb": "hangup"}]
                gone = message["data"]["call_status"] == "completed"
                await socket.send_json({"type": "ack", "msgid": message["msgid"]} | ({} if gone else {"data": verbs}))
            case "verb:hook", "/heard":
                speech = message["data"]["speech"]
                said = speech["alternatives"][0]["transcript"]
                verbs = [{"verb": "say", "text": f"you said {said}"}, {"verb": "hangup"}]
                ack = {"type": "ack", "msgid": message["msgid"]}
                await socket.send_json(ack | ({"data": verbs} if speech["is_final"] else {}))
            case type_, _:
                if type_ not in ("call:status", "jambonz:error", "verb:status"):
                    await socket.send_json({"type": "ack", "msgid": message["msgid"]})
    return socket


async def audio(request: web.Request) -> web.WebSocketResponse:
    """The sound of a call, and what is made of it."""
    socket = web.WebSocketResponse(protocols=["audio.drachtio.org"], max_msg_size=1 << 22)
    await socket.prepare(request)
    what = request.match_info["what"]
    if what == "gone":
        return socket
    if what == "deaf":
        await asyncio.sleep(60)
        return socket
    first = await socket.receive_json()
    if what == "flood":
        for _ in range(3000):
            await socket.send_bytes(bytes(3200))
        for _ in range(200):
            await socket.send_json({"type": "mark", "data": {"name": "x" * 1000}})
            await socket.send_json({"type": "nonsense", "data": ["y" * 1000]})
    loud_frames, recorded, quiet_frames = 0, b"", 0
    async for frame in socket:
        if frame.type is not WSMsgType.BINARY:
            continue
        loud = max(map(abs, array.array("h", frame.data))) > LOUD
        loud_frames += loud
        match what:
            case "echo":
                await socket.send_bytes(frame.data)
            case "clip":
                quiet_frames = 0 if loud else quiet_frames + 1
                if loud or recorded:
                    recorded += frame.data
                if recorded and quiet_frames == 30:
                    clip = {
                        "audioContent": base64.b64encode(recorded).decode(),
                        "audioContentType": "raw",
                        "sampleRate": first["sampleRate"],
                        "id": "c",
                    }
                    await socket.send_json({"type": "playAudio", "data": clip})
                    recorded = b""
    request.app.logger.info("loud frames: %d", loud_frames)
    return socket


async def serve() -> None:
    """Serve until it is killed; the port is printed."""
    runner = web.AppRunner(create_app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)  # noqa: T201 - whoever has started it waits for this
    await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(serve())
