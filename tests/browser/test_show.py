"""`jambonz-sim show` as a person meets it: the address that is printed, the first failure, two calls side by side; in a real browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import SCREENSHOTS, Open
from tests.npm import locked
from tests.playing import ROOT

try:
    from playwright.sync_api import expect
except ImportError:
    if os.environ.get("CI"):
        raise
    pytest.skip("playwright is not installed: pip install -e '.[dev]'", allow_module_level=True)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

APP = "tests.apps.forgetful:create_app"
ASKED = """
name: the caller asks for the weather
steps:
  - model:  {say: "Good morning, what would you like to know about the weather today?"}
  - caller: {interrupt: "How warm is it in CITY?", after: 1.4s}
  - model:  {call: look_up, with: {q: CITY}}
  - expect: {tool_output: {output: /21/}, within: 2s}
  - model:  {say: "It is twenty one degrees in CITY."}
  - caller: {hang_up: true}
---
name: the caller hangs up at once
steps:
  - model: {say: "Good morning"}
  - caller: {hang_up: true}
"""
LONG = "name: a call of ten minutes\nsteps:\n  - model: {say: Good morning}\n" + 75 * (
    '  - caller: {say: "Please tell me more about it."}\n'
    '  - model: {say: "There is a lot more to tell, and I gladly go on with it for as long as you like."}\n'
)
ENVIRON = {**os.environ, "PYTHONPATH": str(ROOT)}

Recorded = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A folder with the journals of a run of this scenario file, made once by the command line."""
    known: dict[str, Path] = {}

    def record(scenario: str, name: str = "call") -> Path:
        if scenario not in known:
            folder = tmp_path_factory.mktemp("recorded")
            (folder / f"{name}.yaml").write_text(scenario, encoding="utf-8")
            command = [sys.executable, "-m", "simulator", "run", f"{name}.yaml", "--app", APP, "--path", "/", "--journal", "journals"]
            done = subprocess.run(command, cwd=folder, env=ENVIRON, capture_output=True, text=True, check=False, timeout=120)
            assert done.returncode in (0, 1), done.stderr
            known[scenario] = folder / "journals"
        return known[scenario]

    return record


@contextmanager
def shown(*arguments: str | Path) -> Iterator[tuple[str, Path]]:
    """A server that shows this: its printed address, and the file with what it says on stderr. It must end well when it is interrupted."""
    folder = Path(os.environ.get("PYTEST_TMP", "/tmp"))
    told = folder / f"jambonz-sim-show-{os.getpid()}.txt"
    command = [sys.executable, "-m", "simulator", "show", *map(str, arguments), "--no-open"]
    with told.open("w") as errors, subprocess.Popen(command, env=ENVIRON, stdout=subprocess.PIPE, stderr=errors, text=True) as server:
        assert server.stdout is not None
        try:
            address = server.stdout.readline().strip()
            assert address, told.read_text()
            yield address, told
        finally:
            server.send_signal(signal.SIGINT)
            try:
                assert server.wait(timeout=10) == 0, told.read_text()
            finally:
                server.kill()
                told.unlink(missing_ok=True)


