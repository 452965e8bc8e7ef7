"""What a page is never told: keys. Whatever goes out passes here, and a secret is replaced by the hash that stands for it in journals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.journal import SHORTEST_SECRET, concealed, hidden, redact
from simulator.report.view import embeddable


class Discretion:
    """`environs` are the environment, and whatever else has keys by name: what the configuration gives to the application, `env_vars`."""

    def __init__(self, *environs: Mapping[str, str]) -> None:
        self._hidden: dict[str, str] = {}
        for environ in environs:
            for name, value in environ.items():
                if len(value) >= SHORTEST_SECRET and concealed(value, {name: value}) != value:
                    self._hidden[embeddable(value)[1:-1]] = embeddable(hidden(value))[1:-1]

    def text(self, message: dict[str, Any]) -> str:
        """The message as JSON, without a secret; what is no JSON (NaN, sound, depth without end) is tamed as in reports."""
        try:
            clean = redact(message)
        except RecursionError:  # a frame nested deeper than anybody needs
            clean = {"is": message.get("is"), "call": message.get("call"), "too_deep": True}
        text = embeddable(clean)
        for secret, shown in self._hidden.items():
            if secret in text:
                text = text.replace(secret, shown)
        return text
