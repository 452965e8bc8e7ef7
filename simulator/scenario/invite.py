"""The call a scenario asks for, as the feature server's INVITE."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.ids import Ids
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
