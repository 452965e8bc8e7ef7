"""What a conversation costs is counted once and stays right, whatever happens to its items: it is the sum of what each one costs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.vendors.openai.conversation import ROOT, Conversation, Entry, client_item, message_item
from simulator.vendors.openai.formats import FORMATS
from simulator.vendors.openai.usage import Tokens

PCM = FORMATS["audio/pcm"]
SECOND_BYTES = 1000 * PCM.bytes_per_ms
DOING = st.sampled_from(["say", "say first", "speak", "stop", "delete", "truncate", "again", "ask"])
DOINGS = st.lists(st.tuples(DOING, st.integers(0, 9)), max_size=40)


def said(text: str, item_id: str) -> Entry:
    return client_item({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}, item_id, PCM)


@given(DOINGS)
def test_it_is_the_sum_of_its_items(doings: list[tuple[str, int]]) -> None:
    conversation = Conversation("conv_1")
    growing: list[Entry] = []
    for number, (what, which) in enumerate(doings):
        entries = list(conversation)
        one = entries[which % len(entries)] if entries else None
        match what:
            case "say":
                conversation.add(said("one two three " * which, f"item_{number}"))
            case "say first":
                conversation.add(said("four " * which, f"item_{number}"), ROOT)
            case "speak":
                growing.append(Entry(message_item(f"item_{number}"), PCM, bytes(SECOND_BYTES), grows=True))
                conversation.add(growing[-1])
            case "stop" if growing:
                entry = growing.pop(which % len(growing))
                entry.length_bytes = SECOND_BYTES
                entry.item = entry.item | {"status": "completed", "content": [{"type": "output_audio", "transcript": "five " * which}]}
                entry.grows = False
            case "delete" if one is not None:
                conversation.delete(one.id)
            case "truncate" if one is not None and one.speaks:
                conversation.truncate(one.id, 0, one.audio_ms // 2)
            case "again" if one is not None:
                conversation.add(said("six " * which, one.id))
            case _:
                conversation.tokens()
        assert conversation.tokens() == sum((entry.tokens() for entry in conversation), Tokens())


def test_an_item_that_grows_counts_as_far_as_it_has_come() -> None:
    conversation, entry = Conversation("conv_1"), Entry(message_item("item_1"), PCM, bytes(SECOND_BYTES), grows=True)
    conversation.add(entry)
    before = conversation.tokens()
    entry.length_bytes = SECOND_BYTES
    assert conversation.tokens().audio == before.audio + 10
