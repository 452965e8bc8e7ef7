"""Plays every script of a folder against our feature server and compares what happens with the recording of the real one.

python -m tests.fidelity VECTORS_DIR [--out DIR] [--only TEXT]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fidelity.compare import difference
from tests.fidelity.playing import play
from tests.fidelity.script import SUFFIX, recording_beside, scripts_in


def main() -> int:
    """0 when all are equal, 1 when some differ, 2 when there is nothing to compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.fidelity", description="compare our feature server with recordings of the real one")
    parser.add_argument("folder", type=Path, metavar="VECTORS_DIR", help="a folder of *.script.json with a recording (*.jsonl) beside each")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write our recordings there")
    parser.add_argument("--only", default="", metavar="TEXT", help="only scripts whose name contains TEXT")
    options = parser.parse_args()
    paths = [path for path in scripts_in(options.folder) if options.only in path.name]
    if not paths:
        sys.stderr.write(f"there is no *{SUFFIX} in {options.folder}\n")
        return 2
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
    equal = 0
    for path in paths:
        name = path.name.removesuffix(SUFFIX)
        recording = play(path)
        if options.out is not None:
            recording.write(options.out / f"{name}.jsonl")
        found = difference(recording_beside(path), recording.masked())
        equal += found is None
        if found is not None:
            sys.stdout.write(f"DIFFERS {name}\n    {found}\n")
    sys.stdout.write(f"{equal} of {len(paths)} equal\n")
    return 0 if equal == len(paths) else 1


if __name__ == "__main__":
    sys.exit(main())
