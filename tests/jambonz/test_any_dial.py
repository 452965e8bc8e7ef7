"""Whoever is called and whatever they do, whatever the application orders meanwhile: every leg is told of in order, and ends."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simulator.ids import Ids
from simulator.jambonz import events
from simulator.jambonz.account import KEY, SID
from simulator.jambonz.hook import Hook
from simulator.jambonz.messages import WANTS_NO_ACK, CallInfo, Invite
from simulator.jambonz.profile import profile_named
from simulator.jambonz.server import FeatureServer
from simulator.script import Timeout
from simulator.speech import speak

Json = dict[str, Any]

FINAL = {"completed", "failed", "busy", "no-answer"}
FOLLOWS = {
    None: {"trying"},
    "trying": {"ringing", "early-media", "in-progress", *FINAL},
    "ringing": {"ringing", "early-media", "in-progress", *FINAL},
    "early-media": {"ringing", "early-media", "in-progress", *FINAL},
    "in-progress": {"completed"},
}
"""What may follow a status of a leg that is called."""

NUMBERS = ["+1001", "+1002", "+1003"]
SAY: Json = {"verb": "say", "text": "one moment please"}
GATHER: Json = {"verb": "gather", "input": ["digits"], "numDigits": 1, "timeout": 2, "actionHook": "/key"}
DIALS = st.builds(
    lambda numbers, more: {"verb": "dial", "actionHook": "/dialled", "target": [{"type": "phone", "number": number} for number in numbers]} | more,
    st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3),
    st.sampled_from(
        [
            {},
            {"answerOnBridge": True},
            {"timeout": 3},
            {"timeLimit": 4},
            {"confirmHook": "/confirm"},
            {"confirmHook": "/confirm", "timeout": 2, "answerOnBridge": True},
            {"dtmfCapture": ["1"], "dtmfHook": "/keys", "amd": {"actionHook": "/amd"}},
        ]
    ),
)
VERBS = DIALS | DIALS | st.sampled_from([SAY, GATHER, {"verb": "hangup"}, {"verb": "answer"}, {"verb": "pause", "length": 1}])
LISTS = st.lists(VERBS, max_size=3)
BODIES = st.builds(
    lambda number, more: {"from": "+1555", "to": {"type": "phone", "number": number}, "application_sid": "application"} | more,
    st.sampled_from(NUMBERS),
    st.sampled_from([{}, {"timeout": 2}, {"timeLimit": 3}, {"from": ""}]),
)
COMMANDS = st.one_of(
    st.builds(lambda verbs: {"command": "redirect", "data": verbs}, LISTS),
    st.builds(lambda parent, child: {"command": "redirect", "data": {"parent_call": parent, "child_call": child}}, LISTS, LISTS),
    st.builds(lambda child: {"command": "redirect", "data": {"child_call": child}}, LISTS),
    st.builds(lambda body: {"command": "dial", "data": body}, BODIES),
    st.sampled_from(
        [
            {"command": "redirect", "data": {"call_hook": "/a", "child_call_hook": "/b"}},
            {"command": "mute:status", "data": "mute"},
            {"command": "mute:status", "data": "unmute"},
            {"command": "whisper", "data": {"whisper": [SAY]}},
            {"command": "media:path", "data": "no-media"},
            {"command": "dtmf", "data": {"dtmf": {"digit": "5"}}},
            {"command": "call:status", "data": {"call_status": "completed"}},
            {"command": "call:status", "data": {"call_status": "no-answer"}},
        ]
    ),
)


UPDATES = st.sampled_from(
    [
        {"call_status": "completed"},
        {"call_status": "no-answer"},
        {"call_hook": "/a", "child_call_hook": "/b"},
        {"child_call_hook": "/b"},
        {"mute_status": "mute", "whisper": SAY},
        {"whisper": [SAY]},
        {"media_path": "full-media"},
        {"tag": {"a": 1}},
        {"sip_request": {"method": "INFO", "content_type": "text/plain", "content": "x"}},
    ]
)


class AnyDial(RuleBasedStateMachine):
    """Everybody around one feature server: the phones, the caller, the application on all its sockets."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.sockets: dict[int, str] = {}
        self.opened: set[int] = set()
        self.unacked: list[tuple[int, Json]] = []
        self.statuses: dict[str, list[str]] = {}
        self.ringing: set[int] = set()
        self.cancelled: list[int] = []
        self.legs: set[int] = {0}
        self.over: dict[int, int] = {}

    @initialize(verbs=st.lists(VERBS, min_size=1, max_size=3))
    def a_call_comes_in(self, verbs: list[Json]) -> None:
        info = CallInfo("11111111-2222-4333-8444-555555555555", "inbound", "+1555", "+1666", "call-id", "sbc-id", "account", "application")
        self.server = FeatureServer(hook=Hook.parse("ws://app.test/hook"), invite=Invite(info), profile=profile_named("0.9.8"), ids=Ids("any"))
        self.happens(events.Invited())
        self.acknowledges(verbs)

    def happens(self, event: events.Happening) -> None:
        for effect in self.server.receive(event, self.now_s):
            match effect:
                case events.ConnectApp(socket=number):
                    self.sockets[number] = "dialling"
                case events.CloseApp(_, number):
                    self.sockets[number] = "closed"
                case events.SendApp(message, number):
                    assert self.sockets[number] == "open", f"{message['type']} is sent into nothing"
                    self.told(message, number)
                case events.InvitePhone(leg=leg):
                    self.ringing.add(leg)
                    self.legs.add(leg)
                case events.CancelInvite(leg):
                    self.cancelled.append(leg)
                case events.CallOver(leg):
                    self.over[leg] = self.over.get(leg, 0) + 1
                case _:
                    pass
        self.connects()  # at once: what a bad network does is for another test

    def told(self, message: Json, number: int) -> None:
        if message["type"] == "call:status":
            data = message["data"]
            if "error" not in data and data["direction"] == "outbound":
                self.statuses.setdefault(data["call_sid"], []).append(data["call_status"])
        elif message["type"] not in WANTS_NO_ACK:
            self.unacked.append((number, message))

    def connects(self) -> None:
        for number, state in list(self.sockets.items()):
            if state == "dialling":
                self.sockets[number] = "open"
                self.opened.add(number)
                self.happens(events.AppConnected(number))

    # --- what may happen

    @rule(by_s=st.sampled_from([0.1, 0.7, 2.0, 6.0]))
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

    @rule(verbs=LISTS)
    def acknowledges(self, verbs: list[Json]) -> None:
        if self.unacked:
            number, message = self.unacked.pop()
            self.says(number, {"type": "ack", "msgid": message["msgid"], "data": verbs})

    @rule(command=COMMANDS, newest=st.booleans(), to=st.integers(0, 4))
    def commands(self, command: Json, newest: bool, to: int) -> None:
        numbers = [number for number, state in self.sockets.items() if state == "open"]
        call = self.server.calls.get(to)
        if numbers:
            target = {} if call is None else {"callSid": call.info.call_sid}
            self.says(numbers[-1 if newest else 0], {"type": "command", **command, **target})

    @rule(method=st.sampled_from(["PUT", "PUT", "PUT", "DELETE", "GET"]), update=UPDATES, to=st.integers(0, 4))
    def asks_the_api(self, method: str, update: Json, to: int) -> None:
        if to in self.server.calls:
            path = f"/v1/Accounts/{SID}/Calls/{self.server.calls[to].info.call_sid}"
            headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
            self.happens(events.ApiAsked(1, method, path, {}, headers, json.dumps(update)))

    def says(self, number: int, message: Json) -> None:
        if self.sockets[number] == "open":
            self.happens(events.AppSaid(json.dumps(message), number))

    @rule(which=st.integers(0, 5), what=st.sampled_from(["rings", "early media", "answers", "answers", "busy", "not found"]))
    def a_phone(self, which: int, what: str) -> None:
        ringing = sorted(self.ringing)
        if not ringing:
            return
        leg = ringing[which % len(ringing)]
        match what:
            case "rings" | "early media":
                self.happens(events.PhoneRang(what != "rings", leg))
                return
            case "answers":
                self.ringing.discard(leg)
                self.happens(events.PhoneAnswered(leg))
            case "busy":
                self.refuses(leg, 486)
            case _:
                self.refuses(leg, 404)

    def refuses(self, leg: int, status: int) -> None:
        self.ringing.discard(leg)
        self.happens(events.PhoneRefused(status, "Because", leg))

    @rule()
    def a_cancel_arrives(self) -> None:
        if self.cancelled:
            leg = self.cancelled.pop(0)
            if leg in self.ringing:  # else the answer has crossed it
                self.refuses(leg, 487)

    @rule(leg=st.integers(0, 6), what=st.sampled_from(["speaks", "presses", "hangs up"]))
    def somebody(self, leg: int, what: str) -> None:
        if leg not in self.legs or leg in self.ringing:
            return
        match what:
            case "speaks":
                self.happens(events.CallerSpoke(speak("yes please"), leg))
            case "presses":
                self.happens(events.CallerPressed("1", leg))
            case _:
                self.happens(events.CallerHungUp({}, leg))

    # --- what always holds

    @invariant()
    def statuses_of_a_leg_come_in_order_and_one_is_final(self) -> None:
        for sid, told in self.statuses.items():
            for before, status in zip([None, *told], told, strict=False):
                assert status in FOLLOWS.get(before, set()), (sid, told)

    @invariant()
    def no_leg_ends_twice(self) -> None:
        assert all(times == 1 for times in self.over.values()), self.over

    @invariant()
    def who_is_bridged_is_up(self) -> None:
        for call in self.server.calls.values() if hasattr(self, "server") else []:
            if call.bridge is not None:
                assert call.bridge.joined
                assert not call.over

    def teardown(self) -> None:
        """Everybody hangs up and everything is acknowledged: no leg is left up, and each has had its final status."""
        if not hasattr(self, "server"):
            return
        for _ in range(8):
            for leg in sorted(self.legs):
                if leg in self.ringing:
                    self.refuses(leg, 487)
                else:
                    self.happens(events.CallerHungUp({}, leg))
            self.time_passes(6.0)
            while self.unacked:
                self.acknowledges([])
        assert set(self.over) == self.legs, {leg: self.server.calls[leg].waits_for for leg in self.legs - set(self.over)}
        assert all(call.over for call in self.server.calls.values())
        for call in self.server.calls.values():
            told = self.statuses.get(call.info.call_sid, [])
            if call.requestor.socket in self.opened:  # a session that ends before its socket is open tells nobody
                assert not told or told[-1] in FINAL, told
        assert self.server.wake_at_s is None
        assert not self.server.owed


TestAnyDial = AnyDial.TestCase
TestAnyDial.settings = settings(
    max_examples=300, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
