"""The messages a feature server sends to an application: arguments in, message out, nothing else.

Every message has `type`, `msgid`, and `data` (an object); `call_sid` once a `session:new` was sent on the socket; `hook` and
`b3` where noted. What is unknown is absent, never null. Source: feature-server 389c65e2, ws-requestor.js:190-209.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from simulator.errors import SimulatorError
from simulator.jambonz.snakecase import snake_cased

Json = dict[str, Any]

NO_TRACE = "0" * 32
B3_WHEN_TRACING_IS_OFF = f"{NO_TRACE}-{'0' * 16}-1"

WANTS_NO_ACK = frozenset(
    {
        "call:status",
        "verb:status",
        "jambonz:error",
        "llm:event",
        "llm:tool-call",
        "agent:event",
        "agent:tool-call",
        "tts:streaming-event",
        "tts:tokens-result",
    }
)
"""Messages nobody waits for (ws-requestor.js:16-24); everything else wants an acknowledgement."""

NAMES_ITS_HOOK = frozenset({"verb:hook", "dial:confirm", "session:redirect", "llm:event", "llm:tool-call", "agent:event", "agent:tool-call"})
"""Messages whose envelope has `hook` (ws-requestor.js:195-209)."""


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What jambonz knows of a call; the base of almost every payload.

    Source: call-info.js:135-172. Order and presence as there; `duration_s` and `call_termination_by` once the call has ended.
    """

    call_sid: str
    direction: Literal["inbound", "outbound"]
    from_: str
    to: str
    call_id: str
    sbc_callid: str
    account_sid: str
    application_sid: str
    sip_status: int = 100
    sip_reason: str = "Trying"
    call_status: str = "trying"
    trace_id: str = NO_TRACE
    fs_sip_address: str = "10.0.0.5:5060"
    caller_id: str | None = None
    parent_call_sid: str | None = None
    originating_sip_ip: str | None = None
    originating_sip_trunk_name: str | None = None
    fs_public_ip: str | None = None
    call_termination_by: str | None = None
    duration_s: int | None = None
    customer_data: Any = None
    headers: Json | None = None

    def changed(self, **changes: Any) -> CallInfo:
        """A copy with these members changed."""
        return replace(self, **changes)

    def payload(self) -> Json:
        """The members as they stand in a payload, `duration` in whole seconds."""
        members: Json = {
            "call_sid": self.call_sid,
            "direction": self.direction,
            "from": self.from_,
            "to": self.to,
            "call_id": self.call_id,
            "sbc_callid": self.sbc_callid,
            "sip_status": self.sip_status,
            "sip_reason": self.sip_reason,
            "call_status": self.call_status,
            "caller_id": self.caller_id,
            "account_sid": self.account_sid,
            "trace_id": self.trace_id,
            "application_sid": self.application_sid,
            "fs_sip_address": self.fs_sip_address,
            "parent_call_sid": self.parent_call_sid,
            "originating_sip_ip": self.originating_sip_ip,
            "originating_sip_trunk_name": self.originating_sip_trunk_name,
            "call_termination_by": self.call_termination_by,
            "duration": self.duration_s,
            "customerData": self.customer_data,
            "headers": snake_cased(self.headers) if self.headers else None,
            "fs_public_ip": self.fs_public_ip,
        }
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Invite:
    """The caller and the application that was dialled: everything `session:new` is made of."""

    info: CallInfo
    caller_name: str = ""
    service_provider_sid: str = "simulated-provider"
    host: str = "sip.example.com"
    headers: dict[str, str] = field(default_factory=dict)
    env_vars: Json | None = None
    synthesizer: Json = field(default_factory=lambda: {"vendor": "google", "language": "en-US", "voice": "en-US-Standard-C"})
    recognizer: Json = field(default_factory=lambda: {"vendor": "google", "language": "en-US"})


def camel_cased(info: CallInfo) -> Json:
    """The call info as JavaScript has it, for whom no key is snake-cased: the first message on an audio websocket (listen.js:154)."""
    return {first + "".join(part.title() for part in rest): value for (first, *rest), value in _split_keys(info.payload())}


def _split_keys(payload: Json) -> list[tuple[list[str], Any]]:
    return [(key.split("_"), value) for key, value in payload.items()]


