"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("patient", deadline=None)  # how long an example takes says something about the machine, not about the code
settings.load_profile("patient")

for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
    os.environ.pop(name, None)  # on GitHub, too, only the tests' own result is told there
