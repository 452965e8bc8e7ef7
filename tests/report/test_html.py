"""The page of a run: the failure first, every frame in its lane, and nothing that a call has said is more than text."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.journal import Frame, Journal
from simulator.report import html as page
from simulator.report.html import html
from simulator.report.lanes import LANES, gist, way
from simulator.report.run import NotPlayed, Trouble
from simulator.rules import RULES, Finding
from tests.playing import ROOT, play, shipped
from tests.report.runs import NASTY, broken, failed, finding, passed, run

EMPTY = {"meta", "input"}
ATTRIBUTES = {
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "href",
    "id",
    "hidden",
    "type",
    "placeholder",
    "aria-label",
    "checked",
    "open",
}


class Page(HTMLParser):
    """A page as a browser would understand it: its tags in order, and the text of what carries a class or an id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: dict[str, str] = {}
        self.ids: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        known = dict(attrs)
        if (name := known.get("id")) is not None:
            self.ids.append(name)
        if tag not in EMPTY:
            self._open.append((tag, known.get("id") or known.get("class") or tag))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, name in self._open:
            self.text[name] = self.text.get(name, "") + data


def journal(*frames: tuple[str, str, str, dict[str, Any]]) -> Journal:
    whole = Journal()
    for number, (link, source, kind, content) in enumerate(frames):
        whole.note(link, source, kind, content, at_s=number / 2)
    return whole


CALL = (
    ("app", "jambonz", "session:new", {"type": "session:new"}),
    ("app", "app", "ack", {"data": [{"verb": "answer"}]}),
    ("model", "model", "response.output_audio.delta", {"delta": b"\0" * 480}),
)


def test_what_did_not_pass_comes_first_and_its_reason_stands_before_its_frames() -> None:
    text = html(run(passed("fine"), failed("one", "expected say", journal=journal(*CALL)), broken("two")))
    assert re.findall(r'href="#s(\d)">(. \w+)<', text) == [("1", "✗ one"), ("2", "! two"), ("3", "✓ fine")]
    assert text.index("calls/greeting.yaml:4:5: expected say") < text.index('id="s1f0"')
    assert re.findall(r'id="(s\d)"( open)?>', text) == [("s1", " open"), ("s2", ""), ("s3", "")]


def test_every_frame_is_there_with_its_content() -> None:
    shown = Page(html(run(failed(journal=journal(*CALL)))))
    assert [name for name in shown.ids if "f" in name and name.startswith("s1")] == ["s1f0", "s1f1", "s1f2"]
    assert shown.text["s1f1"].startswith("0.500 s#1ack →")
    assert json.loads(shown.text["s1f1"].partition("→")[2]) == CALL[1][3]
    assert "<480 bytes of audio>" in shown.text["s1f2"]


def test_a_number_of_a_frame_leads_to_it_and_one_of_no_frame_to_nothing() -> None:
    text = html(run(failed("one", "nearest: #1 or #77 or &#1;", journal=journal(*CALL))))
    assert '<a href="#s1f1">#1</a>' in text
    assert "#s1f77" not in text
    assert {href[1:] for name, href in Page(text).attributes if name == "href" and href} <= set(Page(text).ids)


def test_a_frame_with_which_a_rule_found_fault_is_marked() -> None:
    calls = journal(*CALL)
    text = html(run(passed(journal=calls, findings=(Finding(RULES["J016"], "dub", calls.frames[1]),))))
    assert re.findall(r'class="frame found" id="(\w+)"', text) == ["s1f1"]
    assert "1 warning" in text


def test_what_ended_the_run_and_what_was_not_played_is_told() -> None:
    shown = Page(html(run(exit_code=130, troubles=(Trouble("Interrupted", "the run was interrupted"),), not_played=(NotPlayed("late", "a.yaml"),))))
    assert shown.text["why"] == "the run was interrupted"
    assert "late" in shown.text["list"]


