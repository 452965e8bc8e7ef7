"""Responses that fail: when, and what is left of them (openai-realtime.md 7.4; their words are in test_model_costs)."""

import pytest

from simulator.vendors.openai.events import Fail, Say
from tests.vendors.openai.model_dialogue import Dialogue, types


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


def test_a_failure_comes_fifty_milliseconds_after_created_without_items(either: Dialogue) -> None:
    failing(either, Fail("rate_limit_exceeded"))
    names = types(either.fresh() or either.events)
    assert [name for name in names if "item" in name] == []
    assert either.at_s("response.done") == pytest.approx(either.at_s("response.created") + 0.05)


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
