"""The page on profiles is made of the table in the code."""

from __future__ import annotations

import sys
from pathlib import Path

from simulator.jambonz.profile import DIFFERENCES, PROFILES

PAGE = Path(__file__).parents[2] / "docs" / "profiles.md"


def page() -> str:
    """The whole page."""
    rows = [f"| {row.what} | {row.in_0_9_8} | {row.in_10} | {row.evidence} |" for row in DIFFERENCES]
    names = [f"* `{profile.name}`: {profile.describes}" for profile in PROFILES.values()]
    lines = [
        "# Profiles",
        "",
        'Which feature server is simulated: `jambonz: {profile: "10"}` in a scenario. Written by `python -m tests.jambonz.test_profile_docs`.',
        "",
        *names,
        "",
        "| | 0.9.8 | 10 | known from |",
        "|---|---|---|---|",
        *rows,
        "",
        "Everything else is taken to be the same, for want of evidence.",
        "",
    ]
    return "\n".join(lines)


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.jambonz.test_profile_docs"


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE.write_text(page(), 'utf-8')} characters\n")
