"""Bugs an application like this one has had, or may well have: each is planted into the weather assistant for one call.

A bug names the shipped scenarios that must fail on it, and the reason that must be given: the code of a rule, or words of
what is printed.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from app import apology, dialects, messages, session, tools
from app import conversation as talk
from app.messages import Message
from app.server import Connection
from app.session import Session
from app.settings import Settings
from app.tools import weather

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Bug:
    """`caught` says in which scenario (path below `scenarios/`, and the case when there are several) and for which reason."""

    name: str
    plant: Plant
    caught: Mapping[str, str]


BUGS: list[Bug] = []


def bug(caught: Mapping[str, str]) -> Callable[[Plant], Plant]:
    """Register a bug; its name is that of the function that plants it, in words."""

    def register(plant: Plant) -> Plant:
        BUGS.append(Bug(plant.__name__.replace("_", " "), plant, caught))
        return plant

    return register


def wrapped(patch: pytest.MonkeyPatch, owner: Any, name: str, wrap: Callable[..., Any]) -> None:
    """`owner.name` becomes `wrap(original, ...)`: what was there is handed over in front of the arguments."""
    original = getattr(owner, name)
    patch.setattr(owner, name, lambda *arguments: wrap(original, *arguments))


# --- acknowledgements


@bug({"conversation/greeting.yaml": "J001", "trouble/disconnect.yaml": "J001"})
def hooks_are_not_acknowledged(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(messages, "WANTS_ACK", messages.WANTS_ACK - {"verb:hook"})


@bug({"conversation/greeting.yaml": "J001", "tools/weather.yaml": "J005"})
def acknowledgements_carry_a_msgid_of_their_own(patch: pytest.MonkeyPatch) -> None:
    wrapped(patch, messages, "ack", lambda ack, msgid, *verbs: ack(f"ack-{msgid}", *verbs))


@bug({"conversation/greeting.yaml": "no ack for session:new within 5 s"})
def acknowledgements_come_after_six_seconds(patch: pytest.MonkeyPatch) -> None:
    async def late(send: Any, connection: Connection, message: Message) -> None:
        if message["type"] == "ack":
            await asyncio.sleep(6)
        await send(connection, message)

    wrapped(patch, Connection, "send", late)


@bug({"conversation/greeting.yaml": "KeyError: 'sip'", "tools/weather.yaml": "J011"})
def the_handler_of_a_new_call_raises(patch: pytest.MonkeyPatch) -> None:
    def handled(handle: Any, connection: Connection, call: Session, message: Message) -> Any:
        if message["type"] == "session:new":
            raise KeyError("sip")
        return handle(connection, call, message)

    wrapped(patch, Connection, "_handled", handled)


@bug({"tools/weather.yaml": "TypeError: 'NoneType' object is not subscriptable at tests/planted/bugs.py"})
def the_handler_of_an_event_raises(patch: pytest.MonkeyPatch) -> None:
    def event(self: Session, data: Mapping[str, Any]) -> None:  # noqa: ARG001
        raise TypeError("'NoneType' object is not subscriptable")

    patch.setattr(Session, "_event", event)


@bug({"conversation/greeting.yaml": "J006"})
def frames_are_python_instead_of_json(patch: pytest.MonkeyPatch) -> None:
    async def send(self: Connection, message: Message) -> None:
        await self._socket.send_str(str(message))

    patch.setattr(Connection, "send", send)


# --- tools


def output(patch: pytest.MonkeyPatch, change: Callable[[Message], Message]) -> None:
    """Commands that give the model a tool's output are changed."""
    wrapped(patch, messages, "tool_output", lambda made, call_id, text: change(made(call_id, text)))


@bug({"tools/weather.yaml": "J003", "beta/weather.yaml": "J003", "tools/two-in-one-turn.yaml": "J003"})
def a_tool_output_is_an_object(patch: pytest.MonkeyPatch) -> None:
    wrapped(patch, messages, "_function_call_output", lambda made, call_id, text: made(call_id, json.loads(text)))


