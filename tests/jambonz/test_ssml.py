"""What of a text is spoken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.jambonz.ssml import spoken


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain <b>text</b>", ("plain <b>text</b>",)),
        ("<speak>Hello <break time='500ms'/> there</speak>", ("Hello", 0.5, "there")),
        ('<speak><p><s>One.</s> <break time="2s"/></p>Two &amp; three</speak>', ("One.", 2.0, "Two & three")),
        ("<speak>a<break strength='x-strong'/>b<break/>c</speak>", ("a", 1.0, "b", 0.4, "c")),
        ('<speak><sub alias="World Wide Web">WWW</sub> now</speak>', ("World Wide Web", "now")),
        ("silence_stream://1500", (1.5,)),
        ("silence_stream://x", (0.0,)),
    ],
)
def test_words_and_pauses(text: str, parts: tuple[object, ...]) -> None:
    assert spoken(text).parts == parts


def test_manners_that_are_not_simulated_are_named() -> None:
    found = spoken("<speak><prosody rate='slow'>slowly</prosody> <emphasis>now</emphasis></speak>")
    assert found.words == "slowly now"
    assert found.left_out == ("prosody", "emphasis")


@given(st.text("<>/speakbrti m=\"'0123456789.&;-", max_size=200))
def test_any_text_has_parts_and_pauses_are_bounded(text: str) -> None:
    for part in spoken("<speak>" + text).parts:
        assert isinstance(part, str) or 0 <= part <= 600
