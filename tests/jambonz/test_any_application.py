"""Whatever an application does, at whatever instant, the feature server keeps its promises.

A hypothesis state machine is the application, the caller, the model and the network at once; it does anything in any order. What
must hold is asked after every step, and at the end everybody becomes reasonable and the call has to end.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simulator.ids import Ids
from simulator.jambonz import events
from simulator.jambonz.hook import Hook
from simulator.jambonz.messages import WANTS_NO_ACK, CallInfo, Invite
from simulator.jambonz.profile import profile_named
from simulator.jambonz.requestor import Requestor
from simulator.jambonz.server import FeatureServer
from simulator.script import Timeout
from simulator.speech import noise, speak
from tests.jambonz.playbook import LLM

Json = dict[str, Any]

FINAL = {"completed", "failed", "busy", "no-answer"}
FOLLOWS = {
    None: {"trying", "no-answer"},
    "trying": {"in-progress", "failed", "no-answer"},
    "in-progress": {"completed"},
    "no-answer": {"trying"},
}
"""What may follow a status. A caller who gives up before the first ack is told of before `trying` (jambonz.md 4.3)."""

HOOKS = st.sampled_from(["/hook", "/other", "relative"])
SAY: Json = {"verb": "say", "text": "One moment please."}
GOOD = st.one_of(
    st.sampled_from([{"verb": "answer"}, {"verb": "hangup"}, SAY, {"verb": "tag", "data": {"a": 1}}, {"verb": "sip:decline", "status": 486}]),
    st.builds(lambda length: {"verb": "pause", "length": length}, st.sampled_from([0, 0.5, 3])),
    st.builds(
        lambda hook, timeout: {
            "verb": "gather",
            "input": ["speech", "digits"],
            "numDigits": 2,
            "timeout": timeout,
            "actionHook": hook,
            "say": {"text": "Well?"},
        },
        HOOKS,
        st.sampled_from([0, 2, 5]),
    ),
    st.builds(lambda hook: {"verb": "play", "url": "https://sounds.test/a.wav", "actionHook": hook}, HOOKS),
    st.builds(lambda hook: {"verb": "redirect", "actionHook": hook}, st.one_of(HOOKS, st.just("wss://other.test/app"))),
    st.just({"verb": "config", "notifyEvents": True}),
    st.just(LLM),
)
FAR_AND_WIDE = st.sampled_from(
    [
        {"verb": "dtmf", "dtmf": "12"},
        {"verb": "sip:refer", "referTo": "+1666", "actionHook": "/refer", "eventHook": "/notify"},
        {"verb": "sip:request", "method": "INFO", "actionHook": "/info"},
        {"verb": "message", "to": "1", "from": "2", "text": "hi", "actionHook": "/sms"},
        {"verb": "alert", "message": "look"},
        {"verb": "dub", "action": "addTrack", "track": "t", "play": "https://sounds.test/b.wav", "loop": True},
        {"verb": "dub", "action": "sayOnTrack", "track": "t", "say": "aside"},
        {"verb": "dub", "action": "removeTrack", "track": "t"},
        {"verb": "leave"},
        {"verb": "rasa", "url": "https://bot.test"},
        {"verb": "say", "stream": True, "synthesizer": {"vendor": "elevenlabs"}},
        {"verb": "say", "stream": True},
        {"verb": "say", "text": ["<speak>one <break time='300ms'/> two</speak>", "silence_stream://500"], "loop": "forever"},
        {"verb": "play", "url": ["https://sounds.test/a.wav", "https://sounds.test/b.wav"], "loop": "forever", "timeoutSecs": 3, "actionHook": "/p"},
        {"verb": "gather", "play": {"url": "https://sounds.test/a.wav"}, "input": ["speech"], "partialResultHook": "/partial", "bargein": True},
        {
            "verb": "gather",
            "interDigitTimeout": 1,
            "minDigits": 2,
            "actionHook": "/hook",
            "fillerNoise": {"enable": True, "url": "https://sounds.test/f.wav"},
        },
        {"verb": "config", "bargeIn": {"enable": True, "sticky": True, "input": ["speech", "digits"], "actionHook": "/barge", "numDigits": 1}},
        {"verb": "config", "bargeIn": {"enable": True, "input": ["digits"], "numDigits": 1}},
        {"verb": "config", "bargeIn": {"enable": False}},
        {"verb": "config", "amd": {"actionHook": "/amd"}},
        {"verb": "config", "ttsStream": {"enable": True}, "synthesizer": {"vendor": "deepgram"}, "autoStreamTts": True},
        {
            "verb": "config",
            "reset": ["synthesizer", "recognizer"],
            "boostAudioSignal": "3 dB",
            "referHook": "/refer",
            "sipRequestWithinDialogHook": "/in",
        },
        {"verb": "config", "record": {"action": "startCallRecording"}, "fillerNoise": {"enable": True, "url": "https://sounds.test/f.wav"}},
        {
            "verb": "config",
            "actionHookDelayAction": {
                "enabled": True,
                "noResponseTimeout": 1,
                "noResponseGiveUpTimeout": 7,
                "retries": 2,
                "actions": [{"verb": "say", "text": "wait"}, {"verb": "play", "url": "https://sounds.test/a.wav"}],
                "giveUpActions": [{"verb": "say", "text": "bye"}],
            },
        },
    ]
)
VERBS = GOOD | FAR_AND_WIDE | st.sampled_from([{"verb": "no such"}, {"verb": "say"}, {"verb": "llm"}, 7, {}])
ACK_DATA = st.one_of(st.none(), st.lists(VERBS, max_size=4), st.sampled_from([{}, "text", 5, [{"say": {"text": "key form"}}]]))
COMMANDS = st.one_of(
    st.builds(lambda verbs, queue: {"command": "redirect", "data": verbs, "queueCommand": queue}, st.lists(VERBS, max_size=3), st.booleans()),
    st.sampled_from(
        [
            {"command": "redirect", "data": {"call_hook": "/other"}},
            {"command": "redirect", "data": {"child_call_hook": "/child"}},
            {"command": "redirect", "data": "text"},
            {"command": "call:status", "data": {"call_status": "completed"}},
            {"command": "call:status", "data": {"call_status": "no-answer"}},
            {"command": "call:status", "data": "completed"},
            {"command": "llm:tool-output", "tool_call_id": "c", "data": {"type": "conversation.item.create", "item": {}}},
            {"command": "llm:tool-output", "tool_call_id": "c", "data": {"result": 1}},
            {"command": "llm:tool-output"},
            {"command": "llm:update", "data": {"type": "session.update", "session": {}}},
            {"command": "llm:update", "data": {"type": "response.create"}},
            {"command": "config", "data": {"notifyEvents": True}},
            {"command": "mute:status", "data": "mute"},
            {"command": "tts:tokens", "data": {"id": 1, "tokens": "hello"}},
            {"command": "tts:tokens", "data": {"id": 2, "tokens": "One whole sentence. And a half"}},
            {"command": "tts:tokens", "data": {"id": 3, "tokens": "x" * 900}},
            {"command": "tts:flush"},
            {"command": "tts:clear"},
            {"command": "dtmf", "data": {"dtmf": {"digit": "1"}}},
            {"command": "sip:request", "data": {"sip_request": {"method": "MESSAGE", "content": "x"}}},
            {"command": "record", "data": {"action": "startCallRecording"}},
            {"command": "record", "data": {"action": "pauseCallRecording"}},
            {"command": "dub", "data": {"action": "addTrack", "track": "t"}},
            {"command": "dub", "data": {"action": "playOnTrack", "track": "t", "play": "https://sounds.test/b.wav"}},
            {"command": "boostAudioSignal", "data": 4},
            {"command": "config", "data": {"bargeIn": {"enable": True, "sticky": True, "minBargeinWordCount": 0, "actionHook": "/barge"}}},
            {"command": "unheard of", "data": {}},
            {"command": "redirect"},
        ]
    ),
)
TOOL_CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
MODEL_EVENTS = st.sampled_from(
    [
        {"type": "session.created", "session": {}},
        {"type": "error", "error": {"type": "server_error", "message": "no"}},
        {"type": "response.created", "response": {"id": "r", "status": "in_progress"}},
        {"type": "response.output_audio.delta", "delta": bytes(4800), "response_id": "r", "item_id": "i"},
        {"type": "response.output_item.done", "item": TOOL_CALL},
        {"type": "response.output_item.done", "item": {**TOOL_CALL, "arguments": "not JSON"}},
        {"type": "response.done", "response": {"id": "r", "status": "completed"}},
        {"type": "response.done", "response": {"id": "r", "status": "failed"}},
        {"type": "input_audio_buffer.speech_started"},
        {"type": "unheard.of"},
        {},
    ]
)
FRAMES = st.one_of(st.text(max_size=20), st.sampled_from(["null", "[]", "{}", '{"type": "ack"}', '{"type": 5}', "{" * 200, '"text"']))
CODES = st.sampled_from([1000, 1001, 1005, 1006, 1011, 4000])


@dataclass
class Socket:
    """One connection to the application, as the network sees it."""

    state: str = "closed"
    messages: list[Json] = field(default_factory=list)


class AnyApplication(RuleBasedStateMachine):
    """Everybody around one feature server."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.sockets: dict[int, Socket] = {}
        self.statuses: list[str] = []
        self.msgids: set[str] = set()
        self.fetching: list[str] = []
        self.model = "closed"
        self.over = 0
        self.orders: list[events.Effect] = []

    @initialize(
        status_hook=st.sampled_from(["", "", None]),
        rc=st.sampled_from(["", "#rc=1", "#rc=2&rp=all"]),
        first=st.lists(GOOD, min_size=1, max_size=4) | st.lists(GOOD | FAR_AND_WIDE, min_size=2, max_size=4) | st.none(),
    )
    def a_call_comes_in(self, status_hook: str | None, rc: str, first: list[Json] | None) -> None:
        """Most calls begin well, so that something is left to go wrong."""
        info = CallInfo("call-sid", "inbound", "+1555", "+1666", "call-id", "sbc-id", "account", "application")
        self.server = FeatureServer(
            hook=Hook.parse(f"ws://app.test/hook{rc}"), invite=Invite(info), profile=profile_named("0.9.8"), ids=Ids("any"), status_hook=status_hook
        )
        self.happens(events.Invited())
        if first is not None:
            self.a_dial_ends("opens")
            self.says(0, {"type": "ack", "msgid": self.sockets[0].messages[0]["msgid"], "data": first})
            self.the_model_is("opens")

    # --- what it does, checked as it comes

    def happens(self, event: events.Happening) -> None:
        for effect in self.server.receive(event, self.now_s):
            self.orders.append(effect)
            assert not self.over or isinstance(effect, events.Note | events.AskWebhook | events.AbandonWebhook), f"after the end: {effect}"
            match effect:
                case events.ConnectApp(socket=number):
                    socket = self.sockets.setdefault(number, Socket())
                    assert socket.state == "closed", "it dials while it has a connection"
                    socket.state = "dialling"
                case events.SendApp(message, number):
                    self.told(message, number)
                case events.CloseApp(_, number):
                    assert self.sockets[number].state != "closed", "it closes what is closed"
                    self.sockets[number].state = "closed"
                case events.ConnectModel():
                    assert self.model == "closed", "it opens a second model session"
                    self.model = "dialling"
                case events.SendModel():
                    assert self.model == "open", "it speaks to a model that is not there"
                case events.CloseModel():
                    self.model = "closed"
                case events.FetchAudio(url):
                    self.fetching.append(url)
                case events.CallOver():
                    self.over += 1

    def told(self, message: Json, number: int) -> None:
        assert self.sockets[number].state == "open", f"{message['type']} is sent into nothing"
        assert message["msgid"] not in self.msgids, "a msgid is used twice"
        self.msgids.add(message["msgid"])
        self.sockets[number].messages.append(message)
        if message["type"] == "call:status" and "error" not in message["data"]:  # the odd one of gather repeats the status
            self.statuses.append(message["data"]["call_status"])

    # --- what may happen

    @rule(by_s=st.sampled_from([0.01, 0.3, 1.0, 2.5, 6.0, 20.0]))
    def time_passes(self, by_s: float) -> None:
        until_s = self.now_s + by_s
        for _ in range(2000):
            due_s = self.server.wake_at_s
            if due_s is None or due_s > until_s:
                break
            self.now_s = max(self.now_s, due_s)
            self.happens(Timeout())
        else:
            raise AssertionError("it wants to be woken again and again")
        self.now_s = until_s

    @rule(how=st.sampled_from(["opens", "opens", "opens", "ct", "5xx", "none"]))
    def a_dial_ends(self, how: str) -> None:
        for number, socket in self.sockets.items():
            if socket.state == "dialling":
                socket.state = "open" if how == "opens" else "closed"
                kind: Any = how if how in ("ct", "5xx") else None
                self.happens(events.AppConnected(number) if how == "opens" else events.AppUnreachable(kind, "ECONNREFUSED", number))
                return

    @rule(data=st.data(), verbs=ACK_DATA)
    def the_application_acknowledges(self, data: st.DataObject, verbs: Any) -> None:
        """Any message, of those that want it or not, early or late, once or often."""
        for number, socket in reversed(self.sockets.items()):
            if socket.state == "open" and socket.messages:
                message = data.draw(st.sampled_from(socket.messages[-4:]))
                self.says(number, {"type": "ack", "msgid": message["msgid"]} | ({} if verbs is None else {"data": verbs}))
                return

    @rule(command=COMMANDS, old=st.booleans())
    def the_application_commands(self, command: Json, old: bool) -> None:
        for number, socket in self.sockets.items() if old else reversed(self.sockets.items()):
            if socket.state == "open":
                self.says(number, {"type": "command", **command})
                return

    @rule(text=FRAMES)
    def the_application_talks_nonsense(self, text: str) -> None:
        for number, socket in self.sockets.items():
            if socket.state == "open":
                self.happens(events.AppSaid(text, number))
                return

    @rule(code=CODES)
    def the_socket_closes(self, code: int) -> None:
        for number, socket in reversed(self.sockets.items()):
            if socket.state == "open":
                socket.state = "closed"
                self.happens(events.AppClosed(code, number))
                return

    @rule(what=st.sampled_from(["speaks", "coughs", "presses", "hangs up"]))
    def the_caller(self, what: str) -> None:
        match what:
            case "speaks":
                self.happens(events.CallerSpoke(speak("yes please")))
            case "coughs":
                self.happens(events.CallerSpoke(noise(0.3)))
            case "presses":
                self.happens(events.CallerPressed("12"))
            case _:
                self.happens(events.CallerHungUp())

    @rule(method=st.sampled_from(["INFO", "MESSAGE", "REFER", "INVITE", "NOTIFY"]))
    def the_callers_side_asks(self, method: str) -> None:
        self.happens(events.CallerRequested(method, {"Refer-To": "<sip:1@x>"}, "a=sendonly"))

    @rule(text=st.sampled_from(["something else", None]), failure=st.sampled_from([None, "no licence"]))
    def the_recogniser_will_err(self, text: str | None, failure: str | None) -> None:
        self.happens(events.Misheard(text, 0.2, failure))

    @rule(event=MODEL_EVENTS)
    def the_model_says(self, event: Json) -> None:
        if self.model == "open":
            self.happens(events.ModelSaid(event))

    @rule(how=st.sampled_from(["opens", "opens", "refuses", "closes"]))
    def the_model_is(self, how: str) -> None:
        if self.model == "dialling" and how != "closes":
            self.model = "open" if how == "opens" else "closed"
            self.happens(events.ModelConnected() if how == "opens" else events.ModelUnreachable("no"))
        elif self.model == "open" and how == "closes":
            self.happens(events.ModelClosed(1011))  # audio that was due by now has gone before
            self.model = "closed"

    @rule(there=st.booleans())
    def a_sound_arrives(self, there: bool) -> None:
        if self.fetching:
            self.happens(events.AudioFetched(self.fetching.pop(0), bytes(8000) if there else None))

    def says(self, number: int, message: Json) -> None:
        self.happens(events.AppSaid(json.dumps(message), number))

    # --- what always holds

    @invariant()
    def statuses_come_in_order(self) -> None:
        for before, status in zip([None, *self.statuses], self.statuses, strict=False):
            assert status in FOLLOWS.get(before, set()), self.statuses
        assert sum(status in FINAL for status in self.statuses) <= 1, self.statuses

    @invariant()
    def the_session_ends_once(self) -> None:
        assert self.over <= 1

    @invariant()
    def acknowledgements_are_owed_only_for_what_was_sent(self) -> None:
        for requestor in self.websockets:
            for msgid, entry in requestor.open.items():
                assert msgid in self.msgids, "it waits for an acknowledgement of what nobody has seen"
                assert entry.type not in WANTS_NO_ACK

    @property
    def websockets(self) -> list[Requestor]:
        return [one for one in self.server.requestors if isinstance(one, Requestor)] if hasattr(self, "server") else []

    def acknowledge_everything(self) -> None:
        for number, socket in self.sockets.items():
            owed = next(requestor for requestor in self.websockets if requestor.socket == number).open
            for msgid in [message["msgid"] for message in socket.messages if message["msgid"] in owed]:
                if socket.state == "open":
                    self.says(number, {"type": "ack", "msgid": msgid, "data": []})

    def teardown(self) -> None:
        """Everybody becomes reasonable: the caller hangs up, dials succeed, everything is acknowledged, models and sounds are there."""
        if not hasattr(self, "server"):
            return
        self.happens(events.CallerHungUp())
        for _ in range(12):
            self.a_dial_ends("opens")
            self.the_model_is("opens")
            self.a_sound_arrives(True)
            self.acknowledge_everything()
            self.time_passes(6.0)
        if any(requestor.held_back or any(entry.deadline_s is None for entry in requestor.open.values()) for requestor in self.websockets):
            return  # defects of the real server, kept: after a drop before the first ack it waits, or queues, for ever (jambonz.md 1.4)
        assert self.over == 1, f"the call never ends: {self.server.call.waits_for}"
        assert not self.server.owed
        assert self.server.wake_at_s is None
        assert all(socket.state == "closed" for socket in self.sockets.values() if socket.state != "open")


TestAnyApplication = AnyApplication.TestCase
TestAnyApplication.settings = settings(
    max_examples=400, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