@contextmanager
def visitor(browser: Browser, *, dark: bool = False, width: int = 1280) -> Iterator[tuple[Page, list[str]]]:
    """A person with a browser of their own, and what that browser complains of."""
    context = browser.new_context(viewport={"width": width, "height": 720}, color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page, complaints
    finally:
        context.close()


def shot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def healthy(complaints: list[str]) -> None:
    assert complaints == []


# --- one call, and a folder of them


def test_a_folder_opens_at_the_first_failure_as_the_run_told_it(recorded: Recorded, browser: Browser) -> None:
    folder = recorded(ASKED.replace("CITY", "Berlin"), "call")
    with shown(folder) as (address, told), visitor(browser) as (page, complaints):
        page.goto(address)
        expect(page.locator("[aria-current=page]")).to_contain_text("the caller asks for the weather")
        assert "token" not in page.url
        why = page.get_by_role("region", name="why it did not pass")
        for said in ("call.yaml:7:5", "expected tool_output", "expected text like /21/, got", "J005", "did you mean 'llm:tool-output'?"):
            expect(why).to_contain_text(said)
        row = page.get_by_role("option", selected=True)
        expect(row.locator(".frame-kind")).to_have_text("command")
        expect(page.locator(".scenario")).to_have_count(2)
        shot(page, "show-failure")
        healthy(complaints)
        assert told.read_text() == ""


def test_an_address_is_good_for_one_browser_and_the_next_one_is_told_what_to_do(recorded: Recorded, browser: Browser) -> None:
    folder = recorded(ASKED.replace("CITY", "Berlin"), "call")
    with shown(folder) as (address, told), visitor(browser) as (first, _), visitor(browser) as (second, _):
        first.goto(address)
        expect(first.locator(".scenario")).to_have_count(2)
        refused = second.goto(address)
        assert refused is not None
        assert refused.status == 403
        expect(second.locator("body")).to_contain_text("good only once")
        expect(second.locator("body")).to_contain_text("A new address is printed in jambonz-sim's terminal")
        shot(second, "show-refused")
        fresh = re.search(r"http://\S+", told.read_text())
        assert fresh is not None
        second.goto(fresh[0])
        expect(second.locator(".scenario")).to_have_count(2)
        first.reload()
        expect(first.locator(".scenario")).to_have_count(2)


INJECTED = (
    "const one = document.createElement('script'); one.textContent = 'window.pwned = 1'; document.body.append(one)",
    "const one = document.createElement('div'); one.setAttribute('onclick', 'window.pwned = 2'); document.body.append(one); one.click()",
    "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=window.pwned=3>')",
)


def test_the_cookie_is_out_of_reach_of_scripts_and_an_injected_script_does_not_run(recorded: Recorded, browser: Browser) -> None:
    folder = recorded(ASKED.replace("CITY", "Berlin"), "call")
    with shown(folder) as (address, _), visitor(browser) as (page, complaints):
        page.goto(address)
        expect(page.locator(".scenario")).to_have_count(2)
        assert page.evaluate("document.cookie") == ""
        (cookie,) = page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        for attempt in INJECTED:
            page.evaluate(f"(() => {{ try {{ {attempt} }} catch (error) {{ return String(error) }} }})()")
        assert page.evaluate("window.pwned") is None
        assert page.evaluate("fetch('http://127.0.0.1:9/').catch(error => String(error))").startswith("TypeError")
        assert any("Content Security Policy" in one for one in complaints)


READ = "fetch('HERE/', {credentials: 'include'}).then(() => 'got', () => 'kept')"
DIAL = "new Promise(done => { const it = new WebSocket('WS/live'); it.onopen = () => done('got'); it.onerror = () => done('kept') })"
LOAD = """new Promise(done => {
    const it = document.createElement('script');
    [it.src, it.onload, it.onerror] = ['HERE/page.js', () => done('got'), () => done('kept')];
    document.body.append(it);
})"""


def test_another_site_in_the_same_browser_neither_reads_the_page_nor_opens_its_socket(recorded: Recorded, browser: Browser) -> None:
    folder = recorded(ASKED.replace("CITY", "Berlin"), "call")
    with shown(folder) as (address, _), visitor(browser) as (page, _):
        page.goto(address)
        expect(page.locator(".scenario")).to_have_count(2)
        here = page.evaluate("location.origin")
        other = page.context.new_page()
        other.route("http://evil.example/", lambda route: route.fulfill(status=200, content_type="text/html", body="<p>evil</p>"))
        other.goto("http://evil.example/")
        for attempt in (READ, DIAL, LOAD):
            assert other.evaluate(attempt.replace("HERE", here).replace("WS", here.replace("http", "ws"))) == "kept", attempt


def test_a_page_in_a_file_needs_no_server(recorded: Recorded, open_page: Open, tmp_path: Path) -> None:
    folder = recorded(ASKED.replace("CITY", "Berlin"), "call")
    file = tmp_path / "kept.html"
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "show", folder, "--html", file], env=ENVIRON, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == (f"{file}\n", "")
    opened = open_page(file)
    expect(opened.page.get_by_role("region", name="why it did not pass")).to_contain_text("expected tool_output")
    assert (opened.asked, opened.complaints) == ([], [])


