"""`jambonz-sim doctor`: what is wrong with this setup, one line for each thing looked at, and how to mend it.

Nothing that is printed holds the value of a secret: names and places only.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal, TextIO
from urllib.parse import urlsplit

from simulator import __version__
from simulator.errors import SimError
from simulator.host import AppRef
from simulator.journal import redact
from simulator.modes.application import app_of
from simulator.modes.config import Config, find
from simulator.modes.first_call import tried, verbs_of
from simulator.modes.selection import collected
from simulator.process import PLACEHOLDER, answers
from simulator.report.text import explanation, printable
from simulator.scenario.load import collect

OLDEST_PYTHON = (3, 11)
NEEDED = {"aiohttp": "3.11", "faker": "30", "jsonschema": "4.21", "msgspec": "0.19", "numpy": "1.26", "pyyaml": "6.0.1", "websockets": "14.0"}
"""Packages we cannot do without, and from which version on; held against pyproject.toml by a test."""

KEY_NAME = re.compile(r"[A-Z0-9_]+_(?:API_KEY|SECRET|TOKEN)")
SIMULATED = re.compile(r"simulated|example|placeholder|dummy|fake|xxx|test", re.IGNORECASE)
SECRET_FILES = ("pyproject.toml", "jambonz-sim.toml")
MOST_LINES = 6
INDENT = "    "
"""What stands before a remedy in an error."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `remedy` says what to do about a problem; `exit_code` is what it means to the command line."""

    name: str
    outcome: Literal["ok", "problem", "skipped"]
    text: str
    remedy: str = ""
    exit_code: int = 0


def ok(name: str, text: str) -> Check:
    return Check(name, "ok", text)


def problem(name: str, text: str, remedy: str, exit_code: int = 1) -> Check:
    return Check(name, "problem", text, remedy, exit_code)


def failed(name: str, error: SimError) -> Check:
    """What one of our own errors says: the first line beside its name, the others below."""
    first, *others = str(error).splitlines()
    return problem(name, first, "\n".join(others), error.exit_code)


def examine(home: Path, environ: Mapping[str, str], *, call: bool = True) -> Iterator[Check]:
    """Everything, in order of what needs what; with `call`, an application that we start is called once."""
    yield python(sys.version_info[:3])
    yield versions(metadata.version)
    try:
        config = find(home, environ)
    except SimError as error:
        yield failed("configuration", error)
        return
    yield configuration(config)
    if config.app is None:
        return
    yield from keys(config, home, environ)
    yield scenarios(config, environ)
    try:
        app = app_of(config)
    except SimError as error:
        yield failed("application", error)
        return
    if (found := platform(app, os.name)) is not None:
        yield found
        if found.outcome == "problem":
            return
    taken = list(ports(app, config, answers))
    yield from taken
    if any(one.outcome == "problem" for one in taken):
        return
    yield application(app, config, call=call)


def python(version: Sequence[int]) -> Check:
    """Whether it is new enough."""
    shown = ".".join(map(str, version))
    if tuple(version[:2]) < OLDEST_PYTHON:
        return problem("Python", f"{shown} is too old", "install Python 3.11 or newer, and make the environment anew with it", 2)
    return ok("Python", f"{shown}, jambonz-sim {__version__}")


def versions(version_of: Callable[[str], str]) -> Check:
    """Whether the packages we need are there, and new enough."""
    wrong = []
    for name, oldest in NEEDED.items():
        try:
            found = version_of(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} is missing")
        else:
            if _numbers(found) < _numbers(oldest):
                wrong.append(f"{name} is {found}, older than {oldest}")
    if wrong:
        return problem("packages", ", ".join(wrong), "install jambonz-sim once more into this environment, with pip", 2)
    return ok("packages", f"all {len(NEEDED)} are there, and new enough")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", re.split(r"[a-z+-]", version)[0]))


def configuration(config: Config) -> Check:
    """Whether there is one, and whether it names an application."""
    if config.app is None:
        return problem("configuration", "no application is named", "jambonz-sim init finds it and writes one", 2)
    return ok("configuration", config.file if config.file != "default" else "none but the environment")


def keys(config: Config, home: Path, environ: Mapping[str, str]) -> Iterator[Check]:
    """Keys that could leave: real ones in the environment that the application inherits, and those written into files."""
    table = config.app if isinstance(config.app, Mapping) else {}
    named = table.get("env") if isinstance(table.get("env"), Mapping) else {}
    replaced = {*config.env, *(named or {})}
    elsewhere = isinstance(config.app, str) and "://" in config.app
    leaking = [name for name, value in sorted(environ.items()) if KEY_NAME.fullmatch(name) and name not in replaced and _is_real(value)]
    leaking = [name for name in leaking if not name.startswith(("JAMBONZ_", "GITHUB_"))]
    if leaking and not elsewhere:
        remedy = "env = { " + ", ".join(f'{name} = ""' for name in leaking) + " } in the configuration keeps them out"
        yield problem("keys", f"the application inherits {', '.join(leaking)} from your environment", remedy)
    else:
        yield ok("keys", "none of your environment reaches the application")
    for file in [*(home / name for name in SECRET_FILES), *_files(config)]:
        lines = _lines_with_keys(file)
        if lines:
            where = ", ".join(map(str, lines[:MOST_LINES]))
            yield problem("keys", f"{file} holds what looks like a key (line {where})", "replace it: a simulated model takes any key, and revoke it")


