"""What is captured during a call: which names are known where, and how captured values become a part of later steps."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from simulator.errors import ScenarioError, Where
from simulator.pattern import Literally, show
from simulator.scenario.document import Entry, Items, Map, Node, Problems, Ref, Scalar, items_of, map_of, resolve
from simulator.scenario.document.tree import check_depth
from simulator.scenario.failure import Failure, StepFailed
from simulator.scenario.placeholders import Filler
from simulator.scenario.steps.any_order import ANY_ORDER, thread_of
from simulator.scenario.steps.later import Later
from simulator.scenario.steps.line import Line
from simulator.scenario.steps.registry import StepShape

Captured = Mapping[str, Any]
"""Captured values by name, as JSON has them."""

# --- before the call: which names are known where


def fill(node: Map, filler: Filler) -> Node:
    """The document with everything filled in; a step may take in what steps before it capture, and is left open there."""
    written = node.entries.get("steps")
    steps = written.node if written is not None else None
    filler.captured, filler.captured_later = {}, _names(steps.nodes) if isinstance(steps, Items) else {}
    entries = {entry.key: entry for entry in node if entry.key != "steps"}
    rest = filler.fill(map_of(entries, node.where))
    if written is None or not isinstance(rest, Map):
        return rest
    if not isinstance(steps, Items):
        steps_node = filler.fill(written.node)  # a list that a case holds
    else:
        known: dict[str, Where] = {}
        steps_node = items_of([_step(step, filler, known) for step in steps.nodes], steps.where)
    return map_of({**rest.entries, "steps": Entry("steps", written.where, steps_node)}, node.where, keys_filled=True)


def _names(steps: list[Node]) -> dict[str, Where]:
    found: dict[str, Where] = {}
    for step in steps:
        for name, where in StepShape().captures(step):
            found.setdefault(name, where)
    return found


def _step(step: Node, filler: Filler, known: dict[str, Where]) -> Node:
    """The step filled in with the names `known` left open; what it captures is known from here on."""
    if isinstance(step, Map) and list(step.entries) == [ANY_ORDER] and isinstance(block := step.entries[ANY_ORDER].node, Items):
        before = dict(known)
        threads = [_thread(item, filler, before, known) for item in block.nodes]
        return map_of({ANY_ORDER: replace(step.entries[ANY_ORDER], node=items_of(threads, block.where))}, step.where)
    filler.captured = dict(known)
    filled = filler.fill(step)
    known |= dict(StepShape().captures(filled))
    return filled


def _thread(item: Node, filler: Filler, before: Mapping[str, Where], known: dict[str, Where]) -> Node:
    """A thread of a block knows what was known before the block, and what it has captured itself."""
    own = dict(before)
    lines = thread_of(item)
    if not isinstance(item, Map) or not isinstance(lines, Items):
        filled = _step(item, filler, own)
    else:
        (entry,) = item
        filled = map_of({entry.key: replace(entry, node=items_of([_step(line, filler, own) for line in lines.nodes], lines.where))}, item.where)
    known |= own
    return filled


# --- during the call: what they are


def made_of(step: Line, captured: Captured) -> Line:
    """The step as it is written with these values in it. Raises StepFailed where one of them cannot stand where it should."""
    if not isinstance(step, Later):
        return step
    problems = Problems()
    made: Any = None
    try:
        made = StepShape().read(with_values(step.node, captured), str(step), problems)
    except ScenarioError as error:
        problems.errors.append(error)
    if problems.errors:
        details = [f"{error.problem}" + (f" ({error.remedy})" if error.remedy else "") for error in problems.errors]
        raise StepFailed(Failure(step.where, f"the step {step} cannot be played with what was captured", tuple(details)))
    return made  # type: ignore[no-any-return]


def in_words(names: Iterable[str], captured: Captured) -> list[str]:
    """What was captured, for people."""
    return [f"{name} is {show(captured[name])}" for name in names if name in captured]


def with_values(node: Node, captured: Captured) -> Node:
    """The node with captured values where their names stand; the very same node where there are none. Raises ScenarioError."""
    if not node.unfilled:
        return node
    if isinstance(node, Scalar):
        return _scalar(node, captured)
    if isinstance(node, Items):
        return items_of([with_values(item, captured) for item in node.nodes], node.where)
    return map_of({entry.key: replace(entry, node=with_values(entry.node, captured)) for entry in node}, node.where, keys_filled=True)


def _scalar(node: Scalar, captured: Captured) -> Node:
    if len(node.parts) == 1 and isinstance(ref := node.parts[0], Ref):
        whole = _value(ref, captured, node.where)
        made = node_of(whole, node.where)
        return replace(made, quoted=node.quoted) if isinstance(made, Scalar) else made
    text = _joined(node, captured, str)
    first, last = node.parts[0], node.parts[-1]
    if isinstance(first, str) and isinstance(last, str) and first.startswith("/") and last.endswith("/"):
        meant: Any = _joined(node, captured, re.escape)
    else:
        meant = Literally(text)
    return Scalar(text if node.quoted else resolve(text), node.where, text, node.quoted, filled=True, meant=meant)


def _joined(node: Scalar, captured: Captured, spelled: Callable[[str], str]) -> str:
    return "".join(part if isinstance(part, str) else spelled(_text(part, captured, node.where)) for part in node.parts)


def _value(ref: Ref, captured: Captured, where: Where) -> Any:
    """Raises ScenarioError when there is no such value."""
    if ref.name not in captured:
        raise ScenarioError(f"${{{ref}}}: nothing was captured as {ref.name}", "", where)
    found = captured[ref.name]
    for member in ref.path:
        if isinstance(found, Mapping) and member in found:
            found = found[member]
        elif isinstance(found, list) and member.isdecimal() and int(member) < len(found):
            found = found[int(member)]
        elif ref.default is not None:
            return ref.default
        else:
            raise ScenarioError(f"${{{ref}}}: there is no {member!r} in what was captured: {show(captured[ref.name])}", "", where)
    return ref.default if found in (None, "") and ref.default is not None else found


def _text(ref: Ref, captured: Captured, where: Where) -> str:
    found = _value(ref, captured, where)
    if isinstance(found, (Mapping, list)):
        kind = "list" if isinstance(found, list) else "mapping"
        raise ScenarioError(f"${{{ref}}} is a {kind} and cannot stand inside of text", "let it stand alone", where)
    return found if isinstance(found, str) else json.dumps(found)


def node_of(value: Any, where: Where, depth: int = 0) -> Node:
    """A captured value as if it had been written here; a pattern takes it literally. Raises ScenarioError when it is nested without end."""
    check_depth(depth, where)
    if isinstance(value, Mapping):
        entries = {str(key): Entry(str(key), where, node_of(member, where, depth + 1)) for key, member in value.items()}
        return replace(map_of(entries, where, keys_filled=True), meant=Literally(value))
    if isinstance(value, list):
        return replace(items_of([node_of(item, where, depth + 1) for item in value], where), meant=Literally(value))
    written = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return Scalar(value, where, written, filled=True, meant=Literally(value))
