"""The steps of the scenario language as methods. Written by `python -m simulator.modes.simulate.generate`: do not edit.

`N` is what a step gives: None, or something to await for it. `F` is what an expectation gives: the frame that fitted.
A duration is a number of seconds, or a text with its unit. What is left out has the default of the language.
"""
# fmt: off
# ruff: noqa: E501, UP013

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Literal, Required, TypedDict, TypeVar

from simulator.modes.simulate.failed import said_in_full
from simulator.modes.simulate.stepwise import Steps

__tracebackhide__ = said_in_full

F = TypeVar("F")
N = TypeVar("N")
Seconds = float | str
Pattern = Any
"""As in scenarios, or a compiled regular expression in place of `/…/`."""


Recording = TypedDict("Recording", {
    "wav": Required[str],
    "text": Required[str],
}, total=False)
"""What the assistant says, as a sound file; its transcript is `text`. It is played at its own pace, whatever the session's speed."""


McpError = TypedDict("McpError", {
    "message": str,
    "type": Literal['tool_execution_error', 'protocol_error', 'http_error'],
    "code": int | None,
}, total=False)
"""How an MCP server fails."""


ToolCall = TypedDict("ToolCall", {
    "name": str,
    "with": Mapping[str, Any] | None,
    "arguments": str | None,
    "call_id": str | None,
    "mcp": str | None,
    "returns": str | None,
    "fails": str | McpError | None,
    "asks": bool,
}, total=False)
"""One function call of the model, or with `mcp` the call of a tool on an MCP server."""


ErrorBody = TypedDict("ErrorBody", {
    "code": str | None,
    "type": str | None,
    "message": str | None,
    "param": str | None,
}, total=False)
"""The error in an error event."""


ModelAnswer = TypedDict("ModelAnswer", {
    "who": str | None,
    "say": str | Recording | Sequence[str | Recording],
    "text": bool,
    "lasts": Seconds | None,
    "call": str | ToolCall | Sequence[str | ToolCall],
    "with": Mapping[str, Any] | None,
    "arguments": str | None,
    "thinks": Seconds,
    "fail": Literal['rate_limit_exceeded', 'insufficient_quota', 'server_error', 'content_filter', 'max_output_tokens', 'model_not_found', 'inference_rate_limit_exceeded', 'credit_balance_exhausted'] | None,
    "try_again_in": str | int | None,
    "message": str | None,
    "limit": Literal['tokens', 'requests'] | None,
    "within": Seconds,
}, total=False)
"""The model answers the next response that is requested: it says something, calls tools, fails, or one after the other."""


Reply = TypedDict("Reply", {
    "status": int,
    "json": Any,
    "text": str | None,
    "headers": Mapping[str, str | int] | None,
    "after": Seconds,
    "drop": bool,
}, total=False)
"""What a backend answers."""


JambonzSettings = TypedDict("JambonzSettings", {
    "profile": Literal['0.9.8', '10'],
    "compat": bool | None,
    "status_hook": bool,
    "defects": Any,
}, total=False)
"""Which feature server is simulated."""


Answers = TypedDict("Answers", {
    "how": str | None,
    "after": Seconds | None,
    "decline": int | None,
    "early_media": str,
    "as": Literal['human', 'machine'],
    "says": str,
}, total=False)
"""How a phone answers when it is called."""


CallSettings = TypedDict("CallSettings", {
    "from": str | int,
    "to": str | int,
    "caller_name": str,
    "direction": Literal['inbound', 'outbound'],
    "answers": str | Answers | None,
    "create": Mapping[str, Any] | None,
    "env_vars": Mapping[str, str | int | None] | None,
    "headers": Mapping[str, str | int],
}, total=False)
"""The call: one that comes in, or one that is asked for with the REST API."""


PhoneSettings = TypedDict("PhoneSettings", {
    "number": str | int,
    "caller_name": str,
    "headers": Mapping[str, str | int],
    "answers": str | Answers | None,
}, total=False)
"""Somebody else with a phone."""


Backend = TypedDict("Backend", {
    "stub": Required[str],
    "reply": Required[int | Reply],
    "query": Mapping[str, Pattern] | None,
    "json": Pattern,
    "headers": Mapping[str, Pattern] | None,
    "times": int | None,
    "name": str | None,
}, total=False)
"""A backend. Of several stubs that fit a request, the one that came last answers: a later stub changes an earlier one."""


