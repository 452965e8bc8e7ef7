"""Packages from npm for tests that need them, installed once into `JAMBONZ_SIM_NPM_CACHE` (default `.cache/npm` in the repository)."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import NoReturn

import pytest

CACHE = Path(os.environ.get("JAMBONZ_SIM_NPM_CACHE") or Path(__file__).parents[1] / ".cache" / "npm")


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test with a reason, except in CI (`CI` set), where it must run."""
    if os.environ.get("CI"):
        pytest.fail(f"this test must run in CI: {reason}")
    pytest.skip(reason)


class NotInstalled(Exception):
    """There is no Node.js here, or npm could not fetch a package; says which."""


def installed(*packages: str) -> Path:
    """The folder with these packages, for a test: it is skipped (in CI: fails) where they cannot be had."""
    try:
        return install(*packages)
    except NotInstalled as reason:
        skip_or_fail(str(reason))


def install(*packages: str) -> Path:
    """The folder with these packages. They are installed aside and moved into place, so parallel runs do not meet half of them."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise NotInstalled("node and npm are not installed")
    folder = CACHE / "+".join(package.replace("/", "+") for package in packages)
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        CACHE.joinpath(".gitignore").write_text("*\n", "utf-8")
        aside = Path(mkdtemp(dir=CACHE))
        command = ["npm", "install", "--prefix", str(aside), "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", *packages]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=180, text=True)
            aside.rename(folder)
        except (subprocess.SubprocessError, OSError) as error:
            shutil.rmtree(aside, ignore_errors=True)
            if not folder.exists():
                said = [line for line in str(getattr(error, "stderr", None) or error).splitlines() if "error" in line]
                raise NotInstalled(f"npm could not install {' '.join(packages)}: {' / '.join(said[:3]) or repr(error)}") from error
    return folder


def locked(source: Path) -> Path:
    """The folder with the packages that `source`/package-lock.json pins, for a test: it is skipped (in CI: fails) where they cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        skip_or_fail("node and npm are not installed")
    lock = source / "package-lock.json"
    folder = CACHE / f"{source.name}-{sha256(lock.read_bytes()).hexdigest()[:16]}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        CACHE.joinpath(".gitignore").write_text("*\n", "utf-8")
        aside = Path(mkdtemp(dir=CACHE))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, aside)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            subprocess.run(command, cwd=aside, check=True, capture_output=True, timeout=180, text=True)
            aside.rename(folder)
        except (subprocess.SubprocessError, OSError) as error:
            shutil.rmtree(aside, ignore_errors=True)
            if not folder.exists():
                skip_or_fail(f"npm could not install what {lock} pins: {str(getattr(error, 'stderr', None) or error).strip()[-300:]}")
    return folder
