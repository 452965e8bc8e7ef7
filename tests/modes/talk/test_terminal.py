"""`talk` on a terminal, as a person uses it."""

from __future__ import annotations

import os
import sys

import pytest

from tests.playing import ROOT
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pseudo terminals")
WORDS = [sys.executable, "-m", "simulator", "talk"]


def environ(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def test_a_person_talks_interrupts_and_leaves() -> None:
    with Terminal(WORDS, ROOT, environ(), columns=140) as terminal:
        terminal.until(lambda seen: "assistant: Hello! How can I help you?" in seen.written)
        terminal.type("/interrupt Is anybody there\r")
        terminal.until(lambda seen: "cut off behind:" in seen.written)
        terminal.type("/trou")
        terminal.type("\t")
        terminal.until(lambda seen: "/trouble" in seen.written)
        terminal.type("\r")
        terminal.until(lambda seen: "rate limit reached" in seen.written)
        terminal.type("/dance\r")
        terminal.until(lambda seen: "there is no command /dance" in seen.written)
        terminal.type("/hang_up\r")
        terminal.until(lambda seen: "has ended" in seen.written)
        terminal.type("/quit\r")
        assert terminal.ends() == 0
        assert "\x1b[1massistant" in terminal.written


def test_without_colour_nothing_is_coloured_and_ctrl_d_leaves() -> None:
    with Terminal(WORDS, ROOT, environ(NO_COLOR="1"), columns=140) as terminal:
        terminal.until(lambda seen: "is connected" in seen.written)
        terminal.type("\x04")
        assert terminal.ends() == 0
        assert "\x1b[1m" not in terminal.written
        assert "\x1b[2m" not in terminal.written
