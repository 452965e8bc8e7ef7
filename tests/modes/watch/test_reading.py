"""What a process reads is noticed, and what it imports is what stands in the file."""

from __future__ import annotations

import json
import os
import py_compile
import subprocess
import sys
from pathlib import Path

from tests.playing import ROOT

PROBE = """
import json, os, sys
sys.path.insert(0, ".")
from simulator.modes.watch.reading import Reading, import_from_source
reading = Reading(os.getcwd())
open("before.txt").close()
reading.begin()
import_from_source(os.getcwd())
import package.module
open("prompt.md").close()
open("state.json").close()
open("state.json", "a").close()
open("missing.md") if os.path.exists("missing.md") else None
print(json.dumps([package.module.VALUE, sorted(os.path.relpath(path) for path in reading.taken()), len(reading.taken())]))
"""


def probed(folder: Path) -> tuple[int, list[str], int]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True, timeout=60
    )
    value, read, left = json.loads(done.stdout)
    return value, read, left


def test_what_is_read_is_noticed_and_a_cache_that_lies_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    for name in ("before.txt", "prompt.md", "state.json", "package/__init__.py"):
        (tmp_path / name).touch()
    module = tmp_path / "package/module.py"
    module.write_text("VALUE = 1\n")
    py_compile.compile(str(module))
    at = module.stat()
    module.write_text("VALUE = 2\n")  # as big as before, and within the same second
    os.utime(module, ns=(at.st_atime_ns, at.st_mtime_ns))
    plain = subprocess.run(
        [sys.executable, "-c", "import package.module as m; print(m.VALUE)"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert plain.stdout == "1\n", "this is how Python itself is deceived"
    value, read, left = probed(tmp_path)
    assert value == 2
    assert read == ["package/__init__.py", "package/module.py", "prompt.md"]
    assert left == 0, "each is told once"
