"""J018."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.registry import Broken, rule


@rule(
    "J018",
    "text that was sent to be spoken is spoken before the call ends",
    why="tts:tokens waits until a stream is open and a sentence is whole; nothing tells the application that it still waits",
    remedy="open a stream with say {stream: true} or config {ttsStream: …}, and send tts:flush behind the last piece",
    source="jambonz.md 2.5",
    severity="warning",
)
def tokens_spoken(journal: Journal) -> Broken:
    """Nothing is left in the buffer. A caller who hangs up in the middle of a stream is nobody's mistake."""
    for frame in journal.select("app", kind="tokens_unspoken"):
        if frame.frame["stream"] != "open":
            yield f"{frame.frame['characters']} characters were never spoken: the stream was {frame.frame['stream']}", frame
