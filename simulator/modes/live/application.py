"""The application of live calls: a process of ours, or somebody else's; started before it is needed, and again when its source is saved."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import simulator
from simulator.deployment import Deployment
from simulator.errors import AppError, SimError
from simulator.host import AppRef
from simulator.modes.application import app_of
from simulator.modes.config import Config
from simulator.modes.live import messages
from simulator.modes.live.messages import Json
from simulator.modes.watch.project import Project
from simulator.modes.watch.sight import Settling, Sight
from simulator.network import wall_s
from simulator.process import Command

LOOK_EVERY_S = 0.1
"""How often is looked whether something was saved."""
READY_EVERY_S = 0.02


def elsewhere(app: AppRef, config: Config) -> AppRef:
    """One that is named `module:factory` as a command that serves it: live calls have the real clock, and each reload a fresh process."""
    if not app.in_process:
        return app
    folder = Path.cwd() if config.file == "default" else Path(config.file).resolve().parent
    ours = str(Path(simulator.__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, (str(folder), ours, os.environ.get("PYTHONPATH"))))
    words = (sys.executable, "-m", "simulator.modes.live.served", app.ref)
    url = f"{app.transport}://127.0.0.1:${{PORT}}{app.path}"
    command = Command(words, url, env={**app.env, "PYTHONPATH": path}, cwd=str(folder))
    return replace(app, ref=url, command=command, env={})


class Application:
    """Lives on the loop of the calls. `tell` is told how it is; `scenarios_saved` that a scenario file was saved."""

    def __init__(self, config: Config, tell: Callable[[Json], None], scenarios_saved: Callable[[], None]) -> None:
        self.config = replace(config, clock="elastic")
        self.named = app_of(self.config)
        self.app = elsewhere(self.named, self.config)
        self.state: messages.AppState = "ready"
        self.problem: SimError | None = None
        self._tell, self._scenarios_saved = tell, scenarios_saved
        self._deployment: Deployment | None = None
        self._stale = False
        self._calls = 0
        self._roots = [os.path.abspath(self.config.scenarios)]
        self._project = Project(self.config)
        self._starting: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Future[None]] = set()

    @property
    def told(self) -> Json:
        """For the first message."""
        told = {"ref": str(self.named), "state": self.state}
        return told if self.problem is None else told | {"problem": self.problem.problem, "remedy": self.problem.remedy}

    async def visit(self) -> Deployment:
        """For one call: the application as it was saved last, running, or about to be. Raises `AppError`."""
        if self._starting is not None:
            await asyncio.wait([self._starting])
        if self._deployment is None or self._is_dead(self._deployment) or (self._stale and not self._calls):
            await self._start("starting")
        if self._deployment is None:
            raise self.problem or AppError("the application does not run")
        self._calls += 1
        return self._deployment

    def leave(self) -> None:
        """A call has ended."""
        self._calls -= 1
        if self._stale and not self._calls:
            self.reload()
        elif not self._calls and self._deployment is not None and self._is_dead(self._deployment):
            self._says("failed", AppError("the application has ended", "the next call starts it again"))

    def exited(self, status: str) -> None:
        """It died while a phone was up."""
        self._says("failed", AppError(f"the application has ended in the middle of a call: {status}", "the next call starts it again"))

    def reload(self) -> None:
        """The next call finds it as it is saved now; one that goes on is not disturbed."""
        if self.app.command is None:
            return
        self._stale = True
        if not self._calls and (self._starting is None or self._starting.done()):
            self._starting = asyncio.ensure_future(self._start("reloading"))
        elif self._calls:
            self._says("reloading", None)

    async def watch(self) -> None:
        """Start it, and reload it whenever something of it is saved; until this is cancelled."""
        self._starting = asyncio.ensure_future(self._start("starting"))
        sight, settling = Sight(), Settling()
        roots, trees = self._roots, self._project.trees(self.app, self._roots, broken=False, errors=False)
        await asyncio.to_thread(sight.aim, {}, trees)
        while True:
            began_s = wall_s()
            changed = await asyncio.to_thread(sight.look)
            if changed:
                changed = await asyncio.to_thread(self._project.relevant, changed, self.app, ())
            files = settling.receive(changed, wall_s())
            of_scenarios = {file for file in files if file in roots or file.startswith(tuple(root + os.sep for root in roots))}
            if of_scenarios:
                self._scenarios_saved()
            if files - of_scenarios:
                self.reload()
            await asyncio.sleep(max(LOOK_EVERY_S, 10 * (wall_s() - began_s)))

    async def close(self) -> None:
        """End what was started."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        self._dismiss()
        if self._closing:
            await asyncio.wait(self._closing)

    # --- its process

    async def _start(self, state: messages.AppState) -> None:
        """A new one; the one before ends meanwhile, unless it has the port that the new one needs."""
        self._stale = False
        self._says(state, None)
        fixed = self.app.command is not None and "${PORT}" not in self.app.command.url
        self._dismiss()
        if fixed and self._closing:
            await asyncio.wait(self._closing)
        try:
            self._deployment = Deployment(self.app, self.config.stubs_port)
            if self._deployment.process is not None:
                await self._is_up(self._deployment)
        except SimError as error:
            self._dismiss()
            self._says("failed", error)
            return
        except asyncio.CancelledError:
            self._dismiss()
            raise
        self._says("ready", None)

    async def _is_up(self, deployment: Deployment) -> None:
        process, log = deployment.process, list[str]()
        assert process is not None
        process.attach(log, lambda _: None)
        try:
            await asyncio.to_thread(process.start)
            begun_s = wall_s()
            while not process.is_ready():
                if wall_s() - begun_s > process.command.start_limit_s:
                    raise process.not_ready()
                await asyncio.sleep(READY_EVERY_S)
        except AppError as error:
            said = "\n".join(log[-6:])
            raise AppError(error.problem, "\n".join(filter(None, (error.remedy, said)))) from error
        finally:
            process.detach(log)

    def _is_dead(self, deployment: Deployment) -> bool:
        process = deployment.process
        return process is not None and (process.failed is not None or not process.runs)

    def _dismiss(self) -> None:
        deployment, self._deployment = self._deployment, None
        if deployment is not None:
            closing = asyncio.ensure_future(asyncio.to_thread(deployment.close))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def _says(self, state: messages.AppState, problem: SimError | None) -> None:
        self.state, self.problem = state, problem
        self._tell(messages.app(state, *(("", "") if problem is None else (problem.problem, problem.remedy))))
