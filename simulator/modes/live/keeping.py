"""Keeping a call: its journal as a scenario in a file, and whether that passes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from simulator.errors import UsageError
from simulator.journal import Frame
from simulator.modes.config import Config
from simulator.modes.live import messages
from simulator.modes.live.messages import Json
from simulator.scenario.draft import draft

ENDINGS = (".yaml", ".yml")
CHECK_LIMIT_S = 60.0


def place_of(file: str, folder: Path) -> Path:
    """Where that is: a new scenario file below the folder, and nothing else. Raises `UsageError`."""
    try:
        path = (folder / file).resolve()
        fits = path.is_relative_to(folder.resolve()) and path.suffix in ENDINGS
        fits = fits and not any(part.startswith(".") for part in path.relative_to(folder.resolve()).parts)  # workflows and the like
        there = fits and path.exists()
    except (OSError, ValueError):
        fits = there = False
        path = folder
    if not fits:
        raise UsageError(f"{file!r:.80} is no place for a scenario", "name a .yaml file below the folder that jambonz-sim was started in")
    if there:
        raise UsageError(f"{file} is there already", "choose another name, or take the old one away")
    return path


async def keep(frames: Sequence[Frame], file: str, config: Config) -> Json:
    """Write the scenario and play it once; answers `saved`. Raises `UsageError`."""
    path = place_of(file, Path.cwd())
    if not frames:
        raise UsageError("save: nothing has happened in this call yet", "save it when it is over")
    drafted = draft(tuple(frames), name=path.stem.replace("-", " ").replace("_", " "))
    text: str = drafted.text
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}", "choose another place") from error
    return messages.saved(file, text, await _passes(path, config))


async def _passes(path: Path, config: Config) -> bool:
    """Played by a process of its own: the calls that go on here must not stand still meanwhile."""
    words = [sys.executable, "-m", "simulator", "run", str(path), *_of_the_application(config)]
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


def _of_the_application(config: Config) -> list[str]:
    """The options that name it; a table stands in a file, which is found again."""
    named = {"--app": config.app, "--path": config.path, "--transport": config.transport, "--url": config.url}
    return [word for option, value in named.items() if isinstance(value, str) for word in (option, value)]
