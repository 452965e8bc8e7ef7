"""Commands in every state of a call (jambonz.md 3.3, 3.4, 3.5, 5.4, 5.5)."""

from __future__ import annotations

from tests.fidelity.cases.case import (
    ANSWER,
    BEGUN,
    ENDED,
    HANGUP,
    RANG_OUT,
    SHORT,
    Case,
    Json,
    command,
    llm,
    on,
    on_new,
    on_session,
    pause,
    say,
    wait,
)

COMPLETE = command("call:status", {"call_status": "completed"})
NO_ANSWER = command("call:status", {"call_status": "no-answer"})
REDIRECT = command("redirect", [pause(0.3), HANGUP])
FINAL = "verb:hook /final normal conversation end @300"


def _idle(name: str, action: Json, *said: str, caller: list[str] | None = None) -> Case:
    rules = [on_new(ANSWER, then=[wait(300), action, wait(1200), {"caller_hangup": True}])]
    return Case(f"command_{name}_idle", "3.3", rules, {1: [*BEGUN, *said]}, caller)


def _in_pause(name: str, action: Json, *said: str) -> Case:
    rules = [on_new(ANSWER, pause(1), pause(0.7), HANGUP, then=[wait(300), action])]
    return Case(f"command_{name}_in_pause", "3.3", rules, {1: [*BEGUN, *said]})


def _unanswered(name: str, action: Json, *said: str, caller: list[str]) -> Case:
    rules = [on_new(pause(0.9), ANSWER, pause(0.3), HANGUP, then=[wait(300), action])]
    return Case(f"command_{name}_unanswered", "3.3, 4.2", rules, {1: [*BEGUN[:2], *said]}, caller)


def _in_llm(name: str, action: Json, *said: str, rules: list[Json] | None = None, **script: Json) -> Case:
    told = [on_new(ANSWER, llm(), pause(0.5), HANGUP), on_session(wait(300), action), *(rules or [on("verb:hook", {"ack": None})])]
    return Case(f"command_{name}_in_llm", "5.4", told, {1: [*BEGUN, *said]}, script=dict(script))


def at(ms: int) -> list[str]:
    return [f"{ENDED[0]} @{ms}", ENDED[1]]


BY_CALLER = ["call:status completed by caller @1500", ENDED[1]]

CASES = [
    _idle("redirect", REDIRECT, *at(600)),
    _idle("redirect_empty", command("redirect", []), *at(300)),
    _idle("redirect_queued", command("redirect", [pause(0.3), HANGUP], queueCommand=True), *at(600)),
    _idle("redirect_queued_empty", command("redirect", [], queueCommand=True), *at(300)),
    _idle("redirect_invalid", command("redirect", [{"verb": "dance"}]), *BY_CALLER),
    _idle("completed", COMPLETE, *at(300)),
    _idle("completed_as_text", command("call:status", "completed"), *BY_CALLER),
    _idle("no_answer", NO_ANSWER, *BY_CALLER),
    _idle("config", command("config", {"notifyEvents": True}), *BY_CALLER),
    _idle("redirect_one_verb_that_ends", command("redirect", [pause(0.1)]), *BY_CALLER),
    _in_pause("redirect", REDIRECT, *at(600)),
    _in_pause("redirect_object", command("redirect", {"x": 1}), *at(1000)),
    _in_pause("redirect_text", command("redirect", "hangup"), *at(1000)),
    _in_pause("redirect_invalid", command("redirect", [{"verb": "pause"}]), *at(1700)),
    _in_pause("redirect_queued", command("redirect", [pause(0.3)], queueCommand=True), *at(1700)),
    _in_pause("redirect_queued_by_a_text", command("redirect", [HANGUP], queueCommand=""), *at(300)),
    _in_pause("completed", COMPLETE, *at(300)),
    _in_pause("completed_as_text", command("call:status", "completed"), *at(1700)),
    _in_pause("in_progress", command("call:status", {"call_status": "in-progress"}), *at(1700)),
    _in_pause("no_answer", NO_ANSWER, *at(1700)),
    _unanswered("completed", COMPLETE, BEGUN[2], *at(1200), caller=["200 @900", "bye"]),
    _unanswered("no_answer", NO_ANSWER, "closed 1000 by feature_server @300", caller=["503 @300"]),
    _unanswered("redirect", command("redirect", [ANSWER, HANGUP]), BEGUN[2], *at(300), caller=["200 @300", "bye"]),
    _unanswered(
        "redirect_decline",
        command("redirect", [{"verb": "sip:decline", "status": 486}]),
        "call:status failed",
        "closed 1000 by feature_server @300",
        caller=["486 SIP Decline Verb"],
    ),
    _in_llm("redirect", REDIRECT, FINAL, *at(600)),
    _in_llm("redirect_empty_ack_list", command("redirect", [HANGUP]), FINAL, *at(300), rules=[on("verb:hook", {"ack": []})]),
    _in_llm("redirect_loses_to_the_ack", REDIRECT, FINAL, *at(1300), rules=[on("verb:hook", {"ack": [pause(1), HANGUP]})]),
    _in_llm("redirect_without_an_ack", REDIRECT, FINAL, *at(900), rules=[on("call:status", wait(0))], env=SHORT),
    _in_llm("redirect_object", command("redirect", {"x": 1}), FINAL, *at(800)),
    _in_llm(
        "redirect_queued",
        command("redirect", [HANGUP], queueCommand=True),
        "verb:hook /final disconnect from remote end @400",
        *at(900),
        rules=[on("verb:hook", {"ack": None}), {"on": "to_openai", "match": {"type": "session.update"}, "do": [wait(400), {"openai_close": 1000}]}],
    ),
    _in_llm("completed", COMPLETE, "call:status completed by jambonz @300", FINAL, ENDED[1]),
    _in_llm(
        "completed_and_verbs_in_the_ack",
        COMPLETE,
        "call:status completed by jambonz @300",
        FINAL,
        ENDED[1],
        rules=[on("verb:hook", {"ack": [say(), HANGUP]})],
    ),
    _in_llm(
        "completed_and_no_ack",
        COMPLETE,
        "call:status completed by jambonz @300",
        FINAL,
        "closed 1000 by feature_server @900",
        rules=[on("call:status", wait(0))],
        env=SHORT,
    ),
]
HOOK = "verb:hook /final disconnect from remote end @100"


