"""J017."""

from __future__ import annotations

from simulator.journal import Frame, Journal
from simulator.rules.registry import Broken, rule


@rule(
    "J017",
    "text to be spoken is sent no faster than the buffer takes it",
    why="what tts:tokens-result refuses is not kept: unless it is sent again, the caller never hears it",
    remedy="stop at stream_paused, and send what was refused again after stream_resumed",
    source="jambonz.md 2.5",
    severity="warning",
)
def tokens_taken(journal: Journal) -> Broken:
    """Every refused piece is sent again, under any id, and taken then."""
    sent: dict[str, list[str]] = {}
    refused: dict[str, tuple[str, Frame]] = {}
    for frame in journal.select("app"):
        data = frame.frame.get("data")
        if not isinstance(data, dict) or "id" not in data:
            continue
        piece = str(data["id"])
        if frame.source == "app" and frame.frame.get("command") == "tts:tokens":
            sent.setdefault(piece, []).append(str(data.get("tokens")))
        elif frame.kind == "tts:tokens-result" and sent.get(piece):
            text = sent[piece].pop(0)
            if data.get("status") == "ok":
                refused.pop(text, None)
            else:
                refused.setdefault(text, (f"tts:tokens {piece} was refused ({data.get('reason')})", frame))
    for text, (what, at) in refused.items():
        yield f"{what} and never taken: {text[:40]!r}", at
