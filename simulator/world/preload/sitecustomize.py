"""Loaded into Python applications by `PYTHONPATH`: names outside the machine are looked up as the scenario's stubs.

Most clients obey `HTTPS_PROXY`, but aiohttp and asyncio do not by themselves. Imports nothing of ours: it runs in the application.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

STUBS = urlsplit(os.environ.get("JAMBONZ_SIM_STUBS", ""))
SPARED = [name.strip().lower().removeprefix("*").removeprefix(".") for name in os.environ.get("NO_PROXY", "").split(",") if name.strip()]
honest = socket.getaddrinfo


def is_outside(host: object) -> bool:
    """Whether it is a name of the wide world: those without a dot are of the machine or of its containers, numbers are no names."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
    name = name.lower()
    numeric = ":" in name or name.replace(".", "").isdigit()
    return "." in name and not numeric and not any(name == one or name.endswith(f".{one}") for one in SPARED)


def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
    """As `socket.getaddrinfo`."""
    return honest(STUBS.hostname, STUBS.port) if is_outside(host) else honest(host, port, *args, **kwargs)


if STUBS.port is not None:
    socket.getaddrinfo = getaddrinfo

# The application's own one, which this one stands in front of.
sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") != os.path.dirname(os.path.abspath(__file__))]
if __name__ == "sitecustomize":
    ours = sys.modules.pop("sitecustomize", None)
    with suppress(ImportError):
        __import__("sitecustomize")
    if ours is not None:
        sys.modules.setdefault("sitecustomize", ours)
