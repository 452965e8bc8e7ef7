"""What the dialogue tests of the feature server share."""

from __future__ import annotations

import pytest

from tests.jambonz.playbook import Playbook


@pytest.fixture
def book() -> Playbook:
    """One call of an application with a status hook, on profile 0.9.8."""
    return Playbook()
