"""The application is started before a call, listened to while it lasts, and stopped after it."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from simulator import host
from simulator.errors import AppError
from simulator.factory import described
from simulator.host import PORT, AppRef, Host, listening
from simulator.network import VirtualLoop, run

HERE = "tests.test_host"
URL = f"http://127.0.0.1:{PORT}/"


# --- applications


async def hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


def application() -> web.Application:
    app = web.Application()
    app.router.add_get("/", hello)
    return app


def with_cleanup() -> web.Application:
    app = application()

    async def at_exit(_: web.Application) -> None:
        raise KeyError("cleanup")

    app.on_cleanup.append(at_exit)
    return app


async def async_application() -> web.Application:
    await asyncio.sleep(0.5)
    return application()


SEEN: list[str] = []


async def serves() -> None:
    runner = web.AppRunner(application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", PORT).start()
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
        SEEN.append("stopped serving")


async def serves_for_a_while() -> None:
    await asyncio.sleep(5)
    raise RuntimeError("had enough")


async def ends() -> None:
    await asyncio.sleep(0.5)


async def raises() -> None:
    raise RuntimeError("no configuration")


def exits() -> web.Application:
    sys.exit("PORT is missing")


def wants_settings(settings: object) -> web.Application:
    raise AssertionError(settings)


def answers_nothing() -> None:
    pass


async def never_starts() -> None:
    runner = web.AppRunner(slow_to_start())
    await runner.setup()


def slow_to_start() -> web.Application:
    app = application()

    async def at_start(_: web.Application) -> None:
        await asyncio.sleep(3600)

    app.on_startup.append(at_start)
    return app


# --- which application


@pytest.mark.parametrize(
    ("ref", "in_process", "url"),
    [
        ("app.server:create_app", True, f"ws://127.0.0.1:{PORT}/call"),
        ("ws://127.0.0.1:8080/other", False, "ws://127.0.0.1:8080/other"),
        ("wss://app.example/x", False, "wss://app.example/x"),
    ],
)
def test_an_application_is_here_or_elsewhere(ref: str, in_process: bool, url: str) -> None:
    app = AppRef(ref, "/call")
    assert (app.in_process, app.url) == (in_process, url)


def test_a_factory_is_imported() -> None:
    assert AppRef(f"{HERE}:application").load()() is not None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working directory whose modules can be imported, and are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def refused(ref: str) -> tuple[str, str]:
    with pytest.raises(AppError) as error:
        AppRef(ref).load()
    assert error.value.exit_code == 3
    return error.value.problem, error.value.remedy


@pytest.mark.parametrize("ref", ["app.server", "app.server:", ""])
def test_what_is_no_reference_is_refused(ref: str) -> None:
    assert refused(ref) == (
        f"{ref!r} is no application",
        "write module:factory (such as app.server:create_app) or the ws:// or http:// URL of one that runs",
    )


def test_a_module_that_is_not_there(folder: Path) -> None:
    assert refused("nowhere_at_all.server:create") == (
        "the application 'nowhere_at_all.server:create' cannot be imported: No module named 'nowhere_at_all'",
        f"Is 'nowhere_at_all' in {folder}, or installed?",
    )


def test_a_module_that_needs_another_which_is_not_there(folder: Path) -> None:
    (folder / "needy.py").write_text("import surely_not_installed\n")
    assert refused("needy:create") == (
        "the application 'needy:create' cannot be imported: ModuleNotFoundError: No module named 'surely_not_installed' (at needy.py:1 in <module>)",
        "install it into this environment, or mend the import",
    )


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1 / 0", "ZeroDivisionError: division by zero (at broken.py:1 in <module>)"),
        ("def create(:", "SyntaxError: invalid syntax (at broken.py:1)"),
    ],
)
def test_a_module_that_cannot_be_imported_says_where(source: str, said: str, folder: Path) -> None:
    (folder / "broken.py").write_text(source)
    assert refused("broken:create") == (f"importing the application 'broken:create' failed: {said}", "try `python -c 'import broken'`")


def test_a_module_that_ends_the_process(folder: Path) -> None:
    (folder / "program.py").write_text("import sys; sys.exit(3)")
    problem, remedy = refused("program:create")
    assert problem == "importing the application 'program:create' ended the process: SystemExit: 3 (at program.py:1 in <module>)"
    assert "give its command" in remedy


def test_a_function_that_is_not_there(folder: Path) -> None:
    (folder / "misnamed.py").write_text("def create_app(): ...\ndef helper(): ...\nnumber = 1\n")
    assert refused("misnamed:create_ap") == (
        "misnamed has no function 'create_ap' (in misnamed.py)",
        "did you mean 'create_app'? Known: create_app, helper.",
    )
    assert refused("misnamed:number")[0] == "'number' in misnamed.py is no function, but of type int"


def test_a_module_without_functions(folder: Path) -> None:
    (folder / "empty.py").write_text("")
    assert refused("empty:create") == ("empty has no function 'create' (in empty.py)", "it has none at all")


# --- starting and stopping

Notes = list[tuple[str, dict[str, Any]]]


def nobody(*_: Any) -> None:
    """Whom notes are told when they do not matter."""


def hosted(factory: str, during: Callable[[Host], Awaitable[Any]]) -> tuple[Any, Notes]:
    """Starts the application, does something, stops it; the answer, and what was noted."""
    notes: Notes = []

    async def main() -> Any:
        one = Host(AppRef(f"{HERE}:{factory}"), lambda kind, frame: notes.append((kind, frame)))
        await one.start()
        try:
            return await during(one)
        finally:
            await one.stop()

    return run(VirtualLoop(), main()), notes


async def says_hello(_: Host) -> str:
    async with aiohttp.ClientSession() as session, session.get(URL) as reply:
        return await reply.text()


@pytest.mark.parametrize("factory", ["application", "async_application", "serves"])
def test_an_application_is_served(factory: str) -> None:
    assert hosted(factory, says_hello) == ("hello", [])


def test_an_application_is_stopped_as_a_deployment_would() -> None:
    SEEN.clear()
    hosted("serves", says_hello)
    assert SEEN == ["stopped serving"]


def test_after_it_was_stopped_nobody_serves() -> None:
    async def main() -> None:
        one = Host(AppRef(f"{HERE}:application"), nobody)
        await one.start()
        await one.stop()
        with pytest.raises(aiohttp.ClientConnectorError):
            await says_hello(one)

    run(VirtualLoop(), main())


@pytest.mark.parametrize(
    ("factory", "problem", "remedy"),
    [
        ("raises", "did not start: RuntimeError: no configuration (at tests/test_host.py:", "mend it there, or its configuration"),
        ("exits", "did not start: SystemExit: PORT is missing (at tests/test_host.py:", "mend it there, or its configuration"),
        ("ends", "ended instead of serving", "an async factory serves until it is cancelled, or answers an aiohttp Application"),
        ("answers_nothing", "answered nothing", "it should answer an aiohttp Application, or be an async function that serves"),
        ("wants_settings", "cannot be called: missing a required argument: 'settings'", "a factory is called without arguments: give them defaults"),
        ("slow_to_start", "did not start within 60 s", "does its startup wait for something that is not there?"),
    ],
)
def test_an_application_that_does_not_start_says_why(factory: str, problem: str, remedy: str) -> None:
    with pytest.raises(AppError) as error:
        hosted(factory, says_hello)
    assert problem in error.value.problem
    assert error.value.remedy == remedy


def test_an_application_elsewhere_is_neither_started_nor_stopped() -> None:
    async def main() -> list[str]:
        one = Host(AppRef("ws://127.0.0.1:9/"), nobody)
        await one.start()
        left = one.left_behind()
        await one.stop()
        return left

    assert run(VirtualLoop(), main()) == []


def test_an_exception_while_it_is_stopped_is_noted() -> None:
    _, notes = hosted("with_cleanup", says_hello)
    assert [(kind, frame["type"], frame["message"]) for kind, frame in notes] == [("exception", "KeyError", "'cleanup'")]


# --- while the call lasts


def test_an_exception_nobody_catches_is_noted_with_its_place() -> None:
    async def during(_: Host) -> None:
        def breaks() -> None:
            raise KeyError("nobody catches this")

        asyncio.get_running_loop().call_soon(breaks)
        await asyncio.sleep(1)

    ((kind, frame),) = hosted("application", during)[1]
    assert (kind, frame["type"], frame["message"]) == ("exception", "KeyError", "'nobody catches this'")
    assert frame["at"].startswith("tests/test_host.py:")
    assert frame["at"].endswith(" in breaks")


def test_an_application_that_ends_in_the_middle_of_a_call_is_noted() -> None:
    _, notes = hosted("serves_for_a_while", lambda _: asyncio.sleep(10))
    assert [(kind, frame["type"], frame["message"]) for kind, frame in notes] == [("exception", "RuntimeError", "had enough")]


def test_tasks_that_still_run_are_left_behind_and_those_of_servers_are_not() -> None:
    async def watches() -> None:
        await asyncio.Event().wait()

    async def during(one: Host) -> list[str]:
        assert one.left_behind() == []
        tasks = [asyncio.create_task(watches()), asyncio.create_task(asyncio.sleep(1))]
        async with aiohttp.ClientSession() as session, session.get(URL) as reply:
            await reply.read()
            await asyncio.sleep(2)
            left = one.left_behind()
        assert not tasks[0].done()
        return left

    left, _ = hosted("application", during)
    assert [name.rpartition(".")[2] for name in left] == ["watches"]


def test_an_application_that_does_not_stop_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(_: web.Application) -> None:
        await asyncio.sleep(3600)

    made = application()
    made.on_cleanup.append(hangs)
    monkeypatch.setattr(f"{HERE}.application", lambda: made)
    _, notes = hosted("application", says_hello)
    assert notes == [("task_left", {"name": f"{host.STOP_LIMIT_S:g} s after it was told to stop, the cleanup of the application"})]


# --- environment and log


def test_the_environment_holds_while_the_call_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "before")
    monkeypatch.delenv("ADDED", raising=False)
    with listening(nobody, {"KEPT": "during", "ADDED": "during"}):
        assert (os.environ["KEPT"], os.environ["ADDED"]) == ("during", "during")
        os.environ["KEPT"] = "changed by the application"
    assert os.environ["KEPT"] == "before"
    assert "ADDED" not in os.environ


def test_the_environment_comes_back_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "before")
    with pytest.raises(ZeroDivisionError), listening(nobody, {"KEPT": "during"}):
        raise ZeroDivisionError
    assert os.environ["KEPT"] == "before"


@pytest.fixture
def log() -> logging.Logger:
    return logging.getLogger("tests.the_application")


def test_what_the_application_logs_is_kept_from_warnings_on(log: logging.Logger) -> None:
    with listening(nobody, {}) as lines:
        log.info("not of interest")
        log.warning("no place named %s", "Atlantis")
        log.error("x" * 1000)
    log.warning("too late")
    assert lines == ["WARNING tests.the_application: no place named Atlantis", ("ERROR tests.the_application: " + "x" * 1000)[:500]]


def test_the_last_twenty_lines_are_kept(log: logging.Logger) -> None:
    with listening(nobody, {}) as lines:
        for number in range(30):
            log.warning("%s", number)
    assert lines == [f"WARNING tests.the_application: {number}" for number in range(10, 30)]


def test_a_logged_exception_becomes_a_frame(log: logging.Logger) -> None:
    notes: Notes = []
    with listening(lambda kind, frame: notes.append((kind, frame)), {}):
        try:
            raise KeyError("city")
        except KeyError:
            log.exception("a tool failed")
        try:
            raise asyncio.CancelledError
        except asyncio.CancelledError:
            log.warning("stopped", exc_info=True)
    ((kind, frame),) = notes
    assert (kind, frame["type"], frame["message"]) == ("exception", "KeyError", "'city'")
    assert frame["at"].endswith(" in test_a_logged_exception_becomes_a_frame")


def test_a_log_line_that_cannot_be_formatted_does_the_application_no_harm(log: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # those of pytest are less patient
    with listening(nobody, {}) as lines:
        log.warning("%d places", "many")
    assert lines == ["WARNING tests.the_application: %d places"]


def test_an_exception_from_a_library_is_placed_in_the_own_code_that_called_it() -> None:
    def parses() -> None:
        aiohttp.ClientTimeout(total=object()).total + 1  # type: ignore[operator]

    with pytest.raises(TypeError) as error:
        parses()
    assert described(error.value)["at"].endswith(" in parses")


def test_an_exception_without_a_place_has_none() -> None:
    assert described(KeyError("x")) == {"type": "KeyError", "message": "'x'", "at": ""}


def test_a_key_in_the_last_words_of_an_application_is_hidden() -> None:
    with listening(lambda *_: None, {}) as lines:
        logging.getLogger("an.app").warning("refused: %s", "sk-proj-0123456789abcdef")
    assert len(lines) == 1
    assert "sk-proj" not in lines[0]
    assert "<secret:" in lines[0]


def test_names_are_looked_up_on_the_loop_even_where_aiodns_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiohttp.connector.DefaultResolver", aiohttp.AsyncResolver)
    with listening(lambda *_: None, {}):
        assert aiohttp.connector.DefaultResolver is aiohttp.ThreadedResolver
    assert aiohttp.connector.DefaultResolver is aiohttp.AsyncResolver
