"""What an acknowledgement may bring, and what a missing one does (jambonz.md 1.6, 3.1, 5.4)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import AppClosed, AppConnected, AudioFetched, CallerHungUp, CallerPressed, Invited, ModelConnected
from tests.jambonz.playbook import ANSWER, HANGS_UP_MODEL, HANGUP, LLM, OVER, Playbook, Send, ack, close, command, pause, said

GATHER = {"verb": "gather", "input": ["digits"], "numDigits": 1, "actionHook": "/digits"}
PLAY = {"verb": "play", "url": "https://files.test/a.wav", "actionHook": "/played"}
REDIRECT = {"verb": "redirect", "actionHook": "/more"}
WAVE = AudioFetched("https://files.test/a.wav", bytes(16_000))
BAD = [{"verb": "dance"}]


def ends_badly(book: Playbook) -> None:
    """The call is hung up by jambonz."""
    book << Send("call:status", call_status="completed", call_termination_by="jambonz") << close(1000) << OVER


# --- session:new


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "malformed jambonz payload: must be array"),
        ({"verb": "answer"}, "malformed jambonz payload: must be array"),
        ([], "no application provided"),
        (BAD, "invalid instruction: dance"),
        ([{"verb": "say", "txet": "x"}], "say: unknown property txet"),
        ([{**LLM, "auth": {}}], "auth.apiKey is required for OpenAI S2S"),
    ],
    ids=str,
)
def test_without_valid_verbs_the_call_is_refused_and_the_application_told_nothing(book: Playbook, data: Any, reason: str) -> None:
    book >> Invited() >> AppConnected()
    book.skip() >> ack(data)
    book << close(1001) << OVER
    assert book.notes("sip_response") == [{"status": 480, "x_reason": reason}]


def test_session_new_without_an_ack_is_refused_after_five_seconds(book: Playbook) -> None:
    book >> Invited() >> AppConnected()
    book.skip().at(4.99).is_silent()
    book.at(5.0) << close(1001) << OVER
    assert book.notes("sip_response") == [{"status": 480, "x_reason": "unknown"}]
    assert book.notes("ack_timeout")[0]["type"] == "session:new"


# --- verbs in the ack of a hook


def test_verbs_in_an_ack_replace_everything_that_was_left(book: Playbook) -> None:
    book.begins(GATHER, said("not any more"), HANGUP)
    book >> CallerPressed("1")
    book << Send("verb:hook", "/digits", reason="dtmfDetected", digits="1")
    book >> ack([{"verb": "tag", "data": {"a": 1}}, HANGUP])
    book << Send("call:status", call_status="completed", customerData={"a": 1})


@pytest.mark.parametrize("data", [None, [], {"verb": "hangup"}, 0, "hangup"], ids=str)
def test_anything_but_a_list_of_verbs_lets_the_next_verb_run(book: Playbook, data: Any) -> None:
    book.begins(GATHER, {"verb": "tag", "data": {"next": True}}, pause(9))
    book >> CallerPressed("1")
    book.skip() >> ack(data)
    assert book.call.info.customer_data == {"next": True}
    assert bool(book.notes("dropped")) is (data not in (None, []))


def test_a_hook_is_not_called_where_the_verb_names_none(book: Playbook) -> None:
    book.begins({name: value for name, value in GATHER.items() if name != "actionHook"}, HANGUP)
    book >> CallerPressed("1")
    ends_badly(book)


def test_a_hook_payload_names_the_verb_and_has_a_trace_of_zeros(book: Playbook) -> None:
    book.begins({**GATHER, "id": "g-1"}, HANGUP)
    book >> CallerPressed("1")
    book << Send("verb:hook", "/digits", verb_id="g-1")
    assert book.sent[-1]["b3"] == "00000000000000000000000000000000-0000000000000000-1"


# --- no ack, or verbs that are not valid: the table of 1.6


@pytest.mark.parametrize("answer", [BAD, None], ids=["bad verbs", "no ack"])
def test_llm_hook_without_a_usable_ack_ends_the_call(book: Playbook, answer: Any) -> None:
    book.converses(LLM, said("never"))
    book >> command("redirect", [said("never either")])
    book << HANGS_UP_MODEL << Send("verb:hook", "/final")
    if answer is None:
        book.at(5.0)
    else:
        book >> ack(answer)
    ends_badly(book)


@pytest.mark.parametrize("answer", [BAD, None], ids=["bad verbs", "no ack"])
def test_redirect_without_a_usable_ack_ends_the_call(book: Playbook, answer: Any) -> None:
    book.begins(ANSWER, REDIRECT, said("never"))
    book << Send("session:redirect", "/more", call_status="in-progress")
    if answer is None:
        book.at(5.0)
    else:
        book >> ack(answer)
    ends_badly(book)


def test_gather_hook_without_an_ack_is_an_error_message_and_the_next_verb_runs(book: Playbook) -> None:
    book.begins({**GATHER, "id": "g"}, HANGUP)
    book >> CallerPressed("1")
    book.skip().at(5.0)
    book << Send("jambonz:error", msg="invalid actionHook response", verb="gather", id="g", details="absent")
    book << Send("call:status", call_status="in-progress", error="invalid actionHook response", reason="absent")
    ends_badly(book)


def test_gather_hook_acknowledged_with_bad_verbs_says_what_is_wrong_with_them(book: Playbook) -> None:
    book.begins(GATHER, HANGUP)
    book >> CallerPressed("1")
    book.skip() >> ack(BAD)
    book << Send("jambonz:error", msg="invalid actionHook response", details="invalid instruction: dance", verb="gather", id="absent")
    book << Send("call:status", reason="invalid instruction: dance")


@pytest.mark.parametrize("answer", [BAD, None], ids=["bad verbs", "no ack"])
def test_play_hook_without_a_usable_ack_changes_nothing(book: Playbook, answer: Any) -> None:
    book.begins(PLAY, {"verb": "tag", "data": {"next": 1}}, pause(99))
    book.skip() >> WAVE
    book.at(1.0) << Send("verb:hook", "/played", reason="playCompleted")
    if answer is None:
        book.at(6.0)
    else:
        book >> ack(answer)
    book.is_silent()
    assert book.call.info.customer_data == {"next": 1}


def test_a_missing_file_goes_on_with_the_next_verb_if_its_hook_is_acknowledged(book: Playbook) -> None:
    book.begins(PLAY, HANGUP)
    book.skip() >> AudioFetched("https://files.test/a.wav", None)
    book << Send("verb:hook", "/played", status="fail", reason="playFailed")
    book >> ack()
    ends_badly(book)
    assert not book.notes("verb_failed")


def test_the_hook_of_a_missing_file_is_not_guarded(book: Playbook) -> None:
    book.begins(PLAY, pause(99))
    book.skip() >> AudioFetched("https://files.test/a.wav", None)
    book.skip().at(5.0)
    ends_badly(book)
    assert book.notes("verb_failed")


# --- killed verbs and their hooks


def test_a_redirect_while_the_llm_runs_waits_for_its_hook_and_then_runs(book: Playbook) -> None:
    book.converses(LLM)
    book >> command("redirect", [HANGUP])
    book << HANGS_UP_MODEL << Send("verb:hook", "/final", completion_reason="normal conversation end", call_status="in-progress")
    book.is_silent()
    book >> ack()
    ends_badly(book)


@pytest.mark.parametrize("verb", [LLM, PLAY], ids=lambda verb: str(verb["verb"]))
def test_verbs_in_the_ack_of_a_killed_verb_win_over_the_redirect_that_killed_it(book: Playbook, verb: dict[str, Any]) -> None:
    book.begins(verb)
    book >> ModelConnected() >> WAVE
    book >> command("redirect", [HANGUP])
    book.skip() >> ack([{"verb": "tag", "data": {"of": "the ack"}}, pause(9)])
    book.is_silent()
    assert book.call.info.customer_data == {"of": "the ack"}


@pytest.mark.parametrize("verb", [GATHER, said("a long sentence to interrupt"), pause(9)], ids=lambda verb: str(verb["verb"]))
def test_other_verbs_are_killed_without_a_word(book: Playbook, verb: dict[str, Any]) -> None:
    book.begins(ANSWER, verb)
    book.at(0.1) >> command("redirect", [HANGUP])
    ends_badly(book)


def test_after_a_hang_up_the_hook_still_comes_and_its_verbs_are_ignored(book: Playbook) -> None:
    book.converses(LLM)
    book.at(3.0) >> CallerHungUp()
    book << Send("call:status", call_status="completed") << HANGS_UP_MODEL
    book << Send(
        "verb:hook", "/final", call_status="completed", call_termination_by="caller", duration=3, completion_reason="normal conversation end"
    )
    book.is_silent()
    book >> ack([said("too late")])
    book << close(1000) << OVER
    assert book.notes("dropped")[-1]["why"] == "the call is over"


def test_after_a_hang_up_a_hook_without_an_ack_delays_the_close_by_five_seconds(book: Playbook) -> None:
    book.converses(LLM)
    book.at(3.0) >> CallerHungUp()
    book.skip().at(7.9).is_silent()
    book.at(8.0) << close(1000) << OVER


def test_a_second_redirect_while_the_hook_is_awaited_replaces_the_first(book: Playbook) -> None:
    book.converses(LLM)
    book >> command("redirect", [said("first")]) >> command("redirect", [HANGUP])
    book.skip() >> ack()
    ends_badly(book)


# --- a socket that drops while a hook waits


def test_a_drop_rejects_hooks_at_once_which_ends_a_call_that_waits_for_its_llm_hook(book: Playbook) -> None:
    book.converses(LLM, pause(99))
    book >> command("redirect", [pause(99)])
    book.skip() >> AppClosed(1006)
    assert book.notes("verb_failed")[0]["why"].startswith("abandoning msgid")
    assert book.call.over


def test_a_drop_leaves_other_verbs_running(book: Playbook) -> None:
    book.begins(GATHER, {"verb": "tag", "data": {"next": 1}}, pause(99))
    book >> CallerPressed("1")
    book >> AppClosed(1006)
    assert not book.call.over
    assert book.call.info.customer_data == {"next": 1}


def test_after_a_graceful_close_hooks_are_not_sent_and_not_waited_for(book: Playbook) -> None:
    book.begins(GATHER, pause(1), HANGUP)
    book >> AppClosed(1000) >> CallerPressed("1")
    book.at(1.0) << OVER
    assert [entry["what"] for entry in book.notes("dropped")] == ["verb:hook was not sent", "call:status was not sent"]


def test_a_hook_under_way_at_a_graceful_close_runs_into_its_timeout(book: Playbook) -> None:
    book.converses(LLM, pause(99))
    book >> command("redirect", [pause(99)]) >> AppClosed(1000)
    book.at(4.9)
    assert not book.call.over
    book.at(5.0)
    assert book.call.over
