"""Who owes what at a moment of a call: what was asked and is not answered yet, the oldest first."""

from __future__ import annotations

from typing import Any

from simulator.journal import Journal
from simulator.scenario.debts import owed


class Call:
    """A journal that is written by hand, a second a frame."""

    def __init__(self) -> None:
        self.journal = Journal()

    def notes(self, link: str, source: str, kind: str, **frame: Any) -> Call:
        self.journal.note(link, source, kind, frame, at_s=float(len(self.journal.frames)))
        return self

    def jambonz(self, type_: str, msgid: str, **frame: Any) -> Call:
        return self.notes("app", "jambonz", type_, type=type_, msgid=msgid, **frame)

    @property
    def owed(self) -> list[str]:
        return [str(debt) for debt in owed(self.journal.frames, self.journal)]


def test_what_wants_an_ack_is_owed_until_it_is_acknowledged() -> None:
    call = Call().jambonz("session:new", "1").jambonz("verb:hook", "2", hook="/final")
    assert call.owed == [
        "the application owes an ack for session:new (msgid 1), since 0.000 s (#0)",
        "the application owes an ack for verb:hook /final (msgid 2), since 1.000 s (#1)",
    ]
    assert call.notes("app", "app", "ack", type="ack", msgid="1").owed == [
        "the application owes an ack for verb:hook /final (msgid 2), since 1.000 s (#1)",
    ]


def test_what_wants_no_ack_is_not_owed() -> None:
    assert Call().jambonz("call:status", "1").jambonz("llm:event", "2").owed == []


def test_when_patience_has_ended_nobody_waits_any_more() -> None:
    assert Call().jambonz("verb:hook", "1").notes("app", "jambonz", "ack_timeout", type="verb:hook", after_s=5.0).owed == []


def test_a_tool_is_owed_by_its_call_id_until_its_output_comes_or_the_model_is_gone() -> None:
    called = Call().jambonz("llm:tool-call", "1", data={"name": "weather", "tool_call_id": "call_1", "args": {}})
    assert called.owed == ["the application owes the output of weather (call_1), since 0.000 s (#0)"]
    item = {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}
    data = {"type": "conversation.item.create", "item": item}
    assert called.notes("app", "app", "command", type="command", command="llm:tool-output", tool_call_id="call_1", data=data).owed == []
    gone = Call().jambonz("llm:tool-call", "1", data={"name": "weather", "tool_call_id": "call_1", "args": {}})
    assert gone.notes("model", "model", "closed", code=1000).owed == []


def test_a_webhook_is_owed_until_it_is_answered() -> None:
    call = Call().notes("app", "jambonz", "session:new", webhook=1, url="http://app.test/")
    assert call.owed == ["the application owes an answer to session:new at http://app.test/, since 0.000 s (#0)"]
    assert call.notes("app", "app", "ack", webhook=1, status=200).owed == []


def test_a_response_is_owed_by_the_model_until_it_is_done() -> None:
    call = Call().notes("model", "model", "response.created", response={"id": "resp_1"})
    assert call.owed == ["the model owes the rest of response resp_1, since 0.000 s (#0)"]
    assert call.notes("model", "model", "response.done", response={"id": "resp_1"}).owed == []


def test_a_request_is_owed_by_a_stub_until_the_reply() -> None:
    call = Call().notes("world", "app", "request", number=1, method="GET", url="https://weather.example.com/")
    assert call.owed == ["a stub owes the reply to GET https://weather.example.com/, since 0.000 s (#0)"]
    assert call.notes("world", "world", "reply", number=1, status=200).owed == []
