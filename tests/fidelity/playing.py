"""Plays one script against our feature server on the virtual clock, and records what was exchanged."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, assert_never

from simulator.ids import Ids
from simulator.jambonz import events as jambonz
from simulator.jambonz.construction import failure
from simulator.jambonz.environment import Environment, without_effect
from simulator.jambonz.server import FeatureServer
from simulator.link import AppLinks
from simulator.network import Alarm, VirtualLoop, run
from simulator.script import Timeout
from tests.fidelity.app_server import ScriptedApp
from tests.fidelity.cast import APP_HOST, SAID, WEBHOOK_HOST, hook_of, server_for
from tests.fidelity.model import ScriptedModel
from tests.fidelity.parts import RequestorAlone, verb_alone
from tests.fidelity.recording import Recording
from tests.fidelity.script import Json, Rule, Script, ScriptError, filled_in

OPENAI_HOST = "openai.test:3001"
WEBHOOK_LATENCY_S = 0.002
MAX_FIRINGS = 20_000
"""More rules do not fire in a script that means well."""


class Core(Protocol):
    """What a websocket can be driven for: the feature server, or parts of it."""

    def receive(self, event: Any, now_s: float) -> list[jambonz.Effect]: ...

    @property
    def wake_at_s(self) -> float | None: ...


class Playing:
    """One run of one script."""

    def __init__(self, script: Script, loop: asyncio.AbstractEventLoop) -> None:
        self.script, self._loop = script, loop
        self.ids = Ids("fidelity")
        self.environment = Environment.of(script.env)
        self.recording = Recording(loop.time, {APP_HOST: "app_host", OPENAI_HOST: "openai_host", WEBHOOK_HOST: "webhook_host"})
        self._agenda: deque[Any] = deque()
        self._working = False
        self._fired: dict[int, int] = {}
        self._firings = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._msgids: dict[str, str] = {}
        self._ended = asyncio.Event()
        self._end_reason = "end of script"

    async def play(self) -> Recording:
        """From the first frame to the last. Raises `ScriptError` when it turns out that the script cannot be played."""
        self.recording.on_note = lambda note: self._happened("note", note, None)
        self._app = ScriptedApp(self.script.app, self.recording, self._happened)
        self._model = ScriptedModel(self.script.openai, self.recording, lambda on, frame: self._happened(on, frame, None), self.tell)
        await self._app.start()
        self._alarm = Alarm(lambda _: self.tell(Timeout()))
        self._links = AppLinks(self.tell, lambda *_: None, self.environment)
        self.core, first = self._actors()
        self._happened("start", {}, None)
        if first is not None:
            self.tell(first)
        try:
            async with asyncio.timeout(self.script.max_s):
                await self._ended.wait()
                await asyncio.sleep(self.script.linger_s)
        except TimeoutError:
            self._end_reason = "time is over"
        self.recording.note("recording_ends", reason=self._end_reason)
        self.recording.over = True
        self._alarm.stop()
        self._links.abort()
        for task in self._tasks:
            task.cancel()
        if self._failure is not None:
            raise self._failure
        return self.recording

    # --- who plays

    def _actors(self) -> tuple[Core, Any]:
        self.call_sid = self.ids.uuid("call_sid")
        rules = [replace(rule, match=self._filled(rule.match)) for rule in self.script.rules]
        self.script = replace(self.script, rules=rules, call=self._filled(self.script.call))
        if self.script.level == 1:
            return RequestorAlone(hook_of(self.script.call), self.ids, self.environment, self.recording), None
        self._server = server_for(self.script, self.ids, self.call_sid)
        if self.script.level == 2:
            self._start_verb(self._server, self._filled(self.script.verb))
            return self._server, Timeout()
        return self._server, jambonz.Invited()

    def _start_verb(self, server: FeatureServer, verb: Json) -> None:
        refused = failure("llm", {name: value for name, value in verb.items() if name != "verb"}, "verb")
        if refused is not None:
            self.recording.note("verb_failed", error=refused.text)
            self._end("verb failed")
            return
        server.call.requestor.call_sid = self.call_sid  # type: ignore[attr-defined]
        server.call.start(verb_alone(server.call, verb, self._verb_done))

    def _verb_done(self, error: str | None) -> None:
        if error is None:
            self.recording.note("verb_done")
        else:
            self.recording.note("verb_failed", error=error)
        self._end("verb done" if error is None else "verb failed")

    def _end(self, reason: str) -> None:
        if not self._ended.is_set():
            self._end_reason = reason
            self._ended.set()

    # --- the core and its effects

    def tell(self, event: Any) -> None:
        """Something happened to the feature server."""
        self._agenda.append(event)
        if self._working or self.recording.over:
            return
        self._working = True
        while self._agenda:
            for effect in self.core.receive(self._agenda.popleft(), self._loop.time()):
                self._do(effect)
        self._working = False
        self._alarm.set(self.core.wake_at_s)

    def _do(self, effect: jambonz.Effect) -> None:
        match effect:
            case jambonz.ConnectApp(url, headers, socket):
                self._links[socket].connect(url, headers)
            case jambonz.SendApp(message, socket):
                self._links[socket].send(message)
            case jambonz.CloseApp(code, socket):
                self._links[socket].close(code)
            case jambonz.ConnectModel():
                self._model.connect(effect)
            case jambonz.SendModel(event):
                self._model.hear(event)
            case jambonz.CloseModel():
                self._model.closed()
            case jambonz.FetchAudio(url):
                self._agenda.append(jambonz.AudioFetched(url, SAID.pcm))
            case jambonz.Note(_, kind, frame):
                self._noted(kind, frame)
            case jambonz.CallOver():
                self.recording.note("session_over")
                self._end("session over")
            case jambonz.AskWebhook():
                self._ask_webhook(effect)
            case jambonz.AbandonWebhook():
                pass  # its answer finds nobody
            case jambonz.InvitePhone() | jambonz.CancelInvite() | jambonz.CallCreated() | jambonz.CallRefused():
                raise ScriptError(f"it calls somebody, which no recording does: {type(effect).__name__}")
            case other:
                assert_never(other)

    def _noted(self, kind: str, frame: Json) -> None:
        match kind:
            case "sip_response":
                self.recording.note("sip_response", status=frame["status"], **({"x_reason": frame["x_reason"]} if "x_reason" in frame else {}))
            case "sip_bye" if frame["by"] == "jambonz":
                self.recording.note("sip_bye_sent", headers=frame["headers"])
            case "request_resolved" | "request_rejected" | "command_received":
                self.recording.note(kind, **frame)

    def _ask_webhook(self, order: jambonz.AskWebhook) -> None:
        """The webhook of the status says yes to everything; anywhere else nobody listens."""
        later = self._loop.call_later
        if not order.url.startswith(f"http://{WEBHOOK_HOST}/"):
            code = {"errno": -111, "code": "ECONNREFUSED", "syscall": "connect"}
            later(WEBHOOK_LATENCY_S, self.tell, jambonz.WebhookFailed(order.request, "ct", "connect ECONNREFUSED", code))
            return
        path = order.url.removeprefix(f"http://{WEBHOOK_HOST}")
        body = None if order.body is None else json.loads(order.body)
        self.recording.note("http_request", method=order.method, path=path, body=body)
        later(WEBHOOK_LATENCY_S, self.tell, jambonz.WebhookAnswered(order.request, 200, "", ""))

    # --- rules

    def _happened(self, on: str, frame: Any, conn: int | None) -> None:
        if self.recording.over:
            return
        if on == "to_app":
            self._msgids[frame["type"]] = frame["msgid"]
        fires = [rule for number, rule in enumerate(self.script.rules) if self._counts(number, rule, on, frame, conn)]
        for rule in fires:
            self._fire(rule, frame, conn)
        if on == "to_app" and not fires and frame["type"] in self.script.auto_ack:
            self._fire(Rule(on, None, None, None, [{"ack": None}]), frame, conn)

    def _fire(self, rule: Rule, frame: Any, conn: int | None) -> None:
        self._firings += 1
        if self._firings > MAX_FIRINGS:
            self._fail(ScriptError(f"its rules fire more than {MAX_FIRINGS} times: the one on {rule.on} feeds itself"))
            return
        task = asyncio.create_task(self._obey(rule, frame, conn))
        self._tasks.add(task)
        task.add_done_callback(self._obeyed)

    def _obeyed(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self.recording.over = True
        self._end("failure")

    def _counts(self, number: int, rule: Rule, on: str, frame: Any, conn: int | None) -> bool:
        if not rule.concerns(on, frame, conn):
            return False
        self._fired[number] = self._fired.get(number, 0) + 1
        return rule.nth is None or rule.nth == self._fired[number]

    def _filled(self, value: Any, msgid: str = "") -> Any:
        places = {"app_host": APP_HOST, "openai_host": OPENAI_HOST, "call_sid": self.call_sid, "msgid": msgid}
        return filled_in(value, places | {f"msgid:{kind}": last for kind, last in self._msgids.items()})

    async def _obey(self, rule: Rule, frame: Any, conn: int | None) -> None:
        msgid = str(frame.get("msgid", ""))
        for action in rule.actions:
            (name, value), *_ = action.items()
            value = self._filled(value, msgid)
            match name:
                case "wait":
                    await asyncio.sleep(value / 1000)
                case "ack":
                    ack = {"type": "ack", "msgid": msgid} | ({} if value is None else {"data": value})
                    await self._app.say(conn, compact(ack))
                case "app_send":
                    await self._app.say(conn, compact(value))
                case "app_send_text" | "app_send_binary":
                    await self._app.say(conn, value, binary=name == "app_send_binary")
                case "app_close":
                    await self._app.close(conn, None if value is True else value)
                case "app_terminate":
                    self._app.terminate(conn)
                case "openai_send":
                    self._model.say(value)
                case "openai_close":
                    self._model.close(None if value is True else value)
                case "openai_terminate":
                    self._model.close(None)
                case "caller_hangup":
                    self._caller_goes("caller_hangup", value if isinstance(value, dict) else {})
                case "caller_cancel":
                    self._caller_goes("caller_cancel", {})
                case "end":
                    self._end("end of script")
                case "request":
                    self._alone().request(value)
                    self.tell(Timeout())
                case "requestor_close":
                    self._alone().close()
                    self.tell(Timeout())
                case _:
                    raise AssertionError(f"no action {name!r} was let in")

    def _caller_goes(self, how: str, headers: Json) -> None:
        """At level 2 there is no call to end, only the verb."""
        self.recording.note(how)
        if self.script.level == 1:
            raise ScriptError(f"at level 1 there is no caller: {how}")
        if self.script.level == 2:
            self._server.call.now_s = self._loop.time()
            self._server.call.kill_verb()
            self.tell(Timeout())
            return
        self.tell(jambonz.CallerHungUp(headers))

    def _alone(self) -> RequestorAlone:
        if not isinstance(self.core, RequestorAlone):
            raise ScriptError(f"request and requestor_close belong to level 1, and this is level {self.script.level}")
        self.core.now_s = self._loop.time()
        return self.core


def compact(frame: Any) -> str:
    """A frame as an application writes it."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def play(path: Path) -> Recording:
    """Play the script at `path`. Raises `ScriptError` where it cannot be played."""
    return play_script(Script.read(path))


def play_script(script: Script) -> Recording:
    """Play a script. Raises `ScriptError` where it cannot be played."""
    loop = VirtualLoop()
    return run(loop, Playing(script, loop).play())


def ignored_in(script: Script) -> list[str]:
    """What stands in a script and has no effect here."""
    return [*script.ignored, *(f"env.{name}" for name in without_effect(script.env))]
