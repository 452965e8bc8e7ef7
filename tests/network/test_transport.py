"""A connection in memory: nothing is lost or reordered, writers are held back, and every end is seen by the other side."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.network import VirtualLoop, run
from simulator.network.transport import MemoryTransport


class Tape(asyncio.Protocol):
    """Writes down what happens to its end."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.keeps_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, MemoryTransport)
        self.wire = transport
        self.events.append("made")

    def data_received(self, data: bytes) -> None:
        self.events.append(data)

    def eof_received(self) -> bool:
        self.events.append("eof")
        return self.keeps_open

    def connection_lost(self, exc: Exception | None) -> None:
        self.events.append(exc if exc is None else type(exc))

    def pause_writing(self) -> None:
        self.events.append("pause")

    def resume_writing(self) -> None:
        self.events.append("resume")

    @property
    def heard(self) -> bytes:
        return b"".join(event for event in self.events if isinstance(event, bytes))


Dialogue = Callable[[Tape, Tape], Awaitable[None]]


def between(dialogue: Dialogue, here: Tape | None = None, there: Any = None) -> tuple[Tape, Any]:
    """Connects two protocols, plays the dialogue, and lets everything settle."""
    here, there = here or Tape(), there or Tape()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_server(lambda: there, "127.0.0.1", 3000)
        await loop.create_connection(lambda: here, "127.0.0.1", 3000)
        await turn()
        await dialogue(here, there)
        await turn()

    run(VirtualLoop(), main())
    return here, there


async def turn() -> None:
    """Let the loop turn until nothing moves any more."""
    await asyncio.sleep(0.001)


# --- data


def test_what_is_written_arrives_together_in_the_next_turn() -> None:
    async def dialogue(here: Tape, there: Tape) -> None:
        here.wire.write(b"one ")
        here.wire.writelines([b"two ", bytearray(b"three "), memoryview(b"four")])
        assert there.heard == b""
        await turn()
        there.wire.write(b"back")

    here, there = between(dialogue)
    assert there.events == ["made", b"one two three four"]
    assert here.events == ["made", b"back"]


def test_a_buffer_may_be_used_again_after_it_was_written() -> None:
    async def dialogue(here: Tape, _: Tape) -> None:
        buffer = bytearray(b"first")
        here.wire.write(buffer)
        buffer[:] = b"other"

    assert between(dialogue)[1].heard == b"first"


def test_nothing_is_written_by_writing_nothing() -> None:
    async def dialogue(here: Tape, _: Tape) -> None:
        here.wire.write(b"")

    assert between(dialogue)[1].events == ["made"]


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("here"), st.binary(min_size=1, max_size=50)),
        st.tuples(st.just("there"), st.binary(min_size=1, max_size=50)),
        st.tuples(st.sampled_from(["here pauses", "there pauses", "here resumes", "there resumes", "turn"]), st.just(b"")),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(MOVES, st.integers(0, 100))
