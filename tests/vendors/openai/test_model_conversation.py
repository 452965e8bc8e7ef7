"""Conversation items: create, retrieve, truncate, delete (openai-realtime.md 4.1, 6.4, 8, 8.1)."""

from typing import Any

from simulator.speech import speak, words
from simulator.vendors.openai.events import CallTool, Say
from tests.vendors.openai.model_dialogue import Dialogue, problem, types


def user(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]} | more


def spoken(talk: Dialogue, text: str = "Good evening, how may I help you?") -> tuple[str, int]:
    """Let the assistant speak; answers the item and its length in ms."""
    talk.client("response.create")
    talk.answer(Say(text))
    talk.run(5.0)
    return talk.last("response.output_item.done")["item"]["id"], round(speak(text, 24000).duration_s * 1000)


def test_a_created_item_is_added_and_done_in_ga(ga: Dialogue) -> None:
    added, done = ga.client("conversation.item.create", item=user("Hi", id="first"))
    assert (added["type"], done["type"]) == ("conversation.item.added", "conversation.item.done")
    assert added["previous_item_id"] is None
    assert added["item"] == done["item"]
    assert list(added["item"]) == ["id", "type", "status", "role", "content"]
    (_, second) = ga.client("conversation.item.create", item=user("Hi"))
    assert second["previous_item_id"] == "first"
    assert second["item"]["id"].startswith("item_")


def test_a_created_item_is_created_in_beta(beta: Dialogue) -> None:
    (created,) = beta.client("conversation.item.create", item=user("Hi"))
    assert created["type"] == "conversation.item.created"
    assert list(created["item"]) == ["id", "object", "type", "status", "role", "content"]


def test_items_have_their_place(ga: Dialogue) -> None:
    for name, previous in (("a", None), ("b", ""), ("c", "a"), ("d", "root")):
        ga.client("conversation.item.create", item=user(name, id=name), previous_item_id=previous)
    added = [(event["item"]["id"], event["previous_item_id"]) for event in ga.events if event["type"] == "conversation.item.added"]
    assert added == [("a", None), ("b", "a"), ("c", "a"), ("d", None)]


def test_assistant_text_has_the_name_of_its_dialect(either: Dialogue) -> None:
    mine, other = ("output_text", "text") if either.dialect == "ga" else ("text", "output_text")
    item = {"type": "message", "role": "assistant", "content": [{"type": mine, "text": "Hello"}]}
    assert either.client("conversation.item.create", item=item)[0]["item"]["content"] == [{"type": mine, "text": "Hello"}]
    item["content"][0]["type"] = other
    assert problem(either.client("conversation.item.create", item=item))[0] == "invalid_value"


def test_the_output_of_a_call_needs_the_call_in_the_conversation(either: Dialogue) -> None:
    either.client("response.create")
    either.answer(CallTool("f", "{}", call_id="call_1"))
    either.run(1.0)
    output = {"type": "function_call_output", "call_id": "call_1", "output": ""}
    events = either.client("conversation.item.create", item=output)
    assert events[0]["item"]["status"] == "completed"
    either.client("conversation.item.delete", item_id=either.last("response.output_item.done")["item"]["id"])
    assert problem(either.client("conversation.item.create", item=output))[0] == "invalid_tool_call_id"


def test_deleted_items_are_gone(either: Dialogue) -> None:
    either.client("conversation.item.create", item=user("x", id="a"))
    (event,) = either.client("conversation.item.delete", item_id="a")
    assert (event["type"], event["item_id"]) == ("conversation.item.deleted", "a")
    text = "Error deleting item: the item with id 'a' does not exist."
    assert problem(either.client("conversation.item.delete", item_id="a")) == ("item_delete_invalid_item_id", text, None)
    text = "Error retrieving item: the item with id 'a' does not exist."
    assert problem(either.client("conversation.item.retrieve", item_id="a", event_id="rci_a")) == ("item_retrieve_invalid_item_id", text, None)
    assert either.events[-1]["error"]["event_id"] == "rci_a"


def test_a_spoken_turn_can_be_retrieved_with_its_audio(ga: Dialogue) -> None:
    ga.client("session.update", session={"type": "realtime", "audio": {"input": {"transcription": {"model": "whisper-1"}}}})
    ga.hears_words("A table for two")
    (event,) = ga.client("conversation.item.retrieve", item_id=ga.last("input_audio_buffer.committed")["item_id"])
    part = event["item"]["content"][0]
    assert words(part["audio"], 24000) == "A table for two"
    assert (part["transcript"], part["format"]) == ("A table for two", {"type": "audio/pcm", "rate": 24000})
    assert event["item"]["object"] == "realtime.item"


def test_truncation_cuts_the_audio_and_forgets_the_words(either: Dialogue) -> None:
    item_id, length_ms = spoken(either)
    (event,) = either.client("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=1200)
    assert list(event) == ["type", "event_id", "item_id", "content_index", "audio_end_ms"]
    (retrieved,) = either.client("conversation.item.retrieve", item_id=item_id)
    part = retrieved["item"]["content"][0]
    assert (len(part["audio"]), part["transcript"]) == (1200 * 48, None)
    assert part["type"] == ("output_audio" if either.dialect == "ga" else "audio")
    assert length_ms > 1200


def test_truncation_beyond_the_end_is_refused_and_at_the_end_is_not(either: Dialogue) -> None:
    item_id, length_ms = spoken(either)
    text = f"Audio content of {length_ms}ms is already shorter than {length_ms + 1}ms"
    truncate = {"item_id": item_id, "content_index": 0}
    assert problem(either.client("conversation.item.truncate", **truncate, audio_end_ms=length_ms + 1)) == ("invalid_value", text, None)
    assert types(either.client("conversation.item.truncate", **truncate, audio_end_ms=length_ms)) == ["conversation.item.truncated"]


def test_truncation_is_limited_to_what_was_generated_so_far(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say("Good evening, how may I help you?"))
    ga.run(0.45)
    item_id = ga.last("response.output_item.added")["item"]["id"]
    problem_ = problem(ga.client("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=600))
    assert problem_ == ("invalid_value", "Audio content of 250ms is already shorter than 600ms", None)


def test_only_spoken_items_are_truncated(either: Dialogue) -> None:
    either.client("conversation.item.create", item=user("x", id="a"))
    text = "Only model output audio messages can be truncated"
    assert problem(either.client("conversation.item.truncate", item_id="a", content_index=0, audio_end_ms=0)) == (
        "unsupported_content_type",
        text,
        None,
    )
    assert problem(either.client("conversation.item.truncate", item_id="b", content_index=0, audio_end_ms=0))[0] == "item_truncate_invalid_item_id"
    assert problem(either.client("conversation.item.truncate", item_id="a", audio_end_ms=0))[1] == "Missing required parameter: 'content_index'."


def test_truncation_before_the_first_audio_is_refused(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say("Hello"))
    ga.run(0.3)
    item_id = ga.last("response.output_item.added")["item"]["id"]
    assert problem(ga.client("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=0))[0] == "unsupported_content_type"
