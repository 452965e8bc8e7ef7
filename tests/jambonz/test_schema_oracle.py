"""Our verdict and text against the real package `@jambonz/verb-specifications` under Node.js.

Needs node and npm; the package is installed once into `JAMBONZ_SIM_NPM_CACHE` (default `.cache/npm` in the repository).
Without them, or without a registry, the tests are skipped, except in CI (`CI` set), where they must run.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from simulator.jambonz.profile import V0_9_8
from simulator.jambonz.schema import Refusal, check, normal_form
from simulator.jambonz.table import table
from tests.npm import installed

PACKAGE = "@jambonz/verb-specifications@0.1.13"
RUNNER = Path(__file__).parent / "oracle" / "verdicts.js"
RANDOM_LISTS = 6_000

ODD_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 1e21, 1e-7, 2**70, 10**20, "", "x", "été 😀"),
    *([], ["x"], [None], [[]], [{}], [1, [2, None, "a"]], {}, {"verb": "say"}, {"a": 1}, {"2": 1, "b": 1, "1": 1}),
]
ODD_KEYS = ["zzz", "Text", "verb", "_", "", "7", "toString", "constructor", "tExt", "é", "say"]
ODD_NAMES: list[Any] = ["dance", "agent", "transfer", "room", "Say", "", "qwen_s2s", None, 3, 1.0, True, ["say"], ["stream"], {}, "toString"]
ODD_ELEMENTS: list[Any] = [
    *(None, 1, "say", True, [], ["say"], [{}], [[]], ["say", {}], {}, {"text": "x"}, {"say": None}, {"say": "x"}, {"say": 1}, {"hangup": None}),
    *({"hangup": []}, {"hangup": "a"}, {"leave": False}, {"say": {}, "hangup": {}}, {"verb": "verb"}, {"stream": None}, {"s2s": "ab"}),
    *({"openai_s2s": None}, {"openai_s2s": "ab"}, {"google_s2s": []}, {"google_s2s": [1]}, {"deepgram_s2s": 5}, {"openai_s2s": ""}),
]
ODD_LISTS: list[Any] = [None, {}, {"verb": "say", "text": "x"}, "say", 0, True, []]


@pytest.fixture(scope="module")
def package() -> Path:
    """The folder with the installed package."""
    return installed(PACKAGE)


def ask(package: Path, lists: list[Any]) -> Iterator[dict[str, Any]]:
    """What the real package says: first its table, then a verdict for each list."""
    asked = "".join(json.dumps(verbs) + "\n" for verbs in lists)
    told = subprocess.run(["node", str(RUNNER), str(package)], input=asked, check=True, capture_output=True, timeout=120, text=True, encoding="utf-8")
    return (json.loads(line) for line in told.stdout.split("\n") if line)


def ours(verbs: Any) -> dict[str, Any]:
    """Our verdict, in the form of the oracle, without construction."""
    written = normal_form(verbs, V0_9_8)
    if isinstance(written, Refusal):
        return {"refused": written.text}
    for element in written:
        refusal = check(element, V0_9_8)
        if refusal is not None:
            return {"refused": refusal.text}
    return {"verbs": [{element.name: element.data} for element in written]}


def assert_agreement(package: Path, lists: list[Any]) -> list[dict[str, Any]]:
    _, *theirs = ask(package, lists)
    assert len(theirs) == len(lists)
    differing = [(verbs, real, ours(verbs)) for verbs, real in zip(lists, theirs, strict=True) if ours(verbs) != real]
    shown = "\n".join(f"{json.dumps(verbs)}\n    real: {real}\n    ours: {we}" for verbs, real, we in differing[:10])
    assert not differing, f"{len(differing)} of {len(lists)} lists differ:\n{shown}"
    return theirs


def valid_value(kind: str, random: Random, depth: int) -> Any:
    match kind[0]:
        case "#":
            return valid_data(kind[1:], random, depth + 1)
        case "[":
            return [valid_data(kind[2:-1], random, depth + 1) for _ in range(random.randrange(3))]
        case "=":
            return random.choice(kind[1:].split(","))
        case _:
            samples: dict[str, list[Any]] = {
                "string": ["", "x"],
                "number": [0, 2.5],
                "boolean": [True, False],
                "array": [[], ["a"]],
                "object": [{}, {"k": 1}, None, []],
            }
            return random.choice(samples.get(random.choice(kind.split("|")), [None]))


def valid_data(name: str, random: Random, depth: int = 0, chance: float = 0.3) -> dict[str, Any]:
    """Data the real server accepts for a verb or component, save for properties its own table has wrong."""
    shape = table().shapes.get(name)
    if shape is None:
        return {}
    keys = [key for key in shape.kinds if key in shape.needs or (depth < 3 and random.random() < chance)]
    random.shuffle(keys)
    return {key: valid_value(shape.kinds[key], random, depth) for key in keys}


def spoilt(value: Any, random: Random) -> Any:
    """The value with one change at a random depth: a strange value, a lost, renamed or strange property."""
    children = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if children and random.random() < 0.6:
        place = random.choice(children)
        value[place] = spoilt(value[place], random)
    elif isinstance(value, dict):
        match random.randrange(3):
            case 0 if value:
                del value[random.choice(list(value))]
            case 1 if value:
                value[random.choice(list(value))] = deepcopy(random.choice(ODD_VALUES))
            case _:
                value[random.choice(ODD_KEYS)] = deepcopy(random.choice(ODD_VALUES))
    elif random.random() < 0.8:
        return deepcopy(random.choice(ODD_VALUES))
    return value


def random_element(random: Random) -> Any:
    if random.random() < 0.04:
        return deepcopy(random.choice(ODD_ELEMENTS))
    name = random.choice(list(table().shapes) + 4 * sorted(table().verbs))
    data = valid_data(name, random)
    words = [word for word, synonym in V0_9_8.synonyms.items() if synonym.verb == name]
    word = random.choice(words) if words and random.random() < 0.6 else name
    if random.random() < 0.03:
        word = deepcopy(random.choice(ODD_NAMES))
    if random.random() < 0.4:
        data = spoilt(data, random)
    if isinstance(word, str) and random.random() < 0.3:
        return {word: data}
    return {**data, "verb": word} if isinstance(data, dict) else {str(word): data}


def random_lists(random: Random, count: int) -> list[Any]:
    return [
        deepcopy(random.choice(ODD_LISTS)) if random.random() < 0.01 else [random_element(random) for _ in range(random.choice([1, 1, 1, 2, 3]))]
        for _ in range(count)
    ]


def test_our_table_knows_the_same_verbs_components_and_properties(package: Path) -> None:
    real = next(ask(package, []))["shapes"]

    assert {name: sorted(shape.kinds) for name, shape in table().shapes.items()} == {name: sorted(keys) for name, keys in real.items()}


def test_every_property_is_judged_alike_for_every_kind_of_value(package: Path) -> None:
    random = Random("every property")
    lists: list[Any] = []
    for name, shape in table().shapes.items():
        needed = {key: valid_value(shape.kinds[key], random, 3) for key in shape.needs}
        lists += [[{name: {**needed, key: value}}] for key in shape.kinds for value in ODD_VALUES]
        lists += [[{name: {**needed, key: valid_value(kind, random, 0)}}] for key, kind in shape.kinds.items()]
        lists += [[{name: {key: value for key, value in needed.items() if key != left_out}}] for left_out in shape.needs]
        lists += [[{name: {**needed, key: 1}}] for key in ODD_KEYS] + [[{"verb": name}]]

    theirs = assert_agreement(package, lists)

    assert len(lists) > 10_000
    assert sum("verbs" in verdict for verdict in theirs) > 2_000


def test_odd_elements_and_lists_are_judged_alike(package: Path) -> None:
    named = [[{"verb": name, "text": "x"}] for name in ODD_NAMES]
    second = [[{"verb": "dance"}, element] for element in ODD_ELEMENTS]

    assert_agreement(package, ODD_LISTS + [[element] for element in ODD_ELEMENTS] + named + second)


@pytest.mark.parametrize("seed", ["bell", "book", "candle"])
def test_random_lists_are_judged_alike(package: Path, seed: str) -> None:
    theirs = assert_agreement(package, random_lists(Random(seed), RANDOM_LISTS))

    accepted = sum("verbs" in verdict for verdict in theirs)
    assert RANDOM_LISTS * 0.1 < accepted < RANDOM_LISTS * 0.9, "the lists should be neither all good nor all bad"
