"""Events as JSON text and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.vendors.openai.wire import audio_bytes, from_wire, to_lines, to_wire

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
EVENTS = st.dictionaries(
    st.text(), st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)), max_size=4
)


def test_type_and_event_id_come_first() -> None:
    assert to_wire({"event_id": "e", "a": 1, "type": "t"}) == '{"type":"t","event_id":"e","a":1}'
    assert to_wire({"type": "t", "event_id": "e", "a": "é"}) == '{"type":"t","event_id":"e","a":"é"}'


def test_audio_is_base64_on_the_wire_and_bytes_inside() -> None:
    event = {"type": "response.output_audio.delta", "event_id": "e", "delta": b"\x00\x01"}
    assert json.loads(to_wire(event))["delta"] == "AAE="
    assert from_wire(to_wire(event)) == event


def test_what_is_not_base64_stays_text() -> None:
    assert from_wire('{"type":"input_audio_buffer.append","audio":"?"}')["audio"] == "?"
    assert audio_bytes("?") is None
    assert audio_bytes(5) is None


@pytest.mark.parametrize("text", ["", "{", "[1]", "NaN", '{"a": 1e999}', '{"a": NaN}', "[" * 100_000, "\x00"])
def test_what_is_not_one_json_object_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_wire(text)


@given(EVENTS)
def test_every_event_survives_and_can_be_sent(event: dict[str, object]) -> None:
    text = to_wire(event)
    text.encode()
    assert from_wire(text) == event


TEXT = st.text(st.characters(exclude_categories=[]))
"""With halves of surrogate pairs, which JSON can write and UTF-8 cannot."""


def type_first(event: dict[str, object]) -> dict[str, object]:
    return {"type": event["type"]} | event


@given(st.lists(st.fixed_dictionaries({"type": TEXT, "event_id": st.text(), "delta": st.binary() | TEXT}).map(type_first)))
def test_events_written_together_are_those_written_alone(events: list[dict[str, object]]) -> None:
    assert to_lines(events) == [to_wire(event).encode() for event in events]


def test_half_a_surrogate_pair_goes_back_as_it_came() -> None:
    event = from_wire('{"type":"t","a":"\\ud800\\n"}')
    assert event["a"] == "\ud800\n"
    assert to_wire(event | {"audio": b"\x00"}) == '{"type":"t","a":"\\ud800\\n","audio":"AA=="}'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"type": }', "Expecting value"),
        ('{"type"}', "Expecting ':' delimiter"),
        ("{'type': 1}", "Expecting property name enclosed in double quotes"),
        ('{"a": 1} x', "Extra data"),
        ('{"a": "\t"}', "Invalid control character at"),
        ("not json", "Expecting value"),
    ],
)
def test_a_mistake_is_named_in_the_words_of_python(text: str, words: str) -> None:
    with pytest.raises(json.JSONDecodeError) as raised:
        from_wire(text)
    assert raised.value.msg == words


def test_a_number_of_any_length_stays_a_whole_one() -> None:
    assert from_wire(f'{{"a": {2**80}}}') == {"a": 2**80}
