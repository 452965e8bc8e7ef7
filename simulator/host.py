"""The application under test: started before a call, stopped after it, and listened to meanwhile.

`module:factory` is loaded into this process and served on the network of the call; a URL is dialled where it is; a command is
a process of ours that outlives calls (`deployment`), and is only visited here.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import ThreadedResolver, connector, web

from simulator.errors import AppError
from simulator.factory import described, load, said
from simulator.jambonz.account import Account
from simulator.jambonz.hook import is_http
from simulator.jambonz.webhook_request import SECRET
from simulator.journal import concealed
from simulator.network import wall_s
from simulator.process import AppProcess, Command, Exit
from simulator.world.stubs import StubServer

if TYPE_CHECKING:
    from simulator.world.proxy import StubPort, StubVisit

PORT = 3000
START_LIMIT_S = 60.0
STOP_LIMIT_S = 10.0
"""How long, on the clock of the call, an application may take to start and to stop."""

END_LIMIT_S = 1.0
"""Wall time in which we hear of the end of a process that does not serve any more."""

NoteFrame = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class AppRef:
    """Which application: `module:factory` (in this process) or the URL of its websocket or webhook; `path` is that of the former's.

    With `command` it is started by us, and `ref` is the URL, in which `${PORT}` may still have to be filled in. `transport` says what
    `module:factory` speaks. What an application in the jambonz portal has beside its URL: `method`, `username` and `password` of its
    hooks, its `status_hook` (a websocket needs none, to be told); the account has the `webhook_secret`.
    """

    ref: str
    path: str = "/"
    env: Mapping[str, str] = field(default_factory=dict)
    command: Command | None = None
    transport: Literal["ws", "http"] = "ws"
    method: str = "POST"
    status_hook: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    webhook_secret: str = field(default=SECRET, repr=False)
    factory: Callable[[], Any] | None = field(default=None, repr=False, compare=False)
    """What makes it, when that is no name in a module; `ref` then only says what it is called."""

    @property
    def account(self) -> Account:
        """The account it belongs to: ours, as far as its own environment names no other."""
        return Account.of({**self.env, **(self.command.env if self.command is not None else {})})

    def __str__(self) -> str:
        return self.ref if self.command is None else f"`{self.command}`"

    @property
    def in_process(self) -> bool:
        """Whether it is loaded here."""
        return "://" not in self.ref

    @property
    def url(self) -> str:
        """Where its websocket or its webhook is."""
        return f"{self.transport}://127.0.0.1:{PORT}{self.path}" if self.in_process else self.ref

    @property
    def over_http(self) -> bool:
        """Whether it is asked by webhooks."""
        return is_http(self.url)

    def load(self) -> Callable[[], Any]:
        """Import the factory. Raises `AppError` with what went wrong and what to do."""
        return self.factory if self.factory is not None else load(self.ref)


class Host:
    """Runs the application for one call. `note(kind, frame)` writes down what it raises.

    One outside this process may be a `process` of ours, and reach `world` at the port `stubs`.
    """

    def __init__(
        self, app: AppRef, note: NoteFrame, world: StubServer | None = None, stubs: StubPort | None = None, process: AppProcess | None = None
    ) -> None:
        self.app, self._note = app, note
        self._world, self._stubs, self._process = world, stubs, process
        self._visit_of_stubs: StubVisit | None = None
        self._log: list[str] = []
        self._visiting = False
        self._runner: web.AppRunner | None = None
        self._serving: asyncio.Task[Any] | None = None
        self._tasks_before: set[asyncio.Task[Any]] = set()

    async def start(self, log: list[str] | None = None) -> None:
        """Start it; what a process of ours says goes into `log`. Raises `AppError`."""
        if not self.app.in_process:
            await self._visit([] if log is None else log)
            return
        factory = self.app.load()
        try:
            inspect.signature(factory).bind()
        except (TypeError, ValueError) as error:
            raise AppError(f"{self.app.ref} cannot be called: {error}", "a factory is called without arguments: give them defaults") from error
        limit = asyncio.timeout(START_LIMIT_S)
        try:
            async with limit:
                await self._start(factory)
        except AppError:
            raise
        except (Exception, SystemExit) as error:
            if limit.expired():
                problem = f"the application {self.app.ref} did not start within {START_LIMIT_S:g} s"
                raise AppError(problem, "does its startup wait for something that is not there?") from error
            raise AppError(f"the application {self.app.ref} did not start: {said(error)}", "mend it there, or its configuration") from error
        if self._serving is not None:
            self._serving.add_done_callback(self._served)
        self._tasks_before = asyncio.all_tasks()
        asyncio.get_running_loop().set_exception_handler(self._uncaught)

    async def _visit(self, log: list[str]) -> None:
        if self._stubs is not None and self._world is not None:
            self._visit_of_stubs = self._stubs.serve(self._world.protocol, self._ambiguous)
        if self._process is None:
            return
        self._log = log
        try:
            await self._ready(self._process)
        except BaseException:
            await self.stop()
            raise

    def _ambiguous(self) -> None:
        """A request has come to our stubs, and other calls are going on with the same application."""
        instead = "the stubs of the call that began first answer, and it is written down there"
        self._note("not_simulated", {"what": "whose request it is, of several calls at once", "instead": instead})

    async def _ready(self, process: AppProcess) -> None:
        loop = asyncio.get_running_loop()

        def ends(ended: Exit) -> None:
            loop.call_soon_threadsafe(self._exited, ended)

        process.attach(self._log, ends)
        if not process.runs:
            if process.failed is not None:
                raise process.failed
            if process.exit is not None:
                self._note("restarted", {"after": str(process.exit)})
            process.start()
        begun_s = wall_s()
        while not process.is_ready():
            if wall_s() - begun_s > process.command.start_limit_s:
                problem = process.not_ready()
                process.stop()
                raise problem
            await asyncio.sleep(0.01)
        self._visiting = True

    def _exited(self, ended: Exit) -> None:
        """A process of ours has ended in the middle of a call."""
        if self._visiting:
            self._visiting = False
            self._note("exited", {"status": str(ended)} | ({"left": list(ended.left)} if ended.left else {}))

    async def _start(self, factory: Callable[[], Any]) -> None:
        made = factory()
        if isinstance(made, web.Application):
            await self._serve(made)
        elif inspect.isawaitable(made):
            await self._run(made)
        else:
            remedy = "it should answer an aiohttp Application, or be an async function that serves"
            raise AppError(f"{self.app.ref} answered {'nothing' if made is None else type(made).__name__}", remedy)

    async def _serve(self, app: web.Application) -> None:
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", PORT).start()

    async def _run(self, serving: Any) -> None:
        self._serving = asyncio.ensure_future(serving)
        for _ in range(100):
            await asyncio.sleep(0.01)
            if self._serving.done():
                made = self._serving.result()
                if isinstance(made, web.Application):
                    await self._serve(made)
                    return
                raise AppError(
                    f"{self.app.ref} ended instead of serving", "an async factory serves until it is cancelled, or answers an aiohttp Application"
                )

    def _served(self, serving: asyncio.Task[Any]) -> None:
        error = None if serving.cancelled() else serving.exception()
        if error is not None:
            self._note("exception", described(error))

    def _uncaught(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None:
            self._note("exception", described(error))

    def left_behind(self) -> list[str]:
        """Tasks that began during the call and still run, by the name of their function; servers' own are not counted."""
        if not self.app.in_process:
            return []
        left = [task.get_coro() for task in asyncio.all_tasks() - self._tasks_before if task is not asyncio.current_task()]
        names = [getattr(coroutine, "__qualname__", repr(coroutine)) for coroutine in left]
        return sorted(name for name in names if not name.startswith(("RequestHandler.", "Pump.", "WebhookLink.")))

    async def stop(self) -> None:
        """Stop it, as a deployment would."""
        if self._visit_of_stubs is not None:
            self._visit_of_stubs.close()
        if self._process is not None:
            await self._leave(self._process)
        limit = asyncio.timeout(STOP_LIMIT_S)
        try:
            async with limit:
                if self._runner is not None:
                    await self._runner.cleanup()
        except Exception as error:
            if limit.expired():
                self._note("task_left", {"name": f"{STOP_LIMIT_S:g} s after it was told to stop, the cleanup of the application"})
            else:
                self._note("exception", described(error))
        if self._serving is not None and not self._serving.done():
            self._serving.cancel()
            await asyncio.wait([self._serving], timeout=STOP_LIMIT_S)

    async def _leave(self, process: AppProcess) -> None:
        if self._visiting:
            await asyncio.to_thread(_hear_of_its_end, process)
        if process.exit is not None:
            self._exited(process.exit)
        self._visiting = False
        process.detach(self._log)
        if process.command.fresh and not process.is_visited and (ended := process.stop()) is not None:
            for name in ended.left:
                self._note("task_left", {"name": f"the application has ended, but its process {name}"})


