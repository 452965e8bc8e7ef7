"""How things fail that are nobody's mistake: refused connections, expired sessions, failed responses (openai-realtime.md 1.5, 7.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulator.vendors.openai.errors import Problem
from simulator.vendors.openai.events import Fail, Json, Trouble

# --- the server will not go on (1.5) -----------------------------------------------------------------------------------

QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
    "read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
)
NO_MODEL = "You must provide a model parameter, for example wss://api.openai.com/v1/realtime?model=gpt-realtime-1.5"
NO_BETA = "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API."
MISSING_KEY = "missing_authentication"
"""Our name for the refusal whose code is null on the wire."""


@dataclass(frozen=True, slots=True)
class Fatal:
    """An `error` event and the close that follows it in the same instant."""

    problem: Problem
    close_code: int

    @property
    def reason(self) -> str:
        problem = self.problem
        if problem.code == "session_expired":
            return problem.message
        return problem.type if problem.code is None else f"{problem.type}.{problem.code}"


def refusal(code: str, subject: str = "", message: str | None = None) -> Fatal:
    """The refusal of this code; `subject` is the key, the model or the intent it is about. Unknown codes close 4000."""
    text, close_code = {
        "invalid_api_key": (
            f"Incorrect API key provided: {masked(subject)}. You can find your API key at https://platform.openai.com/account/api-keys.",
            3000,
        ),
        MISSING_KEY: ("Missing bearer or basic authentication in header", 3000),
        "invalid_model": (f'Model "{subject}" is not supported in realtime mode.', 4000),
        "missing_model": (NO_MODEL, 4000),
        "invalid_intent": (f"Invalid intent {subject}", 4000),
        "invalid_parameter": ("You must not provide a model parameter for transcription sessions.", 4000),
        "beta_api_shape_disabled": (NO_BETA, 4000),
        "insufficient_quota": (QUOTA, 1013),
    }.get(code, (f"The session was refused: {code}.", 4000))
    kind = "insufficient_quota" if code == "insufficient_quota" else "invalid_request_error"
    return Fatal(Problem(None if code == MISSING_KEY else code, message or text, type=kind), close_code)


def expired(limit_s: float, message: str | None = None) -> Fatal:
    return Fatal(Problem("session_expired", message or f"Your session hit the maximum duration of {limit_s / 60:g} minutes."), 1001)


def quota_gone(failure: Json) -> Fatal:
    """What follows a response that failed for want of money (7.4)."""
    return Fatal(Problem(failure["code"], failure["message"], type=failure["type"]), 1013)


def masked(key: str) -> str:
    """Eight characters, stars, four characters; of a short key less is shown."""
    return f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}" if len(key) > 14 else f"{key[:2]}{'*' * 8}"


# --- a response fails (7.4) and trouble out of the blue (8) --------------------------------------------------------------

INCOMPLETE = ("content_filter", "max_output_tokens")
"""Codes of `Fail` that end a response `incomplete` instead of `failed`."""
BILLING = ("insufficient_quota", "credit_balance_exhausted")
"""Codes of `Fail` after which the server closes."""


def failure(fail: Fail, model: str, session_id: str) -> Json:
    """`status_details.error` of a failed response: type, code and message."""
    kind, message = "server_error", f"The response failed: {fail.code}."
    code: str | None = fail.code
    match fail.code:
        case "rate_limit_exceeded" if fail.type == "requests":
            used_up = "requests per day (RPD): Limit 1000, Used 1000, Requested 1"
            kind, message = "requests", _rate_limit(model, used_up, fail.try_again_in or "1m26.4s")
        case "rate_limit_exceeded":
            used_up = "tokens per min (TPM): Limit 40000, Used 34514, Requested 6665"
            kind, message = "tokens", _rate_limit(model, used_up, fail.try_again_in or "1.768s")
        case "insufficient_quota" | "credit_balance_exhausted":
            kind, message = "insufficient_quota", QUOTA
        case "model_not_found":
            kind, message = "invalid_request_error", f"The model `{model}` does not exist or you do not have access to it."
        case "inference_rate_limit_exceeded":
            kind, message = "invalid_request_error", f"Rate limit is exceeded. Try again in {fail.try_again_in or '20s'}."
        case "server_error":
            code, message = (
                None,
                (
                    "The server had an error while processing your request. Sorry about that! You can retry your request, or contact us through our "
                    f"help center at help.openai.com if the error persists. (Please include the session ID {session_id} in your message.)"
                ),
            )
    return {"type": fail.type or kind, "code": code, "message": fail.message or message}


def _rate_limit(model: str, used_up: str, try_again_in: str) -> str:
    return (
        f"Rate limit reached for {model} in organization org-X on {used_up}. Please try again in {try_again_in}. "
        "Visit https://platform.openai.com/account/rate-limits to learn more."
    )


def trouble(said: Trouble, session_id: str) -> Problem:
    """The `error` event a scenario asks for. Code None and `server_error` are the same thing: the wire says null."""
    if said.code in (None, "server_error"):
        text = (
            "The server had an error while processing your request. Sorry about that! Please contact us through our help center at help.openai.com "
            f"if the error persists. (include session ID in your message: {session_id}). We recommend you retry your request."
        )
        problem = Problem(None, text, type="server_error")
    elif said.code in BILLING:
        problem = Problem(said.code, QUOTA, type="insufficient_quota")
    elif said.code == "session_expired":
        problem = expired(3600).problem
    elif said.code == "rate_limit_exceeded":
        problem = Problem(said.code, "Rate limit reached. Please try again later.", type="requests")
    else:
        problem = Problem(said.code, f"The server reports {said.code}.")
    return replace(problem, type=said.type or problem.type, message=said.message or problem.message, param=said.param)
