"""Frozen dataclasses that are made quickly.

`dataclass(frozen=True)` writes and compiles six methods for every class; for the many small classes of the language this takes
ten times as long as loading a scenario. Here all classes share five of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, FrozenInstanceError, dataclass, field
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    """Make the class a frozen dataclass."""

    def make(cls: type[T]) -> type[T]:
        made = dataclass(kw_only=kw_only, eq=False, repr=False)(cls)
        for method in (__setattr__, __delattr__, __eq__, __hash__, __repr__):
            setattr(made, method.__name__, method)
        return made

    return make


def _fields(self: Any) -> tuple[Field[Any], ...]:
    return tuple(type(self).__dataclass_fields__.values())


def _compared(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in _fields(self) if each.compare and not each.name.startswith("__")]


def __setattr__(self: Any, name: str, value: Any) -> None:
    if name in self.__dict__ or name not in self.__dataclass_fields__:
        raise FrozenInstanceError(f"cannot assign to {name!r}")
    self.__dict__[name] = value


def __delattr__(self: Any, name: str) -> None:  # noqa: ARG001
    raise FrozenInstanceError(f"cannot delete {name!r}")


def __eq__(self: Any, other: object) -> Any:
    return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented


def __hash__(self: Any) -> int:
    return hash((type(self), *_compared(self)))


def __repr__(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in _fields(self) if each.name in self.__dict__ and each.repr)
    return f"{type(self).__qualname__}({shown})"
