"""Calls from Python, against real applications in this process: what a test can do with one, and what it can do wrong."""

from __future__ import annotations

import asyncio
import gc
import logging
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import fields, replace

import pytest

from simulator import Call, CallFailed, Simulate, simulate
from simulator.errors import AppError, ScenarioErrors, StuckError, UsageError
from simulator.modes.application import app_of
from simulator.modes.simulate import performance, watch
from simulator.modes.simulate.performance import Performance
from simulator.scenario.load import Scenario
from tests.modes.simulate import apps, greeter
from tests.playing import play, project, shipped

THREADS = ("jambonz-sim call",)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """No test leaves a thread behind, nor a task."""
    yield
    gc.collect()
    deadline_s = time.monotonic() + 5
    while (left := [one for one in threading.enumerate() if one.name in THREADS]) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert not left


def here(offset: int = 0) -> str:
    """The place of the line below the one that asks, as a failure begins with it."""
    import sys

    return f"tests/modes/simulate/test_simulation.py:{sys._getframe(1).f_lineno + 1 + offset}:"


# --- the same as a scenario


FIRST_OF_EACH_FILE = {scenario.file: scenario for scenario in reversed(shipped())}.values()


@pytest.mark.parametrize("scenario", FIRST_OF_EACH_FILE, ids=lambda scenario: scenario.id)
def test_steps_said_one_by_one_write_the_journal_of_the_scenario(scenario: Scenario) -> None:
    call = Performance(replace(scenario, steps=()), app_of(project()), project(), None)
    call.wait(call.begin())
    for step in scenario.steps:
        call.wait(call.ask(step)[1])
    call.wait(call.end(judged=True))
    call.join()
    assert call.result is not None
    assert call.result.outcome == "passed"
    assert call.result.journal.text(wall=False) == play(scenario).journal.text(wall=False)


async def pressed(call: Call, pause_s: float) -> str:
    """The same call, by a test that thinks for so long between its steps."""
    await call.expect.verbs(["answer", "gather", "hangup"])
    await asyncio.sleep(pause_s)
    await call.caller.wait(3)
    time.sleep(pause_s)  # noqa: ASYNC251 - a test may hold its own loop
    await call.caller.press("1")
    await call.expect.action({"reason": "dtmfDetected", "digits": "1"})
    await asyncio.sleep(pause_s)
    return (await call.expect.heard("Bye.")).line(wall=False)


@pytest.mark.parametrize("thread_s", [0.0, 0.03])
async def test_however_long_the_test_thinks_the_journal_is_the_same(thread_s: float) -> None:
    """Also when the application waits for threads of its own, which may end before the test has thought, or after."""
    journals, frames = set(), set()
    for pause_s in (0.0, 0.0, 0.02, 0.1):
        async with simulate(lambda: apps.thinks_in_a_thread(thread_s), name="pressed") as call:
            frames.add(await pressed(call, pause_s))
        journals.add(call.journal.text(wall=False))
    assert len(journals) == len(frames) == 1


# --- steps


async def test_a_failing_step_names_the_line_of_the_test_and_ends_nothing() -> None:
    async with simulate(apps.listens) as call:
        place = here(1)
        with pytest.raises(CallFailed, match=re.escape(f'{place}19: expected say: "Hello."')) as failed:
            await call.expect.say("Hello.", within=1)
        assert "waited until 1.000 s" in str(failed.value)
        await call.caller.say("One.")
        await call.expect.heard("Bye.")
    assert call.result is not None
    assert call.result.outcome == "passed"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (lambda call: call.caller.say(""), "caller.say: expected some text, found none"),
        (lambda call: call.caller.press("x"), "keys of a telephone"),
        (lambda call: call.model.say("Hello", text=True, lasts=2), "text without audio does not last"),
        (lambda call: call.world.stub("GTE https://example.com", reply=200), "did you mean 'GET'?"),
        (lambda call: call.expect.say("/(/"), "is not a regular expression"),
        (lambda call: call.expect.finding("J999"), "there is no rule 'J999'"),
        (lambda call: call.expect.event({"type": {1, 2}}), "set {1, 2} cannot be a part of a step"),
        (lambda call: call.expect.say("Hello", within="soon"), "units are ms, s, m and h"),
        (lambda call: call.expect.say("Hello", within=-1), "expected a duration"),
        (lambda call: call.caller.play("nowhere.wav"), "there is no file"),
        (lambda call: call.phone("bob"), "there is no phone 'bob'"),
    ],
)
async def test_what_no_scenario_could_say_is_refused_at_once(said: object, told: str) -> None:
    async with simulate(apps.listens) as call:
        with pytest.raises((ScenarioErrors, UsageError), match=re.escape(told)):
            said(call)  # type: ignore[operator]
        await call.caller.hang_up()


