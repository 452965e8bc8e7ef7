"""Speech from a stream of text, as the application sees it (jambonz.md 2.5, 3.3)."""

from __future__ import annotations

from typing import Any

from simulator.jambonz.events import CallerHungUp
from simulator.speech import speak
from tests.jambonz.playbook import ANSWER, HANGUP, Playbook, Send, command, pause, said, spoken

VOICE = {"vendor": "elevenlabs"}
STREAM: dict[str, Any] = {"verb": "say", "stream": True, "synthesizer": VOICE}
HELLO = "Hello there, how are you?"
HELLO_S = speak(HELLO).duration_s


def tokens(id_: int, text: str) -> Any:
    return command("tts:tokens", {"id": id_, "tokens": text})


def event(type_: str) -> Send:
    return Send("tts:streaming-event", event_type=type_)


def result(id_: int, status: str = "ok", **more: Any) -> Send:
    return Send("tts:tokens-result", id=id_, status=status, **more)


def test_a_stream_opens_speaks_what_comes_and_closes_when_it_is_empty(book: Playbook) -> None:
    book.begins(ANSWER, STREAM, HANGUP)
    book << event("stream_open")
    book >> tokens(1, HELLO) << result(1)
    assert book.notes("said")[0]["text"] == HELLO
    book.at(HELLO_S - 0.01).is_silent()
    book.at(HELLO_S) << event("stream_closed") << Send("call:status", call_status="completed")
    assert book.notes("heard")[0]["text"] == HELLO


def test_what_came_before_is_spoken_when_it_opens(book: Playbook) -> None:
    book.begins(ANSWER, pause(2), STREAM, HANGUP)
    book >> tokens(1, HELLO) << result(1)
    assert book.notes("command")[0]["fate"] == "queued until a stream is open"
    book.at(2.0) << event("stream_open")
    assert book.notes("said")[0]["text"] == HELLO


def test_a_full_buffer_pauses_and_resumes(book: Playbook) -> None:
    book.begins(ANSWER, pause(2), STREAM)
    book >> tokens(1, "word " * 198 + "end. ") << result(1)
    book >> tokens(2, HELLO) << event("stream_paused") << result(2, "failed", reason="full")
    book.at(2.0) << event("stream_open") << event("stream_resumed")


def test_a_voice_that_cannot_be_streamed_ends_the_verb_and_fails_all_tokens(book: Playbook) -> None:
    book.begins(ANSWER, STREAM | {"synthesizer": {"vendor": "google"}}, pause(60))
    book << event("stream_closed")
    book >> tokens(1, HELLO) << result(1, "failed", reason="connection to google failed")
    assert "cannot be streamed" in book.notes("dropped")[0]["why"]


def test_a_clear_ends_what_is_being_spoken(book: Playbook) -> None:
    book.begins({"verb": "config", "ttsStream": {"enable": True, "synthesizer": VOICE}}, ANSWER, pause(60))
    book << event("stream_open")
    book >> tokens(1, HELLO) << result(1)
    book.at(0.5) >> command("tts:clear")
    assert book.notes("heard")[0]["heard_s"] == 0.5


def test_a_flush_speaks_half_a_sentence_within_a_second(book: Playbook) -> None:
    book.begins({"verb": "config", "ttsStream": {"enable": True, "synthesizer": VOICE}}, ANSWER, pause(60))
    book >> tokens(1, "half a") >> command("tts:flush")
    book.at(1.0)
    assert [note["text"] for note in book.notes("said")] == ["half a"]


def test_a_flush_without_a_stream_is_dropped(book: Playbook) -> None:
    book.begins(ANSWER, pause(60)) >> command("tts:flush") >> command("tts:clear")
    assert [note["what"] for note in book.notes("dropped")] == ["command tts:flush", "command tts:clear"]


def test_the_caller_interrupts_a_stream(book: Playbook) -> None:
    barge_in = {"enable": True, "actionHook": "/barge"}
    book.begins({"verb": "config", "ttsStream": {"enable": True, "synthesizer": VOICE}, "bargeIn": barge_in}, pause(60))
    book.skip() >> tokens(1, HELLO * 4)
    book.skip().at(1.0) >> spoken("stop it")
    book.at(5.0) << event("user_interruption") << Send("verb:hook", "/barge", reason="speechDetected")
    assert book.notes("heard")[0]["cut_s"] > 0


def test_auto_stream_makes_a_stream_of_every_say(book: Playbook) -> None:
    book.begins({"verb": "config", "autoStreamTts": True, "synthesizer": VOICE}, said(HELLO), HANGUP)
    book << event("stream_open")
    book.at(HELLO_S + 2) << event("stream_closed") << Send("call:status", call_status="completed")
    assert book.notes("heard")[0]["text"] == HELLO


def test_a_killed_stream_is_closed(book: Playbook) -> None:
    book.begins(ANSWER, STREAM, HANGUP)
    book.skip() >> command("redirect", [pause(9)])
    book << event("stream_closed")


def test_closing_on_empty_cannot_be_switched_off(book: Playbook) -> None:
    book.begins(ANSWER, STREAM | {"closeStreamOnEmpty": False}, HANGUP)
    assert "closes when it is empty" in book.notes("dropped")[0]["why"]


def test_text_that_is_never_spoken_is_found_in_the_end(book: Playbook) -> None:
    book.begins(ANSWER, pause(60))
    book >> tokens(1, HELLO) >> CallerHungUp()
    assert book.notes("tokens_unspoken") == [{"characters": len(HELLO), "stream": "closed"}]


def test_missing_tokens_fail_and_tokens_that_are_no_text_are_dropped(book: Playbook) -> None:
    book.begins(ANSWER, pause(60)) >> command("tts:tokens", {"id": 1})
    book << result(1, "failed", reason="missing tokens")
    book >> command("tts:tokens", {"id": 1, "tokens": 5})
    book.is_silent()
