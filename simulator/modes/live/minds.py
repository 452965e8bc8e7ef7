"""Who answers for the model in live calls: a mind, with what meets its connections; or a real model far away. Pure but for the files it reads."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from simulator.errors import UsageError
from simulator.ids import Ids
from simulator.modes.openai.arrivals import Welcome, welcome
from simulator.modes.openai.minds import Mind
from simulator.modes.openai.offer import offer
from simulator.modes.openai.plans import Plan
from simulator.vendors.openai.distant import DistantModel, distant_model
from simulator.vendors.openai.events import Refuse

KINDS = ("default", "rules FILE", "script FILE", "echo", "openai", "wss://HOST/PATH")


class Model:
    """What `--model` names. Each connection to it has a mind of its own; connections are counted over all calls. `distant` is a real model:
    then nobody is asked for an answer here. Its key comes from `environ`, and `ca_file` has the certificates it is trusted by.

    Raises `UsageError` for what is no model, and `ScenarioErrors` for a file that cannot be played.
    """

    def __init__(
        self, written: str | Sequence[str] = "default", seed: int = 0, environ: Mapping[str, str] | None = None, ca_file: Path | None = None
    ) -> None:
        words = written.split(None, 1) if isinstance(written, str) else list(written)
        self.kind, self.name = (words or ["default"])[0], " ".join(words or ["default"])
        file = words[1] if len(words) == 2 else None
        self.distant: DistantModel | None = None
        if len(words) == 1 and (self.kind == "openai" or "://" in self.kind):
            self.distant = distant_model(self.kind, os.environ if environ is None else environ, ca_file)
            self.kind = "distant"
        elif ca_file is not None:
            raise UsageError("--ca-file is for a real model", "name it: --model wss://HOST/PATH")
        if (
            self.kind not in ("default", "rules", "script", "echo", "distant")
            or len(words) > 2
            or (file is None) == (self.kind in ("rules", "script"))
        ):
            raise UsageError(f"--model {self.name!r} names no model", f"choose one of {', '.join(KINDS)}")
        self._offer = offer(
            rules=Path(file) if file is not None and self.kind == "rules" else None,
            script=Path(file) if file is not None and self.kind == "script" else None,
            echo=self.kind == "echo",
        )
        self._seed, self._connections = seed, 0

    def next_connection(self) -> tuple[Mind, Welcome]:
        """The mind of the next connection, and what meets it."""
        self._connections += 1
        mind, met = self._offer.mind(Ids(f"{self._seed}/{self._connections}")), welcome(self._offer.arrivals, self._connections)
        before = (*met.plan.before, *((Refuse("insufficient_quota"),) if self._offer.quota_gone else ()))
        refused_with = self._offer.refused_with if met.refused_with is None else met.refused_with
        return mind, Welcome(refused_with, Plan(before, None, met.plan.later))
