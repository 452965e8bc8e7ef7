"""Whatever is written: scenarios, or errors that say where. Never anything else, and never for long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simulator.errors import ScenarioErrors
from simulator.scenario.load import load, loads
from simulator.scenario.shapes import duration_of
from tests.scenario.test_scenario_load import CASES, DESIGN
from tests.scenario.test_scenario_mistakes import IN_A_STEP

quick = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])

TEXTS = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="{}[]:,-&*!|>'\"%@`#?$ \n\tab1.~<=", max_size=60),
    st.lists(
        st.sampled_from(
            [
                "name: x",
                "steps:",
                "- ",
                "caller: ",
                "{",
                "}",
                "[",
                "]",
                "say",
                ": ",
                "${",
                "}",
                "case.",
                "fake.name",
                "\n",
                "  ",
                "&a ",
                "*a",
                "!include ",
                "---\n",
            ]
        ),
        max_size=25,
    ).map("".join),
)


def refusal(text: str) -> ScenarioErrors | None:
    """Why the text is no scenario; None when it is one. Whatever else is raised goes through."""
    try:
        loads(text, "some/folder/a.yaml", env={"A": "b"})
    except ScenarioErrors as raised:
        return raised
    return None


def only_located_errors(text: str) -> None:
    """Every error has words, and a place that is in the text."""
    refused = refusal(text)
    if refused is None:
        return
    line_breaks = sum(text.count(character) for character in "\n\r\x85\u2028\u2029")
    assert refused.errors
    for error in refused.errors:
        assert error.problem
        assert error.where is not None
        assert error.where.file == "some/folder/a.yaml"
        assert 1 <= error.where.line <= line_breaks + 2
        assert error.where.column >= 1


@quick
@given(TEXTS)
@example("\ud800")
@example("a: \x00")
@example("!!float x")
@example("? ")
@example("<<: *a")
@example("!<tag:yaml.org,2002:include> a")
@example("!include")
@example("- &a !include x.yaml\n- *a")
@example("%TAG ! tag:yaml.org,2002:\n--- !int a")
@example("name: x\nsteps: &a [*a]")
@example("name: &a x\nsteps: *a\ncases: *a")
@example("${A}: 1")
def test_any_text(text: str) -> None:
    only_located_errors(text)


@quick
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(data)
    with suppress(ScenarioErrors):
        load(file, env={})


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.text(max_size=10),
        st.sampled_from(
            [
                "/[/",
                "/a+/",
                "*",
                "...",
                "2s",
                "${A}",
                "${case.name}",
                "${fake.name}",
                "${x}",
                "a ${x.b:-c}",
                "/(?P<x>.)${x}/",
                "GET https://a/b",
                "completed",
                "server_error",
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=5), inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "say",
                    "call",
                    "with",
                    "arguments",
                    "fail",
                    "stub",
                    "reply",
                    "json",
                    "name",
                    "within",
                    "after",
                    "verbs",
                    "any_of",
                    "less_than",
                    "absent",
                    "as",
                    "matches",
                    "hook",
                    "who",
                    "answers",
                    "api",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
ACTS = st.dictionaries(st.sampled_from(["caller", "model", "world", "expect"]), VALUES, min_size=1, max_size=1)
CAPTURES = st.sampled_from([{"expect": {"say": {"as": "x"}}}, {"expect": {"event": {"id": {"as": "x", "matches": "*"}}}}])
BLOCKS = st.lists(ACTS | CAPTURES | VALUES | st.lists(ACTS | CAPTURES | VALUES, max_size=3).map(lambda lines: {"in_order": lines}), max_size=4)
STEPS = st.one_of(ACTS, CAPTURES, BLOCKS.map(lambda block: {"any_order": block}))
KEYS = st.sampled_from(["name", "tags", "seed", "clock", "openai", "jambonz", "call", "world", "model", "ignore", "cases", "steps"])


@quick
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.lists(STEPS, max_size=4))
def test_any_values_in_the_right_places(top: dict[str, Any], steps: list[Any]) -> None:
    only_located_errors(yaml.safe_dump({"name": "x", "steps": steps, **top}, allow_unicode=True))


@quick
@given(
    st.sampled_from([DESIGN, CASES, *(f"name: x\nsteps:\n{step}\n" for step, _ in IN_A_STEP)]),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 6), st.text(alphabet="{}[]:,-&*!|>'\"%@#?$ \n\tx1", max_size=3)), min_size=1, max_size=4),
)
def test_slips_of_the_pen(text: str, slips: list[tuple[int, int, str]]) -> None:
    for at, cut, put in slips:
        at %= len(text)
        text = text[:at] + put + text[at + cut :]
    only_located_errors(text)


# --- what is right comes through unchanged

WORDS = st.text(alphabet=st.characters(codec="utf-8", max_codepoint=0xFFFD), min_size=1, max_size=20).filter(
    lambda text: text.strip() and "${" not in text
)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**15), 10**15), WORDS.filter(lambda text: not text.startswith("/"))),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS.filter(lambda key: key != "<<"), inner, max_size=3)),
    max_leaves=6,
).filter(lambda value: not _has_pattern_words(value))
SECONDS = st.integers(0, 100_000).map(lambda ms: ms / 1000)


def _has_pattern_words(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool({"any_of", "less_than", "more_than", "absent", "as"} & set(value)) or any(map(_has_pattern_words, value.values()))
    return isinstance(value, list) and any(map(_has_pattern_words, value))


def _says(text: str, within_s: float) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"caller": {"say": text, "within": duration_of(within_s)}}, {"say": text, "within_s": pytest.approx(within_s)}


def _answers(texts: list[str], arguments: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"model": {"say": texts, "call": "tool", "with": arguments}}, {"say": tuple(texts), "with_": arguments}


def _expects(pattern: Any, absent: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"expect": {"session": pattern, "absent": absent}}, {"session": pattern, "absent": absent}


LINES = st.one_of(
    st.builds(_says, WORDS, SECONDS),
    st.builds(_answers, st.lists(WORDS, min_size=1, max_size=3), st.dictionaries(WORDS.filter(lambda key: key != "<<"), PLAIN, max_size=3)),
    st.builds(_expects, PLAIN, st.booleans()),
)


def as_json(document: Any) -> str:
    return json.dumps(document)


def as_block(document: Any) -> str:
    return str(yaml.safe_dump(document, default_style='"', width=10_000))


@quick
@given(WORDS, st.lists(LINES, min_size=1, max_size=4), st.integers(0, 2**40), st.sampled_from([as_json, as_block]))
def test_a_good_scenario_says_what_was_written(name: str, lines: list[Any], seed: int, dump: Any) -> None:
    (scenario,) = loads(dump({"name": name, "seed": seed, "steps": [written for written, _ in lines]}))
    assert (scenario.name, scenario.seed) == (name, seed)
    for step, (_, meant) in zip(scenario.steps, lines, strict=True):
        assert {key: getattr(step, key) for key in meant} == meant


@quick
@given(SECONDS)
def test_durations_are_written_and_read(seconds: float) -> None:
    (scenario,) = loads(json.dumps({"name": "x", "steps": [{"caller": {"wait": duration_of(seconds)}}]}))
    assert getattr(scenario.steps[0], "wait_s") == pytest.approx(seconds, rel=1e-5)  # noqa: B009 - steps are a union
