"""Words that were not heard, or not as they are written."""

from __future__ import annotations

from simulator.pattern import show
from simulator.scenario.hints.anywhere import OTHERS, another_word
from simulator.scenario.hints.missed import Hint, Missed
from simulator.scenario.near import differ_only_in


def spoken(missed: Missed) -> Hint | None:
    text = missed.expectation.name
    if text is None:
        return None
    if missed.expectation.word == "heard" and (other := _still_spoken(missed, text)) is not None:
        return other
    if (other := another_word(missed)) is not None:
        return other
    for word in (missed.expectation.word, *OTHERS.get(missed.expectation.word, ())):
        for frame, value in missed.values(word):
            if frame.seq >= missed.since and (what := differ_only_in(text, str(value.get("text")))) is not None:
                return Hint(
                    f"#{frame.seq} differs in {what} only: {show(value.get('text'))}",
                    "write it as it was said, or as /a regular expression/",
                    certain=True,
                )
    for frame in missed.frames:
        if frame.link == "media" and frame.kind == "speaks" and frame.frame.get("text") == text:
            return Hint(
                f"that is what the caller says (#{frame.seq}), not what they hear", "expect what the application or the model says", certain=True
            )
    return None


def _still_spoken(missed: Missed, text: str) -> Hint | None:
    """The caller has heard something when it was played to its end, or cut off; until then it is only being said."""
    heard = next((frame for frame in reversed(missed.frames) if frame.link == "media" and frame.kind == "heard"), None)
    playing = next((frame for frame in reversed(missed.frames) if frame.link == "media" and frame.kind == "playing"), None)
    if playing is not None and (heard is None or heard.seq < playing.seq):
        return Hint(f"the caller is hearing something since {playing.at_s:.3f} s, which is not over yet", "let it be said to the end: within: 30s")
    if heard is not None and heard.seq >= missed.since and heard.frame.get("cut_s") and text.startswith(str(heard.frame.get("text"))):
        return Hint(
            f"it was cut off after {heard.frame['heard_s']:g} s (#{heard.seq})", f"expect what was heard: {show(heard.frame['text'])}", certain=True
        )
    return None
