"""Every example in README.md and docs/ does what the page says."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from simulator.modes.config import find
from tests.docs import transcript
from tests.docs.page import SCHEMA, Block, Section, sections
from tests.docs.workshop import ELSEWHERE, ROOT, Workshop

PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
OTHERS = ("model-server.md", "python.md")
"""Pages whose examples tests of their own run: tests/modes/openai/test_openai_page.py, tests/modes/simulate/test_python_docs.py."""

SECTIONS = [section for page in PAGES if page.name not in OTHERS for section in sections(page)]
NOT_RUN_HERE = ("make test", "make check", "make bench", "make format", "make help", "make page")
"""Targets that run this test, or whose output is nothing to read."""


@pytest.mark.parametrize("section", SECTIONS, ids=str)
def test_a_section_does_what_it_says(section: Section, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, section)
    for block in section.blocks:
        if block.file_name and (ROOT / block.file_name).exists():
            _is_an_excerpt(block)
        elif block.file_name:
            _is_a_file(block, workshop)
        elif block.language == "console":
            _is_entered(block, workshop)
        elif block.language:
            raise AssertionError(f"{block.where}: nothing runs this block; begin it with the name of its file, or show a command")
    _are_played(workshop, "".join(block.text for block in section.blocks if block.language == "console"))


def _is_an_excerpt(block: Block) -> None:
    """A block that names a file of the clone shows what stands there; `…` on a line leaves something out."""
    there = [line for line in (ROOT / str(block.file_name)).read_text("utf-8").splitlines() if not line.startswith(SCHEMA)]
    shown = [line for line in block.body.splitlines() if line.strip()]
    assert transcript.differs(("…", *shown, "…"), there) is None, f"{block.where}: {block.file_name} says something else"


def _is_a_file(block: Block, workshop: Workshop) -> None:
    """A file that a reader is to write can be read by whom it is for."""
    path = Path(str(block.file_name))
    match path.suffix:
        case ".yaml" | ".yml":
            assert list(yaml.safe_load_all(block.body.replace("!include ", ""))), f"{block.where}: this file is empty"
        case ".toml":
            assert tomllib.loads(block.body), f"{block.where}: this file is empty"
            assert find(workshop.folder, {}).file.endswith(path.name), f"{block.where}: this is not where configuration is looked for"
        case ".py":
            compile(block.body, block.where, "exec")


def _is_entered(block: Block, workshop: Workshop) -> None:
    environment = dict(pair.split("=", 1) for pair in block.told.get("env", "").split())
    for entered in transcript.read(block.text):
        if entered.command.startswith((*ELSEWHERE, *NOT_RUN_HERE)):
            assert not entered.printed, f"{block.where}: nobody sees whether `{entered.command}` prints this"
            continue
        problem = transcript.differs(entered.printed or ("…",), workshop.enter(entered.command, environment).lines)
        assert problem is None, f"{block.where}: {entered.command}\n{problem}"


def _are_played(workshop: Workshop, entered: str) -> None:
    """Files of a section that none of its commands names are played all the same, and pass."""
    scenarios = [
        name
        for name, block in workshop.files.items()
        if name.endswith(".yaml") and not Path(name).name.startswith("_") and "steps:" in block.body and name not in entered
    ]
    tests = [name for name in workshop.files if Path(name).name.startswith("test_") and name not in entered]
    if scenarios and "jambonz-sim run" not in entered and "pytest" not in entered:
        _succeeds(workshop, f"jambonz-sim run {' '.join(scenarios)}")
    if tests and "pytest" not in entered:
        _succeeds(workshop, f"pytest -q {' '.join(tests)}")


def _succeeds(workshop: Workshop, command: str) -> None:
    printed = workshop.enter(command, {})
    assert printed.code == 0, "\n".join(printed.lines)
