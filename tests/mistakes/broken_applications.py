"""Applications that do one thing wrong each."""

from __future__ import annotations

import asyncio

from tests.mistakes import applications
from tests.mistakes.applications import Json, Socket, answering, application, asks_the_weather, nothing
from tests.mistakes.mistake import CALLED, GREETED, SAY, Mistake, new, steps, talking, verbs


async def raises(_: Socket, __: Json) -> None:
    raise LookupError("no table for this caller")


async def raises_in_tool(_: Socket, message: Json) -> None:
    raise KeyError(message["data"]["args"].get("place"))


async def acks_another(socket: Socket, message: Json) -> None:
    await socket.ack(message, [{"verb": "answer"}], msgid="1234")


async def acks_late(socket: Socket, message: Json) -> None:
    await asyncio.sleep(6)
    await socket.ack(message, [{"verb": "answer"}])


async def speaks_python(socket: Socket, message: Json) -> None:
    await socket.send(str({"type": "ack", "msgid": message["msgid"]}))


async def closes(socket: Socket, _: Json) -> None:
    await socket.socket.close(code=1000)


async def outputs_an_object(socket: Socket, message: Json) -> None:
    await socket.output(message, {"temperature": 21})


async def outputs_for_another_call(socket: Socket, message: Json) -> None:
    await socket.output(message, call_id="call_of_yesterday")


async def outputs_the_bare_result(socket: Socket, message: Json) -> None:
    await socket.command("llm:tool-output", {"temperature": 21}, tool_call_id=message["data"]["tool_call_id"])


async def outputs_by_another_command(socket: Socket, message: Json) -> None:
    await socket.command("llm:tool_output", {}, tool_call_id=message["data"]["tool_call_id"])


async def outputs_at_once_and_twice(socket: Socket, message: Json) -> None:
    await asyncio.sleep(1)
    await socket.output(message)
    await socket.output(message)


async def asks_for_a_response(socket: Socket, message: Json) -> None:
    if message["data"].get("type") == "response.done":
        await socket.command("llm:update", {"type": "response.create"})


async def leaves_a_task(socket: Socket, message: Json) -> None:
    async def watch_the_clock() -> None:
        await asyncio.sleep(3_600)

    socket.__dict__["watch"] = asyncio.get_running_loop().create_task(watch_the_clock())
    await socket.ack(message, [{"verb": "answer"}, {"verb": "say", "text": "Hello there."}, {"verb": "hangup"}])


