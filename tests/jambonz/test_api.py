"""The REST API (jambonz.md 7.3), request by request: who may ask, what a body may say, and what becomes of the call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.jambonz.account import KEY, SID, Account
from simulator.jambonz.events import ApiAnswered, ApiAsked, AudioFetched, CallerHungUp, PhoneAnswered, PhoneRang, PhoneRefused
from simulator.jambonz.far_end import FarEnd
from simulator.jambonz.update import ONE_OF
from tests.jambonz.playbook import ANSWER, HANGUP, LLM, Invites, Playbook, Send, ToModel, ack, cancels, close, command, over, pause, said, spoken

Json = dict[str, Any]

CALLS = f"/v1/Accounts/{SID}/Calls"
CALLER = "11111111-2222-4333-8444-555555555555"
NOBODY = "99999999-2222-4333-8444-555555555555"
TO: Json = {"type": "phone", "number": "+1777"}
BODY: Json = {"from": "+1555", "to": TO, "call_hook": "wss://other.test/app"}
BEARER = {"authorization": f"Bearer {KEY}"}
AS_JSON = {"content-type": "application/json"}
DIAL: Json = {"verb": "dial", "actionHook": "/dialled", "target": [TO]}


@pytest.fixture
def book() -> Playbook:
    """The sid of the call is one that the API takes for one."""
    book = Playbook()
    book.call.info = book.call.info.changed(call_sid=CALLER)
    return book


def ask(book: Playbook, method: str, path: str = CALLS, body: Any = None, headers: Json | None = None, query: Json | None = None) -> ApiAnswered:
    """The application asks the API; its answer, wherever it stands among what else happens."""
    text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    book >> ApiAsked(7, method, path, query or {}, {**AS_JSON, **(BEARER if headers is None else headers)}, text)
    (answer,) = [effect for effect in book.to_come if isinstance(effect, ApiAnswered)]
    book.to_come.remove(answer)
    assert answer.number == 7
    return answer


def change(book: Playbook, body: Any, sid: str = CALLER, method: str = "PUT") -> ApiAnswered:
    return ask(book, method, f"{CALLS}/{sid}", body)


def sid(book: Playbook, leg: int) -> str:
    return book.server.calls[leg].info.call_sid


def talks(book: Playbook, *verbs: Json) -> Playbook:
    """Caller and agent are connected."""
    book.begins(*(verbs or (DIAL, HANGUP))) >> PhoneAnswered(1)
    return book.skip()


# --- who may ask


@pytest.mark.parametrize(
    ("headers", "status", "challenge"),
    [
        ({}, 401, 'Bearer realm="Users"'),
        ({"authorization": "Bearer wrong"}, 401, 'Bearer realm="Users", error="invalid_token"'),
        ({"authorization": f"Basic {KEY}"}, 401, 'Bearer realm="Users"'),
        ({"authorization": KEY}, 400, None),
        ({"authorization": f"Bearer {KEY} x"}, 400, None),
    ],
)
def test_without_the_key_of_the_account_nobody_is_heard(book: Playbook, headers: Json, status: int, challenge: str | None) -> None:
    answer = ask(book, "POST", CALLS, BODY, headers)
    assert (answer.status, answer.text) == (status, {400: "Bad Request", 401: "Unauthorized"}[status])
    assert answer.headers.get("WWW-Authenticate") == challenge
    book.is_silent()
    (note,) = book.notes("api_refused")
    assert note["status"] == status
    assert "JAMBONZ_API_KEY" in note["remedy"]
    assert KEY not in json.dumps(note)


def test_the_key_may_stand_in_the_query_but_not_twice(book: Playbook) -> None:
    assert ask(book, "GET", CALLS, None, {}, {"access_token": KEY}).status == 200
    assert ask(book, "GET", CALLS, None, None, {"access_token": KEY}).status == 400


def test_another_account_is_forbidden(book: Playbook) -> None:
    answer = ask(book, "POST", f"/v1/Accounts/{NOBODY}/Calls", BODY)
    assert (answer.status, answer.body) == (403, {"msg": "insufficient permissions"})
    assert "JAMBONZ_ACCOUNT_SID" in book.notes("api_refused")[0]["remedy"]


@pytest.mark.parametrize("path", ["/v1/Accounts/mine/Calls", f"{CALLS}/count", f"{CALLS}/call-sid"])
def test_what_is_no_sid_is_a_bad_request(book: Playbook, path: str) -> None:
    answer = ask(book, "GET", path)
    assert (answer.status, answer.body) == (400, {"msg": "Bad request"})


@pytest.mark.parametrize(
    ("text", "said_so"),
    [
        ('{"from": }', 'Unexpected token \'}\', "{"from": }" is not valid JSON'),
        ('"hello"', 'Unexpected token \'"\', ""hello"" is not valid JSON'),
    ],
)
def test_a_body_that_is_no_json_is_refused_before_anybody_asks_for_the_key(book: Playbook, text: str, said_so: str) -> None:
    answer = ask(book, "POST", CALLS, text, {})
    assert (answer.status, answer.body) == (400, {"msg": said_so})


def test_a_body_that_does_not_say_that_it_is_json_is_not_read(book: Playbook) -> None:
    book >> ApiAsked(7, "POST", CALLS, {}, {**BEARER, "content-type": "text/plain"}, json.dumps(BODY))
    assert book.to_come.pop().body == {"msg": "missing from parameter"}


def test_a_body_may_be_large_but_not_huge(book: Playbook) -> None:
    assert ask(book, "POST", CALLS, {"from": "x" * 103_000}).status == 413
    assert ask(book, "POST", CALLS, {"from": "x" * 90_000}).status == 400


# --- what is no route


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("PATCH", CALLS), ("GET", "/v1/Nothing"), ("POST", f"/v1/Accounts/{SID}/CallCount")])
def test_what_is_no_route_is_express_own_page(book: Playbook, method: str, path: str) -> None:
    answer = ask(book, method, path)
    assert answer.status == 404
    assert f"<pre>Cannot {method} {path}</pre>" in (answer.text or "")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_path_is_escaped_in_it(book: Playbook) -> None:
    assert "<script>" not in (ask(book, "GET", "/<script>").text or "")


@pytest.mark.parametrize(
    "path", ["/v1/Applications", f"/v1/Accounts/{SID}/Queues", f"/v1/Accounts/{SID}/Conferences", "/v1/PhoneNumbers/x", "/v1/Accounts"]
)
def test_what_only_a_real_api_has_is_said_to_be_not_simulated(book: Playbook, path: str) -> None:
    answer = ask(book, "GET", path)
    assert (answer.status, answer.body) == (404, {"msg": f"GET {path} of the REST API is not simulated"})
    assert book.notes("not_simulated") == [{"what": f"GET {path} of the REST API", "instead": "the answer is 404"}]


# --- create


def test_a_call_is_created_and_rings(book: Playbook) -> None:
    answer = ask(book, "POST", CALLS, BODY)
    assert answer.status == 201
    assert answer.body == {"sid": sid(book, 1), "callId": book.server.calls[1].info.call_id}
    book << Invites("+1777", 1)
    book.skip() >> PhoneRang(leg=1)
    assert ask(book, "GET", f"{CALLS}/{answer.body['sid']}").body["call_status"] == "ringing"


def test_the_application_of_the_account_is_found_by_its_sid(book: Playbook) -> None:
    assert ask(book, "POST", CALLS, {"from": "+1555", "to": TO, "application_sid": "application"}).status == 201


@pytest.mark.parametrize(
    ("body", "said_so"),
    [
        (None, "missing from parameter"),
        ({"from": "+1555"}, "missing or invalid to property: null"),
        ({"from": "+1555", "to": TO}, "either call_hook or application_sid required"),
    ],
)
def test_what_create_refuses_makes_no_call(book: Playbook, body: Any, said_so: str) -> None:
    answer = ask(book, "POST", CALLS, body)
    assert (answer.status, answer.body) == (400, {"msg": said_so})
    assert list(book.server.calls) == [0]
    assert book.notes("api_refused")[0]["why"] == said_so


def test_what_the_feature_server_refuses_is_a_bare_500_and_its_reason_a_note(book: Playbook) -> None:
    answer = ask(book, "POST", CALLS, {**BODY, "tiemout": 5})
    assert (answer.status, answer.text) == (500, "Internal Server Error")
    assert "unknown property tiemout" in book.notes("api_refused")[0]["why"]


# --- list, get, delete


def test_a_call_is_unknown_until_its_first_status(book: Playbook) -> None:
    book.skip()
    assert ask(book, "GET", f"{CALLS}/{CALLER}").status == 404
    assert "after the ack of session:new" in book.notes("api_refused")[0]["why"]
    book.begins(ANSWER, pause(9))
    assert ask(book, "GET", f"{CALLS}/{CALLER}").body["call_status"] == "in-progress"


def test_calls_are_listed_and_filtered(book: Playbook) -> None:
    book.begins(ANSWER, pause(9))
    ask(book, "POST", CALLS, BODY)
    both = ask(book, "GET").body
    assert [call["direction"] for call in both] == ["inbound", "outbound"]
    assert {"call_sid", "account_sid", "call_status", "from", "to", "service_url"} <= set(both[0])
    for query, found in (({"direction": "outbound"}, [sid(book, 1)]), ({"callStatus": "in-progress"}, [CALLER]), ({"to": "+1"}, [])):
        assert [call["call_sid"] for call in ask(book, "GET", CALLS, None, None, query).body] == found


def test_calls_are_counted_while_they_last(book: Playbook) -> None:
    book.begins(ANSWER, pause(9))
    path = f"/v1/Accounts/{SID}/CallCount"
    assert ask(book, "GET", path).body == {"outbound": 0, "inbound": 1}
    book >> CallerHungUp()
    assert ask(book, "GET", path).body == {"outbound": 0, "inbound": 0}
    assert ask(book, "GET", f"{CALLS}/{CALLER}").body["call_status"] == "completed"


def test_what_a_call_is_tagged_with_is_not_told(book: Playbook) -> None:
    book.begins({"verb": "tag", "data": {"customer": "secret"}}, ANSWER, pause(9))
    assert "secret" not in json.dumps(ask(book, "GET", f"{CALLS}/{CALLER}").body)


def test_delete_hangs_up(book: Playbook) -> None:
    book.begins(ANSWER, pause(9)).skip()
    answer = ask(book, "DELETE", f"{CALLS}/{CALLER}")
    assert (answer.status, answer.text) == (204, "")
    book << Send("call:status", call_status="completed", call_termination_by="jambonz") << close(1000) << over(0)


def test_delete_takes_back_a_call_that_rings(book: Playbook) -> None:
    ask(book, "POST", CALLS, BODY)
    book.skip()
    assert ask(book, "DELETE", f"{CALLS}/{sid(book, 1)}").status == 204
    book << cancels(1)


def test_a_call_that_never_was_is_not_found(book: Playbook) -> None:
    for method, body in (("GET", None), ("DELETE", None), ("PUT", {"mute_status": "mute"}), ("POST", {"call_status": "completed"})):
        answer = ask(book, method, f"{CALLS}/{NOBODY}", body)
        assert (answer.status, answer.text) == (404, "Not Found")


# --- update: what a body may say


@pytest.mark.parametrize(
    ("body", "said_so"),
    [
        (None, "no valid options supplied to updateCall"),
        ([], "no valid options supplied to updateCall"),
        ({"mute_status": ""}, "no valid options supplied to updateCall"),
        ({"llm_update": {"type": "response.create"}}, "no valid options supplied to updateCall"),
        ({"agent_update": {"type": "generate_reply"}}, "no valid options supplied to updateCall"),
        ({"mute_status": "mute", "call_status": "completed"}, "multiple options are not allowed in updateCall"),
        ({"call_hook": "/a", "child_call_hook": "/b", "tag": {}}, "multiple options are not allowed in updateCall"),
        ({"call_status": "busy"}, "invalid call_status"),
        ({"listen_status": "stop"}, "invalid listen_status"),
        ({"mute_status": "off"}, "invalid mute_status"),
        ({"conf_hold_status": "x"}, "invalid conf_hold_status"),
        ({"conf_mute_status": "x"}, "invalid conf_mute_status"),
        ({"sip_request": {"method": "INFO"}}, "sip_request requires method, content_type and content properties"),
        ({"sip_request": "INFO"}, "sip_request requires method, content_type and content properties"),
        ({"record": {}}, "record requires action property"),
        ({"record": {"action": "startCallRecording"}}, "record requires siprecServerURL property when starting recording"),
        ({"dtmf": {"digits": "1"}}, "invalid dtmf"),
        ({"tag": ["a"]}, "invalid tag data"),
        ({"conferenceParticipantAction": {}}, "conferenceParticipantAction invalid action property undefined"),
        ({"conferenceParticipantAction": {"action": "sing"}}, "conferenceParticipantAction invalid action property sing"),
        ({"conferenceParticipantAction": {"action": "coach"}}, "conferenceParticipantAction requires tag property when action is 'coach'"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_exactly_one_valid_option(book: Playbook, body: Any, said_so: str, method: str) -> None:
    book.begins(ANSWER, pause(9)).skip()
    answer = change(book, body, method=method)
    assert (answer.status, answer.body) == (400, {"msg": said_so})
    book.is_silent()


# --- update: what becomes of the call


def test_a_call_is_hung_up(book: Playbook) -> None:
    book.begins(ANSWER, pause(9)).skip()
    answer = change(book, {"call_status": "completed"})
    assert (answer.status, answer.text) == (202, "Accepted")
    book << Send("call:status", call_status="completed") << close(1000) << over(0)


def test_an_unanswered_call_cannot_be_completed_nor_an_answered_one_refused(book: Playbook) -> None:
    book.begins(pause(5), ANSWER, pause(9)).skip()
    unfit = {"msg": f"current call state is incompatible with requested action for call_sid {CALLER}"}
    answer = change(book, {"call_status": "completed"})
    assert (answer.status, answer.body) == (422, unfit)
    book.at(6)
    assert change(book, {"call_status": "no-answer"}).body == unfit


def test_an_unanswered_call_is_refused_with_503(book: Playbook) -> None:
    book.begins(pause(5), ANSWER)
    assert change(book, {"call_status": "no-answer"}).status == 202
    assert book.notes("sip_response") == [{"status": 503}]


def test_an_outbound_call_that_rings_is_taken_back(book: Playbook) -> None:
    ask(book, "POST", CALLS, BODY)
    book.skip()
    assert change(book, {"call_status": "no-answer"}, sid(book, 1)).status == 202
    book << cancels(1)
    book >> PhoneRefused(487, "Request Terminated", 1)
    assert ask(book, "GET", f"{CALLS}/{sid(book, 1)}").body["call_status"] == "no-answer"


def test_a_call_that_is_over_is_gone(book: Playbook) -> None:
    book.begins(ANSWER, pause(9)) >> CallerHungUp()
    answer = change(book, {"mute_status": "mute"})
    assert (answer.status, answer.body) == (422, {"msg": f"call session is gone for call_sid {CALLER}"})


def test_a_call_is_redirected_to_another_hook(book: Playbook) -> None:
    book.begins(ANSWER, pause(90)).skip()
    assert change(book, {"call_hook": "/elsewhere"}).status == 202
    book << Send("session:redirect", "/elsewhere")
    book >> ack([said("hello again"), HANGUP])
    book.at(9)
    assert book.heard(0) == ["hello again"]


def test_a_status_hook_changes_only_with_the_call_hook(book: Playbook) -> None:
    book.begins(ANSWER, pause(9)).skip()
    answer = change(book, {"call_status_hook": "/status", "mute_status": "mute"})
    assert answer.status == 400
    assert "only when call_hook is also being updated" in answer.body["msg"]


def test_both_parties_are_redirected(book: Playbook) -> None:
    talks(book)
    assert change(book, {"call_hook": "/a", "child_call_hook": "/b"}).status == 202
    book << Send("session:redirect", "/a")
    book >> ack([pause(9)])
    book << Send("session:redirect", "/b", call_sid=sid(book, 1))


def test_a_leg_is_muted_by_its_sid_and_whispered_to(book: Playbook) -> None:
    talks(book)
    assert change(book, {"mute_status": "mute", "whisper": said("psst")}, sid(book, 1)).status == 202
    book >> spoken("who is there", 1)
    book.at(9)
    assert (book.heard(0), book.heard(1)) == ([], ["psst"])


def test_a_whisper_may_come_alone(book: Playbook) -> None:
    talks(book)
    assert change(book, {"whisper": [said("two minutes left")]}).status == 202
    assert book.at(9).heard(0) == ["two minutes left"]


@pytest.mark.parametrize("hook", [{}, {"actionHook": "/played"}])
def test_a_file_that_is_missing_ends_the_whisper_and_nothing_else(book: Playbook, hook: Json) -> None:
    talks(book)
    change(book, {"whisper": [{"verb": "play", "url": "https://sounds.test/none.wav", **hook}, said("so much for that")]})
    book >> AudioFetched("https://sounds.test/none.wav", None)
    book.at(29)
    assert book.heard(0) == ["so much for that"]
    assert book.notes("verb_failed")[0]["verb"] == "play"
    book >> spoken("still here", 1)
    assert book.at(39).heard(0)[-1] == "still here"


def test_what_the_state_does_not_allow_is_accepted_and_dropped(book: Playbook) -> None:
    book.begins(ANSWER, pause(9)).skip()
    assert change(book, {"mute_status": "mute"}).status == 202
    assert book.notes("dropped")[0]["what"] == "command mute:status"


def test_a_leg_that_only_rings_has_no_session(book: Playbook) -> None:
    book.begins(DIAL).skip()
    assert change(book, {"mute_status": "mute"}, sid(book, 1)).body == {"msg": f"call session is gone for call_sid {sid(book, 1)}"}


def test_to_complete_a_leg_is_to_complete_the_call_that_dialled_it(book: Playbook) -> None:
    talks(book)
    assert change(book, {"call_status": "completed"}, sid(book, 1)).status == 202
    assert book.call.over


def test_a_tag_stands_in_every_later_payload(book: Playbook) -> None:
    book.begins(ANSWER, pause(9)).skip()
    change(book, {"tag": {"customer": "Ann"}})
    change(book, {"call_status": "completed"})
    book << Send("call:status", customerData={"customer": "Ann"})


def test_keys_are_sent(book: Playbook) -> None:
    book.begins(ANSWER, pause(9))
    change(book, {"dtmf": {"digit": "5"}})
    assert not book.notes("dropped")
    assert any(note.frame.get("digit", note.frame.get("digits")) == "5" for note in book.all_notes)


def test_a_sip_request_is_answered_with_what_the_phone_says(book: Playbook) -> None:
    body = {"sip_request": {"method": "INFO", "content_type": "text/plain", "content": "hello"}}
    book.begins(pause(5), ANSWER, pause(9)).skip()
    assert change(book, body).status == 500
    book.at(6)
    answer = change(book, body)
    assert (answer.status, answer.body) == (200, {"status": 200, "reason": "OK"})
    assert book.notes("sip_request")[0]["body"] == "hello"
    book.call.far_end = FarEnd(statuses={"INFO": 405})
    assert change(book, body).body == {"status": 405, "reason": "Method Not Allowed"}
    book.call.far_end = FarEnd(statuses={"INFO": None})
    assert change(book, body).body == {"status": 408, "reason": "Request Timeout"}


def test_a_sip_request_goes_to_the_leg_that_is_named(book: Playbook) -> None:
    talks(book)
    change(book, {"sip_request": {"method": "INFO", "content_type": "text/plain", "content": "hello"}}, sid(book, 1))
    assert book.notes("sip_request", 0) == []
    assert len(book.notes("sip_request", 1)) == 1


def test_what_only_the_feature_server_knows_may_come_along_with_a_whisper(book: Playbook) -> None:
    book.converses(LLM)
    change(book, {"whisper": said("x"), "llm_update": {"type": "response.cancel"}})
    book << ToModel("response.cancel")
    change(book, {"whisper": said("x"), "tool_call_id": "call_1", "llm_tool_output": {"type": "client_tool_result", "result": 1}})
    assert [note["command"] for note in book.notes("command")] == ["llm:update", "whisper", "llm:tool-output", "whisper"]


@pytest.mark.parametrize("name", ONE_OF)
def test_every_option_is_carried_out_or_said_not_to_be(book: Playbook, name: str) -> None:
    """None is accepted and forgotten."""
    values: Json = {
        "call_status": "completed",
        "listen_status": "pause",
        "transcribe_status": "pause",
        "conf_hold_status": "hold",
        "conf_mute_status": "mute",
        "mute_status": "mute",
        "sip_request": {"method": "INFO", "content_type": "text/plain", "content": "x"},
        "record": {"action": "stopCallRecording"},
        "tag": {"a": 1},
        "dtmf": {"digit": "1"},
        "conferenceParticipantAction": {"action": "mute"},
        "dub": {"action": "addTrack", "track": "t"},
        "boostAudioSignal": "3 dB",
        "media_path": "no-media",
    }
    book.begins(ANSWER, pause(9)).skip()
    before = len(book.all_notes)
    assert change(book, {name: values.get(name, "/hook")}).status in (200, 202)
    assert len(book.all_notes) > before or book.to_come or name == "tag"


def test_a_request_of_the_scenario_is_not_held_against_the_application(book: Playbook) -> None:
    book >> ApiAsked(1, "GET", CALLS, {}, {}, "", "scenario")
    assert book.notes("api_refused") == []


# --- whatever comes


HOSTILE = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3), max_leaves=9)
NAMES = st.sampled_from([*ONE_OF, "whisper", "llm_update", "llm_tool_output", "call_status_hook", "from", "to", "call_hook", "waitHook"])
VALUES = HOSTILE | st.dictionaries(
    st.sampled_from(["action", "tag", "digit", "method", "content", "content_type", "url", "verb", "type"]), HOSTILE, max_size=4
)


@given(
    st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH"]),
    st.sampled_from([CALLS, f"{CALLS}/{CALLER}", f"{CALLS}/x", "/v1", "/v1/Applications/%00", "//"]),
    st.dictionaries(NAMES, VALUES, max_size=3) | HOSTILE,
    st.sampled_from([BEARER, {}, {"authorization": "Bearer \ud800"}]),
)
def test_nothing_that_comes_breaks_it(method: str, path: str, body: Any, headers: Json) -> None:
    book = Playbook()
    book.call.info = book.call.info.changed(call_sid=CALLER)
    book.begins(ANSWER, pause(9)).skip()
    answer = ask(book, method, path, body, headers)
    assert answer.status in (200, 201, 202, 204, 400, 401, 404, 422, 500)
    json.dumps(answer.body)


# --- what the application knows of it


def test_the_environment_tells_an_application_all_it_needs() -> None:
    env = Account().env
    assert env["JAMBONZ_REST_API_BASE_URL"] == env["JAMBONZ_BASE_URL"] == "https://api.jambonz.cloud"
    assert Account.of(env) == Account()


def test_what_the_environment_says_already_is_kept() -> None:
    env = {"JAMBONZ_ACCOUNT_SID": NOBODY, "JAMBONZ_API_KEY": "mine", "JAMBONZ_BASE_URL": "https://jambonz.example.com/api/v1/"}
    account = Account.of(env)
    assert (account.sid, account.key, account.base_url) == (NOBODY, "mine", "https://jambonz.example.com/api")


def test_an_answered_outbound_call_asks_its_application(book: Playbook) -> None:
    ask(book, "POST", CALLS, BODY)
    book >> command("redirect", [])
    book >> PhoneAnswered(1)
    assert ask(book, "GET", f"{CALLS}/{sid(book, 1)}").body["call_status"] == "in-progress"
