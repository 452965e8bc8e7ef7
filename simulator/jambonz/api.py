"""The REST API: requests in, answers out; what they want done is done to the calls of the server at once.

Source: jambonz.md 7.3; texts and order of the checks: jambonz-api-server (app.js, lib/auth, lib/routes/api/accounts.js, utils.js,
lib/routes/error.js). Inferred: a refusal of the feature server reaches the application with its status and its words, and `DELETE`
hangs up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from html import escape
from http import HTTPStatus
from typing import Any

from simulator.jambonz import update
from simulator.jambonz.account import Account
from simulator.jambonz.call import Call
from simulator.jambonz.events import ApiAnswered, ApiAsked, CallRefused, Effect, Note
from simulator.jambonz.exchange import Exchange
from simulator.jambonz.json_mistakes import mistake, unexpected_start

Json = dict[str, Any]

BODY_LIMIT_BYTES = 100 * 1024
"""What express.json() reads (its default)."""
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|0{8}(?:-0{4}){3}-0{12}", re.IGNORECASE)
CALLS = re.compile(r"/v1/Accounts/(?P<account>[^/]+)/Calls(?:/(?P<call>[^/]+))?/?")
COUNT = re.compile(r"/v1/Accounts/(?P<account>[^/]+)/CallCount/?")
OF_AN_ACCOUNT = (
    "Alerts|ApiKeys|Applications|BucketCredentialTest|Charges|Clients|Conferences|Limits|Messages|PhoneNumbers|PredefinedCarriers|Queues|"
    "RecentCalls|RegisteredSipUsers|SipRealms|SpeechCredentials|TtsCache|VoipCarriers|WebhookSecret"
)
NOT_SIMULATED = re.compile(
    rf"/v1/Accounts/[^/]+/(?:{OF_AN_ACCOUNT})(?:/.*)?|/v1/Accounts(?:/[^/]*)?/?|"
    r"/v1/(?:AppEnv|Applications|ApiKeys|Clients|Lcrs|LcrRoutes|LcrCarrierSetEntries|PhoneNumbers|Sbcs|ServiceProviders|SipGateways|SmppGateways|"
    r"SystemInformation|MicrosoftTeamsTenants|Users|VoipCarriers|Webhooks)(?:/.*)?"
)
"""What a real API has besides calls."""

SIP_REASONS = {
    200: "OK",
    202: "Accepted",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    415: "Unsupported Media Type",
    481: "Call/Transaction Does Not Exist",
    488: "Not Acceptable Here",
    500: "Server Internal Error",
    501: "Not Implemented",
    603: "Decline",
}

RIGHT_KEY = "send Authorization: Bearer and the key of the account, which stands in JAMBONZ_API_KEY"
RIGHT_ACCOUNT = "ask for the account in JAMBONZ_ACCOUNT_SID: it is the one of session:new"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: `body` as JSON, or `text`. `why` and `remedy` are for people, where the real server keeps them to itself."""

    status: int
    body: Any = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    remedy: str = ""


def plain(status: int, why: str = "", remedy: str = "", **headers: str) -> Answer:
    """Only a status, and its name as text (express `sendStatus`)."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        status, None, "" if status == 204 else HTTPStatus(status).phrase, {"content-type": "text/plain; charset=utf-8", **more}, why, remedy
    )


def message(status: int, text: str, remedy: str = "") -> Answer:
    """A refusal in words: `{msg}`."""
    return Answer(status, {"msg": text}, remedy=remedy)


def nowhere(method: str, path: str) -> Answer:
    """Express' own page for what is no route."""
    title = f"Cannot {method} {path}"
    head = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n'
    page = f"{head}<body>\n<pre>{escape(title)}</pre>\n</body>\n</html>\n"
    return Answer(404, None, page, {"content-type": "text/html; charset=utf-8"}, title, "calls are at /v1/Accounts/{account sid}/Calls")


