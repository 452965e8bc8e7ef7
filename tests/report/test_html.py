"""The page of a run: nothing that a call has said is more than text, and nothing is asked of the network."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.journal import Journal
from simulator.report.html import html
from simulator.report.run import NotPlayed
from simulator.rules import RULES, Finding
from tests.playing import ROOT, play, shipped
from tests.report.runs import NASTY, broken, failed, passed, run

EMPTY = {"meta", "link"}
SKELETON = ["html", "head", "meta", "meta", "meta", "meta", "title", "style", "body", "div", "noscript"]


class Page(HTMLParser):
    """A page as a browser would understand it: its tags in order, and the text of every element that has an id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: dict[str, str] = {}
        self._open: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in EMPTY:
            self._open.append((tag, dict(attrs).get("id") or tag))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        name = self._open[-1][1] if self._open else ""
        self.text[name] = self.text.get(name, "") + data


def journal(*frames: tuple[str, str, str, dict[str, Any]]) -> Journal:
    whole = Journal()
    for number, (link, source, kind, content) in enumerate(frames):
        whole.note(link, source, kind, content, at_s=number / 2)
    return whole


def of(said: str) -> str:
    """A page on which `said` stands wherever a call or a scenario can put words."""
    calls = journal(("app", "app", said, {said: [said]}), ("media", said, "x", {}))
    bad = Finding(RULES["J016"], said, calls.frames[0])
    return html(
        run(failed(said, said, said, journal=calls, findings=(bad,), log=(said,)), broken(said, f"x{said}"), not_played=(NotPlayed(said, said),))
    )


def test_a_page_is_a_style_a_script_and_a_document_for_the_list_and_for_each_call() -> None:
    shown = Page(html(run(passed("fine"), failed("one"))))
    assert shown.tags == [*SKELETON, "script", "script", "script", "script"]
    assert [call["name"] for call in json.loads(shown.text["run"])["calls"]] == ["one", "fine"]
    assert json.loads(shown.text["call-2"]) == []


@given(st.one_of(st.text(max_size=60), st.text("<>&\"'/!-#;=sciptonx", max_size=40)))
def test_text_never_becomes_markup(said: str) -> None:
    assert Page(of(said)).tags == Page(of("harmless")).tags


@pytest.mark.parametrize(
    "said", [NASTY, "</script><script>alert(1)</script>", '" onclick="x', "<!--", "<!--<script>", "]]>", "javascript:alert(1)", "</style>"]
)
def test_what_is_known_to_break_pages_breaks_none(said: str) -> None:
    text = of(said)
    shown = Page(text)
    assert shown.tags == Page(of("harmless")).tags
    assert {name for name, _ in shown.attributes} <= {"lang", "charset", "http-equiv", "content", "name", "id", "type"}
    assert "sk-live" not in text
    data = "".join(shown.text[name] for name in ("run", "call-1", "call-2"))
    assert not set("<>&\x1b\x00\r\u202e\uffff\u2028") & set(data)
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
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_the_page_asks_the_network_for_nothing() -> None:
    text = html(run(failed(journal=journal(("app", "app", "ack", {})))))
    assert not re.search(r"url\(|@import|\bsrc=|<link|\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket", text)
    assert set(re.findall(r"https?://[^\s\"'`]*", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1998/Math/MathML",
        "http://www.w3.org/1999/xhtml",
    }


def test_the_script_is_small_and_nothing_in_it_can_end_its_element() -> None:
    folder = ROOT / "simulator/report/page"
    script, style = ((folder / name).read_text(encoding="utf-8") for name in ("page.js", "page.css"))
    assert len(script.encode()) < 120_000
    assert not re.search(r"</script|<!--", script, re.IGNORECASE)
    assert "</style" not in style


def test_a_shipped_scenario_makes_a_page_with_all_of_its_frames() -> None:
    result = play(next(one for one in shipped() if one.file.endswith("tools/weather.yaml")))
    frames = json.loads(Page(html(run(result))).text["call-1"])
    assert [frame["seq"] for frame in frames] == [frame.seq for frame in result.journal.frames]
    assert any(frame["frame"].get("text", "").startswith("What is the weather in Berlin") for frame in frames)
