"""Every script that was recorded on the real feature server is played on ours; what the application sees must be the same.

The recordings are looked for in the folder that JAMBONZ_SIM_VECTORS names, else in `../shared/vectors/feature_server`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fidelity.compare import difference
from tests.fidelity.playing import play
from tests.fidelity.script import SUFFIX, recording_beside, scripts_in

BESIDE_US = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "feature_server"
VECTORS = Path(os.environ.get("JAMBONZ_SIM_VECTORS") or BESIDE_US)
SCRIPTS = scripts_in(VECTORS)


def test_there_are_recordings_to_compare_with() -> None:
    if not SCRIPTS:
        pytest.skip(f"no *{SUFFIX} in {VECTORS}: set JAMBONZ_SIM_VECTORS to the folder with the recordings of the real feature server")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name.removesuffix(SUFFIX))
def test_the_application_sees_what_the_real_feature_server_shows_it(path: Path) -> None:
    found = difference(recording_beside(path), play(path).masked())
    assert found is None, f"{found}\n    see both: python -m tests.fidelity {path.parent} --out /tmp/ours --only {path.name.removesuffix(SUFFIX)}"
