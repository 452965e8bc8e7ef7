"""From files to scenarios: everything that is wrong with a file is said at once, before any call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from simulator.errors import ScenarioError, Where, did_you_mean
from simulator.scenario import document
from simulator.scenario.captured import fill
from simulator.scenario.document import Items, Map, Node, Problems, Scalar
from simulator.scenario.folders import collect
from simulator.scenario.phone import Phone
from simulator.scenario.placeholders import Filler
from simulator.scenario.scenario import Scenario, schema
from simulator.scenario.schema import build
from simulator.scenario.settings import CallSettings, JambonzSettings, ModelSettings, ReferSettings, SipSettings, SpeechSettings
from simulator.scenario.shapes import found
from simulator.scenario.steps import Step, lines_of
from simulator.scenario.steps.registry import CallLine

__all__ = [
    "CallSettings", "JambonzSettings", "ModelSettings", "ReferSettings", "Scenario", "SipSettings", "SpeechSettings",
    "collect", "load", "loads", "schema",
]  # fmt: skip

MAX_CASES = 1_000


def load(path: str | Path, *, env: Mapping[str, str], seed: int | None = None) -> list[Scenario]:
    """The scenarios of a file, one for each document and case. `seed` replaces theirs. Raises ScenarioErrors."""
    problems = Problems()
    return _scenarios(document.read(Path(path), problems), str(path), env, seed, problems)


def loads(text: str, file: str = "scenario.yaml", *, env: Mapping[str, str] | None = None, seed: int | None = None) -> list[Scenario]:
    """Like `load`, of a text that might stand in `file`."""
    problems = Problems()
    return _scenarios(document.parse(text, file, problems), file, env or {}, seed, problems)


def _scenarios(documents: list[Node], file: str, env: Mapping[str, str], seed: int | None, problems: Problems) -> list[Scenario]:
    made: list[Scenario] = []
    written = [node for node in documents if not (isinstance(node, Scalar) and node.value is None and not node.broken)]
    if not written and not problems.errors:
        problems.add(Where(file, 1, 1), "the file is empty", "a scenario has at least name: and steps:")
    for node in written:
        if isinstance(node, Map):
            try:
                made += _cases(node, env, seed, problems)
            except ScenarioError as error:
                problems.errors.append(error)
        elif not (isinstance(node, Scalar) and node.broken):
            problems.add(node.where, f"a scenario is a mapping, found {found(node)}", "begin with name: and steps:")
    _check_names(made, problems)
    problems.raise_if_any()
    return made


def _check_names(made: list[Scenario], problems: Problems) -> None:
    first: dict[str, Scenario] = {}
    for scenario in made:
        other = first.setdefault(scenario.id, scenario)
        if other is not scenario:
            problems.add(scenario.where, f"{scenario.id!r} is already the name of the scenario in line {other.where.line}", "give each its own name")


def _cases(node: Map, env: Mapping[str, str], seed: int | None, problems: Problems) -> Iterator[Scenario]:
    """The scenario of one document, or one for each of its cases."""
    written = node.entries.get("cases")
    if written is None:
        made = _scenario(node, Filler(env, problems), seed)
        if made is not None:
            yield made
        return
    rest = document.map_of({key: entry for key, entry in node.entries.items() if key != "cases"}, node.where)
    filler = Filler(env, problems, _seed(node, None, env, seed))
    cases = filler.fill(written.node)
    if not isinstance(cases, Items) or not cases.nodes:
        if not (isinstance(cases, Scalar) and cases.broken):
            what = "an empty list" if isinstance(cases, Items) else found(cases)
            problems.add(cases.where, f"cases: expected a list of mappings, found {what}", "for example cases: [{name: Berlin, city: Berlin}]")
        return
    if len(cases.nodes) > MAX_CASES:
        problems.add(cases.where, f"there are {len(cases.nodes)} cases, and {MAX_CASES} are possible", "split the scenario")
        return
    names: set[str] = set()
    for case in cases.nodes:
        name = _case_name(case, names, problems)
        if isinstance(case, Map) and name is not None:
            filler.case = case
            made = _scenario(rest, filler, seed)
            if made is not None:
                yield replace(made, case=name)


def _case_name(case: Node, names: set[str], problems: Problems) -> str | None:
    if not isinstance(case, Map):
        if not (isinstance(case, Scalar) and case.broken):
            problems.add(case.where, f"a case is a mapping, found {found(case)}", "for example - {name: Berlin, city: Berlin}")
        return None
    entry = case.entries.get("name")
    if entry is None:
        problems.add(case.where, "this case has no name", "name: what makes it different")
        return None
    node = entry.node
    if not isinstance(node, Scalar) or node.value is None or not node.written.strip():
        if not (isinstance(node, Scalar) and node.broken):
            problems.add(node.where, f"the name of a case is text, found {found(node)}", "name: what makes it different")
        return None
    if node.written in names:
        problems.add(node.where, f"there is a case {node.written!r} already", "give each its own name")
        return None
    names.add(node.written)
    return node.written


def _scenario(node: Map, filler: Filler, seed: int | None) -> Scenario | None:
    filler.seed = _seed(node, filler.case, filler.env, seed)
    filled = fill(node, filler)
    made = build(Scenario, filled, filler.problems)
    _check_phones(filled, filler.problems)
    return made if made is None or seed is None else replace(made, seed=seed)


def _check_phones(scenario: Node, problems: Problems) -> None:
    """Whoever a step is about has a phone; said at the name, whatever else is wrong."""
    phones, steps = (scenario.entries[key].node if isinstance(scenario, Map) and key in scenario.entries else None for key in ("phones", "steps"))
    if not isinstance(steps, Items) or not (phones is None or isinstance(phones, Map)):
        return
    names = list(phones.entries) if phones is not None else []
    for doing in _doings(steps):
        who = doing.entries.get("who") if isinstance(doing, Map) else None
        if who is not None and isinstance(who.node, Scalar) and not who.node.broken and who.node.value is not None and who.node.written not in names:
            remedy = did_you_mean(who.node.written, names) or f"name it: phones: {{{who.node.written}: '+15551234567'}}"
            problems.add(who.node.where, f"who: there is no phone {who.node.written!r}", remedy)


def check_phones(steps: Iterable[Step], phones: Mapping[str, Phone], problems: Problems) -> None:
    """The same for steps that were not read from a file."""
    for step in (line for each in steps for line in lines_of(each)):
        if isinstance(step, CallLine) and step.who is not None and step.who not in phones:
            problems.add(step.where, f"who: there is no phone {step.who!r}", did_you_mean(step.who, list(phones)))


def _doings(steps: Items) -> Iterator[Node]:
    """What the steps do, also those inside of blocks."""
    for entry in (entry for step in steps.nodes if isinstance(step, Map) for entry in step):
        if isinstance(entry.node, Items):
            yield from _doings(entry.node)
        else:
            yield entry.node


def _seed(node: Map, case: Map | None, env: Mapping[str, str], seed: int | None) -> int:
    """What fakes are drawn from. What is wrong with the seed itself is said when the scenario is built."""
    if seed is not None:
        return seed
    entry = node.entries.get("seed")
    if entry is None or not isinstance(entry.node, Scalar) or "fake." in entry.node.written:
        return 0
    filled = Filler(env, Problems(), 0, case).fill(entry.node)
    value = document.resolve(filled.written) if isinstance(filled, Scalar) else 0
    return value if isinstance(value, int) else 0