@bug({"tools/weather.yaml": "J003", "tools/backend-slow.yaml": "J003"})
def a_tool_output_is_only_the_result(patch: pytest.MonkeyPatch) -> None:
    output(patch, lambda command: command | {"data": {"result": command["data"]["item"]["output"]}})


@bug({"tools/weather.yaml": "J003"})
def a_tool_output_has_the_wrong_type(patch: pytest.MonkeyPatch) -> None:
    output(patch, lambda command: command | {"data": command["data"] | {"type": "response.create"}})


@bug({"tools/weather.yaml": "belongs to no tool call", "tools/two-in-one-turn.yaml": "J003"})
def a_tool_output_has_the_wrong_call_id(patch: pytest.MonkeyPatch) -> None:
    wrapped(patch, messages, "_function_call_output", lambda made, call_id, text: made(f"tool-{call_id}", text))


@bug({"tools/any-order.yaml": "of them did not come", "tools/two-in-one-turn.yaml": "J002"})
def two_tools_are_answered_under_the_id_of_the_first(patch: pytest.MonkeyPatch) -> None:
    first: list[str] = []

    def item(made: Any, call_id: str, text: str) -> Message:
        first.append(call_id)
        return {**made(first[0], text)}

    wrapped(patch, messages, "_function_call_output", item)


@bug({"tools/captured.yaml": "wanted is "})
def the_place_is_looked_up_in_capitals(patch: pytest.MonkeyPatch) -> None:
    async def get(found: Any, context: Any, url: str, query: dict[str, str]) -> Any:
        return await found(context, url, query | ({"name": query["name"].upper()} if "name" in query else {}))

    wrapped(patch, weather, "_get", get)


@bug({"tools/captured.yaml": "temperature: expected less than 0, got 3.5"})
def the_sign_of_a_temperature_is_lost(patch: pytest.MonkeyPatch) -> None:
    wrapped(patch, weather, "_number", lambda number, values, key: abs(number(values, key)))


@bug({"tools/weather.yaml": "J005", "tools/unknown-place.yaml": "llm:tool_output"})
def a_tool_output_is_an_unknown_command(patch: pytest.MonkeyPatch) -> None:
    output(patch, lambda command: command | {"command": "llm:tool_output"})


@bug({"tools/weather.yaml": "the application owes the output of get_weather (call_", "tools/filler-and-tool.yaml": "expected tool_output"})
def a_tool_output_is_never_sent(patch: pytest.MonkeyPatch) -> None:
    def send(sent: Any, call: Session, message: Message) -> None:
        if message["command"] != "llm:tool-output":
            sent(call, message)

    wrapped(patch, Session, "_send", send)


@bug({"tools/weather.yaml": "J002", "tools/two-in-one-turn.yaml": "J002"})
def a_tool_output_is_sent_twice(patch: pytest.MonkeyPatch) -> None:
    def send(sent: Any, call: Session, message: Message) -> None:
        sent(call, message)
        sent(call, message)

    wrapped(patch, Session, "_send", send)


@bug({"tools/weather.yaml": "llm:update response.create: the server forwards no such client event", "tools/two-in-one-turn.yaml": "J005"})
def a_second_response_is_asked_for(patch: pytest.MonkeyPatch) -> None:
    def send(sent: Any, call: Session, message: Message) -> None:
        sent(call, message)
        if message["command"] == "llm:tool-output":
            sent(call, {"type": "command", "command": "llm:update", "data": {"type": "response.create"}})

    wrapped(patch, Session, "_send", send)


@bug({"tools/two-in-one-turn.yaml": "conversation_already_has_active_response", "tools/wrong-arguments.yaml": "J012"})
def a_tool_output_does_not_wait_for_the_response_to_end(patch: pytest.MonkeyPatch) -> None:
    def answers(self: talk.Conversation, now_s: float) -> list[talk.Effect]:  # noqa: ARG001
        ready = {call_id: call.output for call_id, call in self._open.items() if call.output is not None}
        for call_id in ready:
            del self._open[call_id]
        return [talk.TellAndAsk(call_id, text) for call_id, text in ready.items()]

    patch.setattr(talk.Conversation, "_answers", answers)


