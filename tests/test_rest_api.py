"""Applications that use the REST API, unchanged: with aiohttp, with the clients of the public SDKs, here and in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, web
from jambonz_sdk.client import JambonzClient

from simulator.host import AppRef
from simulator.jambonz.account import KEY, SID, Account
from simulator.modes.application import app_of
from simulator.modes.config import Config
from simulator.modes.run import deployed, play
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import Scenario, loads
from simulator.world.api import path_of
from simulator.world.backends import Request
from tests.npm import installed
from tests.playing import ROOT
from tests.playing import play as play_here

Json = dict[str, Any]
Visit = Callable[[str], Awaitable[Any]]

TALK = """
name: somebody looks at the call
phones:
  bob: {number: "+15550100", answers: after 1s}
steps:
  - expect: {call: in-progress}
  - caller: {wait: 3s}
  - caller: {hang_up: true}
"""


# --- an application in this process: it visits the API while its call lasts


VISITS: dict[str, Visit] = {}
SEEN: list[Any] = []


def visits(visit: Visit) -> Visit:
    VISITS[visit.__name__] = visit
    return visit


def create_app() -> web.Application:
    """Answers the call, and then does what `VISIT` names; what that says is in `SEEN`."""
    app = web.Application()
    app.router.add_get("/{path:.*}", connection)
    return app


async def connection(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    async for frame in socket:
        message = json.loads(frame.data) if frame.type is WSMsgType.TEXT else {}
        match message.get("type"):
            case "session:new":
                verbs = [{"verb": "answer"}, {"verb": "pause", "length": 60}]
                await socket.send_json({"type": "ack", "msgid": message["msgid"], "data": verbs})
            case "session:redirect":
                await socket.send_json({"type": "ack", "msgid": message["msgid"], "data": [{"verb": "hangup"}]})
            case "call:status" if message["data"]["call_status"] == "in-progress" and message["data"]["direction"] == "inbound":
                SEEN.append(await VISITS[os.environ["VISIT"]](message["data"]["call_sid"]))
    return socket


@pytest.fixture
def visit() -> Callable[..., tuple[Any, Result]]:
    """Plays the call in which the application does this; what it saw."""

    def play_it(name: str, text: str = TALK, **env: str) -> tuple[Any, Result]:
        SEEN.clear()
        result = play_here(loads(text)[0], AppRef(f"{__name__}:create_app", env={"VISIT": name, **env}))
        return (SEEN[0] if SEEN else None), result

    return play_it


def client() -> JambonzClient:
    return JambonzClient(
        base_url=os.environ["JAMBONZ_REST_API_BASE_URL"], account_sid=os.environ["JAMBONZ_ACCOUNT_SID"], api_key=os.environ["JAMBONZ_API_KEY"]
    )


@visits
async def calls_bob(call_sid: str) -> Any:
    del call_sid
    url = f"https://api.jambonz.us/v1/Accounts/{os.environ['JAMBONZ_ACCOUNT_SID']}/Calls"
    headers = {"Authorization": f"Bearer {os.environ['JAMBONZ_API_KEY']}"}
    body = {"from": "+1555", "to": {"type": "phone", "number": "+15550100"}, "application_sid": os.environ["JAMBONZ_APPLICATION_SID"]}
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


def test_an_application_calls_somebody_with_aiohttp(visit: Callable[..., tuple[Any, Result]]) -> None:
    (status, body), result = visit("calls_bob", TALK + "  - expect: {call: in-progress, who: bob}\n  - caller: {hang_up: true, who: bob}\n")
    assert result.outcome == "passed", "\n".join(explanation(result))
    assert status == 201
    (created,) = [frame for frame in result.journal.select("app", "jambonz", "session:new") if frame.leg]
    assert created.frame["data"]["call_sid"] == body["sid"]


def test_two_runs_write_the_same_journal(visit: Callable[..., tuple[Any, Result]]) -> None:
    first, second = (visit("calls_bob")[1] for _ in range(2))
    assert first.journal.text(wall=False) == second.journal.text(wall=False)


def test_the_key_is_not_in_the_journal(visit: Callable[..., tuple[Any, Result]]) -> None:
    _, result = visit("calls_bob")
    assert KEY not in result.journal.text()


@visits
async def everything(call_sid: str) -> Any:
    """Every method of the Python SDK's client that the server knows."""
    async with client() as api:
        bob = await api.calls.create({"from": "+1", "to": {"type": "phone", "number": "+15550100"}, "call_hook": "ws://127.0.0.1:3000/bob"})
        (mine,) = await api.calls.list({"direction": "inbound"})
        told = [mine["call_sid"] == call_sid, (await api.calls.get(bob))["call_status"]]
        told += [await api.calls.update(call_sid, {"tag": {"a": 1}}), await api.calls.mute(call_sid, "mute")]
        told += [await api.calls.whisper(call_sid, {"verb": "say", "text": "psst"}), await api.calls.delete(bob)]
        return [*told, await api.calls.redirect(call_sid, "/elsewhere")]


