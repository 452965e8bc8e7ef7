"""`jambonz-sim init`: configuration, a first scenario and a CI file for the application that is found in this folder."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulator.errors import AppError, UsageError
from simulator.modes.application import COMMAND, SCHEMES, app_of
from simulator.modes.config import Config, find
from simulator.modes.discovery import Found, applications
from simulator.modes.first_call import FirstCall, first_call, tried, verbs_of
from simulator.modes.workflow import WORKFLOW, installed_from, workflow
from simulator.report.text import explanation, printable

SIMULATED_KEY = "sk-simulated-0000000000000000"
MOST_TRIALS = 8
CALLS = "calls"


def init(options: argparse.Namespace) -> int:
    """The command. Exit code: 0 when the first call passed; that of the call, or of the application, when it did not."""
    home = Path.cwd()
    paper = Paper(home, replace_all=options.force)
    known = _configured(home)
    if known is not None and (options.app, options.path, options.transport) != (None, None, None):
        raise UsageError(
            f"{_near(Path(known.file), home)} names an application already", "change it there, and leave --app, --path and --transport out"
        )
    if known is not None:
        paper.say("kept", f"{_near(Path(known.file), home)}: it configures jambonz-sim already")
        config = known
    else:
        candidates = _candidates(options, home)
        found, config = _first_that_answers(candidates)
        evidence = f"{found} ({found.evidence}), {'a webhook' if found.transport == 'http' else 'a websocket'} at {_path(config)}"
        paper.say("found", evidence)
        others = list(dict.fromkeys(str(one) for one in candidates if one.app != found.app))
        if others:
            paper.say("also", f"{', '.join(others[:5])}: take another one with `jambonz-sim init --app REF`, before there is a configuration")
        paper.configuration(_settings(config))
    target = home / config.scenarios / "first.yaml"
    shown = _near(target, home)
    if target.exists() and not options.force:
        paper.say("kept", f"{shown}: it is there already (--force replaces it)")
        paper.workflow(config)
        paper.say("next", "jambonz-sim run")
        return 0
    try:
        call = first_call(app_of(config), config, shown)
    except AppError as error:
        written, trouble, code = False, str(error), error.exit_code
    else:
        written, (trouble, code) = call.answered, _trouble(call)
        if written:
            paper.write(target, call.text)
    paper.workflow(config)
    if trouble:
        paper.say("played", f"{shown}, and it does not pass:" if written else "a call, but the application did not answer it:")
        for line in trouble.splitlines():
            paper.say("", printable(line))
        paper.say(
            "next", "mend that, then jambonz-sim run" if written else "mend that, then jambonz-sim init once more, which writes the first scenario"
        )
        return code
    paper.say("played", f"{shown}: it passes")
    paper.say("next", "jambonz-sim run")
    return 0


def _trouble(call: FirstCall) -> tuple[str, int]:
    """Why the first call is no success, and the exit code; an empty text when it is one."""
    if call.result.outcome == "passed" and call.answered:
        return "", 0
    lines = explanation(call.result) or ["it answered no verbs to session:new: is that the path of its websocket or webhook?"]
    return "\n".join(lines), call.result.exit_code or AppError.exit_code


def _path(config: Config) -> str:
    return urlsplit(str(config.app["url"])).path if isinstance(config.app, Mapping) else config.path


def _configured(home: Path) -> Config | None:
    """The configuration that lies in this very folder."""
    config = find(home, {})
    return config if config.file != "default" and Path(config.file).parent == home and config.app is not None else None


# --- which application


def _candidates(options: argparse.Namespace, home: Path) -> list[Found]:
    """The application that is named, else all that are found. Raises `UsageError` when there is none."""
    seen = applications(home)
    keys = seen[0].keys if seen else ()
    if options.app is not None:
        seen = [one for one in seen if str(one) == options.app.removeprefix(COMMAND).strip()] or [_named(options.app, keys)]
    if not seen:
        raise UsageError(
            f"no application was found in {home}",
            "looked for functions that answer an aiohttp Application, async functions that serve, FastAPI, and servers in package.json: "
            "name yours with --app module:factory, or --app 'command: node app.js' (and --path /its-path)",
        )
    changes: dict[str, Any] = {}
    if options.path is not None:
        changes["paths"] = (options.path,)
    if options.transport is not None:
        changes["transport"] = options.transport
    return [replace(one, **changes) for one in seen]


def _named(app: str, keys: tuple[str, ...]) -> Found:
    if not app.startswith(COMMAND):
        return Found(app, "--app", transport="http" if app.startswith("http") else "ws", keys=keys)
    try:
        words = shlex.split(app.removeprefix(COMMAND))
    except ValueError as error:
        raise UsageError(f"--app: the command cannot be read: {error}", "quote it as for a shell") from error
    return Found({"command": words}, "--app", keys=keys)


def _first_that_answers(candidates: Sequence[Found]) -> tuple[Found, Config]:
    """The first one, and its path, that takes a call; the likeliest when none does. Applications in this process are quick to ask."""
    trials = [(one, _config(one, path)) for one in candidates for path in one.paths][:MOST_TRIALS]
    if len(trials) > 1:
        for found, config in trials:
            with suppress(AppError, UsageError):
                if verbs_of(tried(app_of(config), config).journal) is not None:
                    return found, config
    return trials[0]


def _config(found: Found, path: str) -> Config:
    """The configuration of this application: with keys of nobody, so that the developer's own never reach a simulated call."""
    settings = {"app": found.app} if isinstance(found.app, str) and found.app.startswith(SCHEMES) else found.settings(path)
    env_vars = {name: SIMULATED_KEY for name in found.keys if name == "OPENAI_API_KEY"}
    return Config(scenarios=CALLS, env=dict.fromkeys(found.keys, SIMULATED_KEY), env_vars=env_vars).changed(**settings)


