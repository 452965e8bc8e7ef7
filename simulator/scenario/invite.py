"""The call a scenario asks for, as the feature server takes it: the INVITE, the far end, the media server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator.ids import Ids
from simulator.jambonz.account import Account
from simulator.jambonz.events import ApiAsked
from simulator.jambonz.far_end import FarEnd, Referral
from simulator.jambonz.media import MediaServer
from simulator.jambonz.messages import CallInfo, Invite
from simulator.scenario.acts import AskApi
from simulator.scenario.load import CallSettings, Scenario
from simulator.world.phones import Manner, Phones


def invite_of(scenario: Scenario, ids: Ids, env_vars: Mapping[str, str], account: Account, who: str | None = None) -> Invite:
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
        account_sid=account.sid,
        application_sid=account.application_sid,
        originating_sip_ip="192.0.2.10",
        originating_sip_trunk_name="simulated-carrier",
    )
    known = {name: value for name, value in {**env_vars, **(call.env_vars or {})}.items() if value is not None}
    return Invite(info, caller_name=phone.caller_name, headers=dict(phone.headers), env_vars=known or None)


def create_body(scenario: Scenario, invite: Invite) -> dict[str, Any]:
    """What is sent to createCall of the REST API for an outbound call: the caller's phone is called."""
    call = scenario.call
    more = dict(call.create or {})
    application = {} if "call_hook" in more else {"application_sid": invite.info.application_sid}
    headers = {"headers": dict(call.headers)} if call.headers else {}
    return {"from": call.from_, "to": {"type": "phone", "number": call.to}, **application, **headers, **more}


METHODS = {"create": "POST", "update": "PUT", "delete": "DELETE", "get": "GET", "list": "GET"}


def api_request(act: AskApi, scenario: Scenario, account: Account, call_sid: str | None) -> ApiAsked:
    """What a step sends to the REST API. `create` calls a phone from the number of the application, which answers the call."""
    call, body = scenario.call, dict(act.body)
    if act.api == "create":
        ours, theirs = (call.to, call.from_) if call.direction == "inbound" else (call.from_, call.to)
        phone = theirs if act.who is None else scenario.phones[act.who].number
        application = {} if "call_hook" in body else {"application_sid": account.application_sid}
        body = {"from": ours, "to": {"type": "phone", "number": phone}, **application, **body}
    path = f"/v1/Accounts/{account.sid}/Calls" + ("" if call_sid is None else f"/{call_sid}")
    headers = {"authorization": f"Bearer {account.key}", "content-type": "application/json"}
    return ApiAsked(0, METHODS[act.api], path, {}, headers, json.dumps(body) if body else "", "scenario")


def phones_of(scenario: Scenario) -> Phones:
    """Everybody who can be called: those of `phones:`, and the caller of an outbound call."""
    numbers: dict[str | None, str] = {name: phone.number for name, phone in scenario.phones.items()}
    manners: dict[str | None, Manner] = {name: phone.answers.manner for name, phone in scenario.phones.items() if phone.answers is not None}
    if scenario.call.direction == "outbound":
        numbers[None] = scenario.call.to
        if scenario.call.answers is not None:
            manners[None] = scenario.call.answers.manner
    return Phones(numbers, manners)


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
