"""From files and options to what a server offers. Options weigh more than what a script says."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from simulator.errors import UsageError
from simulator.ids import Ids
from simulator.modes.openai.assistant import Assistant
from simulator.modes.openai.connection import Limits
from simulator.modes.openai.files import RuleBook, Script, Serving, read_rules, read_script
from simulator.modes.openai.minds import Echo, Mind, Ruled, Scripted
from simulator.modes.openai.server import Offer
from simulator.vendors.openai.settings import Settings

Source = str | Path | Mapping[str, Any] | Sequence[Any]
"""The path of a file, or what could be written in one."""


def offer(
    *,
    script: Source | None = None,
    rules: Source | None = None,
    echo: bool = False,
    beta: Literal["serve", "refuse"] | None = None,
    pace: float | None = None,
    keys: Sequence[str] = (),
    seed: int | str | None = None,
    settings: Settings | None = None,
    limits: Limits | None = None,
    record: str | Path | None = None,
) -> Offer:
    """Raises ScenarioErrors for files that cannot be played, UsageError for options that contradict each other."""
    if (script is not None) + (rules is not None) + echo > 1:
        raise UsageError("a script, rules and an echo cannot all answer", "choose one of --script, --rules and --echo")
    book = None if rules is None else _rules(rules)
    written: Serving = _script(script) if script is not None else book if book is not None else Serving()
    told = settings or Settings()
    pace = written.pace if pace is None else pace
    if pace is not None:
        told = told.at_once() if pace == 0 else replace(told, speed_factor=pace)
    good = tuple(keys) or written.keys
    told = replace(
        told,
        beta=beta or written.beta or told.beta,
        keys=good or told.keys,
        mcp={**told.mcp, **{label: None if tools is None else tuple(map(dict, tools)) for label, tools in written.mcp.items()}},
        session_limit_s=told.session_limit_s if written.session_limit_s is None else written.session_limit_s,
    )
    mind: Any
    if isinstance(written, Script):

        def mind(ids: Ids) -> Mind:
            return Scripted(written, Assistant(ids.seed))
    elif book is not None:

        def mind(ids: Ids) -> Mind:
            return Ruled(book.rules, Assistant(ids.seed))
    elif echo:

        def mind(_ids: Ids) -> Mind:
            return Echo()
    else:

        def mind(ids: Ids) -> Mind:
            return Assistant(ids.seed)

    refused_with = written.refused_with if isinstance(written, Script) else None
    gone = written.quota == "gone"
    folder = None if record is None else Path(record)
    return Offer(told, mind, refused_with, gone, written.deployments, seed, limits or Limits(), written.connections, folder)


def _script(source: Source) -> Script:
    if isinstance(source, str | Path):
        return read_script(Path(source), env=os.environ)
    return read_script(json.dumps(source, ensure_ascii=False), "script", env=os.environ)


def _rules(source: Source) -> RuleBook:
    if isinstance(source, str | Path):
        return read_rules(Path(source), env=os.environ)
    return read_rules(json.dumps(source, ensure_ascii=False), "rules", env=os.environ)
