"""Acknowledgements that are missing, late, doubled, or hold something else than verbs (jambonz.md 1.6, 3.1, 3.2)."""

from __future__ import annotations

from typing import Any

from tests.fidelity.cases.case import ANSWER, BEGUN, ENDED, HANGUP, SHORT, Case, Json, llm, on, on_new, on_session, pause, say, wait

MALFORMED = "malformed jambonz payload: "
REFUSED: dict[str, tuple[Any, str | None]] = {
    "null": (None, f"{MALFORMED}must be array"),
    "object": ({"verb": "answer"}, f"{MALFORMED}must be array"),
    "text": ("answer", f"{MALFORMED}must be array"),
    "number": (5, f"{MALFORMED}must be array"),
    "true": (True, f"{MALFORMED}must be array"),
    "empty_list": ([], "no application provided"),
    "list_of_numbers": ([1], f"{MALFORMED}must be array of objects"),
    "list_of_texts": (["answer"], f"{MALFORMED}must be array of objects"),
    "empty_object_in_list": ([{}], f"{MALFORMED}missing verb property"),
    "two_keys": ([{"answer": {}, "hangup": {}}], f"{MALFORMED}missing verb property"),
    "unknown_verb": ([ANSWER, {"verb": "dance"}], "invalid instruction: dance"),
    "verb_of_v10": ([{"verb": "agent"}], "invalid instruction: agent"),
    "unknown_property": ([{"verb": "pause", "length": 1, "dance": 1}], "pause: unknown property dance"),
    "wrong_type": ([{"verb": "pause", "length": "1"}], "pause: property length has invalid data type"),
    "missing_property": ([{"verb": "pause"}], "pause: missing value for length"),
    "pipeline": ([{"verb": "pipeline", "stt": {}, "llm": {}, "tts": {}}], None),
    "llm_without_key": ([llm(auth={})], "auth.apiKey is required for OpenAI S2S"),
    "llm_without_response_create": ([llm(llmOptions={})], "llmOptions with an initial response.create is required for OpenAI S2S"),
    "llm_of_unknown_vendor": ([llm(vendor="nobody")], "Unsupported vendor nobody for LLM"),
    "microsoft_without_host": ([llm(vendor="microsoft", connectOptions=None)], "connectionOptions.host is required for Microsoft OpenAI S2S"),
    "nested_say_with_verb": ([{"verb": "gather", "say": {"verb": "say", "text": "hi"}}], "say: unknown property verb"),
}
CASES = [
    Case(
        f"ack_of_session_new_{kind}",
        "3.1, 3.2",
        [on("session:new", {"ack": data})],
        {1: ["session:new", "closed 1001 by feature_server"]},
        None if why is None else [f"480 {why}"],
    )
    for kind, (data, why) in REFUSED.items()
]

NO_VERBS: dict[str, Any] = {"null": None, "empty_list": [], "object": {"verb": "hangup"}, "text": "hangup", "zero": 0, "false": False}
INVALID: dict[str, Any] = {"unknown_verb": [{"verb": "dance"}], "one_of_two": [say(), {"verb": "pause"}], "list_of_numbers": [1]}
HOOK = "verb:hook /final disconnect from remote end"


def _llm_hook(name: str, rule: Json | None, said: list[str], section: str, caller: list[str] | None = None, **script: Any) -> Case:
    rules = [on_new(ANSWER, llm(), pause(0.3), HANGUP), on_session(wait(100), {"openai_close": 1000}), *([rule] if rule else [])]
    return Case(f"ack_of_an_llm_hook_{name}", section, rules, {1: [*BEGUN, *said]}, caller, script=script)


CASES += [_llm_hook(kind, on("verb:hook", {"ack": data}), [HOOK, f"{ENDED[0]} @400", ENDED[1]], "3.1: next verb") for kind, data in NO_VERBS.items()]
CASES += [
    _llm_hook(kind, on("verb:hook", {"ack": data}), [HOOK, f"{ENDED[0]} @100", ENDED[1]], "1.6: it ends the call") for kind, data in INVALID.items()
]
CASES += [
    _llm_hook("missing", None, [HOOK, f"{ENDED[0]} @700", ENDED[1]], "1.6", ["200", "bye @700"], env=SHORT),
    _llm_hook("late", on("verb:hook", wait(800), {"ack": [say()]}), [HOOK, f"{ENDED[0]} @700", ENDED[1]], "1.2, 1.6", env=SHORT),
    _llm_hook("just_in_time", on("verb:hook", wait(400), {"ack": None}), [HOOK, f"{ENDED[0]} @800", ENDED[1]], "1.6", env=SHORT),
    _llm_hook("double", on("verb:hook", {"ack": [pause(1), HANGUP]}, {"ack": [HANGUP]}), [HOOK, f"{ENDED[0]} @1100", ENDED[1]], "1.2"),
    _llm_hook("with_verbs", on("verb:hook", {"ack": [pause(1), HANGUP]}), [HOOK, f"{ENDED[0]} @1100", ENDED[1]], "3.1: the whole stack"),
    _llm_hook("in_key_form", on("verb:hook", {"ack": [{"pause": {"length": 1}}, {"hangup": {}}]}), [HOOK, f"{ENDED[0]} @1100", ENDED[1]], "3.2"),
]

