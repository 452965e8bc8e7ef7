"""A journal becomes a scenario: one that passes as it stands, reads like a person's, keeps no secret, and fails when the application breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import UsageError
from simulator.host import AppRef
from simulator.journal import Frame, Journal
from simulator.pattern import difference
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.draft import Draft, draft
from simulator.scenario.draft.patterns import begins, like, pattern_of
from simulator.scenario.draft.reading import read_journal
from simulator.scenario.draft.writing import flow
from simulator.scenario.load import Scenario, collect, load, loads
from simulator.scenario.steps.caller import Interrupt, Say
from simulator.scenario.steps.expect import Expect
from simulator.scenario.steps.model import Answer
from tests.planted.bugs import BUGS, Bug
from tests.playing import ROOT, SCENARIOS, play, shipped

AT_LEAST_CAUGHT = 0.95
"""The share of planted bugs that drafts must catch, of those that the scenarios they were drafted from do."""


def played() -> Iterator[tuple[Scenario, str | None]]:
    """Every scenario that ships, with the application it is for."""
    for scenario in shipped():
        yield scenario, None
    for example in sorted(path.parent for path in (ROOT / "examples").glob("*/app.py")):
        for path in collect([example / "scenarios"]):
            for scenario in load(path, env={}):
                yield scenario, f"examples.{example.name}.app:create_app"


def again(made: Draft, app: str | None = None) -> Result:
    """The draft, played."""
    (scenario,) = loads(made.text, "draft.yaml")
    return play(scenario, None if app is None else AppRef(app))


@pytest.mark.parametrize(("scenario", "app"), [pytest.param(*one, id=f"{Path(one[0].file).stem}: {one[0].id}") for one in played()])
def test_what_was_played_is_drafted_and_passes_at_once(scenario: Scenario, app: str | None) -> None:
    before = play(scenario, None if app is None else AppRef(app))
    made = draft(before.journal.frames)
    result = again(made, app)
    assert result.outcome == "passed", "\n".join([*explanation(result), made.text])
    (drafted,) = loads(made.text)
    assert any(isinstance(step, Expect) for step in drafted.steps), "a draft that expects nothing would always pass"


@pytest.mark.parametrize("path", ["tools/weather.yaml", "barge-in/during-speech.yaml", "trouble/rate-limit.yaml"])
def test_a_draft_of_a_draft_is_the_same_draft(path: str) -> None:
    made = draft(play(load(SCENARIOS / path, env={})[0]).journal.frames, name="once")
    assert draft(again(made).journal.frames, name="once").text == made.text


# --- what it reads like


@cache
def of(path: str) -> Draft:
    """The draft of the (first) scenario of a file that ships."""
    return draft(play(load(SCENARIOS / path, env={})[0]).journal.frames)


def lines(made: Draft) -> list[str]:
    return [line.strip() for line in made.text.splitlines()]


def test_an_interruption_comes_when_so_much_was_heard() -> None:
    assert '- caller: {interrupt: "And in Paris?", after: 1.2s}' in lines(of("barge-in/during-speech.yaml"))
    assert "- expect: {response: cancelled}" in lines(of("barge-in/during-speech.yaml"))


def test_an_answer_that_was_cut_off_is_written_to_its_end() -> None:
    assert any("until the evening." in line for line in lines(of("barge-in/during-speech.yaml")))


def test_requests_of_the_application_become_stubs_and_expectations() -> None:
    made = of("tools/weather.yaml")
    assert "- stub: GET https://api.open-meteo.com/v1/forecast" in lines(made)
    assert any(line.startswith("- expect: {request: {method: GET, url: https://api.open-meteo.com/v1/forecast") for line in lines(made))
    assert any(line.startswith("- expect: {tool_output: {tool: get_weather, output: {place:") for line in lines(made))


def test_stubs_of_one_address_say_what_tells_them_apart_and_no_more() -> None:
    assert "query: {name: Berlin}" in lines(of("tools/two-in-one-turn.yaml"))


def test_a_failure_of_the_model_is_made_again_in_its_words() -> None:
    assert "- model: {fail: rate_limit_exceeded, try_again_in: 20s}" in lines(of("trouble/rate-limit.yaml"))


def test_who_hangs_up_does_so_again() -> None:
    made = lines(of("conversation/greeting.yaml"))
    assert made[made.index("- caller: {hang_up: true}") + 1] == "- expect: {call: completed, by: caller}"


def test_a_line_that_was_cut_is_cut_again() -> None:
    assert "- world: {fault: disconnect, on: app}" in [line.replace('"', "") for line in lines(of("trouble/cut-line.yaml"))]


def test_a_dialect_and_a_profile_that_are_not_the_usual_are_told() -> None:
    assert "openai: beta" in lines(of("beta/weather.yaml"))


def test_ids_and_noise_of_one_call_stand_nowhere() -> None:
    for path in ("tools/weather.yaml", "barge-in/during-speech.yaml", "conversation/minute.yaml"):
        text = of(path).text
        assert not any(word in text for word in ("call_sid", "rate_limits", "event_", "item_", "resp_", ".delta", "msgid"))


def test_a_broken_rule_is_said_and_expected() -> None:
    down = load(ROOT / "examples/callback/scenarios/callback.yaml", env={})[2]
    made = draft(play(down, AppRef("examples.callback.app:create_app")).journal.frames)
    assert any("J014" in note for note in made.notes)
    assert lines(made)[-1] == "- expect: {finding: J014}"


def test_the_schema_is_named_for_the_editor() -> None:
    frames = play(load(SCENARIOS / "tools/weather.yaml", env={})[0]).journal.frames
    assert draft(frames, schema="../s.json").text.splitlines()[0] == "# yaml-language-server: $schema=../s.json"


# --- when less is known


def test_without_what_was_ordered_the_models_events_are_enough_for_a_plain_call() -> None:
    frames = [frame for frame in play(load(SCENARIOS / "tools/weather.yaml", env={})[0]).journal.frames if frame.kind not in ("act", "set_up")]
    made = draft(frames)
    assert again(made).outcome == "passed"
    assert any("does not tell what was ordered" in note for note in made.notes)


def test_a_voice_without_words_is_said_by_its_transcript() -> None:
    """As from a microphone: what the caller said stands nowhere but in the model's transcript."""
    frames = [
        msgspec.structs.replace(frame, frame={**frame.frame, "text": "", "duration_s": 1.7})
        if (frame.source, frame.kind) == ("caller", "speaks")
        else frame
        for frame in play(load(SCENARIOS / "tools/weather.yaml", env={})[0]).journal.frames
    ]
    made = draft(frames)
    (drafted,) = loads(made.text)
    assert [step.say for step in drafted.steps if isinstance(step, Say)] == ["What is the weather in Berlin?"]
    assert any("real voice" in note for note in made.notes)
    assert again(made).outcome == "passed"


