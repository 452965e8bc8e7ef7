"""Every rule, asked of one journal that keeps it and of one that breaks it. A journal is written like a call: who, what, when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import SimulatorError
from simulator.journal import Journal
from simulator.rules import RULES, Finding, ask_all
from simulator.rules.registry import rule

KEY = "sk-simulated-0123456789"
CODES = tuple(f"J{number:03d}" for number in range(1, 27))
OUTPUT = {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "call_1", "output": "{}"}}


@dataclass
class Call:
    """A call, written down by hand; every line happens a tenth of a second after the one before."""

    journal: Journal = field(default_factory=Journal)
    now_s: float = 0.0

    def _note(self, link: str, source: str, kind: str, frame: dict[str, Any]) -> Call:
        self.journal.note(link, source, kind, frame, at_s=self.now_s)
        self.now_s += 0.1
        return self

    def later(self, seconds: float) -> Call:
        self.now_s += seconds
        return self

    def app(self, kind: str, **frame: Any) -> Call:
        return self._note("app", "app", kind, frame)

    def jambonz(self, kind: str, **frame: Any) -> Call:
        return self._note("app", "jambonz", kind, frame)

    def to_model(self, kind: str, **frame: Any) -> Call:
        return self._note("model", "jambonz", kind, {"type": kind, **frame})

    def model(self, kind: str, **frame: Any) -> Call:
        return self._note("model", "model", kind, frame)

    def media(self, kind: str, **frame: Any) -> Call:
        return self._note("media", "jambonz", kind, frame)

    def world(self, kind: str, **frame: Any) -> Call:
        return self._note("world", "app" if kind == "request" else "world", kind, frame)

    def refused(self, status: int) -> Call:
        note = {"request": "PUT /v1/Accounts/a/Calls/c", "status": status, "why": "the reason", "remedy": "the remedy"}
        return self._note("world", "jambonz", "api_refused", note)

    # --- what happens often

    def webhook_failed(self, type_: str, attempts: int = 1, awaited: bool = True) -> Call:
        return self.jambonz("webhook_failed", type=type_, webhook=1, url="http://app.test/", why="it is down", attempts=attempts, awaited=awaited)

    def answers_tool_call(self, data: Any) -> Call:
        return self.app("ack", webhook=1, to="llm:tool-call", tool_call_id="call_1", status=200, data=data)

    def tool_call(self, call_id: str = "call_1", name: str = "weather") -> Call:
        return self.jambonz("llm:tool-call", data={"tool_call_id": call_id, "name": name, "args": {}})

    def output(self, item: Any, type_: str = "conversation.item.create") -> Call:
        return self.app("command", command="llm:tool-output", tool_call_id="call_1", data={"type": type_, "item": item})

    def tool_output(self, call_id: Any = "call_1", output: Any = "23 degrees") -> Call:
        return self.output({"type": "function_call_output", "call_id": call_id, "output": output})

    def acks(self, *verbs: Any) -> Call:
        return self.app("ack", data=list(verbs))

    def found(self, code: str) -> list[str]:
        """What this rule says of the call."""
        return [finding.text for finding in ask_all(self.journal) if finding.code == code]


def llm(**more: Any) -> dict[str, Any]:
    return {"verb": "llm", "vendor": "openai", **more}


def ended() -> Call:
    return Call().jambonz("verb:hook", data={"completion_reason": "normal conversation end"})


def tokens(id_: str, text: str, again: str | None = None) -> Call:
    """A piece of text that is refused, and perhaps another that is taken."""
    call = Call().app("command", command="tts:tokens", data={"id": id_, "tokens": text})
    call.jambonz("tts:tokens-result", data={"id": id_, "status": "failed", "reason": "full"})
    if again is not None:
        call.app("command", command="tts:tokens", data={"id": "2", "tokens": again}).jambonz("tts:tokens-result", data={"id": "2", "status": "ok"})
    return call


BROKEN: dict[str, list[tuple[Call, str]]] = {
    "J001": [
        (Call().jambonz("ack_timeout", type="verb:hook", msgid="m1", after_s=5.0), "no ack for verb:hook within 5 s"),
        (Call().webhook_failed("verb:hook"), "no answer to verb:hook that counts from http://app.test/: it is down"),
        (Call().webhook_failed("session:new", attempts=3), "no answer to session:new that counts from http://app.test/: it is down (3 attempts)"),
    ],
    "J002": [
        (Call().tool_call().app("ack", webhook=1, to="llm:tool-call", status=204), "weather (call_1) was never answered"),
        (Call().tool_call(), "weather (call_1) was never answered"),
        (Call().tool_call().tool_output().tool_output(), "weather (call_1) was answered 2 times"),
        (Call().tool_call().later(11).jambonz("verb:hook", data={"completion_reason": "x"}), "weather (call_1) was never answered"),
        (Call().tool_call().tool_output(call_id={"an": "object"}), "weather (call_1) was never answered"),
    ],
    "J003": [
        (Call().tool_call().answers_tool_call({"temperature": 21}), 'the output\'s data is {"temperature": 21}'),
        (Call().tool_call().app("ack", webhook=1, to="llm:tool-call", status=204), "the output's data is null"),
        (Call().tool_call().answers_tool_call([1]), "the output's data is [1]"),
        (Call().tool_call().app("command", command="llm:tool-output", data="23"), 'the output\'s data is "23"'),
        (Call().tool_call().output({"type": "function_call_output"}, "response.create"), 'the output\'s data is {"type": "response.create"'),
        (Call().tool_call().tool_output(output={"t": 23}), 'item.output is {"t": 23}, not text'),
        (Call().tool_call().tool_output(output=None), "item.output is null, not text"),
        (Call().tool_call().tool_output(call_id="call_2"), "item.call_id 'call_2' belongs to no tool call"),
        (Call().tool_call().tool_output(call_id=["call_1"]), "item.call_id ['call_1'] belongs to no tool call"),
    ],
    "J004": [
        (
            Call().jambonz("refused_verbs", **{"in": "session:new", "path": "[0].say", "text": "unknown property", "remedy": "remove it"}),
            "session:new[0].say: unknown property (remove it)",
        ),
        (Call().jambonz("refused_verbs", **{"in": "redirect", "text": "no list"}), "redirect: no list"),
    ],
    "J005": [
        (
            Call().jambonz("dropped", what="ack", why="nobody waits for it", remedy="acknowledge once"),
            "ack: nobody waits for it; acknowledge once",
        ),
        (
            Call().media("call_ended").jambonz("dropped", what="verbs", why="w", remedy="r"),
            "verbs: w; r",
        ),
        (Call().jambonz("dropped", what="llm:update", why="w", remedy="r").media("call_ended"), "llm:update: w; r"),
        (Call().webhook_failed("call:status", awaited=False), "call:status to http://app.test/: it is down, and the server only logs it"),
    ],
    "J006": [
        (
            Call().jambonz("jambonz:error", data={"msg": "InvalidMessage", "details": "msgid not supplied", "content": "{}"}),
            'msgid not supplied: "{}"',
        ),
    ],
    "J007": [
        (Call().acks(llm(events=["conversation.itm.*"])), "'conversation.itm.*' matches no event; did you mean 'conversation.item"),
        (
            Call().acks({"llm": {"vendor": "openai", "events": ["sesion.created"]}}),
            "'sesion.created' matches no event; did you mean 'session.created'?",
        ),
        (Call().acks(llm(events=[])), "[] includes nothing, and so lets every event through"),
        (Call().acks(llm(events=["-error"])), "['-error'] includes nothing, and so lets every event through"),
        (Call().app("command", command="redirect", data=[llm(events=["bogus"])]), "'bogus' matches no event"),
        (Call().acks(llm(events=[{"an": "object"}])), "{'an': 'object'} matches no event"),
    ],
    "J008": [
        (Call().app("closed", code=1009), "the application sent a frame of more than 24576 bytes"),
        (Call().acks(llm(instructions="x" * 23_000)), "a frame of about 23067 bytes is close to the limit of 24576"),
        (Call().app("ack", text="\ud800" + "ü" * 11_900), "a frame of about 23815 bytes is close to the limit of 24576"),
    ],
    "J009": [
        (
            Call().world("unstubbed", number=1, request="GET https://a.example/", query={"q": "1", "r": "2"}, nearest="None."),
            "GET https://a.example/?q=1&r=2: None.",
        ),
        (Call().world("unstubbed", request="GET https://a.example/", nearest="None."), "GET https://a.example/: None."),
    ],
    "J010": [
        (Call().acks(llm(llmOptions={"session_update": {"instructions": f"use {KEY}"}})), "<secret:d70d15b26b> stands in ack on the app link"),
        (Call().acks({"verb": "say", "text": "hello", "apiKey": "hush"}), "<secret:dc8331bcb2> stands in ack on the app link"),
        (
            Call().to_model("session.update", session={"instructions": KEY}),
            "<secret:d70d15b26b> stands in session.update on the model link",
        ),
        (
            Call().world("request", method="GET", url="https://a.example/", query={"q": KEY}),
            "<secret:d70d15b26b> stands in request on the world link",
        ),
        (
            Call().world("request", method="POST", url="https://a.example/", body={"key": KEY}, headers={"authorization": "Bearer x"}),
            "<secret:d70d15b26b> stands in request on the world link",
        ),
    ],
    "J011": [
        (Call().app("closed", code=1000), "the application closed its socket with 1000 during the call"),
        (Call().app("closed", code=1006).jambonz("close", code=1000), "the application closed its socket with 1006 during the call"),
    ],
    "J012": [
        (
            Call().model("error", error={"type": "invalid_request_error", "code": "unknown_parameter", "message": "No.", "param": "session.foo"}),
            "unknown_parameter: No. (param session.foo)",
        ),
        (
            Call()
            .model("scripted", what="Trouble")
            .model("error", error={})
            .model("error", error={"type": "invalid_request_error", "code": "x", "message": "m"}),
            "x: m",
        ),
    ],
    "J013": [
        (Call().media("idle").later(3).media("call_ended"), "no verb was left, and for 3.1 s nothing happened"),
        (Call().media("idle").later(2.5).app("command", command="redirect"), "no verb was left, and for 2.6 s nothing happened"),
    ],
    "J014": [
        (
            Call().app("exception", type="KeyError", message="'x'", at="app/session.py:12 in on_hook"),
            "the application raised KeyError: 'x' at app/session.py:12 in on_hook",
        ),
        (Call().app("exception", type="KeyError", message="'x'"), "the application raised KeyError: 'x'"),
    ],
    "J015": [(Call().app("task_left", name="Session.watch"), "Session.watch still runs")],
    "J016": [(Call().jambonz("not_simulated", what="dial", instead="nobody is dialled"), "dial: nobody is dialled")],
    "J017": [
        (tokens("1", "Hello."), "tts:tokens 1 was refused (full) and never taken: 'Hello.'"),
        (tokens("1", "Hello.", again="Something else."), "tts:tokens 1 was refused (full) and never taken: 'Hello.'"),
    ],
    "J018": [
        (
            Call().jambonz("tokens_unspoken", characters=12, stream="closed"),
            "12 characters were never spoken: the stream was closed",
        )
    ],
    "J019": [
        (
            Call().jambonz("barge_in_untold", reason="speechDetected"),
            "the caller interrupted (speechDetected), and bargeIn has no actionHook",
        )
    ],
    "J020": [(Call().refused(status), f"PUT /v1/Accounts/a/Calls/c: {status}, the reason; the remedy") for status in (400, 401, 403, 413, 500)],
    "J021": [(Call().refused(status), f"PUT /v1/Accounts/a/Calls/c: {status}, the reason") for status in (404, 422)],
    "J022": [
        (
            Call().jambonz("defect", defect="rc_zero", did="dialled again", remedy="write rc=1"),
            "rc_zero: dialled again; write rc=1",
        ),
        (
            Call().jambonz("defect", defect="x", did="first", remedy="r").jambonz("defect", defect="x", did="second", remedy="r"),
            "x: first (and 1 more times); r",
        ),
    ],
    "J023": [
        (Call().jambonz("not_reached", reason="503 Service Unavailable", attempts=1), "no connection: 503 Service Unavailable (1 attempt)"),
        (Call().jambonz("undelivered", types=["verb:hook", "call:status"]), "never sent, for want of a connection: verb:hook, call:status"),
    ],
    "J024": [
        (
            Call().jambonz("verb_failed", verb="llm", why="abandoning msgid x since socket is closed", consequence="the call is hung up"),
            "verb llm: abandoning msgid x since socket is closed; the call is hung up",
        ),
        (Call().jambonz("hook_failed", what="amd", why="w", consequence="it is logged"), "amd: w; it is logged"),
    ],
    "J025": [
        (
            Call().jambonz("ignored", what="w", why="y", remedy="r").jambonz("ignored", what="w", why="y", remedy="r"),
            "w: y (and 1 more times); r",
        ),
    ],
    "J026": [
        (
            Call().jambonz("dropped", what="command mute", why="w", remedy="r", frame={"command": "mute"}),
            "command mute: as jambonz-python-sdk 0.4.0 does it (session.py:172); send mute:status yourself",
        ),
    ],
}

KEPT: dict[str, list[Call]] = {
    "J001": [Call().jambonz("verb:hook", data={}).app("ack", msgid="m1"), Call().webhook_failed("llm:event", awaited=False)],
    "J002": [
        Call().tool_call().answers_tool_call(OUTPUT),
        Call().jambonz("llm:tool-call", webhook=1, method="GET", data={}),
        Call().tool_call().tool_output(),
        Call().tool_call("call_1").tool_call("call_2").tool_output("call_2").tool_output("call_1"),
        Call().tool_call().later(5).jambonz("verb:hook", data={"completion_reason": "caller hung up"}),
        Call().tool_call().jambonz("verb:hook", data={"digits": "1"}).tool_output(),
    ],
    "J003": [
        Call().tool_call().answers_tool_call(OUTPUT),
        Call().tool_call().media("call_ended").app("ack", webhook=1, to="llm:tool-call", status=204),
        Call().tool_call().tool_output(),
        Call().tool_call().app("command", command="llm:update", data={}),
    ],
    "J004": [Call().acks({"verb": "answer"})],
    "J005": [
        Call().media("call_ended").jambonz("dropped", what="llm:tool-output", why="the call is over", remedy="-"),
        Call().jambonz("dropped", what="llm:tool-output", why="no conversation.item.create", remedy="-"),
    ],
    "J006": [Call().jambonz("jambonz:error", data={"msg": "AnotherError", "details": "", "content": ""})],
    "J007": [
        Call().acks(llm(events=["all"])),
        Call().acks(llm(events=["conversation.item.*", "session.created", "-response.audio.delta"])),
        Call().acks(llm(events=["response.output_audio.delta", "conversation.item.input_audio_transcription.delta"])),
        Call().acks(llm(), {"verb": "say", "events": ["bogus"]}, "say", 5, {}, {"verb": ["llm"]}),
        Call().acks(llm(events="all")),
    ],
    "J008": [
        Call().acks(llm(instructions="x" * 20_000)),
        Call().app("ack", webhook=1, data=[llm(instructions="x" * 23_500)]),
        Call().app("closed", code=1000),
        Call().jambonz("session:new", data="x" * 23_000),
    ],
    "J009": [Call().world("request", method="GET", url="https://a.example/", query={}).world("reply", status=200)],
    "J010": [
        Call().acks(llm(auth={"apiKey": KEY})),
        Call().acks({"llm": {"auth": {"apiKey": "hush"}}}),
        Call().to_model("connect", headers={"authorization": f"Bearer {KEY}"}),
        Call().world("request", method="GET", url="https://a.example/", headers={"authorization": f"Bearer {KEY}"}),
        Call().jambonz("session:new", data={"env_vars": {"OPENAI_API_KEY": KEY}}),
        Call().app("malformed", text=f'{{"auth": {{"apiKey": "{KEY}"'),
        Call().model("session.updated", session={"instructions": "no secret"}),
    ],
    "J011": [
        Call().jambonz("close", code=1000).app("closed", code=1000),
        Call().app("closed", code=1009),
    ],
    "J012": [
        Call().model("error", error={"type": "server_error", "code": "server_error", "message": "m"}),
        Call().model("error", error={"type": "invalid_request_error", "code": "invalid_api_key", "message": "m"}),
        Call().model("scripted", what="Trouble").model("error", error={"type": "invalid_request_error", "code": "x", "message": "m"}),
        Call().jambonz("llm:event", data={"type": "error", "error": {"type": "invalid_request_error"}}),
    ],
    "J013": [
        Call().media("idle").later(1.5).media("verb", verb="say"),
        Call().media("idle").media("call_ended").later(10).app("closed", code=1000),
    ],
    "J014": [Call().app("ack")],
    "J015": [Call().app("closed", code=1000)],
    "J016": [Call().acks({"verb": "dial"})],
    "J017": [tokens("1", "Hello.", again="Hello."), Call().app("command", command="tts:tokens", data="odd")],
    "J018": [Call().jambonz("tokens_unspoken", characters=12, stream="open")],
    "J019": [Call().jambonz("interrupted", verb="say")],
    "J020": [Call().refused(404), Call().refused(422)],
    "J021": [Call().refused(401)],
    "J022": [Call().jambonz("defects_off", names=["rc_zero"])],
    "J023": [Call().jambonz("unreachable", reason="connect ECONNREFUSED", attempt=1).app("open")],
    "J024": [
        Call().jambonz("verb_failed", verb="llm", why="timeout from far end for msgid x", consequence="c"),
        Call().jambonz("verb_failed", verb="conference", why="it has as many members as maxParticipants allows", consequence="c"),
        Call()
        .jambonz("webhook_failed", type="verb:hook", url="u", why="w", attempts=1, awaited=True)
        .jambonz("verb_failed", verb="llm", why="w", consequence="c"),
        Call().jambonz("refused_verbs", **{"in": "i", "text": "t"}).jambonz("hook_failed", what="amd", why="t", consequence="c"),
    ],
    "J025": [Call().app("ack", msgid="m")],
    "J026": [Call().app("command", command="redirect", data=[{"verb": "hangup"}])],
}


def each(examples: dict[str, list[Any]]) -> list[Any]:
    return [
        pytest.param(code, *(one if isinstance(one, tuple) else (one,)), id=f"{code}-{number}")
        for code, calls in examples.items()
        for number, one in enumerate(calls, 1)
    ]


@pytest.mark.parametrize(("code", "call", "text"), each(BROKEN))
def test_a_call_that_breaks_a_rule_is_told_so(code: str, call: Call, text: str) -> None:
    (said,) = call.found(code)
    assert said.startswith(text)


@pytest.mark.parametrize(("code", "call"), each(KEPT))
def test_a_call_that_keeps_a_rule_hears_nothing_of_it(code: str, call: Call) -> None:
    assert call.found(code) == []


@pytest.mark.parametrize(("code", "call", "text"), each(BROKEN))
def test_a_finding_points_at_a_frame_of_the_journal(code: str, call: Call, text: str) -> None:
    del text
    for finding in ask_all(call.journal):
        if finding.code == code:
            assert finding.frame is not None
            assert call.journal.frames[finding.frame.seq] is finding.frame


def test_every_rule_has_an_example_of_both() -> None:
    assert tuple(sorted(RULES)) == tuple(BROKEN) == tuple(KEPT) == CODES


@pytest.mark.parametrize("one", RULES.values(), ids=lambda one: one.code)
def test_a_rule_says_what_it_wants_and_why_and_what_to_do(one: Any) -> None:
    assert re.fullmatch(r"J\d{3}", one.code)
    for text in (one.title, one.why, one.remedy, one.source):
        assert text.strip() == text != ""
        assert "\n" not in text
        assert not text.endswith(".")
    assert one.severity == ("warning" if one.code in ("J016", "J017", "J018", "J021", "J022", "J025", "J026") else "error")
    assert one.ask.__doc__


def test_rules_have_titles_of_their_own() -> None:
    assert len({one.title for one in RULES.values()}) == len(RULES)


def test_a_code_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.rules.registry.RULES", dict(RULES))
    with pytest.raises(SimulatorError, match="two rules have the code 'J001'"):

        @rule("J001", "another", why="w", remedy="r", source="s")
        def another(_: Journal) -> Iterator[Any]:
            yield from ()


def test_findings_come_in_the_order_of_their_codes() -> None:
    call = Call().app("task_left", name="x").jambonz("ack_timeout", type="verb:hook", after_s=5.0).app("closed", code=1000)
    assert [finding.code for finding in ask_all(call.journal)] == ["J001", "J011", "J015"]


def test_an_empty_call_breaks_no_rule() -> None:
    assert ask_all(Journal()) == []


def test_a_finding_is_told_to_people_with_its_place_and_remedy() -> None:
    (finding,) = ask_all(Call().later(1.5).app("task_left", name="Session.watch").journal)
    assert finding.lines() == [
        "J015 a call that ends leaves no task behind: Session.watch still runs (#0 at 1.500 s)",
        "  remedy: cancel or await what a call has started when its socket closes",
    ]
    assert finding.json() == {
        "code": "J015",
        "severity": "error",
        "title": "a call that ends leaves no task behind",
        "text": "Session.watch still runs",
        "remedy": "cancel or await what a call has started when its socket closes",
        "seq": 0,
        "at_s": 1.5,
    }


def test_a_finding_without_a_frame_has_no_place() -> None:
    finding = Finding(RULES["J015"], "somewhere", None)
    assert finding.lines()[0] == "J015 a call that ends leaves no task behind: somewhere"
    assert "seq" not in finding.json()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(["type", "command", "data", "msgid", "item", "call_id", "output", "verb", "llm", "events", "auth", "tool_call_id"])
ODD = st.recursive(
    JSON | st.sampled_from(["llm:tool-output", "conversation.item.create", "function_call_output", "redirect", "llm", "openai"]),
    lambda inner: st.dictionaries(KEYS, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(st.tuples(st.sampled_from(["ack", "command", "malformed"]), st.dictionaries(KEYS, ODD, max_size=4)), max_size=4))
def test_whatever_an_application_sends_every_rule_can_be_asked(frames: list[tuple[str, dict[str, Any]]]) -> None:
    call = Call().tool_call()
    for kind, frame in frames:
        call._note("app", "app", kind, frame)
    for finding in ask_all(call.journal):
        assert finding.lines()
