"""From files to scenarios: everything that is wrong with a file is said at once, before any call."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from simulator.errors import ScenarioError, UsageError, Where, did_you_mean
from simulator.jambonz.defects import Defects
from simulator.scenario import document
from simulator.scenario.document import Items, Map, Node, Problems, Scalar
from simulator.scenario.phone import Answers, Phone
from simulator.scenario.placeholders import Filler
from simulator.scenario.schema import (
    Between,
    Complaint,
    Doc,
    Duration,
    NotEmpty,
    OrOne,
    Record,
    Unwritten,
    Written,
    build,
    complain,
    json_schema,
)
from simulator.scenario.shapes import found
from simulator.scenario.steps import Step
from simulator.scenario.steps.model import Answer
from simulator.scenario.steps.registry import ACTORS, CallLine
from simulator.scenario.steps.world import Stub
from simulator.scenario.switches import OfDefects
from simulator.scenario.value import value

MAX_CASES = 1_000


@value(kw_only=True)
class JambonzSettings:
    """Which feature server is simulated."""

    TITLE: ClassVar[str] = "jambonz"

    profile: Annotated[Literal["0.9.8", "10"], Doc("the generation of the feature server")] = "0.9.8"
    compat: Annotated[
        bool | None,
        Doc("whether beta payloads are converted to GA and event names aliased back, as deployed servers do; default: on for ga"),
    ] = None
    status_hook: Annotated[bool, Doc("whether the application has a call status hook, and so is told call:status")] = True
    defects: Annotated[
        Defects, OfDefects(), Doc("which defects of the real server are imitated: all, unless switched off one by one, or all of them")
    ] = Defects()


@value(kw_only=True)
class CallSettings:
    """The call: one that comes in, or one that is asked for with the REST API."""

    TITLE: ClassVar[str] = "call"

    from_: Annotated[Written, Doc("the number of the caller; of an outbound call, the one that is shown"), NotEmpty()] = "+15083084809"
    to: Annotated[Written, Doc("the number that was dialled; of an outbound call, the caller's"), NotEmpty()] = "+15083728363"
    caller_name: Annotated[str, Doc("the name of the caller")] = ""
    direction: Annotated[Literal["inbound", "outbound"], Doc("who calls whom: outbound calls begin with createCall of the REST API")] = "inbound"
    answers: Annotated[Answers | None, Doc("outbound: how the caller's phone answers; when left out, steps say it: answer, decline")] = None
    create: Annotated[
        Mapping[str, Any] | None, Doc("outbound: more of the body of createCall: tag, timeout, timeLimit, headers, amd, call_hook, …")
    ] = None
    env_vars: Annotated[
        Mapping[str, Written | None] | None, Doc("application environment variables, as the jambonz portal holds them; null takes one away")
    ] = None
    headers: Annotated[Mapping[str, Written], Doc("headers of the INVITE, such as X-Customer")] = field(default_factory=dict)

    def check(self) -> Iterator[Complaint]:
        """Nobody answers a phone that calls."""
        inbound = self.direction == "inbound"
        yield from complain(
            (inbound and self.answers is not None, "answers", "the caller calls, and is not called", "direction: outbound"),
            (inbound and self.create is not None, "create", "nobody asks for a call that comes in", "direction: outbound"),
        )


@value(kw_only=True)
class ReferSettings:
    """What the caller's side answers to a REFER (verb `sip:refer`)."""

    TITLE: ClassVar[str] = "sip.refer"
    SHORT: ClassVar[str] = "status"

    status: Annotated[int, Doc("the status; 202 accepts"), Between(200, 699)] = 202
    notify: Annotated[tuple[int, ...], OrOne(), Doc("the statuses of the new call it tells of after a 202")] = (100, 200)
    after_s: Annotated[Duration, Doc("how long each of them takes")] = 1.0


@value(kw_only=True)
class SipSettings:
    """What the caller's side answers to the requests of jambonz."""

    TITLE: ClassVar[str] = "sip"

    refer: Annotated[ReferSettings, Doc("to REFER: a status, or {status, notify, after}")] = ReferSettings()
    info: Annotated[int | Literal["no answer"], Doc("to INFO: a status")] = 200
    message: Annotated[int | Literal["no answer"], Doc("to MESSAGE: a status")] = 200

    def check(self) -> Iterator[Complaint]:
        """A final status of SIP."""
        for key, status in (("info", self.info), ("message", self.message)):
            wrong = isinstance(status, int) and not 200 <= status <= 699
            yield from complain((wrong, key, f"{status} is no final status of SIP", "write one from 200 to 699"))


@value(kw_only=True)
class SpeechSettings:
    """The speech services of jambonz: recognition in `gather`, synthesis in `say`. The model has its own."""

    TITLE: ClassVar[str] = "speech"

    confidence: Annotated[float, Doc("how sure recognition is, from 0 to 1"), Between(0, 1)] = 0.98
    synthesis_s: Annotated[Duration, Doc("how long synthesis takes, where that is told; nobody waits for it")] = 0.025
    synthesis_fails: Annotated[str | None, Doc("synthesis fails, with this error of the vendor")] = None


