"""Whoever meets in conferences and queues, whatever they do: members are counted right, everything told once, and nobody stays connected."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simulator.ids import Ids
from simulator.jambonz import events
from simulator.jambonz.messages import WANTS_NO_ACK, CallInfo, Invite
from simulator.jambonz.profile import profile_named
from simulator.jambonz.requestor import Hook
from simulator.jambonz.server import FeatureServer
from simulator.script import Timeout
from simulator.speech import speak

Json = dict[str, Any]

MOST_CALLS = 5
STATUS: Json = {"statusHook": "/status", "statusEvents": ["start", "join", "leave", "end"]}
TAGS = st.sampled_from(["agent", "customer"])
FLAGS = st.fixed_dictionaries(
    {},
    optional={
        "startConferenceOnEnter": st.booleans(),
        "endConferenceOnExit": st.booleans(),
        "joinMuted": st.booleans(),
        "beep": st.booleans(),
        "maxParticipants": st.integers(1, 3),
        "memberTag": TAGS,
        "speakOnlyTo": TAGS,
        "waitHook": st.just("/wait"),
        "enterHook": st.just("/enter"),
        "actionHook": st.just("/left"),
    },
)
SAY: Json = {"verb": "say", "text": "one moment please"}
CONFERENCES = st.builds(lambda name, flags: {"verb": "conference", "name": name, **STATUS, **flags}, st.sampled_from(["red", "blue"]), FLAGS)
QUEUES = st.one_of(
    st.builds(
        lambda more: {"verb": "enqueue", "name": "support", **more},
        st.fixed_dictionaries({}, optional={"waitHook": st.just("/wait"), "actionHook": st.just("/queued"), "priority": st.integers(0, 2)}),
    ),
    st.builds(
        lambda more: {"verb": "dequeue", "name": "support", **more},
        st.fixed_dictionaries({}, optional={"timeout": st.sampled_from([1, 3, 8]), "beep": st.booleans(), "actionHook": st.just("/served")}),
    ),
)
VERBS = st.one_of(
    CONFERENCES, CONFERENCES, QUEUES, QUEUES, st.sampled_from([SAY, {"verb": "hangup"}, {"verb": "pause", "length": 1}, {"verb": "leave"}])
)
LISTS = st.lists(VERBS, max_size=3)
ACTIONS = st.sampled_from(["tag", "untag", "coach", "uncoach", "hold", "unhold", "mute", "unmute", "kick", "dance"])
COMMANDS = st.one_of(
    st.builds(lambda verbs: {"command": "redirect", "data": verbs}, LISTS),
    st.builds(
        lambda action, tag: {"command": "conf:participant-action", "data": {"action": action, "tag": tag, "wait_hook": "/hold"}}, ACTIONS, TAGS
    ),
    st.sampled_from(
        [
            {"command": "mute:status", "data": "mute"},
            {"command": "conf:mute-status", "data": {"conf_mute_status": "mute"}},
            {"command": "conf:mute-status", "data": {"conf_mute_status": "unmute"}},
            {"command": "conf:hold-status", "data": {"conf_hold_status": "hold"}},
            {"command": "call:status", "data": {"call_status": "completed"}},
        ]
    ),
)


class AnyGathering(RuleBasedStateMachine):
    """Callers and the application around one feature server; leg and socket of a call have the same number."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.open: set[int] = set()
        self.unacked: list[tuple[int, Json]] = []
        self.told: dict[int, list[str]] = {}
        self.ended: dict[str, bool] = {}
        self.everybody_listens = True
        self.over: dict[int, int] = {}
        self.legs = 0

    @initialize(verbs=st.lists(VERBS, min_size=1, max_size=3))
    def a_first_call_comes_in(self, verbs: list[Json]) -> None:
        profile = profile_named("0.9.8")
        self.server = FeatureServer(hook=Hook.parse("ws://app.test/hook"), invite=self.invite(0), profile=profile, ids=Ids("any"), rings=False)
        self.server._legs = -1  # the first call is counted like all others
        self.another_call_comes_in(verbs)

    def invite(self, leg: int) -> Invite:
        return Invite(CallInfo(f"call-sid-{leg}", "inbound", "+1555", "+1666", f"call-id-{leg}", f"sbc-id-{leg}", "account", "application"))

    def happens(self, event: events.Happening) -> None:
        for effect in self.server.receive(event, self.now_s):
            match effect:
                case events.SendApp(message, socket):
                    assert socket in self.open, f"{message['type']} is sent into nothing"
                    self.hears(message, socket)
                case events.CloseApp(_, socket):
                    self.open.discard(socket)
                case events.CallOver(leg):
                    self.over[leg] = self.over.get(leg, 0) + 1
                case _:
                    pass

    def hears(self, message: Json, socket: int) -> None:
        if message.get("hook") == "/status":
            data = message["data"]
            assert data["members"] >= 0, data
            assert data["duration"] >= 0, data
            self.told.setdefault(socket, []).append(data["event"])
            if data["event"] == "start" and self.everybody_listens:
                assert self.ended.get(data["conference_sid"], True), "it starts, and has not ended since it started last"
            if data["event"] in ("start", "end"):
                self.ended[data["conference_sid"]] = data["event"] == "end"
        if message["type"] not in WANTS_NO_ACK:
            self.unacked.append((socket, message))

    # --- what may happen

    @rule(verbs=st.lists(VERBS, min_size=1, max_size=3))
    def another_call_comes_in(self, verbs: list[Json]) -> None:
        if self.legs == MOST_CALLS:
            return
        leg = self.server.new_leg()
        self.legs += 1
        self.happens(events.Invited(leg, self.invite(leg)))
        self.open.add(leg)
        self.happens(events.AppConnected(leg))
        self.acknowledges(verbs, -1)

    @rule(by_s=st.sampled_from([0.1, 0.6, 1.0, 6.0]))
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

    @rule(
        verbs=st.one_of(LISTS, st.lists(st.sampled_from([SAY, {"verb": "leave"}, {"verb": "pause", "length": 0}]), min_size=1)),
        which=st.integers(-3, -1),
    )
    def acknowledges(self, verbs: list[Json], which: int) -> None:
        if self.unacked:
            socket, message = self.unacked.pop(max(which, -len(self.unacked)))
            self.says(socket, {"type": "ack", "msgid": message["msgid"], "data": verbs})

    @rule(command=COMMANDS, leg=st.integers(0, MOST_CALLS))
    def commands(self, command: Json, leg: int) -> None:
        self.says(leg, {"type": "command", **command})

    def says(self, socket: int, message: Json) -> None:
        if socket in self.open:
            self.happens(events.AppSaid(json.dumps(message), socket))

    @rule(leg=st.integers(0, MOST_CALLS), what=st.sampled_from(["speaks", "speaks", "hangs up"]))
    def somebody(self, leg: int, what: str) -> None:
        if leg < self.legs:
            self.happens(events.CallerSpoke(speak("yes please"), leg) if what == "speaks" else events.CallerHungUp({}, leg))

    @rule(leg=st.integers(0, MOST_CALLS))
    def the_application_drops(self, leg: int) -> None:
        if leg in self.open:
            self.open.discard(leg)
            self.everybody_listens = False
            self.unacked = [(socket, message) for socket, message in self.unacked if socket != leg]
            self.happens(events.AppClosed(1000, leg))

    # --- what always holds

    @invariant()
    def who_is_in_a_conference_is_in_one_and_up(self) -> None:
        for conference in self.server.conferences.values() if hasattr(self, "server") else []:
            members = [member.call.leg for member in conference.members]
            assert len(members) == len(set(members)), members
            for member in conference.members:
                assert member.call.member is member
                assert not member.call.over
            assert not any(waiting.call.over for waiting in conference.waiting)

    @invariant()
    def who_says_to_be_in_a_conference_is_there(self) -> None:
        for call in self.server.calls.values() if hasattr(self, "server") else []:
            assert call.member is None or call.member in call.member.conference.members

    @invariant()
    def bridges_are_between_two_who_are_up(self) -> None:
        for call in self.server.calls.values() if hasattr(self, "server") else []:
            if call.bridge is not None:
                other = call.bridge.other if call is call.bridge.one else call.bridge.one
                assert call.bridge.joined
                assert other.bridge is call.bridge
                assert not call.over
                assert not other.over

    @invariant()
    def who_is_in_line_is_up_and_in_order(self) -> None:
        for queue in self.server.queues.values() if hasattr(self, "server") else []:
            assert not any(place.call.over for place in queue.places)
            order = [(place.priority, place.since_s) for place in queue.places]
            assert order == sorted(order), order

    @invariant()
    def a_call_tells_of_a_conference_in_order_and_of_everything_once(self) -> None:
        """start? join leave end?, again and again; a call that starts one and never comes in has told of the start alone."""
        for told in self.told.values():
            for before, event in zip([None, *told], told, strict=False):
                if event == "leave":
                    assert before == "join", told
                elif event == "end":
                    assert before == "leave", told
                elif event == "join":
                    assert before in (None, "start", "leave", "end"), told
                else:
                    assert before in (None, "start", "leave", "end"), told

    @invariant()
    def no_call_ends_twice(self) -> None:
        assert all(times == 1 for times in self.over.values()), self.over

    def teardown(self) -> None:
        """Everybody hangs up: nobody is left in anything, and nothing is left to do."""
        if not hasattr(self, "server"):
            return
        for leg in range(self.legs):
            self.happens(events.CallerHungUp({}, leg))
        for _ in range(3):
            self.time_passes(6.0)
        assert set(self.over) == set(range(self.legs)), {leg: self.server.calls[leg].waits_for for leg in set(range(self.legs)) - set(self.over)}
        assert not any(conference.members or conference.waiting for conference in self.server.conferences.values())
        assert not any(queue.places for queue in self.server.queues.values())
        assert all(call.bridge is None and call.member is None and not call.playback.playing for call in self.server.calls.values())
        assert self.server.wake_at_s is None
        assert not self.server.owed


TestAnyGathering = AnyGathering.TestCase
TestAnyGathering.settings = settings(
    max_examples=300, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