def test_the_client_of_the_python_sdk_works_unchanged(visit: Callable[..., tuple[Any, Result]]) -> None:
    seen, result = visit(
        "everything", "name: x\nignore: {J005: nobody is dialled}\nphones: {bob: '+15550100'}\nsteps:\n  - expect: {call: completed, by: app}\n"
    )
    assert result.outcome == "passed", "\n".join(explanation(result))
    assert seen == [True, "ringing", "Accepted", "Accepted", "Accepted", None, "Accepted"]
    assert [frame.frame["what"] for frame in result.journal.select("app", kind="dropped")] == ["command mute:status", "command whisper"]
    assert any(result.journal.select("media", "phone", "cancelled"))


@visits
async def what_fails(call_sid: str) -> Any:
    """What the same client offers, and the server of 0.9.8 does not know."""
    statuses = []
    async with client() as api:
        for attempt in (
            api.calls.count(),
            api.calls.update_agent(call_sid, {"type": "generate_reply"}),
            api.calls.noise_isolation(call_sid, "on"),
            api.queues.list(),
            api.conferences.list(),
        ):
            with pytest.raises(aiohttp.ClientResponseError) as refused:
                await attempt
            statuses.append(refused.value.status)
    return statuses


def test_what_the_server_does_not_know_is_refused_and_found(visit: Callable[..., tuple[Any, Result]]) -> None:
    seen, result = visit("what_fails")
    assert seen == [400, 400, 400, 404, 404]
    assert result.outcome == "failed"
    assert [finding.code for finding in result.findings] == ["J016", "J016", "J020", "J020", "J020", "J021", "J021"]


# --- who asks wrongly


def test_a_wrong_key_is_a_finding_with_its_remedy(visit: Callable[..., tuple[Any, Result]]) -> None:
    async def asks(call_sid: str) -> Any:
        async with JambonzClient(base_url="https://api.jambonz.cloud", account_sid=SID, api_key="wrong-key-0000") as api:
            with pytest.raises(aiohttp.ClientResponseError, match="401"):
                await api.calls.delete(call_sid)

    VISITS["wrong_key"] = asks
    _, result = visit("wrong_key")
    (finding,) = [finding for finding in result.findings if finding.code == "J020"]
    assert "401, the token is not the key of the account" in finding.text
    assert "JAMBONZ_API_KEY" in finding.text
    assert "wrong-key-0000" not in result.journal.text()


def test_a_key_of_the_configuration_is_the_key(visit: Callable[..., tuple[Any, Result]]) -> None:
    env = {
        "JAMBONZ_API_KEY": "ours",
        "JAMBONZ_ACCOUNT_SID": "3f0e5c1a-0000-4000-8000-000000000000",
        "JAMBONZ_BASE_URL": "https://voice.example.com/api/v1",
    }

    async def asks(call_sid: str) -> Any:
        async with JambonzClient(base_url="https://voice.example.com/api", account_sid=env["JAMBONZ_ACCOUNT_SID"], api_key="ours") as api:
            return await api.calls.get(call_sid)

    VISITS["own_key"] = asks
    seen, result = visit("own_key", **env)
    assert result.outcome == "passed", "\n".join(explanation(result))
    assert seen["account_sid"] == env["JAMBONZ_ACCOUNT_SID"]


