"""Audio websockets to an application, also to one that means no good: what passes is noted in words, and nothing grows without end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import websockets
from websockets.typing import Subprotocol

from simulator.audio_link import BUFFER_S, MAX_FRAME_BYTES, AudioLinks
from simulator.jambonz.fork_events import AudioClosed, AudioConnected, AudioSaid, AudioUnreachable, ConnectAudio
from simulator.network import VirtualLoop, run

URL = "ws://127.0.0.1:3000/audio"
AUDIO = Subprotocol("audio.drachtio.org")
FRAME = bytes(320)


class Ears:
    """Audio websockets, what they noted and what they told."""

    def __init__(self) -> None:
        self.noted: list[tuple[int, str, str, dict[str, Any]]] = []
        self.told: list[Any] = []
        told, noted = self.told, self.noted
        self.links = AudioLinks(told.append, lambda *frame: noted.append(frame))

    async def dial(self, url: str = URL, leg: int = 0, **headers: str) -> None:
        self.links.connect(ConnectAudio(url, 7, headers, leg))
        await settle()

    @property
    def kinds(self) -> list[str]:
        return [f"{source} {kind}" for _, source, kind, _ in self.noted]


async def settle(seconds: float = 1.0) -> None:
    await asyncio.sleep(seconds)


def virtually(main: Callable[[Ears], Awaitable[Any]]) -> Ears:
    async def whole() -> Ears:
        ears = Ears()
        await main(ears)
        ears.told, ears.noted = ears.told[:], ears.noted[:]  # what follows is the end of the test
        return ears

    return run(VirtualLoop(), whole())


async def application(handler: Callable[[websockets.ServerConnection], Awaitable[None]], **options: Any) -> websockets.Server:
    return await websockets.serve(handler, "127.0.0.1", 3000, **{"subprotocols": [AUDIO], "max_size": None, "ping_interval": None, **options})


def test_text_is_noted_and_samples_are_not() -> None:
    got: list[Any] = []

    async def main(ears: Ears) -> None:
        async def echoes(socket: websockets.ServerConnection) -> None:
            async for message in socket:
                got.append(message)
                await socket.send(message)

        await application(echoes)
        await ears.dial(leg=3, Authorization="Basic eA==")
        link = ears.links[7]
        link.send('{"sampleRate":8000,"mixType":"mono"}')
        link.send(FRAME)
        link.send('{"event":"dtmf","dtmf":"1"}')
        await settle()
        link.close(1000)
        await settle()
        assert not ears.links.is_open

    ears = virtually(main)
    assert got == ['{"sampleRate":8000,"mixType":"mono"}', FRAME, '{"event":"dtmf","dtmf":"1"}']
    assert ears.told[0] == AudioConnected(7)
    assert [event.data for event in ears.told[1:4]] == got
    assert ears.told[4] == AudioClosed(7, 1000)
    assert ears.kinds == [
        "jambonz connect",
        "app open",
        "jambonz metadata",
        "jambonz dtmf",
        "app malformed",
        "app malformed",
        "jambonz close",
        "app closed",
    ]
    assert {leg for leg, *_ in ears.noted} == {3}
    assert ears.noted[0][3] == {"url": URL, "subprotocol": AUDIO, "headers": {"Authorization": "Basic eA=="}}


def test_the_request_is_that_of_the_media_server() -> None:
    requests: list[Any] = []

    async def main(ears: Ears) -> None:
        async def listens(socket: websockets.ServerConnection) -> None:
            requests.append(socket.request)
            await socket.wait_closed()

        await application(listens)
        await ears.dial(Authorization="Basic eA==")

    virtually(main)
    headers = requests[0].headers
    assert headers["Sec-WebSocket-Protocol"] == AUDIO
    assert headers["Authorization"] == "Basic eA=="
    assert "Sec-WebSocket-Extensions" not in headers
    assert "User-Agent" not in headers


def test_a_clip_is_noted_without_its_samples() -> None:
    async def main(ears: Ears) -> None:
        async def plays(socket: websockets.ServerConnection) -> None:
            await socket.send(json.dumps({"type": "playAudio", "data": {"audioContent": "A" * 4000, "id": "x"}}))
            await socket.wait_closed()

        await application(plays)
        await ears.dial()

    ears = virtually(main)
    assert ears.noted[-1][2:] == ("playAudio", {"type": "playAudio", "data": {"audioContent": "<4000 characters of audio>", "id": "x"}})
    assert len(ears.told[-1].data) > 4000


# --- peers that do not play along


def test_an_application_that_chooses_no_subprotocol_is_taken_all_the_same() -> None:
    async def main(ears: Ears) -> None:
        await application(lambda socket: socket.wait_closed(), subprotocols=None)
        await ears.dial()

    assert virtually(main).told == [AudioConnected(7)]


def test_an_application_that_chooses_another_subprotocol_is_not() -> None:
    async def main(ears: Ears) -> None:
        await application(
            lambda socket: socket.wait_closed(),
            select_subprotocol=lambda *_: Subprotocol("ws.jambonz.org"),
            subprotocols=[Subprotocol("ws.jambonz.org")],
        )
        await ears.dial()

    ears = virtually(main)
    assert isinstance(ears.told[0], AudioUnreachable)
    assert ears.kinds[-1] == "app refuse"


@pytest.mark.parametrize("url", [URL, "ws://127.0.0.1:3000:1/", "ws://user@/"])
def test_where_nobody_listens_the_reason_is_noted(url: str) -> None:
    async def main(ears: Ears) -> None:
        await ears.dial(url)
        assert not ears.links.is_open

    ears = virtually(main)
    assert isinstance(ears.told[0], AudioUnreachable)
    assert ears.noted[-1][3]["reason"]


def test_a_server_that_never_answers_is_given_up_after_ten_seconds() -> None:
    async def main(ears: Ears) -> None:
        await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 3000)
        await ears.dial()
        assert not ears.told
        await settle(10)

    ears = virtually(main)
    assert "10.0 s" in ears.told[0].reason


@pytest.mark.parametrize(("code", "closed"), [(1000, 1000), (1011, 1011)])
def test_an_application_that_closes_at_once_is_told_of(code: int, closed: int) -> None:
    async def main(ears: Ears) -> None:
        await application(lambda socket: socket.close(code))
        await ears.dial()
        ears.links[7].send(FRAME)

    ears = virtually(main)
    assert ears.told == [AudioConnected(7), AudioClosed(7, closed)]


def test_an_application_that_breaks_the_connection_is_told_of() -> None:
    async def main(ears: Ears) -> None:
        async def breaks(socket: websockets.ServerConnection) -> None:
            await settle(0.5)
            socket.transport.abort()

        await application(breaks)
        await ears.dial()
        await settle()

    assert virtually(main).told == [AudioConnected(7), AudioClosed(7, 1006)]


def test_for_an_application_that_never_reads_two_seconds_are_kept_and_the_rest_is_lost() -> None:
    backlog: list[int] = []

    async def main(ears: Ears) -> None:
        async def never_reads(socket: websockets.ServerConnection) -> None:
            socket.transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.sleep(3600)

        await application(never_reads)
        await ears.dial()
        link = ears.links[7]
        for _ in range(5000):
            link.send(FRAME)
            await asyncio.sleep(0.02)
        assert link._pump is not None
        backlog.append(link._pump.backlog_bytes)
        link.close(1000)

    ears = virtually(main)
    assert backlog[0] < BUFFER_S * 16_000 + 1000
    assert ears.kinds.count("jambonz buffer_overrun") == 1
    lost = ears.noted[-1][3]["frames_lost"]
    assert 5000 * len(FRAME) - lost * len(FRAME) < BUFFER_S * 16_000 + 1000


def test_a_frame_of_any_sensible_size_is_taken_and_a_larger_one_closes_the_socket() -> None:
    async def main(ears: Ears) -> None:
        async def sends(socket: websockets.ServerConnection) -> None:
            await socket.send(bytes(MAX_FRAME_BYTES))
            await socket.send(bytes(MAX_FRAME_BYTES + 1))
            await socket.wait_closed()

        await application(sends)
        await ears.dial()
        await settle(5)

    ears = virtually(main)
    assert [type(event) for event in ears.told] == [AudioConnected, AudioSaid, AudioClosed]
    assert ears.told[-1] == AudioClosed(7, 1009)


def test_a_flood_of_samples_is_not_noted() -> None:
    async def main(ears: Ears) -> None:
        async def floods(socket: websockets.ServerConnection) -> None:
            for _ in range(2000):
                await socket.send(FRAME)
            await socket.wait_closed()

        await application(floods)
        await ears.dial()

    ears = virtually(main)
    assert len(ears.told) == 2001
    assert ears.kinds == ["jambonz connect", "app open"]


def test_a_connection_that_is_being_made_can_be_given_up() -> None:
    async def main(ears: Ears) -> None:
        await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 3000)
        ears.links.connect(ConnectAudio(URL, 7))
        ears.links[7].close(1000)
        await settle()
        assert not ears.links.is_open

    assert virtually(main).told == [AudioClosed(7, 1006)]


def test_after_the_end_of_a_stage_nothing_is_told_any_more() -> None:
    async def main(ears: Ears) -> None:
        await application(lambda socket: socket.wait_closed())
        await ears.dial()
        ears.links.abort()
        await settle()

    assert virtually(main).told == [AudioConnected(7)]
