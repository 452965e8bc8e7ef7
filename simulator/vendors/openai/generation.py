"""A response from its request to its rate limits: the order recipes of openai-realtime.md 4.2 to 4.6, 4.10 and 4.11."""

from __future__ import annotations

from simulator.script import Killed, until
from simulator.vendors.openai import messages, output
from simulator.vendors.openai.context import Context
from simulator.vendors.openai.events import Answer, Answered, CallMcp, CallTool, Say
from simulator.vendors.openai.failures import BILLING, failure, quota_gone
from simulator.vendors.openai.line import Steps, wait
from simulator.vendors.openai.mcp import mcp_call
from simulator.vendors.openai.response import Response


def respond(response: Response, context: Context) -> Steps:
    """The whole life of a response. Killing it ends it as cancelled."""
    pace = context.settings
    default = response.conversation is not None
    killed = False
    try:
        yield from wait(pace.created_after_s)
    except Killed:
        killed = True
    yield messages.response_created(response.shown())
    if default and context.dialect == "beta":
        yield context.rate_limits()
    try:
        if killed:
            raise Killed
        yield from _answered(response, context)
        response.status = "completed" if response.status == "in_progress" else response.status
    except Killed:
        response.cancelled()
    response.settle(context.account, context.now_s)
    yield messages.response_done(response.shown())
    if default and context.dialect == "ga" and not (response.status == "cancelled" and not response.output):
        yield from wait(pace.rate_limits_after_s)
        yield context.rate_limits()
    if response.failure is not None and response.failure["code"] in BILLING:
        yield from wait(pace.quota_close_after_s)
        yield quota_gone(response.failure)


def _answered(response: Response, context: Context) -> Steps:
    """Wait for the answer, then play it."""
    pace, created_at_s = context.settings, context.now_s
    if response.answer is None:
        yield from until(Answered)
    answer = response.answer or Answer()
    earliest_s = pace.first_item_s if answer.items or answer.fail is None else pace.failed_after_s
    yield from wait(max(created_at_s + earliest_s, response.answered_at_s + answer.after_s) - context.now_s)
    for index, item in enumerate(answer.items):
        end = "incomplete" if answer.fail is not None and index == len(answer.items) - 1 else "completed"
        match item:
            case CallTool():
                yield from output.function_call(item, response, context, index, end)
            case CallMcp() if context.dialect == "ga":
                yield from mcp_call(item, response, context, index, end)
            case CallMcp():  # beta knows no MCP
                yield from output.function_call(CallTool(item.name, item.arguments), response, context, index, end)
            case Say(text_only=text_only) if text_only or response.text_only:
                yield from output.text_message(item, response, context, index, end)
            case Say():
                yield from output.audio_message(item, response, context, index, end)
    if answer.items:
        yield from wait(pace.done_after_s)
    if answer.fail is not None:
        response.failed(answer.fail, failure(answer.fail, context.session.model, context.session.id))
