"""The desk at which mistakes are made."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mistakes.table import SECRETS, Desk, forget


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    """A folder of one's own, which is the working directory, and an environment with secrets in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in [one for one in os.environ if one.startswith(("JAMBONZ_SIM_", "GITHUB_")) or one in ("NO_COLOR", "FORCE_COLOR")]:
        monkeypatch.delenv(name)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    yield Desk(tmp_path, capsys)
    forget(tmp_path)
