"""Which scenarios there are, and which of them are played: by name, those that failed the last time, one part of several machines'."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from simulator.errors import ScenarioError, ScenarioErrors, UsageError, nearest
from simulator.modes.config import Config
from simulator.report.result import Result
from simulator.scenario.load import Scenario, collect, load

FOLDER = ".jambonz-sim"
MAX_BYTES = 5_000_000
Key = tuple[str, str]
"""A scenario, by its file and its id."""


def collected(paths: Sequence[str], config: Config, environ: Mapping[str, str]) -> list[Scenario]:
    """All scenarios in `paths`, or else in the configured folder. Raises `ScenarioErrors` with everything that is wrong in any of the files."""
    errors: list[ScenarioError] = []
    scenarios: list[Scenario] = []
    if not paths and not Path(config.scenarios).exists():
        problem = f"there is no folder {config.scenarios} with scenarios"
        remedy = "name files or folders on the command line, or set scenarios; jambonz-sim init writes a first one"
        raise UsageError(problem, remedy, config.places.get("scenarios"))
    for path in collect([Path(one) for one in paths or [config.scenarios]]):
        try:
            scenarios += load(path, env=environ, seed=config.seed)
        except ScenarioErrors as several:
            errors += several.errors
        except ScenarioError as one:
            errors.append(one)
    if errors:
        raise ScenarioErrors(errors)
    return scenarios


def matching(scenarios: Sequence[Scenario], expression: str | None) -> list[Scenario]:
    """Those whose name, file or tag matches (`-k`). Raises `UsageError`."""
    if expression is None:
        return list(scenarios)
    try:
        wanted = re.compile(expression, re.IGNORECASE)
    except re.error as error:
        raise UsageError(f"-k {expression!r} is no regular expression: {error}", "for example -k 'tool|limit'") from error
    return [one for one in scenarios if any(wanted.search(text) for text in (one.id, one.file, *one.tags))]


def none_found(paths: Sequence[str], config: Config, every: Sequence[Scenario], expression: str | None) -> UsageError:
    """What to say when nothing is left to be played."""
    if not every or expression is None:
        where = ", ".join(paths) or config.scenarios
        return UsageError(
            f"no scenario was found in {where}", "scenarios are files that end with .yaml or .yml; what begins with _ or . is left alone"
        )
    words = dict.fromkeys(word for one in every for text in (*one.tags, one.id, Path(one.file).stem) for word in (text, *re.findall(r"\w{3,}", text)))
    near = nearest(expression, list(words), cutoff=0.7)
    tags = list(dict.fromkeys(tag for one in every for tag in one.tags))[:MOST_TAGS]
    hint = f"did you mean {near!r}? " if near is not None else ""
    known = f"; tags are {', '.join(tags)}" if tags else ""
    return UsageError(f"no scenario was found that matches -k {expression!r}, of {len(every)}", f"{hint}It looks at names, files and tags{known}")


MOST_TAGS = 12


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` (from 1) of `of`. Neighbours go to different parts, so that long scenarios of one folder are shared."""

    number: int
    of: int

    def part(self, scenarios: Sequence[Scenario]) -> list[Scenario]:
        """What this part plays; all parts together play everything once."""
        return list(scenarios[self.number - 1 :: self.of])


def shard_of(text: str) -> Shard:
    """`2/5` is the second of five. Raises `ValueError` saying what is wrong."""
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if found is None:
        raise ValueError(f"{text!r} is no shard; write i/n, such as 2/5")
    number, of = int(found[1]), int(found[2])
    if not 1 <= number <= of:
        raise ValueError(f"{text!r} is no shard; of {of}, there are 1/{of} to {of}/{of}")
    return Shard(number, of)


class LastFailed:
    """What failed when it was last played, kept in a file that git does not see.

    A scenario that was not played keeps its place in it; files are named relative to `home`, the folder of the configuration.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file = home / FOLDER / "last-failed.json"
        self._failed = self._read()

    @classmethod
    def beside(cls, config: Config) -> LastFailed:
        """That of the folder whose configuration this is; of the working directory, when there is none."""
        return cls(Path.cwd() if config.file == "default" else Path(config.file).parent)

    def __bool__(self) -> bool:
        return bool(self._failed)

    def of(self, scenarios: Iterable[Scenario]) -> list[Scenario]:
        """Those of them that failed."""
        return [one for one in scenarios if self._key(one.file, one.id) in self._failed]

    def learn(self, results: Sequence[Result], collected: Iterable[Scenario]) -> None:
        """Write down how it went. A scenario that its file does not have any more is forgotten. Raises `OSError`."""
        there = {self._key(one.file, one.id) for one in collected}
        files = {file for file, _ in there}
        kept = {key for key in self._failed if key in there or key[0] not in files}
        played = {self._key(one.file, one.name): one.outcome != "passed" for one in results}
        failed = {key for key in kept if key not in played} | {key for key, bad in played.items() if bad}
        if failed != self._failed:
            self._failed = failed
            self._write()

    def _key(self, file: str, name: str) -> Key:
        return Path(os.path.relpath(file, self._home)).as_posix(), name

    def _read(self) -> set[Key]:
        with suppress(OSError, ValueError, RecursionError):
            if self._file.stat().st_size <= MAX_BYTES:
                content = json.loads(self._file.read_text(encoding="utf-8"))
                listed = content.get("failed") if isinstance(content, dict) else None
                pairs = listed if isinstance(listed, list) else []
                return {(one[0], one[1]) for one in pairs if isinstance(one, list) and len(one) == 2 and all(isinstance(text, str) for text in one)}
        return set()

    def _write(self) -> None:
        self._file.parent.mkdir(exist_ok=True)
        (self._file.parent / ".gitignore").write_text("*\n", encoding="utf-8")
        new = self._file.with_suffix(f".{os.getpid()}.new")
        content = {"version": 1, "failed": sorted(map(list, self._failed))}
        new.write_text(json.dumps(content, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
        new.replace(self._file)
