"""Who plays a script: the caller, the application's hook and the media server, as the script sets them."""

from __future__ import annotations

from simulator.ids import Ids
from simulator.jambonz.environment import Environment
from simulator.jambonz.hook import Hook
from simulator.jambonz.media import MediaServer
from simulator.jambonz.messages import CallInfo, Invite
from simulator.jambonz.profile import profile_named
from simulator.jambonz.server import FeatureServer
from simulator.speech import Speech
from tests.fidelity.app_server import HOST, PORT
from tests.fidelity.model import PassThrough
from tests.fidelity.script import Json, Script

APP_HOST = f"{HOST}:{PORT}"
WEBHOOK_HOST = "127.0.0.1:3002"
PLAYED_S = 0.07
"""How long anything lasts that is said or played: in the recordings the media server is a stand-in for which every file is this long."""

SAID = Speech("", bytes(2 * round(8_000 * PLAYED_S)))
SYNTHESIZER = {"vendor": "deepgram", "language": "en-US", "voice": "aura-asteria-en"}
RECOGNIZER = {"vendor": "deepgram", "language": "en-US"}


def hook_of(call: Json) -> Hook:
    """Where the application is."""
    return Hook.parse(f"ws://{APP_HOST}{call.get('hook_path', '/app')}", call.get("username"), call.get("password"))


def invite_of(call: Json, call_sid: str) -> Invite:
    """The caller's INVITE."""
    info = CallInfo(
        call_sid=call_sid,
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
    return Invite(
        info,
        caller_name=call.get("caller_name") or "",
        service_provider_sid="provider-1",
        headers=call.get("sip_headers") or {},
        env_vars=call.get("env_vars"),
        synthesizer=SYNTHESIZER,
        recognizer=RECOGNIZER,
    )


def server_for(script: Script, ids: Ids, call_sid: str) -> FeatureServer:
    """The feature server with the one call of the script."""
    call = script.call
    return FeatureServer(
        hook=hook_of(call),
        invite=invite_of(call, call_sid),
        profile=profile_named("0.9.8"),
        ids=ids,
        status_hook=status_hook(call),
        environment=Environment.of(script.env),
        media=media_server(call),
    )


def media_server(call: Json) -> MediaServer:
    """The media server of the recordings."""
    return MediaServer(
        module=lambda _: PassThrough(),
        speak=lambda _: SAID,
        tts_failure=call.get("tts_fails"),
        available=not call.get("no_media_server"),
    )


def status_hook(call: Json) -> str | None:
    """Where `call:status` goes: to the application's own socket, nowhere, or to a webhook."""
    hook: str | None = call.get("status_hook", "")
    return f"http://{WEBHOOK_HOST}/status" if hook == "http" else hook
