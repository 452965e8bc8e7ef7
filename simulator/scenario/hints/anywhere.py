"""What an expectation of any kind may have been meant for: another time, another phone, another word."""

from __future__ import annotations

from simulator.scenario.expectations import seen
from simulator.scenario.hints.missed import Hint, Missed


def another_time(missed: Missed) -> Hint | None:
    frames = [frame for frame in missed.frames if frame.seq < missed.since]
    found = list(missed.fitting(missed.expectation.word, frames))
    if not found or missed.expectation.is_state:
        return None
    last = found[-1]
    where = f"it happened before: {seen(last)}"
    if last.seq == missed.since - 1:
        return Hint(
            f"{where}, where the expectation before was met by it",
            "each frame meets one expectation: leave this one out, or expect both in one pattern",
        )
    met = f"#{missed.since - 1}"
    return Hint(f"{where}, ahead of {met}, which was expected last", f"write this expectation ahead of the one that {met} has met")


def another_phone(missed: Missed) -> Hint | None:
    for leg in sorted(missed.journal.legs - {missed.expectation.leg}):
        since = (frame for frame in missed.journal.of_leg(leg, missed.since) if frame.leg == leg)
        if found := next(missed.fitting(missed.expectation.word, since), None):
            who = next((frame.frame["who"] for frame in missed.journal.of_leg(leg) if frame.leg == leg and frame.frame.get("who")), None)
            whose = f"add who: {who}" if who else "leave out `who`: it is the caller's"
            return Hint(
                f"it happened in another call, that of {who or 'the caller'}: {seen(found)}",
                f"an expectation is about one call: {whose}",
                certain=True,
            )
    return None


OTHERS = {
    "say": ("heard", "streamed"),
    "heard": ("say", "streamed"),
    "streamed": ("heard",),
    "event": ("client_event",),
    "client_event": ("event",),
    "hook": ("event",),
    "command": ("audio_frame",),
    "audio_frame": ("command",),
}
"""Words that are mistaken for one another."""


def another_word(missed: Missed) -> Hint | None:
    if missed.expectation.name is None:
        return None
    for word in OTHERS.get(missed.expectation.word, ()):
        if found := next(missed.fitting(word, missed.frames), None):
            return Hint(f"it is seen by `{word}`, not by `{missed.expectation.word}`: {seen(found)}", f"write expect: {{{word}: …}}", certain=True)
    return None
