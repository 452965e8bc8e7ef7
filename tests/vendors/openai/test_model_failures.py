"""Responses that fail, in the exact words (openai-realtime.md 7.4)."""

import pytest

from simulator.vendors.openai.events import Close, Fail, Say
from tests.vendors.openai.model_dialogue import Dialogue, types

VISIT = "Visit https://platform.openai.com/account/rate-limits to learn more."


def failing(talk: Dialogue, fail: Fail) -> dict[str, object]:
    """Let a response fail; answers its `status_details.error`."""
    talk.client("response.create")
    talk.answer(fail=fail)
    talk.run(1.0)
    response = talk.last("response.done")["response"]
    assert (response["status"], response["output"], response["usage"]["total_tokens"]) == ("failed", [], 0)
    assert response["status_details"]["type"] == "failed"
    error: dict[str, object] = response["status_details"]["error"]
    return error


@pytest.mark.parametrize("wait", ["121ms", "1.768s", "20s", "1m26.4s"])
def test_the_token_limit_says_when_to_try_again(either: Dialogue, wait: str) -> None:
    model = either.events[0]["session"]["model"]
    assert failing(either, Fail("rate_limit_exceeded", try_again_in=wait)) == {
        "type": "tokens",
        "code": "rate_limit_exceeded",
        "message": f"Rate limit reached for {model} in organization org-X on tokens per min (TPM): Limit 40000, Used 34514, Requested 6665. "
        f"Please try again in {wait}. {VISIT}",
    }


def test_the_request_limit(either: Dialogue) -> None:
    error = failing(either, Fail("rate_limit_exceeded", type="requests"))
    assert error["type"] == "requests"
    assert "on requests per day (RPD): Limit 1000, Used 1000, Requested 1. Please try again in 1m26.4s." in str(error["message"])


def test_a_failure_comes_fifty_milliseconds_after_created_without_items(either: Dialogue) -> None:
    failing(either, Fail("rate_limit_exceeded"))
    names = types(either.fresh() or either.events)
    assert [name for name in names if "item" in name] == []
    assert either.at_s("response.done") == pytest.approx(either.at_s("response.created") + 0.05)


def test_a_gone_quota_closes_the_connection(either: Dialogue) -> None:
    error = failing(either, Fail("insufficient_quota"))
    assert (error["type"], error["code"]) == ("insufficient_quota", "insufficient_quota")
    assert str(error["message"]).startswith("You exceeded your current quota, please check your plan and billing details.")
    assert types(either.events)[-1] == "error"
    assert either.closes == [Close(1013, "insufficient_quota.insufficient_quota")]


def test_a_server_error_has_no_code_and_names_the_session(either: Dialogue) -> None:
    error = failing(either, Fail("server_error"))
    assert (error["type"], error["code"]) == ("server_error", None)
    session_id = either.events[0]["session"]["id"]
    assert str(error["message"]).endswith(f"(Please include the session ID {session_id} in your message.)")
    assert either.closes == []


def test_a_model_out_of_reach(either: Dialogue) -> None:
    model = either.events[0]["session"]["model"]
    assert failing(either, Fail("model_not_found")) == {
        "type": "invalid_request_error",
        "code": "model_not_found",
        "message": f"The model `{model}` does not exist or you do not have access to it.",
    }


def test_a_scenario_may_use_its_own_words(either: Dialogue) -> None:
    assert failing(either, Fail("odd", message="Something odd.", type="odd_error")) == {
        "type": "odd_error",
        "code": "odd",
        "message": "Something odd.",
    }


def test_a_failure_after_speech_keeps_what_was_said(either: Dialogue) -> None:
    either.client("response.create")
    either.answer(Say("Let me just"), fail=Fail("server_error"))
    either.run(5.0)
    response = either.last("response.done")["response"]
    assert (response["status"], response["output"][0]["status"]) == ("failed", "incomplete")


def test_the_next_response_works_again(either: Dialogue) -> None:
    failing(either, Fail("server_error"))
    either.client("response.create")
    either.answer(Say("Sorry for that"))
    either.run(5.0)
    assert either.last("response.done")["response"]["status"] == "completed"
