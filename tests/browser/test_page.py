"""The page of a run, as a person meets it: what failed and why, the lanes, the frames, the keys; on large screens and small, by day and night."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Open, Opened
from tests.npm import locked
from tests.playing import ROOT
from tests.report.runs import NASTY

try:
    from playwright.sync_api import expect
except ImportError:
    if os.environ.get("CI"):
        raise
    pytest.skip("playwright is not installed: pip install -e '.[dev]'", allow_module_level=True)

APP = "tests.apps.forgetful:create_app"
CALL = """
name: the caller asks for the weather, and interrupts the answer
steps:
  - model:  {say: "Good morning, what would you like to know about the weather today?"}
  - caller: {interrupt: "How warm is it in Berlin?", after: 1.4s}
  - model:  {call: look_up, with: {q: Berlin}}
  - expect: {tool_output: {output: /21/}, within: 2s}
  - model:  {say: "It is twenty one degrees in Berlin."}
  - caller: {hang_up: true}
---
name: the caller hangs up at once
steps:
  - model: {say: "Good morning"}
  - caller: {hang_up: true}
---
name: nobody knows what the caller wants
steps:
  - model: {say: "Good morning"}
  - expect: {heard: "Good evening", within: 5s}
"""

Made = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def page(made: Made) -> Path:
    return made(APP, CALL)


def healthy(opened: Opened) -> None:
    """The page asked the network for nothing, and nothing on it was refused or went wrong."""
    assert (opened.asked, opened.complaints) == ([], [])


# --- a failed call


def test_the_page_opens_at_the_first_failure_with_place_problem_difference_and_rule(page: Path, open_page: Open) -> None:
    opened = open_page(page)
    shown = opened.page
    expect(shown.locator("[aria-current=page]")).to_contain_text("the caller asks for the weather")
    why = shown.get_by_role("region", name="why it did not pass")
    for said in ("call.yaml:7:5", "expected tool_output", "expected text like /21/, got", "J005", "did you mean 'llm:tool-output'?"):
        expect(why).to_contain_text(said)
    assert opened.chosen() == "#77 command", "the frame that the failure names"
    expect(shown.get_by_role("option", selected=True)).to_be_in_viewport()
    opened.shot("failed-call")
    healthy(opened)


def test_what_did_not_pass_comes_first_in_the_list(page: Path, open_page: Open) -> None:
    opened = open_page(page, "#s3")
    opened.shot("list")
    assert opened.page.locator(".scenario-name").all_text_contents() == [
        "the caller asks for the weather, and interrupts the answer",
        "nobody knows what the caller wants",
        "the caller hangs up at once",
    ]
    assert opened.page.locator(".scenario .mark").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))") == [
        "failed",
        "failed",
        "passed",
    ]


def test_the_list_is_sifted_by_result_and_by_words(page: Path, open_page: Open) -> None:
    shown = open_page(page).page
    shown.get_by_role("button", name="Not passed 2").click()
    expect(shown.locator(".scenario")).to_have_count(2)
    shown.get_by_role("searchbox", name="search scenarios").fill("NOBODY call.yaml")
    expect(shown.locator(".scenario")).to_have_count(1)
    shown.get_by_role("searchbox", name="search scenarios").fill("no such thing")
    expect(shown.get_by_text("No scenario fits.")).to_be_visible()


def test_a_number_in_the_failure_opens_that_frame_with_its_finding_and_its_cause(page: Path, open_page: Open) -> None:
    opened = open_page(page)
    opened.page.get_by_role("button", name="open frame 78").first.click()
    frame = opened.page.get_by_role("complementary", name="frame 78")
    for said in ("dropped", "noted by jambonz", "J005", "Remedy", "Came after", "tool:output"):
        expect(frame).to_contain_text(said)
    opened.shot("frame-open")
    frame.get_by_role("button", name="#77").first.click()
    cause = opened.page.get_by_role("complementary", name="frame 77")
    expect(cause).to_contain_text("Caused by tool_call_id")
    expect(cause).to_contain_text("Application → jambonz")
    healthy(opened)


def test_the_state_tells_what_is_owed_and_what_the_model_knows(page: Path, open_page: Open) -> None:
    opened = open_page(page, "#s1f78")
    opened.page.get_by_role("tab", name="State after it").click()
    state = opened.page.get_by_role("tabpanel")
    for said in ("in-progress", "llm", "then hangup", "the application the output of look_up", "look_up(", "gpt-realtime", "think"):
        expect(state).to_contain_text(said)
    opened.shot("state")


def test_json_folds(page: Path, open_page: Open) -> None:
    shown = open_page(page, "#s1f77").page
    tree = shown.get_by_role("tree")
    expect(tree).to_contain_text('"function_call_output"')
    tree.get_by_role("button", name="fold item").click()
    expect(tree).not_to_contain_text('"function_call_output"')
    tree.get_by_role("button", name="unfold item").click()
    expect(tree).to_contain_text('"function_call_output"')


def test_pointing_at_the_lanes_tells_what_was_heard_and_what_was_not_and_a_click_opens_it(page: Path, open_page: Open) -> None:
    opened = open_page(page)
    shown = opened.page
    canvas = shown.locator(".lane-canvas canvas")
    box = canvas.bounding_box()
    assert box is not None
    told = set()
    for at in range(5, int(box["width"]), 25):  # along the lower track of the caller
        canvas.hover(position={"x": at, "y": 62})
        tip = shown.locator(".tip")
        if tip.count():
            told.add(tip.text_content())
    (cut,) = [text for text in told if text and "not heard" in text]
    assert "Good morning, what · not heard" in cut
    assert "would you like to know" in cut
    opened.shot("hover")


def test_zoom_and_pan_change_the_picture(page: Path, open_page: Open) -> None:
    shown = open_page(page).page
    picture = "document.querySelector('.lane-canvas canvas').toDataURL()"
    seen = [shown.evaluate(picture)]
    for press in ("zoom in", "zoom in", "fit the whole call"):
        shown.get_by_role("button", name=press).click()
        seen.append(shown.evaluate(picture))
    shown.get_by_role("button", name="Short silence").click()
    seen.append(shown.evaluate(picture))
    assert len(set(seen[:3])) == 3
    assert len(set(seen)) >= 4


# --- keys


def test_a_tour_by_keyboard(page: Path, open_page: Open) -> None:
    opened = open_page(page)
    keys, shown = opened.page.keyboard, opened.page
    assert opened.chosen() == "#77 command"
    keys.press("j")
    assert opened.chosen() == "#78 dropped"
    keys.press("k")
    keys.press("ArrowUp")
    assert opened.chosen() == "#76 llm:tool-call"
    keys.press("c")
    assert opened.chosen().endswith("response.function_call_arguments.done")
    keys.press("n")
    assert opened.chosen() == "#78 dropped"
    keys.press("Home")
    assert opened.chosen() == "#0 connect"
    keys.press("End")
    assert opened.chosen().endswith("closed")
    keys.press("/")
    keys.type("look_up berlin")
    expect(shown.get_by_role("searchbox", name="search frames")).to_be_focused()
    expect(shown.get_by_text("shown")).not_to_have_text("60 shown")
    keys.press("Escape")
    expect(shown.get_by_role("searchbox", name="search frames")).to_have_value("")
    keys.press("]")
    expect(shown.get_by_role("heading", level=2)).to_have_text("nobody knows what the caller wants")
    keys.press("[")
    expect(shown.get_by_role("heading", level=2)).to_have_text("the caller asks for the weather, and interrupts the answer")
    keys.press("p")
    expect(shown.get_by_text("90 shown")).to_be_visible()
    keys.press("?")
    expect(shown.get_by_role("dialog", name="Keys")).to_be_visible()
    opened.shot("keys")
    keys.press("Escape")
    expect(shown.get_by_role("dialog")).to_have_count(0)
    healthy(opened)


def test_an_address_leads_to_a_frame_also_one_that_is_hidden_at_first(page: Path, open_page: Open) -> None:
    opened = open_page(page, "#s1f41")
    assert opened.chosen() == "#41 response.output_audio.delta"
    opened.page.keyboard.press("k")
    assert opened.evaluate("location.hash") == "#s1f40"


# --- screens


def test_nothing_scrolls_sideways_on_a_small_laptop(page: Path, open_page: Open) -> None:
    shown = open_page(page).page
    assert shown.evaluate(
        "[document.documentElement.scrollWidth, document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth]"
    ) == [1280, 0]


def test_a_telephone_shows_the_list_then_the_call_then_the_frame(page: Path, open_page: Open) -> None:
    opened = open_page(page, width=390, height=844)
    shown = opened.page
    expect(shown.get_by_role("navigation", name="scenarios")).to_be_visible()
    opened.shot("narrow-list")
    shown.get_by_role("button", name="failed the caller asks").click()
    expect(shown.get_by_role("region", name="why it did not pass")).to_be_visible()
    expect(shown.get_by_role("navigation", name="scenarios")).to_be_hidden()
    assert shown.evaluate("document.documentElement.scrollWidth") == 390
    opened.shot("narrow")
    shown.get_by_role("option", selected=True).scroll_into_view_if_needed()
    shown.get_by_role("option", selected=True).dblclick()
    expect(shown.get_by_role("complementary", name="frame 77")).to_be_visible()
    opened.shot("narrow-frame")
    shown.get_by_role("button", name="close the frame").click()
    shown.get_by_role("button", name="‹ Scenarios").click()
    expect(shown.get_by_role("navigation", name="scenarios")).to_be_visible()
    healthy(opened)


def test_at_night(page: Path, open_page: Open) -> None:
    opened = open_page(page, dark=True)
    day = open_page(page)
    ground = "getComputedStyle(document.body).backgroundColor"
    assert opened.evaluate(ground) != day.evaluate(ground)
    opened.shot("dark")
    before = opened.evaluate("document.querySelector('.lane-canvas canvas').toDataURL()")
    opened.page.emulate_media(color_scheme="light")
    opened.page.wait_for_function("before => document.querySelector('.lane-canvas canvas').toDataURL() !== before", arg=before)


@pytest.mark.parametrize(("width", "dark", "tab"), [(1280, False, "Frame"), (1280, True, "State after it"), (390, False, "Frame")])
def test_nobody_is_left_out(page: Path, open_page: Open, width: int, dark: bool, tab: str) -> None:
    """Names of controls, roles, contrast: what axe-core checks of WCAG 2 A and AA."""
    axe = (locked(ROOT / "web") / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
    opened = open_page(page, "#s1f78", width=width, height=800, dark=dark)
    opened.page.get_by_role("tab", name=tab).click()
    opened.evaluate(axe)
    found = opened.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    assert [f"{one['id']}: {node['html'][:160]} {node['failureSummary']}" for one in found["violations"] for node in one["nodes"]] == []


# --- hostile words


def walk(opened: Opened) -> None:
    """To the last frame, one by one."""
    opened.evaluate("""new Promise(done => {
        const last = () => document.querySelector('[aria-selected=true][role=option]')?.getAttribute('aria-posinset');
        let before = null;
        const next = () => {
            document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', bubbles: true}));
            requestAnimationFrame(() => { const now = last(); if (now === before) done(); else { before = now; next(); } });
        };
        next();
    })""")


HOSTILE = (
    '<img src=x onerror="window.pwned=1"></script><script>window.pwned=2</script><svg onload=window.pwned=3> javascript:window.pwned=4 \u202egnp.exe'
)


def test_no_word_of_a_call_becomes_an_element_or_runs(made: Made, open_page: Open) -> None:
    said = json.dumps(HOSTILE + NASTY.replace("\ud800\uffff", ""))
    name = json.dumps(f"{HOSTILE} a name")
    scenario = (
        f"name: {name}\nsteps:\n  - model: {{say: {said}}}\n  - caller: {{say: {said}}}\n  - model: {{call: look_up, with: {{q: {said}}}}}\n"
        f"  - expect: {{tool_output: {{output: {said}}}, within: 2s}}\n  - caller: {{hang_up: true}}\n"
    )
    opened = open_page(made(APP, scenario))
    tame = open_page(made(APP, scenario.replace(said, '"one two"').replace(name, "a name")))
    tags = "[...new Set([...document.querySelectorAll('*')].map(one => one.tagName))].sort()"
    known = set(tame.evaluate(tags))
    assert opened.page.get_by_role("option").count() > 5
    for tab in ("Frame", "State after it"):  # every frame is looked at, from the first to the last, from both sides
        opened.page.keyboard.press("Home")
        opened.page.get_by_role("tab", name=tab).click()
        walk(opened)
    assert opened.evaluate("window.pwned") is None
    assert set(opened.evaluate(tags)) - known <= {"DETAILS", "SUMMARY", "PRE"}
    assert opened.evaluate("document.querySelectorAll('a, img, iframe, object, embed, form, link').length") == 0
    shown = opened.page.locator("main h2")
    expect(shown).to_contain_text("<img src=x onerror=")
    expect(shown).to_contain_text("\\u202e")
    assert "\u202e" not in (opened.page.locator("body").text_content() or "").replace(opened.page.locator("script").all_text_contents()[0], "")
    opened.shot("hostile")
    healthy(opened)


def test_the_pages_policy_keeps_even_a_mistake_of_ours_from_running(page: Path, open_page: Open) -> None:
    opened = open_page(page)
    attempts = (
        "document.body.innerHTML = '<img src=x onerror=window.pwned=1>'",
        "const one = document.createElement('script'); one.textContent = 'window.pwned = 2'; document.body.append(one)",
        "const one = document.createElement('div'); one.setAttribute('onclick', 'window.pwned = 3'); document.body.append(one); one.click()",
    )
    for attempt in attempts:
        opened.evaluate(f"(() => {{ try {{ {attempt} }} catch (error) {{ return String(error) }} }})()")
    assert opened.evaluate("window.pwned") is None
    assert opened.complaints, "and the browser says so"


# --- long calls

TURNS = 75


def test_a_call_of_ten_minutes_opens_at_once_and_can_be_walked(made: Made, open_page: Open) -> None:
    answer = "There is a lot more to tell, and I gladly go on with it for as long as you like."
    turn = f'  - caller: {{say: "Please tell me more about it."}}\n  - model: {{say: "{answer}"}}\n'
    file = made(APP, f'name: a call of ten minutes\nsteps:\n  - model: {{say: "Good morning"}}\n{turn * TURNS}  - caller: {{hang_up: true}}\n')
    opened = open_page(file)
    run = json.loads(opened.page.locator("#run").text_content() or "")
    (call,) = run["calls"]
    assert (call["outcome"], call["left_out"]) == ("passed", 0)
    assert call["virtual_s"] > 600
    assert call["frames"] > 2_000
    assert file.stat().st_size < 5_000_000
    loaded = "performance.getEntriesByType('navigation')[0].loadEventStart"  # the page is drawn before that: its script is in it
    times = [opened.evaluate(loaded)]
    while min(times) > 1_000 and len(times) < 5:  # the machine may be busy
        opened.page.reload()
        times.append(opened.evaluate(loaded))
    assert min(times) < 1_000, f"ms: {times}"
    assert opened.page.get_by_role("option").count() < 80, "only what is in sight is drawn"
    opened.page.keyboard.press("End")
    assert opened.chosen().endswith("closed")
    opened.page.keyboard.press("0")
    opened.shot("long-call")
    opened.page.keyboard.press("Home")
    assert opened.chosen() == "#0 connect"
    healthy(opened)