ModelSettings = TypedDict("ModelSettings", {
    "default": ModelAnswer | None,
}, total=False)
"""The model of this call."""


ReferSettings = TypedDict("ReferSettings", {
    "status": int,
    "notify": int | Sequence[int],
    "after": Seconds,
}, total=False)
"""What the caller's side answers to a REFER (verb `sip:refer`)."""


SipSettings = TypedDict("SipSettings", {
    "refer": int | ReferSettings,
    "info": int | Literal['no answer'],
    "message": int | Literal['no answer'],
}, total=False)
"""What the caller's side answers to the requests of jambonz."""


SpeechSettings = TypedDict("SpeechSettings", {
    "confidence": float,
    "synthesis": Seconds,
    "synthesis_fails": str | None,
}, total=False)
"""The speech services of jambonz: recognition in `gather`, synthesis in `say`. The model has its own."""


class Caller(Steps, Generic[N]):
    """What the person on the phone does."""

    actor = "caller"

    def say(self, say: str, /, *, within: Seconds | None = None) -> N:
        """The caller speaks, politely: when the assistant has been heard to the end.

        say: what the caller says
        within: how long it may take until it is the caller's turn; 30.0 when left out
        """
        return self._step("say", say, {"within": within})  # type: ignore[no-any-return]

    def interrupt(self, interrupt: str, /, *, after: Seconds | None = None, within: Seconds | None = None) -> N:
        """The caller speaks while the assistant does.

        interrupt: what the caller says
        after: how much of the assistant's speech has been heard then; at once when left out
        within: how long it may take until the assistant has said so much; 30.0 when left out
        """
        return self._step("interrupt", interrupt, {"after": after, "within": within})  # type: ignore[no-any-return]

    def press(self, press: str | int, /) -> N:
        """The caller presses keys (DTMF).

        press: the keys, for example "1" or "42#"
        """
        return self._step("press", press, {})  # type: ignore[no-any-return]

    def play(self, play: str, /, *, says: str | None = None, within: Seconds | None = None) -> N:
        """The caller plays a sound, when the assistant has been heard to the end.

        play: a WAV file, relative to this file
        says: the words in it: what the transcript says, unless the sound carries words of its own
        within: how long it may take until it is the caller's turn; 30.0 when left out
        """
        return self._step("play", play, {"says": says, "within": within})  # type: ignore[no-any-return]

    def wait(self, wait: Seconds, /) -> N:
        """The caller is silent for a while, whatever happens.

        wait: for how long
        """
        return self._step("wait", wait, {})  # type: ignore[no-any-return]

    def hang_up(self, hang_up: Literal[True] | Mapping[str, str | int] = True, /, *, after: Seconds | None = None, within: Seconds | None = None) -> N:
        """The caller hangs up, or gives up when the call has not been answered.

        hang_up: true, or headers of the BYE
        after: how much of the assistant's speech has been heard then; at once when left out
        within: how long it may take until the assistant has said so much; 30.0 when left out
        """
        return self._step("hang_up", hang_up, {"after": after, "within": within})  # type: ignore[no-any-return]

    def noise(self, noise: Seconds, /, *, level_db: float | None = None) -> N:
        """The caller coughs: sound without words, whoever is speaking.

        noise: for how long
        level_db: how loud, in dB below full scale; -14.0 when left out
        """
        return self._step("noise", noise, {"level_db": level_db})  # type: ignore[no-any-return]

    def dial(self) -> N:
        """Somebody else calls the application; the caller of `call:` has dialled before the first step.

        dial: true: the number of call: is dialled
        """
        return self._step("dial", True, {})  # type: ignore[no-any-return]

    def answer(self, *, within: Seconds | None = None) -> N:
        """Somebody who is called answers the phone; the step waits until it rings.

        answer: true
        within: how long it may take until the phone rings; 30.0 when left out
        """
        return self._step("answer", True, {"within": within})  # type: ignore[no-any-return]

    def decline(self, decline: int, /, *, within: Seconds | None = None) -> N:
        """Somebody who is called declines; the step waits until the phone rings.

        decline: the SIP status, such as 486 (busy) or 603 (declined)
        within: how long it may take until the phone rings; 30.0 when left out
        """
        return self._step("decline", decline, {"within": within})  # type: ignore[no-any-return]

    def sends(self, sends: Literal['INFO', 'MESSAGE'], /, *, body: str | None = None, headers: Mapping[str, str | int] | None = None, within: Seconds | None = None) -> N:
        """The caller's phone sends a SIP request within the call.

        sends: the method
        body: what it carries
        headers: its headers, such as Content-Type
        within: how long it may take until there is a call to send it in; 30.0 when left out
        """
        return self._step("sends", sends, {"body": body, "headers": headers, "within": within})  # type: ignore[no-any-return]

    def transfers(self, transfers: str | int, /, *, by: str | int | None = None, headers: Mapping[str, str | int] | None = None, within: Seconds | None = None) -> N:
        """The caller asks jambonz to call somebody else instead (SIP REFER).

        transfers: whom: a number or a SIP URI
        by: who asks for it (Referred-By)
        headers: further headers, such as X-Reason
        within: how long it may take until there is a call to send it in; 30.0 when left out
        """
        return self._step("transfers", transfers, {"by": by, "headers": headers, "within": within})  # type: ignore[no-any-return]

    def holds(self, holds: bool, /, *, within: Seconds | None = None) -> N:
        """The caller puts the call on hold, or takes it back (SIP re-INVITE).

        holds: true: on hold; false: back
        within: how long it may take until there is a call to send it in; 30.0 when left out
        """
        return self._step("holds", holds, {"within": within})  # type: ignore[no-any-return]