@bug({"tools/two-in-one-turn.yaml": "conversation_already_has_active_response"})
def every_tool_of_a_turn_asks_for_a_response_of_its_own(patch: pytest.MonkeyPatch) -> None:
    def answers(found: Any, self: talk.Conversation, now_s: float) -> list[talk.Effect]:
        return [talk.TellAndAsk(one.call_id, one.output) if isinstance(one, talk.Tell) else one for one in found(self, now_s)]

    wrapped(patch, talk.Conversation, "_answers", answers)


@bug({"tools/speaks-during-tool.yaml [it is found while the caller speaks]": "conversation_already_has_active_response"})
def that_the_caller_speaks_during_a_tool_is_not_noticed(patch: pytest.MonkeyPatch) -> None:
    def event_of(meaning: Any, message: dict[str, Any]) -> talk.Event | None:
        return None if message["type"].startswith("input_audio_buffer.") else meaning(message)

    wrapped(patch, talk, "event_of", event_of)


@bug({"beta/ga-names.yaml": 'expected event: "input_audio_buffer.committed"'})
def buffer_commits_are_not_asked_for(patch: pytest.MonkeyPatch) -> None:
    wrapped(patch, dialects, "events", lambda listed, names: [name for name in listed(names) if name != "input_audio_buffer.committed"])


@bug({"tools/hang-up-during-tool.yaml": "expected frame"})
def the_socket_is_blocked_by_a_tool(patch: pytest.MonkeyPatch) -> None:
    async def receive(received: Any, connection: Connection, message: Message) -> None:
        await received(connection, message)
        if message["type"] == "llm:tool-call" and connection._session is not None:
            await asyncio.gather(*connection._session._tasks)

    wrapped(patch, Connection, "_receive", receive)


@bug({"tools/backend-trouble.yaml": "J014", "tools/unknown-place.yaml": "ToolError: No place called", "tools/wrong-arguments.yaml": "J014"})
def what_goes_wrong_in_a_tool_is_not_told(patch: pytest.MonkeyPatch) -> None:
    async def output_of(known: Any, name: object, arguments: object, context: tools.Context) -> str:
        return tools._written(await tools._result_of(known, name, arguments, context))

    patch.setattr(session, "output_of", output_of)


@bug({"tools/backend-slow.yaml": "expected tool_output"})
def a_tool_may_take_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tools.asyncio, "timeout", lambda _: asyncio.Timeout(None), raising=True)


@bug({"tools/unknown-place.yaml": "expected request"})
def the_query_is_not_encoded(patch: pytest.MonkeyPatch) -> None:
    async def get(got: Any, context: tools.Context, url: str, query: dict[str, str]) -> Any:
        return await got(context, f"{url}?{'&'.join(f'{name}={value}' for name, value in query.items())}", {})

    wrapped(patch, weather, "_get", get)


@bug({"tools/fahrenheit.yaml": 'expected "fahrenheit", got "celsius"'})
def the_scale_is_ignored(patch: pytest.MonkeyPatch) -> None:
    async def get(got: Any, context: tools.Context, url: str, query: dict[str, str]) -> Any:
        return await got(context, url, {name: "celsius" if name == "temperature_unit" else value for name, value in query.items()})

    wrapped(patch, weather, "_get", get)


@bug({"tools/backend-trouble.yaml [down]": "J014", "tools/backend-trouble.yaml [malformed]": "J014"})
def the_status_of_the_backend_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    async def get(context: tools.Context, url: str, query: dict[str, str]) -> Any:
        async with context.http.get(url, params=query) as response:
            return await response.json()

    patch.setattr(weather, "_get", get)


@bug({"tools/unknown-place.yaml": "KeyError: 'results'"})
def an_unknown_place_is_an_index_error(patch: pytest.MonkeyPatch) -> None:
    async def place(context: tools.Context, location: str) -> Any:
        return (await weather._get(context, f"{context.settings.geocoding_url}/v1/search", {"name": location}))["results"][0]

    patch.setattr(weather, "_place", place)


@bug({"tools/wrong-arguments.yaml [no location]": "J014", "tools/wrong-arguments.yaml [a scale that does not exist]": "/kelvin/"})
def the_arguments_of_a_tool_are_not_checked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tools.Tool, "check", lambda _self, arguments: arguments)


