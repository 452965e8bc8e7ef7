"""What the feature server makes of an application's frames (jambonz.md 1.2)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.jambonz.events import AppSaid
from simulator.jambonz.frames import MAX_FRAME_BYTES
from tests.jambonz.playbook import ANSWER, Playbook, Send, pause


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("", "Unexpected end of JSON input"),
        ("   ", "Unexpected end of JSON input"),
        ("hello", "Unexpected token 'h', \"hello\" is not valid JSON"),
        ("not json", "Unexpected token 'o', \"not json\" is not valid JSON"),
        ("NaN", "Unexpected token 'N', \"NaN\" is not valid JSON"),
        ("null", "Cannot destructure property 'type' of 'obj' as it is null."),
        ("[]", "type property not supplied"),
        ("{}", "type property not supplied"),
        ('"text"', "type property not supplied"),
        ("7", "type property not supplied"),
        ('{"type":""}', "type property not supplied"),
        ('{"type":null,"msgid":"m"}', "type property not supplied"),
        ('{"type":"hello"}', "invalid type property: hello"),
        ('{"type":["ack"],"msgid":"m"}', "invalid type property: ack"),
        ('{"type":"ack"}', "msgid not supplied"),
        ('{"type":"ack","msgid":""}', "msgid not supplied"),
        ('{"type":"command","data":{"x":1}}', "command property not supplied"),
        ('{"type":"command","command":"redirect"}', "data property not supplied"),
        ('{"type":"command","command":"redirect","data":""}', "data property not supplied"),
        ('{"type":"command","command":"redirect","data":0}', "data property not supplied"),
        ('{"type":"command","command":"redirect","data":false}', "data property not supplied"),
        ('{"type":"command","command":"redirect","data":null}', "data property not supplied"),
        ('{"type":"command","command":"dance"}', "data property not supplied"),
    ],
)
def test_a_malformed_frame_is_answered_with_an_error_and_the_call_goes_on(book: Playbook, text: str, details: str) -> None:
    book.begins(ANSWER, pause(9))
    book >> AppSaid(text)
    book << Send("jambonz:error", msg="InvalidMessage", details=details, content=text)
    book.is_silent()
    assert not book.call.over


@pytest.mark.parametrize("data", ["[]", "{}", '"x"', "1"])
def test_empty_lists_and_objects_count_as_data(book: Playbook, data: str) -> None:
    book.begins(ANSWER, pause(9))
    book >> AppSaid(f'{{"type":"command","command":"dance","data":{data}}}')
    book.is_silent()


@pytest.mark.parametrize("command", ["llm:tool-output", "tts:flush", "tts:clear"])
def test_some_commands_need_no_data(book: Playbook, command: str) -> None:
    book.begins(ANSWER, pause(9))
    book >> AppSaid(f'{{"type":"command","command":"{command}"}}')
    book.is_silent()


def test_a_frame_of_24_kib_is_read_and_a_longer_one_is_left_to_the_close(book: Playbook) -> None:
    book.begins(ANSWER, pause(9))
    book >> AppSaid("x" * MAX_FRAME_BYTES)
    book << Send("jambonz:error", msg="InvalidMessage")
    book >> AppSaid("é" * (MAX_FRAME_BYTES // 2) + "x")
    book.is_silent()


def test_deep_nesting_is_malformed_and_breaks_nothing(book: Playbook) -> None:
    book.begins(ANSWER, pause(9))
    book >> AppSaid("[" * 20_000)
    book << Send("jambonz:error", msg="InvalidMessage")


@given(
    st.text(max_size=200)
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner)).map(json.dumps)
)
def test_whatever_an_application_sends_the_call_lives(text: str) -> None:
    book = Playbook().begins(ANSWER, pause(9))
    book >> AppSaid(text)
    assert [message["type"] for message in book.sent[3:]] == ["jambonz:error"]
    assert not book.call.over
