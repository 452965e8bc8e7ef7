"""Steps of the model as scripts and rules have them: everything a scenario can write behind `model:`, and nobody else's steps."""

from __future__ import annotations

from typing import Annotated, Any

from simulator.errors import did_you_mean
from simulator.scenario import document
from simulator.scenario.document import Entry, Map, Node, Problems
from simulator.scenario.schema import Shaped
from simulator.scenario.shapes import INVALID, Json, Shape
from simulator.scenario.steps.registry import ACTORS, StepShape
from simulator.scenario.value import value


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


ScriptStep = Annotated[Any, Steps(ModelStepShape)]
Doing = Annotated[Any, Steps(DoingShape)]