@value(kw_only=True)
class ModelSettings:
    """The model of this call."""

    TITLE: ClassVar[str] = "model"

    default: Annotated[Answer | None, Doc("the answer to every response that no step answers")] = None


@value(kw_only=True)
class Scenario:
    """A phone call, step by step, and what is expected of the application."""

    TITLE: ClassVar[str] = "the scenario"
    RECORD: ClassVar[type[Record]]

    where: Where = field(compare=False)
    name: Annotated[str, Doc("what happens, in one sentence; unique in its file"), NotEmpty()]
    tags: Annotated[tuple[str, ...], OrOne(), Doc("words to select scenarios by")] = ()
    seed: Annotated[int, Doc("what ids, fakes and other dice are drawn from")] = 0
    clock: Annotated[Literal["virtual", "elastic", "real"] | None, Doc("how time passes; the configuration decides when left out")] = None
    openai: Annotated[Literal["ga", "beta"], Doc("which dialect the model server speaks")] = "ga"
    jambonz: Annotated[JambonzSettings, Doc("the feature server")] = JambonzSettings()
    call: Annotated[CallSettings, Doc("the call")] = CallSettings()
    phones: Annotated[Mapping[str, Phone], Doc("others who can be part of it, by name: steps say who: NAME")] = field(default_factory=dict)
    world: Annotated[tuple[Stub, ...], Doc("backends of the application's tools; a request that no stub fits fails the scenario")] = ()
    model: Annotated[ModelSettings, Doc("the model")] = ModelSettings()
    sip: Annotated[SipSettings, Doc("what the caller's side answers to requests of jambonz")] = SipSettings()
    sms: Annotated[
        Literal["success", "failure", "no carriers", "smpp configuration error", "system error"], Doc("what becomes of an SMS (verb message)")
    ] = "success"
    speech: Annotated[SpeechSettings, Doc("the speech services of jambonz")] = SpeechSettings()
    ignore: Annotated[Mapping[str, str], Doc("rules that may be broken here: their codes, each with a reason")] = field(default_factory=dict)
    cases: Annotated[
        tuple[Mapping[str, Any], ...], Doc("plays the scenario once for each of these: a name, and values used as ${case.key}"), NotEmpty()
    ] = ()
    steps: Annotated[tuple[Step, ...], Doc("what happens, in order"), NotEmpty()]
    case: Annotated[str | None, Unwritten()] = None

    @property
    def id(self) -> str:
        """Its name, and that of its case: unique in the file."""
        return self.name if self.case is None else f"{self.name} [{self.case}]"

    @property
    def file(self) -> str:
        """The file, as it was given."""
        return self.where.file

    @property
    def compat(self) -> bool:
        """Whether the feature server translates between the dialects."""
        return self.openai == "ga" if self.jambonz.compat is None else self.jambonz.compat


class _ScenarioRecord(Record):
    def remedy_for(self, key: str) -> str:
        if key in ACTORS:
            return f"a step stands in the list steps: and begins with - {key}:"
        return super().remedy_for(key)


Scenario.RECORD = _ScenarioRecord


def schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file."""
    return json_schema(Scenario, "A phone call for jambonz-sim")


# --- loading ------------------------------------------------------------------------------------------------------------------


def load(path: str | Path, *, env: Mapping[str, str], seed: int | None = None) -> list[Scenario]:
    """The scenarios of a file, one for each document and case. `seed` replaces theirs. Raises ScenarioErrors."""
    problems = Problems()
    return _scenarios(document.read(Path(path), problems), str(path), env, seed, problems)


def loads(text: str, file: str = "scenario.yaml", *, env: Mapping[str, str] | None = None, seed: int | None = None) -> list[Scenario]:
    """Like `load`, of a text that might stand in `file`."""
    problems = Problems()
    return _scenarios(document.parse(text, file, problems), file, env or {}, seed, problems)


def _scenarios(documents: list[Node], file: str, env: Mapping[str, str], seed: int | None, problems: Problems) -> list[Scenario]:
    made: list[Scenario] = []
    written = [node for node in documents if not (isinstance(node, Scalar) and node.value is None and not node.broken)]
    if not written and not problems.errors:
        problems.add(Where(file, 1, 1), "the file is empty", "a scenario has at least name: and steps:")
    for node in written:
        if isinstance(node, Map):
            try:
                made += _cases(node, env, seed, problems)
            except ScenarioError as error:
                problems.errors.append(error)
        elif not (isinstance(node, Scalar) and node.broken):
            problems.add(node.where, f"a scenario is a mapping, found {found(node)}", "begin with name: and steps:")
    _check_names(made, problems)
    problems.raise_if_any()
    return made


def _check_names(made: list[Scenario], problems: Problems) -> None:
    first: dict[str, Scenario] = {}
    for scenario in made:
        other = first.setdefault(scenario.id, scenario)
        if other is not scenario:
            problems.add(scenario.where, f"{scenario.id!r} is already the name of the scenario in line {other.where.line}", "give each its own name")


def _cases(node: Map, env: Mapping[str, str], seed: int | None, problems: Problems) -> Iterator[Scenario]:
    """The scenario of one document, or one for each of its cases."""
    written = node.entries.get("cases")
    if written is None:
        made = _scenario(node, Filler(env, problems), seed)
        if made is not None:
            yield made
        return
    rest = document.map_of({key: entry for key, entry in node.entries.items() if key != "cases"}, node.where)
    filler = Filler(env, problems, _seed(node, None, env, seed))
    cases = filler.fill(written.node)
    if not isinstance(cases, Items) or not cases.nodes:
        if not (isinstance(cases, Scalar) and cases.broken):
            what = "an empty list" if isinstance(cases, Items) else found(cases)
            problems.add(cases.where, f"cases: expected a list of mappings, found {what}", "for example cases: [{name: Berlin, city: Berlin}]")
        return
    if len(cases.nodes) > MAX_CASES:
        problems.add(cases.where, f"there are {len(cases.nodes)} cases, and {MAX_CASES} are possible", "split the scenario")
        return
    names: set[str] = set()
    for case in cases.nodes:
        name = _case_name(case, names, problems)
        if isinstance(case, Map) and name is not None:
            filler.case = case
            made = _scenario(rest, filler, seed)
            if made is not None:
                yield replace(made, case=name)


def _case_name(case: Node, names: set[str], problems: Problems) -> str | None:
    if not isinstance(case, Map):
        if not (isinstance(case, Scalar) and case.broken):
            problems.add(case.where, f"a case is a mapping, found {found(case)}", "for example - {name: Berlin, city: Berlin}")
        return None
    entry = case.entries.get("name")
    if entry is None:
        problems.add(case.where, "this case has no name", "name: what makes it different")
        return None
    node = entry.node
    if not isinstance(node, Scalar) or node.value is None or not node.written.strip():
        if not (isinstance(node, Scalar) and node.broken):
            problems.add(node.where, f"the name of a case is text, found {found(node)}", "name: what makes it different")
        return None
    if node.written in names:
        problems.add(node.where, f"there is a case {node.written!r} already", "give each its own name")
        return None
    names.add(node.written)
    return node.written


def _scenario(node: Map, filler: Filler, seed: int | None) -> Scenario | None:
    filler.seed = _seed(node, filler.case, filler.env, seed)
    made = build(Scenario, filler.fill(node), filler.problems)
    if made is not None:
        check_phones(made.steps, made.phones, filler.problems)
    return made if made is None or seed is None else replace(made, seed=seed)


def check_phones(steps: Iterable[Step], phones: Mapping[str, Phone], problems: Problems) -> None:
    """Whoever a step is about has a phone."""
    for step in steps:
        if isinstance(step, CallLine) and step.who is not None and step.who not in phones:
            problems.add(step.where, f"who: there is no phone {step.who!r}", did_you_mean(step.who, list(phones)))


def _seed(node: Map, case: Map | None, env: Mapping[str, str], seed: int | None) -> int:
    """What fakes are drawn from. What is wrong with the seed itself is said when the scenario is built."""
    if seed is not None:
        return seed
    entry = node.entries.get("seed")
    if entry is None or not isinstance(entry.node, Scalar) or "fake." in entry.node.written:
        return 0
    filled = Filler(env, Problems(), 0, case).fill(entry.node)
    value = document.resolve(filled.written) if isinstance(filled, Scalar) else 0
    return value if isinstance(value, int) else 0


# --- finding files ------------------------------------------------------------------------------------------------------------

ENDINGS = (".yaml", ".yml")


def collect(paths: Iterable[str | Path]) -> list[Path]:
    """The scenario files: those that are named, and all in folders that are named, in order of their paths.

    In folders, what begins with `_` (for fragments to `!include`) or `.` is left alone. Raises UsageError for what is not there.
    """
    files: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            files |= dict.fromkeys(sorted(_below(path), key=lambda file: file.parts))
        elif not path.exists():
            raise UsageError(f"there is no file or folder {path}", "name scenario files, or folders that hold some")
        elif path.suffix not in ENDINGS:
            raise UsageError(f"{path} is not a scenario file", f"scenarios end with {' or '.join(ENDINGS)}")
        else:
            files[path] = None
    return list(files)


def _below(folder: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(folder):
        names[:] = [name for name in names if name[0] not in "_."]
        yield from (Path(directory, file) for file in files if file[0] not in "_." and file.endswith(ENDINGS))
