"""Every close of the application's socket, at every moment of a call (jambonz.md 1.3, 1.4)."""

from __future__ import annotations

from tests.fidelity.cases.case import ANSWER, BEGUN, ENDED, HANGUP, SHORT, Case, Json, llm, on, on_new, on_session, pause, say, wait

DROPS: dict[str, tuple[Json, str]] = {
    "1001": ({"app_close": 1001}, "closed 1001 by app"),
    "1005": ({"app_close": None}, "closed 1005 by app"),
    "1006": ({"app_terminate": True}, "closed 1006 by app"),
    "1011": ({"app_close": 1011}, "closed 1011 by app"),
    "1012": ({"app_close": 1012}, "closed 1012 by app"),
    "3000": ({"app_close": 3000}, "closed 3000 by app"),
    "4000": ({"app_close": 4000}, "closed 4000 by app"),
    "4999": ({"app_close": 4999}, "closed 4999 by app"),
    "1009": ({"app_send_text": "{{repeat:x:24577}}"}, "closed 1009 by feature_server"),
}
"""Ways to lose a connection so that jambonz reconnects."""

RECONNECTS = ["session:reconnect"]
GRACEFUL: Json = {"app_close": 1000}


def _drops(code: str, way: Json, closed: str) -> list[Case]:
    again = {"auto_ack": RECONNECTS}
    return [
        Case(
            f"close_{code}_in_pause",
            "1.4",
            [on_new(ANSWER, pause(1.5), HANGUP, then=[wait(200), way])],
            {1: [*BEGUN, f"{closed} @200"], 2: ["session:reconnect @700", "call:status completed by jambonz @1500", ENDED[1]]},
            ["200", "bye"],
            **again,
        ),
        Case(
            f"close_{code}_in_say",
            "1.4",
            [on_new(ANSWER, say(), pause(1), HANGUP), on("call:status", way, data={"call_status": "in-progress"}, nth=1)],
            {1: [*BEGUN, closed], 2: ["session:reconnect @500", *ENDED]},
            **again,
        ),
        Case(
            f"close_{code}_idle",
            "1.4",
            [on_new(ANSWER, then=[wait(100), way, wait(1400), {"caller_hangup": True}])],
            {1: [*BEGUN, closed], 2: ["session:reconnect @600", "call:status completed by caller @1500", ENDED[1]]},
            **again,
        ),
        Case(
            f"close_{code}_before_the_ack",
            "1.4 drop before the ack of session:new",
            [
                on("session:new", wait(100), way),
                on("session:reconnect", {"ack": [ANSWER, pause(0.3), HANGUP]}),
            ],
            {1: ["session:new", closed], 2: ["session:reconnect @600", "closed 1000 by feature_server @900"]},
            ["200", "bye @900"],
        ),
        Case(
            f"close_{code}_in_llm",
            "1.4",
            [on_new(ANSWER, llm(), HANGUP), on_session(wait(100), way, wait(1100), {"openai_close": 1000})],
            {1: [*BEGUN, closed], 2: ["session:reconnect @600", "verb:hook /final disconnect from remote end @1200", *ENDED]},
            auto_ack=[*RECONNECTS, "verb:hook"],
        ),
        Case(
            f"close_{code}_while_a_hook_waits",
            "1.3, 1.6: the hook of an llm is rejected at once, which ends the call",
            [on_new(ANSWER, llm(), pause(5)), on_session(wait(100), {"openai_close": 1000}), on("verb:hook", wait(100), way)],
            {1: [*BEGUN, "verb:hook /final disconnect from remote end", f"{closed} @200"]},
            ["200", "bye @200"],
        ),
        Case(
            f"close_{code}_after_a_redirect_to_another_server",
            "1.4.4, 5.5: data is empty",
            [
                on_new(ANSWER, {"verb": "redirect", "actionHook": "ws://{{app_host}}/other"}),
                on("session:redirect", {"ack": [pause(1.2), HANGUP]}, wait(100), way),
            ],
            {
                1: [*BEGUN, *ENDED],
                2: ["session:redirect ws://<app_host>/other", closed],
                3: ["session:reconnect empty @600", "closed 1000 by feature_server @1200"],
            },
            **again,
        ),
        Case(
            f"close_{code}_during_the_reconnect",
            "1.6: a drop while session:reconnect waits is a rejection, which ends the call",
            [
                on_new(ANSWER, pause(5), HANGUP, then=[wait(100), {"app_terminate": True}]),
                on("session:reconnect", wait(200), way, nth=1),
            ],
            {1: [*BEGUN, "closed 1006 by app"], 2: ["session:reconnect @600", f"{closed} @800"]},
            ["200", "bye @800"],
        ),
    ]


