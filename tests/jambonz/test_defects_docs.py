"""The page on defects is made of the table in the code."""

from __future__ import annotations

import sys
from pathlib import Path

from simulator.jambonz.defects import KNOWN

PAGE = Path(__file__).parents[2] / "docs" / "defects.md"

HEAD = """\
# Defects of the real server

The open-source feature server 0.9.8 does a few things that nobody would expect. Applications have to live with them, and so they are
imitated. When a call meets one, the journal says what it did to this call, and rule J022 warns. Each can be switched off in a scenario,
to see the call without it: `jambonz: {defects: {unordered_flush: off}}`, or all of them with `jambonz: {defects: off}`:

```yaml
# scenarios/trouble/defects.yaml
…
jambonz: {defects: {lost_tool_call: off}}
…
```

Written by `python -m tests.jambonz.test_defects_docs`.

| name | what the server does | switched off | remedy | source |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = [f"| `{one.name}` | {one.what} | {one.instead} | {one.remedy} | {one.source} |" for one in KNOWN.values()]
    return HEAD + "\n".join(rows) + "\n"


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.jambonz.test_defects_docs"


def test_no_cell_breaks_the_table() -> None:
    for one in KNOWN.values():
        assert "|" not in f"{one.what}{one.instead}{one.remedy}{one.source}"


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE.write_text(page(), 'utf-8')} characters\n")
