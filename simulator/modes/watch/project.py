"""The folder an application lives in: which of its files are worth looking at, and what a change of one means."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.modes.watch.sight import Stamp, Tree, ignored_by_git, stamp
from simulator.network import wall_s
from simulator.process import answers
from simulator.scenario.folders import ENDINGS

CONFIGURATIONS = ("pyproject.toml", "jambonz-sim.toml")


class Project:
    """Where this configuration stands, or else the working directory."""

    def __init__(self, config: Config) -> None:
        self.folder = str(Path.cwd() if config.file == "default" else Path(config.file).resolve().parent)
        own = [] if config.file == "default" else [os.path.abspath(config.file)]
        self._configuration = {path: stamp(path) for path in (*own, *(os.path.abspath(name) for name in CONFIGURATIONS))}
        self._ignored: set[str] = set()

    def configuration(self) -> dict[str, Stamp | None]:
        """The files a configuration is read from, or would be if they were there."""
        return dict(self._configuration)

    def is_configuration(self, files: Collection[str]) -> bool:
        """Whether it has changed."""
        return not self._configuration.keys().isdisjoint(files)

    def trees(self, app: AppRef, paths: Sequence[str], *, broken: bool, errors: bool) -> list[Tree]:
        """The folders to look at: of scenarios; of a command, where it works; of an application that cannot be loaded, all Python."""
        roots = [os.path.abspath(path) for path in paths]
        trees = [Tree(root, () if errors else ENDINGS) for root in roots if not os.path.isfile(root)]
        if errors:  # what an !include misses may come
            trees += [Tree(os.path.dirname(root)) for root in roots if os.path.isfile(root)]
        if app.command is not None:
            trees.append(Tree(self._home(app), (), tuple(roots)))
        elif app.in_process and broken:
            trees.append(Tree(self.folder, (".py",)))
        return list(dict.fromkeys(trees))

    def is_applications(self, file: str, app: AppRef, paths: Sequence[str], read: Collection[str], *, broken: bool) -> bool:
        """Whether the application is another one when this file has changed, which is none of the scenarios'. `read` is what it has read."""
        if file in read:
            return True
        if app.command is not None:
            roots = [os.path.abspath(path) for path in paths]
            return file not in roots and not file.startswith(tuple(root + os.sep for root in roots))
        return app.in_process and broken and file.endswith(".py")

    def relevant(self, changed: Collection[str], app: AppRef, scenarios: Collection[str]) -> set[str]:
        """Without what is no matter of ours: of a command, that is what git ignores."""
        found = set(changed) - self._ignored
        others = found - set(scenarios) - set(self._configuration)
        return found - ignored_by_git(others, self._home(app)) if app.command is not None and others else found

    def ignore(self, files: Collection[str]) -> None:
        """Do not look at these any more."""
        self._ignored |= set(files)

    def wait_for_port(self, app: AppRef) -> None:
        """A command with a fixed port can only be started again when the one before has let go of it."""
        if app.command is None or "${PORT}" in app.command.url:
            return
        at = urlsplit(app.command.url)
        deadline_s = wall_s() + app.command.stop_limit_s + 1.0
        while at.port and answers(at.hostname or "127.0.0.1", at.port) and wall_s() < deadline_s:
            time.sleep(0.02)

    def _home(self, app: AppRef) -> str:
        return os.path.abspath(app.command.cwd or "." if app.command is not None else ".")
