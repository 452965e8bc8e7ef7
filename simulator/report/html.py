"""A run as one page that needs nothing else: no network, no Node.js. What it shows is made in the browser out of `web/`.

Whatever a call has said is text on it, three times over: it comes as JSON without a character that HTML knows; the page makes text
nodes of it and nothing else; and the page's own policy allows the one style and the one script that it was made with (by their hashes).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

from simulator.report.run import Run
from simulator.report.view import documents, view


def html(run: Run, more: Mapping[str, str] | None = None) -> str:
    """The page: what did not pass comes first, each with its reason first. `more` are further documents for it, as embeddable JSON by id."""
    style, script = _own("page.css"), _own("page.js")
    told = {**dict(documents(view(run))), **(more or {})}
    data = "".join(f'<script type="application/json" id="{name}">{text}</script>\n' for name, text in told.items())
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>jambonz-sim</title>\n<style>{style}</style>\n</head>\n<body>\n"
        '<div id="page"><noscript>This page shows calls with the help of JavaScript, which is switched off here.</noscript></div>\n'
        f"{data}<script>{script}</script>\n</body>\n</html>\n"
    )


def _policy(style: str, script: str) -> str:
    """What is not named here is not allowed; and no script, not even our own, may make elements out of text."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


@cache
def _own(name: str) -> str:
    return (files("simulator.report") / "page" / name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"