@pytest.mark.parametrize(
    ("link", "source", "kind", "start", "end"),
    [
        ("app", "jambonz", "verb:hook", "jambonz", "app"),
        ("app", "app", "command", "app", "jambonz"),
        ("app", "jambonz", "dropped", "jambonz", "jambonz"),
        ("app", "rest", "create_call", "world", "jambonz"),
        ("model", "jambonz", "session.update", "jambonz", "model"),
        ("model", "model", "response.done", "model", "jambonz"),
        ("model", "scenario", "fault", "world", "model"),
        ("media", "caller", "speaks", "caller", "jambonz"),
        ("media", "jambonz", "heard", "jambonz", "caller"),
        ("media", "jambonz", "verb", "jambonz", "jambonz"),
        ("media", "phone", "rings", "world", "jambonz"),
        ("world", "app", "request", "app", "world"),
        ("world", "world", "reply", "world", "app"),
        ("elsewhere", "caller", "?", "caller", "caller"),
    ],
)
def test_a_frame_goes_from_lane_to_lane(link: str, source: str, kind: str, start: str, end: str) -> None:
    first, last = way(Frame(0, 0.0, 0.0, link, source, kind, {}))
    assert (LANES[first], LANES[last]) == (start, end)


@pytest.mark.parametrize(
    ("kind", "content", "about"),
    [
        ("speaks", {"text": "hello", "duration_s": 1.0}, "hello"),
        ("verb", {"verb": "say"}, "say"),
        ("llm:event", {"data": {"type": "response.done"}, "hook": "/event"}, "response.done"),
        ("verb:hook", {"data": {"type": "x"}, "hook": "/final"}, "/final"),
        ("sip_response", {"status": 200}, "200"),
        ("command", {"command": ["a"], "text": ""}, ""),
        ("playing", {}, ""),
    ],
)
def test_beside_its_kind_stands_what_a_frame_is_about(kind: str, content: dict[str, Any], about: str) -> None:
    assert gist(Frame(0, 0.0, 0.0, "app", "jambonz", kind, content)) == about


def test_every_way_has_a_column_in_the_style() -> None:
    style = (ROOT / "simulator/report/page.css").read_text(encoding="utf-8")
    ways = {f"c{first}" if first == last else f"c{first}{last}" for first in range(1, 6) for last in range(first, 6)}
    assert ways <= set(re.findall(r"\.(c\d+) ", style))


# --- hostile text


def skeleton(text: str) -> list[str]:
    return Page(text).tags


def of(said: str) -> str:
    """A page on which `said` stands wherever a call or a scenario can put words."""
    calls = journal(("app", "app", said, {said: [said]}), ("media", said, "x", {}))
    bad = Finding(RULES["J016"], said, calls.frames[0])
    return html(
        run(failed(said, said, said, journal=calls, findings=(bad,), log=(said,)), broken(said, f"x{said}"), not_played=(NotPlayed(said, said),))
    )


@given(st.one_of(st.text(max_size=60), st.text("<>&\"'/!-#;=sciptonx", max_size=40)))
def test_text_never_becomes_markup(said: str) -> None:
    if not re.search(r"#\d", said):
        assert skeleton(of(said)) == skeleton(of("harmless"))


@pytest.mark.parametrize(
    "said", [NASTY, "</pre></details><script>alert(1)</script>", '" onclick="x', "<!--", "]]>", "javascript:alert(1)", "</style>"]
)
def test_what_is_known_to_break_pages_breaks_none(said: str) -> None:
    text = of(said)
    shown = Page(text)
    assert shown.tags == skeleton(of("harmless"))
    assert {name for name, _ in shown.attributes} <= ATTRIBUTES
    assert all(value is None or value.startswith("#") for name, value in shown.attributes if name == "href")
    assert "sk-live" not in text
    assert not set("\x1b\x00\r\u202e\uffff") & set(text)
    text.encode()


