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
    commands: frozenset[str] = frozenset()
    """Commands that only this one knows."""
    any_tool_output: bool = False
    """Whether an output of any shape becomes text for the model, instead of being dropped."""


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
    commands=frozenset({"agent:update", "noiseIsolation:status", "stt:reconfigure", "room:say", "room:play"}),
    any_tool_output=True,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which the profiles differ, and how that is known."""

    what: str
    in_0_9_8: str
    in_10: str
    evidence: str


DIFFERENCES = (
    Difference("verbs and properties", "the table of verb-specifications 0.1.13", "the published JSON Schemas", "jambonz/schema 0.4.9, as data"),
    Difference("texts of refusals", "the real server's own", "ours: those of the commercial servers are not known", "recordings; inference"),
    Difference("verb agent", "invalid instruction", "carried out, with agent:event and agent:tool-call", "schema verbs/agent, callbacks/agent-turn"),
    Difference("verbs transfer, room, gptlive_s2s, qwen_s2s", "invalid instruction", "accepted; not simulated, and the journal says so", "schema"),
    Difference(
        "llm handoff, hangup, responseTimeoutMs, cancelOn…", "unknown property", "accepted; nothing comes of them, and the journal says so", "schema"
    ),
    Difference("llm:tool-output of any shape", "dropped unless the vendor's own", "made text for the model", "schema, AGENTS.md"),
    Difference("command agent:update", "unknown", "update_instructions, inject_context, update_tools, generate_reply", "schema, SDKs"),
    Difference("commands noiseIsolation:status, stt:reconfigure, room:*", "unknown", "known; nothing comes of them, and the journal says so", "SDKs"),
)
"""Everything else is taken to be the same, for want of evidence."""

PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (V0_9_8, V10)}


def profile_named(name: str) -> Profile:
    """The profile of that name; a `UsageError` that lists the known ones otherwise."""
    if name in PROFILES:
        return PROFILES[name]
    raise UsageError(f"there is no profile {name!r}", did_you_mean(name, list(PROFILES)))
