"""Which actors there are and what they can do. One more step is one more dataclass in its actor's file, marked with `@step`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from typing import Annotated, Any, ClassVar, TypeVar

from simulator.errors import Where, nearest
from simulator.scenario.document import Map, Node, Problems, Scalar
from simulator.scenario.schema import Doc, Record, Shaped, key_of, meant, record
from simulator.scenario.shapes import INVALID, Json, Shape, found, or_placeholder
from simulator.scenario.value import value


@value(kw_only=True)
class Line:
    """One line of a scenario; `where` it stands does not count when two are compared."""

    where: Where = field(compare=False)

    RECORD: ClassVar[type[Record]]
    actor: ClassVar[str]
    words: ClassVar[tuple[str, ...]]
    """The keys that say which step this is."""

    @property
    def word(self) -> str:
        """The key by which this step was written: `say` of `caller: {say: hello}`."""
        given = (word for word in self.words if getattr(self, _field_of(type(self), word)) not in (None, ()))
        return next(given, self.words[0])

    def __str__(self) -> str:
        return f"{self.actor}.{self.word}"


@value(kw_only=True)
class CallLine(Line):
    """A line about one call: that of the caller, unless `who` names another phone."""

    who: Annotated[str | None, Doc("a name of phones: whose call this is about; the caller's when left out")] = None


def _field_of(cls: type[Any], key: str) -> str:
    fields: dict[str, Any] = cls.__dataclass_fields__
    return next(name for name in fields if key_of(name) == key)


@value()
class Actor:
    """Who does something, and the steps known by their words."""

    name: str
    doc: str
    steps: dict[str, type[Line]] = field(default_factory=dict)


ACTORS: dict[str, Actor] = {
    actor.name: actor
    for actor in (
        Actor("caller", "What the person on the phone does."),
        Actor("model", "What the model server does: how it answers the next response that is requested, or what goes wrong with it."),
        Actor("world", "What changes around the call."),
        Actor("expect", "What must happen, from here on and in time; or, with `absent: true`, must not."),
    )
}

C = TypeVar("C", bound=type[Line])


def step(actor: str, *words: str) -> Callable[[C], C]:
    """Register a dataclass as the step of `actor` that has one of these keys."""

    def register(cls: C) -> C:
        cls.actor, cls.words = actor, words
        for word in words:
            ACTORS[actor].steps[word] = cls
        return cls

    return register


class _StepRecord(Record):
    """A step after its actor's name."""

    def __init__(self, cls: type[Line]) -> None:
        super().__init__(cls)
        self.actor = ACTORS[cls.actor]
        self.title = f"{cls.actor}.{cls.words[0]}" if len(cls.words) == 1 else cls.actor

    def remedy_for(self, key: str) -> str:
        if key in self.actor.steps:
            return f"{key} is a step of its own: begin a new line with - {self.actor.name}:"
        owners = [words for words, cls in self.actor.steps.items() if key in record(cls).fields]
        if owners and nearest(key, list(self.fields), cutoff=0.8) is None:
            return f"{key} is an option of {' and '.join(owners[:3])}. Known here: {', '.join(self.fields)}."
        return super().remedy_for(key)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        pattern = node.entries.get(self.words[0]) if self.actor.name == "expect" and isinstance(node, Map) else None
        inside = list(pattern.node) if pattern is not None and isinstance(pattern.node, Map) and len(pattern.node.entries) > 1 else []
        misplaced = [entry for entry in inside if entry.key in OPTIONS_OF_EXPECTATIONS]
        for entry in misplaced:
            remedy = f"write it behind the pattern: expect: {{{self.words[0]}: {{…}}, {entry.key}: …}}"
            problems.add(entry.where, f"{self.title}: {entry.key!r} stands in the pattern, and is an option of the step", remedy)
        return INVALID if misplaced else super().read(node, name, problems)


OPTIONS_OF_EXPECTATIONS = ("within", "absent")


Line.RECORD = _StepRecord