REDIRECT: Json = {"verb": "redirect", "actionHook": "/next"}
ASKED = "session:redirect /next"


def _redirect(name: str, rule: Json | None, ended: str, section: str, **script: Any) -> Case:
    rules = [on_new(ANSWER, REDIRECT, pause(0.6), HANGUP), *([rule] if rule else [])]
    return Case(f"ack_of_session_redirect_{name}", section, rules, {1: [*BEGUN, ASKED, f"{ENDED[0]} @{ended}", ENDED[1]]}, script=script)


CASES += [_redirect(kind, on("session:redirect", {"ack": data}), "600", "3.1: next verb") for kind, data in NO_VERBS.items()]
CASES += [_redirect(kind, on("session:redirect", {"ack": data}), "0", "1.6: it ends the call") for kind, data in INVALID.items()]
CASES += [
    _redirect("missing", None, "600", "1.6", env=SHORT),
    _redirect("with_verbs", on("session:redirect", {"ack": [pause(1.2), HANGUP]}), "1200", "3.1"),
]

GATHER: Json = {"verb": "gather", "input": ["digits"], "timeout": 0.3, "actionHook": "/digits"}
ODD = "call:status in-progress"
CASES += [
    Case(
        f"ack_of_a_gather_hook_{kind}",
        "1.6: jambonz:error and an odd call:status, then the next verb",
        [on_new(ANSWER, GATHER, pause(0.5), HANGUP), *([] if data is ... else [on("verb:hook", {"ack": data})])],
        {1: [*BEGUN, "verb:hook /digits timeout @300", "jambonz:error invalid actionHook response", ODD, *ENDED]},
        script={"env": SHORT},
    )
    for kind, data in {"missing": ..., **INVALID}.items()
]
CASES += [
    Case(
        f"ack_of_a_play_hook_{kind}",
        "1.6: swallowed, next verb",
        [on_new(ANSWER, {"verb": "play", "url": "http://files.test/a.wav", "actionHook": "/played"}, pause(0.5), HANGUP), *rules],
        {1: [*BEGUN, "verb:hook /played playCompleted", f"{ENDED[0]} @{ended}", ENDED[1]]},
        script={"env": SHORT},
    )
    for kind, rules, ended in (
        ("missing", [], 1170),
        ("invalid", [on("verb:hook", {"ack": [{"verb": "dance"}]})], 570),
        ("with_verbs", [on("verb:hook", {"ack": [pause(1), HANGUP]})], 1070),
    )
]
CASES += [
    Case(
        "ack_of_session_new_late",
        "1.6",
        [on("session:new", wait(800), {"ack": [ANSWER]})],
        {1: ["session:new", "closed 1001 by feature_server @600"]},
        ["480 unknown @600"],
        script={"env": SHORT},
    ),
    Case(
        "ack_of_session_new_double",
        "1.2: repeated acks are ignored",
        [on("session:new", {"ack": [ANSWER, pause(0.5), HANGUP]}, {"ack": [HANGUP]})],
        {1: [*BEGUN, f"{ENDED[0]} @500", ENDED[1]]},
    ),
    Case(
        "ack_of_session_new_with_another_status",
        "1.6: JAMBONES_WEBHOOK_ERROR_RETURN",
        [on("session:new", {"ack": []})],
        {1: ["session:new", "closed 1001 by feature_server"]},
        ["503 no application provided"],
        script={"env": {"JAMBONES_WEBHOOK_ERROR_RETURN": "503"}},
    ),
    Case(
        "ack_of_session_reconnect_with_verbs",
        "1.4.5: its data is ignored",
        [on_new(ANSWER, pause(1.5), HANGUP, then=[wait(100), {"app_terminate": True}]), on("session:reconnect", {"ack": [HANGUP]})],
        {2: ["session:reconnect @600", f"{ENDED[0]} @1500", ENDED[1]]},
    ),
    Case(
        "ack_of_session_reconnect_missing_with_a_hook_in_the_queue",
        "1.4.7: what is queued is rejected, and the call ends",
        [
            on_new(ANSWER, llm(), pause(5)),
            on_session({"app_terminate": True}, wait(700), {"openai_close": 1000}),
        ],
        {2: ["session:reconnect @500", "call:status completed by jambonz @1100", "closed 1000 by feature_server"]},
        ["200", "bye @1100"],
        script={"env": SHORT},
    ),
]