def test_a_journal_that_is_cut_short_is_shown_with_a_note(recorded: Recorded, browser: Browser, tmp_path: Path) -> None:
    whole = next(recorded(ASKED.replace("CITY", "Berlin"), "call").glob("*asks*"))
    cut = tmp_path / "cut.jsonl"
    lines = whole.read_bytes().splitlines(keepends=True)
    cut.write_bytes(b"".join([*lines[:20], b"<script>alert(1)</script>\n", *lines[21:40], lines[40][:50]]))
    with shown(cut) as (address, told), visitor(browser) as (page, complaints):
        page.goto(address)
        expect(page.locator(".run-trouble").first).to_contain_text("cut.jsonl:21: it is not JSON")
        expect(page.locator(".run-trouble")).to_have_count(2)
        page.get_by_role("searchbox", name="search frames").fill("unreadable")
        expect(page.get_by_role("option")).to_have_count(2)
        shot(page, "show-cut-short")
        assert "cut.jsonl:21: it is not JSON" in told.read_text()
        healthy(complaints)


def test_a_call_of_ten_minutes_opens_within_a_second_and_is_below_five_megabytes(recorded: Recorded, browser: Browser) -> None:
    (journal,) = recorded(LONG + "  - caller: {hang_up: true}\n", "long").glob("*.jsonl")
    with shown(journal) as (address, _), visitor(browser) as (page, complaints):
        page.goto(address)
        expect(page.get_by_role("option").first).to_be_visible()
        times = []
        while not times or (min(times) > 1_000 and len(times) < 5):  # the machine may be busy
            page.reload()
            expect(page.get_by_role("option").first).to_be_visible()
            times.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventStart"))
        assert min(times) < 1_000, f"ms: {times}"
        size = page.evaluate("performance.getEntriesByType('navigation')[0].encodedBodySize")
        assert 500_000 < size < 5_000_000
        (call,) = page.evaluate("JSON.parse(document.getElementById('run').textContent).calls")
        assert call["virtual_s"] > 600
        assert call["left_out"] == 0
        shot(page, "show-long")
        healthy(complaints)


# --- two calls side by side


def test_two_calls_stand_side_by_side_with_what_differs_marked(recorded: Recorded, browser: Browser, tmp_path: Path) -> None:
    files = []
    for city in ("Berlin", "Paris"):
        files.append(tmp_path / f"{city}.jsonl")
        shutil.copy(next(recorded(ASKED.replace("CITY", city), "call").glob("*asks*")), files[-1])
    with shown(*files) as (address, _), visitor(browser) as (page, complaints):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_contain_text("frames differ")
        chosen = page.get_by_role("option", selected=True)
        expect(chosen).to_contain_text("How warm is it in Berlin?")
        expect(chosen).to_contain_text("How warm is it in Paris?")
        why = page.get_by_role("complementary", name="difference")
        expect(why).to_contain_text('left "How warm is it in Berlin?"')
        expect(why).to_contain_text('right "How warm is it in Paris?"')
        assert page.get_by_role("img", name=re.compile("who spoke when")).count() == 2
        shot(page, "compare")
        page.keyboard.press("n")
        expect(why).not_to_contain_text("How warm is it in Berlin?")
        height = "document.querySelector('.frames-all').offsetHeight"
        before = page.evaluate(height)
        page.get_by_role("button", name="Only what differs").click()
        assert page.evaluate(height) > 2 * before, "all frames are there now"
        healthy(complaints)


def test_a_call_beside_itself_differs_in_nothing(recorded: Recorded, browser: Browser) -> None:
    journal = next(recorded(ASKED.replace("CITY", "Berlin"), "call").glob("*asks*"))
    with shown(journal, journal) as (address, _), visitor(browser) as (page, complaints):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text("Nothing differs")
        healthy(complaints)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_nobody_is_left_out(recorded: Recorded, open_page: Open, tmp_path: Path, width: int, dark: bool) -> None:
    axe = (locked(ROOT / "web") / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
    both = [next(recorded(ASKED.replace("CITY", city), "call").glob("*asks*")) for city in ("Berlin", "Paris")]
    file = tmp_path / "compared.html"
    subprocess.run([sys.executable, "-m", "simulator", "show", *both, "--html", file], env=ENVIRON, capture_output=True, check=True)
    opened = open_page(file, width=width, dark=dark)
    expect(opened.page.get_by_role("option").first).to_be_visible()
    opened.evaluate(axe)
    found = opened.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    assert [f"{one['id']}: {node['html'][:160]} {node['failureSummary']}" for one in found["violations"] for node in one["nodes"]] == []
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    opened.shot(f"compare-{width}{'-dark' if dark else ''}")
    assert (opened.asked, opened.complaints) == ([], [])
