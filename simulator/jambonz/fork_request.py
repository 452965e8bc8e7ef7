"""What a `listen` asks of the media server: where to connect, what to send first, which rates.

Source: listen.js (`_startListening`), call-session.js (`normalizeUrl`), mod_audio_fork (`parse_ws_uri`, `uuid_audio_fork start`).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from simulator.audio import pcm_of
from simulator.jambonz.audio_fork import ForkSettings
from simulator.jambonz.call import Call
from simulator.jambonz.events import dropped
from simulator.jambonz.line_tap import Mix
from simulator.jambonz.media import LINE_HZ
from simulator.jambonz.messages import camel_cased

BEEP_S, BEEP_HZ, BEEP_LEVEL = 0.5, 1500, 8000
MOST_HZ = 64_000
LEAST_BACK_HZ, MOST_BACK_HZ = 4_000, 192_000
SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}


class NotStarted(Exception):
    """The media server refuses to open the websocket. `remedy` says what to do."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.remedy = remedy


def fork_settings(listen: Mapping[str, Any], call: Call, about: Call | None = None) -> ForkSettings:
    """The audio websocket a `listen` asks for; its metadata are `about` this call, or the one that is heard. Raises `NotStarted`."""
    url, headers = _target(listen, call)
    rate_hz = listen.get("sampleRate") or LINE_HZ
    if rate_hz not in range(8_000, MOST_HZ + 1, 8_000):
        raise NotStarted(f"the media server refuses sampleRate {rate_hz}", "8000, 16000, 24000, 32000, 48000 or 64000")
    mix: Mix = listen.get("mixType") or "mono"
    back = {"enabled": listen.get("disableBidirectionalAudio") is not True, **(listen.get("bidirectionalAudio") or {})}
    back_hz = back.get("sampleRate") or LINE_HZ
    if not LEAST_BACK_HZ <= back_hz <= MOST_BACK_HZ:
        raise NotStarted(f"bidirectionalAudio.sampleRate {back_hz} is no rate of sound", "8000, 16000 or 24000")
    metadata = {"sampleRate": rate_hz, "mixType": mix, **camel_cased((about or call).info), **(listen.get("metadata") or {})}
    return ForkSettings(url, metadata, headers, int(rate_hz), mix, bool(back["enabled"]), bool(back.get("streaming")), int(back_hz))


def _target(listen: Mapping[str, Any], call: Call) -> tuple[str, dict[str, str]]:
    """Where to, and as whom. A path is one of the application's own server; its credentials then go before `wsAuth`.

    Inferred: that the base of a websocket application is scheme, host and port of its URL.
    """
    url, auth, hook = str(listen["url"]), listen.get("wsAuth") or {}, call.requestor.hook
    user, password = auth.get("username"), auth.get("password")
    try:
        if url.startswith("/"):
            own = urlsplit(hook.url)
            url = f"{own.scheme}://{own.netloc}{url}"
            if hook.username and hook.password:
                user, password = hook.username, hook.password
        scheme, _, rest = url.partition("://")
        if scheme.lower() not in SCHEMES or not urlsplit(url).hostname:
            raise ValueError
    except ValueError:
        remedy = "write ws://, wss://, http://, https://, or a path of the application's own server that begins with /"
        raise NotStarted(f"the media server cannot connect to {url!r}", remedy) from None
    headers = {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()} if user and password else {}
    return f"{SCHEMES[scheme.lower()]}://{rest}", headers


def say_what_is_ignored(listen: Mapping[str, Any], call: Call) -> None:
    """What the documentation promises and the code does not do (listen.js)."""
    finish = listen.get("finishOnKey")
    if isinstance(finish, str) and len(finish) > 1:
        why = "the server compares every key with the whole of it, so that no key ever ends the verb"
        call.do(dropped("listen.finishOnKey", why, "name one key"))
    if listen.get("timeout"):
        call.do(
            dropped(
                "listen.timeout", "the server reads it and never looks at it again", "let the application's side of the websocket send disconnect"
            )
        )


def beep() -> bytes:
    """The tone of `playBeep` (listen.js:129), at the rate of the line."""
    time_s = np.arange(round(BEEP_S * LINE_HZ)) / LINE_HZ
    return pcm_of(BEEP_LEVEL * np.sin(2 * np.pi * BEEP_HZ * time_s))
