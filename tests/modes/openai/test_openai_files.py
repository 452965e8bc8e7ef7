"""Scripts and rules: what may be written, and where a mistake is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import ScenarioErrors, UsageError
from simulator.modes.openai.files import read_rules, read_script
from simulator.modes.openai.offer import offer
from simulator.vendors.openai.settings import Settings


def complaints(text: str, kind: str = "script") -> list[str]:
    read = read_script if kind == "script" else read_rules
    with pytest.raises(ScenarioErrors) as wrong:
        read(text, "f.yaml", env={})
    return [str(error).replace("\n    ", " | ") for error in wrong.value.errors]


def test_everything_a_script_can_say(tmp_path: Path) -> None:
    file = tmp_path / "script.yaml"
    file.write_text("""
steps:
  - model: {say: "Hello ${NAME:-you}"}
after_last: repeat
heard: [What is the weather?, null]
keys: [sk-good]
beta: refuse
session_limit: 15m
pace: 8
deployments: mine
""")
    made = offer(script=file)
    assert (made.settings.keys, made.settings.beta, made.settings.session_limit_s, made.settings.speed_factor) == (("sk-good",), "refuse", 900.0, 8)
    assert (made.deployments, made.quota_gone) == (("mine",), False)


def test_options_weigh_more_than_the_script() -> None:
    made = offer(script={"keys": ["sk-a"], "beta": "refuse", "pace": 2}, keys=["sk-b"], beta="serve", pace=0)
    assert (made.settings.keys, made.settings.beta) == (("sk-b",), "serve")
    assert made.settings == Settings(keys=("sk-b",)).at_once()


def test_quota_gone_and_refusals_over_http() -> None:
    assert offer(script={"quota": "gone"}).quota_gone
    assert offer(script={"steps": [{"model": {"refuse": 403}}]}).refused_with == 403
    assert offer(script={"steps": [{"model": {"refuse": "no_answer"}}]}).refused_with == "no_answer"


def test_only_one_can_answer() -> None:
    with pytest.raises(UsageError, match="choose one"):
        offer(script={}, echo=True)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "f.yaml:1:1: the file is empty | a script begins with steps:"),
        ("- a", "f.yaml:1:1: a script is a mapping, found a list | begin with steps:; rules are for --rules"),
        ("steps: [modle: {say: a}]", "f.yaml:1:9: there is no 'modle' here | did you mean 'model'? Known: model."),
        ("steps: [caller: {say: a}]", "f.yaml:1:9: a script of the model server has no step of 'caller' | clients do the rest: write model:"),
        ("steps: [say: a]", "f.yaml:1:9: 'say' stands here without its actor | write model: {say: …}"),
        ("aftr_last: fail", "f.yaml:1:1: the script has no 'aftr_last' | did you mean 'after_last'?"),
        ("session_limit: 30", "f.yaml:1:16: the script: session_limit: expected a duration like 300ms or 1.5s, found the number 30"),
        ("pace: -1", "f.yaml:1:7: the script: pace: expected 0 or more, found -1.0"),
        (
            "steps: [model: {say: a}, model: {refuse: invalid_api_key}]",
            "f.yaml:1:26: refuse is about the connection, so it stands first | every connection plays the script from its beginning; "
            "connections: refuses some of them",
        ),
        ("{steps: [", "f.yaml:2:1: the end cannot stand here: a comma or ] is missing before it"),
    ],
)
def test_mistakes_in_a_script_are_located(text: str, complaint: str) -> None:
    (found,) = complaints(text)
    assert found.startswith(complaint)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "f.yaml:1:1: the file is empty | rules are a list"),
        ("steps: []", "f.yaml:1:1: rules are a list, found a mapping | begin each with - when:"),
        ("[{wen: a, model: {say: b}}]", "f.yaml:1:3: the rule has no 'wen' | did you mean 'when'?"),
        ("[{when: a}]", "f.yaml:1:2: the rule: 'model' is missing"),
        ("[{when: /(/, model: {say: b}}]", "f.yaml:1:9: the rule: when: /(/ is not a regular expression"),
        ("[{when: a, model: {sya: b}}]", "f.yaml:1:20: the model has no step 'sya' | did you mean 'say'?"),
        ('[{when: a, model: {say: "${1}"}}]', "f.yaml:1:25: the pattern of this rule captures no ${1} | only a /regular expression/ captures"),
        ('[{when: /(a)/, model: {say: "${2}"}}]', "f.yaml:1:29: the pattern of this rule captures no ${2} | it has 0, 1;"),
        ('[{when: /a/, model: {say: "${NAME}"}}]', "f.yaml:1:27: the environment has no NAME"),
    ],
)
def test_mistakes_in_rules_are_located(text: str, complaint: str) -> None:
    (found,) = complaints(text, "rules")
    assert found.startswith(complaint)
