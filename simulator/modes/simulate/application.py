"""The application of a call, as a test names it or brings it along."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from simulator.errors import UsageError
from simulator.host import AppRef
from simulator.modes.application import app_of
from simulator.modes.config import Config

App = str | Mapping[str, Any] | Callable[[], Any] | web.Application
"""`module:factory`, a URL, `command: …` or a table as in the configuration; the factory itself; or what it makes, for one call."""

_used: weakref.WeakSet[web.Application] = weakref.WeakSet()
"""Applications that have had their call: aiohttp binds one to the loop it ran on."""


def referred(app: App | None, config: Config) -> tuple[AppRef, Config]:
    """The application that is meant, and the configuration with it. Raises `UsageError`."""
    if isinstance(app, web.Application):  # which is a mapping, too
        if app in _used:
            raise UsageError("this aiohttp Application has had its call", "an Application runs once: give simulate the function that makes it")
        _used.add(app)
        made = app
        return _in_process(lambda: made, "Application", config)
    if app is None or isinstance(app, (str, Mapping)):
        named: Any = app
        config = config if named is None else replace(config, app=named, url=None, ready=None)
        return app_of(config), config
    if callable(app):
        return _in_process(app, f"{getattr(app, '__module__', '')}:{getattr(app, '__qualname__', repr(app))}", config)
    raise UsageError(f"{app!r:.80} is no application", "name module:factory, a URL or a command, or give the function that makes an Application")


def _in_process(factory: Callable[[], Any], called: str, config: Config) -> tuple[AppRef, Config]:
    config = replace(config, app=called, url=None, ready=None)
    return replace(app_of(config), factory=factory), config