class Api:
    """The API of one account; `exchange` has its calls, `effects` takes what is to be written down."""

    def __init__(self, account: Account, exchange: Exchange, effects: list[Effect]) -> None:
        self._account, self._exchange, self._effects = account, exchange, effects

    def receive(self, asked: ApiAsked) -> ApiAnswered:
        """Answer a request. What an application is refused is noted, with reason and remedy."""
        answer = self._answer(asked)
        if answer.status >= 400 and asked.by == "app":
            why = answer.why or (answer.body["msg"] if isinstance(answer.body, dict) else "")
            note = {"request": f"{asked.method} {asked.path}", "status": answer.status, "why": why, "remedy": answer.remedy}
            self._effects.append(Note("world", "api_refused", note))
        return ApiAnswered(asked.number, answer.status, answer.body, answer.text, dict(answer.headers))

    def _answer(self, asked: ApiAsked) -> Answer:
        body = _body(asked)
        if isinstance(body, Answer):
            return body
        path = asked.path
        if path != "/v1" and not path.startswith("/v1/"):
            return nowhere(asked.method, path)
        if (stranger := self._stranger(asked, body)) is not None:
            return stranger
        if (found := CALLS.fullmatch(path) or COUNT.fullmatch(path)) is not None:
            return self._calls(asked, found.groupdict(), body)
        if NOT_SIMULATED.fullmatch(path):
            what = f"{asked.method} {path} of the REST API"
            self._effects.append(Note("app", "not_simulated", {"what": what, "instead": "the answer is 404"}))
            return message(404, f"{what} is not simulated", f"stub it: {asked.method} {self._account.base_url}{path}")
        return nowhere(asked.method, path)

    def _stranger(self, asked: ApiAsked, body: Any) -> Answer | None:
        """Who has no key, or more than one (passport-http-bearer)."""
        header = asked.headers.get("authorization")
        tokens = [body["access_token"]] if isinstance(body, dict) and "access_token" in body else []
        tokens += [asked.query["access_token"]] if "access_token" in asked.query else []
        if header is not None:
            scheme, _, token = header.partition(" ")
            if not token or " " in token:
                return plain(400, "the Authorization header has not two parts", RIGHT_KEY)
            tokens += [token] if scheme.lower() == "bearer" else []
        if len(tokens) > 1:
            return plain(400, "there are several tokens: in the header, the query or the body", RIGHT_KEY)
        if not tokens:
            return plain(401, "no bearer token was sent", RIGHT_KEY, WWW_Authenticate='Bearer realm="Users"')
        if not compare_digest(str(tokens[0]).encode("utf-8", "surrogatepass"), self._account.key.encode()):
            return plain(401, "the token is not the key of the account", RIGHT_KEY, WWW_Authenticate='Bearer realm="Users", error="invalid_token"')
        return None

    # --- routes

    def _calls(self, asked: ApiAsked, sids: Mapping[str, str | None], body: Any) -> Answer:
        account, call_sid = str(sids["account"]), sids.get("call")
        match asked.method, call_sid:
            case ("POST" | "GET", None) | ("POST" | "PUT" | "GET" | "DELETE", str()):
                pass
            case _:
                return nowhere(asked.method, asked.path)
        if not UUID.fullmatch(account):
            return Answer(400, {"msg": "Bad request"}, why=f"{account!r} is no account sid: invalid AccountsSid format", remedy=RIGHT_ACCOUNT)
        if account != self._account.sid:
            return message(403, "insufficient permissions", RIGHT_ACCOUNT)
        if call_sid is None:
            return self._all(asked, body)
        if not UUID.fullmatch(call_sid):
            return Answer(400, {"msg": "Bad request"}, why=f"{call_sid!r} is no call sid: invalid CallsSid format", remedy="a call sid is a UUID")
        return self._one(asked.method, call_sid, body)

    def _all(self, asked: ApiAsked, body: Any) -> Answer:
        if COUNT.fullmatch(asked.path):
            return Answer(200, self._count()) if asked.method == "GET" else nowhere(asked.method, asked.path)
        return self._create(body) if asked.method == "POST" else Answer(200, self._list(asked.query))

    def _one(self, method: str, call_sid: str, body: Any) -> Answer:
        call = self._known().get(call_sid)
        options = body if isinstance(body, dict) else {}
        if method in ("PUT", "POST") and (wrong := update.problem(options)) is not None:
            return message(400, wrong, "send exactly one of the options of updateCall, whisper beside it if need be")
        if call is None:
            why = f"there is no call {call_sid}"
            if any(call.info.call_sid == call_sid for call in self._exchange.calls.values()):
                why = f"the API does not know call {call_sid} before its first status: `trying`, which comes after the ack of session:new"
            return plain(404, why, "take the sid of the answer to createCall or of session:new, once the call has a status")
        if method == "GET":
            return Answer(200, shown(call))
        if method == "DELETE":
            _end(call)
            return plain(204)
        return _update(call, options)

    def _known(self) -> dict[str, Call]:
        """By sid; calls that are over are still known for an hour."""
        return {call.info.call_sid: call for call in self._exchange.calls.values() if call.listed}

    def _list(self, query: Mapping[str, str]) -> list[Json]:
        """`callStatus` is that of the filter, `call_status` that of a call."""
        wanted = {name: query[name] for name in ("direction", "from", "to") if query.get(name)}
        wanted |= {"call_status": query["callStatus"]} if query.get("callStatus") else {}
        return [entry for entry in map(shown, self._known().values()) if all(entry.get(name) == value for name, value in wanted.items())]

    def _count(self) -> Json:
        running = [call.info.direction for call in self._known().values() if not call.over]
        return {"outbound": running.count("outbound"), "inbound": running.count("inbound")}

    def _create(self, body: Any) -> Answer:
        made = self._exchange.create(body if isinstance(body, dict) else {})
        if not isinstance(made, CallRefused):
            return Answer(201, {"sid": made.sid, "callId": made.call_id})
        if made.status == 500:
            return plain(500, f"the feature server refuses the call: {made.body['msg']}", "mend the body; the real API says nothing but this status")
        return Answer(made.status, made.body, remedy="mend the body of the request")


