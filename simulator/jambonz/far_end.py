"""The far end of a call's signalling: what the caller's side answers to SIP requests, and what an SMS carrier says.

jambonz sends; somebody else answers. Who that is and what they say is the scenario's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SmsOutcome = Literal["success", "failure", "no carriers", "smpp configuration error", "system error"]
"""The values of `message_status` (jambonz.md 5.2)."""


@dataclass(frozen=True, slots=True)
class Referral:
    """The answer to a REFER: its `status`; after a 202 a NOTIFY for each of `notify`, every `after_s` seconds."""

    status: int = 202
    notify: tuple[int, ...] = (100, 200)
    after_s: float = 1.0


@dataclass(frozen=True, slots=True)
class FarEnd:
    """What comes back. `statuses` maps a SIP method in capitals to the status of its answer, None for no answer at all."""

    referral: Referral = Referral()
    statuses: Mapping[str, int | None] = field(default_factory=dict)
    sms: SmsOutcome = "success"

    def answer(self, method: str) -> int | None:
        """The status with which a request is answered: 200 unless something else is said."""
        return self.statuses.get(method, 200)
