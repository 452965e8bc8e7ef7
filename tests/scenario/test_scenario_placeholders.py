"""`${…}` is filled in before a scenario is read."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from simulator.errors import ScenarioError, ScenarioErrors, Where
from simulator.scenario import fakes
from simulator.scenario.document import Map, Problems, parse, plain
from simulator.scenario.fakes import _fakes
from simulator.scenario.fakes import fake as fake_of
from simulator.scenario.placeholders import Filler
from simulator.scenario.scenario import schema

CITY = {"CITY": "Berlin", "COUNT": "3", "EMPTY": "", "NESTED": "${CITY}", "YES": "true"}


def filled(text: str, case: str | None = None, seed: int = 0) -> Any:
    problems = Problems()
    (node,) = parse(text, "a.yaml", problems)
    of = parse(case, "a.yaml", problems)[0] if case else None
    assert of is None or isinstance(of, Map)
    found = Filler(CITY, problems, seed, of).fill(node)
    problems.raise_if_any()
    return plain(found)


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("${CITY}", "Berlin"),
        ('"${CITY}"', "Berlin"),
        ("to ${CITY} and back", "to Berlin and back"),
        ("${CITY}${CITY}", "BerlinBerlin"),
        ("${NOPE:-Paris}", "Paris"),
        ("${EMPTY:-Paris}", "Paris"),
        ("a${EMPTY}b", "ab"),
        ("${CITY:-Paris}", "Berlin"),
        ("${NOPE:-}", None),
        ('"${NOPE:-}"', ""),
        ("${NOPE:-a:-b c}", "a:-b c"),
        ("${COUNT}", 3),
        ('"${COUNT}"', "3"),
        ("${COUNT}00ms", "300ms"),
        ("${COUNT}${COUNT}", 33),
        ("${YES}", True),
        ("${NESTED}", "${CITY}"),
        ("$${CITY}", "${CITY}"),
        ("a $${CITY} ${CITY} $ {b} $5", "a ${CITY} Berlin $ {b} $5"),
        ("no placeholder", "no placeholder"),
    ],
)
def test_the_environment_fills_text(written: str, becomes: Any) -> None:
    assert filled(f"- {written}") == [becomes]


def test_keys_are_filled_too() -> None:
    assert filled("${CITY}: 1\nb: {'a ${COUNT}': 2}") == {"Berlin": 1, "b": {"a 3": 2}}


def test_the_variables_of_a_case_keep_their_type() -> None:
    case = "{name: x, number: 5, list: [1, 2], deep: {er: {city: Rome}}, none: null, text: '5'}"
    assert filled(
        "- ${case.number}\n- '${case.number}'\n- n${case.number}\n- ${case.list}\n- ${case.deep}\n- ${case.deep.er.city}\n"
        "- ${case.none}\n- ${case.text}\n- ${case.other:-7}\n- in ${case.deep.er.city}",
        case,
    ) == [5, 5, "n5", [1, 2], {"er": {"city": "Rome"}}, "Rome", None, "5", 7, "in Rome"]


def test_fakes_are_drawn_from_the_seed_and_the_name_alone() -> None:
    first = filled("{a: '${fake.city}', b: '${fake.city}', c: 'in ${fake.city}'}")
    assert first["a"] == first["b"]
    assert first["c"] == f"in {first['a']}"
    assert filled("['${fake.name}', '${fake.city}']")[1] == first["a"], "one more fake does not change the others"
    assert filled("${fake.city}", seed=1) != first["a"]
    assert filled("${fake.phone}").startswith("+1")
    assert len(filled("${fake.phone}")) == 12
    assert isinstance(filled("${fake.postcode}"), str), "a fake is text even if it looks like a number"


def test_faker_is_not_imported_without_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faker", None)
    assert filled("${CITY}") == "Berlin"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("${CTIY}", "the environment has no CTIY\n    did you mean ${CITY}? Set it, or write ${CTIY:-default}."),
        ("${city}", "the environment has no city\n    did you mean ${case.city}? Set it, or write ${city:-default}."),
        ("${HOME_TOWN}", "the environment has no HOME_TOWN\n    Set it, or write ${HOME_TOWN:-default}."),
        (
            "${}",
            "${} is not a placeholder\n    write ${NAME}, ${NAME:-default}, ${case.name} or ${fake.phone}; and $${ if the text is meant to hold ${",
        ),
        (
            "${a b}",
            "${a b} is not a placeholder\n"
            "    write ${NAME}, ${NAME:-default}, ${case.name} or ${fake.phone}; and $${ if the text is meant to hold ${",
        ),
        ("${CITY", "a ${ without its }\n    close it, or write $${ if the text is meant to hold ${"),
        ("x ${CI{TY}}", "a ${ without its }\n    close it, or write $${ if the text is meant to hold ${"),
        (
            "${cases.x}",
            "${cases.x}: there is nothing called 'cases'\n"
            "    did you mean 'case'? Known: case, fake. A variable of the environment has no dot in its name.",
        ),
        ("${case.citi}", "${case.citi}: this case has no 'citi'\n    did you mean 'city'? Known: name, city, list."),
        ("${case.city.x}", "${case.city.x}: there is no 'x', because what it should be in is not a mapping"),
        ("a ${case.list}", "${case.list} is a list and cannot stand inside of text\n    let it stand alone"),
        (
            "${fake.phon}",
            "there is no fake 'phon'\n    did you mean ${fake.phone}? For example: phone, name, first_name, last_name, city, country, "
            "street_address, company, email, word, sentence; all that need no argument: faker.readthedocs.io.",
        ),
        (
            "${fake.binary}",
            "the fake 'binary' is not a text\n    For example: phone, name, first_name, last_name, city, country, "
            "street_address, company, email, word, sentence; all that need no argument: faker.readthedocs.io.",
        ),
    ],
)
def test_what_cannot_be_filled_is_explained(written: str, said: str) -> None:
    with pytest.raises(ScenarioErrors) as raised:
        filled(f"a:\n  - '{written}'", "{name: x, city: Berlin, list: []}")
    assert str(raised.value) == f"a.yaml:2:5: {said}"


@pytest.mark.parametrize("name", ["seed_instance", "add_provider", "__class__", "providers", "enum", "_x", "random"])
def test_only_what_makes_text_is_a_fake(name: str) -> None:
    with pytest.raises(ScenarioErrors, match="fake"):
        filled(f"${{fake.{name}}}")


def test_two_keys_cannot_become_one() -> None:
    with pytest.raises(ScenarioErrors, match=r"a.yaml:2:1: the key 'Berlin' is written twice\n    \${CITY} is the same key"):
        filled("Berlin: 1\n${CITY}: 2")


def test_cases_cannot_grow_without_end() -> None:
    problems = Problems()
    (case,) = parse(f"name: x\nlist: {list(range(5000))}", "a.yaml", problems)
    (node,) = parse("\n".join(["- ${case.list}"] * 200), "a.yaml", problems)
    assert isinstance(case, Map)
    with pytest.raises(Exception, match="the scenario and its cases grow to more than 500000 values"):
        Filler({}, problems, 0, case).fill(node)


def test_every_fake_is_text_or_a_located_error() -> None:
    made, refused = [], []
    for name in sorted(set(_fakes()) - {"image", "zip", "tar", "binary"}):  # large, and refused anyway
        try:
            made.append(fake_of(name, 0, Where("a", 1, 1)))
        except ScenarioError as error:
            refused.append(error.where)
    assert {type(value) for value in made} == {str}
    assert set(refused) == {Where("a", 1, 1)}
    assert len(made) > 150


@pytest.mark.parametrize("name", [*dict.fromkeys(name for names in fakes.COMMON.values() for name in names)])
def test_the_fakes_that_editors_name_can_be_made(name: str) -> None:
    where = Where("a.yaml", 1, 1)
    assert fake_of(name, 0, where)
    assert fake_of(name, 0, where) == fake_of(name, 0, where)
    assert f"{name}" in str(schema()["$defs"]["placeholder"]["description"])


def test_fakes_of_dates_do_not_depend_on_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are drawn from the time until a fixed day, not until now."""
    where = Where("a.yaml", 1, 1)
    monkeypatch.setattr(fakes, "LATEST", 365 * 86_400)
    assert {fake_of("date", f"unused {seed}", where)[:4] for seed in range(20)} == {"1970"}
