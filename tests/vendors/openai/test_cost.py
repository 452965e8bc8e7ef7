"""What a session costs: tokens as the server counts them, dollars where the model has a price."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.vendors.openai.cost import Cost, prices_of, read_on

USAGE = {
    "total_tokens": 821,
    "input_tokens": 789,
    "output_tokens": 32,
    "input_token_details": {
        "text_tokens": 313,
        "audio_tokens": 476,
        "cached_tokens": 640,
        "cached_tokens_details": {"text_tokens": 256, "audio_tokens": 384},
    },
    "output_token_details": {"text_tokens": 9, "audio_tokens": 23},
}


def session(model: str, transcriber: str | None = None) -> dict[str, Any]:
    transcription = {"audio": {"input": {"transcription": {"model": transcriber}}}} if transcriber else {}
    return {"type": "session.created", "session": {"model": model, **transcription}}


def done(usage: Any) -> dict[str, Any]:
    return {"type": "response.done", "response": {"usage": usage}}


def transcribed(usage: Any) -> dict[str, Any]:
    return {"type": "conversation.item.input_audio_transcription.completed", "usage": usage}


def cost_of(*events: dict[str, Any]) -> Cost:
    cost = Cost()
    for event in events:
        cost.receive(event)
    return cost


def test_a_response_costs_what_was_cached_less() -> None:
    bill = cost_of(session("gpt-realtime"), done(USAGE)).bill
    assert bill.tokens == {"text_in": 57, "text_cached": 256, "text_out": 9, "audio_in": 92, "audio_cached": 384, "audio_out": 23}
    assert bill.usd == pytest.approx((57 * 4 + 256 * 0.4 + 9 * 16 + 92 * 32 + 384 * 0.4 + 23 * 64) / 1e6, abs=1e-6)
    assert bill.unpriced == ()


def test_responses_add_up() -> None:
    once, twice = cost_of(session("gpt-realtime"), done(USAGE)).bill, cost_of(session("gpt-realtime"), done(USAGE), done(USAGE)).bill
    assert twice.tokens == {kind: 2 * count for kind, count in once.tokens.items()}
    assert twice.usd == pytest.approx(2 * (once.usd or 0), abs=2e-6)


def test_a_snapshot_costs_what_its_model_costs_unless_it_has_a_price_of_its_own() -> None:
    assert prices_of("gpt-realtime-2025-08-28") == prices_of("gpt-realtime")
    old, new = prices_of("gpt-4o-realtime-preview-2024-10-01"), prices_of("gpt-4o-realtime-preview-2024-12-17")
    assert old is not None
    assert new is not None
    assert (old["audio_in"], new["audio_in"]) == (100, 40)


def test_a_model_without_a_price_has_tokens_and_no_dollars() -> None:
    bill = cost_of(session("my-own-model"), done(USAGE)).bill
    assert bill.tokens["audio_out"] == 23
    assert bill.usd is None
    assert bill.unpriced == ("my-own-model",)


def test_transcription_is_paid_by_the_minute_or_by_the_token() -> None:
    by_time = cost_of(session("gpt-realtime", "whisper-1"), transcribed({"type": "duration", "seconds": 30}))
    assert (by_time.bill.usd, by_time.bill.seconds) == (pytest.approx(0.003), 30)
    usage = {
        "type": "tokens",
        "total_tokens": 25,
        "input_tokens": 17,
        "input_token_details": {"text_tokens": 0, "audio_tokens": 17},
        "output_tokens": 8,
    }
    by_token = cost_of(session("gpt-realtime", "gpt-4o-transcribe"), transcribed(usage)).bill
    assert by_token.tokens == {"audio_in": 17, "text_out": 8}
    assert by_token.usd == pytest.approx((17 * 2.5 + 8 * 10) / 1e6)


def test_a_beta_session_names_its_transcriber_elsewhere() -> None:
    created = {"type": "session.created", "session": {"model": "gpt-4o-realtime-preview", "input_audio_transcription": {"model": "whisper-1"}}}
    assert cost_of(created, transcribed({"type": "duration", "seconds": 60})).bill.usd == pytest.approx(0.006)


def test_what_has_no_price_makes_the_bill_incomplete_and_says_so() -> None:
    bill = cost_of(session("gpt-realtime", "my-ears"), done(USAGE), transcribed({"type": "duration", "seconds": 60})).bill
    assert bill.usd is not None
    assert bill.unpriced == ("my-ears",)


def test_a_cancelled_response_without_usage_costs_nothing() -> None:
    cost = cost_of(session("gpt-realtime"))
    assert not cost.receive(done(None))
    assert cost.receive(done(USAGE))


def test_the_table_says_when_it_was_read() -> None:
    assert read_on() == "2026-11-22"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from([*USAGE, "text_tokens", "audio_tokens", "cached_tokens_details", "type", "seconds", "model", "audio"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(
    st.lists(
        st.builds(
            lambda kind, inner: {"type": kind, "response": inner, "usage": inner, "session": inner},
            st.sampled_from(["response.done", "session.created", "conversation.item.input_audio_transcription.completed"]),
            ANYTHING | st.fixed_dictionaries({"usage": ANYTHING}),
        )
    )
)
def test_whatever_a_server_writes_there_the_bill_stays_a_bill(events: list[dict[str, Any]]) -> None:
    bill = cost_of(*events).bill
    assert all(count > 0 for count in bill.tokens.values())
    assert bill.usd is None or bill.usd >= 0