def _pending(name: str, action: Json, *said: str) -> Case:
    rules = [
        on_new(ANSWER, llm(), pause(0.5), HANGUP),
        on_session(wait(100), {"openai_close": 1000}),
        on("verb:hook", wait(200), action, wait(200), {"ack": None}),
    ]
    return Case(f"command_{name}_while_a_hook_waits", "3.4, 4.3", rules, {1: [*BEGUN, HOOK, *said]})


CASES += [
    _pending("redirect", REDIRECT, *at(800)),
    _pending("completed", COMPLETE, "call:status completed by jambonz @300", "closed 1000 by feature_server @500"),
    _pending("caller_hangup", {"caller_hangup": True}, "call:status completed by caller @300", "closed 1000 by feature_server @500"),
    _pending("redirect_queued", command("redirect", [pause(0.5)], queueCommand=True), *at(1000)),
    Case(
        "command_llm_tool_output_after_the_llm_was_replaced",
        "3.3: the current verb is empty while the hook of a killed verb waits",
        [
            on_new(ANSWER, llm()),
            on_session(wait(100), command("redirect", [HANGUP])),
            on("verb:hook", command("llm:update", {"type": "response.cancel"}), {"ack": None}),
        ],
        {1: [*BEGUN, "verb:hook /final normal conversation end @100", *ENDED]},
        model=["response.create", "session.update", "closed by feature_server @100"],
    ),
    Case(
        "command_on_the_old_socket_after_a_redirect",
        "5.5: ignored",
        [
            on_new(ANSWER, {"verb": "redirect", "actionHook": "ws://{{app_host}}/other"}),
            {
                "on": "to_app",
                "conn": 2,
                "match": {"type": "session:redirect"},
                "do": [{"ack": [pause(1), HANGUP]}],
            },
            {"on": "app_connected", "match": {"conn": 1}, "conn": 1, "do": [wait(400), command("redirect", [HANGUP])]},
        ],
        {1: [*BEGUN, *at(1000)], 2: ["session:redirect ws://<app_host>/other", "closed 1000 by feature_server @1000"]},
    ),
    Case(
        "command_redirect_with_call_hook",
        "3.3: live call control",
        [
            on_new(ANSWER, pause(5), HANGUP, then=[wait(200), command("redirect", {"call_hook": "/live"})]),
            on("session:redirect", {"ack": [pause(0.3), HANGUP]}),
        ],
        {1: [*BEGUN, "session:redirect /live @200", *at(500)]},
    ),
    Case(
        "command_redirect_with_call_hook_acked_without_verbs",
        "3.3: the current verb is killed, the rest of the old stack runs",
        [
            on_new(ANSWER, pause(5), pause(0.5), HANGUP, then=[wait(200), command("redirect", {"call_hook": "/live"})]),
            on("session:redirect", {"ack": None}),
        ],
        {1: [*BEGUN, "session:redirect /live @200", *at(700)]},
    ),
    Case(
        "command_redirect_with_call_hook_not_acked",
        "3.3, 1.6: old verbs go on",
        [on_new(ANSWER, pause(1.5), HANGUP, then=[wait(200), command("redirect", {"call_hook": "/live"})])],
        {1: [*BEGUN, "session:redirect /live @200", *at(1500)]},
        script={"env": SHORT},
    ),
    Case(
        "command_redirect_with_a_parent_call",
        "3.3",
        [on_new(ANSWER, pause(5), then=[wait(200), command("redirect", {"parent_call": [pause(0.3), HANGUP]})])],
        {1: [*BEGUN, *at(500)]},
    ),
    Case(
        "command_redirect_injects_before_a_gather",
        "3.3: JAMBONES_INJECT_CONTENT",
        [
            on_new(
                ANSWER,
                pause(0.5),
                {"verb": "gather", "timeout": 1, "actionHook": "/digits"},
                then=[wait(200), command("redirect", [pause(0.3), HANGUP], queueCommand=True)],
            )
        ],
        {1: [*BEGUN, *at(800)]},
        script={"env": {"JAMBONES_INJECT_CONTENT": "1"}},
    ),
    Case(
        "command_redirect_empty_in_pause",
        "3.3: it is killed, and the session goes idle",
        [on_new(ANSWER, pause(5), HANGUP, then=[wait(300), command("redirect", []), wait(1200), {"caller_hangup": True}])],
        {1: [*BEGUN, *BY_CALLER]},
    ),
    Case(
        "a_hangup_alone_rings_on",
        "4.2: a hangup alone rings until the caller gives up",
        [on_new(HANGUP, then=[wait(700), {"caller_cancel": True}])],
        {1: [*BEGUN[:2], "call:status no-answer by caller @700", RANG_OUT[1]]},
    ),
]
