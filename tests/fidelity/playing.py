"""Plays one script against our feature server on the virtual clock, and records what was exchanged."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from pathlib import Path
from typing import Any, Protocol, assert_never

from simulator.ids import Ids
from simulator.jambonz import events as jambonz
from simulator.jambonz.hook import Hook
from simulator.jambonz.media import MediaServer
from simulator.jambonz.messages import CallInfo, Invite
from simulator.jambonz.profile import profile_named
from simulator.jambonz.server import FeatureServer
from simulator.link import AppLinks
from simulator.network import Alarm, VirtualLoop, run
from simulator.script import Timeout
from simulator.speech import Speech
from tests.fidelity.app_server import HOST, PORT, ScriptedApp
from tests.fidelity.model import PassThrough, ScriptedModel
from tests.fidelity.parts import RequestorAlone, verb_alone
from tests.fidelity.recording import Recording
from tests.fidelity.script import Json, Rule, Script, filled_in

APP_HOST = f"{HOST}:{PORT}"
OPENAI_HOST = "openai.test:3001"
PLAYED_S = 0.07
"""How long anything lasts that is said or played: in the recordings the media server is a stand-in for which every file is this long."""

SAID = Speech("", bytes(2 * round(8_000 * PLAYED_S)))
SYNTHESIZER = {"vendor": "deepgram", "language": "en-US", "voice": "aura-asteria-en"}
RECOGNIZER = {"vendor": "deepgram", "language": "en-US"}
DEFAULT_ACK_TIMEOUT_MS = 5_000


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
        self.recording = Recording(loop.time, {APP_HOST: "app_host", OPENAI_HOST: "openai_host"})
        self._agenda: deque[Any] = deque()
        self._working = False
        self._fired: dict[int, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._msgids: dict[str, str] = {}
        self._ended = asyncio.Event()
        self._end_reason = "end of script"

    async def play(self) -> Recording:
        """From the first frame to the last."""
        self.recording.on_note = lambda note: self._happened("note", note, None)
        self._app = ScriptedApp(self.script.app, self.recording, self._happened)
        self._model = ScriptedModel(self.script.openai, self.recording, lambda on, frame: self._happened(on, frame, None), self.tell)
        await self._app.start()
        self._alarm = Alarm(lambda _: self.tell(Timeout()))
        self._links = AppLinks(self.tell, lambda *_: None)
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
        return self.recording

    # --- who plays

    def _actors(self) -> tuple[Core, Any]:
        call = self.script.call
        ack_timeout_s = int(self.script.env.get("JAMBONES_WS_API_MSG_RESPONSE_TIMEOUT", DEFAULT_ACK_TIMEOUT_MS)) / 1000
        hook = Hook.parse(f"ws://{APP_HOST}{call.get('hook_path', '/app')}", call.get("username"), call.get("password"))
        self.call_sid = self.ids.uuid("call_sid")
        if self.script.level == 1:
            return RequestorAlone(hook, self.ids, ack_timeout_s, self.recording), None
        info = CallInfo(
            call_sid=self.call_sid,
            direction="inbound",
            from_=str(call.get("from", "15550001111")),
            to=str(call.get("to", "15550002222")),
            call_id="call-id-1",
            sbc_callid="sbc-call-id-1",
            account_sid="account-1",
            application_sid="application-1",
            originating_sip_ip="192.0.2.10",
            originating_sip_trunk_name="carrier-one",
            fs_public_ip=call.get("public_ip"),
        )
        invite = Invite(
            info,
            caller_name=call.get("caller_name", ""),
            service_provider_sid="provider-1",
            headers=call.get("sip_headers") or {},
            env_vars=call.get("env_vars"),
            synthesizer=SYNTHESIZER,
            recognizer=RECOGNIZER,
        )
        server = FeatureServer(
            hook=hook,
            invite=invite,
            profile=profile_named("0.9.8"),
            ids=self.ids,
            status_hook=status_hook(call),
            ack_timeout_s=ack_timeout_s,
            media=jambonz_media(call),
        )
        if self.script.level == 2:
            server.call.requestor.call_sid = self.call_sid
            server.call.start(verb_alone(server.call, self._filled(self.script.verb), self._verb_done))
            return server, Timeout()
        return server, jambonz.Invited()

    def _verb_done(self) -> None:
        self.recording.note("verb_done")
        self._end("verb done")

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
            case jambonz.InvitePhone() | jambonz.CancelInvite() | jambonz.CallCreated() | jambonz.CallRefused():
                raise AssertionError(f"no recording calls anybody: {effect}")
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

    # --- rules

    def _happened(self, on: str, frame: Any, conn: int | None) -> None:
        if self.recording.over:
            return
        if on == "to_app":
            self._msgids[frame["type"]] = frame["msgid"]
        fires = [rule for number, rule in enumerate(self.script.rules) if self._counts(number, rule, on, frame, conn)]
        for rule in fires:
            self._tasks.append(asyncio.create_task(self._obey(rule, frame, conn)))
        if on == "to_app" and not fires and frame["type"] in self.script.auto_ack:
            self._tasks.append(asyncio.create_task(self._obey(Rule(on, None, None, None, [{"ack": None}]), frame, conn)))

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
                    await self._app.close(conn, value)
                case "app_terminate":
                    self._app.terminate(conn)
                case "openai_send":
                    self._model.say(value)
                case "openai_close":
                    self._model.close(value)
                case "openai_terminate":
                    self._model.close(None)
                case "caller_hangup":
                    self.recording.note("caller_hangup")
                    self.tell(jambonz.CallerHungUp(value if isinstance(value, dict) else {}))
                case "caller_cancel":
                    self.recording.note("caller_cancel")
                    self.tell(jambonz.CallerHungUp())
                case "end":
                    self._end("end of script")
                case "request":
                    self._alone().request(value)
                    self.tell(Timeout())
                case "requestor_close":
                    self._alone().close()
                    self.tell(Timeout())
                case _:
                    raise ValueError(f"{self.script.name}: there is no action {name!r}")

    def _alone(self) -> RequestorAlone:
        assert isinstance(self.core, RequestorAlone)
        self.core.now_s = self._loop.time()
        return self.core


def jambonz_media(call: Json) -> MediaServer:
    """The media server of the recordings."""
    return MediaServer(
        module=lambda _: PassThrough(),
        speak=lambda _: SAID,
        tts_failure=call.get("tts_fails"),
        available=not call.get("no_media_server"),
    )


def status_hook(call: Json) -> str | None:
    """Where `call:status` goes: to the application's own socket, nowhere, or to a webhook."""
    hook = call.get("status_hook", "")
    return "http://webhook.test/status" if hook == "http" else hook


def compact(frame: Any) -> str:
    """A frame as an application writes it."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def play(path: Path) -> Recording:
    """Play the script at `path`."""
    loop = VirtualLoop()
    return run(loop, Playing(Script.read(path), loop).play())
