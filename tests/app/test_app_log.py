"""Log lines."""

from __future__ import annotations

import logging
import re
import time

import pytest

from app import log as log_lines
from app.log import CallLog
from tests.app.acting import KEY


@pytest.fixture
def log() -> CallLog:
    return CallLog("app.test", "call-a", secret=KEY)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "event=spoken call_sid=call-a"),
        ({"text": "hello"}, "event=spoken call_sid=call-a text=hello"),
        ({"text": 'say "hi"\nnow = 5 %s', "n": 3}, r'event=spoken call_sid=call-a text="say \"hi\"\nnow = 5 %s" n=3'),
        ({"empty": "", "nothing": None, "yes": True}, 'event=spoken call_sid=call-a empty="" yes=true'),
        ({"error": {"code": None}}, r'event=spoken call_sid=call-a error="{\"code\": null}"'),
        ({"text": f"the key {KEY}", "nested": {"apiKey": KEY}}, r'event=spoken call_sid=call-a text="the key ***" nested="{\"apiKey\": \"***\"}"'),
    ],
)
def test_a_line_names_the_call_and_says_one_thing_each_in_one_line(log: CallLog, caplog: pytest.LogCaptureFixture, fields: object, line: str) -> None:
    log.info("spoken", fields=fields)
    assert [record.getMessage() for record in caplog.records] == [line]


def test_a_call_without_sid_has_a_dash(caplog: pytest.LogCaptureFixture) -> None:
    CallLog("app.test", None, secret=None).warning("odd thing", fields={"type": ["x"]})
    assert [record.getMessage() for record in caplog.records] == [r'event="odd thing" call_sid=- type="[\"x\"]"']


def test_lines_go_to_standard_error_with_utc_times(log: CallLog, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    log_lines.set_up("INFO")
    log.info("spoken")
    line = capsys.readouterr().err
    assert re.fullmatch(rf"{time.gmtime().tm_year}-\d\d-\d\dT[0-9:]{{8}}\.\d{{3}}Z level=INFO logger=app\.test event=spoken call_sid=call-a\n", line)