def sip_request(invite: Invite) -> Json:
    """The INVITE as the SIP parser gives it: `{headers, raw, body, method, version, uri, payload}`.

    Header names the parser knows are lower case, `X-*` keep theirs (drachtio-srf lib/sip-parser/parser.js:25-37).
    """
    info, host = invite.info, invite.host
    local = info.fs_sip_address
    body = (
        "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 101\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
    )
    name = f'"{invite.caller_name}" ' if invite.caller_name else ""
    headers = {
        "via": "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK-1",
        "from": f"{name}<sip:{info.from_}@{host}>;tag=from-1",
        "to": f"<sip:{info.to}@{host}>",
        "call-id": info.call_id,
        "cseq": "1 INVITE",
        "max-forwards": "70",
        "contact": "<sip:10.0.0.9:5060>",
        "content-type": "application/sdp",
        "X-Account-Sid": info.account_sid,
        "X-Application-Sid": info.application_sid,
        "X-CID": info.sbc_callid,
    }
    if info.originating_sip_ip:
        headers["X-Forwarded-For"] = info.originating_sip_ip
    if info.originating_sip_trunk_name:
        headers["X-Originating-Carrier"] = info.originating_sip_trunk_name
    headers |= invite.headers
    headers["content-length"] = str(len(body))
    uri = f"sip:{info.to}@{local}"
    lines = [f"INVITE {uri} SIP/2.0", *(f"{_title(key)}: {value}" for key, value in headers.items()), "", body]
    return {
        "headers": headers,
        "raw": "\r\n".join(lines),
        "body": body,
        "method": "INVITE",
        "version": "2.0",
        "uri": uri,
        "payload": [{"type": "application/sdp", "content": body}],
    }


def _title(header: str) -> str:
    special = {"call-id": "Call-ID", "cseq": "CSeq"}
    return special.get(header, "-".join(part[:1].upper() + part[1:] for part in header.split("-")))


def session_new_data(invite: Invite) -> Json:
    """`data` of an inbound `session:new`; also, stale, of every later `session:reconnect` of the call.

    Source: middleware.js:447-452 (the call info's instance fields, hence `local_sip_address` and `public_ip`). The caller's name
    stands as in the From header, in its quotes (recording `call_session_new_extras`).
    """
    data: Json = {
        "sip": sip_request(invite),
        **raw_call_info(invite, invite.info),
        "service_provider_sid": invite.service_provider_sid,
        "defaults": {"synthesizer": invite.synthesizer, "recognizer": invite.recognizer},
        "env_vars": invite.env_vars,
    }
    return {name: value for name, value in data.items() if value is not None}


def raw_call_info(invite: Invite, info: CallInfo) -> Json:
    """The instance fields of the call info, which a few messages carry instead of its JSON form (jambonz.md 2.3, 2.4)."""
    data: Json = {
        "direction": info.direction,
        "trace_id": info.trace_id,
        "has_recording": False,
        "caller_name": f'"{invite.caller_name}"' if invite.caller_name else "",
        "call_sid": info.call_sid,
        "account_sid": info.account_sid,
        "application_sid": info.application_sid,
        "from": info.from_,
        "to": info.to,
        "call_id": info.call_id,
        "sip_status": info.sip_status,
        "sip_reason": info.sip_reason,
        "call_status": info.call_status,
        "sbc_callid": info.sbc_callid,
        "originating_sip_ip": info.originating_sip_ip,
        "originating_sip_trunk_name": info.originating_sip_trunk_name,
        "local_sip_address": info.fs_sip_address,
        "public_ip": info.fs_public_ip,
        "call_termination_by": info.call_termination_by,
        "duration": info.duration_s,
        "customerData": info.customer_data,
    }
    return {name: value for name, value in data.items() if value is not None}


def outbound_session_new_data(invite: Invite) -> Json:
    """`data` of the `session:new` of an outbound call, sent when it is answered: no `sip`, no `service_provider_sid` (rest_dial.js:83-99)."""
    defaults = {"synthesizer": invite.synthesizer, "recognizer": invite.recognizer}
    return {**invite.info.payload(), **({"env_vars": invite.env_vars} if invite.env_vars else {}), "defaults": defaults}


def adulting_data(info: CallInfo, parent: CallInfo) -> Json:
    """`data` of `session:adulting`: the call info of both legs, without `sip` (place-outdial.js:457-494)."""
    return {**info.payload(), "parent_call_info": parent.payload()}


def call_status_data(info: CallInfo) -> Json:
    """`data` of `call:status`: the call info; a duration exactly when the call has completed (0 is a duration).

    Source: call-info.js `toJSON`, call-session.js:3141-3153.
    """
    if info.duration_s is not None and info.call_status != "completed":
        raise SimulatorError(f"call:status {info.call_status!r} with a duration: only a completed call has one")
    return info.payload()


def verb_status_data(event: str, name: str, verb_id: Any = None) -> Json:
    """`data` of `verb:status` from the loop: `{event, id?, name}`. Source: call-session.js:3173."""
    return {"event": event, **({} if verb_id is None else {"id": verb_id}), "name": name}


def tool_call_data(tool_call_id: str, name: str, args: Any) -> Json:
    """`data` of `llm:tool-call`. Source: tasks/llm/index.js:130."""
    return {"tool_call_id": tool_call_id, "name": name, "args": args}


def invalid_message_data(details: str, content: str) -> Json:
    """`data` of `jambonz:error` for a malformed frame; `content` is the raw frame. Source: ws-requestor.js:513-534."""
    return {"msg": "InvalidMessage", "details": details, "content": content}
