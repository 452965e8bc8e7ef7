"""Who takes part in a call that was recorded: the numbers, the phones, and how they answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from simulator.journal import Frame
from simulator.scenario.settings import CallSettings
from simulator.scenario.shapes import duration_of

SECRET = "<secret:"
ADDED = frozenset(("x-account-sid", "x-application-sid", "x-cid", "x-forwarded-for", "x-originating-carrier", "x-call-sid", "x-voip-carrier-sid"))
"""Headers that jambonz adds to an INVITE itself."""
Given = dict[str, Any]


class Parties:
    """Everybody of whom the frames tell. `who(leg)` is the name that steps give, None for the caller of `call:`."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames
        self.phones: dict[str, Given] = {}
        self.notes: list[str] = []
        self._names: dict[int, str | None] = {0: None}
        for frame in frames:
            if frame.link == "media" and frame.kind in ("dials", "called"):
                self._joins(frame)
        self.outbound = any(frame.kind == "create_call" and frame.source == "rest" for frame in frames)

    def knows(self, leg: int) -> bool:
        """Whether somebody with a name is in this call."""
        return leg in self._names

    def who(self, leg: int) -> dict[str, str]:
        """The option of a step that says whose call it is about."""
        name = self._names.get(leg)
        return {} if name is None else {"who": name}

    def on_the_phone(self, seq: int) -> int:
        """Whose call goes on when this frame comes: of several the first, and when all are over the last that was."""
        legs = sorted(leg for leg in self._names if any(frame.leg == leg for frame in self._frames[:seq]))
        over = [frame.leg for frame in self._frames[:seq] if frame.kind in ("call_ended", "call_refused")]
        return next((leg for leg in legs if leg not in over), over[-1] if over and over[-1] in self._names else 0)

    def _joins(self, frame: Frame) -> None:
        name = frame.frame.get("who")
        if name is None:
            if frame.leg:
                self._names[frame.leg] = None
            return
        name = re.sub(r"\W+", "_", str(name)) or "phone"
        self._names[frame.leg] = name
        phone = self.phones.setdefault(name, {"number": frame.frame.get("from" if frame.kind == "dials" else "to", "")})
        if frame.kind == "called":
            if "answers" not in phone:
                phone["answers"] = self._answers(frame)
        else:
            phone.update(self._invite(frame.leg))

    def _answers(self, called: Frame) -> Any:
        """How a phone behaved that was called."""
        after = [frame for frame in self._frames if frame.leg == called.leg and frame.seq > called.seq and frame.source == "phone"]
        ending = next((frame for frame in after if frame.kind in ("answers", "declines", "cancelled")), None)
        if ending is None or ending.kind == "cancelled":
            return "never"
        waited_s = round(ending.at_s - called.at_s, 3)
        rings = any(frame.kind == "rings" and frame.seq < ending.seq for frame in after)
        before = " ".join(str(frame.frame["text"]) for frame in after if frame.kind == "speaks" and frame.seq < ending.seq)
        more: Given = {"early_media": before} if before else {}
        if ending.kind == "declines":
            quick = {} if not rings else {"after": duration_of(waited_s)}
            return {"decline": ending.frame["status"], **quick, **more}
        greeting = next((str(frame.frame["text"]) for frame in after if frame.kind == "speaks" and frame.at_s == ending.at_s), "")
        more |= {"says": greeting} if greeting else {}
        more |= {"as": "machine"} if any(frame.kind == "beeps" for frame in after) else {}
        if not more:
            return "at once" if not waited_s and not rings else f"after {duration_of(waited_s)}"
        return {"after": duration_of(waited_s), **more}

    def _new(self, leg: int) -> Mapping[str, Any]:
        frames = (frame for frame in self._frames if frame.kind == "session:new" and frame.source == "jambonz" and frame.leg == leg)
        return next((frame.frame.get("data") or {} for frame in frames), {})

    def _invite(self, leg: int) -> Given:
        """What an INVITE carried beside numbers."""
        data = self._new(leg)
        found: Given = {"caller_name": data["caller_name"]} if data.get("caller_name") else {}
        sip = data.get("sip")
        headers = sip.get("headers", {}) if isinstance(sip, Mapping) else {}
        own = {name: value for name, value in headers.items() if name.lower().startswith("x-") and name.lower() not in ADDED}
        for name in [name for name, value in own.items() if SECRET in str(value)]:
            self.notes.append(f"headers: {name} is a secret and was left out")
            del own[name]
        return found | ({"headers": own} if own else {})

    def call(self, given: Mapping[str, str | None]) -> Given:
        """The section `call:`; what is the default is left out. `given` are the variables the call was set up with, as far as that is told."""
        usual = CallSettings()
        created = next((frame.frame for frame in self._frames if frame.kind == "create_call" and frame.source == "rest"), None)
        section: Given = {}
        if created is None:
            data = self._new(0)
            ends = data.get("from", usual.from_), data.get("to", usual.to)
        else:
            to = created.get("to")
            ends = created.get("from", usual.from_), to.get("number", usual.to) if isinstance(to, Mapping) else usual.to
            section["direction"] = "outbound"
            create = {name: value for name, value in created.items() if name not in ("from", "to", "application_sid")}
            if created.get("from", usual.from_) == "":
                create["from"] = ""
                ends = (usual.from_, ends[1])
            section |= {"create": create} if create else {}
            if (called := next((one for one in self._frames if one.kind == "called" and not one.leg), None)) is not None:
                section["answers"] = self._answers(called)
        section |= {key: value for key, value, default in (("from", ends[0], usual.from_), ("to", ends[1], usual.to)) if value != default}
        if created is None:
            section |= self._invite(0)
        told = self._new(0).get("env_vars") or {}
        variables = {**(told if isinstance(told, Mapping) and not given else {}), **given}
        open_ones = {name: value for name, value in variables.items() if SECRET not in str(value)}
        for name in sorted(given.keys() - open_ones.keys()):
            self.notes.append(f"env_vars: {name} is a secret and was left out: it comes from the configuration")
        return section | ({"env_vars": open_ones} if open_ones else {})


def setup_of(frames: Iterable[Frame]) -> Given:
    """What the call was set up with, as far as the journal tells."""
    return next((dict(frame.frame) for frame in frames if frame.kind == "set_up" and frame.source == "scenario"), {})
