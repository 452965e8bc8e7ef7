"""Shipped scenarios with one thing changed: they load, or everything that is wrong is said with its place. Never anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.errors import ScenarioErrors
from simulator.scenario.document import Items, Map, Node, Problems, Scalar, parse
from simulator.scenario.load import load, loads
from tests.playing import ROOT

FILES = sorted([*(ROOT / "scenarios").rglob("*.yaml"), *(ROOT / "examples").rglob("scenarios/**/*.yaml")])
SHIPPED = [file for file in FILES if not file.name.startswith("_")]
quick = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def only_located_errors(text: str, file: Path) -> ScenarioErrors | None:
    """What is wrong, each with words and a place that is in the text; None when nothing is. Whatever else is raised goes through."""
    refused = refusal(lambda: loads(text, str(file), env={"CITY": "Berlin"}))
    for error in refused.errors if refused is not None else ():
        assert error.problem
        assert error.where is not None
        assert error.where.file != str(file) or 1 <= error.where.line <= text.count("\n") + 2
        assert error.where.column >= 1
    return refused


def refusal(reading: Callable[[], object]) -> ScenarioErrors | None:
    try:
        reading()
    except ScenarioErrors as refused:
        return refused
    return None


class Pairs(list[tuple[str, Any]]):
    """A mapping in which a key can stand twice."""


def changeable(node: Node) -> Any:
    """The value as lists, `Pairs` and scalars."""
    match node:
        case Scalar():
            return node.value
        case Items():
            return [changeable(item) for item in node.nodes]
        case Map():
            return Pairs((entry.key, changeable(entry.node)) for entry in node)


def flow(value: Any) -> str:
    """As YAML on one line."""
    if isinstance(value, Pairs):
        return "{" + ", ".join(f"{json.dumps(key)}: {flow(member)}" for key, member in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value)


def mappings(value: Any) -> list[Pairs]:
    """All mappings in it, that have something in them."""
    own = [value] if isinstance(value, Pairs) and value else []
    members = [member for _, member in value] if isinstance(value, Pairs) else value if isinstance(value, list) else []
    return own + [found for member in members for found in mappings(member)]


OTHERS: list[Any] = [
    None,
    True,
    0,
    -1.5,
    10**30,
    "",
    "x",
    "3",
    "/(/",
    "${",
    "${case.x}",
    "${NOBODY}",
    "2s",
    [],
    [[]],
    ["x"],
    Pairs(),
    Pairs([("x", 1)]),
]
"""Values of all types, among them what is hard to read."""


def documents(file: Path) -> list[Any]:
    problems = Problems()
    nodes = parse(file.read_text(encoding="utf-8"), str(file), problems)
    assert not problems.errors
    return [changeable(node) for node in nodes]


def test_there_are_scenarios_to_change() -> None:
    assert len(SHIPPED) >= 50


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.relative_to(ROOT)))
def test_written_anew_it_is_what_it_was(file: Path) -> None:
    text = "\n---\n".join(map(flow, documents(file)))
    refused = only_located_errors(text, file)
    names = {error.problem.split(":")[0] for error in refused.errors} if refused is not None else set()
    assert all("environment has no" in name or name.startswith("${") for name in names), refused


@quick
@given(st.sampled_from(SHIPPED), st.integers(0), st.integers(0), st.sampled_from(["delete", "rename", "duplicate", "retype", "swap"]), st.data())
def test_one_key_changed(file: Path, which: int, key: int, change: str, data: st.DataObject) -> None:
    made = documents(file)
    found = mappings(made)
    mapping = found[which % len(found)]
    at = key % len(mapping)
    name, value = mapping[at]
    match change:
        case "delete":
            del mapping[at]
        case "rename":
            mapping[at] = (
                data.draw(st.sampled_from([name[:-1], name + "s", name.upper(), "_" + name, name.replace("_", "-"), "say", "within"])),
                value,
            )
        case "duplicate":
            mapping.append((name, value))
        case "retype":
            mapping[at] = (name, data.draw(st.sampled_from(OTHERS)))
        case "swap":
            mapping[at] = (name, deepcopy(data.draw(st.sampled_from(found))))
    refused = only_located_errors("\n---\n".join(map(flow, made)), file)
    if change == "duplicate":
        assert refused is not None
        assert any("is written twice" in error.problem for error in refused.errors)


@quick
@given(st.sampled_from(SHIPPED), st.integers(0))
def test_cut_off_at_any_byte(tmp_path: Path, file: Path, at: int) -> None:
    data = file.read_bytes()
    cut = tmp_path / "cut.yaml"
    cut.write_bytes(data[: at % (len(data) + 1)])
    refused = refusal(lambda: load(cut, env={}))
    assert refused is None or all(error.where is not None and error.problem for error in refused.errors)


@quick
@given(st.sampled_from(SHIPPED), st.integers(0), st.integers(0, 8), st.text(alphabet="{}[]:,-&*!|>'\"%@#?$ \n\t\u00a0x1", max_size=3))
def test_a_slip_of_the_pen_anywhere(file: Path, at: int, cut: int, put: str) -> None:
    text = file.read_text(encoding="utf-8")
    at %= len(text)
    only_located_errors(text[:at] + put + text[at + cut :], file)
