"""Where a call may be kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import UsageError
from simulator.modes.live.keeping import place_of


@pytest.mark.parametrize(
    "file",
    ["../a.yaml", "/etc/a.yaml", "a.py", "a", "sub/../../a.yaml", "a\0.yaml", ".git/config", ".github/workflows/a.yaml", "x" * 5_000 + ".yaml"],
)
def test_only_scenario_files_below_the_folder_are_written(file: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no place for a scenario"):
        place_of(file, tmp_path)


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    assert place_of("calls/kept.yaml", tmp_path) == tmp_path / "calls" / "kept.yaml"
    (tmp_path / "kept.yaml").write_text("mine")
    with pytest.raises(UsageError, match="there already"):
        place_of("kept.yaml", tmp_path)


def test_a_link_that_leads_elsewhere_is_no_place(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "out").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="no place"):
        place_of("out/a.yaml", inside)