ELSEWHERE = {
    **dict.fromkeys(("user", "human", "person", "customer"), "the person on the phone is the caller"),
    **dict.fromkeys(("assistant", "agent", "ai", "bot", "llm", "openai"), "what the assistant answers is a step of the model"),
    **dict.fromkeys(("app", "application", "jambonz"), "nobody tells the application what to do: expect: {…} says what it must do"),
    **dict.fromkeys(("assert", "then", "check", "verify"), "what must happen is a step of expect"),
    **dict.fromkeys(("backend", "server", "mock"), "backends belong to the world: world: {stub: …}"),
}
"""What people call actors elsewhere."""
EXPECTED_ELSEWHERE = {
    **dict.fromkeys(
        ("tool_call", "tool_called", "function_call"), "the model calls a tool by model: {call: …}; expect: {tool_output: …} is its answer"
    ),
    **dict.fromkeys(("transcript", "said", "text"), "what the caller hears is expect: {heard: …}, and what a say verb says expect: {say: …}"),
    **dict.fromkeys(("hang_up", "hangup", "ended", "status"), "how the call ends is expect: {call: completed, by: app}"),
}
"""What people call expectations elsewhere."""


class StepShape(Shape):
    """`actor: {word: …}`."""

    expects = "a step: an actor and what it does, for example caller: {say: hello}"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Map)

    def read(self, node: Node, name: str, problems: Problems) -> Any:  # noqa: ARG002
        if not isinstance(node, Map) or not node.entries:
            return self.wrong(node, "step", problems, f"actors are {', '.join(ACTORS)}")
        first, *more = node
        if more:
            remedy = "begin every step with - ; options stand in its { }"
            if isinstance(first.node, Scalar) and first.node.value is None:
                remedy = f"indent it further than {first.key}:, or write {first.key}: {{{more[0].key}: …}}"
            problems.add(more[0].where, f"{more[0].key!r} stands in the step of {first.key!r}", remedy)
            return INVALID
        actor = ACTORS.get(first.key)
        if actor is None:
            owners = [each.name for each in ACTORS.values() if first.key in each.steps]
            remedy = f"write {owners[0]}: {{{first.key}: …}}" if owners else meant(first.key, list(ACTORS))
            remedy = ELSEWHERE.get(first.key, remedy)
            problems.add(first.where, f"there is no actor {first.key!r}", remedy)
            return INVALID
        doing = first.node
        if not isinstance(doing, Map):
            choices = ", ".join(actor.steps)
            named = doing.written if isinstance(doing, Scalar) and doing.written in actor.steps else next(iter(actor.steps))
            return self.wrong_doing(doing, actor, problems, f"for example {actor.name}: {{{named}: …}}; known: {choices}")
        words = [word for word in doing.entries if word in actor.steps]
        if not words:
            self._unknown(doing, actor, problems)
            return INVALID
        whole = replace(doing, where=node.where)  # a step's place is where its actor stands
        return record(actor.steps[words[0]]).read(whole, actor.name, problems)

    def wrong_doing(self, doing: Node, actor: Actor, problems: Problems, remedy: str) -> Any:
        if not getattr(doing, "broken", False):
            problems.add(doing.where, f"{actor.name}: expected a mapping of what it does, found {found(doing)}", remedy)
        return INVALID

    def _unknown(self, doing: Map, actor: Actor, problems: Problems) -> None:
        if not doing.entries:
            problems.add(doing.where, f"{actor.name}: nothing to do here", f"Known: {', '.join(actor.steps)}.")
            return
        options = {key for cls in actor.steps.values() for key in record(cls).fields}
        strange = next((entry for entry in doing if entry.key not in options), next(iter(doing)))
        owners = [each for each in ACTORS.values() if strange.key in each.steps]
        remedy = f"{strange.key} is a step of {owners[0].name}" if owners else meant(strange.key, list(actor.steps))
        remedy = EXPECTED_ELSEWHERE.get(strange.key, remedy) if actor.name == "expect" else remedy
        problem = f"the {actor.name} has no step {strange.key!r}" if actor.name != "expect" else f"there is no expectation {strange.key!r}"
        if strange.key in options:
            problem, remedy = f"{actor.name}: {strange.key!r} is an option, and there is no step", f"Known: {', '.join(actor.steps)}."
        problems.add(strange.where, problem, remedy)

    def json(self, defs: Json) -> Json:
        properties: Json = {}
        for actor in ACTORS.values():
            classes = list(dict.fromkeys(actor.steps.values()))
            defs[actor.name] = {"description": actor.doc, "anyOf": [record(cls).json(defs) for cls in classes]}
            properties[actor.name] = {"description": actor.doc} | or_placeholder({"$ref": f"#/$defs/{actor.name}"})
        defs["step"] = {
            "description": "One step: an actor and what it does.",
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        return {"$ref": "#/$defs/step"}


class ByActor(Shaped):
    """Marks the union of all steps."""

    def shape(self) -> Shape:
        return StepShape()
