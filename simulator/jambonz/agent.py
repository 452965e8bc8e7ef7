"""The `agent` verb's conversation: speech recognition, a text model, speech synthesis, and whose turn it is.

Only profile 10 has it, and its server is closed source. Documented [D]: the properties of the verb, the events `user_transcript`,
`llm_response`, `user_interruption`, `turn_end`, tool calls with `arguments` as an object, outputs of any shape, `agent:update`,
the hang-up tool, the prompt after silence (jambonz/schema 0.4.9, verbs/agent and callbacks/agent-turn). Inferred [I]: times.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import (
    CloseModel,
    ConnectModel,
    Effect,
    ModelClosed,
    ModelConnected,
    ModelSaid,
    ModelUnreachable,
    Played,
    Recognized,
    SendModel,
    Sensed,
    SpeechDetected,
    Unacked,
    dropped,
)
from simulator.jambonz.hooks import answer_to
from simulator.jambonz.recognizer import Recognizer
from simulator.jambonz.schema import VerbData
from simulator.script import Script, Timeout, until
from simulator.vendors.vendor import part

Json = dict[str, Any]

NO_RESPONSE_S = 12.0
NO_RESPONSE_PROMPT = "The caller has said nothing for a while. Ask whether they are still there."
MIN_SPEECH_S = 0.5
LEFT_OUT = ("languageConfig", "autoLockLanguage", "noiseIsolation", "handoff", "toolFiller", "mcpServers", "earlyGeneration")
"""What nothing comes of here; the journal says so."""
UPDATES = ("update_instructions", "inject_context", "update_tools", "generate_reply")


@dataclass(frozen=True, slots=True)
class Told:
    """Something for the conversation from outside the caller's line: a reply of the model, the output of a tool, an update."""

    what: str
    data: Any = None
    call_id: str | None = None


