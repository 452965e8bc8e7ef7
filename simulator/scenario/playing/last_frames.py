"""The last frames of each link, which a failure shows."""

from __future__ import annotations

from simulator.scenario.scene import Scene

LAST_FRAMES = 4
"""How many of each link."""
QUIET = frozenset({"input_audio_buffer.append", "response.output_audio.delta", "response.audio.delta", "rate_limits.updated"})
"""Too frequent to tell anybody anything."""


def last_frames(scene: Scene) -> list[str]:
    """As lines, under a heading; none where there are none."""
    lines = []
    for link in ("app", "audio", "model", "media", "world"):
        frames = [frame for frame in scene.frames() if frame.link == link and frame.kind not in QUIET][-LAST_FRAMES:]
        if frames:
            lines.append(f"{link}: " + ", ".join(f"{frame.source} {frame.kind} ({frame.at_s:.2f} s)" for frame in frames))
    return ["the last frames of each link:", *(f"  {line}" for line in lines)] if lines else []
