"""The webhooks of the weather assistant: one request for a new call, and one for each hook of its `llm` verb.

What the assistant is and what it says are those of `app/`; here is only what differs over HTTP: every request is signed, the
answer of the tool hook is the tool's output, and an event does not say to which call it belongs, so the hooks' paths do.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

from aiohttp import ClientSession, web

from app.answer import answer
from app.apology import apology
from app.assistant import ASSISTANT
from app.messages import Verb, decline, say_and_hang_up
from app.session import OVER
from app.settings import Settings, SettingsError
from app.tools import Context, output_of
from examples.webhook_app.floor import Floor

log = logging.getLogger(__name__)

Json = dict[str, Any]

SECRET = "simulated-webhook-secret"
CONTEXT = web.AppKey("context", Context)
FLOORS = web.AppKey("floors", dict[str, Floor])
"""Of every call that goes on, by its sid."""


def create_app() -> web.Application:
    """The application; settings as for `app/`, and the account's secret in WEBHOOK_SECRET. Raises SettingsError."""
    app = web.Application(middlewares=[signed(os.environ.get("WEBHOOK_SECRET", SECRET))])
    app[FLOORS] = {}
    app.cleanup_ctx.append(_context)
    app.router.add_post("/call", new_call)
    app.router.add_post("/status", call_status)
    app.router.add_post("/event/{call_sid}", model_event)
    app.router.add_post("/tool/{call_sid}", tool_call)
    app.router.add_post("/final", final)
    return app


async def _context(app: web.Application) -> AsyncIterator[None]:
    async with ClientSession() as http:
        app[CONTEXT] = Context(http, Settings.from_environ(os.environ))
        yield


def signed(secret: str) -> Any:
    """Refuses whatever the account's secret has not signed: `t=<unix s>,v1=<HMAC-SHA256 of "t.body">`."""

    @web.middleware
    async def check(request: web.Request, handler: Any) -> web.StreamResponse:
        parts = dict(part.partition("=")[::2] for part in request.headers.get("Jambonz-Signature", "").split(","))
        body = await request.read()
        expected = hmac.new(secret.encode(), parts.get("t", "").encode() + b"." + body, sha256).hexdigest()
        if not hmac.compare_digest(expected, parts.get("v1", "")):
            log.warning("a request to %s is not signed by our account", request.path)
            return web.Response(status=401)
        response: web.StreamResponse = await handler(request)
        return response

    return check


async def new_call(request: web.Request) -> web.Response:
    """Verbs for a call: the assistant, or a refusal when there is no key for the model."""
    call = await request.json()
    try:
        settings = request.app[CONTEXT].settings.for_call(call.get("env_vars"))
    except SettingsError as error:
        log.error("call declined: %s", error)
        return web.json_response(decline(480, "Temporarily Unavailable"))
    if settings.openai_api_key is None:
        log.error("call declined: no OPENAI_API_KEY")
        return web.json_response(decline(480, "Temporarily Unavailable"))
    sid = call["call_sid"]
    request.app[FLOORS][sid] = Floor()
    verbs = answer(ASSISTANT, settings.openai_realtime, settings.openai_api_key, settings.openai_model, settings.openai_events)
    return web.json_response([_with_hooks(verb, sid) for verb in verbs])


def _with_hooks(verb: Verb, sid: str) -> Verb:
    return {**verb, "actionHook": "/final", "eventHook": f"/event/{sid}", "toolHook": f"/tool/{sid}"} if verb["verb"] == "llm" else verb


async def call_status(request: web.Request) -> web.Response:
    """Forgets a call that is over."""
    call = await request.json()
    if call.get("call_status") in OVER and (floor := request.app[FLOORS].pop(call.get("call_sid"), None)) is not None:
        floor.close()
    return web.Response(status=204)


async def model_event(request: web.Request) -> web.Response:
    """What the model does: whoever answers a tool call has to know."""
    floor = request.app[FLOORS].get(request.match_info["call_sid"])
    if floor is not None:
        floor.hear(await request.json())
    return web.Response(status=204)


async def tool_call(request: web.Request) -> web.Response:
    """Runs a tool. The answer is its output, and jambonz asks the model for a response: nobody may be speaking by then."""
    called = await request.json()
    floor = request.app[FLOORS].get(request.match_info["call_sid"]) or Floor()
    output = await floor.unless_over(output_of(ASSISTANT.tools, called.get("name"), called.get("args"), request.app[CONTEXT]))
    if output is None:
        return web.Response(status=204)
    await floor.taken()
    item = {"type": "function_call_output", "call_id": called.get("tool_call_id"), "output": output}
    return web.json_response({"type": "conversation.item.create", "item": item}, dumps=lambda data: json.dumps(data, ensure_ascii=False))


async def final(request: web.Request) -> web.Response:
    """The model's part is over; a caller who is still there hears why."""
    ended = await request.json()
    words = apology(ended.get("completion_reason"), ended.get("error"))
    if words is None or ended.get("call_status") in OVER:
        return web.Response(status=204)
    return web.json_response(say_and_hang_up(words))


def main() -> None:
    """Serves on PORT."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    web.run_app(create_app(), host="127.0.0.1", port=int(os.environ.get("PORT", "3000")), access_log=None)


if __name__ == "__main__":
    main()