class Agent:
    """Lives while an `agent` verb runs; stands where an llm's conversation stands in a call."""

    def __init__(self, verb: VerbData, call: Call) -> None:
        self.verb, self.call = verb, call
        llm = part(verb.data, "llm")
        options = part(llm, "llmOptions")
        seed = options.get("messages") or options.get("initialMessages") or []
        self._messages: list[Json] = [message for message in seed if isinstance(message, dict)]
        if options.get("systemPrompt"):
            self._messages.insert(0, {"role": "system", "content": options["systemPrompt"]})
        self._tools = [tool for tool in options.get("tools") or [] if isinstance(tool, dict)]
        if "hangup" in verb.data:
            self._tools.append({"name": "hangup", "parameters": {"type": "object", "properties": {"reason": {"type": "string"}}}})
        self._pending: set[str] = set()
        self._transcript = self._reply = ""
        self._prompted_at_s: float | None = None
        self._latency: Json = {}
        self._unanswered = 0
        self.closed = False

    # --- the model

    def connect(self) -> None:
        """The model is an HTTP API; its connection stands for the credentials being good."""
        llm = part(self.verb.data, "llm")
        key = part(llm, "auth").get("apiKey")
        headers = {"authorization": f"Bearer {key}"} if key else {}
        host = str(part(llm, "connectOptions").get("baseURL") or llm.get("vendor") or "default")
        self.call.do(ConnectModel(host, f"/{llm.get('model') or 'default'}", headers, "chat"))

    def receive(self, event: ModelConnected | ModelUnreachable | ModelSaid | ModelClosed) -> None:
        """Something happened on the model's side."""
        match event:
            case ModelConnected():
                self.call.tell(Told("connected"))
            case ModelSaid(said):
                self.call.tell(Told(str(said.get("type")), said))
            case ModelUnreachable() | ModelClosed():
                self.call.tell(Told("lost"))

    def close(self) -> None:
        """Nothing more is asked or said."""
        if not self.closed:
            self.closed = True
            self.call.stop_playing()
            self.call.do(CloseModel())

    wake_at_s = None

    def send_audio(self) -> None:
        """No audio goes to a text model."""

    def played(self) -> None:
        """The script waits for `Played` itself."""

    # --- the application

    def tool_output(self, data: Any, call_id: object = None) -> None:
        """`llm:tool-output`: any data; the server makes text of it."""
        if call_id not in self._pending:
            why = f"no tool call of the agent waits under {call_id!r}"
            self.call.do(dropped("llm:tool-output", why, "send the tool_call_id of the agent:tool-call, once", data))
            return
        self.call.tell(Told("output", data, str(call_id)))

    def update(self, data: Any) -> None:
        """`agent:update`: `{type, ...}`."""
        if not isinstance(data, dict) or data.get("type") not in UPDATES:
            self.call.do(dropped("agent:update", "its type is none the agent knows", f"one of {', '.join(UPDATES)}", data))
            return
        self.call.tell(Told("update", data))

    def _event(self, type_: str, **members: Any) -> None:
        if hook := self.verb.data.get("eventHook"):
            self.call.notify("agent:event", {"type": type_, **members}, hook)

    # --- the conversation

    def converse(self) -> Script[Effect, Json]:
        """From the first prompt to the end; answers what the hook is told."""
        self.call.leave_out(self.verb, *LEFT_OUT)
        told = yield from until(Told, where=lambda event: event.what in ("connected", "lost"))
        if told.what == "lost":
            return {"completion_reason": "connection failure"}
        recognizer = Recognizer(self.call.line, self.call.now_s, partials=True, ear=self.call.ear)
        self.call.recognizers.append(recognizer)
        try:
            if self.verb.data.get("greeting", True):
                self._prompt()
            return (yield from self._turns(recognizer))
        finally:
            self.call.recognizers.remove(recognizer)

    def _turns(self, recognizer: Recognizer) -> Script[Effect, Json]:
        def concerns(event: object) -> bool:  # what listens beside the verbs has a recogniser of its own
            return not isinstance(event, Sensed) or event.by is recognizer

        quiet_s = float(self.verb.data.get("noResponseTimeout", NO_RESPONSE_S))
        waits_for_caller = False
        while True:
            left_s = (quiet_s or None) if waits_for_caller else None
            happened = yield from until(Recognized, SpeechDetected, Played, Told, timeout_s=left_s, where=concerns)
            waits_for_caller = waits_for_caller and not isinstance(happened, SpeechDetected)
            match happened:
                case Recognized(text):
                    waits_for_caller = False
                    self._heard(text)
                case SpeechDetected(text):
                    self._barge_in(text)
                case Played():
                    if self._reply:
                        self._end_turn(interrupted=False)
                        waits_for_caller = True
                case Timeout():
                    waits_for_caller = False
                    self._unanswered += 1
                    most = int(self.verb.data.get("noResponseMaxPrompts", 0))
                    if most and self._unanswered > most:
                        return {"completion_reason": "no_response"}
                    self._messages.append({"role": "system", "content": NO_RESPONSE_PROMPT})
                    self._prompt()
                case Told("reply", said):
                    ended = self._replied(said)
                    if ended is not None:
                        return ended
                    waits_for_caller = not self._reply and not self._pending
                case Told("failed", said):
                    return {"completion_reason": "server error", "error": said.get("error")}
                case Told("lost"):
                    return {"completion_reason": "disconnect from remote end"}
                case Told("output", data, call_id):
                    self._returned(str(call_id), data)
                case Told("update", data):
                    self._updated(data)

    def _prompt(self) -> None:
        self._prompted_at_s = self.call.now_s
        prompt: Json = {"type": "prompt", "messages": list(self._messages)} | ({"tools": list(self._tools)} if self._tools else {})
        self.call.do(SendModel(prompt))

    def _heard(self, text: str) -> None:
        self._unanswered = 0
        self._transcript = text
        self._latency = {"transcriber_latency": round((self.call.now_s - self.call.line.busy_until_s) * 1000)}
        self._event("user_transcript", transcript=text)
        self._messages.append({"role": "user", "content": text})
        self._prompt()

    def _barge_in(self, text: str) -> None:
        """Sustained speech over the assistant: with interruption by `vad`, after `minSpeechDuration` of it."""
        settings = part(self.verb.data, "bargeIn")
        if not self.call.playback.playing or not self._reply or not settings.get("enable", True):
            return
        spoken_s = self.call.now_s - self.call.line.begun_s
        if not text or spoken_s < float(settings.get("minSpeechDuration", MIN_SPEECH_S)):
            return
        self._event("user_interruption")
        self.call.stop_playing()
        self._end_turn(interrupted=True)

    def _end_turn(self, *, interrupted: bool) -> None:
        self._event("turn_end", transcript=self._transcript, response=self._reply, interrupted=interrupted, latency=self._latency)
        self._reply = self._transcript = ""
        self._latency = {}

    def _replied(self, said: Json) -> Json | None:
        if self._prompted_at_s is not None:
            self._latency["model_latency"] = round((self.call.now_s - self._prompted_at_s) * 1000)
        text, calls = str(said.get("text") or ""), said.get("tool_calls") or []
        self._messages.append({"role": "assistant", "content": text} | ({"tool_calls": calls} if calls else {}))
        if text:
            self._event("llm_response", response=text)
            if self.verb.data.get("speak", True):
                self._say(text)
        for call in calls:
            if call["name"] == "hangup" and "hangup" in self.verb.data:
                reason = part(call, "arguments").get("reason") or part(self.verb.data, "hangup").get("reason")
                self.call.verb = None  # as with the hangup verb: who hangs up ends, and is not killed
                self.call.hang_up("jambonz", {"X-Reason": reason} if reason else None)
                return {"completion_reason": "normal conversation end"}
            self._call_tool(call)
        return None

    def _say(self, text: str) -> None:
        speech = self.call.media.speak(text)
        self._reply = f"{self._reply} {text}".strip()
        self.call.note("said", text=text, duration_s=round(speech.duration_s, 3))
        self.call.play(speech.pcm, speech.rate_hz)

    def _call_tool(self, call: Json) -> None:
        self._pending.add(call["id"])
        hook = self.verb.data.get("toolHook")
        if not hook:
            self.call.do(dropped(f"tool call {call['name']}", "the agent verb has no toolHook: the model waits for ever", "give it one", call))
            return
        data = {"tool_call_id": call["id"], "name": call["name"], "arguments": call["arguments"]}
        if self.call.requestor.asks_webhook(hook):
            self.call.beside(self._ask_webhook(hook, data))
        else:
            self.call.notify("agent:tool-call", data, hook)

    def _ask_webhook(self, hook: Any, data: Json) -> Script[Effect, None]:
        """Over HTTP the answer is the output. That a failure is told to the model is inferred: that it should speak of it is all one can wish."""
        request = self.call.requestor.send("agent:tool-call", data, hook)
        if request is None:
            return  # it was discarded, and nobody waits
        answer = yield from answer_to(request)
        self.tool_output({"error": answer.why} if isinstance(answer, Unacked) else answer.data or "", data["tool_call_id"])

    def _returned(self, call_id: str, data: Any) -> None:
        self._pending.discard(call_id)
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        self._messages.append({"role": "tool", "tool_call_id": call_id, "content": text})
        if not self._pending:
            self._prompt()

    def _updated(self, data: Json) -> None:
        match data["type"]:
            case "update_instructions":
                self._messages = [message for message in self._messages if message.get("role") != "system"]
                self._messages.insert(0, {"role": "system", "content": str(data.get("instructions", ""))})
            case "inject_context":
                messages = data.get("messages") or [{"role": "system", "content": str(data.get("context") or data.get("content") or "")}]
                self._messages += [message for message in messages if isinstance(message, dict)]
            case "update_tools":
                self._tools = [tool for tool in data.get("tools") or [] if isinstance(tool, dict)]
            case "generate_reply":
                if data.get("interrupt") and self.call.playback.playing:
                    self.call.stop_playing()
                if data.get("instructions"):
                    self._messages.append({"role": "system", "content": str(data["instructions"])})
                self._prompt()
