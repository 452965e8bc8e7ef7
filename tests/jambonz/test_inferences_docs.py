"""The page on inferences names places in the code that are there, and that say of themselves what they do."""

from __future__ import annotations

import re
from importlib import import_module
from inspect import getsource
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "inferences.md"
ROWS = [line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ") and "`simulator." in line]


@pytest.mark.parametrize("where", sorted({row[-1].strip("` ") for row in ROWS}))
def test_every_place_is_there_and_documented(where: str) -> None:
    module, _, path = where.partition(":")
    found: Any = import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    if callable(found):
        assert found.__doc__, f"{where} has no docstring"
    else:
        assert re.search(rf'^{path} = .*?\n"""', getsource(import_module(module)), re.MULTILINE | re.DOTALL), f"{where} has no docstring"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_row_has_an_inference_its_default_and_its_place(row: list[str]) -> None:
    assert len(row) == 3
    assert all(cell.strip() for cell in row)


MARKED = (
    "cancels the response",
    "truncates",
    "playback_started",
    "audio of a session",
    "key of the caller",
    r"`\|`",
    "selects another subprotocol",
    "beta dialect",
    "output that is no text",
    "at a bad moment",
)
"""What is marked [I] in sections 1.1, 6.1, 6.2, 6.5, 6.6 and 6.9 of the protocol notes."""


@pytest.mark.parametrize("told", MARKED)
def test_every_inference_of_the_notes_is_on_the_page(told: str) -> None:
    assert any(told in row[0] for row in ROWS)
