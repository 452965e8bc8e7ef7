"""What others owe an open session, in words: people read them when nobody can move."""

from __future__ import annotations

OWES_OUTPUT = "the client owes the output of "


class Debts:
    """Answers of the scenario and outputs of tools that are outstanding; `owed` says since when, by debt."""

    def __init__(self) -> None:
        self.owed: dict[str, float] = {}

    def answer_due(self, response_id: str, now_s: float) -> None:
        """A response was requested."""
        self.owed[_answer(response_id)] = now_s

    def answered(self, response_id: str) -> None:
        """It was answered, or never will be."""
        self.owed.pop(_answer(response_id), None)

    def output_due(self, call_id: str, name: str, now_s: float) -> None:
        """A function was called."""
        self.owed[f"{OWES_OUTPUT}{name} ({call_id})"] = now_s

    def output_came(self, call_id: str) -> None:
        """It returned, or was taken back."""
        for debt in [debt for debt in self.owed if debt.startswith(OWES_OUTPUT) and debt.endswith(f"({call_id})")]:
            del self.owed[debt]


def _answer(response_id: str) -> str:
    return f"the scenario owes an answer to {response_id}"