def test_nothing_is_lost_and_the_order_is_kept(moves: list[tuple[str, bytes]], high_bytes: int) -> None:
    async def dialogue(here: Tape, there: Tape) -> None:
        ends = {"here": here, "there": there}
        here.wire.set_write_buffer_limits(high=high_bytes)
        for move, data in moves:
            who, _, what = move.partition(" ")
            if what == "pauses":
                ends[who].wire.pause_reading()
            elif what == "resumes":
                ends[who].wire.resume_reading()
            elif move == "turn":
                await turn()
            else:
                ends[who].wire.write(data)
        here.wire.resume_reading()
        there.wire.resume_reading()
        await turn()
        here.wire.close()

    here, there = between(dialogue)
    assert there.heard == b"".join(data for who, data in moves if who == "here")
    assert here.heard == b"".join(data for who, data in moves if who == "there")
    holds = [event for event in here.events if event in ("pause", "resume")]
    assert holds == ["pause", "resume"] * (len(holds) // 2)
    assert there.events[-2:] == ["eof", None]


# --- holding back


def test_a_reader_that_pauses_hears_nothing_until_it_goes_on() -> None:
    async def dialogue(here: Tape, there: Tape) -> None:
        there.wire.pause_reading()
        here.wire.write(b"wait for it")
        here.wire.close()
        await turn()
        assert there.events == ["made"]
        assert not there.wire.is_reading()
        there.wire.resume_reading()
        assert there.wire.is_reading()

    assert between(dialogue)[1].events == ["made", b"wait for it", "eof", None]


def test_a_reader_that_pauses_between_the_last_data_and_the_end_does_not_hear_the_end() -> None:
    class Full(Tape):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self.wire.pause_reading()

    async def dialogue(here: Tape, there: Tape) -> None:
        here.wire.write(b"enough")
        here.wire.close()
        await turn()
        assert there.events == ["made", b"enough"]
        there.wire.resume_reading()

    assert between(dialogue, there=Full())[1].events == ["made", b"enough", "eof", None]


def test_a_writer_is_held_back_while_the_reader_has_too_much_and_then_goes_on() -> None:
    async def dialogue(here: Tape, there: Tape) -> None:
        there.wire.pause_reading()
        here.wire.write(bytes(64 * 1024))
        assert here.events == ["made"]
        here.wire.write(b"x")
        here.wire.write(b"more")
        assert here.events == ["made", "pause"]
        assert here.wire.get_write_buffer_size() == 64 * 1024 + 5
        there.wire.resume_reading()
        await turn()
        assert here.wire.get_write_buffer_size() == 0

    assert between(dialogue)[0].events == ["made", "pause", "resume"]


def test_the_limit_can_be_set() -> None:
    async def dialogue(here: Tape, _: Tape) -> None:
        here.wire.set_write_buffer_limits(high=2)
        assert here.wire.get_write_buffer_limits() == (0, 2)
        here.wire.write(b"12")
        assert here.events == ["made"]
        here.wire.write(b"3")
        assert here.events == ["made", "pause"]
        here.wire.set_write_buffer_limits(low=10)
        assert here.wire.get_write_buffer_limits() == (0, 40)

    assert between(dialogue)[0].events == ["made", "pause", "resume"]


def test_who_writes_while_being_told_to_go_on_is_held_back_again() -> None:
    class Eager(Tape):
        left = 3

        def resume_writing(self) -> None:
            super().resume_writing()
            if self.left:
                self.left -= 1
                self.wire.write(b"again")

    async def dialogue(here: Tape, _: Tape) -> None:
        here.wire.set_write_buffer_limits(high=0)
        here.wire.write(b"first")

    here, there = between(dialogue, here=Eager())
    assert here.events == ["made", *["pause", "resume"] * 4]
    assert there.heard == b"first" + b"again" * 3


def test_streams_drain() -> None:
    async def main() -> int:
        received = 0

        async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal received
            while data := await reader.read(1000):
                received += len(data)
                await asyncio.sleep(0.01)
            writer.close()
            await writer.wait_closed()

        await asyncio.start_server(swallow, "127.0.0.1", 3000)
        reader, writer = await asyncio.open_connection("127.0.0.1", 3000)
        for _ in range(20):
            writer.write(bytes(50_000))
            await writer.drain()
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        return received

    assert run(VirtualLoop(), main()) == 1_000_000


# --- the end


def test_closing_says_goodbye_after_what_was_written() -> None:
    async def dialogue(here: Tape, _: Tape) -> None:
        here.wire.write(b"bye")
        here.wire.close()
        here.wire.close()
        assert here.wire.is_closing()
        here.wire.write(b"too late")

    here, there = between(dialogue)
    assert here.events == ["made", None]
    assert there.events == ["made", b"bye", "eof", None]


def test_who_has_closed_hears_nothing_more() -> None:
    async def dialogue(here: Tape, there: Tape) -> None:
        here.wire.close()
        there.wire.write(b"wait")

    assert between(dialogue)[0].events == ["made", None]


def test_both_may_close_at_once() -> None:
    async def dialogue(here: Tape, there: Tape) -> None:
        here.wire.close()
        there.wire.close()

    here, there = between(dialogue)
    assert (here.events, there.events) == (["made", None], ["made", None])


def test_half_a_connection_goes_on_when_the_other_side_keeps_it_open() -> None:
    async def dialogue(here: Tape, there: Tape) -> None:
        there.keeps_open = True
        assert here.wire.can_write_eof()
        here.wire.write(b"question")
        here.wire.write_eof()
        here.wire.write_eof()
        here.wire.write(b"not sent")
        await turn()
        there.wire.write(b"answer")
        await turn()
        there.wire.close()

    here, there = between(dialogue)
    assert there.events == ["made", b"question", "eof", None]
    assert here.events == ["made", b"answer", "eof", None]


def test_breaking_a_connection_is_a_reset_and_what_was_under_way_is_lost() -> None:
    async def dialogue(here: Tape, there: Tape) -> None:
        here.wire.write(b"never arrives")
        here.wire.abort()
        here.wire.abort()
        there.wire.write(b"neither does this")

    here, there = between(dialogue)
    assert here.events == ["made", None]
    assert there.events == ["made", ConnectionResetError]


def test_breaking_what_was_closed_is_no_reset_any_more() -> None:
    async def dialogue(here: Tape, _: Tape) -> None:
        here.wire.write(b"bye")
        here.wire.close()
        here.wire.abort()

    assert between(dialogue)[1].events == ["made", b"bye", "eof", None]


def test_breaking_reaches_a_reader_that_pauses() -> None:
    async def dialogue(here: Tape, there: Tape) -> None:
        there.wire.pause_reading()
        here.wire.write(b"unread")
        here.wire.abort()

    assert between(dialogue)[1].events == ["made", ConnectionResetError]


@pytest.mark.parametrize("how", ["close", "abort"])
def test_after_the_end_everything_is_allowed_and_nothing_happens(how: str) -> None:
    async def dialogue(here: Tape, there: Tape) -> None:
        getattr(here.wire, how)()
        await turn()
        for wire in (here.wire, there.wire):
            wire.write(b"x")
            wire.write_eof()
            wire.pause_reading()
            wire.resume_reading()
            wire.close()
            wire.abort()
            assert wire.get_write_buffer_size() == 0

    here, there = between(dialogue)
    assert here.events == ["made", None]
    assert len(there.events) == (3 if how == "close" else 2)


# --- other shapes of protocols


class Bucket(asyncio.BufferedProtocol):
    """Takes data into a buffer of four bytes."""

    def __init__(self) -> None:
        self.buffer, self.events = bytearray(4), []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.wire = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        assert sizehint > 0
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.events.append(bytes(self.buffer[:nbytes]))

    def eof_received(self) -> None:
        self.events.append("eof")

    def connection_lost(self, exc: Exception | None) -> None:
        self.events.append(exc)


def test_a_buffered_protocol_is_filled_piece_by_piece() -> None:
    async def dialogue(here: Tape, _: Any) -> None:
        here.wire.write(b"hello world")
        here.wire.close()

    assert between(dialogue, there=Bucket())[1].events == [b"hell", b"o wo", b"rld", "eof", None]


def test_another_protocol_can_take_over() -> None:
    later = Tape()

    async def dialogue(here: Tape, there: Tape) -> None:
        here.wire.write(b"to the first")
        await turn()
        there.wire.set_protocol(later)
        assert there.wire.get_protocol() is later
        here.wire.write(b"to the second")

    assert between(dialogue)[1].events == ["made", b"to the first"]
    assert later.events == [b"to the second"]


def test_a_transport_knows_its_addresses_and_swallows_options_of_sockets() -> None:
    async def dialogue(here: Tape, there: Tape) -> None:
        assert here.wire.get_extra_info("peername") == ("127.0.0.1", 3000)
        assert there.wire.get_extra_info("peername") == here.wire.get_extra_info("sockname")
        plug = here.wire.get_extra_info("socket")
        assert plug.getpeername() == ("127.0.0.1", 3000)
        assert plug.getsockname() == here.wire.get_extra_info("sockname")
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert plug.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0
        assert plug.fileno() == -1
        assert here.wire.get_extra_info("ssl_object") is None

    between(dialogue)


def test_a_listening_socket_is_connected_to_nobody() -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Tape, "127.0.0.1", 3000)
        with pytest.raises(OSError, match="not connected"):
            server.sockets[0].getpeername()

    run(VirtualLoop(), main())
