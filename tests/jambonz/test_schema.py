from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from simulator.jambonz.profile import V0_9_8, Profile
from simulator.jambonz.schema import Refusal, VerbData, normalize

OPENAI: dict[str, Any] = {"vendor": "openai", "auth": {"apiKey": "sk-1"}, "llmOptions": {"response_create": {}}}


def ready(verbs: object, profile: Profile = V0_9_8) -> list[VerbData]:
    result = normalize(verbs, profile)
    assert isinstance(result, list), f"refused: {result}"
    return result


def refused(verbs: object, profile: Profile = V0_9_8) -> Refusal:
    result = normalize(verbs, profile)
    assert isinstance(result, Refusal), f"accepted: {result}"
    return result


def without(data: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != key}


# Normal form


@pytest.mark.parametrize("verb", [{"verb": "say", "text": "hi"}, {"say": {"text": "hi"}}])
def test_both_ways_to_write_a_verb_come_out_alike(verb: dict[str, Any]) -> None:
    assert ready([verb]) == [VerbData("say", {"text": "hi"})]


def test_stream_is_listen() -> None:
    assert ready([{"verb": "stream", "url": "wss://x"}]) == [VerbData("listen", {"url": "wss://x"})]


def test_s2s_is_llm_and_does_not_choose_a_vendor() -> None:
    assert ready([{"verb": "s2s", **OPENAI}]) == [VerbData("llm", OPENAI)]
    assert refused([{"verb": "s2s", **without(OPENAI, "vendor")}]).text == "llm: missing value for vendor"


@pytest.mark.parametrize("form", [lambda data: {"verb": "openai_s2s", **data}, lambda data: {"openai_s2s": data}])
def test_a_vendor_synonym_fills_in_the_vendor(form: Any) -> None:
    assert ready([form(without(OPENAI, "vendor"))]) == [VerbData("llm", OPENAI)]


def test_an_explicit_vendor_wins_over_the_synonym() -> None:
    assert ready([{"verb": "google_s2s", **OPENAI}]) == [VerbData("llm", OPENAI)]


def test_what_the_application_sent_is_left_as_it_was() -> None:
    sent = [{"verb": "openai_s2s", **without(OPENAI, "vendor")}, {"hangup": {}}]
    before = deepcopy(sent)

    verbs = ready(sent)
    verbs[1].data["headers"] = {}

    assert sent == before


def test_an_empty_list_is_for_the_caller_to_judge() -> None:
    assert ready([]) == []


@pytest.mark.parametrize("data", [{}, []])
def test_an_empty_list_of_properties_is_no_properties(data: object) -> None:
    assert ready([{"hangup": data}]) == [VerbData("hangup", {})]


# What is refused, and the text


@pytest.mark.parametrize(
    ("verbs", "text"),
    [
        (None, "malformed jambonz payload: must be array"),
        ({"verb": "hangup"}, "malformed jambonz payload: must be array"),
        (["hangup"], "malformed jambonz payload: must be array of objects"),
        ([{"text": "hi", "loop": 1}], "malformed jambonz payload: missing verb property"),
        ([{}], "malformed jambonz payload: missing verb property"),
        ([{"say": "hi"}], "malformed jambonz application payload"),
        ([{"verb": "dance"}], "invalid instruction: dance"),
        ([{"verb": "agent"}], "invalid instruction: agent"),
        ([{"verb": "say", "text": "hi", "txt": 1}], "say: unknown property txt"),
        ([{"verb": "pause", "length": "1"}], "pause: property length has invalid data type"),
        ([{"verb": "say", "text": 1}], "say: property text has invalid data type, must be one of string,array"),
        ([{"verb": "gather", "input": "speech"}], "gather: property input is not an array"),
        (
            [{"verb": "dub", "action": "sing", "track": "t"}],
            "invalid value sing must be one of addTrack,removeTrack,silenceTrack,playOnTrack,sayOnTrack",
        ),
        ([{"verb": "llm"}], "llm: missing value for vendor,llmOptions"),
        ([{"verb": "gather", "say": {"verb": "say", "text": "hi"}}], "say: unknown property verb"),
        ([{"verb": "dial", "target": [{"type": "phone"}, {"number": "1"}]}], "target: missing value for type"),
        ([{"verb": "config", "bargeIn": {}}], "bargeIn: missing value for enable"),
        (
            [{"verb": "say", "text": "hi", "synthesizer": {"vendor": "x", "engine": "neurl"}}],
            "invalid value neurl must be one of standard,neural,generative,long-form",
        ),
    ],
)
def test_a_bad_list_is_refused_in_the_words_of_the_real_server(verbs: object, text: str) -> None:
    assert refused(verbs).text == text


def test_null_passes_for_an_object_but_not_for_text() -> None:
    assert ready([{"verb": "hangup", "headers": None}])
    assert refused([{"verb": "hangup", "id": None}]).text == "hangup: property id has invalid data type"


def test_the_underscore_is_always_allowed() -> None:
    assert ready([{"verb": "hangup", "_": 1}])


def test_what_stands_in_plain_objects_is_not_looked_at() -> None:
    assert ready([{"verb": "tag", "data": {"verb": "nonsense", "x": [None]}}])


@pytest.mark.parametrize(
    ("verbs", "path", "hint"),
    [
        ([{"verb": "answer"}, {"verb": "sya"}], "[1]", "did you mean 'say'?"),
        ([{"verb": "opnai_s2s"}], "[0]", "did you mean 'openai_s2s'?"),
        ([{"verb": "transfer"}], "[0]", "profile 10"),
        ([{"verb": "say", "text": "hi", "synthesiser": {}}], "[0].synthesiser", "did you mean 'synthesizer'?"),
        ([{"gather": {"say": {"txt": "hi"}}}], "[0].gather.say.txt", "did you mean 'text'?"),
        ([{"verb": "gather", "say": {"verb": "say"}}], "[0].say.verb", 'without "verb"'),
        ([{"verb": "dial", "target": [{"type": "phone"}, {"type": "fone"}]}], "[0].target[1].type", "did you mean 'phone'?"),
        ([{"verb": "pause", "length": "1"}], "[0].length", "of type string and should be number"),
    ],
)
def test_a_refusal_says_where_and_how_to_mend_it(verbs: object, path: str, hint: str) -> None:
    refusal = refused(verbs)

    assert refusal.path == path
    assert hint in refusal.remedy
    assert str(refusal).startswith(f"verbs{path}: {refusal.text} (")


# The first problem, in the order of the real server


def test_the_form_of_the_whole_list_is_looked_at_before_any_verb() -> None:
    assert refused([{"verb": "dance"}, 5]).text == "malformed jambonz payload: must be array of objects"


def test_a_verb_is_constructed_before_the_next_is_checked() -> None:
    assert refused([{"verb": "say"}, {"verb": "dance"}]).text == "Say: either text or stream:true is required"


def test_one_bad_verb_discards_the_list() -> None:
    assert refused([{"verb": "answer"}, {"verb": "hangup", "why": 1}]).text == "hangup: unknown property why"


def test_properties_are_looked_at_in_the_order_of_javascript() -> None:
    assert refused([{"hangup": {"b": 1, "10": 1, "9": 1, "a": 1}}]).text == "hangup: unknown property 9"
