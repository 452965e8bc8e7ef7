"""J026."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from simulator.jambonz.messages import WANTS_NO_ACK
from simulator.journal import Frame, Journal
from simulator.rules.faults import Faults
from simulator.rules.registry import Broken, rule

PYTHON = "jambonz-python-sdk 0.4.0"
NODE = "node-sdk 0.8.2"
NODE_CLIENT = "node-client-ws 0.2.12"

Where = Callable[[Journal], Iterator[Frame]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a defect of an SDK looks like from outside: `seen` where `find` finds it."""

    sdk: str
    place: str
    seen: str
    remedy: str
    find: Where


def _dropped(what: str, fits: Callable[[Any], bool] = lambda _: True) -> Where:
    """Dropped notes about this, whose frame is like that."""

    def find(journal: Journal) -> Iterator[Frame]:
        for frame in journal.select("app", kind="dropped"):
            if frame.frame["what"] == what and fits(frame.frame.get("frame")):
                yield frame

    return find


def _noted(kind: str, name: str, *values: str) -> Where:
    """Notes of this kind, whose member begins with one of these."""

    def find(journal: Journal) -> Iterator[Frame]:
        for frame in journal.select("app", kind=kind):
            if str(frame.frame.get(name)).startswith(values):
                yield frame

    return find


def _member(frame: Any, *path: str) -> Any:
    for name in path:
        frame = frame.get(name) if isinstance(frame, dict) else None
    return frame


def _says(**members: Any) -> Where:
    """Frames of the application with these members."""

    def find(journal: Journal) -> Iterator[Frame]:
        for frame in journal.select("app", "app"):
            if all(name in frame.frame and frame.frame[name] == value for name, value in members.items()):
                yield frame

    return find


def _hook_answered_by_command(journal: Journal) -> Iterator[Frame]:
    acked = {str(frame.frame.get("msgid")) for frame in journal.select("app", "app", "ack")}
    waiting = {
        frame.frame["msgid"]
        for frame in journal.select("app", "jambonz")
        if isinstance(frame.frame.get("msgid"), str) and frame.kind not in WANTS_NO_ACK
    }
    for frame in journal.select("app", "app", "command"):
        msgid = frame.frame.get("msgid")
        if isinstance(msgid, str) and msgid in waiting and msgid not in acked:
            yield frame


def _redirect_to_nothing(journal: Journal) -> Iterator[Frame]:
    idle = {frame.leg for frame in journal.select("media", kind="idle")}
    yield from (frame for frame in _says(command="redirect", data=[])(journal) if frame.leg in idle)


def _wrong_msgid(journal: Journal) -> Iterator[Frame]:
    """An ack repeated for one message while another one is never acknowledged."""
    faults = Faults(journal)
    late = {frame.frame.get("msgid"): frame for frame in journal.select("app", kind="ack_timeout")}
    acked = [frame.frame.get("msgid") for frame in journal.select("app", "app", "ack")]
    for frame in _dropped("ack")(journal):
        if faults.touched("msgid", _member(frame.frame, "frame", "msgid")):
            continue
        if acked.count(_member(frame.frame, "frame", "msgid")) > 1 and any(missed.seq > frame.seq for missed in late.values()):
            yield frame


def _redirect_without_data(journal: Journal) -> Iterator[Frame]:
    for frame in _says(type="command", command="redirect")(journal):
        if not frame.frame.get("data") and not isinstance(frame.frame.get("data"), list):
            yield frame