@bug({"tools/wrong-arguments.yaml [a tool that does not exist]": "/get_tides/"})
def a_tool_that_does_not_exist_is_not_answered(patch: pytest.MonkeyPatch) -> None:
    def tool_call(called: Any, self: Session, data: Mapping[str, Any]) -> None:
        if data["name"] == "get_weather":
            called(self, data)

    wrapped(patch, Session, "_tool_call", tool_call)


@bug({"tools/hang-up-during-tool.yaml": "J015"})
def a_tool_goes_on_after_the_call(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Session, "_stop_talking", lambda self: self._tell(talk.Ended()))

    async def closed(self: Session) -> None:
        """Waits for nothing."""

    patch.setattr(Session, "closed", closed)


@bug({"conversation/greeting.yaml": "J015", "conversation/no-api-key.yaml": "J015"})
def every_call_leaves_a_ticker_behind(patch: pytest.MonkeyPatch) -> None:
    async def ticking() -> None:
        while await asyncio.sleep(30, "tick"):
            pass

    def attach(attached: Any, self: Session, socket: Any) -> None:
        attached(self, socket)
        self._ticker = asyncio.get_running_loop().create_task(ticking())

    wrapped(patch, Session, "attach", attach)


# --- the verbs for a new call


def hearing(verb: dict[str, Any]) -> dict[str, Any]:
    """How the model listens, in either dialect."""
    session_update: dict[str, Any] = verb["llmOptions"]["session_update"]
    return session_update["audio"]["input"] if "audio" in session_update else session_update


def llm(patch: pytest.MonkeyPatch, change: Callable[[dict[str, Any], str], None]) -> None:
    """The `llm` verb is changed in place; the key is handed over too."""

    def answer(answered: Any, *arguments: Any) -> list[dict[str, Any]]:
        verbs: list[dict[str, Any]] = answered(*arguments)
        change(verbs[2], arguments[2])
        return verbs

    wrapped(patch, session, "answer", answer)


@bug({"conversation/greeting.yaml": "J004", "tools/weather.yaml": "greeting"})
def the_verb_has_a_property_that_does_not_exist(patch: pytest.MonkeyPatch) -> None:
    llm(patch, lambda verb, _: verb.update(greeting=True))


@bug({"conversation/greeting.yaml": "J004"})
def the_vendor_is_misspelt(patch: pytest.MonkeyPatch) -> None:
    llm(patch, lambda verb, _: verb.update(vendor="openai-realtime"))


@bug({"tools/weather.yaml": "toolHook"})
def the_verb_has_no_tool_hook(patch: pytest.MonkeyPatch) -> None:
    llm(patch, lambda verb, _: verb.pop("toolHook"))


@bug({"conversation/greeting.yaml": "actionHook", "trouble/disconnect.yaml": "expected action"})
def the_verb_has_no_action_hook(patch: pytest.MonkeyPatch) -> None:
    llm(patch, lambda verb, _: verb.pop("actionHook"))


@bug({"conversation/greeting.yaml": "expected session"})
def the_model_is_not_told_of_the_tools(patch: pytest.MonkeyPatch) -> None:
    llm(patch, lambda verb, _: verb["llmOptions"]["session_update"].update(tools=[]))


@bug({"conversation/greeting.yaml": "expected client_event"})
def the_first_response_has_no_instructions(patch: pytest.MonkeyPatch) -> None:
    llm(patch, lambda verb, _: verb["llmOptions"]["response_create"].pop("instructions"))


@bug({"tools/weather.yaml": "J004"})
def nothing_asks_for_the_first_response(patch: pytest.MonkeyPatch) -> None:
    llm(patch, lambda verb, _: verb["llmOptions"].pop("response_create"))


@bug({"conversation/greeting.yaml": "expected session"})
def turn_detection_is_left_to_the_model(patch: pytest.MonkeyPatch) -> None:
    llm(patch, lambda verb, _: hearing(verb).pop("turn_detection"))