def test_a_microphone_that_is_noted_nowhere_is_found_in_the_models_events() -> None:
    journal = play(load(SCENARIOS / "barge-in/during-speech.yaml", env={})[0]).journal
    made = draft([frame for frame in journal.frames if (frame.source, frame.kind) != ("caller", "speaks")])
    (drafted,) = loads(made.text)
    assert [step.interrupt for step in drafted.steps if isinstance(step, Interrupt)] == ["And in Paris?"]
    assert again(made).outcome == "passed"


def test_nothing_at_all_is_a_scenario_too() -> None:
    assert loads(draft([], name="silence").text)[0].name == "silence"


# --- it still fails


@cache
def drafted(name: str) -> Scenario:
    from tests.planted.test_planted import known

    (scenario,) = loads(draft(play(known()[name]).journal.frames).text, "draft.yaml")
    return scenario


def test_drafts_catch_what_the_scenarios_they_came_from_catch() -> None:
    from tests.planted.test_planted import named

    pairs: list[tuple[Bug, str]] = [(bug, name) for bug in BUGS for path in bug.caught for name in named(path)]
    for _, name in pairs:
        drafted(name)
    missed = []
    for bug, name in pairs:
        with pytest.MonkeyPatch.context() as patch:
            bug.plant(patch)
            if play(drafted(name)).outcome != "failed":
                missed.append(f"{bug.name}: {name}")
    assert 1 - len(missed) / len(pairs) >= AT_LEAST_CAUGHT, missed


# --- text is safe


@given(st.text().filter(str.strip))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_back_as_it_was(said: str) -> None:
    made = loads(f"name: x\nsteps:\n  - caller: {flow({'say': said})}\n")[0].steps[0]
    assert isinstance(made, Say)
    assert made.say == said.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False, width=32) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")), JSON, max_size=4))
