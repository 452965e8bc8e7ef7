"""Benchmark of a live call: how long sound takes from the caller's mouth to the model's ear.

A whole call: an application, the stage on the real clock, and a model at the far end of a real socket. The caller's microphone gives 20 ms
at a time, quiet, with a short loud click now and then; the model's end notes when the bytes of each click have come. From the instant at
which a click is made, the piece that carries it is given up to 20 ms later, as with any microphone: that counts, for the caller waits for it too.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from simulator.audio import pcm_of, samples_of
from simulator.vendors.openai.distant import DistantModel
from tests.distant import LiveCall, smallest_app

HZ = 24_000
PIECE_S = 0.02
CLICKS, EVERY_PIECES = 60, 7
"""Clicks fall at different places within a piece."""
LIMIT_MS = 60
FIRST_S = 0.5
SCENARIO = """
name: the caller clicks
steps:
  - caller: {wait: %ds}
  - caller: {hang_up: true}
  - expect: {call: completed}
"""


def main(say: Any) -> None:
    """Print the figure beside its limit."""
    delays_ms = measure()
    p95 = quantile(delays_ms, 0.95)
    text = f"median {statistics.median(delays_ms):.1f} ms, largest {max(delays_ms):.1f} ms, of {len(delays_ms)} clicks"
    say("mouth to model's ear", f"one call, a real socket; {text}", p95, "ms (p95)", at_most=LIMIT_MS)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(clicks: int = CLICKS) -> list[float]:
    """The delay of every click, in milliseconds. Raises `RuntimeError` when one was not heard."""
    made: list[float] = []
    with ear() as (url, heard), smallest_app() as app:
        seconds = clicks * EVERY_PIECES * PIECE_S + FIRST_S + 1
        call = LiveCall(app, DistantModel(url), SCENARIO % round(seconds + 0.5), limit_s=seconds + 10)
        call.when("open", lambda: call.loop.create_task(speak(call, clicks, made)))
        staged = call.play()
        if staged.failure is not None:
            raise RuntimeError(staged.failure.problem)
        if len(heard) != len(made):
            raise RuntimeError(f"{len(made)} clicks were made, {len(heard)} were heard")
        return [(there - here) * 1000 for here, there in zip(made, heard, strict=True)]


async def speak(call: LiveCall, clicks: int, made: list[float]) -> None:
    """A microphone: every 20 ms a piece of what happened in the last 20 ms; `made` are the instants of the clicks."""
    await asyncio.sleep(FIRST_S)
    size = round(PIECE_S * HZ)
    begun_s = time.monotonic()
    for number in range(clicks * EVERY_PIECES):
        await asyncio.sleep(max(0.0, begun_s + (number + 1) * PIECE_S - time.monotonic()))
        piece = np.zeros(size)
        if number % EVERY_PIECES == 0:
            at = (number * 97) % (size - 60)
            piece[at : at + 48] = 20_000 * np.sin(2 * np.pi * 1000 * np.arange(48) / HZ)
            made.append(begun_s + number * PIECE_S + at / HZ)
        call.stage.stream(pcm_of(piece), HZ)


@contextmanager
def ear() -> Iterator[tuple[str, list[float]]]:
    """A model that only listens, in a thread of its own: its URL, and when it heard each click."""
    from websockets.sync.server import ServerConnection, serve

    heard: list[float] = []

    def listen(connection: ServerConnection) -> None:
        connection.send(json.dumps({"type": "session.created", "session": {"model": "gpt-realtime"}}))
        quiet = HZ
        for message in connection:
            now_s = time.monotonic()
            event = json.loads(message)
            if event["type"] != "input_audio_buffer.append":
                continue
            loud = np.flatnonzero(np.abs(samples_of(b64decode(event["audio"]))) > 8_000)
            count = len(b64decode(event["audio"])) // 2
            if len(loud):
                if quiet + int(loud[0]) > HZ // 20:
                    heard.append(now_s)
                quiet = count - int(loud[-1])
            else:
                quiet += count

    with serve(listen, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/v1/realtime", heard
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    sys.stdout.write("\n".join(f"{name}: p95 {value:.1f} ms" for name, value in [("mouth to ear", quantile(measure(), 0.95))]) + "\n")
