"""From a journal to a scenario: what happened in a call, as a file that lets it happen again and expects what the application did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from simulator.journal import Frame, journal_of, redact
from simulator.rules import ask_all
from simulator.scenario.draft.backends import stubs_of
from simulator.scenario.draft.course import course
from simulator.scenario.draft.doings import Doings
from simulator.scenario.draft.moment import Moment
from simulator.scenario.draft.outcomes import Outcomes
from simulator.scenario.draft.parties import Parties, setup_of
from simulator.scenario.draft.writing import flow, text

__all__ = ["Draft", "draft"]


@dataclass(frozen=True, slots=True)
class Draft:
    """`text` is the scenario in YAML, `name` what it is called; `notes` say, in sentences, what of the call the language could not tell."""

    name: str
    text: str
    notes: tuple[str, ...] = ()


def draft(frames: Sequence[Frame], *, name: str | None = None, schema: str | None = None) -> Draft:
    """The scenario of a call. `frames` are those of its journal, `schema` is where the editor finds the schema.

    It is as deterministic as they are. Nothing is raised for what frames hold, as long as their shape is that of a journal.
    """
    known = [msgspec.structs.replace(frame, seq=number, frame=redact(frame.frame)) for number, frame in enumerate(frames)]
    parties = Parties(known)
    lost: list[str] = []
    setup = setup_of(known)
    given = dict(setup.get("call", {}).get("env_vars") or {})
    doings = Doings(known, parties)
    moments = [*doings.moments(), *Outcomes(known, parties).moments()]
    head: dict[str, Any] = {"name": name or _name_of(known)}
    head |= {key: setup[key] for key in ("seed", "openai", "jambonz") if key in setup}
    head |= {"call": call} if (call := parties.call(given)) else {}
    head |= {key: setup[key] for key in ("sip", "sms", "speech") if key in setup}
    stubs = stubs_of(known, lost)
    broken = _broken(known)
    rules = (f"the call breaks rule {code}, and the scenario expects it to: {title}" for code, title in broken.items())
    notes = tuple(dict.fromkeys([*parties.notes, *doings.notes, *lost, *rules]))
    lines = list(course(moments)) or [Moment(0, 0.0, {"caller": {"wait": "1s"}})]
    written = "\n".join(_written(head, parties.phones, stubs, lines, broken, notes, schema)) + "\n"
    return Draft(str(head["name"]), written, notes)


def _broken(frames: list[Frame]) -> Mapping[str, str]:
    """The rules that did not hold, by code, each with the first thing that was found."""
    found: dict[str, str] = {}
    for finding in ask_all(journal_of(frames)):
        if finding.rule.severity == "error":
            found.setdefault(finding.code, finding.rule.title)
    return found


def _name_of(frames: list[Frame]) -> str:
    said = next((str(frame.frame["text"]) for frame in frames if frame.kind == "speaks" and frame.source == "caller" and frame.frame["text"]), None)
    if said is None:
        return "a call as it went"
    short = said if len(said) <= 60 else f"{said[:60].rpartition(' ')[0] or said[:60]} …"
    return f"the caller says: {short}"


def _written(
    head: Mapping[str, Any],
    phones: Mapping[str, Any],
    stubs: list[dict[str, Any]],
    lines: list[Moment],
    broken: Mapping[str, str],
    notes: Sequence[str],
    schema: str | None,
) -> Iterator[str]:
    if schema is not None:
        yield f"# yaml-language-server: $schema={re.sub(r'[^!-~]', '', schema)}"
    for note in notes:
        yield f"# {''.join(character if character.isprintable() else ' ' for character in note)}"
    for key, value in head.items():
        yield f"{key}: {text(value, quoted=not _is_sentence(value)) if key == 'name' else flow(value)}"
    if phones:
        yield "phones:"
        yield from (f"  {flow(name)}: {flow(phone)}" for name, phone in phones.items())
    if stubs:
        yield "world:"
        for stub in stubs:
            for number, (key, value) in enumerate(stub.items()):
                yield f"  {'-' if number == 0 else ' '} {key}: {flow(value)}"
    yield "steps:"
    for line in lines:
        ((actor, doing),) = line.step.items()
        yield from _step(actor, doing)
    yield from (f"  - expect: {{finding: {code}}}" for code in broken)


def _is_sentence(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_\- ]*", name))


def _step(actor: str, doing: Mapping[str, Any]) -> Iterator[str]:
    line = f"  - {actor}: {flow(doing)}"
    calls = doing.get("call")
    if actor != "model" or not isinstance(calls, list) or len(calls) < 2:
        yield line
        return
    yield f"  - {actor}:"
    for key, value in doing.items():
        if key == "call":
            yield "      call:"
            yield from (f"        - {flow(call)}" for call in calls)
        else:
            yield f"      {key}: {flow(value, key)}"
