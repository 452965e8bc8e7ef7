"""The application as a configuration names it: a text (`module:factory`, a URL, `command: …`), or a table for a command of ours."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulator.errors import UsageError, Where, did_you_mean
from simulator.host import AppRef
from simulator.jambonz.hook import is_http, is_websocket
from simulator.journal import redact
from simulator.modes.config import Config
from simulator.process import PLACEHOLDER, START_LIMIT_S, STOP_LIMIT_S, Command, Ready
from simulator.scenario.shapes import seconds_of

COMMAND = "command:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an application is named: `app` of a file whose settings have places, or an option."""

    name: str = "app"
    places: Mapping[str, Where] = field(default_factory=dict)

    def wrong(self, key: str, problem: str, remedy: str) -> UsageError:
        """The error of the application's setting `key`."""
        where = next((self.places[name] for name in (f"app.{key}", key, "app") if name in self.places), None)
        return UsageError(f"{self.name}: {problem}", remedy, where)


SETTINGS = ("command", "url", "ready", "env", "cwd", "start_limit", "stop_limit", "restart")
RESTARTS = ("crash", "scenario")
SCHEMES = ("ws://", "wss://", "http://", "https://")


def app_of(config: Config) -> AppRef:
    """The application of this configuration. Raises `UsageError` when none is named."""
    if config.app is None:
        raise UsageError("no application is named", 'add --app module:factory, or app = "module:factory" under [tool.jambonz-sim]')
    place = Place("app" if "app" in config.places else "--app", config.places)
    command = command_of(config.app, path=config.path, url=config.url, ready=config.ready, place=place, scheme=config.transport)
    if command is not None:
        app = AppRef(command.url, config.path, dict(config.env), _at_home(command, config), **_account(config))
    else:
        if config.url is not None or config.ready is not None:
            raise _wrong(config, "url" if config.url is not None else "ready", *ONLY_FOR_COMMANDS)
        app = AppRef(str(config.app), config.path, dict(config.env), **_account(config))
        if not app.in_process and not is_websocket(app.ref) and not is_http(app.ref):
            raise _wrong(
                config, "app", f"{config.app} cannot be dialled", "write module:factory, or the ws:// or http:// URL of a running application"
            )
        if app.in_process and not config.path.startswith("/"):
            raise _wrong(config, "path", f"the path {config.path!r} does not begin with /", f"write /{config.path}")
    if (problem := _no_url(app.url)) is not None:
        raise _wrong(config, "app", f"{app.url} cannot be dialled: {problem}", "write a URL such as ws://127.0.0.1:3000/path")
    if app.over_http and app.status_hook and not app.status_hook.startswith("/") and not is_http(app.status_hook):
        raise _wrong(
            config,
            "status_hook",
            f"status_hook {app.status_hook!r} is no webhook",
            "write an http:// URL, or a path of the application that begins with /",
        )
    if not app.in_process and config.clock == "virtual":
        raise _wrong(config, "clock", "virtual time is for an application in this process", "name it as module:factory, or use --clock elastic")
    if app.in_process and config.clock == "real":
        raise _wrong(config, "clock", "an application in this process lives on virtual time", "start it by itself and name its ws:// URL")
    return app


ONLY_FOR_COMMANDS = ("url and ready are for an application that is a command", "write --app 'command: node app.js', or leave them out")


def _wrong(config: Config, name: str, problem: str, remedy: str) -> UsageError:
    """What is wrong with a setting, at its place when it came from a file."""
    return UsageError(problem, remedy, config.places.get(name))


def _no_url(url: str) -> str | None:
    """Why nobody can dial this; a port may still be a `${PORT}`."""
    try:
        parts = urlsplit(PLACEHOLDER.sub("1", url))
        if not parts.hostname:
            return "it names no host"
        return "there is no port 0" if parts.port == 0 else None
    except ValueError as error:
        return str(error)[:1].lower() + str(error)[1:]


def _account(config: Config) -> dict[str, Any]:
    """What the portal knows of an application beside its URL."""
    return {name: getattr(config, name) for name in ("transport", "method", "status_hook", "username", "password", "webhook_secret")}


def _at_home(command: Command, config: Config) -> Command:
    """A command in a file is started in the file's folder, whoever runs us from where; and in the environment that the file names."""
    home = Path(config.file).parent if isinstance(config.app, Mapping) and config.file != "default" else Path()
    return replace(command, cwd=str((home / (command.cwd or "")).resolve()), env={**config.env, **command.env})


