"""Verbs, statuses and the ends of calls (jambonz.md 2, 4, 5), and the requestor alone (1.4 to 1.6)."""

from __future__ import annotations

from typing import Any

from tests.fidelity.cases.case import ANSWER, BEGUN, ENDED, HANGUP, RANG_OUT, SHORT, Case, Json, command, on, on_new, pause, say, wait

NOTIFY: Json = {"verb": "config", "notifyEvents": True}


def _call(
    name: str, section: str, *verbs: Json, said: list[str], then: list[Json] | None = None, rules: list[Json] | None = None, **more: Any
) -> Case:
    return Case(name, section, [on_new(*verbs, then=then), *(rules or [])], {1: said}, **more)


RINGING = BEGUN[:2]
CASES = [
    *(
        _call(f"answers_{name}", "4.2", verb, HANGUP, said=[*BEGUN, *ENDED], caller=["200", "bye"])
        for name, verb in {
            "say": say(),
            "play": {"verb": "play", "url": "http://files.test/a.wav"},
            "gather": {"verb": "gather", "timeout": 0.2},
            "dtmf": {"verb": "dtmf", "dtmf": "1"},
            "config_boost": {"verb": "config", "boostAudioSignal": 3},
        }.items()
    ),
    *(
        _call(
            f"rings_on_{name}",
            "4.2",
            *verbs,
            said=[*RINGING, "call:status no-answer by caller @900", RANG_OUT[1]],
            then=[wait(900), {"caller_cancel": True}],
        )
        for name, verbs in {
            "hangup": [HANGUP],
            "sip_refer": [{"verb": "sip:refer", "referTo": "15551230000"}],
            "sip_request": [{"verb": "sip:request", "method": "INFO"}],
            "pause": [pause(5)],
            "tag": [{"verb": "tag", "data": {"a": 1}}],
            "plain_config": [{"verb": "config", "synthesizer": {"vendor": "google"}}],
            "hangup_after_a_pause": [pause(0.3), HANGUP],
        }.items()
    ),
    *(
        _call(
            f"early_media_{name}",
            "4.2: no call:status for it",
            {**verb, "earlyMedia": True},
            ANSWER,
            HANGUP,
            said=[*BEGUN, *ENDED],
        )
        for name, verb in {"say": say(), "play": {"verb": "play", "url": "http://files.test/a.wav"}}.items()
    ),
    _call("decline_after_answer_is_skipped", "4.2", ANSWER, {"verb": "sip:decline", "status": 486}, pause(0.2), HANGUP, said=[*BEGUN, *ENDED]),
    *(
        _call(
            f"decline_{status}",
            "4.3",
            {"verb": "sip:decline", "status": status},
            said=[*RINGING, "call:status failed", "closed 1000 by feature_server"],
            caller=[f"{status} SIP Decline Verb"],
        )
        for status in (403, 404, 480, 503, 603)
    ),
    Case(
        "cancel_before_the_ack",
        "4.3: no-answer comes before trying",
        [on("session:new", wait(200), {"caller_cancel": True}, wait(200), {"ack": [ANSWER]})],
        {1: ["session:new", "call:status no-answer by caller @200", "call:status trying by caller", "closed 1000 by feature_server @400"]},
    ),
    _call("hangup_headers", "5.2", ANSWER, {"verb": "hangup", "headers": {"X-Why": "done"}}, said=[*BEGUN, *ENDED], caller=["200", "bye"]),
    _call(
        "notify_events_of_killed_verbs",
        "2.5, 4.3",
        NOTIFY,
        ANSWER,
        pause(5, id="p"),
        said=[
            *BEGUN[:2],
            "verb:status finished config",
            "verb:status starting answer",
            BEGUN[2],
            "verb:status finished answer",
            "verb:status starting pause",
            "call:status completed by caller @300",
            "verb:status finished pause",
            "closed 1000 by feature_server",
        ],
        then=[wait(300), {"caller_hangup": True}],
    ),
    _call(
        "notify_events_of_a_killed_say",
        "2.5",
        NOTIFY,
        say("Hello", loop=100, id="s"),
        said=[
            *BEGUN[:2],
            "verb:status finished config",
            "verb:status starting say",
            BEGUN[2],
            "verb:status synthesized-audio say",
            *["verb:status start-playback say", "verb:status stop-playback say"] * 2,
            "verb:status start-playback say",
            "verb:status kill-playback say @180",
            "verb:status finished say",
            "verb:status starting hangup",
            ENDED[0],
            "verb:status finished hangup",
            ENDED[1],
        ],
        then=[wait(180), command("redirect", [HANGUP])],
    ),
    _call(
        "notify_events_by_command",
        "3.3: from then on",
        ANSWER,
        pause(0.5, id="p"),
        HANGUP,
        said=[*BEGUN, "verb:status finished pause", "verb:status starting hangup", ENDED[0], "verb:status finished hangup", ENDED[1]],
        then=[wait(200), command("config", {"notifyEvents": True})],
    ),
    _call(
        "notify_events_of_a_skipped_verb",
        "5.1: no finished",
        NOTIFY,
        HANGUP,
        ANSWER,
        HANGUP,
        said=[
            *BEGUN[:2],
            "verb:status finished config",
            "verb:status starting hangup",
            "verb:status starting answer",
            BEGUN[2],
            "verb:status finished answer",
            "verb:status starting hangup",
            ENDED[0],
            "verb:status finished hangup",
            ENDED[1],
        ],
    ),
    _call(
        "tts_fails_without_id",
        "3.6",
        say(),
        pause(0.2),
        HANGUP,
        said=[*BEGUN, "jambonz:error TTS error", *ENDED],
        script={"call": {"tts_fails": "no"}},
    ),
    _call("status_hook_http", "2.5", ANSWER, pause(0.2), HANGUP, said=["session:new", ENDED[1]], script={"call": {"status_hook": "http"}}),
    _call(
        "status_hook_none_caller_hangup",
        "2.5",
        ANSWER,
        said=["session:new", "closed 1000 by feature_server @300"],
        then=[wait(300), {"caller_hangup": True}],
        script={"call": {"status_hook": None}},
    ),
    _call(
        "no_media_server_hangup_later",
        "4.2",
        say(),
        pause(0.3),
        said=[*RINGING, *RANG_OUT],
        then=[wait(600), {"caller_cancel": True}],
        caller=["480 crankback: media server failure @600"],
        script={"call": {"no_media_server": True}},
    ),
    _call(
        "stack_runs_out_idle",
        "4.3",
        ANSWER,
        pause(0.1),
        said=[*BEGUN, "call:status completed by caller @2000", ENDED[1]],
        then=[wait(2000), {"caller_hangup": {"X-A": "b"}}],
    ),
    _call(
        "gather_times_out",
        "5.3",
        ANSWER,
        {"verb": "gather", "timeout": 0.3, "actionHook": "/digits", "id": "g"},
        HANGUP,
        said=[*BEGUN, "verb:hook /digits timeout @300", *ENDED],
        auto_ack=["verb:hook"],
    ),
    _call(
        "gather_with_a_prompt_times_out_later",
        "5.3",
        ANSWER,
        {"verb": "gather", "timeout": 0.5, "actionHook": "/digits", "say": {"text": "hi"}},
        HANGUP,
        said=[*BEGUN, "verb:hook /digits timeout @570", *ENDED],
        auto_ack=["verb:hook"],
    ),
    _call(
        "gather_killed_sends_no_hook",
        "5.4",
        ANSWER,
        {"verb": "gather", "timeout": 5, "actionHook": "/digits"},
        said=[*BEGUN, "call:status completed by caller @200", ENDED[1]],
        then=[wait(200), {"caller_hangup": True}],
    ),
    _call(
        "play_killed_sends_its_hook",
        "5.4",
        ANSWER,
        {"verb": "play", "url": "http://files.test/a.wav", "loop": 100, "actionHook": "/played"},
        said=[*BEGUN, "call:status completed by caller @200", "verb:hook /played playCompleted", ENDED[1]],
        then=[wait(200), {"caller_hangup": True}],
        auto_ack=["verb:hook"],
    ),
    _call(
        "redirect_verb_with_an_object_ends_the_call",
        "5.2",
        ANSWER,
        {"verb": "redirect", "actionHook": {"url": "/next"}},
        pause(5),
        said=[*BEGUN, *ENDED],
    ),
    _call(
        "redirect_verb_to_http_nobody",
        "5.5: nobody listens there",
        ANSWER,
        {"verb": "redirect", "actionHook": "http://127.0.0.1:9/next"},
        pause(5),
        said=[*BEGUN, *ENDED],
    ),
]

