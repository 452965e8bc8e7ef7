"""A text model as the `agent` verb asks it: a prompt in, a reply out. Sans-IO, with the same events from a scenario as other models.

Between feature server and model there would be the HTTP API of whichever vendor the application names; those differ, and nothing
of them reaches the application. So what passes here is neutral: `{type: prompt, messages, tools}` and `{type: reply, text,
tool_calls: [{id, name, arguments}]}` or `{type: failed, error}`.
"""

from __future__ import annotations

import json
from typing import Any

from simulator.ids import Ids
from simulator.script import Timeout
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.debts import Debts
from simulator.vendors.openai.settings import Settings

THINKS_S = 0.4
"""From the prompt to the whole reply."""


class ChatServer:
    """One model, prompted again and again. `dialect` and `settings` belong to another vendor and mean nothing here."""

    def __init__(self, *, dialect: openai.Dialect, ids: Ids, now_s: float = 0.0, settings: Settings | None = None) -> None:  # noqa: ARG002
        self.ids, self.now_s = ids, now_s
        self._debts = Debts()
        self._effects: list[openai.ServerEffect] = []
        self._asked: str | None = None
        self._reply: tuple[float, str, dict[str, Any]] | None = None

    @property
    def owed(self) -> dict[str, float]:
        """Answers that others owe, and since when."""
        return self._debts.owed

    @property
    def wake_at_s(self) -> float | None:
        """When the reply is due."""
        return self._reply[0] if self._reply is not None else None

    def receive(self, event: openai.ServerHappening, now_s: float) -> list[openai.ServerEffect]:
        """Something happened."""
        self.now_s = now_s
        match event:
            case openai.ClientEvent({"type": "prompt"} as prompt):
                self._prompted(prompt)
            case openai.ClientEvent({"type": "cancel"}):
                self._withdraw("the prompt was taken back")
            case openai.Answered(response_id, answer) if response_id == self._asked:
                self._asked = None
                self._debts.answered(response_id)
                self._reply = (now_s + THINKS_S + answer.after_s, response_id, self._written(answer))
            case Timeout() if self._reply is not None and now_s >= self._reply[0]:
                (_, response_id, reply), self._reply = self._reply, None
                for call in reply.get("tool_calls", ()):
                    self._debts.output_due(call["id"], call["name"], now_s)
                self._effects += [openai.Emit(reply), openai.ResponseGone(response_id, "it has replied")]
            case openai.Trouble(code, _, message):
                self._effects.append(openai.Emit({"type": "failed", "error": {"code": code, "message": message or "the model failed"}}))
            case openai.EmitRaw(raw):
                self._effects.append(openai.Emit(raw))
            case openai.Disconnect(code, reason):
                self._withdraw("the connection is over")
                self._debts.owed.clear()
                self._effects.append(openai.Close(code, reason))
            case openai.ClientClosed():
                self._withdraw("the agent has ended")
                self._debts.owed.clear()
        effects, self._effects = self._effects, []
        return effects

    def _prompted(self, prompt: dict[str, Any]) -> None:
        self._withdraw("another prompt came first")
        self._asked = self.ids.openai("resp", self.now_s)
        self._debts.answer_due(self._asked, self.now_s)
        messages = prompt.get("messages") or [{}]
        for message in messages:
            if message.get("role") == "tool":
                self._debts.output_came(str(message.get("tool_call_id")))
        last = messages[-1]
        heard = last.get("content") if last.get("role") == "user" else None
        self._effects.append(openai.ResponseRequested(self._asked, "client" if heard is None else "vad", heard))

    def _withdraw(self, why: str) -> None:
        gone = self._asked or (self._reply[1] if self._reply is not None else None)
        if gone is not None:
            self._debts.answered(gone)
            self._effects.append(openai.ResponseGone(gone, why))
        self._asked = self._reply = None

    def _written(self, answer: openai.Answer) -> dict[str, Any]:
        if answer.fail is not None:
            return {"type": "failed", "error": {"code": answer.fail.code, "message": answer.fail.message or f"the model answered {answer.fail.code}"}}
        text = " ".join(item.text for item in answer.items if isinstance(item, openai.Say))
        calls = [
            {"id": item.call_id or self.ids.tool_call(), "name": item.name, "arguments": _parsed(item.arguments)}
            for item in answer.items
            if isinstance(item, openai.CallTool)
        ]
        return {"type": "reply", "text": text} | ({"tool_calls": calls} if calls else {})


def _parsed(arguments: str) -> Any:
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return {}
