"""From the events of libyaml to a tree: what anchors, aliases, `<<` and `!include` stand for is put where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from yaml import events

from simulator.errors import ScenarioError, Where
from simulator.scenario.document.core_schema import resolve
from simulator.scenario.document.problems import Problems
from simulator.scenario.document.syntax import NO_INDENTATION, STRANGE_SPACES, syntax_error
from simulator.scenario.document.tree import Entry, Items, Map, Node, Scalar, check_depth, items_of, map_of

MAX_NODES = 100_000
"""Values in one file, includes and repeated aliases counted every time they stand somewhere."""

QUOTE_A_LIST = 'put it in quotes if it begins with [, { or "? "'

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STANDARD = "tag:yaml.org,2002:"
_TAGS = frozenset(("!", *(_STANDARD + name for name in ("str", "int", "float", "bool", "null", "seq", "map"))))
"""What a value may be called, which it is anyhow. Tags that make objects are refused, not overlooked."""


class Budget:
    """How many values a file and all that it includes may still grow to."""

    def __init__(self) -> None:
        self.spent = 0

    def spend(self, size: int, where: Where) -> None:
        """Raises ScenarioError when it is exhausted."""
        self.spent += size
        if self.spent > MAX_NODES:
            remedy = "aliases (*name) repeat everything that stands at their anchor: repeat less, or split the file"
            raise ScenarioError(f"the file grows to more than {MAX_NODES} values", remedy, where)


class Composer:
    """Builds the nodes of `text`, which stands in `file`, `depth` lists and mappings deep.

    `include` is asked for what another file holds: its path as written, where it is asked for, and how deep that is.
    """

    def __init__(self, text: str, file: str, depth: int, problems: Problems, budget: Budget, include: Callable[[str, Where, int], Node]) -> None:
        self.text, self.file, self.depth = text, file, depth
        self.problems, self.budget, self.include = problems, budget, include
        self.loader = _Loader(text)
        self.anchors: dict[str, Node] = {}
        self.unfinished: list[str] = []

    def documents(self) -> list[Node]:
        """Those up to where the text is no YAML any more, which is added to the problems. Raises ScenarioError when it grows too large."""
        found: list[Node] = []
        try:
            while True:
                event = self.loader.get_event()
                if isinstance(event, events.StreamEndEvent):
                    return found
                if isinstance(event, events.DocumentStartEvent):
                    self.anchors.clear()
                    node = self.node(self.loader.get_event(), self.depth)
                    self.loader.get_event()  # its end: what does not end is not what was meant
                    found.append(node)
        except yaml.MarkedYAMLError as error:
            self.problems.errors.append(syntax_error(error, self.text, self.file))
            return found
        except yaml.YAMLError as error:
            self.problems.add(Where(self.file, 1, 1), f"this is not YAML: {error}", "see whether the file is what it should be")
            return found
        finally:
            self.loader.dispose()

    def where(self, event: Any) -> Where:
        mark = event.start_mark
        return Where(self.file, mark.line + 1, mark.column + 1)

    def node(self, event: Any, depth: int) -> Node:
        where = self.where(event)
        if isinstance(event, events.AliasEvent):
            return self.alias(str(event.anchor), where, depth)
        check_depth(depth + 1, where)
        self.budget.spend(1, where)
        anchor = event.anchor
        if anchor is not None:
            self.unfinished.append(anchor)
        found: Node
        if isinstance(event, events.ScalarEvent):
            found = self.scalar(event, where, depth)
        elif isinstance(event, events.SequenceStartEvent):
            self.check_tag(event.tag, where)
            found = self.items(where, depth + 1)
        else:
            self.check_tag(event.tag, where)
            found = self.map(where, depth + 1)
        if anchor is not None:
            self.unfinished.pop()
            self.anchors[anchor] = found
        return found

    def alias(self, name: str, where: Where, depth: int) -> Node:
        found = self.anchors.get(name)
        if found is not None and name not in self.unfinished:
            self.budget.spend(found.size, where)
            check_depth(depth + found.height, where)
            return found
        if name in self.unfinished:
            self.problems.add(where, f"*{name} stands inside of &{name}", "a value cannot contain itself")
        else:
            self.problems.add(where, f"there is no &{name} above this *{name}", f'write "*{name}" in quotes if text is meant')
        return Scalar(None, where, f"*{name}", broken=True)

    def scalar(self, event: Any, where: Where, depth: int) -> Node:
        text, tag = event.value, event.tag
        if tag == "!include":
            return self.include(text, where, depth)
        self.check_tag(tag, where)
        quoted = tag in ("!", _STANDARD + "str") or not (event.implicit[0] or tag)
        return Scalar(text if quoted else resolve(text), where, text, quoted, "${" in text)

    def items(self, where: Where, depth: int) -> Items:
        found: list[Node] = []
        while not isinstance(event := self.loader.get_event(), events.SequenceEndEvent):
            item = self.node(event, depth)
            if isinstance(item, Items) and getattr(event, "tag", None) == "!include":
                found += item.nodes  # an included list of steps continues the list it stands in
            else:
                found.append(item)
        return items_of(found, where)

    def map(self, where: Where, depth: int) -> Node:
        found: dict[str, Entry] = {}
        inherited: list[Map] = []
        broken = False
        while not isinstance(event := self.loader.get_event(), events.MappingEndEvent):
            key_where = self.where(event)
            key = self.node(event, depth)
            value = self.node(self.loader.get_event(), depth)
            if not isinstance(key, Scalar):
                remedy = 'what is filled in is written "${NAME}"; and put it in quotes if it begins with {' if isinstance(key, Map) else QUOTE_A_LIST
                self.problems.add(key_where, "a key is a word, not a list or a mapping", remedy)
            elif not key.quoted and key.written.startswith(tuple(STRANGE_SPACES)):
                self.problems.add(key_where, NO_INDENTATION.format(ord(key.written[0])), "replace it with a usual space")
                broken = True
            elif key.written == "<<" and not key.quoted:
                inherited += self.inherited(value)
            elif (first := found.get(key.written)) is not None:
                remedy = f"remove one; the first stands in line {first.where.line}"
                self.problems.add(key_where, f"the key {key.written!r} is written twice", remedy)
            elif not key.broken:
                found[key.written] = Entry(key.written, key_where, value)
        for each in inherited:
            for entry in each:
                found.setdefault(entry.key, entry)
        return Scalar(None, where, "", broken=True) if broken else map_of(found, where)

    def inherited(self, value: Node) -> list[Map]:
        """What `<<: *name` or `<<: [*a, *b]` brings in."""
        if isinstance(value, Map):
            return [value]
        if isinstance(value, Items) and all(isinstance(each, Map) for each in value.nodes):
            return [each for each in value.nodes if isinstance(each, Map)]
        if not (isinstance(value, Scalar) and value.broken):
            remedy = "write <<: *name, with &name before a mapping"
            self.problems.add(value.where, "<< takes over the keys of a mapping, and this is none", remedy)
        return []

    def check_tag(self, tag: str | None, where: Where) -> None:
        if tag is not None and tag not in _TAGS:
            tag = tag.replace(_STANDARD, "!!")
            self.problems.add(where, f"the tag {tag} is not known", "the only one is !include; put text that begins with ! in quotes")
