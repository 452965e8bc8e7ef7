"""How steps are read: an actor, what it does, and options; with what is captured left open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from simulator.errors import Where, nearest
from simulator.scenario.document import Map, Node, Problems, Scalar
from simulator.scenario.schema import Record, Shaped, meant, record
from simulator.scenario.shapes import INVALID, OPEN, Flag, Json, Shape, found, or_placeholder
from simulator.scenario.steps.later import Later
from simulator.scenario.steps.line import ACTORS, Actor, CallLine, Line, step

__all__ = ["ACTORS", "BLOCKS", "Actor", "ByActor", "CallLine", "Line", "StepShape", "refuse_twice", "step"]


class _StepRecord(Record):
    """A step after its actor's name."""

    def __init__(self, cls: type[Line]) -> None:
        super().__init__(cls)
        self.actor = ACTORS[cls.actor]
        self.title = f"{cls.actor}.{cls.words[0]}" if len(cls.words) == 1 else cls.actor

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if self._misplaced(node, problems):
            return INVALID
        made = super().read(node, name, problems)
        refuse_twice(self.captures(node), problems)
        absent = node.entries.get("absent") if isinstance(node, Map) and "absent" in self.fields else None
        if absent is not None and Flag(only_true=True).fits(absent.node):
            for captured, where in self.captures(node):
                problems.add(where, f"{captured} is captured from what must not happen", "leave out absent:, or what is captured")
        return made

    def remedy_for(self, key: str) -> str:
        if key in self.actor.steps:
            return f"{key} is a step of its own: begin a new line with - {self.actor.name}:"
        owners = [words for words, cls in self.actor.steps.items() if key in record(cls).fields]
        if owners and not self.part_for(key) and nearest(key, list(self.fields), cutoff=0.8) is None:
            return f"{key} is an option of {' and '.join(owners[:3])}. Known here: {', '.join(self.fields)}."
        return super().remedy_for(key)

    def _misplaced(self, node: Node, problems: Problems) -> bool:
        """Whether an option of the step was written into its pattern; this has been said then."""
        pattern = node.entries.get(self.words[0]) if self.actor.name == "expect" and isinstance(node, Map) else None
        inside = list(pattern.node) if pattern is not None and isinstance(pattern.node, Map) and len(pattern.node.entries) > 1 else []
        misplaced = [entry for entry in inside if entry.key in OPTIONS_OF_EXPECTATIONS]
        for entry in misplaced:
            remedy = f"write it behind the pattern: expect: {{{self.words[0]}: {{…}}, {entry.key}: …}}"
            problems.add(entry.where, f"{self.title}: {entry.key!r} stands in the pattern, and is an option of the step", remedy)
        return bool(misplaced)


OPTIONS_OF_EXPECTATIONS = ("within", "absent")


Line.RECORD = _StepRecord


def refuse_twice(captures: Iterable[tuple[str, Where]], problems: Problems) -> None:
    """One name for two things of the same moment: nobody could say which one is meant."""
    first: dict[str, Where] = {}
    for name, where in captures:
        if name in first:
            problems.add(where, f"{name} is captured twice in one step", f"give it another name here; the first stands in line {first[name].line}")
        first.setdefault(name, where)


BLOCKS: dict[str, Shape] = {}
"""What may stand in the place of a step and holds steps itself, by its key."""

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

    def take(self, node: Node, name: str, problems: Problems) -> Any:
        return self.read(node, name, problems)  # which step it is must be known before the call

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
        if first.key in BLOCKS:
            block = BLOCKS[first.key].take(first.node, first.key, problems)
            return INVALID if block is INVALID else replace(block, where=node.where)
        actor = ACTORS.get(first.key)
        if actor is None:
            owners = [each.name for each in ACTORS.values() if first.key in each.steps]
            remedy = f"write {owners[0]}: {{{first.key}: …}}" if owners else meant(first.key, [*ACTORS, *BLOCKS])
            remedy = ELSEWHERE.get(first.key, remedy)
            problems.add(first.where, f"there is no actor {first.key!r}", remedy)
            return INVALID
        doing = first.node
        if isinstance(doing, Scalar) and doing.open:
            remedy = "a captured value cannot be a whole step: write what is done, with the value in it"
            return self.wrong_doing(doing, actor, problems, remedy)
        if not isinstance(doing, Map):
            choices = ", ".join(actor.steps)
            named = doing.written if isinstance(doing, Scalar) and doing.written in actor.steps else next(iter(actor.steps))
            return self.wrong_doing(doing, actor, problems, f"for example {actor.name}: {{{named}: …}}; known: {choices}")
        words = [word for word in doing.entries if word in actor.steps]
        if not words:
            self._unknown(doing, actor, problems)
            return INVALID
        whole = replace(doing, where=node.where)  # a step's place is where its actor stands
        cls = actor.steps[words[0]]
        made = record(cls).read(whole, actor.name, problems)
        return self._later(cls, words[0], node, doing, problems) if made is OPEN else made

    def _later(self, cls: type[Line], word: str, node: Node, doing: Map, problems: Problems) -> Any:
        fixed = [doing.entries[key].node for key in ("who", "absent") if key in doing.entries]
        if cls.AFTER_CALL:
            fixed.append(doing.entries[word].node)
        strange = next((each for each in fixed if each.unfilled), None)
        if strange is not None:
            problems.add(strange.where, "this must be known before the call", "write it out: nothing that is captured can be a part of it")
            return INVALID
        who = doing.entries.get("who")
        written = who.node.written if who is not None and isinstance(who.node, Scalar) and who.node.value is not None else None
        return Later(where=node.where, who=written, kind=cls, known_by=word, node=node)

    def captures(self, node: Node) -> Iterator[tuple[str, Where]]:
        for key, entry in node.entries.items() if isinstance(node, Map) else ():
            if key in BLOCKS:
                yield from BLOCKS[key].captures(entry.node)
            elif (actor := ACTORS.get(key)) is not None and isinstance(entry.node, Map):
                word = next((word for word in entry.node.entries if word in actor.steps), None)
                if word is not None:
                    yield from record(actor.steps[word]).captures(entry.node)

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
        properties |= {key: block.json(defs) for key, block in BLOCKS.items()}
        defs["step"] = {
            "description": "One step: an actor and what it does, or several expectations in any order.",
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
