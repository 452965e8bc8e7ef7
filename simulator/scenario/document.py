"""A YAML file as a tree of values that know where they were written.

Read as YAML 1.2 reads them (`no` is a text, `012` is twelve), as editors do; keys are always text. What is unkind to its
reader is refused: keys written twice, nesting without end, aliases that grow, files that include themselves.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import yaml
from yaml import events

from simulator.errors import ScenarioError, ScenarioErrors, Where

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 50
MAX_NODES = 100_000
"""Values in one file, includes and repeated aliases counted every time they stand somewhere."""

Value = str | int | float | bool | None


@dataclass(slots=True, eq=False)
class Scalar:
    """One value. `written` is its text as it stands in the file; `quoted` says that it can be nothing but text.

    `unfilled`: it holds a `${…}` or `$${`. `filled`: it held one, so its text may be meant as a number too. `broken`: what is
    wrong with it has been said already.
    """

    value: Value
    where: Where
    written: str
    quoted: bool = False
    unfilled: bool = False
    filled: bool = False
    broken: bool = False
    size: int = 1
    height: int = 0


@dataclass(slots=True, eq=False)
class Items:
    """A list. `size` counts the values in it, `height` how deep they are nested."""

    nodes: list[Node]
    where: Where
    unfilled: bool
    size: int
    height: int


@dataclass(slots=True, eq=False)
class Entry:
    """One key of a mapping, the place of the key, and its value."""

    key: str
    where: Where
    node: Node


@dataclass(slots=True, eq=False)
class Map:
    """A mapping, in the order it was written."""

    entries: dict[str, Entry]
    where: Where
    unfilled: bool
    size: int
    height: int

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())


Node = Scalar | Items | Map


@dataclass(slots=True, eq=False)
class Problems:
    """Everything that is wrong with one file, so that its author mends it in one go."""

    errors: list[ScenarioError] = field(default_factory=list)

    def add(self, where: Where, problem: str, remedy: str = "") -> None:
        self.errors.append(ScenarioError(problem, remedy, where))

    def raise_if_any(self) -> None:
        """All of them as `ScenarioErrors`: each once, file by file, from top to bottom."""
        if not self.errors:
            return
        files = list(dict.fromkeys(error.where.file for error in self.errors if error.where))
        each = {str(error): error for error in self.errors}
        raise ScenarioErrors(sorted(each.values(), key=lambda error: _order(error, files)))


def _order(error: ScenarioError, files: list[str]) -> tuple[int, int, int]:
    where = error.where
    return (files.index(where.file), where.line, where.column) if where else (-1, 0, 0)


def plain(node: Node) -> Any:
    """The value without its places, as JSON has it."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.nodes]
    return {key: plain(entry.node) for key, entry in node.entries.items()}


def check_depth(depth: int, where: Where) -> None:
    """Raises ScenarioError when lists and mappings stand too deep in one another."""
    if depth > MAX_DEPTH:
        raise ScenarioError(f"lists and mappings are nested more than {MAX_DEPTH} deep", "nest less", where)


def items_of(nodes: list[Node], where: Where) -> Items:
    height = 1 + max((node.height for node in nodes), default=0)
    return Items(nodes, where, any(node.unfilled for node in nodes), 1 + sum(node.size for node in nodes), height)


def map_of(entries: Mapping[str, Entry], where: Where) -> Map:
    unfilled = any(entry.node.unfilled or "${" in entry.key for entry in entries.values())
    size = 1 + sum(1 + entry.node.size for entry in entries.values())
    return Map(dict(entries), where, unfilled, size, 1 + max((entry.node.height for entry in entries.values()), default=0))


# --- from the file to the tree --------------------------------------------------------------------------------------------


def read(path: Path, problems: Problems) -> list[Node]:
    """The documents of a file and of all that it includes. What is wrong is added to `problems`."""
    file = str(path)
    try:
        return _Files(_root(path), problems).documents(_text(path, Where(file, 1, 1)), file)
    except ScenarioError as error:
        problems.errors.append(error)
        return []


def parse(text: str, file: str, problems: Problems) -> list[Node]:
    """The documents of `text`, as if it stood in `file`; includes are relative to that."""
    try:
        return _Files(_root(Path(file)), problems).documents(text, file)
    except ScenarioError as error:
        problems.errors.append(error)
        return []


def _root(path: Path) -> Path:
    """A file may include what lies in its own folder's parent and below."""
    return Path(os.path.realpath(path)).parent.parent


def _text(path: Path, asked_at: Where) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(f"{path} cannot be read: {reason}", "check the path and its permissions", asked_at) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(data) > MAX_BYTES and error.start > MAX_BYTES - 4:
            return data.decode("utf-8-sig", "replace")
        where = _place(data[: error.start].decode("utf-8-sig", "replace"), str(path))
        raise ScenarioError(f"the byte {data[error.start]:#04x} is not UTF-8 text", "save the file with the encoding UTF-8", where) from error


