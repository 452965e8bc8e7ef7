"""What of a text is spoken: plain text as it stands, of SSML the words and the pauses.

Known are `speak`, `p`, `s`, `break` and `sub`; of every other element the words are spoken and its manner is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

MOST_PAUSE_S = 600.0
SILENCE = "silence_stream://"
"""A text that begins so is silence, for so many milliseconds (a convention of the media server)."""

_TAG = re.compile(r"<(/?)\s*([A-Za-z][\w:.-]*)([^<>]*?)(/?)>")
_TIME = re.compile(r"""\btime\s*=\s*["']\s*([0-9.]+)\s*(ms|s)\s*["']""")
_ALIAS = re.compile(r"""\balias\s*=\s*["']([^"']*)["']""")
_STRENGTH = re.compile(r"""\bstrength\s*=\s*["']([a-z-]+)["']""")
_STRENGTHS_S = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.0}
_KNOWN = frozenset({"speak", "p", "s", "break", "sub"})


@dataclass(frozen=True, slots=True)
class Spoken:
    """`words` and the silences, in seconds, before each of them; `left_out` are elements whose manner is not simulated."""

    parts: tuple[str | float, ...]
    left_out: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """All that is said."""
        return " ".join(part for part in self.parts if isinstance(part, str))


def spoken(text: str) -> Spoken:
    """The parts of `text`: words, and silences in seconds."""
    if text.startswith(SILENCE):
        digits = re.match(r"[0-9]+", text[len(SILENCE) :])
        return Spoken((min(MOST_PAUSE_S, int(digits[0]) / 1000) if digits and len(digits[0]) < 10 else 0.0,))
    if not text.lstrip().startswith("<speak"):
        return Spoken((text,))
    parts: list[str | float] = []
    left_out: dict[str, None] = {}
    hidden, at = False, 0
    for tag in _TAG.finditer(text):
        _say(parts, "" if hidden else text[at : tag.start()])
        at = tag.end()
        closing, name, attributes = bool(tag[1]), tag[2].lower(), tag[3]
        if name == "break" and not closing:
            parts.append(_pause_s(attributes))
        elif name == "sub" and (alias := _ALIAS.search(attributes)):
            hidden = not tag[4]
            _say(parts, alias[1])
        elif name == "sub" and closing:
            hidden = False
        elif name not in _KNOWN:
            left_out[name] = None
    _say(parts, text[at:])
    return Spoken(tuple(parts), tuple(left_out))


def _say(parts: list[str | float], text: str) -> None:
    words = " ".join(unescape(text).split())
    if words:
        parts.append(words)


def _pause_s(attributes: str) -> float:
    if time := _TIME.search(attributes):
        try:
            return min(MOST_PAUSE_S, float(time[1]) / (1000 if time[2] == "ms" else 1))
        except ValueError:
            return 0.0
    strength = _STRENGTH.search(attributes)
    return _STRENGTHS_S.get(strength[1], 0.4) if strength else 0.4
