"""The scenario files, each with all that it reads, so that a saved file is loaded again alone."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.errors import ScenarioError, SimError
from simulator.modes.watch.reading import Reading
from simulator.modes.watch.sight import Stamp, stamp
from simulator.scenario.load import Scenario, collect, load

Key = tuple[str, str]
"""A scenario: its file, and its id."""


@dataclass(frozen=True, slots=True)
class _File:
    scenarios: tuple[Scenario, ...]
    read: Mapping[str, Stamp | None]
    errors: tuple[str, ...] = ()


def key_of(scenario: Scenario) -> Key:
    """What a scenario is found again by, once its file was saved."""
    return scenario.file, scenario.id


class Library:
    """Loads what is new or has changed; `errors` are those of all files that cannot be played."""

    def __init__(self, reading: Reading, environ: Mapping[str, str]) -> None:
        self._reading, self._environ = reading, environ
        self._files: dict[Path, _File] = {}
        self._missing: tuple[str, ...] = ()

    @property
    def scenarios(self) -> list[Scenario]:
        """All that can be played, in the order of their files."""
        return [one for file in self._files.values() for one in file.scenarios]

    @property
    def errors(self) -> list[str]:
        """What is wrong."""
        return [*self._missing, *(error for file in self._files.values() for error in file.errors)]

    @property
    def read(self) -> dict[str, Stamp | None]:
        """Everything the files are made of, with the stamps of when they were read."""
        return {path: at for file in self._files.values() for path, at in file.read.items()}

    def refresh(self, paths: Sequence[str], seed: int | None, changed: Collection[str] | None) -> list[Scenario]:
        """Load again what these changes concern (None: everything); the scenarios that were loaded.

        A file with mistakes is tried again whatever has changed: what it misses may have come.
        """
        try:
            found, self._missing = collect(map(Path, paths)), ()
        except SimError as error:
            found, self._missing = [], (str(error),)
        before, self._files = self._files, {}
        loaded: list[Scenario] = []
        for path in found:
            known = before.get(path)
            if known is not None and changed is not None and not known.errors and known.read.keys().isdisjoint(changed):
                self._files[path] = known
                continue
            self._files[path] = self._loaded(path, seed)
            loaded += self._files[path].scenarios
        return loaded

    def _loaded(self, path: Path, seed: int | None) -> _File:
        name = os.path.abspath(path)
        with self._reading.noting() as read:
            read[name] = stamp(name)
            try:
                scenarios = tuple(load(path, env=self._environ, seed=seed))
            except ScenarioError as error:
                return _File((), dict(read), (str(error),))
        return _File(scenarios, dict(read))
