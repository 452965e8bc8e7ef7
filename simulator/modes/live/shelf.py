"""The scenarios of a project that can be played live, and steps that somebody writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.errors import ScenarioError, SimError, UsageError, Where, did_you_mean
from simulator.modes.live.messages import LIVE, Json
from simulator.modes.simulate.writing import node_of
from simulator.scenario.document import Problems
from simulator.scenario.load import Scenario, check_phones, collect, load
from simulator.scenario.phone import Phone
from simulator.scenario.shapes import INVALID
from simulator.scenario.steps import Step
from simulator.scenario.steps.registry import StepShape

MOST_NAMED = 50


class Shelf:
    """The scenario files below `folder`. What is wrong with one is said when it is played."""

    def __init__(self, folder: str, environ: Mapping[str, str]) -> None:
        self._folder, self._environ = Path(folder), environ
        self.told: list[Json] = []

    def look(self) -> bool:
        """Read what there is now; whether that is something else than before."""
        before, self.told = self.told, []
        for path in collect([self._folder]) if self._folder.exists() else []:
            try:
                self.told += ({"id": f"{one.file}::{one.id}", "name": one.id, "file": one.file} for one in load(path, env=self._environ))
            except (SimError, OSError):
                continue
        return self.told != before

    def scenario(self, name: str) -> Scenario:
        """The scenario of that id, as it is saved now. Raises `UsageError` and `ScenarioErrors`."""
        file, _, of = name.partition("::")
        known = [str(one["id"]) for one in self.told]
        if name not in known:
            raise UsageError(f"there is no scenario {name!r}", did_you_mean(name, known[:MOST_NAMED]))
        found = next((one for one in load(file, env=self._environ) if one.id == of), None)
        if found is None:
            raise UsageError(f"{file} has no scenario {of!r} any more")
        return found


def read_step(written: Mapping[str, Any], phones: Mapping[str, Phone]) -> Step:
    """A step, written in JSON as it would be in YAML. Raises `ScenarioErrors` with everything that is wrong with it."""
    problems = Problems()
    try:
        made: Any = StepShape().read(node_of(dict(written), Where(LIVE, 1, 1), problems), "step", problems)
    except RecursionError:
        raise ScenarioError("this step is nested too deep") from None
    if made is not INVALID:
        check_phones([made], phones, problems)
    problems.raise_if_any()
    if made is INVALID:
        raise ScenarioError("this is no step", "write it as in a scenario: {caller: {say: hello}}")
    step: Step = made
    return step
