"""The page that is shipped is the one that `web/` makes: built again it is the same, its types hold, and its pure parts do what they say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.npm import locked
from tests.playing import ROOT

WEB = ROOT / "web"
SHIPPED = ROOT / "simulator/report/page"


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `web/` with exactly the packages that its lockfile pins."""
    packages = locked(WEB)
    folder = tmp_path_factory.mktemp("front_end") / "web"
    shutil.copytree(WEB, folder, ignore=shutil.ignore_patterns("node_modules", "build"))
    (folder / "node_modules").symlink_to(packages / "node_modules")
    return folder


def node(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["node", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"node {' '.join(arguments)}:\n{done.stdout[-6_000:]}\n{done.stderr[-2_000:]}"
    return done.stdout


def test_what_is_shipped_is_what_the_sources_make(workshop: Path) -> None:
    node(workshop, "build.mjs", "--out", "made")
    made, shipped = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in (workshop / "made", SHIPPED))
    assert made.keys() == shipped.keys()
    old = [name for name in made if made[name] != shipped[name]]
    assert not old, f"{', '.join(old)}: the sources in web/ have changed: run `make page`, and commit what it makes"


def test_types_hold(workshop: Path) -> None:
    node(workshop, "node_modules/typescript/bin/tsc", "--noEmit")


def test_the_pure_parts_do_what_they_say(workshop: Path) -> None:
    node(workshop, "build.mjs", "--tests")
    tests = sorted(str(path.relative_to(workshop)) for path in (workshop / "build/test").glob("*.mjs"))
    told = node(workshop, "--test", *tests)
    assert "# fail 0" in told
    assert "# pass 0" not in told


def test_every_package_of_the_front_end_is_pinned() -> None:
    text = (WEB / "package.json").read_text(encoding="utf-8")
    assert '"dependencies"' not in text, "what is bundled is needed by nobody who runs us"
    assert not any(sign in text.partition('"devDependencies"')[2] for sign in "^~*")
    assert "dangerouslySetInnerHTML" not in "".join(path.read_text(encoding="utf-8") for path in (WEB / "src").rglob("*.ts*"))