@bug({"barge-in/during-speech.yaml": "expected event", "barge-in/cough.yaml": "expected event"})
def the_caller_is_not_transcribed(patch: pytest.MonkeyPatch) -> None:
    llm(patch, lambda verb, _: hearing(verb).pop("transcription"))


@bug({"conversation/greeting.yaml": "J010", "tools/weather.yaml": "J010"})
def the_key_stands_in_the_instructions(patch: pytest.MonkeyPatch) -> None:
    def leak(verb: dict[str, Any], key: str) -> None:
        verb["llmOptions"]["session_update"]["instructions"] += f" Your key is {key}."

    llm(patch, leak)


@bug({"tools/weather.yaml": "J010"})
def the_key_is_sent_to_the_weather_service(patch: pytest.MonkeyPatch) -> None:
    async def get(got: Any, context: tools.Context, url: str, query: dict[str, str]) -> Any:
        return await got(context, url, query | {"apikey": str(context.settings.openai_api_key)})

    wrapped(patch, weather, "_get", get)


@bug({"conversation/greeting.yaml": "J008"})
def the_answer_is_longer_than_a_frame(patch: pytest.MonkeyPatch) -> None:
    llm(patch, lambda verb, _: verb["llmOptions"]["session_update"].update(instructions="Be kind. " * 3_000))


@bug({"conversation/greeting.yaml": "expected verbs"})
def the_list_ends_with_the_assistant(patch: pytest.MonkeyPatch) -> None:
    wrapped(patch, session, "answer", lambda answer, *arguments: answer(*arguments)[:3])


@bug({"conversation/no-api-key.yaml": "the phone rings on"})
def without_a_key_the_call_is_hung_up_instead_of_declined(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(messages, "decline", lambda _status, _reason: [{"verb": "hangup"}])


@bug({"conversation/no-api-key.yaml": "expected verbs"})
def without_a_key_the_model_is_tried_all_the_same(patch: pytest.MonkeyPatch) -> None:
    wrapped(patch, Settings, "for_call", lambda made, self, env_vars: made(self, {"OPENAI_API_KEY": "none"} | (env_vars or {})))


# --- dialects


def always(patch: pytest.MonkeyPatch, dialect: str) -> None:
    """Whatever was asked for, the payloads are of this dialect."""
    wrapped(patch, dialects, "session_update", lambda made, assistant, _: made(assistant, dialect))
    wrapped(patch, dialects, "response_create", lambda made, assistant, _: made(assistant, dialect))


@bug({"beta/ga-names.yaml": "J012"})
def ga_is_asked_for_and_beta_is_sent(patch: pytest.MonkeyPatch) -> None:
    always(patch, "beta")


@bug({"beta/weather.yaml": "J012"})
def beta_is_asked_for_and_ga_is_sent(patch: pytest.MonkeyPatch) -> None:
    always(patch, "ga")


@bug({"conversation/greeting.yaml": "J012"})
def the_session_has_no_type(patch: pytest.MonkeyPatch) -> None:
    llm(patch, lambda verb, _: verb["llmOptions"]["session_update"].pop("type", None))


@bug({"beta/ga-names.yaml": 'expected event: "conversation.item.added"'})
def wildcards_are_trusted_to_bring_ga_names(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dialects, "events", lambda names: list(dict.fromkeys(names)))


@bug({"beta/converted.yaml": 'expected event: "conversation.item.created"', "beta/weather.yaml": 'expected event: "response.audio_transcript.done"'})
def only_ga_names_are_listed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        dialects, "events", lambda names: [name for one in names for name in (dialects.RENAMED.get(one) or dialects._other_spellings(one) or (one,))]
    )


# --- the end


@bug({"trouble/disconnect.yaml": "J013", "trouble/refused.yaml": "J013", "trouble/failed-response.yaml": "J013"})
def nobody_hangs_up_after_the_apology(patch: pytest.MonkeyPatch) -> None:
    wrapped(patch, messages, "say_and_hang_up", lambda made, text: made(text)[:1])


@bug({"trouble/disconnect.yaml": "expected say", "trouble/refused.yaml": "expected say", "trouble/expiry.yaml": "expected say"})
def nothing_is_said_before_hanging_up(patch: pytest.MonkeyPatch) -> None:
    wrapped(patch, messages, "say_and_hang_up", lambda made, text: made(text)[1:])