class Model(Steps, Generic[N]):
    """What the model server does: how it answers the next response that is requested, or what goes wrong with it."""

    actor = "model"

    def say(self, say: str | Recording | Sequence[str | Recording], /, *, text: bool | None = None, lasts: Seconds | None = None, call: str | ToolCall | Sequence[str | ToolCall] | None = None, with_: Mapping[str, Any] | None = None, arguments: str | None = None, thinks: Seconds | None = None, fail: Literal['rate_limit_exceeded', 'insufficient_quota', 'server_error', 'content_filter', 'max_output_tokens', 'model_not_found', 'inference_rate_limit_exceeded', 'credit_balance_exhausted'] | None = None, try_again_in: str | int | None = None, message: str | None = None, limit: Literal['tokens', 'requests'] | None = None, within: Seconds | None = None) -> N:
        """The model answers the next response that is requested: it says something, calls tools, fails, or one after the other.

        say: what the assistant says, or {wav, text} for a sound file; a list gives several items
        text: answer as text only, without audio; False when left out
        lasts: how long the speech takes; a natural pace when left out
        call: the tool the model calls; a list of {name, with} for several
        with_: the arguments of the tool
        arguments: the arguments of the tool as the text the model writes, which need not be JSON
        thinks: how long the model takes before its first output; 0.0 when left out
        fail: how the response ends instead of completed
        try_again_in: for rate limits: the wait in the server's words, such as 20s or 1m26.4s
        message: the text of the failure; the real server's own when left out
        limit: for rate limits: which limit was reached
        within: how long it may take until a response is requested; 30.0 when left out
        """
        return self._step("say", say, {"text": text, "lasts": lasts, "call": call, "with": with_, "arguments": arguments, "thinks": thinks, "fail": fail, "try_again_in": try_again_in, "message": message, "limit": limit, "within": within})  # type: ignore[no-any-return]

    def call(self, call: str | ToolCall | Sequence[str | ToolCall], /, *, say: str | Recording | Sequence[str | Recording] | None = None, text: bool | None = None, lasts: Seconds | None = None, with_: Mapping[str, Any] | None = None, arguments: str | None = None, thinks: Seconds | None = None, fail: Literal['rate_limit_exceeded', 'insufficient_quota', 'server_error', 'content_filter', 'max_output_tokens', 'model_not_found', 'inference_rate_limit_exceeded', 'credit_balance_exhausted'] | None = None, try_again_in: str | int | None = None, message: str | None = None, limit: Literal['tokens', 'requests'] | None = None, within: Seconds | None = None) -> N:
        """The model answers the next response that is requested: it says something, calls tools, fails, or one after the other.

        say: what the assistant says, or {wav, text} for a sound file; a list gives several items
        text: answer as text only, without audio; False when left out
        lasts: how long the speech takes; a natural pace when left out
        call: the tool the model calls; a list of {name, with} for several
        with_: the arguments of the tool
        arguments: the arguments of the tool as the text the model writes, which need not be JSON
        thinks: how long the model takes before its first output; 0.0 when left out
        fail: how the response ends instead of completed
        try_again_in: for rate limits: the wait in the server's words, such as 20s or 1m26.4s
        message: the text of the failure; the real server's own when left out
        limit: for rate limits: which limit was reached
        within: how long it may take until a response is requested; 30.0 when left out
        """
        return self._step("call", call, {"say": say, "text": text, "lasts": lasts, "with": with_, "arguments": arguments, "thinks": thinks, "fail": fail, "try_again_in": try_again_in, "message": message, "limit": limit, "within": within})  # type: ignore[no-any-return]

    def fail(self, fail: Literal['rate_limit_exceeded', 'insufficient_quota', 'server_error', 'content_filter', 'max_output_tokens', 'model_not_found', 'inference_rate_limit_exceeded', 'credit_balance_exhausted'], /, *, say: str | Recording | Sequence[str | Recording] | None = None, text: bool | None = None, lasts: Seconds | None = None, call: str | ToolCall | Sequence[str | ToolCall] | None = None, with_: Mapping[str, Any] | None = None, arguments: str | None = None, thinks: Seconds | None = None, try_again_in: str | int | None = None, message: str | None = None, limit: Literal['tokens', 'requests'] | None = None, within: Seconds | None = None) -> N:
        """The model answers the next response that is requested: it says something, calls tools, fails, or one after the other.

        say: what the assistant says, or {wav, text} for a sound file; a list gives several items
        text: answer as text only, without audio; False when left out
        lasts: how long the speech takes; a natural pace when left out
        call: the tool the model calls; a list of {name, with} for several
        with_: the arguments of the tool
        arguments: the arguments of the tool as the text the model writes, which need not be JSON
        thinks: how long the model takes before its first output; 0.0 when left out
        fail: how the response ends instead of completed
        try_again_in: for rate limits: the wait in the server's words, such as 20s or 1m26.4s
        message: the text of the failure; the real server's own when left out
        limit: for rate limits: which limit was reached
        within: how long it may take until a response is requested; 30.0 when left out
        """
        return self._step("fail", fail, {"say": say, "text": text, "lasts": lasts, "call": call, "with": with_, "arguments": arguments, "thinks": thinks, "try_again_in": try_again_in, "message": message, "limit": limit, "within": within})  # type: ignore[no-any-return]

    def error(self, error: str | ErrorBody, /, *, after: Seconds | Mapping[str, Pattern] | None = None, within: Seconds | None = None) -> N:
        """The model server sends an error event out of the blue.

        after: how much of the assistant's speech has been heard then, or the server event it comes right behind; at once when left out
        within: how long it may take until there is a connection, and until the assistant has said so much; an event is waited for to the end; 30.0 when left out
        error: the code of the error, or {code, type, message, param}
        """
        return self._step("error", error, {"after": after, "within": within})  # type: ignore[no-any-return]

    def refuse(self, refuse: Literal['invalid_api_key', 'missing_authentication', 'invalid_model', 'missing_model', 'invalid_intent', 'invalid_parameter', 'beta_api_shape_disabled', 'insufficient_quota', 'session_expired', 'model_not_found', 'no_answer'] | int, /, *, message: str | None = None) -> N:
        """The model server refuses the next connection. (`model_not_found` lets it in and fails every response, as the real one does.)

        refuse: the code of the refusal, an HTTP status, or no_answer
        message: the text; the real server's own when left out
        """
        return self._step("refuse", refuse, {"message": message})  # type: ignore[no-any-return]

    def disconnect(self, disconnect: Literal['dropped'] | int, /, *, after: Seconds | Mapping[str, Pattern] | None = None, within: Seconds | None = None, reason: str | None = None) -> N:
        """The model server goes away.

        after: how much of the assistant's speech has been heard then, or the server event it comes right behind; at once when left out
        within: how long it may take until there is a connection, and until the assistant has said so much; an event is waited for to the end; 30.0 when left out
        disconnect: the close code, or dropped: the line is cut without a close frame
        reason: the reason of the close frame
        """
        return self._step("disconnect", disconnect, {"after": after, "within": within, "reason": reason})  # type: ignore[no-any-return]

    def expire(self, *, after: Seconds | Mapping[str, Pattern] | None = None, within: Seconds | None = None) -> N:
        """The session has reached its maximum duration: error `session_expired`, close 1001.

        after: how much of the assistant's speech has been heard then, or the server event it comes right behind; at once when left out
        within: how long it may take until there is a connection, and until the assistant has said so much; an event is waited for to the end; 30.0 when left out
        expire: true
        """
        return self._step("expire", True, {"after": after, "within": within})  # type: ignore[no-any-return]

    def stall(self, stall: Seconds, /, *, after: Seconds | Mapping[str, Pattern] | None = None, within: Seconds | None = None) -> N:
        """The model server sends nothing for a while; what it would have sent comes afterwards, in order.

        after: how much of the assistant's speech has been heard then, or the server event it comes right behind; at once when left out
        within: how long it may take until there is a connection, and until the assistant has said so much; an event is waited for to the end; 30.0 when left out
        stall: for how long
        """
        return self._step("stall", stall, {"after": after, "within": within})  # type: ignore[no-any-return]

    def drop(self, drop: Pattern, /, *, after: Seconds | Mapping[str, Pattern] | None = None, within: Seconds | None = None, times: int | Literal['all'] | None = None, skip: int | None = None) -> N:
        """The next such event is never sent.

        after: how much of the assistant's speech has been heard then, or the server event it comes right behind; at once when left out
        within: how long it may take until there is a connection, and until the assistant has said so much; an event is waited for to the end; 30.0 when left out
        times: how many events it meets, or all; 1 when left out
        skip: how many it lets pass before; 0 when left out
        drop: the server event: its name, a /regular expression/, *, or a pattern of it
        """
        return self._step("drop", drop, {"after": after, "within": within, "times": times, "skip": skip})  # type: ignore[no-any-return]

    def delay(self, delay: Pattern, /, *, after: Seconds | Mapping[str, Pattern] | None = None, within: Seconds | None = None, times: int | Literal['all'] | None = None, skip: int | None = None, by: Seconds) -> N:
        """The next such event is sent later than it should; what comes meanwhile overtakes it. (`stall` holds everything.)

        after: how much of the assistant's speech has been heard then, or the server event it comes right behind; at once when left out
        within: how long it may take until there is a connection, and until the assistant has said so much; an event is waited for to the end; 30.0 when left out
        times: how many events it meets, or all; 1 when left out
        skip: how many it lets pass before; 0 when left out
        delay: the server event: its name, a /regular expression/, *, or a pattern of it
        by: how much later
        """
        return self._step("delay", delay, {"after": after, "within": within, "times": times, "skip": skip, "by": by})  # type: ignore[no-any-return]

    def duplicate(self, duplicate: Pattern, /, *, after: Seconds | Mapping[str, Pattern] | None = None, within: Seconds | None = None, times: int | Literal['all'] | None = None, skip: int | None = None, copies: int | None = None) -> N:
        """The next such event is sent several times.

        after: how much of the assistant's speech has been heard then, or the server event it comes right behind; at once when left out
        within: how long it may take until there is a connection, and until the assistant has said so much; an event is waited for to the end; 30.0 when left out
        times: how many events it meets, or all; 1 when left out
        skip: how many it lets pass before; 0 when left out
        duplicate: the server event: its name, a /regular expression/, *, or a pattern of it
        copies: how often it is repeated; 1 when left out
        """
        return self._step("duplicate", duplicate, {"after": after, "within": within, "times": times, "skip": skip, "copies": copies})  # type: ignore[no-any-return]

    def mishear(self, mishear: str | None, /) -> N:
        """The next transcript of the caller says something else than the caller did.

        mishear: what the transcript says; null lets the transcription fail
        """
        return self._step("mishear", mishear, {})  # type: ignore[no-any-return]

    def emit(self, emit: Mapping[str, Any] | Sequence[Mapping[str, Any]], /, *, after: Seconds | Mapping[str, Pattern] | None = None, within: Seconds | None = None) -> N:
        """The model server sends exactly these events: the way out for everything that has no step of its own.

        after: how much of the assistant's speech has been heard then, or the server event it comes right behind; at once when left out
        within: how long it may take until there is a connection, and until the assistant has said so much; an event is waited for to the end; 30.0 when left out
        emit: an event, or a list of events
        """
        return self._step("emit", emit, {"after": after, "within": within})  # type: ignore[no-any-return]

    def default(self, default: ModelAnswer, /) -> N:
        """From here on, responses that no step answers are answered like this.

        default: the answer, as a step of the model has it
        """
        return self._step("default", default, {})  # type: ignore[no-any-return]