def _hear_of_its_end(process: AppProcess) -> None:
    """A call may be over sooner than word of its application's end has come."""
    if not process.serves():
        process.wait_for_end(END_LIMIT_S)


@contextmanager
def listening(note: NoteFrame, env: Mapping[str, str], deaf_to: Collection[int] = ()) -> Iterator[list[str]]:
    """While the block runs, what the application logs is kept (the last lines are answered) and `env` is its environment.

    What is logged in the threads `deaf_to` is not the application's.
    """
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread in deaf_to:
                return
            try:
                said = record.getMessage()
            except (TypeError, ValueError):  # arguments that do not fit: logging prints a complaint, and raises nothing
                said = str(record.msg)
            lines.append(concealed(f"{record.levelname} {record.name}: {said}", os.environ)[:500])
            del lines[:-20]
            if record.exc_info and record.exc_info[1] is not None and not isinstance(record.exc_info[1], asyncio.CancelledError):
                note("exception", described(record.exc_info[1]))

    before = {name: os.environ.get(name) for name in env}
    root, ear = logging.getLogger(), Ear(logging.WARNING)
    root.addHandler(ear)
    os.environ.update(env)
    names = vars(connector)
    resolver = names["DefaultResolver"]
    names["DefaultResolver"] = ThreadedResolver  # with aiodns installed aiohttp would ask a real name server, past the loop
    try:
        yield lines
    finally:
        root.removeHandler(ear)
        names["DefaultResolver"] = resolver
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
