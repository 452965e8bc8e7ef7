"""How pages are read: a page that lies is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import transcript
from tests.docs.page import sections

PAGE = """# A page

Text.

```text
no example
```

## One

<!-- env: A=b -->
```console
$ first --option  # a comment
out
$ second
```

## Two

```yaml
# calls/one.yaml
name: one
```
"""


def test_a_page_is_its_sections_with_their_blocks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, "utf-8")
    first, one, two = sections(page)
    assert (first.title, one.title, two.title) == ("A page", "One", "Two")
    assert one.blocks[0].told == {"env": "A=b"}
    assert transcript.read(one.blocks[0].text) == [transcript.Entered("first --option", ("out",)), transcript.Entered("second", ())]
    assert (two.blocks[0].file_name, two.blocks[0].body, two.blocks[0].line) == ("calls/one.yaml", "name: one\n", 21)


def test_a_block_that_is_never_closed_is_said(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A\n\n```yaml\nname: one\n", "utf-8")
    with pytest.raises(ValueError, match=r"page\.md:4: this block is never closed"):
        list(sections(page))


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (("one", "two"), ["one", "two"]),
        (("one", "…"), ["one", "two", "three"]),
        (("…", "three"), ["one", "two", "three"]),
        (("one … three",), ["one two three"]),
        (("8.5 s in    31 ms  a call",), ["8.5 s in     7 ms  a call"]),
        (("2 passed: 4.0 s of calls in 2.0 s, 2,200 times real time",), ["2 passed: 4.0 s of calls in 3.1 s, 7 times real time"]),
        (("a.b (c)",), ["a.b (c)"]),
    ],
)
def test_what_a_page_may_show(shown: tuple[str, ...], printed: list[str]) -> None:
    assert transcript.differs(shown, printed) is None


@pytest.mark.parametrize(
    ("shown", "printed", "names"),
    [
        (("one", "two"), ["one", "three"], "two"),
        (("one",), ["one", "two"], "the end"),
        (("one", "…", "four"), ["one", "two", "three"], "four"),
        (("8.5 s in 31 ms",), ["9.5 s in 31 ms"], "8.5 s in N ms"),
        (("a.b",), ["axb"], "a.b"),
    ],
)
def test_what_a_page_may_not_show(shown: tuple[str, ...], printed: list[str], names: str) -> None:
    problem = transcript.differs(shown, printed)
    assert problem is not None
    assert problem.startswith(f"the page shows: {names}")