# --- what is written


class Paper:
    """Writes files, and says so; what is there already is kept unless `replace_all`."""

    def __init__(self, home: Path, *, replace_all: bool) -> None:
        self._home, self._replace_all = home, replace_all

    def say(self, what: str, text: str) -> None:
        """One line."""
        sys.stdout.write(f"{what:9}{text}\n")

    def write(self, file: Path, text: str) -> None:
        """Write one file. Raises `UsageError`."""
        shown = _near(file, self._home)
        there = file.exists()
        if there and not self._replace_all:
            self.say("kept", f"{shown}: it is there already (--force replaces it)")
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{shown} cannot be written: {error.strerror}", "init writes into the folder of your application") from error
        self.say("replaced" if there else "wrote", shown)

    def configuration(self, settings: Mapping[str, Any]) -> None:
        """A section at the end of pyproject.toml, where there is one and it can have it; else jambonz-sim.toml."""
        project = self._home / "pyproject.toml"
        if project.is_file():
            before = project.read_text(encoding="utf-8")
            text = f"{before.rstrip()}\n\n{_toml(settings, 'tool.jambonz-sim')}"
            with suppress(tomllib.TOMLDecodeError):  # `tool` may be written in a way that cannot be added to
                tomllib.loads(text)
                try:
                    project.write_text(text, encoding="utf-8")
                except OSError as error:
                    raise UsageError(f"pyproject.toml cannot be written: {error.strerror}", "may you write it?") from error
                self.say("added", "[tool.jambonz-sim] to pyproject.toml")
                return
        self.write(self._home / "jambonz-sim.toml", _toml(settings))

    def workflow(self, config: Config) -> None:
        """The calls in GitHub Actions, at the root of the repository."""
        root = next((folder for folder in (self._home, *self._home.parents) if (folder / ".git").exists()), self._home)
        source = installed_from()
        file = root / WORKFLOW
        fresh = not file.exists() or self._replace_all
        self.write(file, workflow(self._home, root, source, config.scenarios))
        if fresh and source is None:
            self.say("", "in the repository's settings, set the variable JAMBONZ_SIM to where pip finds jambonz-sim (git+https://…)")


def _near(file: Path, home: Path) -> str:
    return file.relative_to(home).as_posix() if file.is_relative_to(home) else str(file)


def _settings(config: Config) -> dict[str, Any]:
    """What the file has to say: everything that is not the default; tables last, as TOML wants it."""
    usual = Config()
    names = ("path", "transport", "scenarios", "env", "env_vars")
    said = {name: value for name in names if (value := getattr(config, name)) != getattr(usual, name)}
    return {"app": config.app, **said} if isinstance(config.app, str) else {**said, "app": config.app}


def _toml(settings: Mapping[str, Any], table: str = "") -> str:
    lines = [f"[{table}]"] if table else []
    for name, value in settings.items():
        if name == "app" and isinstance(value, Mapping):
            lines += ["", f"[{table + '.' if table else ''}app]", *(f"{key} = {_toml_value(member)}" for key, member in value.items())]
        else:
            lines.append(f"{name} = {_toml_value(value)}")
    return "\n".join(lines) + "\n"


def _toml_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return (
            "{ "
            + ", ".join(f"{json.dumps(key) if not re.fullmatch('[A-Za-z0-9_-]+', key) else key} = {_toml_value(one)}" for key, one in value.items())
            + " }"
        )
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
