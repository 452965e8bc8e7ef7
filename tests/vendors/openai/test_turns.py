"""The ear: it hears the same however the sound is cut into pieces."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.vendors.openai.formats import FORMATS
from simulator.vendors.openai.turns import FRAME_MS, Ear, SpeechStarted, SpeechStopped

PCM = FORMATS["audio/pcm"]
SERVER = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 100, "silence_duration_ms": 160}
SEMANTIC = {"type": "semantic_vad", "eagerness": "high"}
FRAME_BYTES = FRAME_MS * PCM.bytes_per_ms
SOUNDS = {"loud": b"\x00\x40", "quiet": b"\x01\x00", "silent": b"\x00\x00"}
RUNS = st.lists(st.tuples(st.sampled_from(sorted(SOUNDS)), st.integers(1, 70)), min_size=1, max_size=8)


def heard(pieces: list[bytes], detection: dict[str, Any], complete: bool) -> tuple[list[SpeechStarted | SpeechStopped], int]:
    ear = Ear(PCM, detection, lambda _: complete)
    return [each for piece in pieces for each in ear.append(piece)], ear.clock_ms


@given(RUNS, st.lists(st.integers(1, 9000), max_size=6), st.sampled_from([SERVER, SEMANTIC]), st.booleans())
def test_turns_are_the_same_frame_by_frame_and_in_pieces_of_any_size(
    runs: list[tuple[str, int]], cuts: list[int], detection: dict[str, Any], complete: bool
) -> None:
    sound = b"".join(SOUNDS[kind] * (FRAME_BYTES // 2) * frames for kind, frames in runs)
    one_by_one = [sound[start : start + FRAME_BYTES] for start in range(0, len(sound), FRAME_BYTES)]
    pieces, rest = [], sound
    for cut in cuts:
        pieces.append(rest[: cut * 2])
        rest = rest[cut * 2 :]
    pieces = [piece for piece in (*pieces, rest) if piece]
    assert heard(pieces, detection, complete) == heard(one_by_one, detection, complete) == heard([sound], detection, complete)
