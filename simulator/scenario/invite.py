"""The call a scenario asks for, as the feature server takes it: the INVITE, the far end, the media server."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.ids import Ids
from simulator.jambonz.far_end import FarEnd, Referral
from simulator.jambonz.media import MediaServer
from simulator.jambonz.messages import CallInfo, Invite
from simulator.scenario.load import CallSettings, Scenario


def invite_of(scenario: Scenario, ids: Ids, env_vars: Mapping[str, str], who: str | None = None) -> Invite:
    """Who calls whom, with sids of the scenario's seed; its own `env_vars` go over those configured, null takes one away.

    `who` names the phone that calls; without it, it is the caller of `call:`.
    """
    call = scenario.call
    phone = call if who is None else scenario.phones[who]
    info = CallInfo(
        call_sid=ids.uuid("call_sid"),
        direction="inbound",
        from_=phone.from_ if isinstance(phone, CallSettings) else phone.number,
        to=call.to,
        call_id=ids.uuid("call_id"),
        sbc_callid=ids.uuid("sbc_callid"),
        account_sid=ids.uuid("account_sid"),
        application_sid=ids.uuid("application_sid"),
        originating_sip_ip="192.0.2.10",
        originating_sip_trunk_name="simulated-carrier",
    )
    known = {name: value for name, value in {**env_vars, **(call.env_vars or {})}.items() if value is not None}
    return Invite(info, caller_name=phone.caller_name, headers=dict(phone.headers), env_vars=known or None)


def far_end_of(scenario: Scenario) -> FarEnd:
    """What the caller's side answers to the requests of jambonz."""
    sip = scenario.sip
    written = {"INFO": sip.info, "MESSAGE": sip.message}
    statuses = {method: status if isinstance(status, int) else None for method, status in written.items()}
    return FarEnd(Referral(sip.refer.status, tuple(sip.refer.notify), sip.refer.after_s), statuses, scenario.sms)


def media_of(scenario: Scenario) -> MediaServer:
    """The speech services of jambonz."""
    speech = scenario.speech
    return MediaServer(tts_failure=speech.synthesis_fails, confidence=speech.confidence, synthesis_ms=round(speech.synthesis_s * 1000))
