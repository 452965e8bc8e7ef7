"""The llm verb: events, tools, updates and the ways it ends (jambonz.md 6)."""

from __future__ import annotations

from typing import Any

from simulator.vendors.openai.task import SERVER_EVENTS
from tests.fidelity.cases.case import ANSWER, BEGUN, ENDED, HANGUP, Case, Json, command, llm, on, on_new, on_session, pause, wait

CLOSED: Json = {"openai_close": 1000}
BEYOND = ("response.output_audio_transcript.done", "nonsense", "conversation.item.added", "*")
"""Names that are not in the list of the server."""
SENT = tuple(name for name in SERVER_EVENTS if name != "error") + BEYOND

CREATED = [name for name in SENT if name.startswith("response.") and name not in BEYOND]
ITEMS = [name for name in SENT if name.startswith("conversation.item.") and name not in BEYOND]
LISTED = [name for name in SENT if name not in BEYOND]
FILTERS: dict[str, tuple[Any, list[str]]] = {
    "absent": (None, LISTED),
    "all": (["all"], LISTED),
    "all_and_one": (["all", "nonsense"], LISTED),
    "all_but_one": (["all", "-response.done"], [name for name in SENT if name != "response.done"]),
    "all_but_a_wildcard": (["all", "-response.*"], [name for name in SENT if name not in CREATED]),
    "all_last": (["-session.created", "all"], [name for name in SENT if name != "session.created"]),
    "only_minus": (["-response.done"], list(SENT)),
    "empty": ([], list(SENT)),
    "nothing_wildcard": (["nothing.*"], list(SENT)),
    "audio_wildcard_takes_the_transcript": (["response.audio.*"], [name for name in CREATED if name.startswith("response.audio")]),
    "response_wildcard": (["response.*"], CREATED),
    "item_wildcard": (["conversation.item.*"], ITEMS),
    "conversation_wildcard": (["conversation.*"], [name for name in LISTED if name.startswith("conversation.")]),
    "star": (["*"], ["*"]),
    "literal_beyond_the_list": (["nonsense"], ["nonsense"]),
    "minus_beside_plus": (["session.created", "-session.created"], ["session.created"]),
    "unknown_name": (["nobody.sends.this"], []),
}


def _call(name: str, section: str, actions: list[Json], said: list[str], *rules: Json, verb: Json | None = None, **more: Any) -> Case:
    """A call with an llm, where something happens once the session was sent."""
    more.setdefault("auto_ack", ["verb:hook"])
    return Case(name, section, [on_new(ANSWER, verb or llm(), HANGUP), on_session(*actions), *rules], {1: [*BEGUN, *said, *ENDED]}, **more)


def events(*types: str, **more: Any) -> list[Json]:
    return [{"openai_send": {"type": type_, **more}} for type_ in types]


DISCONNECTED = "verb:hook /final disconnect from remote end"
CASES = [
    _call(f"events_{name}", "6.3", [*events(*SENT), wait(50), CLOSED], [*(f"llm:event {one}" for one in told), DISCONNECTED], verb=llm(events=wanted))
    for name, (wanted, told) in FILTERS.items()
]
CASES += [_call("events_without_a_hook", "6.3", [*events(*SENT), wait(50), CLOSED], [DISCONNECTED], verb=llm(eventHook=None, events=["all"]))]

# --- tools


def tool_call(arguments: Any = "{}", call_id: str = "call_1", name: str = "look_up") -> Json:
    item = {"type": "function_call", "id": "item_1", "name": name, "call_id": call_id, "arguments": arguments}
    return {"openai_send": {"type": "response.output_item.done", "item": item}}


