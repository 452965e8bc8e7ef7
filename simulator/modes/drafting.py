"""`jambonz-sim scenario`: journals become scenario files."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import UsageError
from simulator.modes.options import add_app, configured

if TYPE_CHECKING:
    from simulator.modes.config import Config
    from simulator.scenario.draft import Draft

SCHEMA_FILE = "scenario.schema.json"
LARGEST_BYTES = 256 * 1024 * 1024


def add_drafting(commands: argparse._SubParsersAction[Any]) -> None:
    """The command `scenario`."""
    parser = commands.add_parser(
        "scenario",
        help="write the scenario of a call that was recorded",
        description="Write a scenario in which a recorded call happens again, and which expects what the application did in it.",
    )
    parser.add_argument("journal", type=Path, metavar="JOURNAL", help="a journal, or a folder of them (*.jsonl), as `run --journal DIR` writes")
    parser.add_argument("-o", dest="output", type=Path, metavar="FILE", help="the scenario file to write (default: standard output)")
    parser.add_argument("--name", metavar="NAME", help="what the scenario is called; of several calls, what their names begin with")
    parser.add_argument("--check", action="store_true", help="play it at once, and say whether it passes")
    add_app(parser)
    parser.set_defaults(run=scenario)


def scenario(options: argparse.Namespace) -> int:
    """The command. Exit code: 0, or with --check that of the first scenario that does not pass. Raises `UsageError`."""
    output: Path | None = options.output
    if output is not None and output.exists():
        raise UsageError(f"{output} is there already", "name another file with -o, or remove it first")
    drafts = drafted(options.journal, options.name, _schema_near(output))
    text = "---\n".join(one.text for one in drafts)
    if output is None:
        sys.stdout.write(text)
    else:
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{output} cannot be written: {error.strerror}", "name another file with -o") from error
        sys.stderr.write(f"wrote {output}\n")
    for note in dict.fromkeys(note for one in drafts for note in one.notes):
        _say(f"note: {note}")
    return _check(text, str(output or "scenario.yaml"), configured(options)) if options.check else 0


def drafted(journal: Path, name: str | None, schema: str | None = None) -> list[Draft]:
    """A draft of each journal, with a name of its own. Raises `UsageError`."""
    from simulator.scenario.draft import draft
    from simulator.scenario.draft.reading import read_journal

    if not journal.exists():
        raise UsageError(f"there is no {journal}", "name a journal, or a folder of them: `jambonz-sim run --journal DIR` writes them")
    files = sorted(journal.rglob("*.jsonl")) if journal.is_dir() else [journal]
    if not files:
        raise UsageError(f"there are no journals in {journal}", "they are called *.jsonl, and `jambonz-sim run --journal DIR` writes them")
    drafts: list[Draft] = []
    taken: set[str] = set()
    for file in files:
        header, frames = read_journal(_read(file), str(file))
        wanted = name if name is not None else str(header["scenario"]) if header.get("scenario") else None
        made = draft(frames, name=wanted, schema=None if drafts else schema)
        number = 1
        while made.name in taken:
            number += 1
            made = draft(frames, name=f"{wanted or made.name} ({number})", schema=None)
        taken.add(made.name)
        drafts.append(made)
    return drafts


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise UsageError(f"{file} is larger than {LARGEST_BYTES // 1024**2} MiB", "name the journal of one call")
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "name a journal, which is a text file in UTF-8") from error


def _schema_near(output: Path | None) -> str | None:
    """Where an editor finds the schema from the file that is written; None when only this machine has it there."""
    import simulator.scenario

    there = Path(simulator.scenario.__file__).parent / SCHEMA_FILE
    home = Path.cwd()
    if output is None or not there.is_relative_to(home):
        return None
    return Path(os.path.relpath(there, (home / output).parent)).as_posix()


def _check(text: str, file: str, config: Config) -> int:
    from simulator.modes.application import app_of
    from simulator.modes.run import play_all
    from simulator.report.text import explanation
    from simulator.scenario.load import loads

    code = 0
    for result in play_all(loads(text, file, env=os.environ), app_of(config), config):
        passes = result.outcome == "passed"
        _say(f"{result.name}: {'it passes' if passes else 'it does not pass'}")
        for line in explanation(result) if not passes else []:
            _say(f"  {line}")
        code = code or result.exit_code
    return code


def _say(line: str) -> None:
    from simulator.report.text import printable

    sys.stderr.write(re.sub(r"\s+$", "", printable(line)) + "\n")
