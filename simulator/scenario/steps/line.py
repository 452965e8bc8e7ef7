"""Lines of a scenario, and which actors there are. One more step is one more dataclass in its actor's file, marked with `@step`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Annotated, Any, ClassVar, TypeVar

from simulator.errors import Where
from simulator.scenario.schema import Doc, Record, key_of
from simulator.scenario.value import value


@value(kw_only=True)
class Line:
    """One line of a scenario; `where` it stands does not count when two are compared."""

    where: Where = field(compare=False)

    RECORD: ClassVar[type[Record]]
    actor: ClassVar[str]
    words: ClassVar[tuple[str, ...]]
    """The keys that say which step this is."""
    AFTER_CALL: ClassVar[bool] = False
    """Whether it is asked when the call is over, so that nothing that was captured can be a part of it."""

    @property
    def word(self) -> str:
        """The key by which this step was written: `say` of `caller: {say: hello}`."""
        given = (word for word in self.words if getattr(self, _field_of(type(self), word)) not in (None, ()))
        return next(given, self.words[0])

    def __str__(self) -> str:
        return f"{self.actor}.{self.word}"


@value(kw_only=True)
class CallLine(Line):
    """A line about one call: that of the caller, unless `who` names another phone."""

    who: Annotated[str | None, Doc("a name of phones: whose call this is about; the caller's when left out")] = None


def _field_of(cls: type[Any], key: str) -> str:
    fields: dict[str, Any] = cls.__dataclass_fields__
    return next(name for name in fields if key_of(name) == key)


@value()
class Actor:
    """Who does something, and the steps known by their words."""

    name: str
    doc: str
    steps: dict[str, type[Line]] = field(default_factory=dict)


ACTORS: dict[str, Actor] = {
    actor.name: actor
    for actor in (
        Actor("caller", "What the person on the phone does."),
        Actor("model", "What the model server does: how it answers the next response that is requested, or what goes wrong with it."),
        Actor("world", "What changes around the call."),
        Actor("expect", "What must happen, from here on and in time; or, with `absent: true`, must not."),
    )
}

C = TypeVar("C", bound=type[Line])


def step(actor: str, *words: str) -> Callable[[C], C]:
    """Register a dataclass as the step of `actor` that has one of these keys."""

    def register(cls: C) -> C:
        cls.actor, cls.words = actor, words
        for word in words:
            ACTORS[actor].steps[word] = cls
        return cls

    return register