def test_the_page_allows_its_own_style_and_script_and_nothing_else() -> None:
    shown = Page(html(run(passed())))
    policy = next(value for name, value in shown.attributes if name == "content" and value)
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    hashes = {name: f"'sha256-{b64encode(sha256(shown.text[name].encode()).digest()).decode()}'" for name in ("style", "script")}
    assert allowed == {
        "default-src": "'none'",
        "style-src": hashes["style"],
        "script-src": hashes["script"],
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_the_page_asks_the_network_for_nothing() -> None:
    text = html(run(failed(journal=journal(*CALL))))
    assert not re.search(r"https?:|url\(|@import|\bsrc=|<link", text)


# --- size


def test_of_a_long_call_the_first_and_the_last_frames_are_shown() -> None:
    long = journal(*[("app", "app", "command", {"n": number}) for number in range(page.MOST_FRAMES + 10)])
    text = html(run(passed(journal=long)))
    assert text.count('<details class="frame') == page.MOST_FRAMES
    assert "10 frames are left out here" in text
    assert f'id="s1f{page.MOST_FRAMES + 9}"' in text


def test_a_page_stays_below_its_bound_and_failures_get_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_CHARACTERS", 60_000)
    calls = journal(*[("app", "app", "command", {"said": "x" * 3_000})] * 15)
    text = html(run(passed("fine", journal=calls), failed("bad", journal=calls)))
    assert len(text) < 70_000
    assert text.count('id="s1f') == 15
    assert 0 < 15 - text.count('id="s2f') < 15
    assert "frames are left out here" in text


def test_when_the_page_is_full_scenarios_are_only_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_CHARACTERS", 20_000)
    text = html(run(*[failed(f"number {number}", "x" * 3_000) for number in range(60)]))
    assert len(text) < 40_000
    assert "number 59: left out here, as the page is full" in text


@pytest.mark.parametrize("content", [{"a": "x" * 1_000_000}, {"a": float("nan")}, {"a": "\ud800"}])
def test_a_frame_is_shown_whatever_it_holds_and_cut_when_it_is_long(content: dict[str, Any]) -> None:
    text = html(run(passed(journal=journal(("app", "app", "command", content)))))
    assert len(text) < 30_000
    assert "cannot be shown" not in text
    text.encode()


def test_a_frame_nested_without_end_is_no_reason_to_stop() -> None:
    content: dict[str, Any] = {}
    for _ in range(100_000):
        content = {"a": content}
    nested = Journal()
    nested.frames.append(Frame(0, 0.0, 0.0, "app", "app", "command", content))
    assert "cannot be shown as JSON" in html(run(passed(journal=nested)))


def test_a_shipped_scenario_makes_a_page_with_all_of_its_frames() -> None:
    scenario = next(one for one in shipped() if one.file.endswith("tools/weather.yaml"))
    result = play(scenario)
    shown = Page(html(run(result)))
    assert len([name for name in shown.ids if name.startswith("s1f")]) == len(result.journal.frames) > 50
    assert "What is the weather in Berlin" in shown.text["s1"]


# --- the script

BROWSER = """
const listeners = {};
function element(id, text, parent, classes) {
  const set = new Set(classes);
  return {id, textContent: text, parentElement: parent, tagName: "DETAILS", open: false, hidden: true, checked: true, value: "", scrolled: false,
    classList: {add: (x) => set.add(x), remove: (x) => set.delete(x), contains: (x) => set.has(x),
      toggle: (x, on) => on ? set.add(x) : set.delete(x)},
    addEventListener(name, act) { listeners[id + name] = act; }, scrollIntoView() { this.scrolled = true; }};
}
const body = element("body");
const call = element("s1", "", null, []);
const one = element("s1f0", "weather in Berlin", call, ["delta"]), two = element("s1f1", "ack", call, []);
const all = {search: element("search"), calm: element("calm"), tools: element("tools"), s1: call, s1f0: one, s1f1: two};
globalThis.document = {body, getElementById: (id) => all[id] || null, querySelectorAll: () => [one, two]};
globalThis.location = {hash: ""};
globalThis.window = {addEventListener(name, act) { listeners[name] = act; }};
"""
ACTS = """
const seen = [all.tools.hidden, body.classList.contains("calm")];
search.value = "BERLIN"; listeners.searchinput(); seen.push(one.classList.contains("away"), two.classList.contains("away"));
location.hash = "#s1f1"; listeners.hashchange(); seen.push(call.open, two.open, two.scrolled, two.classList.contains("away"), calm.checked);
location.hash = "#s1f0"; listeners.hashchange(); seen.push(one.open, calm.checked, body.classList.contains("calm"));
console.log(JSON.stringify(seen));
"""


@pytest.mark.skipif(shutil.which("node") is None and "CI" not in os.environ, reason="Node.js is not here")
def test_the_script_sifts_frames_and_unfolds_what_a_link_leads_to() -> None:
    script = (ROOT / "simulator/report/page.js").read_text(encoding="utf-8").replace('"use strict";', "")
    done = subprocess.run(["node", "-e", BROWSER + script + ACTS], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    shown, quiet, *rest = json.loads(done.stdout)
    assert (shown, quiet) == (False, True)
    assert rest == [False, True, *(True, True, True, False, True), *(True, False, False)]


def test_warnings_stand_on_the_page_of_what_passed() -> None:
    assert "J016" in Page(html(run(passed(findings=(finding("J016", "dub"),))))).text["warned"]
