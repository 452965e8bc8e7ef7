"""An application is not blamed for what a fault of the line has done, and it is blamed for what it has done itself beside a fault."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.journal import Journal
from simulator.rules import ask_all
from tests.rules.test_rules import OUTPUT
from tests.rules.test_rules import Call as PlainCall


class Call(PlainCall):
    """A call with faults: `what` has struck something on its `way` to or from the application."""

    def fault(self, what: str, way: str, type_: str, **more: Any) -> Call:
        self._note("app", "scenario", "fault", {"what": what, "step": "a.yaml:1:1", way: "app", "type": type_, **more})
        return self

    def delivered(self, type_: str, **ids: Any) -> Call:
        self._note("app", "scenario", "delivered", {"to": "app", "type": type_, **ids})
        return self

    def scenario_closed(self, code: int) -> Call:
        self._note("app", "scenario", "closed", {"code": code})
        return self

    def scenario_refuses(self) -> Call:
        self._note("app", "scenario", "refuse", {"reason": "connect ECONNREFUSED 127.0.0.1:3000", "class": "ct"})
        return self

    def hook(self) -> Call:
        self.jambonz("verb:hook", msgid="m1", data={})
        return self

    def timed_out(self) -> Call:
        """5 s after the message was sent, and then the call goes on for a while."""
        self.later(5.0 - self.now_s)
        self.jambonz("ack_timeout", msgid="m1", type="verb:hook", after_s=5.0)
        return self

    def wait(self, seconds: float) -> Call:
        self.later(seconds)
        return self

    def ends(self) -> Call:
        self.media("call_ended", status="completed", by="caller")
        return self


def codes(journal: Journal) -> list[str]:
    return [finding.code for finding in ask_all(journal)]


# --- acknowledgements


def test_an_ack_that_was_dropped_was_given() -> None:
    call = Call().hook().fault("drop", "from", "ack", msgid="m1").timed_out()
    assert "J001" not in codes(call.ends().journal)


@pytest.mark.parametrize("what", ["drop", "corrupt", "lost", "disconnect"])
def test_nobody_acknowledges_what_never_came(what: str) -> None:
    call = Call().hook().fault(what, "to", "verb:hook", msgid="m1").timed_out()
    assert "J001" not in codes(call.wait(60).ends().journal)


def test_a_message_that_stands_still_may_be_acknowledged_when_it_comes() -> None:
    call = Call().hook().fault("stall", "to", "verb:hook", msgid="m1").timed_out().wait(3).delivered("verb:hook", msgid="m1")
    assert "J001" not in codes(call.fault("stall", "from", "ack", msgid="m1").ends().journal)


def test_who_takes_too_long_is_blamed_however_slow_the_line_was() -> None:
    call = Call().hook().fault("latency", "to", "verb:hook", msgid="m1", by_s=0.3).wait(0.2).delivered("verb:hook", msgid="m1").timed_out()
    call.wait(3).fault("latency", "from", "ack", msgid="m1", by_s=0.3)
    assert "J001" in codes(call.ends().journal)


def test_who_never_acknowledges_is_blamed_however_slow_the_line_was() -> None:
    call = Call().hook().fault("latency", "to", "verb:hook", msgid="m1", by_s=0.3).wait(0.2).delivered("verb:hook", msgid="m1").timed_out()
    assert "J001" in codes(call.wait(10).ends().journal)


def test_a_fault_of_another_message_is_no_excuse() -> None:
    call = Call().hook().fault("drop", "from", "ack", msgid="m2").timed_out()
    assert "J001" in codes(call.wait(10).ends().journal)


def test_an_ack_that_came_too_late_or_twice_by_a_fault_is_not_held_against_anybody() -> None:
    def dropped(call: Call) -> Journal:
        call.jambonz("dropped", what="ack", why="no message waits", remedy="once", frame={"type": "ack", "msgid": "m1"})
        return call.journal

    assert "J005" in codes(dropped(Call().hook()))
    assert "J005" not in codes(dropped(Call().hook().fault("duplicate", "from", "ack", msgid="m1", copies=1)))


# --- tools


def told(call: Call, times: int = 1) -> Call:
    for _ in range(times):
        call.app("command", command="llm:tool-output", tool_call_id="call_1", data=OUTPUT)
    return call


def test_an_output_that_got_lost_was_given() -> None:
    call = Call()
    call.tool_call()
    call.fault("drop", "from", "command", tool_call_id="call_1").wait(30)
    assert "J002" not in codes(call.ends().journal)


def test_a_call_of_a_tool_that_never_came_needs_no_output() -> None:
    call = Call()
    call.tool_call()
    assert "J002" not in codes(call.fault("drop", "to", "llm:tool-call", tool_call_id="call_1").wait(30).ends().journal)


def test_a_call_of_a_tool_that_came_late_does_need_one() -> None:
    call = Call()
    call.tool_call()
    call.fault("latency", "to", "llm:tool-call", tool_call_id="call_1", by_s=0.3).delivered("llm:tool-call", tool_call_id="call_1")
    assert "J002" in codes(call.wait(30).ends().journal)


def test_an_output_that_a_fault_has_doubled_was_given_once() -> None:
    def outputs(times: int, copies: int) -> list[str]:
        call = Call()
        call.tool_call()
        if copies:
            call.fault("duplicate", "from", "command", tool_call_id="call_1", copies=copies)
        return codes(told(call, times).journal)

    assert "J002" not in outputs(times=2, copies=1)
    assert "J002" in outputs(times=2, copies=0)
    assert "J002" in outputs(times=3, copies=1)


# --- frames and connections


def test_a_frame_that_a_fault_has_broken_was_well_formed() -> None:
    def malformed(call: Call) -> Journal:
        call.app("malformed", text='{"type": ', bytes=9)
        call.jambonz("jambonz:error", data={"msg": "InvalidMessage", "details": "Unexpected end of JSON input", "content": '{"type": '})
        return call.journal

    assert "J006" in codes(malformed(Call()))
    assert "J006" not in codes(malformed(Call().fault("corrupt", "from", "ack", breaks="json", msgid="m1")))


def test_another_frame_beside_it_is_the_applications_own() -> None:
    call = Call().fault("corrupt", "from", "ack", breaks="json", msgid="m1")
    for text in ('{"type": ', "nonsense"):
        call.app("malformed", text=text, bytes=9)
        call.jambonz("jambonz:error", data={"msg": "InvalidMessage", "details": "Unexpected token", "content": text})
    findings = [finding.text for finding in ask_all(call.journal) if finding.code == "J006"]
    assert findings == ['Unexpected token: "nonsense"']


def test_a_line_that_was_cut_was_not_closed_by_the_application() -> None:
    assert "J011" not in codes(Call().scenario_closed(1006).journal)
    call = Call()
    call.app("closed", code=1006)
    assert "J011" in codes(call.journal)


@pytest.mark.parametrize(("breaks", "code", "blamed"), [("utf8", 1007, False), ("protocol", 1002, False), ("json", 1007, True), ("utf8", 1000, True)])
def test_who_closes_on_what_cannot_be_read_is_right(breaks: str, code: int, blamed: bool) -> None:
    call = Call().fault("corrupt", "to", "verb:hook", breaks=breaks, msgid="m1")
    call.app("closed", code=code)
    assert ("J011" in codes(call.journal)) is blamed


def test_a_hook_that_was_open_when_a_fault_cut_the_line_failed_by_the_fault() -> None:
    def failed(call: Call) -> Journal:
        call.jambonz("hook_failed", what="hook", why="abandoning msgid m1 since socket is closed", consequence="it is only logged")
        return call.journal

    assert "J024" not in codes(failed(Call().scenario_closed(1006)))
    call = Call()
    call.app("closed", code=1006)
    assert "J024" in codes(failed(call))


def test_who_is_refused_by_a_fault_could_be_reached() -> None:
    def unreached(call: Call) -> Journal:
        call.jambonz("not_reached", reason="connect ECONNREFUSED", attempts=6)
        return call.journal

    assert "J023" not in codes(unreached(Call().scenario_refuses()))
    call = Call()
    call.app("refuse", reason="connect ECONNREFUSED")
    assert "J023" in codes(unreached(call))


def test_a_silence_after_something_was_lost_is_nobodys_mistake() -> None:
    def idle(call: Call) -> Journal:
        call.media("idle")
        return call.wait(5).ends().journal

    assert "J013" in codes(idle(Call()))
    assert "J013" not in codes(idle(Call().fault("drop", "from", "command")))
    assert "J013" in codes(idle(Call().fault("latency", "from", "command", by_s=0.3)))


def test_what_the_model_refuses_was_not_said_where_a_fault_has_doubled_it() -> None:
    def refused(call: Call) -> Journal:
        call.model("error", error={"type": "invalid_request_error", "code": "conversation_already_has_active_response", "message": "no"})
        return call.journal

    assert "J012" in codes(refused(Call()))
    assert "J012" in codes(refused(Call().fault("latency", "from", "command", by_s=0.3)))
    assert "J012" not in codes(refused(Call().fault("duplicate", "from", "command", copies=1)))


# --- webhooks


def webhook(call: Call, why: str = "Headers Timeout Error", awaited: bool = True) -> Journal:
    call.wait(10)
    call.jambonz("webhook_failed", type="verb:hook", webhook=1, url="http://app.test/", why=why, attempts=1, awaited=awaited)
    return call.journal


@pytest.mark.parametrize(("awaited", "code"), [(True, "J001"), (False, "J005")])
def test_a_request_that_failed_by_a_fault_is_not_held_against_the_application(awaited: bool, code: str) -> None:
    assert code in codes(webhook(Call(), awaited=awaited))
    for way, what in (("to", "drop"), ("to", "refuse"), ("from", "drop"), ("from", "corrupt")):
        assert code not in codes(webhook(Call().fault(what, way, "verb:hook", webhook=1), awaited=awaited)), (way, what)


def test_a_bad_status_is_the_applications_own_however_slow_the_line_was() -> None:
    call = Call().fault("latency", "to", "verb:hook", webhook=1, by_s=0.3).delivered("verb:hook", webhook=1)
    call.app("answer", webhook=1, to="verb:hook", status=500)
    assert "J001" in codes(webhook(call, "unexpected HTTP status 500"))
