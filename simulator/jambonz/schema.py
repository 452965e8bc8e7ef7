"""What the application sent, made into verbs or refused, as the real server would.

The real server first brings the whole list into one form, then checks and constructs verb by verb, and throws at the
first problem; one bad verb discards the list. So does `normalize`.
Source: verb-specifications 0.1.13 `normalizeJambones`, `validateVerb`; feature server 389c65e2 `tasks/make_task.js`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, assert_never

from simulator.jambonz import construction, javascript, official, table
from simulator.jambonz.profile import Profile
from simulator.jambonz.refusal import Refusal

__all__ = ["Refusal", "VerbData", "Written", "check", "construct", "normal_form", "normalize"]


@dataclass(frozen=True, slots=True)
class VerbData:
    """One verb in normal form: `{"verb": "openai_s2s", "model": "m"}` is `llm` with `{"vendor": "openai", "model": "m"}`."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> dict[str, Any]:
        """The `id` the application gave it, as `verb_id` of a hook's payload; empty without one."""
        return {"verb_id": self.data["id"]} if "id" in self.data else {}


@dataclass(frozen=True, slots=True)
class Written:
    """A verb in one form but not yet checked: `data` may be anything. `word` is the name the application used."""

    name: str
    data: object
    word: str
    path: str


def normalize(verbs: object, profile: Profile) -> list[VerbData] | Refusal:
    """The verbs of an ack or command, ready to be carried out, or the first reason to refuse them all.

    `verbs` is what JSON gave, of any type; it is not changed. An empty list is fine here (the caller decides).
    """
    written = normal_form(verbs, profile)
    if isinstance(written, Refusal):
        return written
    ready: list[VerbData] = []
    for element in written:
        refusal = check(element, profile) or _construct(element, profile)
        if refusal is not None:
            return refusal
        ready.append(VerbData(element.name, dict(element.data) if isinstance(element.data, dict) else {}))
    return ready


def construct(verb: VerbData) -> str | None:
    """The text with which 0.9.8 fails to construct a verb that passed the check, e.g. `say` without text; None when it can."""
    failure = construction.failure(verb.name, verb.data, "")
    return None if failure is None else failure.text


def normal_form(verbs: object, profile: Profile) -> list[Written] | Refusal:
    """`{"say": {..}}` and `{"verb": "say", ..}` become one form and synonyms are resolved; nothing else is checked."""
    if not isinstance(verbs, list):
        return Refusal("malformed jambonz payload: must be array", "", "send a list of verbs, even for one verb")
    written: list[Written] = []
    for position, element in enumerate(verbs):
        path = f"[{position}]"
        match element:
            case None:
                return Refusal("Cannot use 'in' operator to search for 'verb' in null", path, "write a verb here, not null")
            case {"verb": verb, **data}:
                written.append(_resolved(verb, data, path, profile))
            case dict() | list() if len(element) == 1:
                word, data = next(iter(element.items())) if isinstance(element, dict) else ("0", element[0])
                written.append(_resolved(word, data, f"{path}.{word}", profile))
            case dict() | list():
                remedy = 'write {"verb": "say", ...} or {"say": {...}}'
                return Refusal("malformed jambonz payload: missing verb property", path, remedy)
            case _:
                return Refusal("malformed jambonz payload: must be array of objects", path, f"{javascript.text(element)!r} is not a verb")
    return written


def check(element: Written, profile: Profile) -> Refusal | None:
    """The first problem in the properties of one verb, nested components included."""
    match profile.name:
        case "0.9.8":
            if javascript.type_of(element.data) != "object":
                return Refusal("malformed jambonz application payload", element.path, f"{element.word} should be an object")
            return table.refusal(element.name, element.data, element.path, list(profile.synonyms))
        case "10":
            return official.refusal(element.word, element.data, element.path)
        case other:
            assert_never(other)


def _construct(element: Written, profile: Profile) -> Refusal | None:
    return construction.failure(element.name, element.data, element.path) if profile.name == "0.9.8" else None


def _resolved(verb: object, data: object, path: str, profile: Profile) -> Written:
    """Source: verb-specifications 0.1.13, `applyVerbTransform`. What stands in `data` wins over the synonym's vendor."""
    word = javascript.text(verb)
    synonym = profile.synonyms.get(verb) if isinstance(verb, str) else None
    if synonym is None:
        return Written(word, data, word, path)
    if synonym.vendor is None:
        return Written(synonym.verb, data, word, path)
    spread = data if isinstance(data, dict) else dict(_spread(data))
    return Written(synonym.verb, {"vendor": synonym.vendor, **spread}, word, path)


def _spread(data: object) -> list[tuple[str, object]]:
    """`{...data}` of a list or text is its items by position; of anything else, nothing."""
    return [(str(position), item) for position, item in enumerate(javascript.items(data) or [])]
