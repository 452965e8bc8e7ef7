"""An application that is asked by webhooks plays the scenarios: in this process, and in its own over real sockets."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest
from aiohttp import web
from jambonz_sdk.webhook import verify_signature_middleware

from simulator.host import AppRef
from simulator.jambonz.webhook_request import SECRET
from simulator.modes import run
from simulator.modes.application import app_of
from simulator.modes.config import Config
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import Scenario, load, loads
from tests.playing import ROOT, SCENARIOS, play, project, shipped

WEBHOOKS = AppRef("examples.webhook_app.server:create_app", "/call", dict(project().env), transport="http", status_hook="/status")
OF_WEBSOCKETS_ALONE = (
    "conversation/greeting.yaml",
    "tools/two-in-one-turn.yaml",
    "tools/any-order.yaml",
    "trouble/repeated-call.yaml",
    "trouble/broken-frame.yaml",
    "trouble/cut-line.yaml",
    "trouble/no-way-in.yaml",
    "trouble/overtaken-events.yaml",
)
"""One names the hooks of the websocket application; two give the model two outputs together, one leaves a call of a tool unanswered.

No webhook can do either: every request has an answer, and every answer is an output. The others are about one connection for a whole call:
it breaks and is made again, carries frames in order, and what it cannot read is not the answer of a hook.
"""


def path_of(scenario: Scenario) -> str:
    return str(Path(scenario.file).relative_to(SCENARIOS))


def why(result: Result) -> str:
    return "\n".join(explanation(result))


ENDS_WITH_A_CLOSE = "somebody is called who does not take the call"
PLAYED = [scenario for scenario in shipped() if path_of(scenario) not in OF_WEBSOCKETS_ALONE and not scenario.id.startswith(ENDS_WITH_A_CLOSE)]


@pytest.mark.parametrize("scenario", PLAYED, ids=lambda scenario: f"{path_of(scenario)}: {scenario.id}")
def test_the_same_scenarios_hold_over_http(scenario: Scenario) -> None:
    result = play(scenario, WEBHOOKS)
    assert result.outcome == "passed", why(result)
    assert not any(result.journal.select("app", kind="not_simulated"))


def test_what_only_webhooks_do_holds_as_well() -> None:
    for path in sorted((ROOT / "examples" / "webhook_app" / "scenarios").glob("*.yaml")):
        for scenario in load(path, env={}):
            result = play(scenario, WEBHOOKS)
            assert result.outcome == "passed", why(result)


def weather() -> Scenario:
    return next(scenario for scenario in shipped() if path_of(scenario) == "tools/weather.yaml")


def test_two_runs_write_the_same_journal() -> None:
    first, second = (play(weather(), WEBHOOKS).journal.text(wall=False) for _ in range(2))
    assert first == second


def test_no_secret_stands_in_the_journal() -> None:
    app = replace(WEBHOOKS, username="me", password="pa55word")
    text = play(weather(), app).journal.text()
    assert '"Authorization":"<secret:' in text
    for secret in ("pa55word", SECRET, project().env_vars["OPENAI_API_KEY"], "bWU6cGE1NXdvcmQ="):
        assert secret not in text


# --- applications that do it wrong


def broken(**hooks: object) -> web.Application:
    """An application whose hooks answer with these; all others with nothing."""
    app = web.Application()

    async def answer(request: web.Request) -> web.Response:
        found = hooks.get(request.path.strip("/"))
        if isinstance(found, int):
            return web.Response(status=found)
        return web.Response(status=204) if found is None else web.json_response(found)

    app.router.add_route("*", "/{hook}", answer)
    return app


LLM = {
    "verb": "llm",
    "vendor": "openai",
    "auth": {"apiKey": "sk-simulated-0123456789"},
    "actionHook": "/final",
    "toolHook": "/tool",
    "llmOptions": {"response_create": {}, "session_update": {"type": "realtime"}},
}
ANSWERED = [{"verb": "answer"}, LLM, {"verb": "hangup"}]


def says_goodbye() -> web.Application:
    return broken(call=[{"verb": "answer"}, {"verb": "say", "text": "Goodbye."}, {"verb": "hangup"}])


def no_verbs() -> web.Application:
    return broken()


def crashes() -> web.Application:
    return broken(call=500)


def no_output() -> web.Application:
    return broken(call=ANSWERED, tool=204)


def wrong_output() -> web.Application:
    return broken(call=ANSWERED, tool={"temperature": 21})


def deaf_to_status() -> web.Application:
    return broken(call=[{"verb": "answer"}, {"verb": "say", "text": "Hello."}], status=404)


def sdk_checks() -> web.Application:
    """One that checks signatures as the official SDK does, with its default tolerance."""
    app = broken(call=[{"verb": "answer"}, {"verb": "say", "text": "Signed."}])

    @web.middleware
    async def check(request: web.Request, handler: object) -> web.StreamResponse:
        verify_signature_middleware(await request.read(), request.headers.get("Jambonz-Signature"), SECRET)
        return await handler(request)  # type: ignore[operator,no-any-return]

    app.middlewares.append(check)
    return app


def plays(name: str, steps: str, **changes: object) -> Result:
    (scenario,) = loads(f"name: a test\nsteps:\n{steps}")
    app = AppRef(f"tests.test_webhook_app:{name}", "/call", dict(project().env), transport="http", **changes)  # type: ignore[arg-type]
    return run.play(scenario, app, project())


def codes(result: Result) -> set[str]:
    return {finding.code for finding in result.findings}


def test_no_verbs_refuse_the_call() -> None:
    result = plays("no_verbs", "  - expect: {call: failed}")
    assert codes(result) == {"J004"}
    assert "malformed jambonz payload: must be array" in why(result)


def test_a_webhook_that_crashes_is_a_finding() -> None:
    result = plays("crashes", "  - expect: {call: failed}")
    assert codes(result) == {"J001"}
    assert "no answer to session:new that counts from http://127.0.0.1:3000/call: unexpected HTTP status 500" in why(result)


CALLS = "  - model: {say: Hello.}\n  - caller: {say: Hello there.}\n  - model: {call: get_weather, with: {}}\n"


def test_a_tool_hook_without_an_output_ends_the_conversation() -> None:
    result = plays("no_output", f"{CALLS}  - expect: {{action: {{completion_reason: client error calling function, error: {{}}}}}}")
    assert codes(result) == {"J003"}


def test_an_output_of_another_shape_leaves_the_caller_in_silence() -> None:
    result = plays("wrong_output", f"{CALLS}  - caller: {{wait: 12s}}\n  - caller: {{hang_up: true}}\n  - expect: {{call: completed}}")
    assert codes(result) == {"J002", "J003"}


def test_a_status_hook_that_is_not_there_is_said() -> None:
    result = plays("deaf_to_status", "  - expect: {heard: Hello.}\n  - expect: {call: completed}", status_hook="/status")
    assert codes(result) == {"J005"}
    assert "call:status to http://127.0.0.1:3000/status: unexpected HTTP status 404" in why(result)


def test_the_official_check_of_signatures_takes_ours() -> None:
    result = plays("sdk_checks", "  - expect: {heard: Signed.}\n  - expect: {call: completed, by: jambonz}")
    assert result.outcome == "passed", why(result)


def test_a_path_where_nobody_lives_is_an_error_of_nobodys_scenario() -> None:
    result = play(weather(), replace(WEBHOOKS, path="/nowhere"))
    assert (result.outcome, result.exit_code) == ("error", 3)
    assert "has no webhook at http://127.0.0.1:3000/nowhere: it answers 404" in (result.error or "")


def test_a_status_hook_elsewhere_is_a_request_to_the_scenarios_stubs() -> None:
    (scenario,) = loads("""
