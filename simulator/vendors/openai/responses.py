"""The responses under way in a session: one of its conversation, any number beside it (openai-realtime.md 4.10 to 4.13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from simulator.vendors.openai.context import Context
from simulator.vendors.openai.conversation import Conversation
from simulator.vendors.openai.errors import NO_RESPONSES_HERE, Refused, already_active
from simulator.vendors.openai.events import Answered, Json, ResponseGone, ResponseRequested
from simulator.vendors.openai.generation import respond
from simulator.vendors.openai.line import Play
from simulator.vendors.openai.prompt import Prompt, input_tokens, prompt
from simulator.vendors.openai.response import Response
from simulator.vendors.openai.usage import Tokens, prompt_tokens


class Responses:
    """What was requested and is not done yet, and the last one of the conversation."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._default: Response | None = None
        self._plays: dict[str, tuple[Response, Play]] = {}

    @property
    def active(self) -> Response | None:
        """The response of the conversation, as long as it is not done."""
        default = self._default
        return default if default is not None and default.done_at_s is None else None

    @property
    def played_until_s(self) -> float | None:
        """When the last response of the conversation was (or will be) played to its end; None while it is made, or before the first."""
        return self._default.played_until_s if self._default is not None else None

    def request(self, asked: Json, *, by: Literal["client", "vad"], heard: str | None = None) -> None:
        """A response is asked for, with the (checked, GA shaped) overrides `asked`. Raises Refused."""
        context = self._context
        if context.session.kind == "transcription":
            raise Refused(NO_RESPONSES_HERE)
        conversation: Conversation | None = None if asked.get("conversation") == "none" else context.conversation
        if conversation is not None and self.active is not None:
            raise Refused(already_active(self.active.id))
        session = context.session.values
        response = Response(context.new_id("resp"), session, asked, conversation, self._given(session | asked if asked else session))
        if conversation is not None:
            self._default = response
        context.debts.answer_due(response.id, context.now_s)
        context.line.order(ResponseRequested(response.id, by, heard, "none" if conversation is None else "auto"))
        self._plays = {other.id: (other, play) for other, play in self._open()}
        self._plays[response.id] = response, context.line.play(respond(response, context))

    def _given(self, told: Json) -> Tokens:
        """What the model reads when it is told this."""
        context = self._context
        read = input_tokens(told["input"], context.conversation, context.heard_format) if "input" in told else context.conversation.tokens()
        return prompt_tokens(told["instructions"], told["tools"]) + read

    def prompt(self, response_id: str) -> Prompt:
        """What the model reads for a response; of one that is gone already, the overrides are forgotten."""
        found, context = self._find(response_id), self._context
        return prompt(context.session.values, found[0].asked if found else {}, context.conversation, context.heard_format)

    def answer(self, answered: Answered) -> None:
        """The scenario has answered; nothing happens when that response is gone or was answered before."""
        found, context = self._find(answered.response_id), self._context
        if found is None or found[0].answer is not None:
            return
        response, play = found
        response.answer, response.answered_at_s = answered.answer, context.now_s
        context.debts.answered(response.id)
        context.line.tell(play, answered)

    def cancellable(self, response_id: str | None) -> Response | None:
        """The response a client may cancel by this id, or the one of the conversation without an id."""
        if response_id is None:
            return self.active
        found = self._find(response_id)
        return found[0] if found else None

    def cancel(self, response: Response, reason: Literal["turn_detected", "client_cancelled"]) -> None:
        """End a response now; what it has to close out, it sends."""
        response.cancel_reason = reason
        self._give_up(response, reason)
        self._context.line.stop(self._plays[response.id][1])

    def leave(self, reason: str) -> None:
        """The connection is over: nobody will be answered."""
        for response, _ in self._open():
            self._give_up(response, reason)
        self._plays.clear()

    def _give_up(self, response: Response, reason: str) -> None:
        if response.answer is None:
            self._context.debts.answered(response.id)
            self._context.line.order(ResponseGone(response.id, reason))

    def _open(self) -> Iterator[tuple[Response, Play]]:
        return ((response, play) for response, play in self._plays.values() if response.done_at_s is None)

    def _find(self, response_id: str) -> tuple[Response, Play] | None:
        found = self._plays.get(response_id)
        return found if found is not None and found[0].done_at_s is None else None
