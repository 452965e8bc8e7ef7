"""Phone calls as tests of pytest: scenario files are collected, one item for each case. Registered as the plugin `jambonz-sim`.

Every suite that has us installed imports this module: so it imports next to nothing, and looks at YAML files only. What a call
needs is imported with the first scenario (`pytest_items`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simulator.modes.pytest_items import CallFile, Project
    from simulator.modes.simulate import Simulate

ENDINGS = (".yaml", ".yml")
CALL_ENDINGS = tuple(f".call{ending}" for ending in ENDINGS)
"""What is a scenario wherever it lies."""

PROJECT: pytest.StashKey[Project] = pytest.StashKey()
MENTIONED = pytest.StashKey[bool]()
LEFT_BEHIND = pytest.StashKey[list[str]]()
WORKER_LEFT_BEHIND = "jambonz_sim_left_behind"

SETTINGS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("app", "REF", "the application: module:factory, the ws:// or http:// URL of one that runs, or 'command: node app.js'", {}),
    ("transport", "T", "what module:factory or a command speaks: ws (default) or http", {"choices": ["ws", "http"]}),
    ("url", "URL", "of a command: its websocket or webhook, such as 'ws://127.0.0.1:${PORT}/path'", {}),
    ("path", "PATH", "the path of the application's websocket or webhook", {}),
    ("ready", "WHEN", "of a command, when it takes calls: port (default), port:N, or /what it logs then/", {}),
    ("stubs_port", "N", "where an application in another process reaches the stubs (default: a free port)", {"type": int}),
    ("clock", "CLOCK", "how time passes: virtual inside this process, elastic or real outside", {"choices": ["virtual", "elastic", "real"]}),
    ("seed", "N", "seed of ids and dice", {"type": int}),
)
INI_ONLY = (
    ("scenarios", "the folder of which every YAML file is a scenario"),
    ("method", "how the first webhook is asked: POST or GET"),
    ("status_hook", "the call status hook: a URL, or a path of a webhook application"),
    ("username", "of the basic authorization of the application's hooks"),
    ("password", "of the basic authorization of the application's hooks"),
    ("webhook_secret", "the secret with which requests to webhooks are signed"),
)
INI = tuple(f"jambonz_sim_{name}" for name in (*(name for name, *_ in SETTINGS), *(name for name, _ in INI_ONLY)))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings of `jambonz-sim run`, as options and in the ini file."""
    group = parser.getgroup("jambonz-sim", "phone calls (jambonz-sim)")
    for name, metavar, meaning, more in SETTINGS:
        group.addoption(f"--jambonz-sim-{name.replace('_', '-')}", dest=f"jambonz_sim_{name}", metavar=metavar, help=meaning, **more)
        parser.addini(f"jambonz_sim_{name}", meaning, default=None)
    for name, meaning in INI_ONLY:
        parser.addini(f"jambonz_sim_{name}", meaning, default=None)
    group.addoption(
        "--jambonz-sim-journal", dest="jambonz_sim_journal", type=Path, metavar="DIR", help="write the journals of calls that fail into this folder"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CallFile | None:
    """A scenario file: `*.call.yaml`, and every YAML file below the configured folder; fragments (`_…`) only if they are named."""
    if file_path.suffix not in ENDINGS or not (file_path.name.endswith(CALL_ENDINGS) or _mentioned(parent.config)):
        return None
    from simulator.modes.pytest_items import CallFile, Project

    project = parent.config.stash.get(PROJECT, None)
    if project is None:
        project = parent.config.stash[PROJECT] = Project(parent.config)
    if not project.wants(file_path, is_call=file_path.name.endswith(CALL_ENDINGS), named=parent.session.isinitpath(file_path)):
        return None
    return CallFile.from_parent(parent, path=file_path, project=project)


def _mentioned(config: pytest.Config) -> bool:
    """Whether anything says that calls are played here: cheap, because suites that have never heard of us ask it too."""
    if "JAMBONZ_SIM_SCENARIOS" in os.environ or config.getini("jambonz_sim_scenarios"):
        return True
    if MENTIONED not in config.stash:
        config.stash[MENTIONED] = any(_names_us(folder) for folder in (config.rootpath, *config.rootpath.parents))
    return config.stash[MENTIONED]


def _names_us(folder: Path) -> bool:
    if (folder / "jambonz-sim.toml").is_file():
        return True
    try:
        return b"jambonz-sim" in (folder / "pyproject.toml").read_bytes()
    except OSError:
        return False


@pytest.fixture
def simulate(request: pytest.FixtureRequest) -> Iterator[Simulate]:
    """Phone calls driven by a test: `async with simulate() as call: await call.caller.say("Hello?")` (jambonz-sim, docs/python.md)."""
    from simulator.modes.simulate.fixture import fixture

    yield from fixture(request)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End what was started for the calls."""
    project = session.config.stash.get(PROJECT, None)
    if project is None:
        return
    left = project.close()
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[WORKER_LEFT_BEHIND] = left
    else:
        session.config.stash.setdefault(LEFT_BEHIND, []).extend(left)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of xdist has ended, and tells what its application has left behind."""
    left = getattr(node, "workeroutput", None) or {}
    node.config.stash.setdefault(LEFT_BEHIND, []).extend(left.get(WORKER_LEFT_BEHIND, []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What an application started by us has left to be said, when all is over."""
    for name in config.stash.get(LEFT_BEHIND, []):
        terminalreporter.write_line(f"jambonz-sim: the application has ended, but left a process behind, which was killed: {name}")