BROKEN_APPLICATIONS = (
    Mistake(
        "the handler of a new call raises",
        GREETED,
        3,
        "nobody asked it for a response",
        ("because: J014 the application raised LookupError: no table for this caller at tests/mistakes/broken_applications.py:", "in raises"),
        "catch it",
        new(raises),
    ),
    Mistake(
        "a tool raises",
        CALLED + steps("expect: {tool_output: '*'}"),
        6,
        "but the application returned no tool output",
        ("because: J014 the application raised KeyError: None at tests/mistakes/",),
        "catch it",
        application(tool=raises_in_tool),
    ),
    Mistake(
        "a new call is not acknowledged",
        steps("expect: {verbs: [answer, ...]}"),
        3,
        "but the application sent no verbs",
        ("because: J001 no ack for session:new within 5 s",),
        "acknowledge every message",
        new(nothing),
    ),
    Mistake(
        "a hook is not acknowledged",
        GREETED + steps("caller: {hang_up: true}", "expect: {frame: {link: app, from: app, kind: ack, frame: {data: {absent: true}}}}"),
        5,
        "",
        ("because: J001 no ack for verb:hook within 5 s",),
        "acknowledge every message",
        application(hook=nothing),
    ),
    Mistake(
        "an ack has another msgid",
        steps("expect: {say: Hello there.}"),
        3,
        "but nothing was said by a verb",
        ("because: J005 ack: no message waits for this msgid",),
        "with the msgid of the message",
        new(acks_another),
    ),
    Mistake(
        "an ack comes after six seconds",
        steps("expect: {verbs: [answer], within: 20s}"),
        3,
        "",
        ("because: J001 no ack for session:new within 5 s",),
        "acknowledge every message",
        new(acks_late),
    ),
    Mistake(
        "frames are Python",
        steps("expect: {say: Hello there.}"),
        3,
        "but nothing was said by a verb",
        ("because: J006 Expected property name", "because: J001"),
        "send one JSON object a frame",
        new(speaks_python),
    ),
    Mistake(
        "a verb does not exist",
        steps("expect: {say: Hello there.}"),
        3,
        "",
        ("because: J004 the ack of session:new[1]", "sya"),
        "mend the verb",
        verbs({"verb": "sya", "text": "Hello there."}),
    ),
    Mistake(
        "a property of a verb does not exist",
        steps("expect: {say: Hello there.}"),
        3,
        "",
        ("because: J004 the ack of session:new[1].txet", "unknown property txet"),
        "mend the verb",
        verbs({"verb": "say", "text": "Hello there.", "txet": "x"}),
    ),
    Mistake(
        "a vendor does not exist",
        GREETED,
        3,
        "nobody asked it",
        ("because: J004", "Unsupported vendor openia"),
        "mend the verb",
        talking(vendor="openia"),
    ),
    Mistake(
        "the list of verbs is one verb",
        steps("expect: {say: Hello there.}"),
        3,
        "",
        ("because: J004", "must be array"),
        "mend the verb",
        new(lambda socket, message: socket.ack(message, SAY)),
    ),
    Mistake(
        "the answer is too long",
        steps("expect: {say: Hello there.}"),
        3,
        "",
        ("because: J008 the application sent a frame of more than 24576 bytes",),
        "shorten",
        verbs(SAY | {"text": "Hello. " * 9_000}),
    ),
    Mistake(
        "the socket is closed",
        GREETED,
        3,
        "nobody asked it",
        ("because: J011 the application closed its socket with 1000",),
        "keep the socket open",
        new(closes),
    ),
    Mistake(
        "a tool output is an object",
        CALLED + steps("model: {say: It is sunny.}"),
        6,
        "nobody asked it for a response",
        ('because: J003 item.output is {"temperature": 21}, not text', "because: J012 invalid_type"),
        '"output": "<text>"',
        application(tool=outputs_an_object),
    ),
    Mistake(
        "a tool output is for another call",
        CALLED + steps("model: {say: It is sunny.}"),
        6,
        "nobody asked it for a response",
        ("because: J003 item.call_id 'call_of_yesterday' belongs to no tool call",),
        "call_id",
        application(tool=outputs_for_another_call),
    ),
    Mistake(
        "a tool output is only the result",
        CALLED + steps("expect: {tool_output: {output: {temperature: 22}}}"),
        6,
        "but what came differs",
        ('because: J003 the output\'s data is {"temperature": 21}',),
        "conversation.item.create",
        application(tool=outputs_the_bare_result),
    ),
    Mistake(
        "a tool output is a misspelt command",
        CALLED + steps("expect: {tool_output: '*'}"),
        6,
        "but the application returned no tool output",
        ("because: J005 command llm:tool_output: the server knows no such command",),
        "did you mean 'llm:tool-output'?",
        application(tool=outputs_by_another_command),
    ),
    Mistake(
        "a tool output is never sent",
        CALLED + steps("expect: {tool_output: '*'}"),
        6,
        "but the application returned no tool output",
        (),
        "the application owes the output of get_weather (call_",
        application(tool=nothing),
    ),
    Mistake(
        "a tool output is missing when the model is to speak",
        CALLED + steps("model: {say: It is sunny.}"),
        6,
        "nobody asked it for a response",
        ("the application never returned the output of get_weather (call_",),
        "send llm:tool-output for every",
        application(tool=nothing),
    ),
    Mistake(
        "a tool output is sent twice",
        CALLED + steps("model: {say: It is sunny.}", "expect: {heard: It is sunny.}"),
        7,
        "",
        ("because: J002 get_weather", "was answered 2 times"),
        "send llm:tool-output for every",
        application(tool=outputs_at_once_and_twice),
    ),
    Mistake(
        "a tool output does not wait for the response to end",
        CALLED + steps("model: {say: It is sunny.}"),
        6,
        "nobody asked it",
        ("because: J012 conversation_already_has_active_response",),
        "wait for response.done",
        application(tool=Socket.output),
    ),
    Mistake(
        "a response is asked for by llm:update",
        GREETED,
        1,
        "J005 llm:update response.create: the server forwards no such client event",
        ("the rule: nothing is sent that the real server drops",),
        "the model is asked to speak by a tool output alone",
        application(event=asks_for_a_response),
    ),
    Mistake(
        "a backend is not stubbed",
        CALLED + steps("expect: {tool_output: sunny}"),
        6,
        "but what came differs",
        ("because: J009 GET https://weather.example.com/now?place=Berlin", 'output: expected "sunny", got 501'),
        "add the stub under `world:`",
        application(tool=asks_the_weather),
    ),
    Mistake(
        "the verbs run out",
        steps("expect: {say: Hello there.}", "expect: {call: completed, by: app, within: 20s}"),
        4,
        "",
        ("because: J013 no verb was left", "nobody has hung up"),
        "end the list with hangup",
        verbs(SAY),
    ),
    Mistake(
        "nothing answers the call",
        steps("caller: {say: Hello?}"),
        3,
        "for a turn that never came",
        ("the call was never answered",),
        "begin its verbs with answer",
        new(answering({"verb": "pause", "length": 120})),
    ),
    Mistake(
        "a task is left behind",
        steps("expect: {say: Hello there.}"),
        1,
        "J015 leaves_a_task.<locals>.watch_the_clock still runs",
        (),
        "cancel or await",
        new(leaves_a_task),
    ),
    Mistake(
        "the llm verb has no toolHook",
        CALLED + steps("expect: {tool_output: '*'}"),
        6,
        "returned no tool output",
        ("because: J005 tool call get_weather (call_", "the llm verb has no toolHook"),
        "give the llm verb a toolHook",
        talking(toolHook=None),
    ),
    Mistake(
        "the payload is beta, the model GA",
        GREETED,
        4,
        "nobody asked it",
        ("because: J012 unknown_parameter: Unknown parameter: 'response.modalities'",),
        "GA and beta have different shapes",
        talking(llmOptions={"response_create": {"modalities": ["text", "audio"]}, "session_update": {"tools": []}}),
        "jambonz: {compat: off}\n",
    ),
    Mistake(
        "the key is told to the model",
        GREETED,
        1,
        "J010 <secret:",
        (),
        "in the verb's auth and nowhere else",
        talking(llmOptions={"response_create": {"instructions": "My key is sk-simulated-0000000000000000."}, "session_update": applications.SESSION}),
    ),
)
