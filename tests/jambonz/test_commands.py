"""What an application orders outside an acknowledgement (jambonz.md 3.3, 3.4)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import AppSaid
from tests.jambonz.playbook import ANSWER, HANGS_UP_MODEL, HANGUP, LLM, OVER, Playbook, Send, ack, close, command, pause, said

TAG = {"verb": "tag", "data": {"new": True}}


def is_tagged(book: Playbook) -> bool:
    return bool(book.call.info.customer_data == {"new": True})


# --- redirect with verbs


def test_redirect_kills_the_running_verb_and_forgets_the_others(book: Playbook) -> None:
    book.begins(ANSWER, pause(9), HANGUP)
    book >> command("redirect", [TAG, pause(9)])
    book.at(8.0).is_silent()
    assert is_tagged(book)


def test_a_queued_redirect_comes_after_all_others(book: Playbook) -> None:
    book.begins(ANSWER, pause(1), pause(1))
    book >> command("redirect", [TAG, HANGUP], queueCommand=True)
    book.at(1.9).is_silent()
    assert not is_tagged(book)
    book.at(2.0) << Send("call:status", call_status="completed")


def test_a_redirect_wakes_an_idle_session(book: Playbook) -> None:
    book.begins(ANSWER)
    book.at(30.0) >> command("redirect", [TAG, HANGUP])
    book << Send("call:status", call_status="completed", duration=30)


def test_an_empty_redirect_kills_the_running_verb_and_the_session_waits(book: Playbook) -> None:
    book.begins(ANSWER, pause(9), HANGUP)
    book >> command("redirect", [])
    book.at(60.0).is_silent()
    assert book.notes("idle")


@pytest.mark.parametrize("queued", [False, True])
def test_an_empty_redirect_hangs_up_an_idle_session(book: Playbook, queued: bool) -> None:
    book.begins(ANSWER)
    book >> command("redirect", [], queueCommand=queued)
    book << Send("call:status", call_status="completed", call_termination_by="jambonz") << close(1000) << OVER


def test_an_empty_queued_redirect_changes_nothing_while_a_verb_runs(book: Playbook) -> None:
    book.begins(ANSWER, pause(2), HANGUP)
    book >> command("redirect", [], queueCommand=True)
    book.at(1.9).is_silent()
    book.at(2.0) << Send("call:status", call_status="completed")


@pytest.mark.parametrize("data", ["hangup", {"any": "object"}, 7], ids=str)
def test_a_redirect_to_anything_else_kills_the_running_verb_and_the_old_stack_goes_on(book: Playbook, data: Any) -> None:
    book.begins(ANSWER, pause(9), HANGUP)
    book >> command("redirect", data)
    book << Send("call:status", call_status="completed")


@pytest.mark.parametrize("verbs", [[{"verb": "dance"}], [TAG, {"verb": "say", "txet": "x"}], [{**LLM, "auth": {}}]], ids=["unknown", "half", "llm"])
def test_a_redirect_with_bad_verbs_does_nothing_at_all(book: Playbook, verbs: list[Any]) -> None:
    book.begins(ANSWER, pause(9), HANGUP)
    book >> command("redirect", verbs)
    book.at(8.9).is_silent()
    assert not is_tagged(book)
    assert book.notes("dropped")[0]["what"] == "command redirect"


# --- redirect to a hook: live call control


def test_a_redirect_to_a_hook_asks_it_and_its_verbs_replace_the_stack(book: Playbook) -> None:
    book.begins(ANSWER, pause(9), HANGUP)
    book >> command("redirect", {"call_hook": "/elsewhere"})
    book << Send("session:redirect", "/elsewhere", call_status="in-progress")
    book >> ack([TAG, pause(99)])
    book.at(20.0).is_silent()
    assert is_tagged(book)


def test_a_hook_that_is_redirected_to_and_does_not_answer_changes_nothing(book: Playbook) -> None:
    book.begins(ANSWER, pause(9), HANGUP)
    book >> command("redirect", {"call_hook": {"url": "/elsewhere"}})
    book << Send("session:redirect", "/elsewhere")
    book.at(8.9).is_silent()
    book.at(9.0) << Send("call:status", call_status="completed")


def test_a_hook_that_is_redirected_to_and_answers_without_verbs_kills_the_running_verb(book: Playbook) -> None:
    book.begins(ANSWER, pause(9), HANGUP)
    book >> command("redirect", {"call_hook": "/elsewhere"})
    book.skip() >> ack()
    book << Send("call:status", call_status="completed")


def test_verbs_for_the_parent_call_replace_the_stack(book: Playbook) -> None:
    book.begins(ANSWER, pause(9))
    book >> command("redirect", {"parent_call": [HANGUP]})
    book << Send("call:status", call_status="completed")


# --- call:status


def test_completed_hangs_up_and_the_running_verb_may_still_call_its_hook(book: Playbook) -> None:
    book.converses(LLM)
    book >> command("call:status", {"call_status": "completed"})
    book << Send("call:status", call_status="completed", call_termination_by="jambonz") << HANGS_UP_MODEL
    book << Send("verb:hook", "/final", call_status="completed")
    book >> ack()
    book << close(1000) << OVER


def test_completed_ends_an_idle_session(book: Playbook) -> None:
    book.begins(ANSWER)
    book >> command("call:status", {"call_status": "completed"})
    book << Send("call:status", call_status="completed") << close(1000) << OVER


def test_no_answer_refuses_a_ringing_call_with_503(book: Playbook) -> None:
    book.begins(pause(9), ANSWER)
    book >> command("call:status", {"call_status": "no-answer"})
    book << close(1000) << OVER
    assert book.notes("sip_response") == [{"status": 503}]


@pytest.mark.parametrize(
    ("verbs", "data"),
    [([pause(9)], {"call_status": "completed"}), ([ANSWER, pause(9)], "completed"), ([ANSWER, pause(9)], {"call_status": "no-answer"})],
    ids=["completed while ringing", "bare text", "no-answer when answered"],
)
def test_a_status_that_does_not_fit_is_ignored_and_noted(book: Playbook, verbs: list[Any], data: Any) -> None:
    book.begins(*verbs)
    book >> command("call:status", data)
    book.is_silent()
    assert not book.call.over
    assert book.notes("dropped")[0]["what"] == "command call:status"


# --- the others


def test_config_works_at_once_beside_the_running_verb(book: Playbook) -> None:
    book.begins(ANSWER, {**pause(2), "id": "p"}, HANGUP)
    book >> command("config", {"notifyEvents": True})
    book.is_silent()
    book.at(2.0) << Send("verb:status", event="finished", id="p", name="pause")


def test_config_with_an_unknown_property_does_nothing(book: Playbook) -> None:
    book.begins(ANSWER, pause(2))
    book >> command("config", {"notifyEvents": True, "loudly": 1})
    assert not book.call.notify_events
    assert book.notes("dropped")[0]["why"] == "config: unknown property loudly"


def test_tokens_without_an_id_are_ignored(book: Playbook) -> None:
    book.begins(ANSWER, pause(2))
    book >> command("tts:tokens", {"tokens": "a"})
    book.is_silent()


@pytest.mark.parametrize("name", ["dance", "tag", "mute", "agent:update", "llm:tool-update"])
def test_an_unknown_command_is_only_noted(book: Playbook, name: str) -> None:
    book.begins(ANSWER, pause(2))
    book >> command(name, {"x": 1})
    book.is_silent()
    assert book.notes("dropped")[0]["what"] == f"command {name}"


@pytest.mark.parametrize("name", ["noiseIsolation:status", "room:say"])
def test_a_command_that_is_not_simulated_says_so(name: str) -> None:
    book = Playbook(profile="10")
    book.begins(ANSWER, pause(2))
    book >> command(name, {"x": 1})
    book.is_silent()
    assert book.notes("not_simulated")[0]["what"] == f"command {name}"


@pytest.mark.parametrize("name", ["llm:tool-output", "llm:update"])
def test_commands_for_a_model_are_dropped_where_no_llm_runs(book: Playbook, name: str) -> None:
    book.begins(said("no model here"), pause(2))
    book >> command(name, {"type": "conversation.item.create"})
    book.is_silent()
    assert book.notes("dropped")[0]["what"] == name


def test_commands_for_a_model_are_dropped_while_a_killed_llm_awaits_its_hook(book: Playbook) -> None:
    book.converses(LLM)
    book >> command("redirect", [HANGUP])
    book.skip() >> command("llm:update", {"type": "session.update", "session": {}})
    book.is_silent()
    assert book.notes("dropped")[0]["what"] == "llm:update"


def test_every_command_is_written_down_with_its_fate(book: Playbook) -> None:
    book.begins(ANSWER, pause(9))
    book >> command("redirect", [pause(9)], queueCommand=True) >> command("redirect", [pause(9)]) >> command("redirect", "x")
    assert [entry["fate"] for entry in book.notes("command")] == ["queued", "done", "killed the current verb"]


def test_a_command_is_obeyed_whatever_else_its_frame_holds(book: Playbook) -> None:
    book.begins(ANSWER, pause(9))
    book >> AppSaid('{"type":"command","command":"redirect","msgid":"unused","call_sid":"ignored","data":[{"hangup":{}}]}')
    book << Send("call:status", call_status="completed")
