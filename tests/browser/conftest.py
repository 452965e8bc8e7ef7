"""Pages of real runs, in a real browser without a network. Chromium is found on the PATH; where it is not, these tests skip, except in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.npm import skip_or_fail
from tests.playing import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SCREENSHOTS = Path(os.environ.get("JAMBONZ_SIM_SCREENSHOTS") or ROOT / "build" / "screenshots")


class Opened:
    """A page that is open: what it asked the network for, and what it complained of."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page, self.file = page, file
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._request)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("popup", lambda other: self.complaints.append(f"popup {other.url}"))

    def _request(self, request: Request) -> None:
        if request.url.partition("#")[0] != self.file.as_uri():
            self.asked.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        self.complaints.append(message.text)

    def shot(self, name: str) -> Path:
        """A screenshot for people, kept as an artefact."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def chosen(self) -> str:
        """The number and kind of the frame that is selected in the list."""
        row = self.page.get_by_role("option", selected=True)
        return f"{row.locator('.frame-number').text_content()} {row.locator('.frame-kind').text_content()}"

    def evaluate(self, script: str) -> Any:
        return self.page.evaluate(script)


Open = Callable[..., Opened]


def find_browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return found or skip_or_fail(f"none of {', '.join(BROWSERS)} is on the PATH")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    program = find_browser()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens a file in a window of its own, with the network switched off, and everything but the file itself refused."""
    contexts = []

    def open_(file: Path, at: str = "", *, width: int = 1280, height: int = 720, dark: bool = False) -> Opened:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", reduced_motion="reduce")
        contexts.append(context)
        context.set_offline(True)

        def judge(route: Route) -> None:
            own = route.request.url.partition("#")[0] == file.as_uri()
            route.continue_() if own else route.abort()

        context.route("**/*", judge)
        opened = Opened(context.new_page(), file)
        opened.page.goto(f"{file.as_uri()}{at}")
        return opened

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """The page of a run of this scenario against this application (by the command line, in a process of its own), made once."""
    known: dict[tuple[str, str], Path] = {}

    def make(app: str, scenario: str) -> Path:
        if (app, scenario) not in known:
            folder = tmp_path_factory.mktemp("run")
            (folder / "call.yaml").write_text(scenario, encoding="utf-8")
            command = [sys.executable, "-m", "simulator", "run", "call.yaml", "--app", app, "--path", "/", "--html", "page"]
            done = subprocess.run(
                command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=120
            )
            assert done.returncode in (0, 1), done.stderr
            known[app, scenario] = folder / "page" / "index.html"
        return known[app, scenario]

    return make
