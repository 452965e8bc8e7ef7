"""Recording a call: jambonz asks the session border controller for it, with a SIP INFO. What was recorded is not simulated; that it was, is.

Source: call-session.js `notifyRecordOptions` and what it calls, of neighbouring commits; jambonz.md 3.3. Inferred: that an impossible
action is passed over without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from simulator.jambonz.call import Call
from simulator.jambonz.events import Note, dropped

State = Literal["off", "on", "paused"]
ALLOWED: dict[str, tuple[tuple[State, ...], State]] = {
    "startCallRecording": (("off",), "on"),
    "stopCallRecording": (("on", "paused"), "off"),
    "pauseCallRecording": (("on",), "paused"),
    "resumeCallRecording": (("paused",), "on"),
}
"""Action -> the states it is possible in, and the one it leads to."""


@dataclass(slots=True)
class Recording:
    """The recording of one call. `waiting` is a start that was ordered before there was a call to record."""

    state: State = "off"
    waiting: dict[str, Any] | None = None


def record(call: Call, options: dict[str, Any]) -> str:
    """Carry out `{action, recordingID?, siprecServerURL?, type?, headers?}`; answers its fate."""
    recording = call.features.recording = call.features.recording or Recording()
    action = str(options.get("action"))
    if action not in ALLOWED:
        return _pass_over(call, action, f"there is no such action; known: {', '.join(ALLOWED)}", options)
    if call.answered_at_s is None:
        if action != "startCallRecording":
            return _pass_over(call, action, "the call is not answered: nothing is being recorded", options)
        if recording.waiting is None:
            call.when_answered.append(lambda: _begin(call))
        recording.waiting = options
        return "when the call is answered"
    possible, leads_to = ALLOWED[action]
    if recording.state not in possible:
        return _pass_over(call, action, f"the recording is {recording.state}", options)
    recording.state = leads_to
    details = {name: options[name] for name in ("recordingID", "siprecServerURL", "type", "headers") if name in options}
    call.note("recording", action=action, state=leads_to, **details)
    if action == "startCallRecording":
        call.do(Note("app", "not_simulated", {"what": "a recording of the call", "instead": "no audio is stored or sent to a SIPREC server"}))
    return "done"


def _begin(call: Call) -> None:
    """The call has been answered: what was to be recorded from then on is."""
    recording = call.features.recording
    if recording is not None and recording.waiting is not None:
        options, recording.waiting = recording.waiting, None
        record(call, options)


def _pass_over(call: Call, action: str, why: str, options: dict[str, Any]) -> str:
    call.do(dropped(f"record {action}", why, "start, pause, resume and stop it in this order, on an answered call", options))
    return "dropped"
