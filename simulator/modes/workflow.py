"""The GitHub Actions workflow that plays every call on every push."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

WORKFLOW = Path(".github", "workflows", "calls.yml")


def installed_from() -> str | None:
    """What pip was told to install us from, as far as another machine can follow it. A name alone only when an index had it: who
    installs a name that is not ours there gets a stranger's program."""
    try:
        us = metadata.distribution("jambonz-sim")
    except metadata.PackageNotFoundError:
        return None
    origin = us.read_text("direct_url.json")
    if origin is None:
        return f"jambonz-sim=={us.version}" if us.read_text("INSTALLER") else None
    with suppress(ValueError, KeyError, TypeError):
        content = json.loads(origin)
        url, vcs = urlsplit(content["url"]), content["vcs_info"]
        if url.scheme == "https" and url.hostname and re.fullmatch(r"[0-9a-f]{7,64}", vcs["commit_id"]) and re.fullmatch(r"[\w./~-]+", url.path):
            return f"{vcs['vcs']}+https://{url.hostname}{url.path}@{vcs['commit_id']}"  # without a user: that may be a key
    return None


def workflow(home: Path, root: Path, source: str | None, scenarios: str) -> str:
    """The text of the workflow: everything the application needs is installed, every scenario is played, journals of a failure are kept."""
    return "\n".join(_workflow_lines(home, root, source, scenarios)) + "\n"


def _workflow_lines(home: Path, root: Path, source: str | None, scenarios: str) -> Iterator[str]:
    folder = home.relative_to(root).as_posix()
    has = {name for name in ("package.json", "package-lock.json", "requirements.txt", "pyproject.toml") if (home / name).is_file()}
    yield from ["# Plays every call on every push.", "name: calls", "on: [push, pull_request]", "permissions: {contents: read}", "jobs:", "  calls:"]
    yield from ["    runs-on: ubuntu-latest", "    timeout-minutes: 15"]
    if folder != ".":
        yield from ["    defaults:", f"      run: {{working-directory: {json.dumps(folder)}}}"]
    yield from ["    steps:", "      - uses: actions/checkout@v4", "      - uses: actions/setup-python@v5", '        with: {python-version: "3.12"}']
    if "package.json" in has:
        yield from ["      - uses: actions/setup-node@v4", "        with: {node-version: 22}"]
        yield f"      - run: npm {'ci' if 'package-lock.json' in has else 'install'}"
    if "requirements.txt" in has:
        yield "      - run: pip install -r requirements.txt"
    elif "pyproject.toml" in has and _is_project(home / "pyproject.toml"):
        yield "      - run: pip install ."
    if source is None:
        yield from ["      # Where pip finds jambonz-sim: a variable of the repository, such as git+https://host/path@commit", "      - env:"]
        yield from ["          JAMBONZ_SIM: ${{ vars.JAMBONZ_SIM }}", '        run: pip install "$JAMBONZ_SIM"']
    else:
        yield f"      - run: pip install {json.dumps(source)}"
    journals = "journals" if folder == "." else f"{folder}/journals"
    yield f"      - run: jambonz-sim run {shlex.quote(scenarios)} --journal journals"
    yield from [
        "      - uses: actions/upload-artifact@v4",
        "        if: failure()",
        f"        with: {{name: journals, path: {json.dumps(journals)}}}",
    ]


def _is_project(file: Path) -> bool:
    with suppress(OSError, ValueError):
        return "project" in tomllib.loads(file.read_text(encoding="utf-8"))
    return False
