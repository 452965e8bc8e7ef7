"""What the model server does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from simulator.scenario.schema import Doc, NotEmpty, OrOne
from simulator.scenario.steps.answer import ANSWER_S, Answer, McpError, ToolCall
from simulator.scenario.steps.faults import Delay, Disconnect, Drop, Duplicate, ErrorBody, Expire, FaultStep, Lasting, Refuse, Stall, Strike, Trouble
from simulator.scenario.steps.registry import CallLine, step
from simulator.scenario.value import value

__all__ = [
    "ANSWER_S", "Answer", "Default", "Delay", "Disconnect", "Drop", "Duplicate", "Emit", "ErrorBody", "Expire", "FaultStep", "Lasting", "McpError",
    "Mishear", "ModelStep", "Refuse", "Stall", "Strike", "ToolCall", "Trouble",
]  # fmt: skip


@step("model", "mishear")
@value(kw_only=True)
class Mishear(CallLine):
    """The next transcript of the caller says something else than the caller did."""

    mishear: Annotated[str | None, Doc("what the transcript says; null lets the transcription fail")]


@step("model", "emit")
@value(kw_only=True)
class Emit(Strike):
    """The model server sends exactly these events: the way out for everything that has no step of its own."""

    emit: Annotated[tuple[Mapping[str, Any], ...], OrOne(), Doc("an event, or a list of events"), NotEmpty()]


@step("model", "default")
@value(kw_only=True)
class Default(CallLine):
    """From here on, responses that no step answers are answered like this."""

    default: Annotated[Answer, Doc("the answer, as a step of the model has it")]


ModelStep = Answer | Mishear | Emit | Default | FaultStep