@settings(max_examples=200, deadline=None)
def test_any_arguments_of_a_tool_are_read_back(arguments: dict[str, object]) -> None:
    made = loads(f"name: x\nsteps:\n  - model: {flow({'call': 'tool', 'with': arguments})}\n")[0].steps[0]
    assert isinstance(made, Answer)
    clean = json.loads(json.dumps(arguments, ensure_ascii=False).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd"))
    assert made.with_ == clean


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_what_was_seen_fits_the_pattern_made_of_it(seen: object) -> None:
    assert not difference(pattern_of(seen), seen)


@given(st.text(min_size=1))
def test_a_text_fits_its_own_pattern_and_what_was_cut_off_its_beginning(seen: str) -> None:
    assert not difference(like(seen), seen)
    assert not difference(begins(seen), seen)


@pytest.mark.parametrize(
    "text", ["*", "...", "/a/", "//", "${HOME}", "$${x}", "{a: 1}", "- x", "# no", "null", "1e3", "yes", "a: b", "'", '"', "\\", "\n"]
)
def test_a_text_with_a_meaning_means_itself(text: str) -> None:
    assert not difference(like(text), text)
    written = loads(f"name: x\nsteps:\n  - expect: {flow({'say': like(text)})}\n")[0].steps[0]
    assert isinstance(written, Expect)
    assert not difference(written.pattern, text)
    assert difference(written.pattern, f"other {text}x")


# --- no secrets

KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz"
WORD = "hunter2hunter2"


def test_keys_that_stand_everywhere_stand_nowhere_in_a_draft() -> None:
    journal = Journal()
    url = f"https://user:{WORD}@host.example/x?api_key={WORD}&token={WORD}"
    data = {
        "from": "+1", "to": "+2", "env_vars": {"OPENAI_API_KEY": KEY, "MY_TOKEN": WORD}, "sip": {"headers": {"X-Api-Key": WORD}},
    }  # fmt: skip
    verbs = [{"verb": "llm", "vendor": "openai", "auth": {"apiKey": KEY}, "actionHook": f"/final?token={WORD}"}, {"verb": "play", "url": url}]
    noted = [
        ("app", "jambonz", "session:new", {"type": "session:new", "data": data}),
        ("app", "app", "ack", {"type": "ack", "data": verbs}),
        ("media", "caller", "speaks", {"text": f"My key is {KEY}", "duration_s": 2.0}),
        ("model", "scenario", "act", {"step": {"model": {"say": f"It is {KEY}"}}, "response_id": "resp_1"}),
        ("world", "app", "request", {"number": 1, "method": "GET", "url": "https://h.example/x", "query": {"api_key": WORD},
                                     "headers": {"authorization": WORD}, "body": {"password": WORD, "deep": [{"client_secret": WORD}]}}),
        ("world", "world", "reply", {"number": 1, "status": 200, "body": {"access_token": WORD, "text": KEY}}),
        ("app", "app", "command", {"type": "command", "command": "redirect", "data": {"url": url, "secret": WORD}}),
        ("app", "jambonz", "verb:hook", {"type": "verb:hook", "hook": f"/h?token={WORD}", "data": {"password": WORD, "note": KEY}}),
        ("media", "jambonz", "heard", {"text": f"the key {KEY}", "cut_s": 0.0, "heard_s": 1.0}),
    ]  # fmt: skip
    for link, source, kind, frame in noted:
        journal.note(link, source, kind, frame, at_s=1.0)
    raw = [Frame(number, 1.0, 0.0, *entry) for number, entry in enumerate(noted)]
    for frames in (journal.frames, raw):
        text = draft(frames).text
        assert KEY not in text
        assert WORD not in text
        loads(text)


# --- reading a journal


def test_a_journal_is_read_back_frame_by_frame() -> None:
    journal = play(load(SCENARIOS / "tools/weather.yaml", env={})[0]).journal
    header, frames = read_journal(journal.text({"scenario": "x"}), "x.jsonl")
    assert header["scenario"] == "x"
    assert [frame.line(wall=False) for frame in frames] == [frame.line(wall=False) for frame in journal.frames]
    assert draft(frames).text == draft(journal.frames).text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no frames"),
        ("{}", "schema_version"),
        ("nothing", ":1: this is no line"),
        ('{"schema_version": 9}', "schema_version is 9"),
        ('{"schema_version": 1}', "no frames"),
        ('{"schema_version": 1}\n{"at_s": "x"}', ":2: this is no frame"),
        ('{"schema_version": 1}\n[1]', ":2: this is no line"),
        ('{"schema_version": 1}\n' + "[" * 100_000, ":2: this is no line"),
    ],
)
def test_what_is_no_journal_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_journal(text, "x.jsonl")
