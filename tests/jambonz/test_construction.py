from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.profile import V0_9_8
from simulator.jambonz.schema import Refusal, VerbData, construct, normalize

OPENAI: dict[str, Any] = {"vendor": "openai", "auth": {"apiKey": "sk-1"}, "llmOptions": {"response_create": {}}}
SETTINGS: dict[str, Any] = {"agent": {"think": {"provider": {"model": "m", "type": "t"}}}}


def refused(verbs: object) -> Refusal:
    result = normalize(verbs, V0_9_8)
    assert isinstance(result, Refusal), f"accepted: {result}"
    return result


def without(data: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != key}


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("pipeline", {"llm": {"vendor": "x", "llmOptions": {}}}, "invalid jambonz verb 'pipeline'"),
        ("synthesizer", {"vendor": "x"}, "invalid jambonz verb 'synthesizer'"),
        ("say", {}, "Say: either text or stream:true is required"),
        ("say", {"stream": False}, "Say: either text or stream:true is required"),
        ("say", {"text": ["hi", 5]}, "text.startsWith is not a function"),
        ("gather", {"say": {}}, "Say: either text or stream:true is required"),
        ("gather", {"say": True}, "malformed jambonz application payload"),
        ("dub", {"action": "addTrack", "track": ""}, "TaskDub: track is required"),
        ("dial", {"target": [], "dub": [{"action": "addTrack", "track": ""}]}, "TaskDub: track is required"),
        ("conference", {"name": ""}, "conference name required"),
        ("llm", OPENAI | {"vendor": "acme"}, "Unsupported vendor acme for LLM"),
        ("llm", without(OPENAI, "auth"), "auth.apiKey is required for OpenAI S2S"),
        ("llm", OPENAI | {"auth": {"apiKey": ""}}, "auth.apiKey is required for OpenAI S2S"),
        ("llm", OPENAI | {"vendor": "microsoft"}, "connectionOptions.host is required for Microsoft OpenAI S2S"),
        ("llm", OPENAI | {"llmOptions": {}}, "llmOptions with an initial response.create is required for OpenAI S2S"),
        ("llm", OPENAI | {"llmOptions": {"response_create": "hi"}}, "llmOptions with an initial response.create is required for OpenAI S2S"),
        ("llm", OPENAI | {"llmOptions": None}, "Cannot destructure property 'response_create' of 'this.data.llmOptions' as it is null."),
        ("llm", OPENAI | {"events": ["all", 3]}, "evt.startsWith is not a function"),
        ("llm", OPENAI | {"vendor": "google"}, "llmOptions with an initial setup is required for Google S2S"),
        ("llm", OPENAI | {"vendor": "elevenlabs"}, "auth.agent_id is required for Elevenlabs S2S"),
        ("llm", OPENAI | {"vendor": "ultravox", "auth": {}}, "auth.apiKey is required for Vendor: Ultravox"),
        ("llm", OPENAI | {"vendor": "deepgram"}, "llmOptions with an initial Settings is required for VoiceAgent S2S"),
        (
            "llm",
            OPENAI | {"vendor": "voiceagent", "llmOptions": {"Settings": {"agent": {"think": {}}}}},
            "llmOptions.Settings.agent.think.provider.model is required for VoiceAgent S2S",
        ),
    ],
)
def test_what_passes_the_check_may_fail_to_be_constructed(name: str, data: dict[str, Any], text: str) -> None:
    assert construct(VerbData(name, data)) == text
    assert refused([{"verb": name, **data}]).text == text


@pytest.mark.parametrize(
    "data",
    [
        OPENAI | {"llmOptions": {"response_create": None}},
        OPENAI | {"vendor": "microsoft", "connectOptions": {"host": "h"}},
        OPENAI | {"vendor": "google", "llmOptions": {"setup": {}}},
        OPENAI | {"vendor": "elevenlabs", "auth": {"agent_id": "a"}},
        OPENAI | {"vendor": "ultravox", "llmOptions": None},
        OPENAI | {"vendor": "deepgram", "llmOptions": {"Settings": SETTINGS}},
        OPENAI | {"events": ["all", "-response.audio.*"]},
    ],
)
def test_every_vendor_of_0_9_8_can_be_constructed(data: dict[str, Any]) -> None:
    assert construct(VerbData("llm", data)) is None


@pytest.mark.parametrize("data", [{"stream": True}, {"text": ""}, {"text": []}])
def test_say_needs_text_or_a_stream(data: dict[str, Any]) -> None:
    assert construct(VerbData("say", data)) is None


def test_a_verb_whose_properties_are_null_cannot_be_constructed() -> None:
    assert refused([{"hangup": None}]).text == "Cannot read properties of null (reading 'actionHook')"
