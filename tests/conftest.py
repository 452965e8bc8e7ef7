"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)  # how long an example takes says something about the machine, not about the code
settings.load_profile("patient")
