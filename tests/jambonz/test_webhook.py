"""Webhooks: what is asked over HTTP, and what counts as an answer (jambonz.md 1.5, 2.5, 5.5, 6.3, 6.5, 7.1)."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jambonz_sdk.webhook import verify_signature_middleware

from simulator.ids import EPOCH_S
from simulator.jambonz.events import (
    AbandonWebhook,
    AppClosed,
    AppConnected,
    AppSaid,
    AppUnreachable,
    CallerHungUp,
    CallerPressed,
    CloseApp,
    ConnectApp,
    ConnectModel,
    CreateCall,
    Invited,
    ModelClosed,
    ModelConnected,
    ModelSaid,
    PhoneAnswered,
    PhoneRefused,
    WebhookAnswered,
    WebhookFailed,
    WebhookResponds,
)
from simulator.jambonz.hook import Hook, hook_of
from simulator.jambonz.media import MediaServer
from simulator.jambonz.webhook_request import SECRET, environment_request, signature
from tests.jambonz.playbook import (
    ANSWER,
    HANGS_UP_MODEL,
    HANGUP,
    LLM,
    OVER,
    Answer,
    Ask,
    Breaks,
    Does,
    Playbook,
    Send,
    ToModel,
    ack,
    answer,
    command,
    pause,
    said,
)
from tests.jambonz.test_agent import AGENT, prompts, tool

URL = "http://app.test:3000/call"
GATHER = {"verb": "gather", "input": ["digits"], "numDigits": 1, "actionHook": "/digits"}
PLAIN: dict[str, Any] = {"call_sid": "call-sid", "direction": "inbound"}
CALL = {"type": "function_call", "name": "get_weather", "call_id": "call_1", "arguments": '{"placeName": "Oslo"}'}
OUTPUT = {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "call_1", "output": "{}"}}


def webhooks(url: str = URL, status_hook: str | None = None, **hook: Any) -> Playbook:
    """A call for an application that is asked over HTTP."""
    return Playbook(status_hook=status_hook, hook=Hook.parse(url, **hook))


@pytest.fixture
def book() -> Playbook:
    """One without a call status hook."""
    return webhooks()


def pressed(book: Playbook, *after: dict[str, Any], **gather: Any) -> Playbook:
    """The caller has answered a gather, whose hook is asked."""
    book.begins_over_http({**GATHER, **gather}, *after)
    return book >> CallerPressed("1")


def is_hung_up(book: Playbook) -> None:
    """By jambonz; the application is told nothing, for want of a status hook."""
    book << OVER
    assert [note["by"] for note in book.notes("call_ended")] == ["jambonz"]


def has_hung_up(book: Playbook) -> None:
    """The application, by the verb; it is told nothing either."""
    book << OVER
    assert [note["by"] for note in book.notes("call_ended")] == ["app"]


# --- the request


def test_a_new_call_is_one_post_with_the_data_of_session_new(book: Playbook) -> None:
    book >> Invited()
    book << Ask("session:new", URL, **PLAIN)
    (asked,) = book.asked
    body = json.loads(asked.body or "")
    assert body["sip"]["method"] == "INVITE"
    assert not {"type", "msgid", "data", "b3"} & set(body), "there is no envelope"
    assert set(asked.headers) == {"Jambonz-Signature", "user-agent", "Content-Type"}
    assert asked.headers["user-agent"] == "jambonz"
    assert asked.headers["Content-Type"] == "application/json"


def test_the_journal_shows_a_request_as_it_would_a_message(book: Playbook) -> None:
    pressed(book, HANGUP, actionHook={"url": "/digits"})
    message = book.asked[-1].message
    assert {name: message[name] for name in ("type", "webhook", "method", "url", "hook")} == {
        "type": "verb:hook",
        "webhook": 2,
        "method": "POST",
        "url": "http://app.test:3000/digits",
        "hook": "/digits",
    }
    assert message["data"]["digits"] == "1"


def test_keys_are_snake_cased_and_the_body_is_what_is_signed(book: Playbook) -> None:
    book.begins_over_http({"verb": "tag", "data": {"someKey": "Grüße"}}, ANSWER, GATHER)
    book.at(7.9) >> CallerPressed("1")
    asked = book.asked[-1]
    assert '"customerData":{"someKey":"Grüße"}' in (asked.body or "")
    assert asked.headers["Jambonz-Signature"].startswith(f"t={EPOCH_S + 7},v1=")
    assert verify_signature_middleware((asked.body or "").encode(), asked.headers["Jambonz-Signature"], SECRET, tolerance=0)


def test_an_action_hook_carries_a_trace_of_zeros_as_on_the_websocket(book: Playbook) -> None:
    pressed(book, HANGUP)
    assert book.asked[-1].headers["b3"] == f"{'0' * 32}-{'0' * 16}-1"


@pytest.mark.parametrize("secret", ["whsec", "ключ"])
@given(body=st.text(st.characters(exclude_categories=["Cs"])), unix_s=st.integers(0, 2**33))
def test_any_body_can_be_verified_with_the_official_sdk(secret: str, body: str, unix_s: int) -> None:
    assert verify_signature_middleware(body.encode(), signature(body, secret, unix_s), secret, tolerance=0)


def test_credentials_of_the_application_go_along_everywhere_and_those_of_a_hook_nowhere() -> None:
    book = webhooks(username="me", password="secret")
    elsewhere = {"url": "https://other.test/digits", "username": "you", "password": "other"}
    pressed(book, HANGUP, actionHook=elsewhere)
    book << Ask("verb:hook", "https://other.test/digits", digits="1")
    assert {asked.headers["Authorization"] for asked in book.asked} == {"Basic " + b64encode(b"me:secret").decode()}
    (dropped,) = book.notes("dropped")
    assert dropped["what"] == "username and password of the hook https://other.test/digits"


@pytest.mark.parametrize(("username", "password"), [("me", None), (None, "secret"), ("me", "")])
def test_half_of_the_credentials_is_none(username: str | None, password: str | None) -> None:
    book = webhooks(username=username, password=password)
    book >> Invited()
    assert "Authorization" not in book.asked[0].headers


def test_a_get_carries_no_parameters_and_a_signature_over_those_it_does_not_send() -> None:
    book = webhooks(method="GET")
    book >> Invited()
    book << Ask("session:new", URL, method="GET")
    (asked,) = book.asked
    assert asked.body is None
    assert asked.message["data"] == {}
    assert "Content-Type" not in asked.headers
    posted = webhooks()
    posted >> Invited()
    data = json.loads(posted.asked[0].body or "")
    del data["sip"]  # which belongs to POST alone (jambonz.md 2.3)
    assert asked.headers["Jambonz-Signature"] == signature(json.dumps(data, ensure_ascii=False, separators=(",", ":")), SECRET, EPOCH_S)


def test_the_method_of_a_hook_is_its_own_and_case_does_not_matter(book: Playbook) -> None:
    pressed(book, HANGUP, actionHook={"url": "/digits", "method": "get"})
    book << Ask("verb:hook", "http://app.test:3000/digits", method="GET")
    assert webhooks(method="GET").begins_over_http(GATHER) >> CallerPressed("1") << Ask("verb:hook", "http://app.test:3000/digits")


@pytest.mark.parametrize(
    ("hook", "url"),
    [
        ("/digits", "http://app.test:3000/digits"),
        ("/digits?a=1&b=%20", "http://app.test:3000/digits?a=1&b=%20"),
        ({"url": "/digits"}, "http://app.test:3000/digits"),
        ("http://app.test:3000/other", "http://app.test:3000/other"),
        ("https://other.test/digits#rc=2", "https://other.test/digits"),
    ],
    ids=str,
)
def test_hooks_are_relative_to_the_host_or_absolute(book: Playbook, hook: Any, url: str) -> None:
    pressed(book, HANGUP, actionHook=hook)
    book << Ask("verb:hook", url)


@pytest.mark.parametrize(
    ("hook", "why"),
    [
        ("digits", "Invalid URL: digits"),  # on a websocket it would do
        ("http://[digits", "Invalid URL: http://[digits"),
        ({"url": "/digits", "method": "PUT"}, "HttpRequestor:request method must be 'GET' or 'POST' not PUT"),
    ],
    ids=str,
)
def test_a_hook_that_cannot_be_asked_counts_as_not_answered(book: Playbook, hook: Any, why: str) -> None:
    pressed(book, HANGUP, actionHook=hook)
    has_hung_up(book)
    assert [note["why"] for note in book.notes("webhook_failed")] == [why]
    assert book.notes("unsent")[0]["data"]["details"] == why


# --- answers


@pytest.mark.parametrize("status", [200, 202])
def test_verbs_in_an_answer_replace_the_stack(book: Playbook, status: int) -> None:
    pressed(book, said("not any more"), pause(9))
    book.skip() >> answer([HANGUP], status)
    has_hung_up(book)
    assert not book.notes("said")


@pytest.mark.parametrize(
    "empty", [answer(), answer(status=204), answer([]), answer({}), answer(None), answer("OK", content_type="text/plain")], ids=lambda one: str(one)
)
def test_without_verbs_the_next_one_runs_and_the_call_ends_when_there_is_none(book: Playbook, empty: Answer) -> None:
    pressed(book, pause(2))
    book.skip() >> empty
    book.at(1.9).is_silent()
    book.at(2.0)
    is_hung_up(book)
    assert not book.notes("dropped")
    assert not book.notes("idle")


def test_an_answer_that_is_no_list_is_dropped_and_that_is_said(book: Playbook) -> None:
    pressed(book, HANGUP).skip() >> answer({"verb": "say", "text": "Hello."})
    assert book.notes("dropped")[0]["why"] == "it is not a list of verbs"


def test_verbs_that_do_not_say_that_they_are_json_are_not_read(book: Playbook) -> None:
    pressed(book, HANGUP).skip() >> answer([said("Hello.")], content_type="text/html")
    has_hung_up(book)
    (dropped,) = book.notes("dropped")
    assert dropped["what"] == "the answer to verb:hook"
    assert "text/html" in dropped["why"]


FAILURES = [
    pytest.param(answer([HANGUP], 201), "unexpected HTTP status 201", id="201"),
    pytest.param(answer(status=302), "unexpected HTTP status 302", id="redirect"),
    pytest.param(answer(status=404), "unexpected HTTP status 404", id="404"),
    pytest.param(answer([HANGUP], 500), "unexpected HTTP status 500", id="500"),
    pytest.param(answer(body="{oops"), "'{oops' is not valid JSON", id="no JSON"),
    pytest.param(answer(body=""), "Unexpected end of JSON input", id="empty JSON"),
    pytest.param(answer(body="NaN"), "'NaN' is not valid JSON", id="NaN"),
    pytest.param(Breaks(), "connect ECONNREFUSED 127.0.0.1:3000", id="refused"),
    pytest.param(Breaks(None, "other side closed", {"code": "UND_ERR_SOCKET"}), "other side closed", id="closed"),
]


@pytest.mark.parametrize(("trouble", "why"), FAILURES)
def test_a_first_webhook_that_fails_costs_the_caller_a_480(book: Playbook, trouble: Answer | Breaks, why: str) -> None:
    book >> Invited()
    book.skip() >> trouble
    book << OVER
    assert book.notes("sip_response") == [{"status": 480, "x_reason": why}]
    assert [note["type"] for note in book.notes("webhook_failed")] == ["session:new"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"verb": "answer"}, "malformed jambonz payload: must be array"),
        (None, "malformed jambonz payload: must be array"),
        ([], "no application provided"),
        ([{"verb": "dance"}], "invalid instruction: dance"),
    ],
    ids=str,
)
def test_a_first_webhook_without_valid_verbs_as_well(book: Playbook, data: Any, reason: str) -> None:
    book >> Invited()
    book.skip() >> answer(data)
    book << OVER
    assert book.notes("sip_response") == [{"status": 480, "x_reason": reason}]


@pytest.mark.parametrize(("trouble", "why"), FAILURES)
def test_a_gather_goes_on_without_its_hook_and_jambonz_error_stays_unsent(book: Playbook, trouble: Answer | Breaks, why: str) -> None:
    pressed(book, pause(3)).skip() >> trouble
    (unsent,) = book.notes("unsent")
    assert unsent["type"] == "jambonz:error"
    assert unsent["data"] == {"msg": "invalid actionHook response", "details": why, "verb": "gather"}
    book.at(2.9).is_silent()
    book.at(3.0)
    is_hung_up(book)


@pytest.mark.parametrize(("trouble", "why"), FAILURES)
@pytest.mark.parametrize("verb", [{"verb": "redirect", "actionHook": "/next"}, LLM], ids=["redirect", "llm"])
def test_after_a_redirect_or_an_llm_a_hook_that_fails_ends_the_call(book: Playbook, trouble: Answer | Breaks, why: str, verb: dict[str, Any]) -> None:
    book.begins_over_http(ANSWER, verb, pause(99))
    if verb is LLM:
        book >> ModelConnected() >> ModelClosed(1011)
    book.skip() >> trouble
    assert book.notes("verb_failed") == [{"verb": verb["verb"], "why": why, "consequence": "the call is hung up"}]
    assert book.call.over


def test_verbs_that_are_not_valid_are_the_same_as_no_answer(book: Playbook) -> None:
    book.begins_over_http(ANSWER, {"verb": "redirect", "actionHook": "/next"}, pause(99)).skip() >> answer([{"verb": "dance"}])
    is_hung_up(book)
    assert book.notes("refused_verbs")[0]["text"] == "invalid instruction: dance"


# --- time


def test_the_headers_of_an_answer_may_take_ten_seconds(book: Playbook) -> None:
    book >> Invited()
    assert list(book.server.owed) == [f"the app owes an answer to session:new (POST {URL}, request 1)"]
    book.skip().at(9.99).is_silent()
    book.at(10.0) << Does(AbandonWebhook(1)) << OVER
    assert book.notes("sip_response") == [{"status": 480, "x_reason": "Headers Timeout Error"}]
    assert not book.server.owed


def test_once_they_are_there_the_body_may_take_longer(book: Playbook) -> None:
    book >> Invited()
    book.skip().at(9.0) >> WebhookResponds(1)
    book.at(60.0).is_silent()
    book >> answer([ANSWER, HANGUP])
    has_hung_up(book)


def test_an_answer_that_comes_too_late_is_not_heard(book: Playbook) -> None:
    book >> Invited()
    book.skip().at(10.0).skip()
    book >> WebhookResponds(1) >> WebhookAnswered(1, 200, "application/json", json.dumps([HANGUP])) >> WebhookFailed(1, "ct", "late")
    book.is_silent()


# --- trying again


def attempts(url: str, *troubles: Answer | Breaks | None) -> list[float]:
    """At what times a first webhook is asked, when these things happen to it; None lets its time run out."""
    book = webhooks(url)
    book >> Invited()
    times = [book.now_s]
    for trouble in troubles:
        if trouble is None:
            book.at(book.now_s + 10.0)
        else:
            book >> trouble
        before = len(book.asked)
        while len(book.asked) == before and (due_s := book.server.wake_at_s) is not None:
            book.at(due_s)
        if len(book.asked) == before:
            break
        times.append(book.now_s)
    return times


BAD = answer(status=500)


@pytest.mark.parametrize(
    ("parameters", "troubles", "times"),
    [
        ("", [Breaks(), Breaks()], [0]),
        ("#rc=0", [Breaks(), Breaks()], [0]),
        ("#rc=2", [Breaks(), Breaks(), Breaks()], [0, 0.5, 1.5]),
        ("#rc=9&rp=all", [Breaks()] * 9, [0, 0.5, 1.5, 3.5, 7.5, 13.5]),
        ("#rc=-1", [Breaks(), Breaks()], [0, 0.5]),
        ("#rc=many", [Breaks(), Breaks()], [0]),
        ("#rc=3&rp=5xx", [BAD, BAD, answer(status=404)], [0, 0.5, 1.5]),
        ("#rc=3&rp=4xx,5xx", [BAD, answer(status=404), Breaks()], [0, 0.5, 1.5]),
        ("#rc=1", [BAD, BAD], [0]),
        ("#rc=2&rp=rt", [None, None], [0]),
        ("#rc=2&rp=all", [None, None, None], [0, 10.5, 21.5]),
        ("#rc=2&rp=all", [answer(body="no JSON"), answer(status=302)], [0, 0.5, 1.5]),
    ],
)
def test_how_often_a_webhook_is_tried_says_its_hash(parameters: str, troubles: list[Any], times: list[float]) -> None:
    assert attempts(URL + parameters, *troubles) == times


def test_what_is_tried_again_is_the_same_request_with_the_same_signature() -> None:
    book = webhooks(URL + "#rc=1&rp=5xx")
    book >> Invited() >> answer(status=503)
    book.at(0.5)
    first, second = book.asked
    assert (first.request, first.headers, first.body) == (second.request, second.headers, second.body)
    assert (first.message.get("attempt"), second.message["attempt"]) == (None, 2)
    book.skip() >> answer([ANSWER, HANGUP])
    has_hung_up(book)


def test_every_hook_has_a_policy_of_its_own() -> None:
    book = webhooks(URL + "#rc=5&rp=all")
    pressed(book, HANGUP, actionHook="/digits#rc=1").skip() >> BAD
    has_hung_up(book)
    book = webhooks()
    pressed(book, HANGUP, actionHook="/digits#rc=1&rp=5xx").skip() >> BAD
    book.at(0.5) << Ask("verb:hook", "http://app.test:3000/digits")


@given(st.text(), st.sampled_from(["http://app.test", "ws://app.test"]))
def test_any_hash_is_a_policy(fragment: str, url: str) -> None:
    hook = Hook.parse(f"{url}/a#{fragment}")
    assert hook.url == f"{url}/a"
    assert 0 <= hook.retries <= 5


@given(
    st.one_of(st.none(), st.text(), st.dictionaries(st.sampled_from(["url", "method", "username", "password"]), st.one_of(st.text(), st.integers())))
)
def test_any_hook_can_be_read(written: Any) -> None:
    hook = hook_of(written)
    assert hook.url.startswith(hook.origin)
    assert isinstance(hook.headers(), dict)


# --- call:status


def test_the_status_hook_is_posted_to_and_nobody_waits_for_its_answer() -> None:
    book = webhooks(status_hook="/status")
    book >> Invited() >> answer([ANSWER, pause(1)])
    status = "http://app.test:3000/status"
    book.to_come.popleft()
    book << Ask("call:status", status, call_status="trying") << Ask("call:status", status, call_status="in-progress")
    book.at(1.0) << Ask("call:status", status, call_status="completed", duration=1) << OVER
    assert book.server.asks_webhooks, "three answers are still to come"
    for _ in range(3):
        book >> answer(status=500)
    assert not book.server.asks_webhooks
    assert [note["awaited"] for note in book.notes("webhook_failed")] == [False] * 3


def test_without_a_status_hook_nobody_is_told(book: Playbook) -> None:
    book >> Invited() >> answer([ANSWER, HANGUP])
    assert [asked.message["type"] for asked in book.asked] == ["session:new"]


def test_a_status_hook_over_http_keeps_call_status_off_the_websocket() -> None:
    book = Playbook(status_hook="https://other.test/status")
    book >> Invited() >> AppConnected() >> ack([ANSWER, HANGUP])
    assert [message["type"] for message in book.sent] == ["session:new"]
    assert [(one.url, json.loads(one.body or "")["call_status"]) for one in book.asked] == [
        ("https://other.test/status", "trying"),
        ("https://other.test/status", "in-progress"),
        ("https://other.test/status", "completed"),
    ]
    assert not book.notes("not_simulated")


# --- what needs a websocket


def test_events_of_verbs_are_never_sent_and_that_is_said_once(book: Playbook) -> None:
    book.begins_over_http({"verb": "config", "notifyEvents": True}, ANSWER, pause(1), HANGUP)
    book.at(1.0)
    has_hung_up(book)
    assert [note["what"] for note in book.notes("dropped")] == ["every verb:status"]


@pytest.mark.parametrize(
    "verb", [{"verb": "say", "stream": True}, {"verb": "config", "ttsStream": {"enable": True}}], ids=lambda verb: str(verb["verb"])
)
def test_streaming_text_to_speech_ends_the_call(book: Playbook, verb: dict[str, Any]) -> None:
    book.begins_over_http(ANSWER, verb, pause(99))
    is_hung_up(book)
    assert "websocket" in book.notes("verb_failed")[0]["why"]


def test_a_failure_of_speech_synthesis_is_not_told() -> None:
    book = Playbook(status_hook=None, hook=Hook.parse(URL), media=MediaServer(tts_failure="quota"))
    book.begins_over_http(said("Hello."), HANGUP)
    has_hung_up(book)
    assert book.notes("unsent")[0]["data"]["msg"] == "TTS error"


# --- the llm verb


def converses(book: Playbook, llm: dict[str, Any] = LLM, *verbs: dict[str, Any]) -> Playbook:
    book.begins_over_http(llm, *verbs)
    assert isinstance(book.to_come.popleft(), ConnectModel)
    book >> ModelConnected()
    return book.skip()


def says(type_: str, **members: Any) -> ModelSaid:
    return ModelSaid({"type": type_} | members)


CALLS = says("response.output_item.done", item=CALL)


def test_every_event_is_a_request_and_the_next_one_does_not_wait(book: Playbook) -> None:
    converses(book)
    book >> says("response.created", someKey=1) >> says("response.done")
    event = "http://app.test:3000/event"
    book << Ask("llm:event", event, type="response.created", some_key=1) << Ask("llm:event", event, type="response.done")
    assert "b3" not in book.asked[-1].headers
    book >> answer(status=500) >> Breaks()
    book.is_silent()


def test_a_tool_call_is_asked_and_its_answer_is_the_output(book: Playbook) -> None:
    converses(book) >> CALLS
    book << Ask("llm:tool-call", "http://app.test:3000/tool", tool_call_id="call_1", name="get_weather", args={"placeName": "Oslo"})
    assert json.loads(book.asked[-1].body or "") == {"tool_call_id": "call_1", "name": "get_weather", "args": {"placeName": "Oslo"}}
    book.at(9.9).is_silent()
    book >> answer(OUTPUT)
    book << ToModel("conversation.item.create", {"item": OUTPUT["item"]})
    book << Ask("llm:event", None, type="response.output_item.done") << ToModel("response.create")
    book.is_silent()


def test_two_tool_calls_are_asked_at_once(book: Playbook) -> None:
    converses(book, {**LLM, "events": ["error"]}) >> CALLS >> says("response.output_item.done", item={**CALL, "call_id": "call_2"})
    book << Ask("llm:tool-call", None, tool_call_id="call_1") << Ask("llm:tool-call", None, tool_call_id="call_2")
    for _ in range(2):
        book >> answer(OUTPUT)
        book << ToModel("conversation.item.create") << ToModel("response.create")


@pytest.mark.parametrize("body", [{"temperature": 21}, {"type": "", "result": 1}, [1], []], ids=str)
def test_an_answer_that_is_no_client_event_is_dropped(book: Playbook, body: Any) -> None:
    converses(book, {**LLM, "events": ["error"]}) >> CALLS
    book.skip() >> answer(body)
    book.at(60.0).is_silent()
    (dropped,) = book.notes("dropped")
    assert dropped["what"] == "llm:tool-output"
    assert dropped["frame"] == ({**body, "type": "client_tool_result"} if isinstance(body, dict) else body)


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (answer(), {}),
        (answer(status=204), {}),
        (answer(body='{"a": 1}', content_type="text/plain"), {}),
        (answer(body="<html>"), {}),
        (answer("a text"), {}),
        (answer(21.4), {}),
        (answer(None), {}),
        (answer(status=500), {"status_code": 500}),
        (answer(OUTPUT, 201), {"status_code": 201}),
        (Breaks(), {"errno": -111, "code": "ECONNREFUSED", "syscall": "connect"}),
    ],
    ids=str,
)
def test_a_tool_hook_that_fails_ends_the_conversation(book: Playbook, trouble: Answer | Breaks, error: dict[str, Any]) -> None:
    converses(book, {**LLM, "events": ["response.output_item.done"]}, pause(5)) >> CALLS
    book.skip() >> trouble
    book << Ask("llm:event", None, type="response.output_item.done")
    book << Ask("verb:hook", "http://app.test:3000/final", completion_reason="client error calling function", error=error)
    book >> answer(type="verb:hook")
    book << HANGS_UP_MODEL


def test_a_tool_hook_that_takes_too_long_does_too(book: Playbook) -> None:
    converses(book, {**LLM, "events": ["error"]}) >> CALLS
    book.skip().at(10.0) << Does(AbandonWebhook(2))
    error = {"name": "HeadersTimeoutError", "code": "UND_ERR_HEADERS_TIMEOUT", "message": "Headers Timeout Error"}
    book << Ask("verb:hook", None, completion_reason="client error calling function", error=error)


def test_an_output_that_comes_after_the_caller_has_gone_reaches_nobody(book: Playbook) -> None:
    converses(book, {**LLM, "events": ["error"]}) >> CALLS >> CallerHungUp()
    book.skip() >> answer(OUTPUT, type="llm:tool-call")
    book.is_silent()
    assert book.notes("dropped")[0]["what"] == "llm:tool-output"
    book >> answer(type="verb:hook")
    book << OVER


def test_hooks_of_a_websocket_application_that_are_webhooks_leave_over_http() -> None:
    book = Playbook()
    elsewhere = {"url": "https://tools.test/call", "username": "me", "password": "secret"}
    book.converses({**LLM, "toolHook": elsewhere, "eventHook": "http://events.test/"}, HANGUP) >> CALLS
    book << Ask("llm:tool-call", "https://tools.test/call", tool_call_id="call_1")
    assert book.asked[-1].headers["Authorization"] == "Basic " + b64encode(b"me:secret").decode()
    book >> answer(OUTPUT)
    book << ToModel("conversation.item.create") << Ask("llm:event", "http://events.test/") << ToModel("response.create")
    assert "Authorization" not in book.asked[-1].headers
    book >> ModelClosed(1011)
    book << Send("verb:hook", "/final", completion_reason="disconnect from remote end")
    assert not book.notes("not_simulated")


def test_nothing_at_all_is_sent_once_a_websocket_application_has_closed_with_1000() -> None:
    book = Playbook()
    book.begins(ANSWER, {**GATHER, "actionHook": "https://other.test/digits"}) >> AppClosed(1000)
    book.skip() >> CallerPressed("1")
    assert not book.asked
    assert "verb:hook was not sent" in [note["what"] for note in book.notes("dropped")]


def talks(**changes: Any) -> Playbook:
    """An agent of profile 10 over HTTP, whose model calls a tool."""
    book = Playbook(status_hook=None, profile="10", hook=Hook.parse(URL)).begins_over_http(AGENT | changes)
    book >> ModelConnected() >> ModelSaid({"type": "reply", "text": "", "tool_calls": [tool("weather", city="Oslo")]})
    return book


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (answer({"result": 21}), '{"result": 21}'),
        (answer(), ""),
        (answer(status=500), '{"error": "unexpected HTTP status 500"}'),
    ],
    ids=str,
)
def test_an_agent_gets_the_output_of_its_tool_hook_as_text(given: Answer, told: str) -> None:
    book = talks()
    asked = next(one for one in book.asked if one.message["type"] == "agent:tool-call")
    assert json.loads(asked.body or "")["arguments"] == {"city": "Oslo"}
    book.skip() >> given
    (prompt,) = prompts(book)
    assert prompt[-1] == {"role": "tool", "tool_call_id": "c1", "content": told}


# --- redirects to another server


def test_a_websocket_hands_over_to_webhooks_and_stays_open_for_the_status() -> None:
    book = Playbook()
    book.begins(ANSWER, {"verb": "redirect", "actionHook": "https://other.test/next"})
    book << Ask("session:redirect", "https://other.test/next", call_status="in-progress")
    book >> answer([{**GATHER, "timeout": 1}])
    book.at(1.0) << Ask("verb:hook", "https://other.test/digits", reason="timeout")
    book >> answer()
    book << Send("call:status", call_status="completed") << Does(CloseApp(1000)) << OVER


def test_commands_on_the_websocket_are_not_listened_to_any_more() -> None:
    book = Playbook()
    book.begins(ANSWER, {"verb": "redirect", "actionHook": "https://other.test/next"}) >> answer([pause(9)])
    book.skip() >> command("redirect", [HANGUP])
    book.is_silent()
    assert "before the redirect" in book.notes("dropped")[0]["why"]


def test_live_call_control_to_a_webhook_closes_the_websocket_and_silences_the_status() -> None:
    book = Playbook()
    book.begins(ANSWER, pause(99)) >> command("redirect", {"call_hook": "https://other.test/next"})
    book << Does(CloseApp(1000)) << Ask("session:redirect", "https://other.test/next")
    assert book.notes("dropped")[0]["what"] == "every later call:status"
    book >> AppClosed(1000) >> answer([HANGUP])
    book << OVER


def test_without_an_answer_live_call_control_leaves_the_verbs_alone() -> None:
    book = Playbook()
    book.begins(ANSWER, pause(20), HANGUP) >> command("redirect", {"call_hook": {"url": "https://other.test/next", "method": "GET"}})
    book.to_come.popleft()
    book << Ask("session:redirect", "https://other.test/next", method="GET")
    book >> Breaks()
    book.at(19.9).is_silent()
    book.at(20.0) << OVER


def test_webhooks_hand_over_to_a_websocket_that_begins_with_session_new() -> None:
    book = webhooks(status_hook="/status")
    book.begins_over_http(ANSWER, {"verb": "redirect", "actionHook": "wss://other.test/call"})
    book << Does(ConnectApp("wss://other.test/call", {}, socket=2))
    book >> AppConnected(2)
    book << Send("session:new", None, call_status="in-progress", sip="absent")
    assert book.sent[-1]["call_sid"] == "call-sid"
    book >> app_says_on(2, type="ack", msgid=book.sent[-1]["msgid"], data=[pause(1)])
    book.at(1.0).is_silent()  # a websocket may wait for commands
    book >> app_says_on(2, type="command", command="redirect", data=[HANGUP])
    book << Ask("call:status", "http://app.test:3000/status", call_status="completed")
    book << Does(CloseApp(1000, socket=2)) << OVER


def app_says_on(socket: int, **members: Any) -> AppSaid:
    return AppSaid(json.dumps(members), socket)


def test_a_websocket_that_does_not_answer_ends_the_call(book: Playbook) -> None:
    book.begins_over_http(ANSWER, {"verb": "redirect", "actionHook": "ws://other.test/call"}).skip()
    book >> AppUnreachable("5xx", "503 Service Unavailable", 1)
    is_hung_up(book)


@pytest.mark.parametrize(
    ("hook", "then"),
    [
        ("http://other.test/next", "http://other.test/digits"),
        ("http://app.test:3000/next", "http://app.test:3000/digits"),
        ("/next", URL[:-5] + "/digits"),
    ],
)
def test_a_redirect_to_another_host_changes_where_relative_hooks_are(hook: str, then: str) -> None:
    book = webhooks(username="me", password="secret")
    book.begins_over_http(ANSWER, {"verb": "redirect", "actionHook": hook}) >> answer([{**GATHER, "timeout": 1}])
    book.skip().at(1.0) << Ask("verb:hook", then)
    assert ("Authorization" in book.asked[-1].headers) is ("other.test" not in hook)


def test_a_websocket_hook_of_a_webhook_application_is_left_out_and_that_is_said(book: Playbook) -> None:
    pressed(book, HANGUP, actionHook="wss://other.test/digits")
    has_hung_up(book)
    assert "wss://other.test/digits" in book.notes("not_simulated")[0]["what"]


# --- several calls


def test_each_call_asks_for_itself() -> None:
    book = webhooks(status_hook="/status")
    leg = book.server.new_leg()
    book >> Invited() >> Invited(leg, book.call.invite)
    assert [asked.leg for asked in book.asked] == [0, leg]
    book >> WebhookAnswered(2, 500)
    assert [note.leg for note in book.all_notes if note.kind == "sip_response"] == [leg]
    book >> WebhookAnswered(1, 200, "application/json", json.dumps([ANSWER, HANGUP]))
    assert book.call.answered_at_s == 0


@pytest.mark.parametrize("url", ["http://app.test/hook", "ws://app.test/hook"])
def test_the_portal_asks_for_environment_variables_over_http(url: str) -> None:
    assert environment_request(url) == ("OPTIONS", "http://app.test/hook")


def test_an_outbound_call_may_belong_to_webhooks() -> None:
    book = Playbook()
    leg = book.server.new_leg()
    where = {"call_hook": {"url": "https://other.test/call", "username": "me", "password": "secret"}, "call_status_hook": "https://other.test/status"}
    book >> CreateCall({"from": "+1555", "to": {"type": "phone", "number": "+1777"}, **where}, leg)
    book >> PhoneAnswered(leg)
    statuses = [json.loads(one.body or "")["call_status"] for one in book.asked if one.message["type"] == "call:status"]
    assert statuses == ["trying", "in-progress"]
    assert {one.url for one in book.asked if one.message["type"] == "call:status"} == {"https://other.test/status"}
    (new,) = [one for one in book.asked if one.message["type"] == "session:new"]
    assert (new.url, new.leg) == ("https://other.test/call", leg)
    assert "Authorization" in new.headers
    assert "sip" not in json.loads(new.body or "")
    book.skip() >> answer([HANGUP], type="session:new")
    assert book.server.calls[leg].over


def test_an_outbound_call_without_an_answer_to_its_webhook_ends() -> None:
    book = Playbook()
    leg = book.server.new_leg()
    book >> CreateCall({"from": "+1555", "to": {"type": "phone", "number": "+1777"}, "call_hook": "https://other.test/call"}, leg)
    book >> PhoneAnswered(leg) >> Breaks()
    assert book.server.calls[leg].over, "nobody could send it a command"
    assert [one.message["type"] for one in book.asked] == ["session:new"], "without a status hook nobody is told"


def test_a_dialled_leg_is_told_of_where_its_parent_is() -> None:
    book = webhooks(status_hook="/status")
    book.begins_over_http(ANSWER, {"verb": "dial", "target": [{"type": "phone", "number": "+1777"}], "actionHook": "/dialled"}, HANGUP)
    leg = max(book.server.calls)
    book.skip() >> PhoneRefused(486, "Busy Here", leg)
    status = "http://app.test:3000/status"
    told = [json.loads(one.body or "") for one in book.asked if one.url == status]
    assert [(one["direction"], one["call_status"]) for one in told][-2:] == [("outbound", "trying"), ("outbound", "busy")]
    assert "http://app.test:3000/dialled" in [one.url for one in book.asked]
