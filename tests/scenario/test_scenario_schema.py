"""The JSON Schema of the language: current, complete, and of one mind with the loader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from jsonschema import Draft202012Validator

from simulator.errors import ScenarioErrors, Where
from simulator.scenario.document import Problems, parse, plain, read
from simulator.scenario.load import collect, loads, schema
from simulator.scenario.schema import Doc, build, lines, shape_of
from simulator.scenario.value import value
from tests.scenario.test_scenario_load import CASES, DESIGN
from tests.scenario.test_scenario_mistakes import IN_A_STEP

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "simulator" / "scenario" / "scenario.schema.json"
VALIDATOR = Draft202012Validator(schema())


def complaints(document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def test_the_published_schema_is_current() -> None:
    remedy = "run: python -m simulator.scenario.schema > simulator/scenario/scenario.schema.json"
    assert PUBLISHED.read_text(encoding="utf-8") == "".join(lines(schema())), remedy


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_it_accepts_the_example_of_the_design() -> None:
    assert complaints(yaml.safe_load(DESIGN)) == [], "as YAML 1.1 reads it (on is true)"
    assert complaints(plain(parse(DESIGN, "a.yaml", Problems())[0])) == [], "and as YAML 1.2 does (on is a text)"


def test_it_accepts_placeholders_wherever_something_can_be_filled_in() -> None:
    assert complaints(plain(parse(CASES, "a.yaml", Problems())[0])) == []
    step = {"world": {"stub": "${A}", "times": "${A}", "reply": {"status": "${A}", "after": "${A}ms", "drop": "${A}"}}}
    assert complaints({"name": "${A}", "seed": "${A}", "openai": "${A}", "call": "${case.call}", "steps": [step, "${case.step}", "more.yaml"]}) == []


CAPTURING = """
name: captures, and things in any order
steps:
  - expect: {verbs: [answer, {as: second}, ...]}
  - expect: {response: {id: {as: response_id, matches: /^resp_/}}}
  - any_order:
      - expect: {say: {as: said}, within: 3s}
      - in_order: [expect: {event: {id: {as: item}}}, expect: {event: {item_id: "${item}"}}]
      - ${case.expectation}
      - {in_order: [part.yaml]}
  - caller: {press: "${said}", who: bob}
