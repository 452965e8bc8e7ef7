"""The application of README's failure: the weather assistant, giving the model its tools' output as an object, as a widely copied example does."""

from __future__ import annotations

import json

from app import messages
from app.server import create_app

_function_call_output = messages._function_call_output
messages._function_call_output = lambda call_id, text: _function_call_output(call_id, json.loads(text))

__all__ = ["create_app"]
