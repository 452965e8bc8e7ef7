from __future__ import annotations

import pytest

from simulator.errors import UsageError
from simulator.jambonz.profile import PROFILES, V0_9_8, V10, profile_named


def test_profiles_are_found_by_name() -> None:
    assert [profile_named(name) for name in ("0.9.8", "10")] == [V0_9_8, V10] == list(PROFILES.values())


def test_an_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"there is no profile '0\.9\.7'\n.*did you mean '0\.9\.8'\? Known: 0\.9\.8, 10"):
        profile_named("0.9.7")
