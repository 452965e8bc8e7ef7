"""Why a list of verbs is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """The first problem of a list of verbs; the server discards the whole list for it.

    `text` is what the real server says (and puts into `X-Reason`); `path` is where, in the list the application sent,
    such as `[1].gather.say.txet`, empty for the list itself; `remedy` is ours.
    """

    text: str
    path: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"verbs{self.path}: {self.text}" + (f" ({self.remedy})" if self.remedy else "")
