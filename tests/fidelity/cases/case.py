"""A script and what must come of it, in a line for each frame: `call:status completed by caller`, `verb:hook /final server error`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fidelity.compare import TOLERANCE_MS

Json = dict[str, Any]

ANSWER: Json = {"verb": "answer"}
HANGUP: Json = {"verb": "hangup"}
SHORT = {"JAMBONES_WS_API_MSG_RESPONSE_TIMEOUT": "600"}
"""An ack that does not come is given up after 600 ms."""

BEGUN = ["session:new", "call:status trying", "call:status in-progress"]
ENDED = ["call:status completed by jambonz", "closed 1000 by feature_server"]
RANG_OUT = ["call:status no-answer by caller", "closed 1000 by feature_server"]


def pause(length_s: float, **more: Any) -> Json:
    return {"verb": "pause", "length": length_s, **more}


def say(text: str = "Hello", **more: Any) -> Json:
    return {"verb": "say", "text": text, **more}


def llm(**more: Any) -> Json:
    """The verb, with all its hooks."""
    data = {
        "verb": "llm",
        "vendor": "openai",
        "auth": {"apiKey": "sk-test"},
        "connectOptions": {"host": "{{openai_host}}"},
        "actionHook": "/final",
        "eventHook": "/event",
        "toolHook": "/tool",
        "events": ["session.created"],
        "llmOptions": {"response_create": {"voice": "alloy"}, "session_update": {"tool_choice": "auto"}},
    }
    return {name: value for name, value in (data | more).items() if value is not None}


def on_new(*verbs: Any, then: list[Json] | None = None) -> Json:
    """Acknowledge `session:new` with verbs, then do things."""
    return {"on": "to_app", "match": {"type": "session:new"}, "do": [{"ack": list(verbs)}, *(then or [])]}


def on(type_: str, *actions: Json, nth: int | None = None, conn: int | None = None, **match: Any) -> Json:
    """When the application is told this, do things."""
    rule: Json = {"on": "to_app", "match": {"type": type_, **match}, "do": list(actions)}
    return rule | ({"nth": nth} if nth else {}) | ({"conn": conn} if conn else {})


def on_session(*actions: Json) -> Json:
    """When the model has been sent the session, do things."""
    return {"on": "to_openai", "match": {"type": "session.update"}, "nth": 1, "do": list(actions)}


def command(name: str, data: Any = None, **more: Any) -> Json:
    """The application sends a command; without data when that is None."""
    return {"app_send": {"type": "command", "command": name} | ({} if data is None else {"data": data}) | more}


def wait(ms: int) -> Json:
    return {"wait": ms}


@dataclass(frozen=True)
class Case:
    """`said` is what each connection of the application is told, `caller` what becomes of the phone call, `model` what OpenAI is sent.

    A line may end with ` @ms`: then that is when, within 350 ms. What is None is not looked at.
    """

    name: str
    section: str
    rules: list[Json]
    said: dict[int, list[str]]
    caller: list[str] | None = None
    model: list[str] | None = None
    attempts_ms: list[int] | None = None
    details: list[str] | None = None
    level: int = 3
    auto_ack: list[str] = field(default_factory=list)
    script: Json = field(default_factory=dict)

    @property
    def document(self) -> Json:
        """The script as it would stand in a file."""
        shared: Json = {"name": self.name, "topic": self.section, "level": self.level, "rules": self.rules, "auto_ack": self.auto_ack}
        return shared | self.script

    def problem(self, recording: list[Json]) -> str | None:
        """None when what was recorded is what the document says, else both."""
        wanted: dict[str, list[str]] = {f"connection {conn}": lines for conn, lines in self.said.items()}
        found = {f"connection {conn}": list(told(recording, conn)) for conn in self.said}
        others: list[tuple[str, list[str] | None, Iterator[str]]] = [
            ("caller", self.caller, of_the_caller(recording)),
            ("model", self.model, sent_to_the_model(recording)),
            ("details", self.details, details_of_errors(recording)),
            ("attempts", None if self.attempts_ms is None else [f"attempt @{ms}" for ms in self.attempts_ms], attempts(recording)),
        ]
        for name, lines, seen in others:
            if lines is not None:
                wanted[name], found[name] = lines, list(seen)
        wrong = [name for name, lines in wanted.items() if not same(lines, found[name])]
        return "\n".join(f"{name}: wanted {wanted[name]}\n    {' ' * len(name)}found {found[name]}" for name in wrong) or None


def same(wanted: list[str], found: list[str]) -> bool:
    """Whether the lines are equal, and the times of those that name one."""
    return len(wanted) == len(found) and all(map(_same_line, wanted, found))


def _same_line(wanted: str, found: str) -> bool:
    text, _, ms = wanted.partition(" @")
    seen, _, seen_ms = found.rpartition(" @")
    return text == seen and (not ms or abs(int(ms) - int(seen_ms)) <= TOLERANCE_MS)


def told(recording: list[Json], conn: int) -> Iterator[str]:
    """What a connection of the application was told, and how it closed."""
    for entry in recording:
        frame = entry["frame"]
        if entry["dir"] == "to_app" and entry["conn"] == conn:
            yield f"{_line(frame)} @{entry['t_ms']}"
        elif entry["dir"] == "note" and frame["event"] == "app_closed" and frame["conn"] == conn:
            yield f"closed {frame['code']} by {frame['by']} @{entry['t_ms']}"


def _line(frame: Json) -> str:
    data = frame["data"]
    match frame["type"]:
        case "call:status":
            words = [
                *([data["call_status"]] if "call_status" in data else []),
                *(["by", data["call_termination_by"]] if "call_termination_by" in data else []),
            ]
        case "verb:status":
            words = [data[key] for key in ("event", "name", "verb") if key in data]
        case "verb:hook" | "session:redirect":
            words = [frame["hook"], *(data[key] for key in ("completion_reason", "reason") if key in data)]
        case "llm:event":
            words = [data["type"]]
        case "llm:tool-call":
            words = [data["tool_call_id"], data["name"]]
        case "jambonz:error":
            words = [data["msg"]]
        case "session:reconnect" if not data:
            words = ["empty"]
        case _:
            words = []
    return " ".join([frame["type"], *words])


def of_the_caller(recording: list[Json]) -> Iterator[str]:
    """Responses to the INVITE with their reason, and the BYE of jambonz."""
    for entry in recording:
        frame = entry["frame"]
        if entry["dir"] == "note" and frame["event"] == "sip_response":
            yield " ".join(str(frame[key]) for key in ("status", "x_reason") if key in frame) + f" @{entry['t_ms']}"
        elif entry["dir"] == "note" and frame["event"] == "sip_bye_sent":
            yield f"bye @{entry['t_ms']}"


def sent_to_the_model(recording: list[Json]) -> Iterator[str]:
    """Types of the client events, and the close of the connection."""
    for entry in recording:
        if entry["dir"] == "to_openai":
            yield f"{entry['frame']['type']} @{entry['t_ms']}"
        elif entry["dir"] == "note" and entry["frame"]["event"] == "openai_closed":
            yield f"closed by {entry['frame']['by']} @{entry['t_ms']}"


def details_of_errors(recording: list[Json]) -> Iterator[str]:
    """What `jambonz:error` says is wrong."""
    for entry in recording:
        if entry["dir"] == "to_app" and entry["frame"]["type"] == "jambonz:error":
            yield f"{entry['frame']['data'].get('details')} @{entry['t_ms']}"


def attempts(recording: list[Json]) -> Iterator[str]:
    """When the application was dialled."""
    for entry in recording:
        if entry["dir"] == "note" and entry["frame"]["event"] in ("app_connected", "app_handshake_refused", "app_handshake_dropped"):
            yield f"attempt @{entry['t_ms']}"
