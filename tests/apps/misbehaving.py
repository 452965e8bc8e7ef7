"""An application that does one thing wrong, named by its argument: `python misbehaving.py WRONG`. Knows only the websockets library."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

WRONG = sys.argv[1] if len(sys.argv) > 1 else "nothing"
FRAMES = 10_000
HELLO = [
    {"verb": "answer"},
    {"verb": "say", "text": "Hello."},
    {"verb": "gather", "input": ["digits"], "numDigits": 1, "actionHook": "/pressed", "timeout": 30},
]


def child(*, own_group: bool) -> None:
    """A process that would outlive us."""
    process = subprocess.Popen(["sleep", "600"], start_new_session=own_group, stdin=subprocess.DEVNULL)
    print(f"child {process.pid}", flush=True)


async def answer(message: dict[str, Any], socket: Any) -> None:
    def ack(data: list[dict[str, Any]] | None = None) -> str:
        return json.dumps({"type": "ack", "msgid": message["msgid"], **({"data": data} if data else {})})

    match message["type"]:
        case "session:new":
            if WRONG == "hangs":
                os.kill(os.getpid(), signal.SIGSTOP)
            await socket.send(ack(HELLO))
            for number in range(FRAMES if WRONG == "flood" else 0):
                await socket.send(json.dumps({"type": "command", "command": "nonsense", "data": {"number": number + 1}}))
        case "verb:hook":
            if WRONG == "crashes once" and not (mark := Path(os.environ["MARK"])).exists():
                mark.touch()
                raise SystemExit("cannot go on")
            if WRONG == "crashes":
                print("about to divide by zero, key sk-secret-1234567890", flush=True)
                os._exit(7)
            if WRONG == "dies of a signal":
                os.kill(os.getpid(), signal.SIGSEGV)
            if WRONG == "late":
                await asyncio.sleep(0.4)
            await socket.send(ack([{"verb": "say", "text": "Good bye."}, {"verb": "hangup"}]))
        case _:
            pass


async def talk(socket: Any) -> None:
    try:
        async for text in socket:
            await answer(json.loads(text), socket)
    except SystemExit as end:
        print(end, flush=True)
        os._exit(3)


async def main() -> None:
    from websockets.asyncio.server import serve

    async with serve(talk, "127.0.0.1", int(os.environ["PORT"]), subprotocols=["ws.jambonz.org"]):  # type: ignore[list-item]
        print(f"ready, process {os.getpid()}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    if WRONG == "crashes at start":
        print("the database is not there", flush=True)
        sys.exit(4)
    if WRONG == "never ready":
        print("waiting for the database", flush=True)
        time.sleep(600)
    if WRONG == "children":
        child(own_group=False)
        child(own_group=True)
    if WRONG == "ignores SIGTERM":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if WRONG == "says too much":
        print("x" * 5_000_000, flush=True)
    asyncio.run(main())
