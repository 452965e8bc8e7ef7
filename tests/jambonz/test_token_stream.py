"""The buffer for text that is spoken while it is being written (jambonz.md 2.5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.jambonz.token_stream import CHUNK_CHARS, MOST_CHARS, RESUME_CHARS, TokenStream, sentence_end, word_end


class Stream(TokenStream):
    """A stream that remembers what it did."""

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.told: list[str] = []
        super().__init__(self.spoken.append, self.told.append)

    def opened(self) -> Stream:
        assert self.open("elevenlabs", 0.0)
        return self


def test_text_waits_until_a_stream_is_open() -> None:
    stream = Stream()
    assert stream.buffer("Hello there. How are you?", 0.0) == {"status": "ok"}
    assert stream.spoken == []
    stream.opened()
    assert stream.spoken == ["Hello there. How are you?"]
    assert stream.told == ["stream_open"]


def test_a_sentence_leaves_as_soon_as_it_is_whole() -> None:
    stream = Stream().opened()
    stream.buffer("Hel", 0.0)
    stream.buffer("lo there. How", 0.1)
    assert stream.spoken == ["Hello there."]


def test_after_a_second_without_more_whole_words_leave() -> None:
    stream = Stream().opened()
    stream.buffer("well then let", 0.0)
    assert stream.wake_at_s == 1.0
    stream.wake(1.0)
    assert stream.spoken == ["well then"]


def test_more_text_puts_the_second_off() -> None:
    stream = Stream().opened()
    stream.buffer("well then", 0.0)
    stream.buffer(" let", 0.5)
    stream.wake(1.0)
    assert stream.spoken == []
    assert stream.wake_at_s == 2.0


def test_a_single_word_without_an_end_waits_for_ever() -> None:
    stream = Stream().opened()
    stream.buffer("well", 0.0)
    for now_s in (1.0, 2.0, 3.0):
        stream.wake(now_s)
    assert stream.spoken == []


def test_a_flush_is_found_when_the_queue_is_looked_at_next() -> None:
    stream = Stream().opened()
    stream.buffer("well then let", 0.0)
    assert stream.flush()
    assert stream.spoken == []
    stream.wake(1.0)
    assert stream.spoken == ["well then let"]


@pytest.mark.parametrize("ask", [TokenStream.flush, TokenStream.clear])
def test_nothing_is_flushed_or_cleared_where_no_stream_is_open(ask: object) -> None:
    assert not ask(Stream())  # type: ignore[operator]


def test_a_full_buffer_refuses_and_says_so_once() -> None:
    stream = Stream()
    assert stream.buffer("x" * MOST_CHARS, 0.0)["status"] == "ok"
    assert [stream.buffer("y", 0.0), stream.buffer("z", 0.0)] == [{"status": "failed", "reason": "full"}] * 2
    assert stream.told == ["stream_paused"]


def test_it_resumes_when_little_is_left() -> None:
    stream = Stream()
    stream.buffer("x" * 700 + ". " + "y" * RESUME_CHARS, 0.0)
    stream.buffer("z" * 150, 0.0)
    stream.opened()
    assert stream.told == ["stream_paused", "stream_open"]  # 201 characters are left: one too many
    assert stream.size == RESUME_CHARS + 1
    stream.buffer(" z.", 0.0)
    assert stream.told[-1] == "stream_resumed"


def test_a_clear_throws_away_what_waits() -> None:
    stream = Stream().opened()
    stream.buffer("half a sentence", 0.0)
    assert stream.clear()
    assert (stream.size, stream.wake_at_s) == (0, None)


def test_whitespace_alone_is_dropped_with_ok() -> None:
    stream = Stream().opened()
    assert stream.buffer(" \n ", 0.0) == {"status": "ok"}
    assert stream.size == 0


def test_a_vendor_that_cannot_stream_fails_every_token() -> None:
    stream = Stream()
    assert not stream.open("google", 0.0)
    assert stream.buffer("Hello.", 0.0) == {"status": "failed", "reason": "connection to google failed"}
    assert stream.open("custom:mine", 0.0)


@pytest.mark.parametrize(
    ("text", "end"),
    [("Hello. You", 6), ("Hello.You", -1), ("It is 3. Now", -1), ("one\n\ntwo", 5), ("...", 3), (". x", -1), ("Really?! Yes", 8), ("", -1)],
)
def test_where_a_sentence_ends(text: str, end: int) -> None:
    assert sentence_end(text, len(text)) == end


def test_where_a_word_ends() -> None:
    assert word_end("one two three", 99) == 7
    assert word_end("one", 99) == -1


@given(st.lists(st.tuples(st.sampled_from(["buffer", "flush", "wake"]), st.text("ab .\n", max_size=300)), max_size=30))
def test_what_leaves_is_what_came_in_its_order(happenings: list[tuple[str, str]]) -> None:
    stream, taken, now_s = Stream().opened(), "", 0.0
    for what, text in happenings:
        now_s += 0.4
        if what == "flush":
            stream.flush()
        elif what == "wake":
            stream.wake(now_s)
        else:
            dropped = stream.size == 0 and not text.strip()
            if stream.buffer(text, now_s)["status"] == "ok" and not dropped:
                taken += text
        assert stream.size <= MOST_CHARS
        assert all(0 < len(chunk) <= CHUNK_CHARS for chunk in stream.spoken)
    assert "".join(stream.spoken) == taken[: len(taken) - stream.size]
