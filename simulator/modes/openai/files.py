"""What a person writes for the model server: a script, or rules. Errors name their place, as in scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from simulator.errors import ScenarioError, Where, did_you_mean
from simulator.modes.openai.captures import Captured, CaptureFiller, captured, filled, groups_of, takes_captures
from simulator.pattern import MISSING, difference
from simulator.scenario import document
from simulator.scenario.document import Entry, Items, Map, Node, Problems, Scalar, plain
from simulator.scenario.placeholders import Filler
from simulator.scenario.schema import Between, Doc, Duration, NotEmpty, OrOne, Pattern, Shaped, Written, build
from simulator.scenario.shapes import INVALID, Json, Shape, found
from simulator.scenario.steps import model
from simulator.scenario.steps.registry import ACTORS, StepShape
from simulator.scenario.value import value
from simulator.vendors.openai.prompt import Prompt


class ModelStepShape(StepShape):
    """`model: {word: …}`, and nobody else's step."""

    expects = "a step of the model, for example model: {say: hello}"

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        first = next(iter(node), None) if isinstance(node, Map) else None
        if first is None or first.key == "model":
            return StepShape.read(self, node, name, problems)
        if first.key in ACTORS["model"].steps:
            problems.add(first.where, f"{first.key!r} stands here without its actor", f"write model: {{{first.key}: …}}")
        elif first.key in ACTORS:
            problems.add(first.where, f"a script of the model server has no step of {first.key!r}", "clients do the rest: write model:")
        else:
            problems.add(first.where, f"there is no {first.key!r} here", did_you_mean(first.key, ["model"]))
        return INVALID


class DoingShape(Shape):
    """What stands behind `model:`: `{word: …}`."""

    expects = "what the model does, for example {say: hello}"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Map)

    def read(self, node: Node, name: str, problems: Problems) -> Any:  # noqa: ARG002
        return StepShape().read(document.map_of({"model": Entry("model", node.where, node)}, node.where), "model", problems)

    def json(self, defs: Json) -> Json:
        StepShape().json(defs)
        return {"$ref": "#/$defs/model"}


@value()
class Steps(Shaped):
    kind: type[Shape]

    def shape(self) -> Shape:
        return self.kind()


ModelStep = model.ModelStep  # in a Rule, `model` is a field
ScriptStep = Annotated[Any, Steps(ModelStepShape)]
Doing = Annotated[Any, Steps(DoingShape)]


@value(kw_only=True)
class Script:
    """What the model answers, response by response; every connection begins at the first step."""

    TITLE: ClassVar[str] = "the script"

    steps: Annotated[tuple[ScriptStep, ...], Doc("steps of the model; one answer for each accepted response")] = ()
    after_last: Annotated[
        Literal["repeat", "default", "fail"], Doc("when the steps are used up: the last answer again, the default assistant, or a failed response")
    ] = "default"
    heard: Annotated[tuple[Written | None, ...], OrOne(), Doc("what input transcription says, turn by turn; null lets it fail")] = ()
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

    def steps(self, captured: Captured, tools: Sequence[Mapping[str, Any]]) -> Sequence[ModelStep]:
        """What the model does, with what the pattern captured in its place."""
        return [filled(step, captured, tools) for step in self.model] if self._takes_captures else self.model

    def fits(self, prompt: Prompt) -> Captured | None:
        """What the pattern captured; None when it does not fit. A rule for turns leaves alone what a tool has returned."""
        output = prompt.tool_output
        if self.asks_tool != (output is not None):
            return None
        text = output if self.asks_tool else prompt.said
        asked: Any = MISSING if text is None else text
        if self.asks_tool and text is not None and isinstance(self.pattern, Mapping | list | tuple):
            asked = _json(text)
        return None if difference(self.pattern, asked) else captured(self.pattern, text or "")


def _json(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


@value(kw_only=True)
class _Rules:
    TITLE: ClassVar[str] = "the rules"

    rules: Annotated[tuple[Rule, ...], Doc("rules, the first that fits is taken"), NotEmpty()]


# --- reading --------------------------------------------------------------------------------------------------------------------


def read_script(source: Path | str, file: str | None = None, *, env: Mapping[str, str]) -> Script:
    """The script in a file, or (with `file` as its name) in a text. Raises ScenarioErrors."""
    problems = Problems()
    node, name = _document(source, file, problems, "a script begins with steps:")
    made: Script | None = None
    if isinstance(node, Map):
        try:
            made = build(Script, Filler(env, problems).fill(node), problems)
        except ScenarioError as error:
            problems.errors.append(error)
    elif node is not None:
        problems.add(node.where, f"a script is a mapping, found {found(node)}", "begin with steps:; rules are for --rules")
    if made is not None:
        for step in made.steps:
            if isinstance(step, model.Refuse) and step is not made.steps[0]:
                problems.add(step.where, "refuse is about the connection, so it stands first", "every connection plays the script from its beginning")
    problems.raise_if_any()
    assert made is not None, name
    return made


def read_rules(source: Path | str, file: str | None = None, *, env: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules in a file, or (with `file` as its name) in a text. Raises ScenarioErrors."""
    problems = Problems()
    node, name = _document(source, file, problems, "rules are a list: - {when: /hello/, model: {say: Hello!}}")
    made: _Rules | None = None
    if isinstance(node, Items):
        try:
            rules = document.items_of([_fill(item, env, problems) for item in node.nodes], node.where)
            made = build(_Rules, document.map_of({"rules": Entry("rules", node.where, rules)}, node.where), problems)
        except ScenarioError as error:
            problems.errors.append(error)
    elif node is not None:
        problems.add(node.where, f"rules are a list, found {found(node)}", "begin each with - when:; a mapping with steps: is for --script")
    problems.raise_if_any()
    assert made is not None, name
    return made.rules


def _document(source: Path | str, file: str | None, problems: Problems, remedy: str) -> tuple[Node | None, str]:
    name = str(source) if file is None else file
    nodes = document.read(Path(source), problems) if file is None else document.parse(str(source), file, problems)
    if not problems.errors and (len(nodes) != 1 or (isinstance(nodes[0], Scalar) and nodes[0].value is None)):
        problems.add(Where(name, 1, 1), "the file is empty" if len(nodes) < 2 else f"the file holds {len(nodes)} documents", remedy)
    return (nodes[0] if nodes and not problems.errors else None), name


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
