"""A scenario: what a document of a file says, once everything in it has been filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, ClassVar, Literal

from simulator.errors import Where
from simulator.scenario.known_rules import OfRules
from simulator.scenario.phone import Phone
from simulator.scenario.schema import Doc, NotEmpty, OrOne, Record, Unwritten, json_schema
from simulator.scenario.settings import CallSettings, JambonzSettings, ModelSettings, SipSettings, SpeechSettings
from simulator.scenario.steps import Step
from simulator.scenario.steps.registry import ACTORS
from simulator.scenario.steps.world import Stub
from simulator.scenario.value import value


@value(kw_only=True)
class Scenario:
    """A phone call, step by step, and what is expected of the application."""

    TITLE: ClassVar[str] = "the scenario"
    RECORD: ClassVar[type[Record]]

    where: Where = field(compare=False)
    name: Annotated[str, Doc("what happens, in one sentence; unique in its file"), NotEmpty()]
    tags: Annotated[tuple[str, ...], OrOne(), Doc("words to select scenarios by")] = ()
    seed: Annotated[int, Doc("what ids, fakes and other dice are drawn from")] = 0
    clock: Annotated[Literal["virtual", "elastic", "real"] | None, Doc("how time passes; the configuration decides when left out")] = None
    openai: Annotated[Literal["ga", "beta"], Doc("which dialect the model server speaks")] = "ga"
    jambonz: Annotated[JambonzSettings, Doc("the feature server")] = JambonzSettings()
    call: Annotated[CallSettings, Doc("the call")] = CallSettings()
    phones: Annotated[Mapping[str, Phone], Doc("others who can be part of it, by name: steps say who: NAME")] = field(default_factory=dict)
    world: Annotated[tuple[Stub, ...], Doc("backends of the application's tools; a request that no stub fits fails the scenario")] = ()
    model: Annotated[ModelSettings, Doc("the model")] = ModelSettings()
    sip: Annotated[SipSettings, Doc("what the caller's side answers to requests of jambonz")] = SipSettings()
    sms: Annotated[
        Literal["success", "failure", "no carriers", "smpp configuration error", "system error"], Doc("what becomes of an SMS (verb message)")
    ] = "success"
    speech: Annotated[SpeechSettings, Doc("the speech services of jambonz")] = SpeechSettings()
    ignore: Annotated[Mapping[str, str], OfRules(), Doc("rules that may be broken here: their codes, each with a reason")] = field(
        default_factory=dict
    )
    cases: Annotated[
        tuple[Mapping[str, Any], ...], Doc("plays the scenario once for each of these: a name, and values used as ${case.key}"), NotEmpty()
    ] = ()
    steps: Annotated[tuple[Step, ...], Doc("what happens, in order"), NotEmpty()]
    case: Annotated[str | None, Unwritten()] = None

    @property
    def id(self) -> str:
        """Its name, and that of its case: unique in the file."""
        return self.name if self.case is None else f"{self.name} [{self.case}]"

    @property
    def file(self) -> str:
        """The file, as it was given."""
        return self.where.file

    @property
    def compat(self) -> bool:
        """Whether the feature server translates between the dialects."""
        return self.openai == "ga" if self.jambonz.compat is None else self.jambonz.compat


class _ScenarioRecord(Record):
    def remedy_for(self, key: str) -> str:
        if key in ACTORS:
            return f"a step stands in the list steps: and begins with - {key}:"
        owners = [actor.name for actor in ACTORS.values() if key in actor.steps]
        if owners and key not in ("stub", "default"):
            return f"{key} is a step: steps: [{{{owners[0]}: {{{key}: …}}}}]"
        if key in ("within", "absent", "who", "after"):
            return f"{key} is an option of a step, and stands in its {{ }}"
        return super().remedy_for(key)


Scenario.RECORD = _ScenarioRecord


def schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file."""
    return json_schema(Scenario, "A phone call for jambonz-sim")
