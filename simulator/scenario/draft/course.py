"""The lines of a draft in order, with the pauses between them: so that each thing is done again when it was done."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from simulator.scenario.draft.moment import ALWAYS, Moment
from simulator.scenario.shapes import duration_of

EXACT_S = 0.006
"""What is nearer than this is the same instant to a person, and to a scenario."""
PATIENCE_S = {"expect": 5.0, "model": 30.0, "caller": 30.0}
"""How long a line waits by itself."""


def course(moments: Iterable[Moment]) -> Iterator[Moment]:
    """The moments with lines for pauses, and more patience where it is needed. A line begins when the one before it has ended (`ends_s`)."""
    ends_s = 0.0
    for moment in sorted(moments, key=lambda one: (one.seq, one.expected)):
        if moment.expected:
            if moment.until_s is not ALWAYS and ends_s >= moment.until_s - EXACT_S:
                continue  # by the time a scenario asks for it, this has become something else
            yield _patient(moment, moment.at_s - ends_s)
            ends_s = max(ends_s, moment.at_s)
            continue
        alone_s = max(ends_s, moment.ready_s)
        if moment.at_s - alone_s > EXACT_S:
            pause_s = round(moment.at_s - ends_s, 3)
            yield Moment(moment.seq, ends_s, {"caller": {"wait": duration_of(pause_s)}})
            ends_s = moment.at_s
        yield _patient(moment, moment.at_s - ends_s)
        ends_s = max(ends_s, moment.at_s) + moment.lasts_s


def _patient(moment: Moment, waits_s: float) -> Moment:
    ((actor, doing),) = moment.step.items()
    usual_s = PATIENCE_S.get(actor, ALWAYS)
    if waits_s < usual_s * 0.8 or "within" in doing or not (actor == "expect" or {"say", "call", "fail", "interrupt"} & set(doing)):
        return moment
    within_s = math.ceil(waits_s * 1.5 + 1)
    who = {"who": doing["who"]} if "who" in doing else {}
    rest = {key: value for key, value in doing.items() if key != "who"}
    step = {actor: {**rest, "within": duration_of(float(within_s)), **who}}
    return Moment(moment.seq, moment.at_s, step, moment.expected, moment.ready_s, moment.lasts_s, moment.until_s, moment.comment)