def command_of(
    app: str | Mapping[str, Any], *, path: str = "/", url: str | None = None, ready: str | None = None, place: Place | None = None, scheme: str = "ws"
) -> Command | None:
    """What is to be started; None when `app` is no command. `url` and `ready` (`port`, `port:N` or `/regex/`) win over the table's.

    Raises `UsageError` naming `place`, the problem and the remedy.
    """
    if isinstance(app, str):
        if not app.startswith(COMMAND):
            return None
        app = {"command": app.removeprefix(COMMAND).strip()}
    place = place or Place()
    for name in app:
        if name not in SETTINGS:
            raise place.wrong(name, f"there is no setting {name!r}", did_you_mean(name, SETTINGS))
    if "command" not in app:
        raise place.wrong("", "no command is named", 'write app = {command = ["node", "app.js"]}, or the URL of a running application as text')
    found_url = url or _text(app, "url", place) or f"{scheme}://127.0.0.1:${{PORT}}{path}"
    if not found_url.startswith(SCHEMES):
        raise place.wrong("url", f"url is {found_url!r}", "write ws://127.0.0.1:${PORT}/path")
    restart = _text(app, "restart", place) or "crash"
    if restart not in RESTARTS:
        raise place.wrong("restart", f"restart is {restart!r}", did_you_mean(restart, RESTARTS))
    return Command(
        words=_words(app["command"], place),
        url=found_url,
        ready=_ready_of(ready, place) if ready is not None else _ready(app.get("ready"), place),
        env=_env(app.get("env", {}), place),
        cwd=_text(app, "cwd", place),
        start_limit_s=_seconds(app, "start_limit", place, START_LIMIT_S),
        stop_limit_s=_seconds(app, "stop_limit", place, STOP_LIMIT_S),
        fresh=restart == "scenario",
    )


def _words(command: Any, place: Place) -> tuple[str, ...]:
    try:
        words = shlex.split(command) if isinstance(command, str) else command
    except ValueError as error:
        raise place.wrong(
            "command", f"the command {command!r} cannot be read: {error}", "quote it as for a shell, or write a list of texts"
        ) from error
    if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
        raise place.wrong("command", f"command is {command!r}", 'write ["node", "app.js"], or the text "node app.js"')
    return tuple(words)


def _ready(value: Any, place: Place) -> Ready:
    if value is None:
        return Ready()
    if isinstance(value, str):
        return _ready_of(value, place)
    if isinstance(value, dict) and len(value) == 1:
        match next(iter(value.items())):
            case "port", int() as port if not isinstance(port, bool):
                return Ready(port=str(port))
            case "port", str() as port:
                return Ready(port=_port(port, place))
            case "log", str() as log:
                return Ready(log=_pattern(log, place))
    raise place.wrong("ready", f"ready is {value!r}", 'write {port = 3000}, or {log = "listening"}')


def _ready_of(text: str, place: Place) -> Ready:
    """`port`, `port:N` or `/regular expression/`."""
    kind, _, rest = text.partition(":")
    if kind == "port":
        return Ready(port=_port(rest, place) if rest else None)
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        return Ready(log=_pattern(text[1:-1], place))
    raise place.wrong("ready", f"ready is {text!r}", "write port, port:3000, or /what it logs then/")


def _port(text: str, place: Place) -> str:
    if not re.fullmatch(r"\d{1,5}|\$\{\w+\}", text):
        raise place.wrong("ready", f"ready: {text!r} is no port", "write a number, or ${PORT}")
    return text


def _pattern(text: str, place: Place) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise place.wrong("ready", f"ready: {text!r} is no regular expression: {error}", "for example /listening on port/") from error
    return text


def _env(value: Any, place: Place) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(member, str) for member in value.values()):
        raise place.wrong("env", f"env is {redact(value)!r}", 'write {NAME = "value"}')
    return value


def _text(app: Mapping[str, Any], name: str, place: Place) -> str | None:
    value = app.get(name)
    if value is not None and not isinstance(value, str):
        raise place.wrong(name, f"{name} is {value!r}", "it should be a text")
    return value


def _seconds(app: Mapping[str, Any], name: str, place: Place, otherwise: float) -> float:
    value = app.get(name)
    found = otherwise if value is None else seconds_of(value) if isinstance(value, str) else None
    if found is None:
        raise place.wrong(name, f"{name} is {value!r}", 'write a duration with its unit, such as "10s"')
    return found
