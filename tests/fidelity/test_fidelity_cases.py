"""Scripts of our own against what protocol/jambonz.md says of them, where no recording is at hand."""

from __future__ import annotations

import json

import pytest

from tests.fidelity.cases import CASES
from tests.fidelity.cases.case import Case, Json
from tests.fidelity.cases.verbs import FATES, resolved
from tests.fidelity.playing import ignored_in, play_script
from tests.fidelity.script import Script


def recorded(document: Json) -> list[Json]:
    script = Script.of(json.loads(json.dumps(document)), document["name"])
    assert ignored_in(script) == []
    return play_script(script).masked()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_application_is_told_what_the_protocol_says(case: Case) -> None:
    problem = case.problem(recorded(case.document))
    assert problem is None, f"{case.section}\n{problem}"


@pytest.mark.parametrize(("name", "script", "fates"), FATES, ids=lambda value: value if isinstance(value, str) else "")
def test_requests_are_resolved_and_rejected_as_the_requestor_does(name: str, script: Json, fates: list[str]) -> None:
    assert resolved(recorded({"name": name, "level": 1, **script})) == fates


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) > 150