def test_a_real_key_in_the_developers_environment_does_not_reach_the_application(
    visit: Callable[..., tuple[Any, Result]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAMBONZ_API_KEY", "a real one")

    async def looks(call_sid: str) -> Any:
        del call_sid
        return os.environ["JAMBONZ_API_KEY"]

    VISITS["looks"] = looks
    assert visit("looks")[0] == KEY
    assert os.environ["JAMBONZ_API_KEY"] == "a real one"


async def create_eager_app() -> web.Application:
    """Calls somebody before there is anybody to do it."""
    async with client() as api:
        try:
            await api.calls.create({"from": "+1", "to": {"type": "phone", "number": "+2"}, "call_hook": "wss://a.test/"})
        except aiohttp.ClientResponseError as error:
            SEEN.append(error.status)
        SEEN.append(await api.calls.list())
    return create_app()


def test_before_the_call_there_is_no_feature_server() -> None:
    SEEN.clear()
    play_here(loads(TALK)[0], AppRef(f"{__name__}:create_eager_app", env={"VISIT": "calls_bob"}))
    assert SEEN[:2] == [480, []]


# --- scenarios that ask


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("{api: update, with: {call_status: busy}}", "400"),
        ("{api: get, answers: 404}", "404"),
        ("{api: get, answers: {body: {direction: outbound}}}", "direction"),
        ("{api: delete, who: bob}", "bob is in no call"),
    ],
)
def test_an_answer_that_was_not_expected_fails_the_step(visit: Callable[..., tuple[Any, Result]], step: str, problem: str) -> None:
    async def nothing(call_sid: str) -> Any:
        del call_sid

    VISITS["nothing"] = nothing
    _, result = visit("nothing", TALK.replace("  - caller: {wait: 3s}", f"  - world: {step}"))
    assert result.outcome == "failed"
    assert problem in "\n".join(explanation(result))


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("{api: update}", "an update changes something"),
        ("{api: delete, with: {a: 1}}", "delete has no body"),
        ("{api: list, who: bob}", "list is about all calls"),
        ("{api: get, who: ann}", "there is no phone 'ann'"),
        ("{api: hold}", "hold"),
    ],
)
def test_a_step_that_makes_no_sense_is_said_before_the_call(step: str, said: str) -> None:
    with pytest.raises(Exception, match=said):
        loads(TALK + f"  - world: {step}\n")


# --- applications in processes of their own


def outside(scenario: Scenario, config: Config) -> Result:
    app = app_of(config)
    with deployed(app, config) as deployment:
        return play(scenario, app, config, deployment)


CALLED_BACK = """
name: who calls is called back
phones:
  home: {number: "+15083084809", answers: after 0s}
steps:
  - expect: {call: completed, by: app}
  - expect: {call: in-progress, who: home}
  - expect: {heard: "Here we are again.", who: home}
"""


def test_an_application_started_by_a_command_finds_the_api_in_its_environment() -> None:
    """In real time: while an application thinks before it asks, nobody can see that it owes anything, and elastic time would jump."""
    command = {"command": [sys.executable, "-m", "examples.callback.app"]}
    result = outside(loads(CALLED_BACK)[0], Config(app=command, clock="real", file=str(ROOT / "pyproject.toml")))
    assert result.outcome == "passed", "\n".join(explanation(result))
    (asked,) = result.journal.select("world", "app", "request")
    assert asked.frame["url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("public", [False, True], ids=["at the port of the run", "at the public host name"])
def test_the_client_of_the_node_sdk_works_unchanged(public: bool, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    shutil.copy(ROOT / "tests" / "apps" / "supervise.mjs", folder)
    (folder / "node_modules").symlink_to(installed("@jambonz/sdk@0.10.1") / "node_modules")
    env = {"JAMBONZ_BASE_URL": "https://api.jambonz.us"} if public else {}
    command = {"command": ["node", "supervise.mjs"], "cwd": str(folder), "env": env}
    (scenario,) = loads("name: x\nsteps:\n  - expect: {call: completed, by: app}\n")
    result = outside(scenario, Config(app=command, clock="real"))
    assert result.outcome == "passed", "\n".join(explanation(result))
    (ended,) = [frame for frame in result.journal.select("app", "jambonz", "call:status") if frame.frame["data"]["call_status"] == "completed"]
    assert ended.frame["data"]["customerData"] == {"direction": "inbound", "inbound": 1}


# --- which addresses are the API's


@pytest.mark.parametrize(
    ("host", "path", "seen"),
    [
        ("api.jambonz.cloud", "/v1/x", "/v1/x"),
        ("API.jambonz.us:443", "/v1/x", "/v1/x"),
        ("jambonz.cloud", "/api/v1/x", "/v1/x"),
        ("jambonz.cloud", "/", None),
        ("own.example.com", "/base/v1/x", "/v1/x"),
        ("own.example.com", "/elsewhere", None),
        ("127.0.0.1:4711", "/v1/x", "/v1/x"),
        ("localhost", "/v1/x", "/v1/x"),
        ("127.0.0.1:4711", "/v2/x", None),
        ("api.jambonz.cloud.evil.example", "/v1/x", None),
    ],
)
def test_which_requests_are_meant_for_it(host: str, path: str, seen: str | None) -> None:
    account = replace(Account(), base_url="https://own.example.com/base")
    assert path_of(Request("GET", "https", host, path), account) == seen
