"""The colours of the page: text can be read on what it stands on, by day and by night (WCAG 2.2, AA: 4.5 to 1; marks 3 to 1)."""

from __future__ import annotations

import re

import pytest

from tests.playing import ROOT

SOURCE = (ROOT / "web/src/style/theme.css").read_text(encoding="utf-8")
DAY, NIGHT = SOURCE.split("@media", 1)

TEXT = [
    *((ink, ground) for ink in ("text", "muted") for ground in ("panel", "ground", "raised", "accent-ground")),
    *(("text", ground) for ground in ("bad-ground", "warn-ground")),
    *(("muted", ground) for ground in ("bad-ground", "warn-ground")),
    *((ink, "panel") for ink in ("accent", "good", "bad", "warn", "says", "model", "app", "world")),
    *((ink, "ground") for ink in ("good", "bad", "warn", "says", "hears", "model", "app", "world")),
    *((ink, ground) for ink in ("app", "model", "world", "accent", "bad") for ground in ("accent-ground", "bad-ground", "raised")),
    *((name, f"{name}-ground") for name in ("bad", "warn", "says", "hears", "cut", "verb", "model", "app", "world")),
    ("panel", "bad"),
    ("on-accent", "accent"),
]
MARKS = [*((ink, ground) for ink in ("app", "model", "world", "media", "bad", "accent") for ground in ("panel", "ground"))]


def colours(sheet: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", sheet))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_day_and_night_have_the_same_colours() -> None:
    assert colours(DAY).keys() == colours(NIGHT).keys()


@pytest.mark.parametrize("sheet", [DAY, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (MARKS, 3.0)], ids=["text", "marks"])
def test_what_is_written_can_be_read(sheet: str, pairs: list[tuple[str, str]], least: float) -> None:
    known = colours(sheet)
    poor = {(ink, ground): round(found, 2) for ink, ground in pairs if (found := contrast(known[ink], known[ground])) < least}
    assert poor == {}