def output(call_id: str = "call_1", **more: Any) -> Json:
    return {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": call_id, "output": "{}"}, **more}


OPENED = ["response.create", "session.update"]
ITEM = ["conversation.item.create", "response.create"]
CLOSED_THEN = ["closed by openai"]
CALLED = "llm:tool-call call_1 look_up"

OUTPUTS: dict[str, tuple[Any, bool]] = {
    "good": (output(), True),
    "with_an_object": (output() | {"item": {"type": "function_call_output", "call_id": "call_1", "output": {"a": 1}}}, True),
    "of_an_unknown_id": (output("call_9"), True),
    "a_message_item": ({"type": "conversation.item.create", "item": {"type": "message"}}, True),
    "without_item": ({"type": "conversation.item.create"}, True),
    "result": ({"result": 4}, False),
    "error": ({"error": "no"}, False),
    "text": ("4", False),
    "number": (4, False),
    "list": ([output()], False),
    "client_tool_result": ({"type": "client_tool_result", "invocation_id": "call_1", "result": "4"}, False),
    "response_create": ({"type": "response.create"}, False),
    "missing": (None, False),
}
CASES += [
    _call(
        f"tool_output_{name}",
        "6.5",
        [tool_call(), wait(200), CLOSED],
        [CALLED, DISCONNECTED],
        on("llm:tool-call", command("llm:tool-output", data, tool_call_id="call_1")),
        model=[*OPENED, *(ITEM if forwarded else []), *CLOSED_THEN],
    )
    for name, (data, forwarded) in OUTPUTS.items()
]
ARGUMENTS: dict[str, str] = {"empty": "", "not_json": "{a", "undefined": "undefined", "nan": "NaN", "cut_off": '{"a": '}
CASES += [
    _call(f"tool_arguments_{name}", "6.4: lost, and so is the event", [tool_call(text), wait(50), CLOSED], [DISCONNECTED], verb=llm(events=["all"]))
    for name, text in ARGUMENTS.items()
]
CASES += [
    _call(
        f"tool_arguments_{name}",
        "6.4",
        [tool_call(text), wait(50), CLOSED],
        [CALLED, "llm:event response.output_item.done", DISCONNECTED],
        verb=llm(events=["all"]),
    )
    for name, text in {
        "none": None,
        "a_number": 5,
        "object": '{"aB":1}',
        "list": "[1]",
        "number": "5",
        "null": "null",
        "spaces": ' {"a": 1} ',
    }.items()
]
CASES += [
    _call(
        "tool_without_a_hook",
        "6.4",
        [tool_call(), wait(50), CLOSED],
        ["llm:event response.output_item.done", DISCONNECTED],
        verb=llm(toolHook=None, events=["all"]),
    ),
    _call(
        "tool_arguments_done_is_no_call", "6.4", [*events("response.function_call_arguments.done", arguments="{}"), wait(50), CLOSED], [DISCONNECTED]
    ),
    _call("tool_item_of_another_kind", "6.4", [*events("response.output_item.done", item={"type": "message"}), wait(50), CLOSED], [DISCONNECTED]),
    _call(
        "tool_three_calls_in_order",
        "6.4",
        [tool_call(call_id="call_1"), wait(20), tool_call(call_id="call_2"), wait(20), tool_call(call_id="call_3"), wait(50), CLOSED],
        [CALLED, "llm:tool-call call_2 look_up", "llm:tool-call call_3 look_up", DISCONNECTED],
    ),
    _call(
        "tool_output_twice",
        "6.5: duplicates are not looked for",
        [tool_call(), wait(300), CLOSED],
        [CALLED, DISCONNECTED],
        on("llm:tool-call", command("llm:tool-output", output(), tool_call_id="call_1"), wait(50), command("llm:tool-output", output())),
        model=[*OPENED, *ITEM, *ITEM, *CLOSED_THEN],
    ),
    _call(
        "tool_output_never",
        "6.4: nothing guards it",
        [tool_call(), wait(9000), CLOSED],
        [CALLED, f"{DISCONNECTED} @9000"],
        model=[*OPENED, *CLOSED_THEN],
    ),
    _call(
        "tool_output_after_the_model_has_gone",
        "6.5: dropped",
        [tool_call(), wait(100), CLOSED],
        [CALLED, DISCONNECTED],
        on("llm:tool-call", wait(150), command("llm:tool-output", output()), wait(50)),
        on("verb:hook", wait(200), {"ack": None}),
        model=[*OPENED, *CLOSED_THEN],
    ),
    _call(
        "tool_output_while_the_hook_of_an_error_waits",
        "6.7: the session still exists",
        [tool_call(), {"openai_send": {"type": "error", "error": {"code": "x"}}}],
        [CALLED, "verb:hook /final server error"],
        on("verb:hook", wait(50), command("llm:tool-output", output()), wait(50), {"ack": None}),
        model=[*OPENED, *ITEM, "closed by feature_server @100"],
    ),
]

# --- updates

UPDATES = {
    "session.update": True,
    "conversation.item.create": True,
    "conversation.item.delete": True,
    "response.cancel": True,
    "response.create": False,
    "input_audio_buffer.append": False,
    "input_audio_buffer.clear": False,
    "conversation.item.truncate": False,
    "": False,
}
CASES += [
    _call(
        f"update_{type_ or 'without_type'}",
        "6.6",
        [wait(50), command("llm:update", {"type": type_, "x": 1}), wait(50), CLOSED],
        [DISCONNECTED],
        model=[*OPENED, *([type_] if forwarded else []), *CLOSED_THEN],
    )
    for type_, forwarded in UPDATES.items()
]
CASES += [
    _call(
        "update_by_the_name_of_the_documentation",
        "6.10",
        [command("llm:tool-update", {"type": "response.cancel"}), wait(50), CLOSED],
        [DISCONNECTED],
        model=[*OPENED, *CLOSED_THEN],
    ),
]

# --- ends


def done(status: str, details: Any = None) -> Json:
    response: Json = {"status": status} | ({} if details is None else {"status_details": details})
    return {"openai_send": {"type": "response.done", "response": response}}


CASES += [
    _call("end_error", "6.7", [{"openai_send": {"type": "error", "error": {"type": "x"}}}], ["verb:hook /final server error"]),
    _call("end_error_without_error", "6.7", [{"openai_send": {"type": "error"}}], ["verb:hook /final server error"]),
    _call(
        "end_error_that_is_subscribed",
        "6.7: the event first",
        [{"openai_send": {"type": "error", "error": {}}}],
        ["llm:event error", "verb:hook /final server error"],
        verb=llm(events=["error"]),
    ),
    _call("end_failed", "6.7", [done("failed", {"error": {"code": "x"}})], ["verb:hook /final server failure"]),
    _call("end_failed_without_details", "6.7", [done("failed")], ["verb:hook /final server failure"]),
    _call("end_failed_with_a_type_only", "6.7", [done("failed", {"type": "failed"})], ["verb:hook /final server failure"]),
    *(
        _call(f"end_not_by_{status}", "6.7", [done(status), wait(300), CLOSED], [f"{DISCONNECTED} @300"])
        for status in ("incomplete", "cancelled", "completed")
    ),
    _call("end_first_reason_wins", "6.7", [done("failed"), {"openai_send": {"type": "error", "error": {}}}], ["verb:hook /final server failure"]),
    *(_call(f"end_closed_{code}", "6.7", [wait(50), {"openai_close": code}], [DISCONNECTED]) for code in (1000, 1001)),
    _call("end_closed_1011", "6.7", [wait(50), {"openai_close": 1011}], [DISCONNECTED]),
    _call("end_broken", "6.7", [wait(50), {"openai_terminate": True}], [DISCONNECTED]),
    *(
        Case(
            f"end_refused_{status}",
            "6.7",
            [on_new(ANSWER, llm(), HANGUP)],
            {1: [*BEGUN, "verb:hook /final connection failure", *ENDED]},
            model=[],
            auto_ack=["verb:hook"],
            script={"openai": {"handshakes": [{"status": status}]}},
        )
        for status in (401, 403, 404, 429, 500, 503)
    ),
    Case(
        "end_dropped_handshake",
        "6.7",
        [on_new(ANSWER, llm(), HANGUP)],
        {1: [*BEGUN, "verb:hook /final connection failure", *ENDED]},
        model=[],
        auto_ack=["verb:hook"],
        script={"openai": {"handshakes": [{"drop": True}]}},
    ),
    Case(
        "end_caller_hangup",
        "4.3",
        [on_new(ANSWER, llm(), HANGUP), on_session(wait(200), {"caller_hangup": {"X-Why": "bored"}}), on("verb:hook", {"ack": [pause(5)]})],
        {1: [*BEGUN, "call:status completed by caller @200", "verb:hook /final normal conversation end", "closed 1000 by feature_server @200"]},
        ["200"],
        [*OPENED, "closed by feature_server @200"],
    ),
    Case(
        "end_caller_hangup_without_a_hook",
        "4.3",
        [on_new(ANSWER, llm(actionHook=None), HANGUP), on_session(wait(200), {"caller_hangup": True})],
        {1: [*BEGUN, "call:status completed by caller @200", "closed 1000 by feature_server @200"]},
    ),
    Case(
        "end_caller_hangup_while_connecting",
        "4.3",
        [on_new(ANSWER, llm(), HANGUP), on("call:status", {"caller_hangup": True}, data={"call_status": "in-progress"}, nth=1)],
        {1: [*BEGUN, "call:status completed by caller", "verb:hook /final normal conversation end", "closed 1000 by feature_server"]},
        auto_ack=["verb:hook"],
    ),
    Case(
        "end_caller_hangup_while_the_hook_of_an_error_waits",
        "4.3: the session is deleted at once",
        [
            on_new(ANSWER, llm(), HANGUP),
            on_session({"openai_send": {"type": "error", "error": {}}}),
            on("verb:hook", wait(100), {"caller_hangup": True}, wait(1000), {"ack": None}),
        ],
        {1: [*BEGUN, "verb:hook /final server error", "call:status completed by caller @100", "closed 1000 by feature_server @1100"]},
        model=[*OPENED, "closed by feature_server @100"],
    ),
    Case(
        "llm_after_llm",
        "6.7: the next verb",
        [
            on_new(ANSWER, llm(actionHook="/one"), llm(actionHook="/two"), HANGUP),
            {"on": "to_openai", "match": {"type": "session.update"}, "do": [wait(50), CLOSED]},
        ],
        {1: [*BEGUN, "verb:hook /one disconnect from remote end", "verb:hook /two disconnect from remote end", *ENDED]},
        model=[*OPENED, *CLOSED_THEN, *OPENED, *CLOSED_THEN],
        auto_ack=["verb:hook"],
    ),
    Case(
        "llm_without_session_update",
        "6.2",
        [on_new(ANSWER, llm(llmOptions={"response_create": {}}), HANGUP), {"on": "openai_connected", "do": [wait(50), CLOSED]}],
        {1: [*BEGUN, DISCONNECTED, *ENDED]},
        model=["response.create", *CLOSED_THEN],
        auto_ack=["verb:hook"],
    ),
    Case(
        "llm_with_response_create_null",
        "6.1",
        [on_new(ANSWER, llm(llmOptions={"response_create": None}), HANGUP), {"on": "openai_connected", "do": [wait(50), CLOSED]}],
        {1: [*BEGUN, DISCONNECTED, *ENDED]},
        model=["response.create", *CLOSED_THEN],
        auto_ack=["verb:hook"],
    ),
    *(
        Case(
            f"llm_as_{name}",
            "3.2",
            [on_new(ANSWER, verb, HANGUP), on_session(wait(50), CLOSED)],
            {1: [*BEGUN, DISCONNECTED, *ENDED]},
            auto_ack=["verb:hook"],
        )
        for name, verb in {
            "s2s": {**llm(), "verb": "s2s"},
            "openai_s2s": {**llm(vendor=None), "verb": "openai_s2s"},
            "key_form": {"llm": {name: value for name, value in llm().items() if name != "verb"}},
        }.items()
    ),
    Case(
        "llm_answers_the_call",
        "4.2, 6.2",
        [on_new(llm(), HANGUP), on_session(wait(50), CLOSED)],
        {1: [*BEGUN, DISCONNECTED, *ENDED]},
        ["200", "bye"],
        auto_ack=["verb:hook"],
    ),
    Case(
        "verb_alone_not_acked",
        "1.6",
        [{"on": "to_openai", "match": {"type": "session.update"}, "do": [wait(50), CLOSED]}],
        {1: [DISCONNECTED, "closed 1000 by feature_server @650"]},
        level=2,
        script={"verb": {k: v for k, v in llm().items() if k != "verb"}, "env": {"JAMBONES_WS_API_MSG_RESPONSE_TIMEOUT": "600"}},
    ),
]
