"""Whole calls of an application with an ElevenLabs agent: the seam between the feature server and its vendors holds for another one."""

from __future__ import annotations

from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.modes.run import play
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import loads

APP = AppRef("tests.elevenlabs_app:create_app")


def call(*steps: str) -> Result:
    text = "name: a call\nsteps:\n" + "".join(f"  - {step}\n" for step in steps)
    return play(loads(text)[0], APP, Config())


def test_the_agent_greets_calls_the_applications_tool_and_says_what_it_got() -> None:
    result = call(
        "expect: {event: conversation_initiation_metadata}",
        "expect: {client_event: {type: conversation_initiation_client_data, dynamic_variables: {caller: Ann}}}",
        "model: {say: 'Hello Ann'}",
        "expect: {heard: 'Hello Ann'}",
        "caller: {say: 'how warm is it in Berlin'}",
        "expect: {event: {type: user_transcript, user_transcription_event: {user_transcript: 'how warm is it in Berlin'}}}",
        "model: {call: weather, with: {city: Berlin}}",
        "expect: {client_event: {type: client_tool_result, result: 'Berlin: 21', is_error: false}}",
        "model: {say: 'It is twenty one degrees'}",
        "expect: {heard: 'It is twenty one degrees'}",
        "caller: {hang_up: true}",
        "expect: {call: completed, by: caller}",
    )
    assert result.outcome == "passed", "\n".join(explanation(result))


def test_the_caller_talks_over_the_agent_who_stops_and_says_what_was_heard() -> None:
    result = call(
        "model: {say: 'I am going to tell you a very long story about the weather in Berlin'}",
        "caller: {interrupt: 'please stop', after: 1s}",
        "expect: {heard: {text: /^I am/, cut_s: {more_than: 1}}}",
        "model: {say: 'Sorry'}",
        "expect: {heard: Sorry}",
        "caller: {hang_up: true}",
    )
    assert result.outcome == "passed", "\n".join(explanation(result))
    correction = next(result.journal.select("model", kind="agent_response_correction")).frame["agent_response_correction_event"]
    assert correction["original_agent_response"].startswith(correction["corrected_agent_response"][:-3])


def test_an_error_of_the_agent_ends_the_verb() -> None:
    result = call(
        "model: {error: {code: overloaded, message: busy}}", "expect: {action: {completion_reason: server error}}", "expect: {call: completed}"
    )
    assert result.outcome == "passed", "\n".join(explanation(result))


def test_a_closed_connection_ends_the_verb() -> None:
    result = call("model: {disconnect: 1011}", "expect: {action: disconnect from remote end}", "expect: {call: completed}")
    assert result.outcome == "passed", "\n".join(explanation(result))


def test_an_answered_tool_is_not_said_to_be_unanswered_however_long_the_call_lasts() -> None:
    result = call(
        "model: {say: Hello}",
        "caller: {say: 'how warm is it in Berlin'}",
        "model: {call: weather, with: {city: Berlin}}",
        "model: {say: Warm}",
        "expect: {heard: Warm}",
        "caller: {wait: 20s}",
        "caller: {hang_up: true}",
    )
    assert not [finding.text for finding in result.findings if finding.code == "J002"], "\n".join(explanation(result))