@pytest.mark.parametrize("within", [2, 2.0, "2s", "2000ms"])
async def test_a_duration_is_seconds_or_a_text_with_its_unit(within: float | str) -> None:
    async with simulate(apps.listens) as call:
        with pytest.raises(CallFailed, match=re.escape("waited until 2.000 s")):
            await call.expect.say("Hello.", within=within)
        await call.caller.hang_up()


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (re.compile("bye"), False),
        (re.compile("bye", re.IGNORECASE), True),
        (re.compile("B  # the first letter\n ye", re.VERBOSE), True),
        (re.compile("^Bye.$"), True),
        ("/B.e/", True),
        ("*", True),
    ],
)
async def test_a_compiled_regular_expression_is_a_pattern(pattern: object, fits: bool) -> None:
    async with simulate(apps.listens) as call:
        await call.caller.say("One.")
        if fits:
            assert (await call.expect.say(pattern)).frame["text"] == "Bye."
        else:
            with pytest.raises(CallFailed):
                await call.expect.say(pattern)


async def test_steps_that_are_awaited_together_are_played_in_order() -> None:
    async with simulate(apps.listens) as call:
        _, frame = await asyncio.gather(call.caller.say("One."), call.expect.heard("Bye."))
        assert frame.frame["text"] == "Bye."
    assert [frame.frame["text"] for frame in call.journal.select("media", "caller", "speaks")] == ["One."]


async def test_what_must_not_happen_until_the_next_step() -> None:
    async with simulate(apps.listens) as call:
        await call.expect_no.say("Bye.")
        await call.caller.say("One.")
        await call.expect.call("in-progress")
        place = here()
        await call.expect_no.say("Bye.")
        with pytest.raises(CallFailed, match=re.escape(place)):
            await call.expect.heard("Bye.")


# --- the end of a call


async def test_leaving_the_block_ends_the_call_and_asks_the_rules() -> None:
    async with simulate(apps.listens) as call:
        await call.expect.call("in-progress")
        assert call.result is None
    assert [frame.kind for frame in call.journal.select("media", "caller")] == ["hangs_up"]
    assert call.findings == ()


async def test_what_the_rules_find_fails_the_test() -> None:
    place = here(1)
    with pytest.raises(CallFailed, match=f"{place}20: J004 ") as failed:
        async with simulate("tests.rubbish:verbs_as_text") as call:
            await call.expect.call("failed")
            assert [finding.code for finding in call.findings] == ["J004"]
    assert failed.value.failure.kind == "J004"
    assert [finding.code for finding in call.findings] == ["J004"]


async def test_what_is_ignored_or_expected_fails_nothing() -> None:
    async with simulate("tests.rubbish:verbs_as_text", ignore={"J004": "that is how it is"}) as call:
        await call.expect.call("failed")
    assert call.findings == ()
    async with simulate("tests.rubbish:verbs_as_text") as call:
        await call.expect.finding("J004")
    with pytest.raises(CallFailed, match="expected rule J004 not to hold, and it did"):
        async with simulate(apps.listens) as call:
            await call.expect.finding("J004")
    with pytest.raises(CallFailed, match="expected rule J004 to hold, and it did not"):
        async with simulate("tests.rubbish:verbs_as_text") as call:
            await call.expect_no.finding("J004")


async def test_a_response_that_no_step_answers_is_told() -> None:
    with pytest.raises(CallFailed, match="the scenario ends while the model is asked for a response that no step answers"):
        async with simulate("app.server:create_app", path="/openai-s2s") as call:
            await call.expect.verbs(["answer", "pause", "..."])
            await call.expect.session("*")


async def test_what_the_test_raises_is_what_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        async with simulate("app.server:create_app", path="/openai-s2s") as call:
            await call.expect.session("*")
            _ = 1 / 0
    assert call.result is not None
    assert call.journal.frames[-1].link == "app"
    assert any(call.journal.select("media", "jambonz", "call_ended"))


async def test_to_a_failed_step_is_added_what_the_rules_say() -> None:
    with pytest.raises(CallFailed) as failed:
        async with simulate("tests.rubbish:verbs_as_text") as call:
            await call.expect.say("Hello.", within=1)
    notes = "\n".join(failed.value.__notes__)
    assert "the rules found besides:" in notes
    assert "J004" in notes


async def test_a_step_after_the_block_is_refused() -> None:
    async with simulate(apps.listens) as call:
        await call.expect.call("in-progress")
    with pytest.raises(UsageError, match="the call is over"):
        await call.caller.say("One.")


# --- mistakes of a test


async def test_a_step_without_await_is_told_with_its_place() -> None:
    with pytest.raises(UsageError, match=r"caller\.say was never awaited") as told:
        async with simulate(apps.listens) as call:
            place = here()
            call.caller.say("One.")  # type: ignore[unused-coroutine]
            await call.expect.call("in-progress")
    assert str(told.value).startswith(place)
    assert not any(call.journal.select("media", "caller", "speaks"))


async def test_a_step_nobody_has_waited_for_is_told_and_ends() -> None:
    over = threading.Event()
    with pytest.raises(UsageError, match=r"expect\.say was still under way when the block was left"):
        async with simulate(lambda: apps.asks_a_thread(over.wait)) as call:
            task = asyncio.ensure_future(call.expect.say("never", within=60))
            await asyncio.sleep(0)
            asyncio.get_running_loop().call_later(0.05, over.set)
    with pytest.raises(UsageError, match="the call is over"):
        await asyncio.wait_for(task, 5)


