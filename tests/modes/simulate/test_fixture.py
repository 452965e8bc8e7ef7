"""The fixture `simulate`, in every way in which pytest runs coroutines: each test here is a project of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.modes.test_pytest_plugin import Outcome, command_of, project, run, write
from tests.playing import ROOT

__all__ = ["project", "run"]

pytest_plugins = ["pytester"]

GREETER = (Path(__file__).with_name("greeter.py")).read_text("utf-8")
INI = "[pytest]\nfilterwarnings = error\n"
ASYNCIO = ("-p", "asyncio", "-o", "asyncio_default_fixture_loop_scope=function")
TEST = """
import pytest

{mark}
async def test_greeting(simulate):
    async with simulate() as call:
        await call.expect.say("Hello.")

{mark}
async def test_other_greeting(simulate):
    async with simulate() as call:
        await call.expect.say("Good evening.", within=1)
"""
PRESSED = """
def test_one(simulate):
    with simulate() as call:
        call.expect.heard("Hello.")
        call.caller.press("1")
        call.expect.call("completed", by="app")

def test_two(simulate):
    with simulate() as call:
        call.expect.heard("Hello.")
        call.caller.press("1")
        call.expect.call("completed", by="app")
"""


@pytest.fixture
def greeted(project: Path) -> Path:
    """A project whose application is the greeter."""
    write(project, greeter_py=GREETER, **{"jambonz-sim.toml": 'app = "greeter:create_app"\n', "pytest.ini": INI})
    return project


@pytest.mark.parametrize(
    ("mark", "arguments"),
    [
        ("", (*ASYNCIO, "-o", "asyncio_mode=auto")),
        ("@pytest.mark.asyncio", (*ASYNCIO, "-o", "asyncio_mode=strict")),
        ("@pytest.mark.asyncio(loop_scope='module')", (*ASYNCIO, "-o", "asyncio_mode=strict")),
        ("@pytest.mark.anyio", ("-p", "anyio")),
        ("", (*ASYNCIO, "-o", "asyncio_mode=auto", "-p", "xdist", "-n", "2")),
    ],
    ids=["auto", "strict", "a loop for the module", "anyio", "xdist"],
)
def test_a_call_is_a_test_however_coroutines_are_run(mark: str, arguments: tuple[str, ...], greeted: Path, run: Outcome) -> None:
    text = TEST.format(mark=mark)
    if "anyio" in mark:
        text += "\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    write(greeted, test_calls_py=text)
    result = run(*arguments, "--jambonz-sim-journal", "journals", "--junitxml", "report.xml")
    result.assert_outcomes(passed=1, failed=1)
    out = str(result.stdout)
    line = text[: text.index('"Good evening.')].count("\n") + 1
    assert f"FAILED test_calls.py::test_other_greeting - simulator.CallFailed: test_calls.py:{line}:15: " in out
    assert f'E           simulator.CallFailed: test_calls.py:{line}:15: expected say: "Good evening."' in out
    assert f"test_calls.py:{line}: CallFailed" in out
    assert 'text: expected "Good evening.", got "Hello."' in out
    assert "performance.py" not in out
    assert "its journal: journals/test_calls--test_other_greeting.jsonl" in out
    assert [path.name for path in greeted.glob("journals/*")] == ["test_calls--test_other_greeting.jsonl"]
    assert ElementTree.parse(greeted / "report.xml").find(".//failure") is not None


def test_a_call_that_was_never_entered_is_told(greeted: Path, run: Outcome) -> None:
    write(greeted, test_calls_py="def test_nothing(simulate):\n    call = simulate()\n")
    result = run()
    result.assert_outcomes(passed=1, errors=1)
    assert "test_calls.py:2:12: this call was never entered\n" in str(result.stdout)


def test_a_call_whose_block_was_never_left_is_ended(greeted: Path, run: Outcome) -> None:
    write(
        greeted,
        test_calls_py="""
            import threading

            def test_nothing(simulate):
                simulate().__enter__().expect.say("Hello.")

            def test_it(simulate):
                assert threading.active_count() == 1
                with simulate() as call:
                    call.expect.say("Hello.")
        """.replace("\n            ", "\n"),
    )
    run().assert_outcomes(passed=2)


def test_a_skipped_test_is_skipped_and_a_name_of_a_case_is_a_name(greeted: Path, run: Outcome) -> None:
    write(
        greeted,
        test_calls_py="""
            import pytest

            @pytest.mark.parametrize("text", ["Hello.", "Bye."])
            def test_case(simulate, text):
                with simulate() as call:
                    call.expect.say("Hello.")
                with simulate() as call:
                    call.expect.say(text)

            def test_skipped(simulate):
                with simulate():
                    pytest.skip("not now")
        """.replace("\n            ", "\n"),
    )
    run("--jambonz-sim-journal", "journals").assert_outcomes(passed=1, failed=1, skipped=1)
    (journal,) = greeted.glob("journals/*")
    assert journal.name.startswith("test_calls--test_case-Bye-2")


@pytest.mark.skipif(sys.platform != "linux", reason="the command is one for a shell")
def test_the_command_of_the_configuration_is_started_once(project: Path, run: Outcome) -> None:
    write(
        project,
        test_calls_py=PRESSED,
        calls__one_yaml="name: one\nsteps:\n  - expect: {heard: Hello.}\n  - caller: {press: 1}\n  - expect: {call: completed, by: app}\n",
    )
    write(project, **{"jambonz-sim.toml": command_of(project, "nothing")})
    run().assert_outcomes(passed=3)
    assert (project / "starts").read_text("utf-8") == "started\n"


@pytest.mark.parametrize(
    ("settings", "told"),
    [("apps = 'a'\n", "there is no setting 'apps'"), ("app = 'nowhere:create'\n", "cannot be imported")],
)
def test_a_mistake_in_the_configuration_is_told(settings: str, told: str, project: Path, run: Outcome) -> None:
    write(project, test_calls_py=PRESSED, **{"jambonz-sim.toml": settings})
    result = run("-k", "test_one")
    result.assert_outcomes(failed=1)
    assert told in str(result.stdout)
    assert "_set_up" not in str(result.stdout)


def test_the_fixture_of_a_suite_of_that_name_stays_its_own(project: Path, run: Outcome) -> None:
    write(
        project, test_it_py="import pytest\n\n@pytest.fixture\ndef simulate():\n    return 42\n\ndef test_it(simulate):\n    assert simulate == 42\n"
    )
    run().assert_outcomes(passed=1)


def test_nothing_is_imported_for_a_suite_without_calls(project: Path, run: Outcome) -> None:
    write(
        project,
        test_it_py="import sys\n\ndef test_it():\n    ours = {name for name in sys.modules if name.startswith('simulator')}\n"
        "    assert ours == {'simulator', 'simulator.modes', 'simulator.modes.pytest_plugin'}\n",
    )
    run().assert_outcomes(passed=1)


def test_the_project_says_where_its_types_are() -> None:
    assert (ROOT / "simulator" / "py.typed").is_file()
