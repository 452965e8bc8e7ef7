"""Switches: names that are on unless somebody says off, one by one or all at once."""

from __future__ import annotations

from simulator.errors import did_you_mean
from simulator.jambonz import defects
from simulator.scenario.document import Map, Node, Problems
from simulator.scenario.schema import Shaped
from simulator.scenario.shapes import INVALID, Flag, Json, Shape, either
from simulator.scenario.value import value


class Switches(Shape):
    """`off` for all, or `{name: off}` for some; the value are the defects that stay."""

    expects = "on or off, or a mapping from names of defects to on or off"

    def __init__(self) -> None:
        self._flag = Flag()

    def fits(self, node: Node) -> bool:
        return isinstance(node, Map) or self._flag.fits(node)

    def read(self, node: Node, name: str, problems: Problems) -> defects.Defects:
        if not isinstance(node, Map):
            if not self._flag.fits(node):
                return self.wrong(node, name, problems)  # type: ignore[no-any-return]
            return defects.Defects() if self._flag.read(node, name, problems) else defects.Defects(frozenset(defects.KNOWN))
        switches = {}
        for entry in node:
            if entry.key not in defects.KNOWN:
                problems.add(entry.where, f"{name}: there is no defect {entry.key!r}", did_you_mean(entry.key, list(defects.KNOWN)))
                switches[entry.key] = INVALID
            else:
                switches[entry.key] = self._flag.read(entry.node, f"{name}.{entry.key}", problems)
        if any(switch is INVALID for switch in switches.values()):
            return INVALID  # type: ignore[no-any-return]
        return defects.Defects(frozenset(each for each, on in switches.items() if not on))

    def json(self, defs: Json) -> Json:
        flag = self._flag.json(defs)
        each = {one.name: {"description": f"{one.what}; off: {one.instead}"} | flag for one in defects.KNOWN.values()}
        return either([flag, {"type": "object", "properties": each, "additionalProperties": False}])


@value()
class OfDefects(Shaped):
    """Marks switches for the defects of the real server."""

    def shape(self) -> Shape:
        return Switches()