async def test_a_cancelled_step_ends_and_the_call_goes_on() -> None:
    over = threading.Event()
    async with simulate(lambda: apps.asks_a_thread(over.wait)) as call:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await call.expect.verbs(["answer", "gather", "hangup"])
        over.set()
        await call.caller.say("One.")
        await call.expect.heard("Bye.")


async def test_a_test_that_is_cancelled_leaves_nothing_behind() -> None:
    calls: list[Call] = []
    begun = asyncio.Event()

    async def test() -> None:
        async with simulate(lambda: apps.thinks_in_a_thread(0.1)) as call:
            calls.append(call)
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.ensure_future(test())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert calls[0].result is not None


def test_a_call_that_nobody_ends_is_ended_when_nobody_has_it_any_more() -> None:
    simulation = simulate(apps.listens)
    call = simulation.__enter__()
    call.expect.call("in-progress")
    del simulation, call
    gc.collect()


async def test_one_call_at_a_time_in_this_process() -> None:
    async with simulate(apps.listens) as call:
        with pytest.raises(UsageError, match="there is one at a time"):
            async with simulate(apps.listens):
                pass
        await call.caller.hang_up()
    async with simulate(apps.listens) as call:
        await call.caller.hang_up()


async def test_a_call_is_made_once() -> None:
    simulation = simulate(apps.listens)
    async with simulation as call:
        await call.caller.hang_up()
    with pytest.raises(UsageError, match="a call is made once"):
        async with simulation:
            pass


# --- applications


async def test_an_application_can_be_given_as_it_is_but_only_once() -> None:
    app = greeter.create_app()
    async with simulate(app) as call:
        await call.expect.heard("Hello.")
    with pytest.raises(UsageError, match="give simulate the function that makes it"):
        async with simulate(app):
            pass


@pytest.mark.parametrize(
    ("app", "told"),
    [
        ("nowhere:create_app", "cannot be imported"),
        ("tests.rubbish:NOT_AN_APPLICATION", "is no function"),
        ("tests.rubbish:factory_raises", "did not start"),
    ],
)
async def test_an_application_that_does_not_start_is_no_failure_of_a_call(app: str, told: str) -> None:
    with pytest.raises(AppError, match=told):
        async with simulate(app):
            pass


async def test_an_application_may_ask_for_signals() -> None:
    async with simulate(apps.takes_signals) as call:
        await call.caller.say("One.")
        await call.expect.heard("Bye.")


async def test_an_application_that_ends_the_process_does_not_end_the_test() -> None:
    with pytest.raises(AppError, match="wanted to end the process"):
        async with simulate(apps.exits) as call:
            await call.expect.verbs("*")


async def test_an_application_that_holds_its_loop_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LIMIT_S", 0.2)
    monkeypatch.setattr(performance, "LOOK_EVERY_S", 0.05)
    with pytest.raises(CallFailed):
        async with simulate(lambda: apps.spins(threading.Event())) as call:
            await call.caller.say("One.")
            await call.expect.heard("Bye.")
    exceptions = [frame.frame for frame in call.journal.select("app", "app", "exception")]
    assert any("has been held for more than" in frame["message"] and "apps.py" in frame["message"] for frame in exceptions)


async def test_one_that_cannot_be_interrupted_is_left_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LIMIT_S", 0.2)
    monkeypatch.setattr(performance, "LOOK_EVERY_S", 0.05)
    over = threading.Event()
    try:
        with pytest.raises(StuckError, match="its thread is left behind"):
            async with simulate(lambda: apps.sleeps(over)) as call:
                await call.caller.say("One.")
                await call.expect.heard("Bye.")
    finally:
        over.set()


async def test_what_the_test_logs_is_not_what_the_application_says() -> None:
    async with simulate(apps.warns) as call:
        await call.expect.call("in-progress")
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            logging.getLogger("test").exception("of the test")
        await call.caller.hang_up()
    assert call.result is not None
    assert call.result.log == ("WARNING app: a call of mine",)
    assert not any(call.journal.select("app", "app", "exception"))


# --- without a loop of asyncio


def test_a_call_without_a_loop() -> None:
    with simulate(apps.listens) as call:
        call.caller.say("One.")
        assert call.expect.heard("Bye.").frame["text"] == "Bye."
        with pytest.raises(CallFailed):
            call.expect.heard("Bye.", within=1)


def test_on_a_loop_of_another_kind_a_step_is_played_in_one_go() -> None:
    """Whatever drives coroutines: nothing that only asyncio knows is awaited."""

    async def test() -> str:
        async with simulate(apps.listens) as call:
            await call.caller.say("One.")
            text: str = (await call.expect.heard("Bye.")).frame["text"]
            return text

    with pytest.raises(StopIteration) as done:
        test().send(None)
    assert done.value.value == "Bye."


def test_every_word_of_scenarios_can_be_said_here() -> None:
    import inspect

    beside = set(inspect.signature(Simulate.__call__).parameters)
    of_the_file = {"where", "tags", "steps", "cases", "case"}
    assert {each.name for each in fields(Scenario)} - of_the_file <= beside  # type: ignore[arg-type]
