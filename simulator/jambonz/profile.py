"""Which server is simulated: the profiles decide which verbs, properties and synonyms are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from simulator.errors import UsageError, did_you_mean

ProfileName = Literal["0.9.8", "10"]


@dataclass(frozen=True, slots=True)
class Synonym:
    """A verb that is another verb, for `llm` with a vendor filled in unless the application names one."""

    verb: str
    vendor: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One generation of feature servers. `synonyms`: what the application may write -> what is carried out."""

    name: ProfileName
    describes: str
    synonyms: Mapping[str, Synonym] = field(repr=False)


def _synonyms(*vendors: str) -> dict[str, Synonym]:
    return {
        "stream": Synonym("listen"),
        "s2s": Synonym("llm"),
        **{f"{vendor}_s2s": Synonym("llm", vendor) for vendor in vendors},
    }


V0_9_8 = Profile(
    "0.9.8",
    "the open-source feature server 0.9.8: strict, refuses what it does not know",
    _synonyms("openai", "microsoft", "google", "elevenlabs", "deepgram", "voiceagent", "ultravox"),
)
V10 = Profile(
    "10",
    "the commercial servers 10 and 11, as far as their published JSON Schemas tell",
    _synonyms("openai", "google", "elevenlabs", "deepgram", "ultravox", "qwen", "gptlive", "voicelive", "nova"),
)
PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (V0_9_8, V10)}


def profile_named(name: str) -> Profile:
    """The profile of that name; a `UsageError` that lists the known ones otherwise."""
    if name in PROFILES:
        return PROFILES[name]
    raise UsageError(f"there is no profile {name!r}", did_you_mean(name, list(PROFILES)))
