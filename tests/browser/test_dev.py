"""`jambonz-sim dev` in a real browser: its own server, the weather assistant, the built-in model. Nothing is played back here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_live_page import APOLOGY, WORDS, Opened, ear_browser
from tests.playing import ROOT

try:
    from playwright.sync_api import expect
except ImportError:
    if os.environ.get("CI"):
        raise
    pytest.skip("playwright is not installed: pip install -e '.[dev]'", allow_module_level=True)

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["ear_browser"]

APP = ("--app", "app.server:create_app", "--path", "/openai-s2s")
ENV = {"PYTHONPATH": str(ROOT), "OPENAI_API_KEY": "sk-of-nobody"}
STUBS = [
    {
        "stub": "GET https://geocoding-api.open-meteo.com/v1/search",
        "reply": {"json": {"results": [{"name": "Berlin", "country": "Germany", "latitude": 52.52, "longitude": 13.41}]}},
    },
    {
        "stub": "GET https://api.open-meteo.com/v1/forecast",
        "reply": {"json": {"current": {"temperature_2m": 21.4, "wind_speed_10m": 9.7}, "current_units": {"wind_speed_10m": "km/h"}}},
    },
]
STUBBED = """
steps => new Promise((done, failed) => {
  const socket = new WebSocket(`ws://${location.host}/live`);
  let left = steps.length;
  socket.onopen = () => steps.forEach((step, id) => socket.send(JSON.stringify({do: "step", phone: "a", step, id: 1000 + id})));
  socket.onmessage = ({data}) => {
    const told = typeof data === "string" ? JSON.parse(data) : {};
    if (told.is === "refused") failed(new Error(told.problem));
    if (told.is === "done" && --left === 0) { socket.close(); done(); }
  };
})
"""
"""A second page of the same person gives steps of the language; the buttons are only some of them."""


@pytest.fixture
def dev(tmp_path: Path, ear_browser: Browser) -> Iterator[Callable[[], Opened]]:
    """Starts the command, and opens the address it prints."""
    command = [sys.executable, "-m", "simulator", "dev", *APP, "--port", "0", "--no-open"]
    env = {**os.environ, **ENV, "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines: Queue[str] = Queue()
    stdout = running.stdout
    assert stdout is not None
    reader = threading.Thread(target=lambda: [lines.put(line) for line in stdout], daemon=True)
    reader.start()
    context = ear_browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)

    def open_() -> Opened:
        while (found := re.search(r"http://\S+", lines.get(timeout=20))) is None:
            pass
        opened = Opened(context.new_page())
        opened.page.goto(found[0])
        expect(opened.page.get_by_role("status", name="application")).to_contain_text("ready")
        return opened

    yield open_
    expect.set_options(timeout=5_000)
    context.close()
    running.terminate()
    try:
        running.wait(10)
    except subprocess.TimeoutExpired:
        running.kill()
        raise
    reader.join(5)
    stdout.close()


def called(opened: Opened) -> None:
    opened.press("Call")
    expect(opened.page.get_by_text("on the line")).to_be_visible()
    expect(opened.said).to_contain_text("Hello")


def test_a_call_is_made_interrupted_limited_kept_and_played_again(dev: Callable[[], Opened], tmp_path: Path) -> None:
    opened = dev()
    called(opened)
    opened.page.evaluate(STUBBED, [{"world": stub} for stub in STUBS])
    opened.turn()
    opened.say("What is the weather in Berlin?")
    expect(opened.said).to_contain_text("get_weather answered")
    expect(opened.said).to_contain_text("21.4")
    expect(opened.page.get_by_role("button", name="Interrupt")).to_be_visible()
    opened.page.wait_for_timeout(1_000)  # something of it has to be heard before it is cut off
    opened.say("And in Paris?")
    expect(opened.said.locator("s.cut").first).not_to_have_text("")
    opened.shot("dev-interrupted")
    opened.page.get_by_role("button", name="Model: Rate limit.").click()
    expect(opened.page.locator(".trouble-button.waits")).to_have_text("Rate limit")
    opened.turn()
    opened.say("Are you there?")
    expect(opened.said).to_contain_text("the model failed: rate_limit_exceeded")
    expect(opened.said).to_contain_text(APOLOGY)
    opened.shot("dev-apology")
    opened.press("Hang up")
    expect(opened.page.get_by_role("button", name="Call", exact=True)).to_be_visible()
    assert opened.complaints == [] or all("favicon" in one or "404" in one for one in opened.complaints)
    opened.page.get_by_role("tab", name="Keep").click()
    opened.page.get_by_label("File", exact=True).fill("kept.yaml")
    opened.press("Save")
    kept = opened.page.get_by_role("form", name="keep this call")
    expect(kept.locator(".badge")).to_have_text("passes")
    opened.shot("dev-kept")
    command = [sys.executable, "-m", "simulator", "run", "kept.yaml", *APP]
    env = {**os.environ, **ENV}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_model_hears_what_is_spoken_into_the_microphone(dev: Callable[[], Opened]) -> None:
    opened = dev()
    called(opened)
    opened.turn()
    opened.press("Microphone")
    item = opened.page.get_by_role("tabpanel", name="State").locator(".item.user").first
    expect(item).to_contain_text(WORDS)
    opened.shot("dev-microphone")


def test_a_page_that_is_loaded_again_knows_the_call_that_goes_on(dev: Callable[[], Opened]) -> None:
    opened = dev()
    called(opened)
    opened.page.reload()
    expect(opened.page.get_by_text("on the line")).to_be_visible()
    expect(opened.said).to_contain_text("Hello")
    opened.press("Hang up")
    expect(opened.page.get_by_role("button", name="Call", exact=True)).to_be_visible()
