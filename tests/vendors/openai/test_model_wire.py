"""Events as JSON text and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.vendors.openai.wire import audio_bytes, from_wire, to_wire

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
