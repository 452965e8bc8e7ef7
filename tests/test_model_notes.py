"""Live audio in the journal: told once a second, in its place, and none of it lost."""

from __future__ import annotations

from typing import Any

from simulator.model_notes import APPEND, ModelNotes


class Told:
    def __init__(self) -> None:
        self.frames: list[tuple[str, str, dict[str, Any]]] = []
        self.notes = ModelNotes(lambda *frame: self.frames.append(frame))

    def appends(self, *at_s: float, audio: bytes = b"ab") -> None:
        for now_s in at_s:
            self.notes.said(APPEND, {"type": APPEND, "audio": audio}, now_s)


def test_long_pieces_are_told_one_by_one() -> None:
    told = Told()
    told.appends(0.0, 0.1, 0.2, 1.2)
    assert [frame for _, _, frame in told.frames] == [{"type": APPEND, "audio": b"ab"}] * 4


def test_live_pieces_are_told_once_a_second() -> None:
    told = Told()
    told.appends(*(number * 0.02 for number in range(150)))
    told.notes.flush()
    assert len(told.frames) <= 4
    assert sum(frame.get("pieces", 1) for _, _, frame in told.frames) == 150
    assert b"".join(frame["audio"] for _, _, frame in told.frames) == b"ab" * 150


def test_what_happens_next_is_told_after_the_audio_before_it() -> None:
    told = Told()
    told.appends(0.0, 0.02, 0.04)
    told.notes.said("response.create", {"type": "response.create"}, 0.05)
    told.appends(0.06)
    told.notes("model", "speech_started", {})
    assert [(source, kind) for source, kind, _ in told.frames] == [
        ("jambonz", APPEND),
        ("jambonz", APPEND),
        ("jambonz", "response.create"),
        ("jambonz", APPEND),
        ("model", "speech_started"),
    ]
