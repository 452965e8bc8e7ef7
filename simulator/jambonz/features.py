"""What `config` has switched on for the rest of a call, and what goes on beside its verbs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.jambonz.recording import Recording
    from simulator.jambonz.token_stream import TokenStream
    from simulator.jambonz.tracks import Track

Json = dict[str, Any]


@dataclass(slots=True)
class Features:
    """Settings that outlive the verb they came with. `synthesizer` and `recognizer` are kept as the application was set up, for `reset`."""

    synthesizer: Json
    recognizer: Json
    filler_noise: Json | None = None
    delay_action: Json | None = None
    request_hook: Any = None
    refer_hook: Any = None
    auto_stream: bool = False
    tts_cache: bool = True
    synthesized: set[tuple[str, ...]] = field(default_factory=set)
    """What speech synthesis has made before, so that it comes from the cache."""
    tracks: dict[str, Track] = field(default_factory=dict)
    tokens: TokenStream | None = None
    recording: Recording | None = None
