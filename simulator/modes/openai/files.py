"""What a person writes for the model server: a script, or rules. Errors name their place, as in scenarios."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from simulator.errors import ScenarioError, Where
from simulator.modes.openai.arrivals import Arrival
from simulator.modes.openai.captures import Captured, CaptureFiller, captured, filled, groups_of, takes_captures
from simulator.modes.openai.plans import Wants, wanted
from simulator.modes.openai.writing import Doing, ScriptStep
from simulator.pattern import MISSING, difference
from simulator.scenario import document
from simulator.scenario.document import Entry, Items, Map, Node, Problems, Scalar, plain
from simulator.scenario.placeholders import Filler
from simulator.scenario.schema import Between, Doc, Duration, NotEmpty, OrOne, Pattern, Written, build
from simulator.scenario.shapes import found
from simulator.scenario.steps import model
from simulator.scenario.value import value
from simulator.vendors.openai.prompt import Prompt

T = TypeVar("T")


@value(kw_only=True)
class Serving:
    """How the server behaves, whoever answers."""

    keys: Annotated[tuple[Written, ...], OrOne(), Doc("the only good API keys; any key is good when left out")] = ()
    beta: Annotated[Literal["serve", "refuse"] | None, Doc("what happens to clients of the beta dialect")] = None
    session_limit_s: Annotated[Duration | None, Doc("the longest session: error session_expired, close 1001")] = None
    quota: Annotated[Literal["gone"] | None, Doc("gone: every connection is refused with insufficient_quota")] = None
    pace: Annotated[float | None, Doc("how much faster than speech audio is sent; 0: everything at once"), Between(0)] = None
    deployments: Annotated[tuple[str, ...], OrOne(), Doc("the only Azure deployments there are; any when left out")] = ()
    mcp: Annotated[
        Mapping[str, tuple[Mapping[str, Any], ...] | None],
        Doc("the tools of MCP servers by server_label, each {name, description, input_schema}; null: unreachable"),
    ] = field(default_factory=dict)
    connections: Annotated[tuple[Arrival, ...], OrOne(), Doc("what meets some of the connections as they come: {which, model}")] = ()


@value(kw_only=True)
class Script(Serving):
    """What the model answers, response by response; every connection begins at the first step."""

    TITLE: ClassVar[str] = "the script"

    steps: Annotated[tuple[ScriptStep, ...], Doc("steps of the model; one answer for each accepted response")] = ()
    after_last: Annotated[
        Literal["repeat", "default", "fail"], Doc("when the steps are used up: the last answer again, the default assistant, or a failed response")
    ] = "default"
    heard: Annotated[tuple[Written | None, ...], OrOne(), Doc("what input transcription says, turn by turn; null lets it fail")] = ()

    @property
    def model_steps(self) -> tuple[model.ModelStep, ...]:
        return self.steps

    @property
    def refused_with(self) -> int | str | None:
        """The HTTP status that connections get instead of a session, or `no_answer`."""
        first = self.steps[0] if self.steps else None
        if isinstance(first, model.Refuse) and (isinstance(first.refuse, int) or first.refuse == "no_answer"):
            return first.refuse
        return None


@value(kw_only=True)
class Rule:
    """When the last turn of the user, or what a tool returned, fits the pattern, the model does this."""

    TITLE: ClassVar[str] = "the rule"

    when: Annotated[Pattern, Doc("a pattern of the last user turn, heard or read; or {tool_output: pattern}")]
    model: Annotated[tuple[Doing, ...], OrOne(), Doc("what the model does then: a step, or several"), NotEmpty()]

    @cached_property
    def asks_tool(self) -> bool:
        return isinstance(self.when, Mapping) and list(self.when) == ["tool_output"]

    @cached_property
    def pattern(self) -> Any:
        return self.when["tool_output"] if self.asks_tool else self.when

    @cached_property
    def _takes_captures(self) -> bool:
        return any(takes_captures(step) for step in self.model)

    @cached_property
    def _wants(self) -> Wants:
        return wanted(self.model)

    def wants(self, captured: Captured, tools: Sequence[Mapping[str, Any]]) -> Wants:
        """What is to happen, with what the pattern captured in its place; a rule without captures always wants the same."""
        return wanted([filled(step, captured, tools) for step in self.model]) if self._takes_captures else self._wants

    def fits(self, prompt: Prompt) -> Captured | None:
        """What the pattern captured; None when it does not fit. A rule for turns leaves alone what a tool has returned."""
        output = prompt.tool_output
        if self.asks_tool != (output is not None):
            return None
        text = output if self.asks_tool else prompt.said
        asked: Any = MISSING if text is None else text
        if self.asks_tool and text is not None and isinstance(self.pattern, Mapping | list | tuple):
            asked = _json(text)
        if difference(self.pattern, asked):
            return None
        return captured(self.pattern, text or "") if self._takes_captures else {}


def _json(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


@value(kw_only=True)
class RuleBook(Serving):
    """Rules, and how the server behaves."""

    TITLE: ClassVar[str] = "the rules"

    rules: Annotated[tuple[Rule, ...], Doc("rules, the first that fits is taken"), NotEmpty()]


# --- reading --------------------------------------------------------------------------------------------------------------------


def read_script(source: Path | str, file: str | None = None, *, env: Mapping[str, str]) -> Script:
    """The script in a file, or (with `file` as its name) in a text. Raises ScenarioErrors."""
    problems = Problems()
    node = _document(source, file, problems, "a script begins with steps:")
    filled = None
    if isinstance(node, Map):
        filled = _attempt(lambda: Filler(env, problems).fill(node), problems)
    elif node is not None:
        problems.add(node.where, f"a script is a mapping, found {found(node)}", "begin with steps:; rules are for --rules")
    made = _made(Script, filled, problems)
    for step in made.steps[1:]:
        if isinstance(step, model.Refuse):
            remedy = "every connection plays the script from its beginning; connections: refuses some of them"
            problems.add(step.where, "refuse is about the connection, so it stands first", remedy)
    problems.raise_if_any()
    return made


def read_rules(source: Path | str, file: str | None = None, *, env: Mapping[str, str]) -> RuleBook:
    """The rules in a file, or (with `file` as its name) in a text. Raises ScenarioErrors."""
    problems = Problems()
    node = _document(source, file, problems, "rules are a list: - {when: /hello/, model: {say: Hello!}}")
    book: Map | None = None
    if isinstance(node, Items):
        book = document.map_of({"rules": Entry("rules", node.where, node)}, node.where)
    elif isinstance(node, Map) and "rules" in node.entries:
        book = node
    elif node is not None:
        remedy = "begin each with - when:, below rules: if there is more to say; a mapping with steps: is for --script"
        problems.add(node.where, f"rules are a list, found {found(node)}", remedy)
    filled = None if book is None else _attempt(lambda: _fill_book(book, env, problems), problems)
    return _made(RuleBook, filled, problems)


def _attempt(fill: Callable[[], Node], problems: Problems) -> Node | None:
    try:
        return fill()
    except ScenarioError as error:
        problems.errors.append(error)
        return None


def _made(cls: type[T], node: Node | None, problems: Problems) -> T:
    """The value written there; raises what is wrong with it."""
    made = None
    if node is not None:
        try:
            made = build(cls, node, problems)
        except ScenarioError as error:
            problems.errors.append(error)
    problems.raise_if_any()
    assert made is not None
    return made


def _document(source: Path | str, file: str | None, problems: Problems, remedy: str) -> Node | None:
    name = str(source) if file is None else file
    nodes = document.read(Path(source), problems) if file is None else document.parse(str(source), file, problems)
    if not problems.errors and (len(nodes) != 1 or (isinstance(nodes[0], Scalar) and nodes[0].value is None)):
        problems.add(Where(name, 1, 1), "the file is empty" if len(nodes) < 2 else f"the file holds {len(nodes)} documents", remedy)
    return nodes[0] if nodes and not problems.errors else None


def _fill_book(book: Map, env: Mapping[str, str], problems: Problems) -> Map:
    filled = dict(book.entries)
    for key, entry in book.entries.items():
        node = entry.node
        if key == "rules" and isinstance(node, Items):
            node = document.items_of([_fill(rule, env, problems) for rule in node.nodes], node.where)
        else:
            node = Filler(env, problems).fill(node)
        filled[key] = Entry(key, entry.where, node)
    return document.map_of(filled, book.where)


def _fill(rule: Node, env: Mapping[str, str], problems: Problems) -> Node:
    """Fills a rule: its pattern as any text, its steps with captures left for later."""
    if not isinstance(rule, Map) or not rule.unfilled:
        return rule
    when = rule.entries.get("when")
    entries = dict(rule.entries)
    names: frozenset[str] = frozenset()
    if when is not None:
        entries["when"] = Entry(when.key, when.where, Filler(env, problems).fill(when.node))
        try:
            names = groups_of(plain(entries["when"].node))
        except Exception:  # what is wrong with the pattern is said when the rule is built
            names = frozenset()
    filler = CaptureFiller(env, problems, names=names)
    for key, entry in rule.entries.items():
        if key != "when":
            entries[key] = Entry(key, entry.where, filler.fill(entry.node))
    return document.map_of(entries, rule.where)
