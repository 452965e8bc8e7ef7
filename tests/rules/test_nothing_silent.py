"""What the real server ignores, drops or only logs: each statement of the protocol notes, a dialogue that meets it, and what is said of it.

The sections are those of jambonz.md; 11.2 and 11.3 are its own lists of such things.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from simulator.jambonz import events
from simulator.jambonz.events import (
    AppClosed,
    AppConnected,
    AppSaid,
    AppUnreachable,
    AudioFetched,
    CallerHungUp,
    CallerPressed,
    CreateCall,
    Invited,
    ModelClosed,
    ModelSaid,
    PhoneAnswered,
)
from simulator.journal import Journal
from simulator.link import read
from simulator.rules import ask_all
from tests.jambonz.playbook import ANSWER, HANGUP, LLM, Playbook, ack, answer, command, frame, pause, said, spoken


class Told(Playbook):
    """A dialogue that is written down as a stage writes it: what the application says, what it is told, and the notes."""

    def __init__(self, **more: Any) -> None:
        self.journal = Journal()
        super().__init__(**more)

    def _happen(self, event: events.Happening) -> None:
        match event:
            case AppSaid(text, binary=binary):
                kind, said_ = read(text)
                self._note("app", "app", kind, {"binary": True, **said_} if binary else said_)
            case AppConnected():
                self._note("app", "app", "open", {})
            case AppClosed(code):
                self._note("app", "app", "closed", {"code": code})
        seen, before = len(self.all_notes), len(self.to_come)
        super()._happen(event)
        for note in self.all_notes[seen:]:
            self._note(note.link, "jambonz", note.kind, note.frame, note.leg)
        for effect in list(self.to_come)[before:]:
            match effect:
                case events.SendApp(message):
                    self._note("app", "jambonz", message["type"], message)
                case events.CloseApp(code):
                    self._note("app", "jambonz", "close", {"code": code})
                case events.ConnectModel(vendor=vendor):
                    self._note("model", "jambonz", "connect", {"vendor": vendor})
                case events.SendModel(said_):
                    self._note("model", "jambonz", said_["type"], said_)

    def _note(self, link: str, source: str, kind: str, frame: dict[str, Any], leg: int = 0) -> None:
        self.journal.note(link, source, kind, frame, at_s=self.now_s, leg=leg)

    def found(self) -> list[tuple[str, str]]:
        return [(finding.code, finding.text) for finding in ask_all(self.journal)]


@dataclass(frozen=True)
class Row:
    """A statement, how to meet it, and the finding: its code, and words of its text."""

    section: str
    statement: str
    play: Callable[[Told], object]
    code: str
    words: str


GATHER = {"verb": "gather", "input": ["digits"], "numDigits": 1, "actionHook": "/digits", "timeout": 3}
LISTENS = {"verb": "gather", "input": ["speech"], "actionHook": "/speech", "partialResultHook": "/partial"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "23"}
WAITING = [ANSWER, pause(600)]


def waits(told: Told) -> Told:
    """An answered call that does nothing for a while."""
    told.begins(*WAITING)
    return told


def rings(told: Told) -> Told:
    """A call that is not answered for a while."""
    told.begins(pause(600))
    return told


def talks(told: Told, **more: Any) -> Told:
    told.converses(LLM | more, pause(600))
    return told


def ends(book: Playbook) -> Playbook:
    return book >> CallerHungUp()


def calls_tool(**item: Any) -> ModelSaid:
    call = {"type": "function_call", "name": "get_weather", "call_id": "call_1", "arguments": "{}", **item}
    return ModelSaid({"type": "response.output_item.done", "item": call})


def gathers(told: Told, verb: dict[str, Any] | None = None, *verbs: dict[str, Any]) -> Told:
    """A gather whose hook is open."""
    told.begins(ANSWER, verb or GATHER, *verbs, pause(600))
    told >> CallerPressed("1")
    return told


def dropped_early(told: Told) -> Told:
    told >> Invited() >> AppConnected() >> AppClosed(1006)
    told.at(0.5) >> AppConnected()
    return told


def redirected(told: Told) -> Told:
    """The call speaks with another server on socket 1."""
    told.begins(ANSWER, {"verb": "redirect", "actionHook": "ws://other.test/x"})
    told >> AppConnected(1)
    return told


def dials(told: Told, **more: Any) -> Told:
    """A dial verb that is connected with a phone."""
    told.begins(ANSWER, {"verb": "dial", "target": [{"type": "phone", "number": "+1777"}], "actionHook": "/dialled", **more}, pause(600))
    told >> PhoneAnswered(1)
    return told


def outbound(told: Told, answer: Any) -> Told:
    """An outbound call whose session:new is acknowledged with this."""
    body = {"from": "+1555", "to": {"type": "phone", "number": "+1777"}, "call_hook": "ws://app.test/hook"}
    told >> CreateCall(body, 1) >> AppConnected(1) >> PhoneAnswered(1)
    msgid = [message["msgid"] for message in told.sent if message["type"] == "session:new"][-1]
    told >> AppSaid(json.dumps({"type": "ack", "msgid": msgid, "data": answer}), 1)
    return told


def replaced_while_its_hook_is_open(told: Told) -> object:
    talks(told) >> command("redirect", [said("one")])
    return told >> ack([said("two")], "verb:hook")


SILENT = [
    # --- 1: the connection
    Row(
        "1.1",
        "no subprotocol, no path, nobody there: the call is refused",
        lambda b: b >> Invited() >> AppUnreachable(None, "no subprotocol"),
        "J023",
        "no connection: no subprotocol (1 attempt)",
    ),
    Row("1.1", "rc=0 means 5", lambda _: Told(url="ws://app.test#rc=0") >> Invited() >> AppUnreachable("ct", "refused"), "J022", "rc_zero"),
    Row(
        "1.2",
        "binary frames are obeyed",
        lambda b: waits(b) >> AppSaid('{"type":"command","command":"redirect","data":[]}', binary=True),
        "J022",
        "binary_frames",
    ),
    Row("1.2", "a frame that is no JSON", lambda b: waits(b) >> AppSaid("hello"), "J006", "hello"),
    Row("1.2", "an ack without msgid", lambda b: waits(b) >> frame(type="ack"), "J006", "msgid not supplied"),
    Row("1.2", "data that are falsy count as missing", lambda b: waits(b) >> command("config", 0), "J006", "data property not supplied"),
    Row("1.2", "a frame over 24 KiB closes with 1009", lambda b: waits(b) >> AppClosed(1009), "J008", "24576"),
    Row("1.2", "an unknown ack is ignored", lambda b: waits(b) >> frame(type="ack", msgid="nobody's"), "J005", "no message waits for this msgid"),
    Row(
        "1.2",
        "a repeated ack is ignored",
        lambda b: waits(b) >> frame(type="ack", msgid=b.sent[0]["msgid"]),
        "J005",
        "no message waits for this msgid",
    ),
    Row("1.2", "a late ack is ignored", lambda b: gathers(b).at(9) >> frame(type="ack", msgid=newest(b, "verb:hook")), "J005", "its time was over"),
    Row(
        "1.2",
        "an unknown command is only logged",
        lambda b: waits(b) >> command("dance", {}),
        "J005",
        "command dance: the server knows no such command",
    ),
    Row(
        "1.2",
        "extra properties of a command are ignored",
        lambda b: waits(b) >> command("redirect", [pause(9)], queue=True),
        "J025",
        '"queue" in command redirect',
    ),
    Row(
        "1.2",
        "extra properties of an ack are ignored",
        lambda b: gathers(b) >> frame(type="ack", msgid=b.sent[-1]["msgid"], verbs=[]),
        "J025",
        '"verbs" in ack',
    ),
    Row(
        "1.2",
        "call_sid of the application is ignored",
        lambda b: waits(b) >> command("redirect", [pause(9)], call_sid="of another leg"),
        "J025",
        "call_sid of command redirect",
    ),
    Row(
        "1.3",
        "messages to an app that closed with 1000",
        lambda b: gathers(b, None, GATHER) >> AppClosed(1000) >> ack(None, "verb:hook"),
        "J011",
        "1000",
    ),
    Row("1.3", "such a message is discarded", lambda b: ends(waits(b) >> AppClosed(1000)), "J005", "call:status was not sent"),
    Row(
        "1.3",
        "a drop while an llm hook waits ends the call",
        lambda b: talks(b) >> ModelClosed(1011) >> AppClosed(1006),
        "J024",
        "verb llm: abandoning msgid",
    ),
    Row(
        "1.4",
        "a reconnect tells the data of the beginning",
        lambda b: (waits(b) >> AppClosed(1006)).at(0.5) >> AppConnected(),
        "J022",
        "stale_reconnect",
    ),
    Row(
        "1.4",
        "data in the ack of session:reconnect are ignored",
        lambda b: (waits(b) >> AppClosed(1006)).at(0.5) >> AppConnected() >> ack([HANGUP]),
        "J005",
        "verbs in the ack of session:reconnect",
    ),
    Row(
        "1.4",
        "no ack of session:reconnect ends the call",
        lambda b: ((waits(b) >> AppClosed(1006)).at(0.5) >> AppConnected()).at(9),
        "J001",
        "session:reconnect",
    ),
    Row("1.4", "the flush after a reconnect has another order", lambda b: flushed(b), "J022", "unordered_flush"),
    Row(
        "1.4",
        "a dial that is refused is given up, and so is the message that asked for it",
        lambda b: never_back(b),
        "J023",
        "never sent, for want of a connection: verb:hook",
    ),
    Row(
        "1.4",
        "a drop before the first ack keeps everything back",
        lambda b: dropped_early(b) >> ack(WAITING, "session:reconnect"),
        "J022",
        "stuck_queue",
    ),
    Row("1.4", "and nothing guards it", lambda b: dropped_early(b).at(9), "J022", "unguarded_reconnect"),
    # --- 1.6, 3.1: acknowledgements
    Row("1.6", "no ack of session:new refuses the call", lambda b: (b >> Invited() >> AppConnected()).at(6), "J001", "session:new"),
    Row("1.6", "no ack of an actionHook", lambda b: gathers(b).at(9), "J001", "verb:hook"),
    Row(
        "1.6",
        "invalid verbs in the ack of an llm hook end the call",
        lambda b: talks(b) >> ModelClosed(1011) >> ack([{"verb": "dance"}]),
        "J004",
        "invalid instruction: dance",
    ),
    Row(
        "1.6",
        "invalid verbs in the ack of another hook are lost",
        lambda b: gathers(b) >> ack([{"verb": "dance"}]),
        "J004",
        "invalid instruction: dance",
    ),
    Row(
        "2.1",
        "an ack of a message that wants none is ignored",
        lambda b: waits(b) >> frame(type="ack", msgid=b.sent[-1]["msgid"]),
        "J025",
        "the ack of call:status: nobody waits for it",
    ),
    Row(
        "2.5",
        "without a status hook no call:status is sent",
        lambda _: Told(status_hook=None) >> Invited() >> AppConnected() >> ack(WAITING),
        "J022",
        "lost_call_status",
    ),
    Row(
        "2.5",
        "verb:status cannot be switched off",
        lambda b: b.begins(ANSWER, {"verb": "config", "notifyEvents": True}, {"verb": "config", "notifyEvents": False}),
        "J025",
        "config.notifyEvents: false",
    ),
    Row(
        "2.5",
        "whitespace alone into an empty buffer is dropped",
        lambda b: waits(b) >> command("tts:tokens", {"id": 1, "tokens": " "}),
        "J025",
        "whitespace alone",
    ),
    Row("2.5", "tokens beyond the buffer are refused", lambda b: waits(b) >> command("tts:tokens", {"id": 1, "tokens": "x" * 1001}), "J017", "full"),
    Row("3.1", "an empty list in an ack changes nothing", lambda b: gathers(b) >> ack([]), "J025", "the empty list in the ack of /digits"),
    Row("3.1", "an object in an ack changes nothing", lambda b: gathers(b) >> ack({"verb": "hangup"}), "J005", "it is not a list of verbs"),
    Row(
        "3.1",
        "an object in the ack of an outbound session:new",
        lambda b: outbound(b, {"verb": "say", "text": "hi"}),
        "J005",
        "it is not a list of verbs",
    ),
    Row(
        "3.1", "invalid verbs in the ack of an outbound session:new", lambda b: outbound(b, [{"verb": "dance"}]), "J004", "invalid instruction: dance"
    ),
    Row("3.1", "verbs in the ack of a partial result are ignored", lambda b: partial(b), "J005", "verbs in the ack of a partial result are ignored"),
    Row("3.1", "verbs in the ack of a dtmfHook are ignored", lambda b: matched(b), "J005", "verbs in the ack of a dtmfHook are ignored"),
    Row("3.1", "verbs in the ack of session:adulting are ignored", lambda b: adult(b), "J005", "session:adulting has its verbs already"),
    Row("3.1", "verbs in the ack of a dial that was replaced are ignored", lambda b: replaced_dial(b), "J005", "the verb was replaced by a redirect"),
    Row("3.1", "verbs after the end of the call are ignored", lambda b: ends(talks(b)) >> ack([said("bye")]), "J005", "the call is over"),
    # --- 3.3: commands
    Row(
        "3.3",
        "redirect with invalid verbs: nothing",
        lambda b: waits(b) >> command("redirect", [{"verb": "dance"}]),
        "J005",
        "invalid instruction: dance",
    ),
    Row(
        "3.3",
        "redirect with any other object kills the current verb",
        lambda b: waits(b) >> command("redirect", {"odd": 1}),
        "J005",
        "its data is no list of verbs",
    ),
    Row(
        "3.3",
        "redirect to a hook without an ack: old verbs go on",
        lambda b: (waits(b) >> command("redirect", {"call_hook": "/h"})).at(9),
        "J001",
        "session:redirect",
    ),
    Row(
        "3.3",
        "redirect of a child that is not there",
        lambda b: waits(b) >> command("redirect", {"child_call": [said("hi")]}),
        "J005",
        "no dial verb is connected",
    ),
    Row("3.3", "call:status as a text", lambda b: waits(b) >> command("call:status", "completed"), "J005", "its data is a text"),
    Row(
        "3.3",
        "call:status completed while it rings",
        lambda b: rings(b) >> command("call:status", {"call_status": "completed"}),
        "J005",
        "the call is not answered",
    ),
    Row("3.3", "config with what it has not", lambda b: waits(b) >> command("config", {"dance": 1}), "J005", "config: unknown property dance"),
    Row("3.3", "dub with what it has not", lambda b: waits(b) >> command("dub", {"dance": 1}), "J005", "command dub"),
    Row("3.3", "record without an action", lambda b: waits(b) >> command("record", "start"), "J005", "command record"),
    Row("3.3", "mute outside dial and conference", lambda b: waits(b) >> command("mute:status", "mute"), "J005", "command mute:status"),
    Row(
        "3.3",
        "conference commands outside a conference",
        lambda b: waits(b) >> command("conf:mute-status", {"conf_mute_status": "mute"}),
        "J005",
        "command conf:mute-status",
    ),
    Row(
        "3.3",
        "holding outside a conference",
        lambda b: waits(b) >> command("conf:hold-status", {"conf_hold_status": "hold"}),
        "J005",
        "command conf:hold-status",
    ),
    Row(
        "3.3",
        "participants outside a conference",
        lambda b: waits(b) >> command("conf:participant-action", {"action": "tag"}),
        "J005",
        "command conf:participant-action",
    ),
    Row(
        "3.3",
        "listen:status without a listen",
        lambda b: waits(b) >> command("listen:status", {"listen_status": "pause"}),
        "J005",
        "command listen:status",
    ),
    Row(
        "3.3",
        "transcribe:status without a transcribe",
        lambda b: waits(b) >> command("transcribe:status", {"transcribe_status": "pause"}),
        "J005",
        "command transcribe:status",
    ),
    Row("3.3", "whisper to nobody", lambda b: waits(b) >> command("whisper", {"whisper": said("hi")}), "J005", "command whisper"),
    Row(
        "3.3",
        "whisper of what cannot be whispered",
        lambda b: dials(b) >> command("whisper", {"whisper": pause(1)}),
        "J005",
        "only say and play can be whispered",
    ),
    Row("3.3", "media:path outside a dial", lambda b: waits(b) >> command("media:path", "no-media"), "J005", "command media:path"),
    Row(
        "3.3",
        "sip:request while it rings",
        lambda b: rings(b) >> command("sip:request", {"sip_request": {"method": "INFO"}}),
        "J005",
        "the call is not answered",
    ),
    Row("3.3", "dtmf while it rings", lambda b: rings(b) >> command("dtmf", {"dtmf": {"digit": "1"}}), "J005", "the call is not answered"),
    Row("3.3", "a flat digit is lost", lambda b: waits(b) >> command("dtmf", {"digit": "1"}), "J005", "finds nothing"),
    Row("3.3", "a gain that is no number", lambda b: waits(b) >> command("boostAudioSignal", "loud"), "J005", "no number of decibels"),
    Row("3.3", "tokens without an id", lambda b: waits(b) >> command("tts:tokens", {"tokens": "hi"}), "J005", "its data has no id"),
    Row("3.3", "tts:flush without a stream", lambda b: waits(b) >> command("tts:flush"), "J005", "no stream of speech is open"),
    Row("3.3", "tts:clear without a stream", lambda b: waits(b) >> command("tts:clear"), "J005", "no stream of speech is open"),
    Row(
        "3.3",
        "the current verb is empty while the hook of a killed one is awaited",
        lambda b: talks(b) >> command("redirect", WAITING) >> tool_output(),
        "J005",
        "no llm verb is running",
    ),
    Row("3.3", "tag is no command", lambda b: waits(b) >> command("tag", {"data": {}}), "J005", "the server knows no such command"),
    # --- 4, 5: verbs
    Row("4.2", "config ignores earlyMedia", lambda b: b.begins({"verb": "config", "earlyMedia": True}, pause(9)), "J025", "config.earlyMedia"),
    Row("4.2", "hangup is skipped while it rings", lambda b: b.begins(HANGUP), "J022", "hangup_skipped"),
    Row("4.2", "and it is the application's verb that is dropped", lambda b: b.begins(HANGUP), "J005", "verb hangup"),
    Row("4.2", "sip:request is skipped while it rings", lambda b: b.begins({"verb": "sip:request", "method": "INFO"}), "J005", "verb sip:request"),
    Row("4.2", "sip:refer is skipped while it rings", lambda b: b.begins({"verb": "sip:refer", "referTo": "+1777"}), "J005", "verb sip:refer"),
    Row(
        "4.2",
        "sip:decline is skipped on an answered call",
        lambda b: b.begins(ANSWER, {"verb": "sip:decline", "status": 486}),
        "J005",
        "verb sip:decline",
    ),
    Row("4.3", "the stack is empty: the caller hears silence", lambda b: ends(idle(b)), "J013", "no verb was left"),
    Row(
        "5.2",
        "redirect to an object ends the call",
        lambda b: b.begins(ANSWER, {"verb": "redirect", "actionHook": {"url": "/x"}}),
        "J024",
        "a redirect to an object",
    ),
    Row(
        "5.2", "a missing file without a hook", lambda b: missing_file(b, {"verb": "play", "url": "http://a.test/x.wav"}), "J005", "a file is missing"
    ),
    Row(
        "5.2",
        "a missing file in a prompt",
        lambda b: missing_file(b, {**GATHER, "play": {"url": "http://a.test/x.wav"}}),
        "J005",
        "the gather goes on without its prompt",
    ),
    Row("5.2", "leave at the top level blocks", lambda b: b.begins(ANSWER, {"verb": "leave"}), "J005", "verb leave"),
    Row("5.4", "verbs in the ack of a killed llm beat the redirect", replaced_while_its_hook_is_open, "J022", "ack_beats_redirect"),
    Row(
        "5.5",
        "commands on the old socket are ignored",
        lambda b: redirected(b) >> command("redirect", [HANGUP]),
        "J005",
        "the socket of before the redirect",
    ),
    Row("5.5", "no answer from the new server ends the call", lambda b: redirected(b).at(9), "J001", "session:redirect"),
    Row(
        "5.5",
        "a new server that cannot be reached ends the call",
        lambda b: b.begins(ANSWER, {"verb": "redirect", "actionHook": "ws://other.test/x"}) >> AppUnreachable(None, "DNS", 1),
        "J023",
        "no connection: DNS",
    ),
    # --- 6: the llm verb
    Row(
        "6.1",
        "invalid llm verbs in a redirect: nothing at all",
        lambda b: waits(b) >> command("redirect", [{**LLM, "llmOptions": {}}]),
        "J005",
        "initial response.create is required",
    ),
    Row(
        "6.1",
        "what becomes of | in JSON is unknown",
        lambda b: talks(b, llmOptions={"response_create": {"instructions": "a|b"}}),
        "J016",
        "a | in response.create",
    ),
    Row("6.3", "a wildcard that matches nothing", lambda b: talks(b, events=["nothing.*"]), "J007", "'nothing.*' matches no event"),
    Row(
        "6.3", "and then opens the filter", lambda b: talks(b, events=["nothing.*"]) >> ModelSaid({"type": "response.created"}), "J022", "open_filter"
    ),
    Row(
        "6.3",
        "exclusions alone let everything through",
        lambda b: talks(b, events=["-error"]),
        "J007",
        "includes nothing, and so lets every event through",
    ),
    Row(
        "6.3",
        "without an eventHook nothing is sent",
        lambda b: talks(b, eventHook=None, events=["all"]),
        "J025",
        "without an eventHook no event is delivered",
    ),
    Row("6.3", "response.audio.delta never comes", lambda b: talks(b, events=["response.audio.delta"]), "J025", "the media module keeps the audio"),
    Row("6.4", "a tool call without arguments is lost", lambda b: talks(b) >> calls_tool(arguments=""), "J022", "lost_tool_call"),
    Row("6.4", "without a toolHook the model waits for ever", lambda b: talks(b, toolHook=None) >> calls_tool(), "J005", "no toolHook"),
    Row(
        "6.5",
        "a tool output of another shape is dropped",
        lambda b: talks(b) >> calls_tool() >> command("llm:tool-output", {"result": 1}, tool_call_id="call_1"),
        "J003",
        "result",
    ),
    Row("6.5", "a tool output outside an llm", lambda b: waits(b) >> tool_output(), "J005", "no llm verb is running"),
    Row(
        "6.6",
        "an llm:update of another type",
        lambda b: talks(b) >> command("llm:update", {"type": "response.create"}),
        "J005",
        "the server forwards no such client event",
    ),
    Row(
        "6.6",
        "an llm:update outside an llm",
        lambda b: waits(b) >> command("llm:update", {"type": "session.update"}),
        "J005",
        "no llm verb is running",
    ),
    Row(
        "6.6",
        "llm:tool-update is no command",
        lambda b: talks(b) >> command("llm:tool-update", {}, x=1) >> command("llm:tool-update", {"type": "x"}),
        "J005",
        "llm:tool-update",
    ),
    Row("6.8", "MCP servers", lambda b: talks(b, mcpServers=[{"url": "http://mcp.test"}]), "J016", "llm.mcpServers"),
    # --- 7: webhooks
    Row(
        "7.1",
        "a body counts only when it says that it is JSON",
        lambda _: webhook().begins_over_http(GATHER) >> CallerPressed("1") >> answer([HANGUP], content_type="text/plain"),
        "J005",
        "the server does not read it",
    ),
    Row(
        "7.1",
        "every status but 200, 202 and 204 is an error",
        lambda _: webhook().begins_over_http(GATHER) >> CallerPressed("1") >> answer(status=201),
        "J001",
        "unexpected HTTP status 201",
    ),
    Row(
        "7.1",
        "what fails is only logged where nobody waits",
        lambda _: ends(webhook().begins_over_http(*WAITING)) >> answer(status=500, type="call:status"),
        "J005",
        "the server only logs it",
    ),
    Row(
        "7.1",
        "verb:status is never sent",
        lambda _: webhook().begins_over_http({"verb": "config", "notifyEvents": True}, pause(9)),
        "J005",
        "every verb:status",
    ),
    Row(
        "7.1", "streams of speech need a websocket", lambda _: webhook().begins_over_http(ANSWER, {"verb": "say", "stream": True}), "J024", "verb say"
    ),
    Row(
        "7.1",
        "verbs in the answer to a partial result are ignored",
        lambda _: partial_over_http(),
        "J005",
        "verbs in the ack of a partial result are ignored",
    ),
    Row(
        "7.1",
        "an empty list in an answer changes nothing",
        lambda _: webhook().begins_over_http(GATHER, pause(9)) >> CallerPressed("1") >> answer([], type="verb:hook"),
        "J025",
        "the empty list in the ack of /digits",
    ),
    # --- 10: what SDKs send
    Row("10.1", "mute", lambda b: waits(b) >> command("mute", "mute"), "J026", "session.py:172"),
    Row("10.1", "a key as text", lambda b: waits(b) >> command("dtmf", {"dtmf": "1"}), "J026", "session.py:198"),
    Row("10.1", "tag", lambda b: waits(b) >> command("tag", {"data": {}}), "J026", "session.py:202"),
    Row("10.1", "noise isolation", lambda b: waits(b) >> command("noiseIsolation:status", "enable"), "J026", "session.py:194"),
    Row("10.1", "another recogniser", lambda b: waits(b) >> command("stt:reconfigure", {"vendor": "x"}), "J026", "session.py:308"),
    Row(
        "10.1",
        "a result that is no event",
        lambda b: talks(b) >> calls_tool() >> command("llm:tool-output", {"result": 1}, tool_call_id="call_1"),
        "J026",
        "session.py:267",
    ),
    Row("10.1", "an envelope of the next generation", lambda b: waits(b) >> frame(type="agent:update", data={}), "J026", "session.py:286"),
    Row(
        "10.1",
        "an ack with the msgid of a tool call",
        lambda b: talks(b) >> calls_tool() >> frame(type="ack", msgid=newest(b, "llm:tool-call")),
        "J026",
        "client.py:133",
    ),
    Row(
        "10.1",
        "a reconnect that is greeted as a call",
        lambda b: (waits(b) >> AppClosed(1006)).at(0.5) >> AppConnected() >> ack([ANSWER]),
        "J026",
        "client.py:91-94",
    ),
    Row("10.1", "dial:confirm without an ack", lambda b: dials(b, confirmHook="/confirm").at(9), "J026", "client.py:153-154"),
    Row("10.1", "session:adulting without an ack", lambda b: grown(b).at(9), "J026", "client.py:106-109"),
    Row("10.1", "an unknown path closes with 4004", lambda b: waits(b) >> AppClosed(4004), "J026", "router.py:82-87"),
    Row(
        "10.1",
        "properties nobody asked for",
        lambda b: b >> Invited() >> AppConnected() >> ack([{**LLM, "cancelOnBargeIn": True}]),
        "J026",
        "verb_builder.py:239-276",
    ),
    Row(
        "10.1",
        "a verb key in a nested say",
        lambda b: b >> Invited() >> AppConnected() >> ack([{**GATHER, "say": said("hi")}]),
        "J026",
        "nested say or play",
    ),
    Row(
        "10.2",
        "a reply that is a command",
        lambda b: gathers(b) >> command("redirect", [HANGUP], msgid=b.sent[-1]["msgid"]),
        "J026",
        "session.ts:215-233",
    ),
    Row("10.2", "a flat digit", lambda b: waits(b) >> command("dtmf", {"digit": "1"}), "J026", "session.ts:333"),
    Row("10.2", "send() without verbs", lambda b: idle(b) >> command("redirect", []), "J026", "session.ts:188-212"),
    Row("10.2", "one msgid for two hooks", lambda b: two_hooks(b), "J026", "session.ts:533"),
    Row("10.3", "send() without verbs", lambda b: waits(b) >> command("redirect"), "J026", "lib/session.js:40-57"),
    Row("10.3", "a text to inject", lambda b: waits(b) >> command("call:status", "completed"), "J026", "fix-inject-command.js"),
    Row(
        "10.3",
        "nobody listens for session:reconnect",
        lambda b: ((waits(b) >> AppClosed(1006)).at(0.5) >> AppConnected()).at(9),
        "J026",
        "lib/client.js:35-37",
    ),
    # --- 11.3: what the application sees, and what it was
    Row("11.3", "completed by jambonz 5 s after a hook", lambda b: (talks(b) >> ModelClosed(1011)).at(9), "J001", "verb:hook"),
    Row(
        "11.3",
        "1001 right after the first ack",
        lambda b: b >> Invited() >> AppConnected() >> ack([{"verb": "dance"}]),
        "J004",
        "invalid instruction: dance",
    ),
    Row("11.3", "1001 right after an empty first ack", lambda b: b >> Invited() >> AppConnected() >> ack([]), "J004", "no application provided"),
]


# --- longer dialogues


def newest(book: Playbook, type_: str) -> str:
    return str([message["msgid"] for message in book.sent if message["type"] == type_][-1])


def tool_output() -> AppSaid:
    return command("llm:tool-output", {"type": "conversation.item.create", "item": OUTPUT}, tool_call_id="call_1")


def webhook() -> Told:
    """An application over HTTP."""
    return Told(url="http://app.test:3000/call", status_hook="http://app.test:3000/status")


def partial_over_http() -> Playbook:
    told = webhook()
    told.begins_over_http(ANSWER, LISTENS) >> spoken("hello there my friend")
    told.at(1.0)
    return told >> answer([said("hi")], type="verb:hook")


def idle(told: Told) -> Told:
    """The verbs have run out."""
    told.begins(ANSWER).at(60)
    return told


def flushed(told: Told) -> Playbook:
    """Two statuses and then a hook come about during a drop; the first of them dials."""
    waits(told) >> AppClosed(1006)
    told.meanwhile(lambda: told.call.notify("call:status", {}))
    told.meanwhile(lambda: told.call.notify("call:status", {}))
    told.meanwhile(lambda: told.call.requestor.send("verb:hook", {}, "/h"))
    return told >> AppConnected() >> ack(None, "session:reconnect")


def never_back(told: Told) -> Playbook:
    """The application is gone when a hook should be called, and the caller gives up."""
    waits(told) >> AppClosed(1006)
    told.at(0.5) >> AppUnreachable("5xx", "503")
    told.meanwhile(lambda: told.call.requestor.send("verb:hook", {}, "/h"))
    told >> AppUnreachable("5xx", "503")
    return ends(told)


def partial(told: Told) -> Playbook:
    told.begins(ANSWER, LISTENS) >> spoken("hello there my friend")
    told.at(1.0)
    return told >> ack([said("hi")], "verb:hook", "/partial")


def matched(told: Told) -> Playbook:
    dials(told, dtmfCapture=["*2"], dtmfHook="/keys") >> CallerPressed("*2")
    return told >> ack([said("hi")], "verb:hook", "/keys")


def grown(told: Told) -> Told:
    """The dialled leg has got a session of its own, on socket 1."""
    dials(told) >> command("redirect", {"child_call": [pause(600)]})
    told >> AppConnected(1)
    return told


def adult(told: Told) -> Playbook:
    grown(told)
    return told >> AppSaid(json.dumps({"type": "ack", "msgid": newest(told, "session:adulting"), "data": [said("hi")]}), 1)


def replaced_dial(told: Told) -> Playbook:
    dials(told) >> command("redirect", [said("one")])
    return told >> ack([said("two")], "verb:hook", "/dialled")


def missing_file(told: Told, verb: dict[str, Any]) -> Playbook:
    told.begins(ANSWER, verb, pause(9))
    return told >> AudioFetched("http://a.test/x.wav", None)


def two_hooks(told: Told) -> Playbook:
    """A partial result and another: the second is acknowledged twice, the first never."""
    told.begins(ANSWER, LISTENS) >> spoken("hello there my very dear old friend")
    while [message.get("hook") for message in told.sent].count("/partial") < 2:
        told.at(told.now_s + 0.1)
    msgid = newest(told, "verb:hook")
    told >> frame(type="ack", msgid=msgid) >> frame(type="ack", msgid=msgid)
    return told.at(told.now_s + 9)


@pytest.mark.parametrize("row", SILENT, ids=lambda row: f"{row.section} {row.statement} {row.code}")
def test_what_the_real_server_says_nothing_of_is_a_finding(row: Row) -> None:
    told = Told()
    played = row.play(told)
    found = (played if isinstance(played, Told) else told).found()
    assert any(code == row.code and row.words in text for code, text in found), found


def test_a_call_in_which_nothing_is_lost_has_no_finding() -> None:
    told = Told()
    told.begins(ANSWER, GATHER, HANGUP) >> CallerPressed("1")
    told >> ack(None, "verb:hook")
    assert told.call.over
    assert told.found() == []


def test_nothing_is_said_of_a_caller_who_hangs_up_while_the_application_speaks() -> None:
    told = talks(Told())
    ends(told >> calls_tool()) >> tool_output() >> command("redirect", [HANGUP]) >> ack(None, "verb:hook")
    assert told.found() == []
