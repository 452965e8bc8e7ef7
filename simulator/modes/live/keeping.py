"""Keeping a call: its journal as a scenario in a file, and whether that passes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from simulator.errors import UsageError
from simulator.host import AppRef
from simulator.journal import Frame
from simulator.modes.config import Config
from simulator.modes.live import messages
from simulator.modes.live.messages import Json

DRAFT = "simulator.scenario.draft"
ENDINGS = (".yaml", ".yml")
CHECK_LIMIT_S = 60.0


def place_of(file: str, folder: Path) -> Path:
    """Where that is: a new scenario file below the folder, and nothing else. Raises `UsageError`."""
    try:
        path = (folder / file).resolve()
        fits = path.is_relative_to(folder.resolve()) and path.suffix in ENDINGS and "\0" not in file
        there = fits and path.exists()
    except (OSError, ValueError):
        fits = there = False
        path = folder
    if not fits:
        raise UsageError(f"{file!r:.80} is no place for a scenario", "name a .yaml file below the folder that jambonz-sim was started in")
    if there:
        raise UsageError(f"{file} is there already", "choose another name, or take the old one away")
    return path


async def keep(frames: Sequence[Frame], file: str, app: AppRef, config: Config) -> Json:
    """Write the scenario and play it once; answers `saved`. Raises `UsageError`."""
    path = place_of(file, Path.cwd())
    if find_spec(DRAFT) is None:
        raise UsageError("save: writing a call as a scenario is not in this version", "keep its journal: frames are told as they happen")
    if not frames:
        raise UsageError("save: nothing has happened in this call yet", "save it when it is over")
    drafted = import_module(DRAFT).draft(tuple(frames), name=path.stem.replace("-", " ").replace("_", " "))
    text: str = drafted.text
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}", "choose another place") from error
    return messages.saved(file, text, await _passes(path, app, config))


async def _passes(path: Path, app: AppRef, config: Config) -> bool:
    """Played by a process of its own: the calls that go on here must not stand still meanwhile."""
    words = [sys.executable, "-m", "simulator", "run", str(path), "--app", str(config.app if isinstance(config.app, str) else app.ref)]
    process = await asyncio.create_subprocess_exec(
        *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, env=dict(os.environ)
    )
    try:
        async with asyncio.timeout(CHECK_LIMIT_S):
            return await process.wait() == 0
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