def _body(asked: ApiAsked) -> Any:
    """The body as express.json() reads it, before anybody asks for the key: `{}` unless it says that it is JSON."""
    if "json" not in asked.headers.get("content-type", "") or not asked.body:
        return {}
    if len(asked.body.encode("utf-8", "surrogatepass")) > BODY_LIMIT_BYTES:
        return message(413, "request entity too large", f"a body may have {BODY_LIMIT_BYTES} bytes")
    if not asked.body.lstrip(" \t\r\n").startswith(("{", "[")):
        return message(400, unexpected_start(asked.body), "send an object as JSON")
    try:
        return json.loads(asked.body)
    except json.JSONDecodeError as error:
        return message(400, mistake(asked.body, error), "send JSON")
    except (ValueError, RecursionError):
        return message(400, unexpected_start(asked.body), "send JSON")


def _update(call: Call, options: Json) -> Answer:
    sid = call.info.call_sid
    try:
        session = update.session_of(call, options)
    except update.Unfit as unfit:
        return message(unfit.status, unfit.text, "look at the status of the call first; the caller may just have hung up")
    if "sip_request" in options:
        session = call  # it goes to the very leg
        if call.answered_at_s is None:
            why = "the call is not answered, so there is nobody to send it to"
            return plain(500, why, "send it once the call is in-progress")
        update.carry_out(session, sid, options)
        status = session.far_end.answer(str(options["sip_request"]["method"]).upper()) or 408
        return Answer(200, {"status": status, "reason": SIP_REASONS.get(status, "")})
    update.carry_out(session, sid, options)
    return plain(202)


def _end(call: Call) -> None:
    if call.answered_at_s is None and call.info.direction == "outbound":
        call.cancel()
    else:
        call.hang_up("app")


def shown(call: Call) -> Json:
    """What is told of a call: its info as it last was, without what the application has tagged it with, and the server it is on."""
    return {name: value for name, value in call.info.payload().items() if name not in ("customerData", "headers")} | {
        "service_url": "http://10.0.0.5:3000"
    }