# --- the requestor alone


def request(type_: str, hook: Any = "/hook", **params: Any) -> Json:
    return {"request": {"type": type_, "hook": hook, "params": params}}


NEW = request("session:new", "/new", callSid="{{call_sid}}")


def _requestor(name: str, section: str, actions: list[Json], said: dict[int, list[str]], *rules: Json, **more: Any) -> Case:
    more.setdefault("auto_ack", ["session:new", "session:reconnect"])
    return Case(f"requestor_{name}", section, [{"on": "start", "do": [*actions, {"end": True}]}, *rules], said, level=1, **more)


CASES += [
    _requestor(
        "queue_of_the_first_connection",
        "1.4.6, WR:215-228: what dials goes first, then what wants an ack",
        [request("call:status"), request("verb:status"), request("verb:hook", "/h"), wait(200)],
        {1: ["call:status", "verb:hook /h", "verb:status"]},
    ),
    _requestor(
        "queue_of_a_reconnect",
        "1.4.6",
        [
            NEW,
            wait(100),
            {"app_terminate": True},
            wait(100),
            request("llm:event", "/e", type="one"),
            request("verb:hook", "/a"),
            request("llm:event", "/e", type="two"),
            request("verb:hook", "/b"),
            wait(300),
        ],
        {2: ["session:reconnect @200", "verb:hook /a", "verb:hook /b", "llm:event two", "llm:event one"]},
    ),
    _requestor(
        "reconnect_without_session_new",
        "1.4.4",
        [request("verb:hook", "/a"), wait(50), {"app_terminate": True}, wait(700)],
        {1: ["verb:hook /a", "closed 1006 by app"], 2: ["session:reconnect empty @550"]},
    ),
    _requestor(
        "after_a_graceful_close",
        "1.3",
        [NEW, wait(50), {"app_close": 1000}, wait(50), request("verb:hook", "/a"), wait(700)],
        {1: ["session:new", "closed 1000 by app"]},
        attempts_ms=[0],
    ),
    _requestor(
        "adulting_is_stored",
        "1.4.4",
        [request("session:adulting", parentCallInfo={"aB": 1}), wait(50), {"app_terminate": True}, wait(700)],
        {2: ["session:reconnect @550"]},
        auto_ack=["session:adulting"],
    ),
    _requestor(
        "hook_as_object",
        "1.5",
        [NEW, wait(50), request("verb:hook", {"url": "/x", "method": "POST"}), wait(100)],
        {1: ["session:new", "verb:hook /x"]},
    ),
    _requestor(
        "binary_ack",
        "1.2",
        [NEW, wait(100)],
        {1: ["session:new"]},
        on("session:new", {"app_send_binary": '{"type":"ack","msgid":"{{msgid}}"}'}),
        auto_ack=[],
    ),
]


