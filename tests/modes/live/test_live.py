"""Live calls of real applications in processes of their own: short, because they take the time they take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.modes.config import Config
from tests.modes.live.driving import Driver, drive

GREETER = """
import json
from aiohttp import web

async def call(request):
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    async for message in socket:
        said = json.loads(message.data)
        if said["type"] == "session:new":
            verbs = [{"verb": "say", "text": "GREETING"}, {"verb": "pause", "length": 20}, {"verb": "hangup"}]
            await socket.send_json({"type": "ack", "msgid": said["msgid"], "data": verbs})
        elif said["type"] == "verb:hook":
            await socket.send_json({"type": "ack", "msgid": said["msgid"], "data": []})
    return socket

def create_app():
    app = web.Application()
    app.router.add_get("/", call)
    return app
"""


def greeter(folder: Path, greeting: str) -> Config:
    (folder / "greeter.py").write_text(GREETER.replace("GREETING", greeting))
    (folder / "jambonz-sim.toml").write_text('app = "greeter:create_app"\n')
    return Config(app="greeter:create_app", file=str(folder / "jambonz-sim.toml"), scenarios=str(folder / "scenarios"))


def test_a_phone_calls_is_greeted_and_hangs_up(tmp_path: Path) -> None:
    async def test(phone: Driver) -> None:
        assert (await phone.done("call", phone="a", **{"from": "+4930111"}))["is"] == "done"
        assert (await phone.of_kind("speaks"))["text"].startswith("Good evening")
        assert (await phone.done("hang_up", phone="a"))["is"] == "done"
        await phone.of_kind("result", outcome="ended")

    driver = drive(test, config=greeter(tmp_path, "Good evening to everybody"))
    assert [told["state"] for told in driver.all("call")] == ["ringing", "up", "over"]
    assert driver.all("call")[0]["from"] == "+4930111"
    assert [frame["seq"] for frame in driver.frames] == list(range(len(driver.frames)))
    assert driver.live.worst == 0


def test_the_next_call_has_what_was_saved(tmp_path: Path) -> None:
    config = greeter(tmp_path, "before")

    async def test(phone: Driver) -> None:
        await phone.done("call")
        assert (await phone.of_kind("speaks"))["text"] == "before"
        (tmp_path / "greeter.py").write_text(GREETER.replace("GREETING", "after"))
        await phone.of_kind("app", state="reloading")  # while the call goes on undisturbed
        await phone.done("hang_up")
        await phone.of_kind("result", outcome="ended")
        await phone.done("call")
        assert (await phone.of_kind("speaks"))["text"] == "after"

    drive(test, config=config)


def test_a_source_that_cannot_be_loaded_is_said_and_mended(tmp_path: Path) -> None:
    config = greeter(tmp_path, "hello")

    async def test(phone: Driver) -> None:
        await phone.of_kind("app", state="ready")
        (tmp_path / "greeter.py").write_text("def create_app(: no Python\n")
        failed = await phone.of_kind("app", state="failed")
        assert "greeter" in failed["remedy"]
        (tmp_path / "greeter.py").write_text(GREETER.replace("GREETING", "mended"))
        await phone.of_kind("app", state="ready")
        await phone.done("call")
        assert (await phone.of_kind("speaks"))["text"] == "mended"

    drive(test, config=config)


def test_an_application_that_dies_is_said_and_started_again_by_the_next_call(tmp_path: Path) -> None:
    config = greeter(tmp_path, "hello")
    (tmp_path / "greeter.py").write_text(
        GREETER.replace("GREETING", "hello")
        .replace('{"verb": "pause", "length": 20}, ', "")
        .replace('[{"verb": "say"', '__import__("os")._exit(7) if said["data"]["from"] == "+666" else [{"verb": "say"')
    )

    async def test(phone: Driver) -> None:
        await phone.done("call", **{"from": "+666"})
        died = await phone.of_kind("app", state="failed")
        assert "exit status 7" in died["problem"]
        assert (await phone.of_kind("result"))["outcome"] in ("failed", "error")
        await phone.done("call", **{"from": "+1"})
        assert (await phone.of_kind("speaks"))["text"] == "hello"

    assert drive(test, config=config).live.worst == 1


def test_two_phones_are_in_calls_of_their_own(tmp_path: Path) -> None:
    async def test(phone: Driver) -> None:
        await phone.done("call", phone="a")
        await phone.done("call", phone="b", **{"from": "+4930222"})
        await phone.until(lambda told: told["is"] == "speaks" and told["phone"] == "b")
        await phone.done("hang_up", phone="a")
        over = await phone.of_kind("call", state="over")
        assert over["phone"] == "a"
        assert phone.live.up == ["b"]
        await phone.done("call", phone="a")
        assert phone.live.up == ["a", "b"]
        await phone.done("hang_up", phone="b")
        await phone.done("hang_up", phone="a")
        await phone.of_kind("result")

    driver = drive(test, config=greeter(tmp_path, "Good evening"))
    assert {told["call"]: told["phone"] for told in driver.all("call")} == {"c1": "a", "c2": "b", "c3": "a"}
    assert next(told["from"] for told in driver.all("call") if told["phone"] == "b") == "+4930222"


def test_a_scenario_is_played_live_and_five_times_as_fast() -> None:
    async def test(phone: Driver) -> None:
        await phone.of_kind("app", state="ready")
        chosen = known_short([one["id"] for one in phone.live.hello()["scenarios"]])
        assert (await phone.done("play", scenario=chosen, speed=5))["is"] == "done"
        refused = await phone.done("say", text="hello")
        assert "played" in refused["problem"]
        result = await phone.until(lambda told: told["is"] == "result", limit_s=60.0)
        assert (result["outcome"], result["text"]) == ("passed", [])

    drive(test)


def known_short(known: list[str]) -> str:
    return next(one for one in known if one.startswith("scenarios/conversation/"))


def test_a_scenario_goes_step_by_step_and_can_be_stopped() -> None:
    async def test(phone: Driver) -> None:
        await phone.of_kind("app", state="ready")
        chosen = known_short([one["id"] for one in phone.live.hello()["scenarios"]])
        await phone.done("play", scenario=chosen, speed="step")
        first = await phone.of_kind("step")
        await phone.of_kind("call", state="up")
        await phone.done("next")
        assert (await phone.of_kind("step"))["where"] != first["where"]
        await phone.done("stop")
        assert (await phone.of_kind("result"))["outcome"] == "ended"

    drive(test)


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        ({"do": "say", "text": "hello"}, "it is in no call"),
        ({"do": "hang_up"}, "it is in no call"),
        ({"do": "call", "phone": "c"}, "call.phone"),
        ({"do": "call", "colour": "red"}, "no member 'colour'"),
        ({"do": "dance"}, "no command 'dance'"),
        ({"do": "next"}, "no scenario is being played"),
        ({"do": "play", "scenario": "none::such"}, "there is no scenario"),
        ({"do": "save", "call": "c9", "file": "a.yaml"}, "there is no call 'c9'"),
        ({"do": "step", "step": {"model": {"fail": "bad_luck"}}}, "fail"),
        ({"do": "step", "step": {}}, "step"),
        ({"do": "bad_line", "on": True}, "not simulated in this version"),
        (["do"], "a command is a JSON object"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_words(order: Any, problem: str, idle: Any) -> None:
    answers: list[dict[str, Any]] = []
    idle.order(order, answers.append)
    assert [answer["is"] for answer in answers] == ["refused"]
    assert problem in answers[0]["problem"]


@pytest.fixture(scope="module")
def idle() -> Any:
    """Live calls of which none is made, and nothing is started."""
    from simulator.modes.live import Live
    from tests.playing import project

    return Live(project())
