"""What a browser gets: the page with its style, script and other files, by their exact names, and under a policy that allows nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files

SOCKET = "/live"
"""Where the page of a live call opens its websocket."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self' blob:; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
TYPES = {"js": "text/javascript", "css": "text/css", "json": "application/json", "svg": "image/svg+xml", "wasm": "application/wasm"}


def headers(policy: str = POLICY) -> dict[str, str]:
    """Of every answer. No CORS: nobody else is to read anything."""
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), display-capture=(), usb=(), serial=()",
    }


@cache
def assets() -> Mapping[str, tuple[str, bytes]]:
    """Type and bytes of each file of the page, by the path under which it is asked for. There are no others: a path is never one of a file."""
    folder = files("simulator.report") / "page"
    found = {}
    for file in folder.iterdir():
        kind = TYPES.get(file.name.rpartition(".")[2])
        if kind is not None and file.is_file():
            found[f"/{file.name}"] = (kind, file.read_bytes())
    return found


def index(documents: Mapping[str, str] | None = None, *, live: bool = False) -> str:
    """The page. `documents` are JSON that may stand in a script (`view.embeddable`); a live page gets what it shows by its socket."""
    data = "".join(f'<script type="application/json" id="{name}">{text}</script>\n' for name, text in (documents or {}).items())
    script = "live" if live else "page"
    told = f' data-live="{SOCKET}"' if live else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>jambonz-sim</title>\n<link rel="stylesheet" href="/page.css">\n<script src="/{script}.js" defer></script>\n</head>\n<body>\n'
        f'<div id="page"{told}><noscript>This page shows calls with the help of JavaScript, which is switched off here.</noscript></div>\n'
        f"{data}</body>\n</html>\n"
    )


WELCOME = (
    '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/"><title>jambonz-sim</title></head>\n'
    '<body>\n<p><a href="/">Go on to jambonz-sim</a></p>\n</body>\n</html>\n'
)
"""Leads on to the address without a token."""


def refusal(problem: str, remedy: str) -> str:
    """A page in plain words, for a browser that is not let in."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>jambonz-sim</title></head>\n'
        f"<body>\n<h1>jambonz-sim</h1>\n<p>{escape(problem)}</p>\n<p>{escape(remedy)}</p>\n</body>\n</html>\n"
    )
