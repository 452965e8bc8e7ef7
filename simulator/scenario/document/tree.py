"""Values that know where they were written, in lists and mappings that know how large they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.errors import ScenarioError, Where

MAX_DEPTH = 50

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Ref:
    """A place in a text where a captured value goes: its name, members to go down into, and what stands there if it is empty."""

    name: str
    path: tuple[str, ...] = ()
    default: str | None = None

    def __str__(self) -> str:
        return ".".join((self.name, *self.path))


@dataclass(slots=True, eq=False)
class Scalar:
    """One value. `written` is its text as it stands in the file; `quoted` says that it can be nothing but text.

    `unfilled`: it holds a `${…}` or `$${`. `filled`: it held one, so its text may be meant as a number too. `broken`: what is
    wrong with it has been said already. `unit` is what a bare number counts where a duration is meant, if it was not written in a file.
    `parts`: texts and captured values it is made of; until these are known it is open. `meant`: what it is as a pattern, where that is
    not what it says.
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
    unit: str = ""
    parts: tuple[str | Ref, ...] = ()
    meant: Any = None

    @property
    def open(self) -> bool:
        """Whether it takes in a captured value that is not known yet."""
        return bool(self.parts)


@dataclass(slots=True, eq=False)
class Items:
    """A list. `size` counts the values in it, `height` how deep they are nested."""

    nodes: list[Node]
    where: Where
    unfilled: bool
    size: int
    height: int
    meant: Any = None


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
    meant: Any = None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())


Node = Scalar | Items | Map


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


def map_of(entries: Mapping[str, Entry], where: Where, keys_filled: bool = False) -> Map:
    """`keys_filled`: a `${` in a key is meant as it stands, because the key has been filled in."""
    unfilled = any(entry.node.unfilled or (not keys_filled and "${" in entry.key) for entry in entries.values())
    size = 1 + sum(1 + entry.node.size for entry in entries.values())
    return Map(dict(entries), where, unfilled, size, 1 + max((entry.node.height for entry in entries.values()), default=0))
