"""Which findings of the rules have led to a failure, and which come beside it: causes stand before symptoms."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulator.rules import Finding
from simulator.rules.accepted_by_model import REMEDIES
from simulator.scenario.failure import Failure

ORDER = (
    *("J009", "J014", "J023", "J011", "J006", "J008", "J004", "J003", "J005", "J020", "J001", "J002", "J012", "J024", "J007", "J013", "J019"),
    *("J010", "J015", "J018", "J017", "J026", "J016", "J025", "J021", "J022"),
)
"""From what leads to other things to what follows from them. An exception keeps an ack away, a missing ack ends the call, and so on."""

LEADS_TO: dict[str, frozenset[str]] = {
    "J007": frozenset({"event"}),
    "J013": frozenset({"call", "heard", "say", "verbs", ""}),
    "J019": frozenset({"hook", "verbs", "say", "heard", "call", ""}),
    "J010": frozenset(),
    "J015": frozenset(),
}
"""Words of expectations that a broken rule can have kept from being met, "" for other steps; the other rules can explain all of them."""


CONSEQUENCES = frozenset({"J001", "J002", "J011", "J012", "J013", "J024"})
"""What comes of a frame, or of none, and so cannot have made a frame that came before it other than expected."""


def by_cause(findings: Sequence[Finding]) -> list[Finding]:
    """Causes first; of one code in the order in which they were found."""
    return sorted(findings, key=lambda finding: ORDER.index(finding.code) if finding.code in ORDER else len(ORDER))


def causes(failure: Failure, findings: Sequence[Finding], failed_at_s: float) -> list[Finding]:
    """Findings that can have led to the failure of a step: what went wrong before it, in the same call, and matters for it."""
    if failure.kind not in ("step", "stuck") or failure.certain:
        return []
    return [finding for finding in by_cause(findings) if _can_explain(finding, failure, failed_at_s)]


def _can_explain(finding: Finding, failure: Failure, failed_at_s: float) -> bool:
    frame = finding.frame
    if finding.rule.severity != "error" or frame is None or failure.about not in LEADS_TO.get(finding.code, (failure.about,)):
        return False
    if frame.leg != failure.leg and frame.link != "world" and failure.leg >= 0:
        return False
    if failure.nearest is not None and finding.code in CONSEQUENCES and frame.seq > failure.nearest:
        return False
    waited_s = frame.frame.get("after_s", 0.0) if frame.kind == "ack_timeout" else 0.0  # it is noted when patience ends, and was missing before
    return frame.at_s - waited_s <= failed_at_s if waited_s or failure.seq is None else frame.seq < failure.seq


KNOWN = re.compile(r"(did you mean '[^']*'\?) Known: .*?\.(?=$|[;)])")


def said(finding: Finding) -> str:
    """What was found, in one line, without what to do; `#3` is the frame."""
    text, what_to_do = finding.text, remedy_of(finding)
    shown = KNOWN.sub(r"\1", text.removesuffix(f"; {what_to_do}") if what_to_do != finding.rule.remedy else text)
    at = f" (#{finding.frame.seq} at {finding.frame.at_s:.3f} s)" if finding.frame is not None else ""
    return f"{finding.code} {shown}{at}"


def remedy_of(finding: Finding) -> str:
    """What to do about it: what the server itself has said of this frame, else what the rule says of all."""
    if finding.code == "J012" and finding.frame is not None:
        return REMEDIES.get(str((finding.frame.frame.get("error") or {}).get("code")), finding.rule.remedy)
    own = finding.frame.frame.get("remedy") if finding.frame is not None else None
    if finding.rule.remedy != "see the sentence" or not isinstance(own, str):
        return finding.rule.remedy
    return own if finding.text.endswith(f"; {own}") else finding.rule.remedy


def in_short(what_to_do: str) -> str:
    """A remedy without the list of all that is known, where one of them is named."""
    return KNOWN.sub(r"\1", what_to_do)
