"""A YAML file as a tree of values that know where they were written.

Read as YAML 1.2 reads them (`no` is a text, `012` is twelve), as editors do; keys are always text. What is unkind to its
reader is refused: keys written twice, nesting without end, aliases that grow, files that include themselves.
"""

from simulator.scenario.document.core_schema import resolve
from simulator.scenario.document.files import MAX_BYTES, parse, read
from simulator.scenario.document.problems import Problems
from simulator.scenario.document.tree import Entry, Items, Map, Node, Ref, Scalar, items_of, map_of, plain

__all__ = ["MAX_BYTES", "Entry", "Items", "Map", "Node", "Problems", "Ref", "Scalar", "items_of", "map_of", "parse", "plain", "read", "resolve"]
