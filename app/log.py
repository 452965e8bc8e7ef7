"""Log lines: an event in words, then `key=value`, always with the call's sid."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import MutableMapping
from typing import Any

_PLAIN = re.compile(r"[^\s\"=\\]+")


class CallLog(logging.LoggerAdapter[logging.Logger]):
    """Logs for one call: `log.info("tool called", fields={"tool": "get_weather"})`.

    Everything is part of the message, so that any logging set-up shows it. The key of the call is taken out wherever
    it appears: jambonz quotes frames in its errors, and the answer to a new call holds the key.
    """

    def __init__(self, name: str, call_sid: str | None, secret: str | None) -> None:
        super().__init__(logging.getLogger(name))
        self.call_sid = call_sid or "-"
        self.secret = secret

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        fields = {"call_sid": self.call_sid, **kwargs.pop("fields", {})}
        line = f"event={_value(msg)} {' '.join(f'{key}={_value(value)}' for key, value in fields.items() if value is not None)}"
        return (line.replace(self.secret, "***") if self.secret else line), kwargs


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def set_up(level: str) -> None:
    """Sends log lines to standard error, with times in UTC."""
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ level=%(levelname)s logger=%(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