SHAPES = (
    Shape(PYTHON, "session.py:172", "command mute", "send mute:status yourself", _dropped("command mute")),
    Shape(PYTHON, "session.py:202", "command tag", "use the tag verb", _dropped("command tag")),
    Shape(PYTHON, "session.py:194", "command noiseIsolation:status", "0.9.8 has none", _dropped("command noiseIsolation:status")),
    Shape(PYTHON, "session.py:308", "command stt:reconfigure", "use the command config", _dropped("command stt:reconfigure")),
    Shape(
        PYTHON,
        "session.py:198",
        "a key as text in dtmf",
        'send {"dtmf": {"digit": "1"}} yourself',
        _dropped("command dtmf", lambda frame: isinstance(_member(frame, "data", "dtmf"), str)),
    ),
    Shape(
        NODE,
        "session.ts:333",
        "a flat digit in dtmf",
        'send {"dtmf": {"digit": "1"}} yourself',
        _dropped("command dtmf", lambda frame: _member(frame, "data", "digit") is not None),
    ),
    Shape(
        PYTHON,
        "session.py:267",
        "a tool output wrapped as {result}",
        "give it the whole conversation.item.create",
        _dropped("llm:tool-output", lambda data: isinstance(data, dict) and set(data) == {"result"}),
    ),
    Shape(PYTHON, "session.py:286", "a frame of type agent:update", "it is a command: send it as one", _says(type="agent:update")),
    Shape(
        PYTHON,
        "verb_builder.py:239-276",
        "cancelOnResponseTimeout or cancelOnBargeIn, which nobody asked for, in an llm verb",
        "take both out of the verb before it is sent",
        _noted("refused_verbs", "text", "llm: unknown property cancelOn"),
    ),
    Shape(
        PYTHON,
        "verb_builder.py",
        "`verb` inside a nested say or play",
        "take it out of the nested object",
        _noted("refused_verbs", "text", "say: unknown property verb", "play: unknown property verb"),
    ),
    Shape(
        PYTHON,
        "client.py:133, session.py:136",
        "an ack with the msgid of a tool call",
        "reply to a hook before anything else is awaited",
        _noted("ignored", "what", "the ack of llm:tool-call"),
    ),
    Shape(
        f"{PYTHON}, {NODE}",
        "client.py:91-94; client.ts:57-62",
        "session:reconnect answered as if it were a new call",
        "look call_sid up before a session:new is treated as new",
        _dropped("verbs in the ack of session:reconnect"),
    ),
    Shape(
        PYTHON, "client.py:106-109", "session:adulting without an ack", "acknowledge it yourself", _noted("ack_timeout", "type", "session:adulting")
    ),
    Shape(PYTHON, "client.py:153-154", "dial:confirm without an ack", "acknowledge it yourself", _noted("ack_timeout", "type", "dial:confirm")),
    Shape(PYTHON, "router.py:82-87", "a close with 4004", "name the path of the hook, query and /adulting included", _says(code=4004)),
    Shape(NODE, "session.ts:215-233", "a command that carries the msgid of an open hook", "reply with execImmediate", _hook_answered_by_command),
    Shape(NODE, "session.ts:188-212", "redirect to an empty list on an idle call, which hangs up", "do not send without verbs", _redirect_to_nothing),
    Shape(
        f"{NODE}, {NODE_CLIENT}",
        "session.ts:533; lib/session.js:253-255",
        "a second ack for one message while another waits for its first",
        "reply to a hook before the next one can come",
        _wrong_msgid,
    ),
    Shape(NODE_CLIENT, "lib/session.js:40-57", "redirect without data", "send verbs", _redirect_without_data),
    Shape(
        NODE_CLIENT,
        "lib/utils/fix-inject-command.js",
        "call:status as text",
        'inject {"call_status": "completed"}',
        _dropped("command call:status", lambda frame: isinstance(_member(frame, "data"), str)),
    ),
    Shape(
        NODE_CLIENT,
        "lib/client.js:35-37",
        "session:reconnect without an ack",
        "listen for session:reconnect and reply",
        _noted("ack_timeout", "type", "session:reconnect"),
    ),
)


@rule(
    "J026",
    "nothing has the shape of a known defect of an SDK",
    why="the application may be right, and what it is built on says something else on the wire",
    remedy="see the sentence; if you do not use that SDK, the mistake is your own",
    source="jambonz.md 10",
    severity="warning",
)
def sdk_defects(journal: Journal) -> Broken:
    """Each shape once, where it was seen first."""
    for shape in SHAPES:
        frame = next(shape.find(journal), None)
        if frame is not None:
            yield f"{shape.seen}: as {shape.sdk} does it ({shape.place}); {shape.remedy}", frame