class World(Steps, Generic[N]):
    """What changes around the call."""

    actor = "world"

    def fault(self, fault: Literal['latency', 'throttle', 'stall', 'drop', 'corrupt', 'duplicate', 'reorder', 'disconnect', 'refuse'], /, *, who: str | None = None, on: Literal['app', 'model'], from_: Literal['app', 'model'] | None = None, to: Literal['app', 'model'] | None = None, frame: Any | None = None, times: int | Literal['all'] | None = None, skip: int | None = None, probability: float | None = None, after: Seconds | None = None, for_: Seconds | None = None, by: Seconds | None = None, jitter: Seconds | None = None, rate: int | None = None, breaks: Literal['json', 'utf8', 'protocol'] | None = None, copies: int | None = None, within: Seconds | None = None, code: int | None = None, status: int | None = None) -> N:
        """Something goes wrong between jambonz and the application, or between jambonz and the model. The network: latency, throttle, stall, disconnect, refuse. A broken proxy, or a bug of a peer, because TCP does none of it by itself: drop, corrupt, duplicate, reorder.

        who: a name of phones: only in the call this phone is in; in every call when left out
        fault: latency: all arrives later, in order. throttle: a narrow line. stall: nothing arrives, then all of it. disconnect: connections break. refuse: new connections are refused (these five are what networks do). drop, duplicate, reorder, corrupt: single frames are lost, doubled, overtaken or broken (a proxy or a peer with a bug: TCP does not do that)
        on: app: websocket and webhooks of the application; model: jambonz's connection to the model server
        from_: only what comes from there; both directions when left out
        to: only what goes there; both directions when left out
        frame: only frames of this type (ack, command, verb:hook, llm:tool-call, response.done), like this /regular expression/, or like this pattern; any when left out. An answer of a webhook is an ack with status and data. A disconnect without it strikes at its instant
        times: how many it meets, or all; when left out one of drop, corrupt, duplicate, reorder and disconnect, else all
        skip: how many it lets pass before; 0 when left out
        probability: with what probability it meets each of them, 0 to 1, by dice of the scenario's seed; 1.0 when left out
        after: how long after this step it begins; the step itself is over at once; 0.0 when left out
        for_: how long it lasts; until `heal`, or the end of the call, when left out
        by: latency: how much later, one way (a websocket is opened by two round trips)
        jitter: latency: up to so much more, by dice; what is quicker waits for what is before it
        rate: throttle: bytes a second, in each direction of each connection
        breaks: corrupt: json (default): the second half is missing; utf8: not UTF-8 (a websocket closes with 1007); protocol: no proper frame (1002)
        copies: duplicate: how often it is repeated (default 1)
        within: reorder: how long it waits for the next one to go first (default 1s)
        code: disconnect: what both sides see; 1006 (default) is a cut line, any other a close frame, as of a proxy that is restarted
        status: refuse: the HTTP status of a load balancer in between; when left out, nobody listens (ECONNREFUSED)
        """
        return self._step("fault", fault, {"who": who, "on": on, "from": from_, "to": to, "frame": frame, "times": times, "skip": skip, "probability": probability, "after": after, "for": for_, "by": by, "jitter": jitter, "rate": rate, "breaks": breaks, "copies": copies, "within": within, "code": code, "status": status})  # type: ignore[no-any-return]

    def heal(self, heal: Literal['app', 'model', 'all'], /) -> N:
        """All faults of a line are over; what waits on it arrives now, in order.

        heal: which line: app, model, or all of them
        """
        return self._step("heal", heal, {})  # type: ignore[no-any-return]

    def stub(self, stub: str, /, *, query: Mapping[str, Pattern] | None = None, json: Pattern | None = None, headers: Mapping[str, Pattern] | None = None, reply: int | Reply, times: int | None = None, name: str | None = None) -> N:
        """A backend. Of several stubs that fit a request, the one that came last answers: a later stub changes an earlier one.

        stub: method and URL without its query: GET https://api.example.com/v1/orders; * for any method, /regex/ for many URLs
        query: patterns of the query
        json: a pattern of the request's body
        headers: patterns of the request's headers
        reply: what it answers: a status, or {status, json, text, headers, after, drop}
        times: how often it answers; always when left out
        name: what it is called in reports
        """
        return self._step("stub", stub, {"query": query, "json": json, "headers": headers, "reply": reply, "times": times, "name": name})  # type: ignore[no-any-return]

    def api(self, api: Literal['create', 'update', 'delete', 'get', 'list'], /, *, who: str | None = None, with_: Mapping[str, Any] | None = None, answers: Pattern | None = None) -> N:
        """Somebody uses the REST API, as a back office would: calls a phone, changes a call, ends it, or looks at it.

        who: a name of phones: whose call this is about; the caller's when left out
        api: create calls the phone of who:; update, delete and get are about the call it is in; list is about all calls
        with_: the body: of an update, such as {call_status: completed}; of create, more than from, to and application_sid
        answers: the HTTP status that is expected, or a pattern of {status, body}; any success when left out
        """
        return self._step("api", api, {"who": who, "with": with_, "answers": answers})  # type: ignore[no-any-return]

    def mishear(self, mishear: str, /, *, who: str | None = None, recognition_fails: str | None = None, confidence: float | None = None) -> N:
        """jambonz's own speech recognition gets the next thing the caller says wrong. (What the model understands is `model: {mishear: …}`.)

        who: a name of phones: whose call this is about; the caller's when left out
        mishear: the transcript; what was said when left out
        recognition_fails: there is no transcript but this error of the vendor
        confidence: how sure it is, from 0 to 1
        """
        return self._step("mishear", mishear, {"who": who, "recognition_fails": recognition_fails, "confidence": confidence})  # type: ignore[no-any-return]

    def recognition_fails(self, recognition_fails: str, /, *, who: str | None = None, mishear: str | None = None, confidence: float | None = None) -> N:
        """jambonz's own speech recognition gets the next thing the caller says wrong. (What the model understands is `model: {mishear: …}`.)

        who: a name of phones: whose call this is about; the caller's when left out
        mishear: the transcript; what was said when left out
        recognition_fails: there is no transcript but this error of the vendor
        confidence: how sure it is, from 0 to 1
        """
        return self._step("recognition_fails", recognition_fails, {"who": who, "mishear": mishear, "confidence": confidence})  # type: ignore[no-any-return]


