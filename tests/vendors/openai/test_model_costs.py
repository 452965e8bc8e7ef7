"""What things cost and how that is told: token rates, usage, rate limits, failures (openai-realtime.md 5.5, 7.2 to 7.4)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.speech import speak
from simulator.vendors.openai.events import Close, Fail, Json, Say
from simulator.vendors.openai.usage import text_tokens
from tests.vendors.openai.model_dialogue import SILENCE, Dialogue

GREETING = "Good evening, how may I help you tonight?"
QUESTION = "What is the weather in Berlin?"


def usage_of(talk: Dialogue, *items: Any, fail: Fail | None = None) -> Json:
    talk.client("response.create")
    talk.answer(*items, fail=fail)
    talk.run(20.0)
    usage: Json = talk.last("response.done")["response"]["usage"]
    return usage


def transcribing(talk: Dialogue, model: str) -> None:
    given = {"model": model}
    ga: Json = {"type": "realtime", "audio": {"input": {"transcription": given}}}
    talk.client("session.update", session=ga if talk.dialect == "ga" else {"input_audio_transcription": given})


# --- 5.5, 7.2 ----------------------------------------------------------------------------------------------------------------------


def test_speech_of_the_assistant_is_a_token_for_50_ms_and_its_words_and_thirteen_more(either: Dialogue) -> None:
    made = usage_of(either, Say(GREETING, lasts_s=6.15))["output_token_details"]
    assert made == {"text_tokens": text_tokens(GREETING) + 13, "audio_tokens": 123}


def test_written_text_is_its_tokens_and_two_more(either: Dialogue) -> None:
    made = usage_of(either, Say(GREETING, text_only=True))["output_token_details"]
    assert made == {"text_tokens": text_tokens(GREETING) + 2, "audio_tokens": 0}


def test_speech_of_the_caller_is_a_token_for_100_ms(ga: Dialogue) -> None:
    ga.client("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": None}}})
    before = usage_of(ga, Say("Yes", text_only=True))["input_token_details"]["audio_tokens"]
    ga.client("input_audio_buffer.append", audio=1630 * SILENCE)
    ga.client("input_audio_buffer.commit")
    assert usage_of(ga, Say("Yes", text_only=True))["input_token_details"]["audio_tokens"] - before == 16


def test_the_first_prompt_is_instructions_and_little_else(either: Dialogue) -> None:
    given = usage_of(either, Say("Hi", text_only=True))
    assert given["input_token_details"]["audio_tokens"] == given["input_token_details"]["cached_tokens"] == 0
    assert 90 <= given["input_tokens"] <= 130


def test_what_was_truncated_is_still_charged(ga: Dialogue) -> None:
    first = usage_of(ga, Say(GREETING))
    item_id = ga.last("response.output_item.done")["item"]["id"]
    ga.client("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=100)
    assert ga.last("response.done")["response"]["usage"] == first
    cut = usage_of(ga, Say("Yes", text_only=True))["input_token_details"]["audio_tokens"]
    assert cut < first["output_token_details"]["audio_tokens"], "the next prompt holds only what is left of it"


@pytest.mark.parametrize("said", [(), (Say(GREETING),)])
def test_a_failure_costs_zeros_and_not_null(either: Dialogue, said: tuple[Say, ...]) -> None:
    usage = usage_of(either, *said, fail=Fail("server_error"))
    assert (usage["total_tokens"], usage["input_tokens"], usage["output_tokens"]) == (0, 0, 0)
    assert set(usage["input_token_details"]) >= {"text_tokens", "audio_tokens", "cached_tokens", "cached_tokens_details"}


@pytest.mark.parametrize("model", ["whisper-1", "gpt-transcribe", "gpt-live-transcribe"])
def test_some_transcripts_cost_seconds(either: Dialogue, model: str) -> None:
    transcribing(either, model)
    either.client("input_audio_buffer.append", audio=speak(QUESTION, 24000).pcm + 300 * SILENCE)
    either.run(2.0)
    usage = either.last("conversation.item.input_audio_transcription.completed")["usage"]
    assert list(usage) == ["type", "seconds"]
    assert usage["type"] == "duration"
    assert usage["seconds"] == pytest.approx(speak(QUESTION, 24000).duration_s + 0.2, abs=0.07)


@pytest.mark.parametrize("model", ["gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-4o-mini-transcribe-2025-12-15"])
def test_other_transcripts_cost_tokens(either: Dialogue, model: str) -> None:
    transcribing(either, model)
    either.hears_words(QUESTION)
    either.run(2.0)
    usage = either.last("conversation.item.input_audio_transcription.completed")["usage"]
    assert list(usage) == ["type", "total_tokens", "input_tokens", "input_token_details", "output_tokens"]
    assert usage["input_tokens"] == sum(usage["input_token_details"].values())
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_beta_of_2025_told_no_cost_of_transcripts() -> None:
    talk = Dialogue("beta", transcription_usage=False).open()
    transcribing(talk, "whisper-1")
    talk.hears_words(QUESTION)
    talk.run(2.0)
    assert "usage" not in talk.last("conversation.item.input_audio_transcription.completed")


# --- 7.3 ----------------------------------------------------------------------------------------------------------------------------


def limits(talk: Dialogue) -> list[list[Json]]:
    return [event["rate_limits"] for event in talk.events if event["type"] == "rate_limits.updated"]


def test_ga_tells_the_tokens_that_are_left_after_each_response(ga: Dialogue) -> None:
    spent = [usage_of(ga, Say(GREETING))["total_tokens"] for _ in range(2)]
    first, second = limits(ga)
    assert [list(limit) for limit in first] == [["name", "limit", "remaining", "reset_seconds"]]
    assert (first[0]["name"], first[0]["limit"]) == ("tokens", 15_000_000)
    assert (first[0]["remaining"], second[0]["remaining"]) == (15_000_000 - spent[0], 15_000_000 - sum(spent))
    assert isinstance(first[0]["reset_seconds"], float)


def test_beta_tells_requests_and_tokens_before_each_response(beta: Dialogue) -> None:
    for _ in range(2):
        usage_of(beta, Say(GREETING))
    first, second = limits(beta)
    assert [limit["name"] for limit in first] == ["requests", "tokens"]
    assert second[0]["remaining"] == first[0]["remaining"] - 1
    assert second[1]["remaining"] < first[1]["remaining"]


def test_legacy_azure_may_name_no_limits() -> None:
    talk = Dialogue("beta", limits_named=False).open({"deployment": "mine", "api-version": "2024-10-01-preview"}, {"api-key": "k"})
    usage_of(talk, Say("Hello"))
    assert limits(talk) == [[]]


def test_who_was_cancelled_before_any_output_learns_no_limits_in_ga(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.run(0.1)
    ga.client("response.cancel")
    ga.run(5.0)
    assert limits(ga) == []
    ga.client("response.create")
    ga.answer(Say(GREETING))
    ga.run(0.6)
    ga.client("response.cancel")
    ga.run(5.0)
    assert len(limits(ga)) == 1


# --- 7.4 ----------------------------------------------------------------------------------------------------------------------------

VISIT = "Visit https://platform.openai.com/account/rate-limits to learn more."
QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: "
    "https://platform.openai.com/docs/guides/error-codes/api-errors."
)
ROWS: list[tuple[Fail, str, str | None, str, list[Close]]] = [
    (
        Fail("rate_limit_exceeded", try_again_in="20s"), "tokens", "rate_limit_exceeded",
        "Rate limit reached for {model} in organization org-X on tokens per min (TPM): Limit 40000, Used 34514, Requested 6665. "
        f"Please try again in 20s. {VISIT}", [],
    ),
    (
        Fail("rate_limit_exceeded", type="requests"), "requests", "rate_limit_exceeded",
        "Rate limit reached for {model} in organization org-X on requests per day (RPD): Limit 1000, Used 1000, Requested 1. "
        f"Please try again in 1m26.4s. {VISIT}", [],
    ),
    (
        Fail("insufficient_quota"), "insufficient_quota", "insufficient_quota", QUOTA, [Close(1013, "insufficient_quota.insufficient_quota")],
    ),
    (
        Fail("credit_balance_exhausted"), "insufficient_quota", "credit_balance_exhausted", QUOTA,
        [Close(1013, "insufficient_quota.credit_balance_exhausted")],
    ),
    (
        Fail("model_not_found"), "invalid_request_error", "model_not_found",
        "The model `{model}` does not exist or you do not have access to it.", [],
    ),
    (
        Fail("server_error"), "server_error", None,
        "The server had an error while processing your request. Sorry about that! You can retry your request, or contact us through our help center "
        "at help.openai.com if the error persists. (Please include the session ID {session} in your message.)", [],
    ),
    (
        Fail("inference_rate_limit_exceeded"), "invalid_request_error", "inference_rate_limit_exceeded", "Rate limit is exceeded. Try again in 20s.",
        [],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("fail", "kind", "code", "message", "closes"), ROWS, ids=[f"{row[0].code} {row[1]}" for row in ROWS])
def test_a_response_fails(either: Dialogue, fail: Fail, kind: str, code: str | None, message: str, closes: list[Close]) -> None:
    session = either.events[0]["session"]
    usage_of(either, fail=fail)
    response = either.last("response.done")["response"]
    text = message.format(model=session["model"], session=session["id"])
    assert (response["status"], response["output"]) == ("failed", [])
    assert response["status_details"] == {"type": "failed", "error": {"type": kind, "code": code, "message": text}}
    assert either.closes == closes
    errors = [event["error"] for event in either.events if event["type"] == "error"]
    assert errors == [{"type": kind, "code": code, "message": text, "param": None, "event_id": None}][: len(closes)]


@pytest.mark.parametrize("wait", ["121ms", "1.768s", "20s", "1m26.4s"])
def test_how_long_to_wait_is_in_the_words_of_the_server(either: Dialogue, wait: str) -> None:
    usage_of(either, fail=Fail("rate_limit_exceeded", try_again_in=wait))
    assert f" Please try again in {wait}. Visit" in either.last("response.done")["response"]["status_details"]["error"]["message"]