name: the status of a websocket application goes to somebody else
world:
  - stub: POST https://crm.example.com/status
    reply: {status: 204}
steps:
  - model: {say: Hello.}
  - expect: {heard: Hello.}
  - caller: {hang_up: true}
  - expect: {request: {method: POST, url: https://crm.example.com/status}}
  - expect: {call: completed}
""")
    result = play(scenario, replace(app_of(project()), status_hook="https://crm.example.com/status"))
    assert result.outcome == "passed", why(result)
    kinds = [(frame.kind, frame.frame.get("webhook")) for frame in result.journal.select("app", "jambonz", "call:status")]
    assert kinds == [("call:status", 1), ("call:status", 2), ("call:status", 3)]


# --- in its own process


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where the application serves, in a process of its own, on a port that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PORT": str(port)}
    with subprocess.Popen([sys.executable, "-m", "examples.webhook_app.server"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                sleep(0.05)
            yield f"http://127.0.0.1:{port}/call"
        finally:
            process.terminate()


OUTSIDE = """
name: the caller is greeted, thinks for a while, asks for something and hangs up
steps:
  - model:  {say: "Hello, which place may I look up for you?"}
  - expect: {heard: /place/}
  - caller: {wait: 40s}
  - caller: {say: "What is the weather there?"}
  - model:  {call: get_tides, with: {port: Dover}}
  - expect: {tool_output: {output: {error: /get_tides/}}}
  - model:  {say: "I can only tell you about the weather."}
  - expect: {heard: /weather/}
  - caller: {hang_up: true}
  - expect: {action: normal conversation end}
  - expect: {call: completed, by: caller}
"""


def test_a_call_to_webhooks_in_a_process_of_their_own(url: str) -> None:
    (scenario,) = loads(OUTSIDE)
    app = app_of(Config(url, clock="elastic", status_hook="/status"))
    result = run.play(scenario, app, Config(clock="elastic", env_vars=project().env_vars))
    assert result.outcome == "passed", why(result)
    assert result.virtual_s > 40
    assert result.wall_ms < 10_000, "waiting was not jumped over"
    statuses = [frame.frame["data"]["call_status"] for frame in result.journal.select("app", "jambonz", "call:status")]
    assert statuses == ["trying", "in-progress", "completed"]


def test_webhooks_that_do_not_run_are_an_error_of_nobodys_scenario() -> None:
    (scenario,) = loads(OUTSIDE)
    result = run.play(scenario, app_of(Config("http://127.0.0.1:9/call", clock="elastic")), Config(clock="elastic"))
    assert (result.outcome, result.exit_code) == ("error", 3)
    assert re.search(r"does not answer at http://127.0.0.1:9/call: connect ECONNREFUSED 127.0.0.1:9", result.error or "")
