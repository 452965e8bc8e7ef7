"""How the model answers a response."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from simulator.scenario.schema import Complaint, Doc, Duration, Matches, NotEmpty, OrOne, Written, complain
from simulator.scenario.steps.recordings import Recording
from simulator.scenario.steps.registry import CallLine, step
from simulator.scenario.value import value

FailCode = Literal[
    "rate_limit_exceeded",
    "insufficient_quota",
    "server_error",
    "content_filter",
    "max_output_tokens",
    "model_not_found",
    "inference_rate_limit_exceeded",
    "credit_balance_exhausted",
]
ANSWER_S = 30.0
"""How long a model step waits until somebody requests a response."""


@value(kw_only=True)
class McpError:
    """How an MCP server fails."""

    TITLE: ClassVar[str] = "model.call: fails"
    SHORT: ClassVar[str] = "message"

    message: Annotated[str, Doc("the text of the error")]
    type: Annotated[Literal["tool_execution_error", "protocol_error", "http_error"], Doc("who failed")] = "tool_execution_error"
    code: Annotated[int | None, Doc("the code of a protocol or HTTP error")] = None

    def check(self) -> Iterator[Complaint]:
        """Only some errors have a code, and those need it."""
        coded = self.type != "tool_execution_error"
        yield from complain(
            (coded and self.code is None, "type", f"a {self.type} has a code", "write code:"),
            (not coded and self.code is not None, "code", "a tool_execution_error has no code", "leave it out, or write type:"),
        )


@value(kw_only=True)
class ToolCall:
    """One function call of the model, or with `mcp` the call of a tool on an MCP server."""

    TITLE: ClassVar[str] = "model.call"
    SHORT: ClassVar[str] = "name"

    name: Annotated[str, Doc("the tool"), NotEmpty()]
    with_: Annotated[Mapping[str, Any] | None, Doc("its arguments")] = None
    arguments: Annotated[str | None, Doc("its arguments as the text the model writes, which need not be JSON")] = None
    call_id: Annotated[str | None, Doc("the id of the call; drawn when left out")] = None
    mcp: Annotated[str | None, Doc("the server_label of the MCP server whose tool it is; the model server asks it itself (GA only)")] = None
    returns: Annotated[str | None, Doc("what the MCP server returns")] = None
    fails: Annotated[McpError | None, Doc("how the MCP server fails: a text, or {message, type, code}")] = None
    asks: Annotated[bool, Doc("only ask the client to approve the call of the MCP server's tool")] = False

    @property
    def arguments_text(self) -> str:
        """What the model writes."""
        return self.arguments if self.arguments is not None else json.dumps(self.with_ or {}, ensure_ascii=False)

    def check(self) -> Iterator[Complaint]:
        """Arguments are written once; what an MCP server does needs one."""
        done = "returns" if self.returns is not None else "fails" if self.fails is not None else "asks" if self.asks else ""
        both = self.returns is not None and self.fails is not None
        yield from complain(
            (self.with_ is not None and self.arguments is not None, "arguments", *BOTH),
            (bool(done) and self.mcp is None, done, f"{done!r} is what an MCP server does, and none is named", "write mcp: with its server_label"),
            (both, "fails", "it returns something and fails", "keep one of returns and fails"),
            (self.asks and done != "asks", "asks", "a call that waits for approval has no result yet", "keep one of them"),
            (self.mcp is not None and self.call_id is not None, "call_id", "the call of an MCP server has no call_id", "leave it out"),
        )


RATE_LIMIT = "write fail: rate_limit_exceeded"
BOTH = ("`with` and `arguments` both say what the tool is called with", "keep one: `with` for a mapping, `arguments` for raw text")


@step("model", "say", "call", "fail")
@value(kw_only=True)
class Answer(CallLine):
    """The model answers the next response that is requested: it says something, calls tools, fails, or one after the other."""

    say: Annotated[
        tuple[str | Recording, ...], OrOne(), Doc("what the assistant says, or {wav, text} for a sound file; a list gives several items")
    ] = ()
    text: Annotated[bool, Doc("answer as text only, without audio")] = False
    lasts_s: Annotated[Duration | None, Doc("how long the speech takes; a natural pace when left out")] = None
    call: Annotated[tuple[ToolCall, ...], OrOne(), Doc("the tool the model calls; a list of {name, with} for several")] = ()
    with_: Annotated[Mapping[str, Any] | None, Doc("the arguments of the tool")] = None
    arguments: Annotated[str | None, Doc("the arguments of the tool as the text the model writes, which need not be JSON")] = None
    thinks_s: Annotated[Duration, Doc("how long the model takes before its first output")] = 0.0
    fail: Annotated[FailCode | None, Doc("how the response ends instead of completed")] = None
    try_again_in: Annotated[
        Written | None,
        Doc("for rate limits: the wait in the server's words, such as 20s or 1m26.4s"),
        Matches(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+", "a wait such as 20s, 121ms or 1m26.4s"),
    ] = None
    message: Annotated[str | None, Doc("the text of the failure; the real server's own when left out")] = None
    limit: Annotated[Literal["tokens", "requests"] | None, Doc("for rate limits: which limit was reached")] = None
    within_s: Annotated[Duration, Doc("how long it may take until a response is requested")] = ANSWER_S

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tools called, each with its arguments."""
        if len(self.call) != 1 or (self.with_ is None and self.arguments is None):
            return self.call
        return (replace(self.call[0], with_=self.with_, arguments=self.arguments),)

    def check(self) -> Iterator[Complaint]:
        """Options belong to what they are options of."""
        given = self.with_ is not None or self.arguments is not None
        key = "with" if self.with_ is not None else "arguments"
        alone = len(self.call) == 1 and self.call[0].with_ is None and self.call[0].arguments is None
        recorded = any(isinstance(said, Recording) for said in self.say)
        limited = self.fail == "rate_limit_exceeded"
        limited_anywhere = limited or self.fail == "inference_rate_limit_exceeded"
        yield from complain(
            (not (self.say or self.call or self.fail), "", "nothing is answered", "write say, call or fail, with what the model answers"),
            (self.with_ is not None and self.arguments is not None, "arguments", *BOTH),
            (given and not self.call, key, f"{key!r} is for a tool, and none is called", "write call: with the name of the tool"),
            (given and bool(self.call) and not alone, key, f"{key!r} stands beside a list of calls", "write call: [{name: …, with: {…}}, …]"),
            (self.text and not self.say, "text", "'text' says how something is said, and nothing is", "write say:"),
            (self.lasts_s is not None and not self.say, "lasts", "'lasts' says how long something is said, and nothing is", "write say:"),
            (self.text and recorded, "text", "text without audio plays no sound file", "leave out text: true, or write what is said"),
            (self.lasts_s is not None and recorded, "lasts", "a sound file lasts as long as it does", "leave it out"),
            (self.text and self.lasts_s is not None, "lasts", "text without audio does not last", "keep one of text and lasts"),
            (self.try_again_in is not None and not limited_anywhere, "try_again_in", "'try_again_in' belongs to a rate limit", RATE_LIMIT),
            (self.limit is not None and not limited, "limit", "'limit' belongs to a rate limit", RATE_LIMIT),
            (self.message is not None and self.fail is None, "message", "'message' is the text of a failure, and there is none", "write fail:"),
        )