def _is_real(value: str) -> bool:
    return len(value) >= 16 and not SIMULATED.search(value)


def _lines_with_keys(file: Path) -> list[int]:
    with suppress(OSError, UnicodeDecodeError):
        lines = file.read_text(encoding="utf-8").splitlines()
        return [number for number, line in enumerate(lines, 1) if redact(line) != line and not SIMULATED.search(line)]
    return []


def _files(config: Config) -> list[Path]:
    with suppress(SimError):
        return collect([Path(config.scenarios)])
    return []


def scenarios(config: Config, environ: Mapping[str, str]) -> Check:
    """Whether there are some, and all can be read."""
    try:
        count = len(collected((), config, environ))
    except SimError as error:
        return failed("scenarios", error)
    if not count:
        return problem("scenarios", f"there are none in {config.scenarios}", "jambonz-sim init writes a first one", 5)
    return ok("scenarios", f"{count} in {config.scenarios}, all well formed")


def platform(app: AppRef, system: str) -> Check | None:
    """A command needs a POSIX system, and its program."""
    if app.command is None:
        return None
    if system != "posix":
        return problem("command", "an application cannot be started here", "start it yourself, and name its ws:// URL as app", 3)
    program = app.command.words[0]
    path = app.command.env.get("PATH") or os.environ.get("PATH")
    folder = Path(app.command.cwd or ".")
    if PLACEHOLDER.search(program):
        return None
    if shutil.which(program, path=path) is None and not (os.sep in program and os.access(folder / program, os.X_OK)):
        return problem("command", f"there is no program {program!r}", "install it, or mend `command`: it is looked for on PATH", 3)
    if program == "node" and not (folder / "node_modules").is_dir() and (folder / "package.json").is_file():
        return problem("command", f"the packages of {folder / 'package.json'} are not installed", "npm install", 3)
    return ok("command", str(app.command))


def ports(app: AppRef, config: Config, listens: Callable[[str, int], bool]) -> Iterator[Check]:
    """Those that must be free are; where an application should run already, somebody listens."""
    if config.stubs_port is not None and not _is_free(config.stubs_port):
        yield problem("ports", f"stubs_port {config.stubs_port} is taken", "end what listens there, or name another one", 3)
    url = urlsplit(app.url if app.command is None else app.command.url)
    try:
        port = url.port or (443 if url.scheme in ("wss", "https") else 80)
    except ValueError:  # ${PORT}: a free one, whichever
        return
    host = url.hostname or "127.0.0.1"
    if app.in_process:
        return
    if app.command is not None and listens(host, port):
        yield problem("ports", f"port {port} is taken already", "end what listens there, or write ${PORT} into its url", 3)
    elif app.command is None and not listens(host, port):
        yield problem("ports", f"nobody listens at {url.scheme}://{host}:{port}", "start the application, or give its command instead of a URL", 3)
    else:
        yield ok("ports", f"{host}:{port} is {'free' if app.command is not None else 'open'}")


def _is_free(port: int) -> bool:
    with suppress(OSError, OverflowError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


def application(app: AppRef, config: Config, *, call: bool) -> Check:
    """Whether it can be loaded or started, and takes a call. One that runs elsewhere is not called: it may be a real one."""
    if app.command is None and not app.in_process:
        return Check("application", "skipped", f"{app} runs by itself, and was not called")
    try:
        if app.in_process:
            app.load()
        if not call:
            return ok("application", f"{app} is there, and was not called")
        result = tried(app, config)
    except SimError as error:
        return failed("application", error)
    verbs = verbs_of(result.journal)
    if verbs is not None and result.outcome == "passed":
        return ok("application", f"{app} answers a call with {', '.join(verbs) or 'no verbs'}")
    lines = explanation(result) or ["it does not answer a call"]
    found = problem("application", lines[0], "\n".join(line.strip() for line in lines[1 : 1 + MOST_LINES]), result.exit_code or 3)
    return found if found.remedy else problem("application", lines[0], "is that the path of its websocket or webhook? Set `path`", found.exit_code)


def tell(checks: Iterator[Check], stream: TextIO) -> int:
    """Write each as it comes; the exit code is the worst one: 0 when nothing is wrong."""
    worst = problems = 0
    for check in checks:
        worst, problems = max(worst, check.exit_code), problems + (check.outcome == "problem")
        stream.write(f"{check.outcome:8} {check.name:14} {_safe(check.text)}\n")
        for line in check.remedy.splitlines():
            stream.write(f"{'':24}{_safe(line.removeprefix(INDENT))}\n")
        stream.flush()
    stream.write(f"\n{problems or 'no'} problem{'' if problems == 1 else 's'}\n")
    return worst


def _safe(text: str) -> str:
    """An application's own words may hold its keys."""
    shown = redact(" ".join(text.splitlines()))
    return printable(shown)
