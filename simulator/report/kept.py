"""A call that is kept in a journal file: what the file says of its result, and the same read again, whoever has written it.

The first line is the header. `result` in it is what the rest of the file cannot tell: the failures with their places, which findings
counted, and what the application has said last. A file without it (of a server that recorded, or cut short) is judged again by the rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.errors import Where
from simulator.journal import SCHEMA_VERSION, Frame, Journal, redact
from simulator.report.result import Outcome, Result
from simulator.rules import RULES, Finding
from simulator.scenario.failure import Failure

MOST_FRAMES = 200_000
LONGEST_LINE = 8_000_000
"""Bytes; what a call says at once is some 24 KiB, and a backend may answer with a few millions."""
MOST_MISSING = 1_000
"""Numbers of frames that may be missing in one place; a larger gap is taken for a forged number."""
MOST_TOLD = 100
"""Of anything that a header lists, and of the notes on broken lines."""
LATEST_S = 1e7
OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "error")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was read. `notes` say what of it could not be, each with its line; `judged` is whether the file told its own result."""

    result: Result
    notes: tuple[str, ...] = ()
    judged: bool = True


def header(result: Result) -> dict[str, Any]:
    """The members of a journal's first line, without secrets."""
    told: dict[str, Any] = {
        "failures": [_failure(one) for one in result.failures[:MOST_TOLD]],
        "findings": [
            {"code": one.code, "text": one.text, "seq": None if one.frame is None else one.frame.seq} for one in result.findings[:MOST_TOLD]
        ],
        "error": result.error,
        "exit_code": result.exit_code,
        "virtual_s": round(result.virtual_s, 6),
        "wall_ms": round(result.wall_ms, 3),
        "log": list(result.log[-MOST_TOLD:]),
        "line": result.line,
    }
    clean: dict[str, Any] = redact(
        {"scenario": result.name, "file": result.file, "seed": result.seed, "outcome": result.outcome, "result": told},
    )
    return clean


def _failure(failure: Failure) -> dict[str, Any]:
    told = failure.json() | {"seq": failure.seq, "leg": failure.leg, "nearest": failure.nearest}
    return told | {"because": list(failure.because), "afterwards": list(failure.afterwards)}


def read(lines: Iterable[bytes], name: str) -> Kept:
    """The call in these lines; `name` is the file's, for the notes. It never raises: what cannot be read is said, and stands among the frames."""
    return _Reading(name).of(lines)


