"""Configuration: command line over environment (`JAMBONZ_SIM_*`) over pytest's ini file (in its runs) over file over default.

The file is `[tool.jambonz-sim]` in `pyproject.toml`, else `jambonz-sim.toml`, in the working directory or above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from simulator.clock import CLOCKS
from simulator.errors import UsageError, UsageErrors, Where, did_you_mean, nearest
from simulator.jambonz.webhook_request import METHODS, SECRET
from simulator.journal import redact
from simulator.modes.toml_file import TomlFile, read_toml


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
    places: Mapping[str, Where] = field(default_factory=dict, compare=False, repr=False)
    """Where the settings stand that came from the file, by their dotted names."""

    def changed(self, **changes: Any) -> Config:
        """A copy with those of `changes` that are not None."""
        given = {name: value for name, value in changes.items() if value is not None}
        left = {name: where for name, where in self.places.items() if name.partition(".")[0] not in given}
        return replace(self, **given, places=left)


NUMBERS = ("seed", "stubs_port")
OF_COMMANDS = ("url", "ready")
TEXTS = ("app", "path", "transport", "method", "status_hook", "username", "password", "webhook_secret", "scenarios", "clock")
NAMES = tuple(one.name for one in fields(Config) if one.name not in ("file", "places"))


def find(start: Path, environ: Mapping[str, str], beside: Mapping[str, str] | None = None) -> Config:
    """The configuration that holds in `start`. Raises `UsageError` with the file's name and what is wrong in it.

    `beside` are settings that another tool's file has, as texts under the names `jambonz_sim_…`; they win over ours.
    """
    config = Config()
    for folder in (start, *start.parents):
        table = _table(folder)
        if table is not None:
            config = _checked(*table)
            break
    config = config.changed(**_texts(beside or {}, {f"jambonz_sim_{name}": name for name in (*TEXTS, *OF_COMMANDS, *NUMBERS)}))
    called = {f"JAMBONZ_SIM_{name.upper()}": name for name in (*TEXTS, *OF_COMMANDS, *NUMBERS)}
    for name in environ:
        if name.startswith("JAMBONZ_SIM_") and name not in (*called, *OTHERS) and nearest(name, tuple(called), cutoff=0.9) is not None:
            raise UsageError(f"the environment's {name} means nothing", f"did you mean {nearest(name, tuple(called))}?")
    return config.changed(**_texts(environ, called))


OTHERS = ("JAMBONZ_SIM_STUBS", "JAMBONZ_SIM_VECTORS")
"""Names of the environment that are no settings: what applications are offered, and where our own tests find recordings."""


def _texts(source: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    """Settings that are written as texts: by what they are called there."""
    changes: dict[str, Any] = {}
    for called, name in names.items():
        value = source.get(called)
        if value is not None:
            changes[name] = _number(value, called) if name in NUMBERS else value
            if name in CHOICES:
                _check_choice(name, value, called)
    return changes


CHOICES = {"clock": tuple(CLOCKS), "transport": ("ws", "http"), "method": METHODS}


def _check_choice(setting: str, value: str | None, place: object) -> None:
    if value is not None and value not in CHOICES[setting]:
        raise UsageError(f"{place}: there is no {setting} {value!r}", did_you_mean(value, list(CHOICES[setting])))


def _number(value: str, called: str) -> int:
    is_seed = called.lower().endswith("seed")
    try:
        number = int(value)
    except ValueError:
        raise UsageError(f"{called} is {value!r}", "a seed is a whole number" if is_seed else A_PORT) from None
    if not is_seed and not _is_port(number):
        raise UsageError(f"{called} is {value!r}", A_PORT)
    return number


NAME = "jambonz-sim"


def _table(folder: Path) -> tuple[TomlFile, str] | None:
    """The file that configures `folder`, and the name of the table in it."""
    for name in ("pyproject.toml", f"{NAME}.toml"):
        path = folder / name
        if not path.is_file():
            continue
        file = read_toml(path)
        if name == f"{NAME}.toml":
            if NAME in file.content.get("tool", {}):
                raise UsageError(
                    f"[tool.{NAME}] belongs into pyproject.toml", "in this file the settings stand without it", file.place(f"tool.{NAME}")
                )
            return file, ""
        tools = file.content.get("tool")
        table = tools.get(NAME) if isinstance(tools, dict) else None
        if table is not None and not isinstance(table, dict):
            problem = f"tool.{NAME} is {redact(table)!r}"
            raise UsageError(problem, f"write [tool.{NAME}], and the settings below it", file.place(f"tool.{NAME}"))
        if table is not None:
            return file, f"tool.{NAME}."
        for called in (*(f"tool.{one}" for one in (tools if isinstance(tools, dict) else ())), *file.content):
            if nearest(called.removeprefix("tool."), (NAME,), cutoff=0.8) is not None:
                raise UsageError(f"nobody reads [{called}]", f"write [tool.{NAME}]", file.place(called))
    return None


def _checked(file: TomlFile, prefix: str) -> Config:
    """What the table says. Raises `UsageErrors` with everything that is wrong in it."""
    table: dict[str, Any] = file.content["tool"][NAME] if prefix else file.content
    errors = [error for name, value in table.items() if (error := _mistake(name, value, file.place(prefix + name))) is not None]
    for name, choices in CHOICES.items():
        if isinstance(value := table.get(name), str) and value not in choices:
            errors.append(UsageError(f"there is no {name} {value!r}", did_you_mean(value, choices), file.place(prefix + name)))
    if errors:
        raise errors[0] if len(errors) == 1 else UsageErrors(sorted(errors, key=lambda error: (error.where or file.place("")).line))
    places = {name.removeprefix(prefix): where for name, where in file.places.items() if name.startswith(prefix)}
    return Config(**table, file=str(file.path), places=places)


def _mistake(name: str, value: Any, where: Where) -> UsageError | None:
    """What is wrong with one setting of the file."""
    if name not in NAMES:
        return UsageError(f"there is no setting {name!r}", did_you_mean(name, NAMES), where)
    if name == "app" and isinstance(value, dict):
        return None  # is checked where it is used
    wanted: type = dict if name in ("env", "env_vars") else int if name in NUMBERS else str
    if not isinstance(value, wanted) or isinstance(value, bool):
        remedy = {dict: f'it should be a table: {name} = {{ NAME = "value" }}', int: f"it should be a number: {name} = {_digits(value)}"}
        return UsageError(f"{name} is {redact(value)!r}", remedy.get(wanted, f'it should be a text: {name} = "{NO_TEXT.get(name, "…")}"'), where)
    if isinstance(value, dict) and not all(isinstance(member, str) for member in value.values()):
        return UsageError(f"every value of {name} should be a text", 'write NAME = "value"', where)
    if name == "stubs_port" and isinstance(value, int) and not _is_port(value):
        return UsageError(f"{name} is {value}", A_PORT, where)
    return None


NO_TEXT = {"app": "module:factory", "path": "/", "scenarios": "scenarios", "clock": "elastic", "transport": "ws", "method": "POST"}
A_PORT = "a port is a whole number from 1 to 65535"


def _digits(value: Any) -> str:
    return value.strip() if isinstance(value, str) and value.strip().isdecimal() else "3"


def _is_port(number: int) -> bool:
    return 0 < number < 65536
