"""Captures of a rule: what a group of its regular expression matched stands for `${1}` or `${name}` in the rule's step."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from simulator.errors import ScenarioError, Where
from simulator.scenario.document import Node, Ref, Scalar, resolve
from simulator.scenario.placeholders import Filler
from simulator.scenario.steps import model
from simulator.scenario.steps.recordings import Recording

WHOLE, INSIDE = "\0", "\1"
"""Mark where a capture goes: an unquoted value that is nothing but a capture may become a number, inside of text it is text."""
MARK = re.compile(f"{INSIDE}(\\w+){INSIDE}")

Captured = Mapping[str, str]


@dataclass(slots=True)
class CaptureFiller(Filler):
    """Fills all placeholders except those of the groups in `names`: these are marked, to be filled when the rule fits."""

    names: frozenset[str] = field(default_factory=frozenset)

    def _whole(self, node: Scalar, inside: str) -> Node:
        if inside not in self.names:
            self._check(inside, node.where)
            return Filler._whole(self, node, inside)
        mark = INSIDE if node.quoted else WHOLE
        return Scalar(f"{mark}{inside}{mark}", node.where, f"{mark}{inside}{mark}", quoted=True, filled=True)

    def _value(self, inside: str, where: Where) -> str | Ref | Node:
        if inside in self.names:
            return f"{INSIDE}{inside}{INSIDE}"
        self._check(inside, where)
        return Filler._value(self, inside, where)

    def _check(self, inside: str, where: Where) -> None:
        if inside.isdecimal():
            known = f"it has {', '.join(sorted(self.names))}" if self.names else "only a /regular expression/ captures"
            raise ScenarioError(f"the pattern of this rule captures no ${{{inside}}}", f"{known}; ${{0}} is all that it found", where)


def groups_of(pattern: Any) -> frozenset[str]:
    """The names and numbers of all groups of the first regular expression in a pattern."""
    regex = regex_in(pattern)
    return frozenset() if regex is None else frozenset({*(str(number) for number in range(regex.groups + 1)), *regex.groupindex})


def regex_in(pattern: Any) -> re.Pattern[str] | None:
    """The first `/…/` in a pattern."""
    if isinstance(pattern, str):
        return re.compile(pattern[1:-1], re.DOTALL) if len(pattern) >= 2 and pattern[0] == pattern[-1] == "/" else None
    inner = pattern.values() if isinstance(pattern, Mapping) else pattern if isinstance(pattern, list | tuple) else ()
    return next((found for each in inner if (found := regex_in(each)) is not None), None)


def captured(pattern: Any, text: str) -> Captured:
    """What the groups matched; a group that took no part is empty."""
    regex = regex_in(pattern)
    match = regex.search(text) if regex is not None else None
    if match is None:
        return {}
    numbered = {str(number): match[number] or "" for number in range(len(match.groups()) + 1)}
    return numbered | {name: found or "" for name, found in match.groupdict().items()}


def filled(step: model.ModelStep, captured: Captured, tools: Sequence[Mapping[str, Any]] = ()) -> model.ModelStep:
    """The step with its captures filled in; in the arguments of a tool of `tools`, as what its schema asks for."""
    changed: model.ModelStep = _filled(step, captured, free=False)
    if changed is step or not isinstance(changed, model.Answer):
        return changed
    schemas = {tool["name"]: tool.get("parameters") or {} for tool in tools if "name" in tool}
    calls = tuple(replace(call, with_=_suited(call.with_, schemas.get(call.name, {}))) if call.with_ else call for call in changed.calls)
    return replace(changed, call=calls, with_=None, arguments=None) if changed.call else changed


def takes_captures(step: model.ModelStep) -> bool:
    """Whether there is anything to fill in."""
    return _filled(step, {}, free=False) is not step


def _suited(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Arguments whose texts are numbers or flags where the schema says so: quotes cannot be left out inside of { }."""
    suited = dict(arguments)
    properties = schema.get("properties")
    for name, given in arguments.items():
        member = properties.get(name) if isinstance(properties, Mapping) else None
        kinds = member.get("type") if isinstance(member, Mapping) else None
        value = resolve(given) if isinstance(given, str) else given
        if any(_is(value, kind) for kind in (kinds if isinstance(kinds, list) else [kinds])):
            suited[name] = value
    return suited


def _is(value: Any, kind: Any) -> bool:
    if isinstance(value, bool):
        return bool(kind == "boolean")
    return (kind == "integer" and isinstance(value, int)) or (kind == "number" and isinstance(value, int | float))


def _filled(given: Any, captured: Captured, *, free: bool) -> Any:
    """Where there is nothing to fill in, what was given. `free`: inside of a mapping of the author's own, such as the arguments of a tool,
    where a number may stand.
    """
    if isinstance(given, str):
        if given[:1] == WHOLE == given[-1:]:
            text = captured.get(given[1:-1], "")
            return resolve(text) if free else text
        return MARK.sub(lambda mark: captured.get(mark[1], ""), given) if MARK.search(given) else given
    if isinstance(given, Mapping):
        filled = {key: _filled(each, captured, free=True) for key, each in given.items()}
        return filled if any(filled[key] is not each for key, each in given.items()) else given
    if isinstance(given, list | tuple):
        items = [_filled(each, captured, free=free) for each in given]
        return type(given)(items) if any(new is not old for new, old in zip(items, given, strict=True)) else given
    if isinstance(given, Recording):  # it holds its sound, and the name of a file is written out
        text = _filled(given.text, captured, free=False)
        return given if text == given.text else replace(given, text=text)
    if is_dataclass(given) and not isinstance(given, type | Where):
        before = {each.name: getattr(given, each.name) for each in fields(given)}
        after = {name: _filled(each, captured, free=False) for name, each in before.items()}
        changed = {name: each for name, each in after.items() if each is not before[name]}
        return replace(given, **changed) if changed else given
    return given
