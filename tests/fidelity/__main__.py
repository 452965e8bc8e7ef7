"""Plays every script of a folder against our feature server and compares what happens with the recording of the real one.

python -m tests.fidelity VECTORS_DIR [--out DIR] [--only TEXT]
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections import Counter
from pathlib import Path

from tests.fidelity.compare import difference
from tests.fidelity.playing import ignored_in, play_script
from tests.fidelity.recording import Recording
from tests.fidelity.script import SUFFIX, Script, ScriptError, has_recording, recording_beside, scripts_in


def main() -> int:
    """0 when all that have a recording are equal to it, 1 when some differ or cannot be played, 2 when there is nothing to play."""
    parser = argparse.ArgumentParser(prog="python -m tests.fidelity", description="compare our feature server with recordings of the real one")
    parser.add_argument("folder", type=Path, metavar="VECTORS_DIR", help="a folder of *.script.json, with a recording (*.jsonl) beside each")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write our recordings there")
    parser.add_argument("--only", default="", metavar="TEXT", help="only scripts whose name contains TEXT")
    options = parser.parse_args()
    paths = [path for path in scripts_in(options.folder) if options.only in path.name]
    if not paths:
        sys.stderr.write(f"there is no *{SUFFIX} in {options.folder}\n")
        return 2
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
    fates = Counter(_compare(path, options.out) for path in paths)
    sys.stdout.write(f"{fates['equal']} of {len(paths)} equal")
    sys.stdout.write("".join(f", {fates[fate]} {fate}" for fate in ("without a recording", "not played") if fates[fate]) + "\n")
    return 0 if fates["equal"] + fates["without a recording"] == len(paths) else 1


def _compare(path: Path, out: Path | None) -> str:
    """What becomes of one script; what is to be said of it is said."""
    name = path.name.removesuffix(SUFFIX)
    try:
        recording = _played(path, name)
        if out is not None:
            recording.write(out / f"{name}.jsonl")
        if not has_recording(path):
            return "without a recording"
        found = difference(recording_beside(path), recording.masked())
    except ScriptError as problem:
        sys.stdout.write(f"CANNOT PLAY {name}\n    {problem}\n")
        return "not played"
    except Exception:  # one script must not keep the others from being played
        sys.stdout.write(f"CANNOT PLAY {name}\n{traceback.format_exc()}")
        return "not played"
    if found is not None:
        sys.stdout.write(f"DIFFERS {name}\n    {found}\n")
    return "equal" if found is None else "different"


def _played(path: Path, name: str) -> Recording:
    script = Script.read(path)
    for ignored in ignored_in(script):
        sys.stdout.write(f"IGNORED in {name}: {ignored}\n")
    return play_script(script)


if __name__ == "__main__":
    sys.exit(main())