CASES = [case for code, (way, closed) in DROPS.items() for case in _drops(code, way, closed)]
CASES += [
    Case(
        "close_1000_in_say",
        "1.3",
        [on_new(ANSWER, say(), pause(0.5), HANGUP), on("call:status", GRACEFUL, data={"call_status": "in-progress"}, nth=1)],
        {1: [*BEGUN, "closed 1000 by app"]},
        ["200", "bye @570"],
        attempts_ms=[0],
    ),
    Case(
        "close_1000_idle_stays_up_until_the_caller_hangs_up",
        "1.3",
        [on_new(ANSWER, then=[wait(300), GRACEFUL, wait(3000), {"caller_hangup": True}])],
        {1: [*BEGUN, "closed 1000 by app"]},
        ["200"],
        attempts_ms=[0],
    ),
    Case(
        "close_1000_in_llm_whose_hook_is_not_sent",
        "1.3: later messages are discarded, and the next verb runs",
        [on_new(ANSWER, llm(), pause(0.2), HANGUP), on_session(wait(100), GRACEFUL, wait(300), {"openai_close": 1000})],
        {1: [*BEGUN, "closed 1000 by app"]},
        ["200", "bye @600"],
        ["response.create", "session.update", "closed by openai @400"],
    ),
    Case(
        "close_1000_while_a_hook_waits",
        "1.3: acks in flight run into their time",
        [on_new(ANSWER, llm(), pause(5)), on_session(wait(100), {"openai_close": 1000}), on("verb:hook", wait(100), GRACEFUL)],
        {1: [*BEGUN, "verb:hook /final disconnect from remote end", "closed 1000 by app @200"]},
        ["200", "bye @700"],
        script={"env": SHORT},
    ),
    Case(
        "close_1000_before_the_ack",
        "1.3, 1.6: the ack runs into its time",
        [on("session:new", wait(100), GRACEFUL)],
        {1: ["session:new", "closed 1000 by app @100"]},
        ["480 unknown @600"],
        script={"env": SHORT},
    ),
    Case(
        "close_1001_with_rc_1_never_reconnects",
        "1.4.1",
        [on_new(ANSWER, pause(2), then=[wait(100), {"app_close": 1001}])],
        {1: [*BEGUN, "closed 1001 by app"]},
        attempts_ms=[0],
        script={"call": {"hook_path": "/app#rc=1"}, "end": {"max_ms": 4000}},
    ),
    Case(
        "close_1001_with_rc_1_leaves_a_hook_to_its_time",
        "1.3, WR:455-456: what is in flight is given up only where it reconnects",
        [on_new(ANSWER, llm(), pause(5)), on_session(wait(100), {"openai_close": 1000}), on("verb:hook", {"app_close": 1001})],
        {1: [*BEGUN, "verb:hook /final disconnect from remote end", "closed 1001 by app @100"]},
        ["200", "bye @700"],
        script={"env": SHORT, "call": {"hook_path": "/app#rc=1"}},
    ),
    Case(
        "close_again_and_again_waits_longer",
        "1.1: the wait is never reset; 1.4.1: four automatic reconnects",
        [
            on_new(ANSWER, pause(12), HANGUP, then=[{"wait": 100}, {"app_terminate": True}]),
            on("session:reconnect", {"ack": None}, wait(100), {"app_terminate": True}),
        ],
        {1: [*BEGUN, "closed 1006 by app"], 5: ["session:reconnect @8000", "closed 1006 by app"]},
        attempts_ms=[0, 600, 1700, 3800, 7900],
        script={"end": {"max_ms": 11_000}},
    ),
    Case(
        "reconnect_refused_with_503_waits_for_the_next_message",
        "1.4.8",
        [on_new(ANSWER, llm(events=["session.created"]), HANGUP), on_session({"app_terminate": True}, wait(2000), {"openai_close": 1000})],
        {2: ["session:reconnect @2000", "verb:hook /final disconnect from remote end", *ENDED]},
        attempts_ms=[0, 500, 2000],
        auto_ack=["session:reconnect", "verb:hook"],
        script={"app": {"handshakes": [{"accept": True}, {"status": 503}]}},
    ),
    Case(
        "reconnect_dropped_is_dialled_again",
        "1.4.8",
        [on_new(ANSWER, pause(4), HANGUP, then=[wait(100), {"app_close": 1011}])],
        {2: ["session:reconnect @3600", *ENDED]},
        attempts_ms=[0, 600, 1600, 3600],
        auto_ack=["session:reconnect"],
        script={"app": {"handshakes": [{"accept": True}, {"drop": True}, {"drop": True}]}},
    ),
    Case(
        "reconnect_events_meanwhile_are_queued_in_the_servers_order",
        "1.4.2, 1.4.6; WR:123, 184: what has dialled stands behind what came while it did",
        [
            on_new(ANSWER, llm(events=["all"]), HANGUP),
            on_session(
                {"app_terminate": True},
                wait(50),
                {"openai_send": {"type": "session.created"}},
                {"openai_send": {"type": "response.created"}},
                {"openai_send": {"type": "rate_limits.updated"}},
                wait(300),
                {"openai_close": 1000},
            ),
        ],
        {
            2: [
                "session:reconnect @50",
                "llm:event response.created",
                "llm:event rate_limits.updated",
                "llm:event session.created",
                "verb:hook /final disconnect from remote end",
                *ENDED,
            ]
        },
        auto_ack=["session:reconnect", "verb:hook"],
    ),
    Case(
        "drop_before_the_ack_whose_time_is_over_first",
        "1.6: the time of session:new goes on until it reconnects",
        [on("session:new", wait(400), {"app_terminate": True})],
        {1: ["session:new", "closed 1006 by app @400"]},
        ["480 unknown @600"],
        attempts_ms=[0],
        script={"env": SHORT},
    ),
    Case(
        "caller_hangup_while_the_connection_is_down",
        "1.4.2: the last status dials at once; WR:81: what is discarded later is the greeting",
        [on_new(ANSWER, pause(5), then=[wait(100), {"app_terminate": True}, wait(100), {"caller_hangup": True}])],
        {1: [*BEGUN, "closed 1006 by app"], 2: ["call:status completed by caller @200"]},
        attempts_ms=[0, 200],
    ),
    Case(
        "caller_hangup_in_llm_while_the_connection_is_down",
        "1.4.2, 1.4.6: the hook keeps the session until it is acknowledged",
        [on_new(ANSWER, llm()), on_session({"app_terminate": True}, wait(100), {"caller_hangup": True})],
        {
            1: [*BEGUN, "closed 1006 by app"],
            2: ["session:reconnect @100", "verb:hook /final normal conversation end", "call:status completed by caller", ENDED[1]],
        },
        auto_ack=["session:reconnect", "verb:hook"],
    ),
]
