"""Any client, any mind, any trouble at any instant: the invariants of openai-realtime.md 13.1 hold after every step.

2,000 conversations of up to 15 steps in CI, 150 at a desk. Many short ones find more than few long ones: what breaks an invariant
is three or four events that meet, and a short example is a short report.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simulator.vendors.openai.events import (
    Answer,
    Answered,
    CallMcp,
    CallTool,
    ClientBinary,
    ClientClosed,
    ClientEvent,
    ClientText,
    Dialect,
    Disconnect,
    Emit,
    Expire,
    Fail,
    Json,
    Mishear,
    Say,
    ServerHappening,
    Stall,
    Trouble,
)
from simulator.vendors.openai.forms import TYPES, Kind
from tests.vendors.openai.client_events import RUBBISH, SOUNDS, SPOILS, Spoil, spoiled, valid
from tests.vendors.openai.model_dialogue import Dialogue
from tests.vendors.openai.typed import validate
from tests.vendors.openai.witness import Witness

EXAMPLES = 2_000 if os.environ.get("CI") else 150
STEPS = 15
FAILS = st.sampled_from([None, None, Fail("rate_limit_exceeded"), Fail("server_error"), Fail("max_output_tokens"), Fail("insufficient_quota")])
ITEMS = st.sampled_from(
    [
        Say("Hello"),
        Say("Good evening, how may I help you tonight?"),
        Say("Yes", text_only=True),
        Say(""),
        CallTool("f", '{"a": "b c"}', call_id="call_1"),
        CallTool("g", "{}"),
        CallMcp("docs", "search", '{"q": 1}', output="found"),
        CallMcp("docs", "search", "{}", error={"type": "tool_execution_error", "message": "no"}),
        CallMcp("docs", "search", "{}", asks=True),
    ]
)
ANSWERS = st.builds(Answer, st.lists(ITEMS, max_size=3).map(tuple), FAILS, st.sampled_from([0.0, 0.0, 0.5]))
TIMES = st.sampled_from([0.006, 0.02, 0.05, 0.2, 0.3]) | st.floats(0.2, 1.2) | st.floats(0.0, 8.0)
FRAMES = st.sampled_from(["{", "[1]", "null", '{"type": 5}', "{}", '{"type": "nope"}', '{"type": "response.create", "x": NaN}', ""])
NEVER_HEARD_OF = "a response nobody asked for"


class Connection(RuleBasedStateMachine):
    """One connection, from the upgrade to its end."""

    @initialize(
        dialect=st.sampled_from(["ga", "ga", "beta"]),
        kind=st.sampled_from(["realtime", "realtime", "realtime", "transcription"]),
        pace=st.sampled_from([0.0, 4.0]),
        at_once=st.booleans(),
        reads_greeting=st.booleans(),
    )
    def connect(self, dialect: Dialect, kind: Kind, pace: float, at_once: bool, reads_greeting: bool) -> None:
        hasty: Json = {"created_after_s": 0, "first_item_s": 0, "first_audio_s": 0, "done_after_s": 0, "token_s": 0} if at_once else {}
        self.kind = kind
        self.talk = Dialogue(dialect, speed_factor=pace, session_limit_s=60.0, chunks_ms=(100, 500), mcp={"gone": None}, **hasty)
        self.witness = Witness(dialect)
        self.stalled_until_s = 0.0
        self.seen = 0
        self.agreed = True
        self.talk.connect({"intent": "transcription"} if kind == "transcription" else None)
        if reads_greeting:
            self.lets_time_pass(0.01)

    # --- what happens --------------------------------------------------------------------------------------------------------

    @rule(seconds=TIMES)
    def lets_time_pass(self, seconds: float) -> None:
        self.talk.run(seconds)
        self.look()

    @rule(sound=st.sampled_from(sorted(SOUNDS)), then=st.sampled_from(["", "", "commit", "clear"]), then_s=st.sampled_from([0.0, 0.3]))
    def hears(self, sound: str, then: str, then_s: float) -> None:
        self.tell(ClientEvent({"type": "input_audio_buffer.append", "audio": SOUNDS[sound]}))
        if then:
            self.say({"type": f"input_audio_buffer.{then}"})
        self.lets_time_pass(then_s)

    @rule(name=st.integers(0, 12), choice=st.integers(0, 50), ref=st.integers(0, 9), named=st.booleans())
    def client_says(self, name: int, choice: int, ref: int, named: bool) -> None:
        self.says_what_is_valid(self.an_event(name, choice, ref) | ({"event_id": f"mine_{choice}"} if named else {}))

    @rule(acts=st.lists(st.tuples(st.sampled_from(["create", "delete", "retrieve", "truncate"]), st.integers(0, 3)), min_size=2, max_size=5))
    def client_tends_items(self, acts: list[tuple[str, int]]) -> None:
        for act, ref in acts:
            known = [*self.witness.announced, "item_of_nobody"]
            item = {"id": "abcd"[ref], "type": "message", "role": "user", "content": []}
            truncated = {"content_index": 0, "audio_end_ms": 100 * ref} if act == "truncate" else {}
            members = {"item": item} if act == "create" else {"item_id": known[ref % len(known)]} | truncated
            self.says_what_is_valid({"type": f"conversation.item.{act}"} | members)

    @rule()
    def client_asks_for_a_response(self) -> None:
        active = self.witness.active
        listens = self.listens()
        error = self.say({"type": "response.create"})
        if listens and self.kind == "realtime":
            assert (error["code"] if error else None) == ("conversation_already_has_active_response" if active else None)
            assert active is None or active in error["message"]

    @rule(name=st.integers(0, 12), choice=st.integers(0, 50), how=st.sampled_from(SPOILS), place=st.integers(0, 30), rubbish=RUBBISH)
    def client_errs(self, name: int, choice: int, how: Spoil, place: int, rubbish: Any) -> None:
        event, expected = spoiled(self.an_event(name, choice, 0), how, place, rubbish)
        listens = self.listens()
        error = self.say(event)
        if expected is not None and listens:
            assert error is not None
            assert (error["code"], error["param"]) == expected

    @rule(event=st.dictionaries(st.sampled_from(["type", "event_id", "session", "item", "audio", "response", "item_id"]), RUBBISH, max_size=4))
    def client_talks_rubbish(self, event: Json) -> None:
        listens = self.listens()
        assert self.say(event) is not None or not listens

    @rule(text=FRAMES, binary=st.booleans())
    def client_sends_no_event(self, text: str, binary: bool) -> None:
        listens = self.listens()
        came = self.tell(ClientBinary() if binary else ClientText(text))
        assert [effect.event["type"] for effect in came if isinstance(effect, Emit)] == (["error"] if listens else [])

    @precondition(lambda self: self.talk.open_requests)
    @rule(which=st.integers(0, 3), answer=ANSWERS)
    def mind_answers(self, which: int, answer: Answer) -> None:
        requests = self.talk.open_requests
        response_id = requests.pop(which % len(requests))
        self.witness.owed.discard(response_id)
        self.tell(Answered(response_id, answer))

    @rule(answer=ANSWERS, after_s=st.floats(0.2, 1.2), how=st.sampled_from(["cancel", "words", "turn"]))
    def answer_is_interrupted(self, answer: Answer, after_s: float, how: str) -> None:
        self.client_asks_for_a_response()
        if self.talk.open_requests:
            self.mind_answers(-1, answer)
        self.lets_time_pass(after_s)
        if how == "cancel":
            self.say({"type": "response.cancel"})
        else:
            self.hears(how, "", 0.0)

    @rule(which=st.integers(0, 9), answer=ANSWERS)
    def mind_answers_too_late(self, which: int, answer: Answer) -> None:
        late = [response_id for response_id in self.witness.asked if response_id not in self.witness.owed] or [NEVER_HEARD_OF]
        assert self.tell(Answered(late[which % len(late)], answer)) == []

    @rule(trouble=st.sampled_from([Mishear("x"), Mishear(None), Stall(0.5), Trouble(None), Trouble("odd")]))
    def trouble_comes(self, trouble: ServerHappening) -> None:
        if isinstance(trouble, Stall):
            self.stalled_until_s = max(self.stalled_until_s, self.talk.now_s + trouble.duration_s)
        self.tell(trouble)

    @rule(end=st.sampled_from([Expire(), Disconnect(1011, "tested"), Disconnect(None), ClientClosed()]), really=st.integers(0, 4))
    def the_end_comes(self, end: ServerHappening, really: int) -> None:
        if really == 0:
            self.tell(end)
            assert isinstance(end, Expire) or self.talk.server.closed

    # --- after every step ----------------------------------------------------------------------------------------------------

    @invariant()
    def debts_are_those_the_client_can_see(self) -> None:
        owed = {debt.rpartition(" ")[2] for debt in self.talk.server.owed if debt.startswith("the scenario owes")}
        assert owed == self.witness.owed
        assert not self.talk.server.closed or not self.talk.server.owed

    @invariant()
    def it_is_never_woken_in_the_past(self) -> None:
        wake_at_s = self.talk.server.wake_at_s
        assert wake_at_s is None or wake_at_s >= self.talk.now_s - 1e-6

    @invariant()
    def a_transcription_session_never_responds(self) -> None:
        assert self.kind == "realtime" or not self.witness.asked

    def teardown(self) -> None:
        """Whoever is still owed an answer gets one, and all that is under way comes to its end."""
        if not self.agreed:
            return  # what was wrong first is what is reported
        self.lets_time_pass(1.0)
        while self.talk.open_requests:
            self.mind_answers(0, Answer((Say("So be it"),)))
            self.lets_time_pass(1.0)
        self.lets_time_pass(5.0)
        if not self.talk.server.closed:
            self.witness.settled()
        self.tell(ClientClosed())
        assert self.talk.server.wake_at_s is None
        assert self.talk.server.owed == {}

    # --- how it is told --------------------------------------------------------------------------------------------------------

    def an_event(self, name: int, choice: int, ref: int) -> Json:
        """A valid event about things there are, or were."""
        dialect, witness = self.talk.dialect, self.witness
        names = [each for each in TYPES[dialect] if fits(each, dialect, self.kind) and (each != "session.close" or choice == 50)]
        known = [*witness.announced, *witness.places, "item_of_nobody"]
        calls = [event["call_id"] for event in self.talk.events if event["type"].endswith("call_arguments.done") and "call_id" in event] or ["call_x"]
        asked = [*witness.asked] or [None]
        return valid(
            names[name % len(names)], dialect, self.kind, choice, known[ref % len(known)], calls[ref % len(calls)], asked[-1 - ref % len(asked)]
        )

    def says_what_is_valid(self, event: Json) -> None:
        expected = self.expected(event) if self.listens() else None
        error = self.say(event)
        if expected is not None:
            assert (error["code"] if error else None) in expected, f"{event} was answered with {error}"

    def expected(self, event: Json) -> tuple[str | None, ...] | None:
        """What must become of a valid event, where it follows from what the client has seen: the codes of its error, None for none."""
        witness = self.witness
        match event:
            case {"type": "conversation.item.retrieve" | "conversation.item.delete" as name, "item_id": item_id}:
                return (None,) if item_id in witness.order else (f"item_{name.rpartition('.')[2]}_invalid_item_id",)
            case {"type": "conversation.item.truncate", "item_id": item_id} if item_id not in witness.order:
                return ("item_truncate_invalid_item_id",)
            case {"type": "response.cancel", "response_id": str(response_id)}:
                return (None,) if response_id in witness.under_way else ("response_cancel_not_active",)
            case {"type": "response.cancel"}:
                return (None,) if witness.active else ("response_cancel_not_active",)
            case {"type": "conversation.item.create", "item": {"id": item_id}} if item_id in witness.order:
                return ("item_create_duplicate_item_id",)
            case {"type": "session.update" | "transcription_session.update"}:
                return (None, "cannot_update_voice", "invalid_value")
            case {"type": "input_audio_buffer.clear"}:
                return (None,)
        return None

    def listens(self) -> bool:
        """Whether an event is answered in this instant: greeted, not closed, not stalled."""
        return self.witness.session is not None and not self.talk.server.closed and self.stalled_until_s == 0.0

    def say(self, event: Json) -> Json | None:
        """A client event; answers the error, which then is all that came of it, and has changed nothing."""
        session, listens = self.witness.session, self.listens()
        came = [effect.event for effect in self.tell(ClientEvent(event)) if isinstance(effect, Emit)]
        errors = [each["error"] for each in came if each["type"] == "error"]
        if event.get("type") == "input_audio_buffer.append" and all(error["code"] == "conversation_already_has_active_response" for error in errors):
            return None  # of turns that ended in it
        if not errors:
            return None
        assert len(came) == 1, "every rejected event gives exactly one error"
        given = event.get("event_id")
        assert errors[0]["event_id"] == (given if isinstance(given, str) else None)
        if listens and str(event.get("type")).endswith("session.update"):
            self.tell(ClientEvent({"type": update_of(self.talk.dialect, self.kind), "session": no_change(self.talk.dialect, self.kind)}))
            assert self.witness.session == session, "9: a rejected update leaves the session unchanged"
        error: Json = errors[0]
        return error

    def tell(self, happening: ServerHappening) -> list[Any]:
        before = len(self.talk.effects)
        self.talk.tell(happening)
        self.look()
        return self.talk.effects[before:]

    def look(self) -> None:
        """Let the witness see what came, and the openai package read it."""
        came, self.seen = self.talk.effects[self.seen :], len(self.talk.effects)
        self.agreed = False
        for effect in came:
            self.witness.see(effect)
            if isinstance(effect, Emit):
                validate(self.talk.dialect, effect.event)
        self.agreed = True
        if self.stalled_until_s <= self.talk.now_s:
            self.stalled_until_s = 0.0


def fits(name: str, dialect: Dialect, kind: Kind) -> bool:
    """Beta has an update for each kind of session."""
    return name != {"realtime": "transcription_session.update", "transcription": "session.update"}[kind] or dialect == "ga"


def update_of(dialect: Dialect, kind: Kind) -> str:
    return "transcription_session.update" if (dialect, kind) == ("beta", "transcription") else "session.update"


def no_change(dialect: Dialect, kind: Kind) -> Json:
    return {"type": kind} if dialect == "ga" else {}


TestConnection = Connection.TestCase
TestConnection.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, report_multiple_bugs=False, suppress_health_check=list(HealthCheck)
)
