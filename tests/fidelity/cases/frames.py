"""Every kind of malformed frame at every moment of a call, and frames that are not malformed though they look it (jambonz.md 1.2, 3.6)."""

from __future__ import annotations

from tests.fidelity.cases.case import ANSWER, BEGUN, ENDED, HANGUP, RANG_OUT, Case, Json, command, llm, on_new, on_session, pause, wait

MALFORMED: dict[str, tuple[Json, str | None]] = {
    "text": ({"app_send_text": "hello"}, None),
    "empty": ({"app_send_text": ""}, None),
    "half_json": ({"app_send_text": '{"type":"ack"'}, None),
    "null": ({"app_send_text": "null"}, None),
    "number": ({"app_send_text": "42"}, "type property not supplied"),
    "string": ({"app_send_text": '"ack"'}, "type property not supplied"),
    "array": ({"app_send_text": "[]"}, "type property not supplied"),
    "object": ({"app_send_text": "{}"}, "type property not supplied"),
    "empty_type": ({"app_send": {"type": ""}}, "type property not supplied"),
    "type_0": ({"app_send": {"type": 0}}, "type property not supplied"),
    "type_5": ({"app_send": {"type": 5}}, "invalid type property: 5"),
    "unknown_type": ({"app_send": {"type": "verb:hook", "msgid": "x"}}, "invalid type property: verb:hook"),
    "ack_without_msgid": ({"app_send": {"type": "ack", "data": []}}, "msgid not supplied"),
    "ack_with_empty_msgid": ({"app_send": {"type": "ack", "msgid": ""}}, "msgid not supplied"),
    "command_without_name": ({"app_send": {"type": "command", "data": {}}}, "command property not supplied"),
    "command_without_data": (command("redirect"), "data property not supplied"),
    "command_with_empty_data": (command("redirect", ""), "data property not supplied"),
    "command_with_data_0": (command("config", 0), "data property not supplied"),
    "command_with_data_false": (command("call:status", data=False), "data property not supplied"),
    "update_without_data": (command("llm:update"), "data property not supplied"),
    "unknown_command_without_data": (command("dance"), "data property not supplied"),
    "binary_text": ({"app_send_binary": "hello"}, None),
    "binary_object": ({"app_send_binary": "{}"}, "type property not supplied"),
}
ERROR = "jambonz:error InvalidMessage @200"


def _moments(kind: str, frame: Json, details: str | None) -> list[Case]:
    wanted = None if details is None else [details]
    return [
        Case(
            f"frame_{kind}_in_pause",
            "1.2",
            [on_new(ANSWER, pause(0.5), HANGUP, then=[wait(200), frame])],
            {1: [*BEGUN, ERROR, *ENDED]},
            details=wanted,
        ),
        Case(
            f"frame_{kind}_unanswered",
            "1.2",
            [on_new(pause(5), then=[wait(200), frame, wait(200), {"caller_cancel": True}])],
            {1: [*BEGUN[:2], ERROR, *RANG_OUT]},
            details=wanted,
        ),
        Case(
            f"frame_{kind}_in_llm",
            "1.2",
            [on_new(ANSWER, llm(), HANGUP), on_session(wait(200), frame, wait(200), {"openai_close": 1000})],
            {1: [*BEGUN, ERROR, "verb:hook /final disconnect from remote end", *ENDED]},
            details=wanted,
            auto_ack=["verb:hook"],
        ),
    ]


CASES = [case for kind, (frame, details) in MALFORMED.items() for case in _moments(kind, frame, details)]

HARMLESS: dict[str, Json] = {
    "unknown_command": command("dance", {"x": 1}),
    "tool_output_without_data": command("llm:tool-output"),
    "flush_without_data": command("tts:flush"),
    "clear_without_data": command("tts:clear"),
    "ack_of_nobody": {"app_send": {"type": "ack", "msgid": "nobody", "data": [HANGUP]}},
    "ack_of_a_number": {"app_send": {"type": "ack", "msgid": 7, "data": [HANGUP]}},
    "spaces_up_to_24_kib_around_an_ack": {"app_send_text": '{"type":"ack","msgid":"nobody"}{{repeat: :24545}}'},
    "flat_dtmf": command("dtmf", {"digit": "1"}),
    "invalid_redirect": command("redirect", [{"verb": "dance"}]),
    "invalid_config": command("config", {"dance": 1}),
    "not_on_websockets_tag": command("tag", {"a": 1}),
    "not_on_websockets_mute": command("mute", {"mute_status": "mute"}),
    "status_as_text": command("call:status", "completed"),
    "mute_outside_a_dial": command("mute:status", "mute"),
    "listen_status_without_listen": command("listen:status", {"listen_status": "pause"}),
    "media_path_outside_a_dial": command("media:path", "no-media"),
    "conference_command_outside": command("conf:mute-status", {"conf_mute_status": "mute"}),
    "update_outside_an_llm": command("llm:update", {"type": "response.cancel"}),
    "tokens_without_id": command("tts:tokens", {"tokens": "hi"}),
}
CASES += [
    Case(f"frame_{kind}_is_ignored", "1.2, 3.3", [on_new(ANSWER, pause(0.5), HANGUP, then=[wait(200), frame])], {1: [*BEGUN, *ENDED]})
    for kind, frame in HARMLESS.items()
]
CASES += [
    Case(
        "frame_binary_is_obeyed",
        "1.2",
        [on_new(ANSWER, pause(5), then=[wait(200), {"app_send_binary": '{"type":"command","command":"redirect","data":[{"verb":"hangup"}]}'}])],
        {1: [*BEGUN, "call:status completed by jambonz @200", ENDED[1]]},
    ),
    Case(
        "frame_with_other_properties_is_obeyed",
        "1.2",
        [on_new(ANSWER, pause(5), then=[wait(200), command("redirect", [HANGUP], call_sid="other", msgid="x", extra=[1])])],
        {1: [*BEGUN, "call:status completed by jambonz @200", ENDED[1]]},
    ),
    Case(
        "frame_limit_can_be_set",
        "1.1",
        [on_new(ANSWER, pause(1), HANGUP, then=[wait(100), {"app_send_text": "{{repeat: :1001}}"}])],
        {1: [*BEGUN, "closed 1009 by feature_server @100"], 2: ["session:reconnect @600", *ENDED]},
        auto_ack=["session:reconnect"],
        script={"env": {"JAMBONES_WS_MAX_PAYLOAD": "1000"}},
    ),
]