class _Reading:
    """Reads one file from its first line to its last."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._journal = Journal()
        self._notes: list[str] = []
        self._left_out = 0
        self._broken: list[str] = []
        """What is wrong with the lines since the last good one: their frames are missing."""

    def of(self, lines: Iterable[bytes]) -> Kept:
        head: dict[str, Any] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            if len(self._journal.frames) >= MOST_FRAMES:
                self._note(number, f"what follows is left out: a journal that can be shown has at most {MOST_FRAMES} frames")
                break
            entry = self._entry(line, number)
            if entry is None:
                continue
            if number == 1 and "schema_version" in entry:
                head = entry
                if entry["schema_version"] != SCHEMA_VERSION:
                    self._note(
                        1, f"schema_version is {_short(entry['schema_version'])}, and this version reads {SCHEMA_VERSION}: some of it may be missing"
                    )
                continue
            self._take(entry, number, has_secret=b"<secret:" in line)
        for problem in self._broken:  # behind the last good line
            self._missing(problem)
        if self._left_out:
            self._notes.append(f"{self._name}: and {self._left_out} more lines")
        if not self._journal.frames:
            self._notes.append(f"{self._name} holds no frame of a call: is it a journal, as `run --journal DIR` writes them?")
        return self._kept(head)

    def _entry(self, line: bytes, number: int) -> dict[str, Any] | None:
        if len(line) > LONGEST_LINE:
            self._skip(number, f"it is longer than {LONGEST_LINE} bytes")
            return None
        try:
            entry = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            self._skip(number, f"it is not UTF-8 ({error.reason} at byte {error.start})")
        except json.JSONDecodeError as error:
            self._skip(number, f"it is not JSON: {error.msg} at column {error.colno}")
        except (ValueError, RecursionError):
            self._skip(number, "it is not JSON that can be read: a number is too long, or it is nested too deep")
        else:
            if isinstance(entry, dict):
                return entry
            self._skip(number, "it is no object")
        return None

    def _take(self, entry: dict[str, Any], number: int, *, has_secret: bool) -> None:
        problem = _wrong(entry)
        expected = len(self._journal.frames)
        if problem is None and not expected <= entry["seq"] <= expected + len(self._broken) + MOST_MISSING:
            problem = f"its seq is {entry['seq']}, and {expected} was expected"
        if problem is not None:
            self._skip(number, problem)
            return
        lost = entry["seq"] - expected
        told = self._broken[:lost]
        if rest := lost - len(told):
            self._note(number, f"{rest} {'frame is' if rest == 1 else 'frames are'} missing before it")
            told += [f"line {number}: missing before it"] * rest
        for problem in told:
            self._missing(problem)
        self._broken.clear()
        taken = self._journal.note(
            entry["link"],
            entry["from"],
            entry["kind"],
            entry["frame"],
            at_s=float(entry["at_s"]),
            wall_ms=float(entry.get("wall_ms", 0.0)),
            leg=entry.get("leg", 0),
        )
        if has_secret and taken.seq not in self._journal.with_secrets[-1:]:
            self._journal.with_secrets.append(taken.seq)

    def _missing(self, problem: str) -> None:
        """Stands where a frame stood, so that the numbers of all others stay theirs."""
        at_s = self._journal.frames[-1].at_s if self._journal.frames else 0.0
        self._journal.note("world", "journal", "unreadable", {"problem": f"{self._name} {problem}"}, at_s=at_s)

    def _skip(self, number: int, problem: str) -> None:
        if len(self._broken) < MOST_TOLD:
            self._broken.append(f"line {number}: {problem}")
        self._note(number, problem)

    def _note(self, number: int, problem: str) -> None:
        if len(self._notes) < MOST_TOLD:
            self._notes.append(f"{self._name}:{number}: {problem}")
        else:
            self._left_out += 1

    def _asked(self) -> list[Finding]:
        """What the rules say; one that trips over what no call of ours has is passed over, and that is said."""
        findings = []
        for rule in sorted(RULES.values(), key=lambda known: known.code):
            try:
                findings += [Finding(rule, text, frame) for text, frame in rule.ask(self._journal)]
            except Exception as error:
                self._notes.append(f"{self._name}: rule {rule.code} cannot be asked of this journal ({type(error).__name__})")
        return findings

    def _kept(self, head: dict[str, Any]) -> Kept:
        journal = self._journal
        told = head.get("result")
        judged = isinstance(told, dict) and head.get("outcome") in OUTCOMES
        told = told if isinstance(told, dict) else {}
        findings = _findings(told, journal) if judged else self._asked()
        bad = any(one.rule.severity == "error" for one in findings)
        outcome: Outcome = head["outcome"] if head.get("outcome") in OUTCOMES else "failed" if bad else "passed"
        failures = tuple(_failures(told))
        last_s = journal.frames[-1].at_s if journal.frames else 0.0
        result = Result(
            _text(head.get("scenario")) or self._name,
            _text(head.get("file")) or self._name,
            outcome,
            journal,
            failures,
            tuple(findings),
            error=_text(told.get("error")) or None,
            exit_code=_whole(told.get("exit_code")) or int(outcome != "passed"),
            seed=_whole(head.get("seed")),
            virtual_s=_seconds(told.get("virtual_s"), last_s),
            wall_ms=_seconds(told.get("wall_ms"), journal.frames[-1].wall_ms if journal.frames else 0.0),
            log=_texts(told.get("log")),
            line=max(1, _whole(told.get("line"))),
        )
        return Kept(result, tuple(self._notes), judged)


def _wrong(entry: dict[str, Any]) -> str | None:
    """What keeps a line from being a frame."""
    for name in ("link", "from", "kind"):
        if not isinstance(entry.get(name), str):
            return f"it is no frame: {name!r} is {_short(entry.get(name))}, and should be a text"
    if not isinstance(entry.get("frame"), dict):
        return f"it is no frame: 'frame' is {_short(entry.get('frame'))}, and should be an object"
    if type(entry.get("seq")) is not int or entry["seq"] < 0:
        return f"it is no frame: 'seq' is {_short(entry.get('seq'))}, and should be a whole number"
    for name in ("at_s", "wall_ms"):
        value = entry.get(name, 0.0 if name == "wall_ms" else None)
        if isinstance(value, bool) or not isinstance(value, int | float) or not -LATEST_S * 1000 < value < LATEST_S * 1000:
            return f"it is no frame: {name!r} is {_short(value)}, and should be a number"
    if type(entry.get("leg", 0)) is not int or not 0 <= entry.get("leg", 0) < 10_000:
        return f"it is no frame: 'leg' is {_short(entry.get('leg'))}, and should be the number of a call"
    return None


def _findings(told: Mapping[str, Any], journal: Journal) -> list[Finding]:
    found = []
    for one in _objects(told.get("findings")):
        rule = RULES.get(_text(one.get("code")))
        seq = one.get("seq")
        frame: Frame | None = journal.frames[seq] if type(seq) is int and 0 <= seq < len(journal.frames) else None
        if rule is not None:
            found.append(Finding(rule, _text(one.get("text")), frame))
    return found


def _failures(told: Mapping[str, Any]) -> Iterable[Failure]:
    for one in _objects(told.get("failures")):
        where = one.get("where")
        where = where if isinstance(where, dict) else {}
        yield Failure(
            Where(_text(where.get("file")), max(1, _whole(where.get("line"))), max(1, _whole(where.get("column")))),
            _text(one.get("problem")),
            _texts(one.get("details")),
            _text(one.get("remedy")),
            kind=_text(one.get("kind")) or "step",
            seq=one["seq"] if type(one.get("seq")) is int else None,
            leg=_whole(one.get("leg")),
            nearest=one["nearest"] if type(one.get("nearest")) is int else None,
            because=_texts(one.get("because")),
            afterwards=_texts(one.get("afterwards")),
        )


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value[:MOST_TOLD] if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value[:MOST_TOLD] if isinstance(one, str)) if isinstance(value, list) else ()


def _whole(value: object) -> int:
    return value if type(value) is int and abs(value) < 2**53 else 0


def _seconds(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value < LATEST_S * 1000 else otherwise


def _short(value: object) -> str:
    text = json.dumps(value, default=str) if not isinstance(value, dict | list) else {dict: "an object", list: "a list"}[type(value)]
    return text if len(text) <= 40 else f"{text[:39]}…"
