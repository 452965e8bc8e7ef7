"""The methods are those of the language, and stand as they are generated."""

from __future__ import annotations

import inspect

import pytest

from simulator.errors import Where
from simulator.modes.simulate import generate, steps
from simulator.modes.simulate.call import Phone
from simulator.modes.simulate.writing import step_of
from simulator.scenario.schema import key_of
from simulator.scenario.steps.registry import ACTORS, Line
from tests.playing import ROOT

STEPS = [pytest.param(actor, word, cls, id=f"{actor}.{word}") for actor in ACTORS for word, cls in ACTORS[actor].steps.items()]


def test_the_methods_are_up_to_date() -> None:
    written = (ROOT / "simulator" / "modes" / "simulate" / "steps.py").read_text("utf-8")
    assert written == generate.source(), "run `make schema`"


@pytest.mark.parametrize(("actor", "word", "cls"), STEPS)
def test_every_step_has_a_method_with_all_its_options(actor: str, word: str, cls: type[Line]) -> None:
    method = getattr(getattr(steps, actor.title()), word)
    parameters = {name.removesuffix("_") for name in inspect.signature(method).parameters} - {"self"}
    keys = {key_of(name) for name in cls.__dataclass_fields__ if not name.isupper()} - {"where", "actor", "words"}
    elsewhere = {"absent"} | (set() if actor == "world" else {"who"})
    assert keys - elsewhere - {word} <= parameters
    assert method.__doc__


def test_a_method_says_the_step_that_it_is_named_after() -> None:
    said: list[tuple[str, object]] = []
    bob = Phone(lambda actor, doing, _: said.append((actor, doing)), "bob")
    bob.say("Hello", within=2)
    bob.answer()
    bob.hang_up()
    bob.model.call("look", with_={"a": 1}, thinks="1s")
    bob.expect.say("/x/")
    bob.expect_no.say("*", within=1)
    assert said == [
        ("caller", {"say": "Hello", "within": 2, "who": "bob"}),
        ("caller", {"answer": True, "who": "bob"}),
        ("caller", {"hang_up": True, "who": "bob"}),
        ("model", {"call": "look", "with": {"a": 1}, "thinks": "1s", "who": "bob"}),
        ("expect", {"say": "/x/", "who": "bob"}),
        ("expect", {"say": "*", "within": 1, "who": "bob", "absent": True}),
    ]


def test_a_step_knows_the_line_that_asked_for_it() -> None:
    places: list[Where] = []
    caller = steps.Caller[None](lambda _actor, _doing, where: places.append(where))
    line = inspect.currentframe().f_lineno  # type: ignore[union-attr]
    _ = [caller.say("Hello"), caller.press("1")]
    caller.say(
        "Hello",
    )
    here = "tests/modes/simulate/test_generated.py"
    assert [str(place) for place in places] == [f"{here}:{line + 1}:10", f"{here}:{line + 1}:31", f"{here}:{line + 2}:5"]


def test_it_is_the_very_step_of_a_scenario() -> None:
    from simulator.scenario.load import loads

    (scenario,) = loads("name: a\nsteps:\n  - model: {call: look, with: {at: [1, 2.5, null, true]}, thinks: 1.5s}\n")
    made = step_of("model", {"call": "look", "with": {"at": (1, 2.5, None, True)}, "thinks": 1.5}, Where("test.py", 1, 1), {})
    assert made == scenario.steps[0]