"""


def test_it_accepts_captures_and_blocks() -> None:
    assert complaints(plain(parse(CAPTURING, "a.yaml", Problems())[0])) == []


@pytest.mark.parametrize(
    "step",
    [
        "any_order: []",
        "any_order: [expect: {hook: /a}]",
        "any_order: [expect: {hook: /a}, caller: {say: a}]",
        "any_order: [expect: {hook: /a}, in_order: []]",
        "any_order: [expect: {hook: /a}, expect: {hok: /a}]",
        "any_order: [expect: {hook: /a}, {in_order: [expect: {hook: /a}], within: 2s}]",
    ],
)
def test_an_editor_marks_a_block_that_is_none(step: str) -> None:
    assert complaints(plain(parse(f"name: x\nsteps:\n- {step}", "a.yaml", Problems())[0]))


@pytest.mark.parametrize("file", collect([ROOT / "scenarios"]), ids=lambda path: str(path.relative_to(ROOT)))
def test_it_accepts_every_scenario(file: Path) -> None:
    problems = Problems()
    documents = read(file, problems)
    problems.raise_if_any()
    assert [complaint for document in documents for complaint in complaints(plain(document))] == []


BEYOND_SCHEMA = (
    *("'with' ", "`with`", "'text' ", "'lasts' ", "'limit' ", "'message' ", "stands beside", "does not last", "json and text", "has no body"),
    *("was not ended", "a frame has no", "${case", "there is no file", "some text", "up to a minute", "longer than a day", "a wait such as"),
    *("regular expression", "less_than", "any_of", "absent expects", "HTTP method", "not a URL", "has no query", "close code", "HTTP status"),
    *("does not happen", "a text of its own", "there is no link"),
)
"""What only the loader tells: relations between keys, files, and what is finer than a type."""


@pytest.mark.parametrize("step", [step for step, said in IN_A_STEP if step.startswith("- ") and not any(words in said for words in BEYOND_SCHEMA)])
def test_an_editor_marks_what_the_loader_refuses(step: str) -> None:
    assert complaints(plain(parse(f"name: x\nsteps:\n{step}", "a.yaml", Problems())[0]))


def test_every_key_has_a_text_to_hover_over() -> None:
    silent = [path for path, node in _nodes(schema(), "") if "properties" in node for path in _silent(path, node)]
    assert silent == []
    definitions = [name for name, node in schema()["$defs"].items() if not node.get("description")]
    assert definitions == []


def _silent(path: str, node: dict[str, Any]) -> list[str]:
    return [f"{path}.{key}" for key, each in node["properties"].items() if not each.get("description")]


def _nodes(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
    for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from _nodes(child, f"{path}/{key}")


def test_defaults_are_shown_as_they_are_written() -> None:
    say = schema()["$defs"]["caller.Say"]["properties"]
    assert say["within"]["default"] == "30s"
    assert schema()["$defs"]["settings.JambonzSettings"]["properties"]["profile"]["default"] == "0.9.8"
    assert "default" not in say["say"]


# --- from hints to values


@value(kw_only=True)
class Inner:
    """Something inside."""

    where: Where
    size: Annotated[int, Doc("how large")] = 1


@value(kw_only=True)
class Outer:
    """Something with all kinds of values."""

    kind: Annotated[Literal["a", "b"], Doc("which kind")]
    import_: Annotated[str | None, Doc("a key that is a word of Python")] = None
    inner: Annotated[Inner | None, Doc("something")] = None
    many: Annotated[tuple[Inner, ...], Doc("several")] = ()
    named: Annotated[dict[str, float], Doc("numbers by name")] = None  # type: ignore[assignment]
    any: Annotated[Any, Doc("anything")] = None


def built(text: str) -> Outer:
    problems = Problems()
    made = build(Outer, parse(text, "a.yaml", problems)[0], problems)
    problems.raise_if_any()
    assert made is not None
    return made


def test_a_dataclass_is_built_from_its_hints() -> None:
    made = built("{kind: a, import: x, inner: {size: 2}, many: [{}], named: {a: 1, b: 1.5}, any: [{x: null}]}")
    assert made == Outer(
        kind="a",
        import_="x",
        inner=Inner(where=Where("a.yaml", 1, 29), size=2),
        many=(Inner(where=Where("a.yaml", 1, 47)),),
        named={"a": 1.0, "b": 1.5},
        any=[{"x": None}],
    )
    assert built("{kind: b, inner: null}").inner is None


def test_all_problems_are_said_at_once_from_top_to_bottom() -> None:
    with pytest.raises(ScenarioErrors) as raised:
        built("inner: {size: large}\nmany: [{size: 1}, 3, {sise: 2}]\nnamed: {a: x}\nkind: c\nother: 1\n")
    assert [str(error) for error in raised.value.errors] == [
        "a.yaml:1:15: inner: size: expected a whole number, found the text 'large'",
        "a.yaml:2:19: outer: many: expected a mapping, found the number 3\n    a mapping may have: size",
        "a.yaml:2:23: inner has no 'sise'\n    did you mean 'size'? Known: size.",
        "a.yaml:3:12: outer: named.a: expected a number, found the text 'x'",
        "a.yaml:4:7: outer: kind cannot be 'c'\n    Known: a, b.",
        "a.yaml:5:1: outer has no 'other'\n    Known: kind, import, inner, many, named, any.",
    ]


def test_a_hint_without_a_shape_is_our_own_mistake() -> None:
    with pytest.raises(TypeError, match="the language has no shape for <class 'bytes'>"):
        shape_of(bytes)


def test_the_schema_is_json() -> None:
    assert json.loads("".join(lines(schema()))) == schema()


def test_loading_is_quick() -> None:
    """Not a benchmark: it only notices when introspection is no longer cached."""
    from time import perf_counter

    loads(DESIGN)
    begun = perf_counter()
    for _ in range(20):
        loads(DESIGN)
    assert (perf_counter() - begun) / 20 < 0.02