class Expect(Steps, Generic[F, N]):
    """What must happen, from here on and in time; or, with `absent: true`, must not."""

    actor = "expect"

    def verbs(self, verbs: Pattern, /, *, within: Seconds | None = None) -> F:
        """The application sends these verbs.

        within: how long it may take until it happens; 5s when left out
        verbs: all in order: names, or patterns such as {llm: {vendor: openai}}; ... for any
        """
        return self._step("verbs", verbs, {"within": within})  # type: ignore[no-any-return]

    def say(self, say: Pattern, /, *, within: Seconds | None = None) -> F:
        """A `say` verb is spoken to the caller.

        within: how long it may take until it happens; 5s when left out
        say: its text
        """
        return self._step("say", say, {"within": within})  # type: ignore[no-any-return]

    def tool_output(self, tool_output: Pattern, /, *, within: Seconds | None = None) -> F:
        """The application returns the output of a tool.

        within: how long it may take until it happens; 5s when left out
        tool_output: the output, or {tool, output, call_id}
        """
        return self._step("tool_output", tool_output, {"within": within})  # type: ignore[no-any-return]

    def command(self, command: Pattern, /, *, within: Seconds | None = None) -> F:
        """The application sends a command.

        within: how long it may take until it happens; 5s when left out
        command: its name, or a pattern of the message: {command, data, …}
        """
        return self._step("command", command, {"within": within})  # type: ignore[no-any-return]

    def hook(self, hook: Pattern, /, *, within: Seconds | None = None) -> F:
        """jambonz calls a hook of the application.

        within: how long it may take until it happens; 5s when left out
        hook: its path, or {hook, data}
        """
        return self._step("hook", hook, {"within": within})  # type: ignore[no-any-return]

    def event(self, event: Pattern, /, *, within: Seconds | None = None) -> F:
        """A server event of the model reaches the application.

        within: how long it may take until it happens; 5s when left out
        event: its type, or a pattern of the event
        """
        return self._step("event", event, {"within": within})  # type: ignore[no-any-return]

    def client_event(self, client_event: Pattern, /, *, within: Seconds | None = None) -> F:
        """A client event reaches the model server.

        within: how long it may take until it happens; 5s when left out
        client_event: its type, or a pattern of the event
        """
        return self._step("client_event", client_event, {"within": within})  # type: ignore[no-any-return]

    def session(self, session: Pattern, /, *, within: Seconds | None = None) -> F:
        """The session at the model server is like this.

        within: how long it may take until it happens; 5s when left out
        session: a pattern of the effective session
        """
        return self._step("session", session, {"within": within})  # type: ignore[no-any-return]

    def response(self, response: Literal['completed', 'cancelled', 'failed', 'incomplete', 'in_progress', '*'] | Mapping[str, Pattern], /, *, within: Seconds | None = None) -> F:
        """A response of the model ends.

        within: how long it may take until it happens; 5s when left out
        response: how it ends, or a pattern of the response
        """
        return self._step("response", response, {"within": within})  # type: ignore[no-any-return]

    def heard(self, heard: Pattern, /, *, within: Seconds | None = None) -> F:
        """The caller has heard this, up to the end or to where it was cut off.

        within: how long it may take until it happens; 5s when left out
        heard: the words
        """
        return self._step("heard", heard, {"within": within})  # type: ignore[no-any-return]

    def streamed(self, streamed: Pattern, /, *, within: Seconds | None = None) -> F:
        """The application was sent this over an audio websocket (`listen`).

        within: how long it may take until it happens; 5s when left out
        streamed: the words, or {text, from_s, duration_s, channel}: channel 1 is the caller in stereo, 2 what they heard
        """
        return self._step("streamed", streamed, {"within": within})  # type: ignore[no-any-return]

    def audio_frame(self, audio_frame: Pattern, /, *, within: Seconds | None = None) -> F:
        """The application sends a JSON frame over an audio websocket.

        within: how long it may take until it happens; 5s when left out
        audio_frame: its type, such as playAudio or killAudio, or a pattern of the frame
        """
        return self._step("audio_frame", audio_frame, {"within": within})  # type: ignore[no-any-return]

    def call(self, call: Literal['trying', 'ringing', 'early-media', 'in-progress', 'completed', 'failed', 'busy', 'no-answer', 'queued'], /, *, within: Seconds | None = None, by: Literal['app', 'caller', 'jambonz'] | None = None, sip_status: int | None = None) -> F:
        """The call takes this status.

        within: how long it may take until it happens; 5s when left out
        call: the status
        by: who ended the call
        sip_status: the SIP status, such as 603 for a declined call
        """
        return self._step("call", call, {"within": within, "by": by, "sip_status": sip_status})  # type: ignore[no-any-return]

    def request(self, request: Pattern, /, *, within: Seconds | None = None) -> F:
        """The application asks a backend.

        within: how long it may take until it happens; 5s when left out
        request: the URL without its query, or {method, url, query, headers, body}
        """
        return self._step("request", request, {"within": within})  # type: ignore[no-any-return]

    def action(self, action: Pattern, /, *, within: Seconds | None = None) -> F:
        """An `actionHook` is called with this.

        within: how long it may take until it happens; 5s when left out
        action: the completion_reason, or a pattern of the payload
        """
        return self._step("action", action, {"within": within})  # type: ignore[no-any-return]

    def finding(self, finding: str, /, *, within: Seconds | None = None) -> N:
        """A rule does not hold in this call, and that is expected.

        within: how long it may take until it happens; 5s when left out
        finding: the code of the rule, such as J012
        """
        return self._step("finding", finding, {"within": within})  # type: ignore[no-any-return]

    def frame(self, frame: Mapping[str, Pattern], /, *, within: Seconds | None = None) -> F:
        """Any frame of the journal.

        within: how long it may take until it happens; 5s when left out
        frame: a pattern of {link, from, kind, frame, at_s}: link is app, audio, model, media or world
        """
        return self._step("frame", frame, {"within": within})  # type: ignore[no-any-return]
