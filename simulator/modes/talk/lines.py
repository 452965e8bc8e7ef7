"""What a person types, as commands; and what they read, line by line. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from simulator.errors import UsageError, did_you_mean
from simulator.modes.live.messages import Json
from simulator.report.plain import plain

Style = Literal["said", "heard", "quiet", "news", "warning", "error"]

TROUBLES: dict[str, tuple[str, Json]] = {
    "rate_limit": ("the next response fails: rate limit reached", {"model": {"fail": "rate_limit_exceeded", "try_again_in": "20s"}}),
    "quota": ("the next response fails: no quota is left", {"model": {"fail": "insufficient_quota"}}),
    "server_error": ("the next response fails: the server had an error", {"model": {"fail": "server_error"}}),
    "expire": ("the session has reached its longest duration", {"model": {"expire": True}}),
    "drop_model": ("the connection to the model is cut", {"model": {"disconnect": "dropped"}}),
    "stall_model": ("the model sends nothing for 5 s", {"model": {"stall": "5s"}}),
    "drop_app": ("the application's websocket is cut; jambonz connects again", {"world": {"fault": "disconnect", "on": "app"}}),
    "stall_app": ("nothing passes to and from the application for 5 s", {"world": {"fault": "stall", "on": "app", "for": "5s"}}),
    "slow_backend": (
        "the next request of a tool gets a 504 after 8 s",
        {"world": {"stub": "* /.*/", "reply": {"status": 504, "text": "gateway timeout", "after": "8s"}, "times": 1}},
    ),
    "failing_backend": (
        "the next request of a tool gets a 503",
        {"world": {"stub": "* /.*/", "reply": {"status": 503, "text": "out of service"}, "times": 1}},
    ),
}
"""What can go wrong, by the names it has after `/trouble`."""

HELP: dict[str, str] = {
    "/call": "call the application (again); /call +15083728363 dials that number",
    "/interrupt": "TEXT: say it while the assistant speaks",
    "/press": "KEYS: press keys, such as 1#",
    "/fail": "CODE: the next response fails, for example with rate_limit_exceeded",
    "/cough": "a sound without words",
    "/trouble": "NAME: let something go wrong; without a name, what there is",
    "/step": "JSON: any step of the scenario language",
    "/play": "SCENARIO: play one, by its id",
    "/stop": "stop the scenario that is played",
    "/save": "FILE: keep the last call as a scenario",
    "/reload": "start the application again",
    "/hang_up": "hang up",
    "/quit": "hang up and leave; so does Ctrl-D",
    "/help": "this",
}


class Line(NamedTuple):
    """One line for a person."""

    style: Style
    text: str


def help_lines() -> list[Line]:
    first = Line("news", "a line is what the caller says, when it is their turn")
    return [first, *(Line("quiet", f"{name:<12} {text}") for name, text in HELP.items())]


def trouble_lines() -> list[Line]:
    return [Line("quiet", f"/trouble {name:<16} {text}") for name, (text, _) in TROUBLES.items()]


def command_of(typed: str, last_call: str | None) -> Json:
    """The command that a line stands for. Raises `UsageError`. (`/help`, `/quit` and `/trouble` alone are the terminal's own.)"""
    typed = typed.strip()
    if not typed.startswith("/"):
        return {"do": "say", "text": typed}
    name, _, rest = typed.partition(" ")
    rest = rest.strip()
    needs = {"/interrupt": "TEXT", "/press": "KEYS", "/fail": "CODE", "/save": "FILE", "/step": "JSON", "/play": "SCENARIO"}
    if name in needs and not rest:
        raise UsageError(f"{name} what?", f"write {name} {needs[name]}")
    match name:
        case "/call":
            return {"do": "call"} | ({"to": rest} if rest else {})
        case "/interrupt":
            return {"do": "interrupt", "text": rest}
        case "/press":
            return {"do": "press", "digits": rest}
        case "/fail":
            return {"do": "step", "step": {"model": {"fail": rest}}}
        case "/cough" | "/hang_up" | "/reload" | "/stop":
            return {"do": name[1:]}
        case "/trouble":
            if rest not in TROUBLES:
                raise UsageError(f"there is no trouble {rest!r}", did_you_mean(rest, list(TROUBLES)))
            return {"do": "step", "step": TROUBLES[rest][1]}
        case "/play":
            return {"do": "play", "scenario": rest}
        case "/save":
            if last_call is None:
                raise UsageError("there is no call to save", "call first")
            return {"do": "save", "call": last_call, "file": rest}
        case "/step":
            try:
                return {"do": "step", "step": json.loads(rest)}
            except (ValueError, RecursionError) as error:
                raise UsageError(f"this step is no JSON: {error}", 'for example /step {"caller": {"wait": "2s"}}') from None
    raise UsageError(f"there is no command {name}", did_you_mean(name, list(HELP)))


def lines_of(told: Json) -> Iterator[Line]:
    """What a person reads of a message; much of what is told is for programs only."""
    for style, text in _lines(told):
        yield Line(style, plain(text, 2_000).replace("\n", " "))


def _lines(told: Json) -> Iterator[tuple[Style, str]]:
    match told["is"]:
        case "hello":
            yield "news", f"{told['app']['ref']}, model: {told['model']['name']}. A line is what the caller says; /help tells the rest."
        case "app" if told["state"] == "failed":
            yield "error", f"the application failed: {told['problem']}"
            for line in told["remedy"].split("\n"):
                yield "quiet", f"  {line}"
        case "app" if told["state"] == "reloading":
            yield "quiet", "the application is loaded again"
        case "call":
            words = {"ringing": f"calls {told['to']}", "up": "is connected", "over": "has ended"}[told["state"]]
            yield "news", f"the call {told['call']} {words}"
        case "speaks":
            yield "heard", f"assistant: {told['text']}"
        case "silenced":
            yield "heard", f"assistant, cut off behind: {told['heard'] or '(nothing)'} --"
        case "finding":
            found = told["finding"]
            yield "error" if found["severity"] == "error" else "warning", f"{found['code']} {found['problem']}"
            yield "quiet", f"  {found['remedy']}"
        case "frames":
            for frame in told["frames"]:
                yield from _of_frame(frame)
        case "result" if told["text"]:
            for line in told["text"]:
                yield "error", f"  {line}"
        case "saved":
            yield "news", f"saved as {told['file']}, which {'passes' if told['passes'] else 'does not pass'}"
        case "refused":
            yield "warning", told["problem"]
            if told["remedy"]:
                yield "quiet", f"  {told['remedy']}"


def _of_frame(frame: Json) -> Iterator[tuple[Style, str]]:
    said: Any = frame["frame"]
    match frame["link"], frame["from"], frame["kind"]:
        case "media", "caller", "speaks":
            yield "said", f"caller: {said.get('text') or '(a sound)'}"
        case "media", "caller", "presses":
            yield "said", f"caller presses {said.get('digits')}"
        case "media", "jambonz", "call_ended":
            yield "quiet", f"  the call ended: {said.get('status')}, by {said.get('by')}"
        case "app", "jambonz", "llm:tool-call" | "agent:tool-call":
            data = said.get("data") or {}
            yield "quiet", f"  tool call {data.get('name')} {_short(data.get('args'))}"
        case "app", "app", _ if isinstance(said, dict) and said.get("command") == "llm:tool-output":
            item = (said.get("data") or {}).get("item") if isinstance(said.get("data"), dict) else None
            yield "quiet", f"  tool output {_short(item.get('output') if isinstance(item, dict) else said.get('data'))}"
        case "world", _, "request":
            yield "quiet", f"  {said.get('method')} {said.get('url')}"
        case "model", "model", "error":
            yield "error", f"  the model's error: {(said.get('error') or {}).get('message')}"
        case "model", "model", "response.done" if (said.get("response") or {}).get("status") in ("failed", "incomplete"):
            error = ((said["response"].get("status_details") or {}).get("error")) or {}
            yield "error", f"  the response {said['response']['status']}: {error.get('message') or error.get('code') or ''}"
        case "model", "model" | "scenario", "closed":
            yield "quiet", f"  the model's connection closed with {said.get('code')}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 160 else f"{text[:159]}…"
