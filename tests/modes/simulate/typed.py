"""A test as somebody writes it who checks types: `make check` reads it, strictly. What must not pass is marked, and must stay marked."""

from __future__ import annotations

from typing import assert_type

from simulator import Call, Phone, Simulate, SyncCall
from simulator.journal import Frame


async def awaited(simulate: Simulate) -> None:
    async with simulate(
        "my_app:create_app",
        world=[{"stub": "GET https://example.com/", "reply": {"json": {"a": 1}, "after": 0.3}}, {"stub": "*", "reply": 404}],
        call={"from": "+15550100", "headers": {"X-Customer": "7"}},
        phones={"bob": {"number": "+15550101", "answers": "after 2s"}, "eve": "+15550102"},
        jambonz={"profile": "10"},
        ignore={"J012": "known"},
    ) as call:
        assert_type(call, Call)
        await call.model.say(["One.", "Two."], lasts=3)
        await call.model.call([{"name": "look", "with": {"at": "it"}}, "hear"])
        frame = await call.expect.tool_output({"output": "21"}, within=2.0)
        assert_type(frame, Frame)
        await call.expect_no.say("Sorry", within="3s")
        await call.world.stub("GET https://example.com/", reply=503, times=2)
        bob = call.phone("bob")
        await bob.answer()
        assert_type(await bob.expect.heard("*"), Frame)
        await bob.model.fail("rate_limit_exceeded", try_again_in="20s")
        call.caller.say("forgotten")  # type: ignore[unused-coroutine]
        await call.caller.say(3)  # type: ignore[arg-type]
        await call.caller.say("Hello", wihtin=2)  # type: ignore[call-arg]
        await call.model.fail("no such code")  # type: ignore[arg-type]
        await call.world.stub("GET https://example.com/", reply={"stauts": 503})  # type: ignore[arg-type]


def not_awaited(simulate: Simulate) -> None:
    with simulate() as call:
        assert_type(call, SyncCall)
        call.caller.say("Hello")
        assert_type(call.expect.heard("Hello"), Frame)
        phone: Phone[Frame, None] = call.phone("bob")
        phone.hang_up({"X-Reason": "done"})
        assert call.journal.frames