def resolved(recording: list[Json]) -> list[str]:
    """What became of the requests of a recording."""
    fates = {"request_resolved": "resolved", "request_rejected": "rejected"}
    return [f"{fates[entry['frame']['event']]} {entry['frame']['type']}" for entry in recording if entry["frame"].get("event") in fates]


FATES: list[tuple[str, Json, list[str]]] = [
    (
        "first_connection_fails",
        {
            "app": {"handshakes": [{"status": 503}]},
            "rules": [{"on": "start", "do": [request("verb:hook"), request("call:status"), wait(300), {"end": True}]}],
        },
        ["resolved call:status", "rejected verb:hook"],
    ),
    (
        "a_status_that_dials_in_vain_is_rejected",
        {"app": {"handshakes": [{"status": 503}]}, "rules": [{"on": "start", "do": [request("call:status"), wait(300), {"end": True}]}]},
        ["rejected call:status"],
    ),
    (
        "a_drop_rejects_what_is_in_flight",
        {
            "auto_ack": ["session:new"],
            "rules": [{"on": "start", "do": [NEW, wait(50), request("verb:hook"), wait(50), {"app_close": 1011}, wait(100), {"end": True}]}],
        },
        ["resolved session:new", "rejected verb:hook"],
    ),
    (
        "a_reconnect_that_is_not_acked_rejects_the_queue",
        {
            "auto_ack": ["session:new"],
            "env": SHORT,
            "rules": [{"on": "start", "do": [NEW, wait(50), {"app_close": 1011}, wait(50), request("verb:hook"), wait(900), {"end": True}]}],
        },
        ["resolved session:new", "rejected verb:hook"],
    ),
    (
        "closing_rejects_what_is_in_flight",
        {
            "auto_ack": ["session:new"],
            "rules": [{"on": "start", "do": [NEW, wait(50), request("verb:hook"), wait(50), {"requestor_close": None}, wait(50), {"end": True}]}],
        },
        ["resolved session:new", "rejected verb:hook"],
    ),
    (
        "a_request_without_a_hook",
        {
            "auto_ack": ["session:new"],
            "rules": [{"on": "start", "do": [NEW, wait(50), {"request": {"type": "verb:hook", "params": {}}}, {"end": True}]}],
        },
        ["resolved session:new", "rejected verb:hook"],
    ),
]
