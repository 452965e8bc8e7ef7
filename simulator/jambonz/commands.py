"""What an application may order outside an acknowledgement (jambonz.md 3.3).

No command is ever acknowledged. What the real server ignores without a word is written down with its reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.errors import did_you_mean
from simulator.jambonz import conference_control, live_call_control
from simulator.jambonz.agent import Agent
from simulator.jambonz.call import Call
from simulator.jambonz.controls import WHERE, order
from simulator.jambonz.events import Note, dropped
from simulator.jambonz.hooks import refusal_note
from simulator.jambonz.media_commands import MEDIA_COMMANDS
from simulator.jambonz.profile import PROFILES
from simulator.jambonz.schema import Refusal, normalize
from simulator.jambonz.speech_to_speech import SpeechToSpeech
from simulator.jambonz.verbs import SCRIPTS


def obey(call: Call, command: str, frame: dict[str, Any]) -> None:
    """Carry out one command frame that has passed the frame checks."""
    found = COMMANDS.get(command)
    if found is not None and (command not in NEW or command in call.profile.commands):
        call.do(Note("app", "command", {"command": command, "fate": found(call, frame)}))
    elif command in call.profile.commands:
        call.do(Note("app", "not_simulated", {"what": f"command {command}", "instead": "nothing happens", "frame": frame}))
    else:
        known = [name for name in COMMANDS if name not in NEW]
        call.do(dropped(f"command {command}", "the server knows no such command and only logs it", did_you_mean(command, known), frame))


def _redirect(call: Call, frame: dict[str, Any]) -> str:
    """A list of verbs replaces the stack (or joins it, with `queueCommand`); anything else kills the current verb."""
    data = frame["data"]
    if isinstance(data, list):
        verbs = normalize(data, call.profile)
        if isinstance(verbs, Refusal):
            why = f"{verbs.text}: the server logs an unhandled rejection, and nothing happens"
            call.do(dropped("command redirect", why, verbs.remedy or "send valid verbs", refusal_note(verbs, "command redirect")))
            return "dropped"
        if frame.get("queueCommand"):
            call.queue(verbs)
            return "queued"
        call.replace(verbs)
        return "done"
    if isinstance(data, dict) and (data.get("call_hook") or data.get("child_call_hook")):
        call.beside(live_call_control.ask(call, frame))
        return "asks the hook"
    if isinstance(data, dict) and (isinstance(data.get("parent_call"), list) or isinstance(data.get("child_call"), list)):
        if isinstance(data.get("child_call"), list) and not live_call_control.child(call, frame, data["child_call"]):
            return "dropped"
        live_call_control.take(call, data.get("parent_call"))
        return "done"
    why = "its data is no list of verbs: the current verb is killed and the next of the old stack runs"
    call.do(dropped("the data of command redirect", why, "send a list of verbs", data))
    call.kill_verb()
    return "killed the current verb"


def _config(call: Call, frame: dict[str, Any]) -> str:
    """The properties of a `config` verb, at once and beside the running verb."""
    data = frame["data"]
    verbs = normalize([{**data, "verb": "config"}] if isinstance(data, dict) else [{"config": data}], call.profile)
    if isinstance(verbs, Refusal):
        call.do(dropped("command config", verbs.text, verbs.remedy or "send properties of the config verb", refusal_note(verbs, "command config")))
        return "dropped"
    call.beside(SCRIPTS["config"](verbs[0], call))
    return "done"


def _call_status(call: Call, frame: dict[str, Any]) -> str:
    """`{call_status: "completed"}` hangs up an answered call; `no-answer` refuses an unanswered one with 503."""
    data = frame["data"]
    status = data.get("call_status") if isinstance(data, dict) else None
    if status == "completed" and call.answered_at_s is not None:
        call.hang_up("app")
        return "done"
    if status == "no-answer" and call.answered_at_s is None and call.info.direction == "outbound" and not call.over:
        call.cancel()
        return "done"
    if status == "no-answer" and call.answered_at_s is None and call.info.direction == "inbound":
        call.respond(503)
        call.end("no-answer", "app", (503, "Service Unavailable"), told=False)
        return "done"
    if not isinstance(data, dict):
        why, remedy = "its data is a text: the server reads data.call_status and finds nothing", 'send {"call_status": "completed"}'
    elif status == "completed":
        why, remedy = "the call is not answered", 'use sip:decline, or {"call_status": "no-answer"}'
    else:
        why, remedy = f"call_status {status!r} does nothing in this state of the call", "completed ends an answered call, no-answer an unanswered one"
    call.do(dropped("command call:status", why, remedy, frame))
    return "dropped"


def _conversation(call: Call, what: str, frame: dict[str, Any]) -> SpeechToSpeech | Agent | None:
    conversation: SpeechToSpeech | Agent | None = call.speech_to_speech
    if conversation is None or call.verb is None or call.verb.name not in ("llm", "agent"):
        why = "no llm verb is running: it has ended, or was never started"
        call.do(dropped(what, why, "nothing to mend when the caller has just hung up; else send it while the llm verb runs", frame))
        return None
    return conversation


def _tool_output(call: Call, frame: dict[str, Any]) -> str:
    conversation = _conversation(call, "llm:tool-output", frame)
    if conversation is None:
        return "dropped"
    conversation.tool_output(frame.get("data"), frame.get("tool_call_id"))
    return "done"


def _update(call: Call, frame: dict[str, Any]) -> str:
    conversation = _conversation(call, "llm:update", frame)
    if conversation is None:
        return "dropped"
    conversation.update(frame["data"])
    return "done"


def _agent_update(call: Call, frame: dict[str, Any]) -> str:
    conversation = call.speech_to_speech
    if not isinstance(conversation, Agent) or call.verb is None or call.verb.name != "agent":
        call.do(dropped("agent:update", "no agent verb is running", "send it while the agent verb runs", frame))
        return "dropped"
    conversation.update(frame["data"])
    return "done"


def _whisper(call: Call, frame: dict[str, Any]) -> str:
    """To the parties of a `dial`, or of a `listen`."""
    return order(call, "whisper", frame) if call.dialling is None else live_call_control.whisper(call, frame)


def _mute(call: Call, frame: dict[str, Any]) -> str:
    """To a party of a `dial`, or to whatever else of this call takes it."""
    return order(call, "mute:status", frame) if call.dialling is None else live_call_control.mute(call, frame)


NEW = frozenset().union(*(profile.commands for profile in PROFILES.values()))
"""Commands that only some profiles know."""


def _to_who_obeys(command: str) -> Callable[[Call, dict[str, Any]], str]:
    return lambda call, frame: order(call, command, frame)


COMMANDS: dict[str, Callable[[Call, dict[str, Any]], str]] = {
    **{command: _to_who_obeys(command) for command in WHERE},
    "redirect": _redirect,
    "call:status": _call_status,
    "config": _config,
    "llm:tool-output": _tool_output,
    "llm:update": _update,
    "agent:update": _agent_update,
    **MEDIA_COMMANDS,
    "mute:status": _mute,
    "conf:mute-status": conference_control.mute_others,
    "conf:hold-status": conference_control.hold,
    "conf:participant-action": conference_control.participant_action,
    "media:path": live_call_control.media_path,
    "whisper": _whisper,
    "dtmf": live_call_control.dtmf,
    "dial": live_call_control.dial,
}
