"""The hash of the application's URL against the outcomes of handshakes (jambonz.md 1.1)."""

from __future__ import annotations

from typing import Any

from tests.fidelity.cases.case import ANSWER, BEGUN, ENDED, HANGUP, Case, Json, on, on_new, pause

DROP: Json = {"drop": True}


def status(code: int) -> Json:
    return {"status": code}


TRIED: list[tuple[str, str, list[Json], list[int], str | None]] = [
    # name, hash, outcomes, attempts in ms, X-Reason of the 480 or None when the call begins
    ("503_default", "", [status(503)], [0], "503 Service Unavailable"),
    ("404_default", "", [status(404)], [0], "404 Not Found"),
    ("500_default", "", [status(500)], [0], "500 Internal Server Error"),
    ("403_default", "", [status(403)], [0], "403 Forbidden"),
    ("drop_default", "", [DROP], [0, 500], None),
    ("drop_five_times", "", [DROP] * 5, [0, 500, 1500, 3500, 7500, 13500], None),
    ("drop_six_times", "", [DROP] * 6, [0, 500, 1500, 3500, 7500, 13500], "socket hang up"),
    ("drop_rc_1", "#rc=1", [DROP] * 2, [0, 500], "socket hang up"),
    ("drop_rc_2_rp_4xx", "#rc=2&rp=4xx", [DROP], [0], "socket hang up"),
    ("drop_rp_all", "#rp=all&rc=2", [DROP] * 2, [0, 500, 1500], None),
    ("drop_rp_ct_5xx", "#rp=ct,5xx&rc=2", [DROP, status(503)], [0, 500, 1500], None),
    ("503_rp_5xx", "#rp=5xx", [status(503)] * 2, [0, 500, 1500], None),
    ("503_rc_2_rp_5xx", "#rc=2&rp=5xx", [status(503)] * 3, [0, 500, 1500], "503 Service Unavailable"),
    ("503_rp_4xx", "#rp=4xx", [status(503)], [0], "503 Service Unavailable"),
    ("404_rp_4xx", "#rp=4xx&rc=1", [status(404)] * 2, [0, 500], "404 Not Found"),
    ("404_rp_5xx", "#rp=5xx", [status(404)], [0], "404 Not Found"),
    ("404_rp_all", "#rp=all", [status(404)], [0, 500], None),
    ("429_rp_4xx_5xx", "#rp=4xx,5xx", [status(429), status(502)], [0, 500, 1500], None),
    ("500_rp_rt", "#rp=rt", [status(500)], [0], "500 Internal Server Error"),
    ("503_rc_0_rp_all", "#rc=0&rp=all", [status(503)] * 6, [0, 500, 1500, 3500, 7500, 13500], "503 Service Unavailable"),
    ("503_rc_minus_1", "#rc=-1&rp=5xx", [status(503)] * 2, [0, 500], "503 Service Unavailable"),
    ("503_rc_text", "#rc=many&rp=5xx", [status(503)] * 3, [0, 500, 1500, 3500], None),
    ("503_rc_9", "#rc=9&rp=5xx", [status(503)] * 6, [0, 500, 1500, 3500, 7500, 13500], "503 Service Unavailable"),
    ("503_then_404_rp_5xx", "#rp=5xx", [status(503), status(404)], [0, 500], "404 Not Found"),
    ("unknown_policy", "#rp=never", [DROP], [0], "socket hang up"),
]


def _case(name: str, fragment: str, outcomes: list[Json], times: list[int], reason: str | None) -> Case:
    begins = reason is None
    return Case(
        f"handshake_{name}",
        "1.1",
        [on_new(ANSWER, pause(0.2), HANGUP)],
        {1: [*BEGUN, *ENDED] if begins else []},
        ["200", "bye"] if begins else [f"480 {reason} @{times[-1]}"],
        attempts_ms=times,
        script={"call": {"hook_path": f"/app{fragment}"}, "app": {"handshakes": outcomes}},
    )


CASES = [_case(*row) for row in TRIED]


def _subprotocol(name: str, chosen: Any, fragment: str, reason: str, times: list[int]) -> Case:
    settings = {"call": {"hook_path": f"/app{fragment}"}, "app": {"subprotocol": chosen}, "end": {"max_ms": 30_000}}
    return Case(
        f"handshake_subprotocol_{name}",
        "1.1",
        [on_new(ANSWER)],
        {1: ["closed 1006 by feature_server"]},
        [f"480 {reason} @{times[-1]}"],
        script=settings,
    )


CASES += [
    _subprotocol("other", "other.example", "", "Server sent an invalid subprotocol", [0]),
    _subprotocol("none_with_rp_5xx", None, "#rp=5xx,4xx", "Server sent no subprotocol", [0]),
]
CASES += [
    Case(
        "handshake_wait_goes_on_where_it_stopped",
        "1.1: the counter is never reset",
        [on_new(ANSWER, pause(4), HANGUP, then=[{"wait": 100}, {"app_terminate": True}])],
        {2: ["session:reconnect @1600", *ENDED]},
        attempts_ms=[0, 500, 1600],
        auto_ack=["session:reconnect"],
        script={"app": {"handshakes": [DROP]}},
    ),
    Case(
        "handshake_of_a_redirect_target_refused",
        "5.5: the call ends",
        [on_new(ANSWER, {"verb": "redirect", "actionHook": "ws://{{app_host}}/other"}, pause(5))],
        {1: [*BEGUN, *ENDED]},
        ["200", "bye @0"],
        script={"app": {"handshakes": [{"accept": True}, status(404)]}},
    ),
    Case(
        "handshake_of_a_redirect_target_dropped_once",
        "1.1, 5.5",
        [on_new(ANSWER, {"verb": "redirect", "actionHook": "ws://{{app_host}}/other"}), on("session:redirect", {"ack": [HANGUP]})],
        {1: [*BEGUN, f"{ENDED[0]} @500", ENDED[1]], 2: ["session:redirect ws://<app_host>/other @500", ENDED[1]]},
        script={"app": {"handshakes": [{"accept": True}, DROP]}},
    ),
]