def _place(before: str, file: str) -> Where:
    """Where the text stands that comes after `before`."""
    return Where(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


@dataclass(slots=True, eq=False)
class _Files:
    """One file that was asked for, and those it includes."""

    root: Path
    problems: Problems
    open: list[Path] = field(default_factory=list)
    nodes: int = 0

    def documents(self, text: str, file: str, depth: int = 0) -> list[Node]:
        """Raises ScenarioError when the text cannot be understood at all."""
        if len(text) > MAX_BYTES:
            remedy = "split it: one scenario a file, and !include for what they share"
            raise ScenarioError(f"the file is larger than {MAX_BYTES // 1024} KiB", remedy, Where(file, 1, 1))
        text = text.removeprefix("\ufeff")
        if found := NOT_TEXT.search(text):
            problem = f"the character U+{ord(found[0]):04X} cannot stand in a YAML file"
            raise ScenarioError(problem, 'remove it, or write it as "\\u…" in double quotes', _place(text[: found.start()], file))
        self.open.append(Path(os.path.realpath(file)))
        try:
            return _Parser(text, file, self, depth).documents()
        finally:
            self.open.pop()

    def include(self, target: str, where: Where, depth: int) -> Node:
        """What the file `target` holds; a broken scalar when that cannot be said."""
        nothing = Scalar(None, where, target, broken=True)
        if not target or "\0" in target or Path(target).is_absolute():
            problem = f"!include wants the path of a file relative to this one, not {target!r}"
            self.problems.add(where, problem, "for example !include common/greeting.yaml")
            return nothing
        path = Path(os.path.normpath(Path(where.file).parent / target))
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            self.problems.add(where, f"!include {target} leads out of {self.root}", "move the file below that folder")
            return nothing
        if real in self.open:
            chain = " includes ".join(file.name for file in [*self.open[self.open.index(real) :], real])
            self.problems.add(where, f"the files include each other without end: {chain}", "remove one of these !include lines")
            return nothing
        if not os.path.isfile(path):  # unlike Path.is_file, it never raises
            self.problems.add(where, f"there is no file {path}", "the path is relative to the file it is written in")
            return nothing
        try:
            text = _text(path, where)
            self.count(len(text) // 256, where)  # a few bytes can ask for the same large file again and again
            found = self.documents(text, str(path), depth)
        except ScenarioError as error:
            self.problems.errors.append(error)
            return nothing
        if len(found) != 1:
            self.problems.add(where, f"{target} holds {len(found)} documents", "an included file holds exactly one")
            return nothing
        return found[0]

    def count(self, size: int, where: Where) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            remedy = "aliases (*name) repeat everything that stands at their anchor: repeat less, or split the file"
            raise ScenarioError(f"the file grows to more than {MAX_NODES} values", remedy, where)


NOT_TEXT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
"""What libyaml refuses, with less than a place."""

_STANDARD = "tag:yaml.org,2002:"


class _Parser:
    """Builds nodes from the events of libyaml."""

    def __init__(self, text: str, file: str, files: _Files, depth: int) -> None:
        self.text, self.file, self.files, self.depth = text, file, files, depth
        self.loader = _Loader(text)
        self.anchors: dict[str, Node] = {}
        self.unfinished: list[str] = []

    def documents(self) -> list[Node]:
        found: list[Node] = []
        try:
            while True:
                event = self.loader.get_event()
                if isinstance(event, events.StreamEndEvent):
                    return found
                if isinstance(event, events.DocumentStartEvent):
                    self.anchors.clear()
                    found.append(self.node(self.loader.get_event(), self.depth))
        except yaml.MarkedYAMLError as error:
            raise _syntax_error(error, self.text, self.file) from None
        except yaml.YAMLError as error:
            raise ScenarioError(f"this is not YAML: {error}", "", Where(self.file, 1, 1)) from None
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
        self.files.count(1, where)
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
            self.files.count(found.size, where)
            check_depth(depth + found.height, where)
            return found
        if name in self.unfinished:
            self.files.problems.add(where, f"*{name} stands inside of &{name}", "a value cannot contain itself")
        else:
            self.files.problems.add(where, f"there is no &{name} above this *{name}", f'write "*{name}" in quotes if text is meant')
        return Scalar(None, where, f"*{name}", broken=True)

    def scalar(self, event: Any, where: Where, depth: int) -> Node:
        text, tag = event.value, event.tag
        if tag == "!include":
            return self.files.include(text, where, depth)
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

    def map(self, where: Where, depth: int) -> Map:
        found: dict[str, Entry] = {}
        inherited: list[Map] = []
        while not isinstance(event := self.loader.get_event(), events.MappingEndEvent):
            key_where = self.where(event)
            key = self.node(event, depth)
            value = self.node(self.loader.get_event(), depth)
            if not isinstance(key, Scalar):
                self.files.problems.add(key_where, "a key is a word, not a list or a mapping", 'put it in quotes if it begins with [, { or "? "')
            elif key.written == "<<" and not key.quoted:
                inherited += self.inherited(value)
            elif (first := found.get(key.written)) is not None:
                remedy = f"remove one; the first stands in line {first.where.line}"
                self.files.problems.add(key_where, f"the key {key.written!r} is written twice", remedy)
            elif not key.broken:
                found[key.written] = Entry(key.written, key_where, value)
        for each in inherited:
            for entry in each:
                found.setdefault(entry.key, entry)
        return map_of(found, where)

    def inherited(self, value: Node) -> list[Map]:
        """What `<<: *name` or `<<: [*a, *b]` brings in."""
        if isinstance(value, Map):
            return [value]
        if isinstance(value, Items) and all(isinstance(each, Map) for each in value.nodes):
            return [each for each in value.nodes if isinstance(each, Map)]
        if not (isinstance(value, Scalar) and value.broken):
            remedy = "write <<: *name, with &name before a mapping"
            self.files.problems.add(value.where, "<< takes over the keys of a mapping, and this is none", remedy)
        return []

    def check_tag(self, tag: str | None, where: Where) -> None:
        if tag is not None and tag != "!" and not tag.startswith(_STANDARD):
            self.files.problems.add(where, f"the tag {tag} is not known", "the only one is !include; put text that begins with ! in quotes")


# --- what a word means ----------------------------------------------------------------------------------------------------

_CONSTANTS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"-?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def resolve(text: str) -> Value:
    """What an unquoted word is: the core schema of YAML 1.2, without infinity, which JSON has not, and without a `+` before
    a number, which is a telephone number here."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "-.0123456789" or len(text) > 100:
        return text
    if _INTEGER.fullmatch(text):
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text) and isfinite(number := float(text)):
        return number
    return text


# --- broken YAML, explained -----------------------------------------------------------------------------------------------


def _syntax_error(error: yaml.MarkedYAMLError, text: str, file: str) -> ScenarioError:
    """libyaml's finding in words that say what to do."""
    mark, opened = error.problem_mark, error.context_mark
    if mark is None:
        return ScenarioError(f"this is not YAML: {error.problem}", "", Where(file, 1, 1))
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    here = line[mark.column : mark.column + 1]
    problem, remedy, at = _explained(str(error.problem), str(error.context), line, here, mark, opened)
    return ScenarioError(problem, remedy, Where(file, at.line + 1, at.column + 1))


QUOTE_IT = 'put the text in quotes: key: "text"'


def _explained(said: str, context: str, line: str, here: str, mark: Any, opened: Any) -> tuple[str, str, Any]:
    before = line[: mark.column]
    if "cannot start any token" in said:
        if here == "\t":
            return "a tab cannot stand here", "indent with spaces", mark
        return f"text cannot begin with {here}", QUOTE_IT, mark
    if "alias" in context:
        return "a * begins an alias in YAML", 'put the text in quotes: "*"', opened or mark
    if "quoted scalar" in context:
        if "escape" in said:
            escape = line[mark.column + 1 : mark.column + 2]
            return f"\\{escape} means nothing in double quotes", "write \\\\ for a backslash, or use single quotes", mark
        return "the quote that begins here is never closed", "close it, and write '' for a ' inside of single quotes", opened or mark
    if "flow" in context:
        bracket, closing = ("{", "}") if "mapping" in context else ("[", "]")
        if before.endswith("$") and here == "{":
            return f"${{…}} inside of {bracket} {closing} needs quotes", 'write "${…}"', mark
        if opened is not None and mark.line > opened.line:
            return f"the {bracket} that begins here is not closed", f"write {closing} at its end, before line {mark.line + 1}", opened
        return f"{here or 'the end'} cannot stand here: a comma or {closing} is missing before it", f"if it belongs to a text, {QUOTE_IT}", mark
    if "mapping values" in said:
        if re.search(r":\s", before):
            return "a colon inside of text", QUOTE_IT, mark
        return "this key does not belong to the lines above", "give the keys of one mapping the same indentation, and a space after each colon", mark
    if "'-' indicator" in said:
        return "this line does not belong to the list above", "begin every item with - in the same column, and close every bracket", mark
    if "expected key" in said:
        return "this does not belong to the keys above", "indent all keys alike, and put all of a text in one pair of quotes", mark
    if "document start" in said:
        return "this does not belong to what is above", "check the indentation and the brackets above", mark
    if "incompatible" in said:
        return "this version of YAML is not known", "remove the line that begins with %YAML", mark
    return f"this is not YAML: {said}", f"{context}; if text is meant, {QUOTE_IT}" if context != "None" else "", mark