@bug({"trouble/rate-limit.yaml": "Please try again in"})
def the_time_to_wait_is_not_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(apology, "try_again_in_s", lambda _: None)


@bug(
    {
        "trouble/rate-limit.yaml [fractions of a second]": "in 2 seconds",
        "trouble/rate-limit.yaml [minutes and seconds]": "in 1 minute and 27 seconds",
        "trouble/rate-limit.yaml [milliseconds]": "in 1 second",
    }
)
def only_whole_seconds_are_understood(patch: pytest.MonkeyPatch) -> None:
    def try_again_in_s(message: object) -> int | None:
        found = re.search(r"try again in (\d+)s", str(message))
        return int(found[1]) if found else None

    patch.setattr(apology, "try_again_in_s", try_again_in_s)


@bug({"trouble/rate-limit.yaml [minutes and seconds]": "1 minute and 27 seconds"})
def minutes_are_not_understood(patch: pytest.MonkeyPatch) -> None:
    def try_again_in_s(message: object) -> int | None:
        found = re.search(r"try again in .*?([\d.]+)s", str(message))
        return round(float(found[1])) if found else None

    patch.setattr(apology, "try_again_in_s", try_again_in_s)


@bug({"trouble/disconnect.yaml": "J014", "trouble/refused.yaml [HTTP 403]": "J014", "trouble/refused.yaml [nobody answers]": "J014"})
def an_end_without_an_error_object_raises(patch: pytest.MonkeyPatch) -> None:
    def sorry(apologise: Any, reason: object, error: Any) -> str | None:
        return apologise(reason, error) if reason == apology.NORMAL_END else apologise(reason, {"code": error["code"], **error})

    wrapped(patch, session, "apology", sorry)


@bug({"trouble/disconnect.yaml": "expected say", "trouble/failed-response.yaml [quota]": "used up its quota"})
def every_failure_is_taken_for_a_rate_limit(patch: pytest.MonkeyPatch) -> None:
    def sorry(apologise: Any, reason: object, error: Any) -> str | None:
        return apologise(reason, error) if reason == apology.NORMAL_END else apology.RATE_LIMITED

    wrapped(patch, session, "apology", sorry)


@bug({"trouble/disconnect.yaml": "expected say", "trouble/error-event.yaml": "expected say", "trouble/refused.yaml": "expected say"})
def only_failures_of_the_server_are_apologised_for(patch: pytest.MonkeyPatch) -> None:
    wrapped(patch, session, "apology", lambda apologise, reason, error: apologise(reason, error) if reason == "server failure" else None)


@bug({"conversation/greeting.yaml": "J005", "tools/hang-up-during-tool.yaml": "J005"})
def a_caller_who_is_gone_is_apologised_to(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Session, "_final", lambda _self, _data: messages.say_and_hang_up(apology.UNKNOWN))


@bug({"tools/weather.yaml": "J011"})
def the_socket_is_closed_when_the_assistant_speaks(patch: pytest.MonkeyPatch) -> None:
    async def receive(received: Any, connection: Connection, message: Message) -> None:
        await received(connection, message)
        if message["type"] == "llm:event":
            await connection.close(1000, b"")

    wrapped(patch, Connection, "_receive", receive)


@bug({"tools/weather.yaml": "closed its socket with 1001 during the call"})
def the_socket_is_closed_after_every_answer(patch: pytest.MonkeyPatch) -> None:
    async def send(sent: Any, connection: Connection, message: Message) -> None:
        await sent(connection, message)
        await connection.close(1001, b"")

    wrapped(patch, Connection, "send", send)


@bug({"tools/weather.yaml": "KeyError: 'text'"})
def a_transcript_is_logged_by_a_name_it_does_not_have(patch: pytest.MonkeyPatch) -> None:
    def event(handled: Any, self: Session, data: dict[str, Any]) -> None:
        handled(self, data)
        if data["type"].endswith("transcription.completed"):
            self.log.info("transcript", fields={"text": data["text"]})

    wrapped(patch, Session, "_event", event)
