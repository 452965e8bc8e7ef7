"""Configuration: command line over environment (`JAMBONZ_SIM_*`) over file over default.

The file is `[tool.jambonz-sim]` in `pyproject.toml`, else `jambonz-sim.toml`, in the working directory or above it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from simulator.clock import CLOCKS
from simulator.errors import UsageError, did_you_mean
from simulator.jambonz.webhook_request import METHODS, SECRET


@dataclass(frozen=True, slots=True)
class Config:
    """What a run needs to know besides its scenarios."""

    app: str | Mapping[str, Any] | None = None
    """The application: `module:factory`, a `ws://` or `http://` URL, `command: …`, or a table `{command, url, ready, env, cwd, …}`
    (`modes/application`)."""
    path: str = "/"
    """The path of the application's websocket or webhook, for an application in this process."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment of the application while it runs here."""
    env_vars: Mapping[str, str] = field(default_factory=dict)
    """Application environment variables, as the jambonz portal would send them in `session:new`."""
    scenarios: str = "scenarios"
    """Where the scenarios are, when none are named."""
    clock: str = "elastic"
    """How time passes for an application outside this process: elastic or real. One inside lives on virtual time."""
    seed: int | None = None
    """Seed of every scenario that names none."""
    url: str | None = None
    """Of an application that is a command: the URL of its websocket or webhook, in which `${PORT}` is the port it is offered."""
    ready: str | None = None
    """Of an application that is a command, when it takes calls: `port`, `port:N`, or `/what it logs then/`."""
    stubs_port: int | None = None
    """Where an application in another process reaches the stubs; a free port unless it is named."""
    transport: str = "ws"
    """What an application in this process speaks: ws or http."""
    method: str = "POST"
    """How the first webhook is asked: POST or GET."""
    status_hook: str | None = None
    """The call status hook: a URL, or a path of a webhook application. A websocket is told on itself without one."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    """Basic authorization of the application's hooks."""
    webhook_secret: str = field(default=SECRET, repr=False)
    """The account's secret, with which requests to webhooks are signed."""
    file: str = "default"

    def changed(self, **changes: Any) -> Config:
        """A copy with those of `changes` that are not None."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})


TEXTS = ("app", "path", "transport", "method", "status_hook", "username", "password", "webhook_secret", "scenarios", "clock")
NAMES = tuple(one.name for one in fields(Config) if one.name != "file")


def find(start: Path, environ: Mapping[str, str]) -> Config:
    """The configuration that holds in `start`. Raises `UsageError` with the file's name and what is wrong in it."""
    config = Config()
    for folder in (start, *start.parents):
        table = _table(folder)
        if table is not None:
            file, content = table
            config = _checked(content, file)
            break
    changes: dict[str, Any] = {}
    for name in (*TEXTS, "seed"):
        value = environ.get(f"JAMBONZ_SIM_{name.upper()}")
        if value is not None:
            changes[name] = _number(value) if name == "seed" else value
    for name in CHOICES:
        _check_choice(name, changes.get(name), f"JAMBONZ_SIM_{name.upper()}")
    return config.changed(**changes)


CHOICES = {"clock": tuple(CLOCKS), "transport": ("ws", "http"), "method": METHODS}


def _check_choice(setting: str, value: str | None, place: object) -> None:
    if value is not None and value not in CHOICES[setting]:
        raise UsageError(f"{place}: there is no {setting} {value!r}", did_you_mean(value, list(CHOICES[setting])))


def _number(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise UsageError(f"JAMBONZ_SIM_SEED is {value!r}", "a seed is a whole number") from None


def _table(folder: Path) -> tuple[Path, dict[str, Any]] | None:
    for name in ("pyproject.toml", "jambonz-sim.toml"):
        file = folder / name
        if not file.is_file():
            continue
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} cannot be read: {error}", "mend the TOML") from error
        if name == "jambonz-sim.toml":
            return file, content
        tools = content.get("tool")
        table = tools.get("jambonz-sim") if isinstance(tools, dict) else None
        if table is not None and not isinstance(table, dict):
            raise UsageError(f"{file}: tool.jambonz-sim is {table!r}", "write [tool.jambonz-sim], and the settings below it")
        if table is not None:
            return file, table
    return None


def _checked(table: dict[str, Any], file: Path) -> Config:
    for name, value in table.items():
        if name not in NAMES:
            raise UsageError(f"{file}: there is no setting {name!r}", did_you_mean(name, NAMES))
        if name == "app" and isinstance(value, dict):
            continue  # is checked where it is used
        wanted: type = dict if name in ("env", "env_vars") else int if name in ("seed", "stubs_port") else str
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise UsageError(
                f"{file}: {name} is {value!r}", f"it should be {'a table' if wanted is dict else 'a number' if wanted is int else 'a text'}"
            )
        if isinstance(value, dict) and not all(isinstance(member, str) for member in value.values()):
            raise UsageError(f"{file}: every value of {name} should be a text", 'write NAME = "value"')
    for name in CHOICES:
        _check_choice(name, table.get(name), file)
    return Config(**table, file=str(file))
