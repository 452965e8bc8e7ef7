"""Scripts of our own, beside those that were recorded: each carries the frames that protocol/jambonz.md says a real server gives."""

from __future__ import annotations

from tests.fidelity.cases import acks, closing, commands, frames, handshakes, model, verbs

CASES = [*acks.CASES, *closing.CASES, *commands.CASES, *frames.CASES, *handshakes.CASES, *model.CASES, *verbs.CASES]
