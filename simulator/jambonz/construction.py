"""Verbs that pass the check of 0.9.8 and still cannot be constructed: what the real server throws then.

Only what throws while the list is converted stands here; what fails once a verb runs belongs to the verb.
Source: feature server 389c65e2, `tasks/make_task.js` and the constructors it calls; protocol/jambonz.md 3.2, 6.1, 8.1.
Inferred: constructors of verbs the protocol notes do not describe (dub, conference) and the engine's own TypeErrors,
read in neighbouring commits of the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.jambonz import javascript
from simulator.jambonz.refusal import Refusal
from simulator.jambonz.table import table

Data = Mapping[str, Any]


def failure(name: str, data: object, path: str) -> Refusal | None:
    """Why a verb that passed the check cannot be constructed, or None when it can. `path` is where `data` stands."""
    if name not in table().verbs:
        return Refusal(f"invalid jambonz verb '{name}'", path, f"0.9.8 checks {name!r} but has nothing to carry it out with")
    if data is None:
        return Refusal("Cannot read properties of null (reading 'actionHook')", path, f"write {{}} for a {name} without properties")
    if not isinstance(data, dict | list):
        return Refusal("malformed jambonz application payload", path, f"{name} should be an object")
    properties = data if isinstance(data, dict) else {}
    own = _OWN.get(name)
    problem = own(properties, path) if own else None
    return problem or _nested_failure(name, properties, path)


def _nested_failure(name: str, data: Data, path: str) -> Refusal | None:
    """Some verbs construct the verbs nested in them at once: they fail with them."""
    for nested in _NESTED.get(name, ()):
        if not javascript.truthy(data.get(nested)):
            continue
        several = isinstance(data[nested], list) and nested == "dub"
        for position, item in enumerate(data[nested] if several else [data[nested]]):
            problem = failure(nested, item, f"{path}.{nested}" + (f"[{position}]" if several else ""))
            if problem is not None:
                return problem
    return None


def _say(data: Data, path: str) -> Refusal | None:
    text = data.get("text")
    if not isinstance(text, str | list) and data.get("stream") is not True:
        return Refusal("Say: either text or stream:true is required", path, "add text, or stream: true")
    if isinstance(text, list):
        return _starts_with("text", text, f"{path}.text")
    return None


def _dub(data: Data, path: str) -> Refusal | None:
    if not data.get("track"):
        return Refusal("TaskDub: track is required", f"{path}.track", "give the track a name")
    return None


def _transcribe(data: Data, path: str) -> Refusal | None:
    """The constructor reads `recognizer.asrTimeout` without asking whether there is a recognizer (transcribe.js)."""
    if data.get("recognizer") is None:
        of = "null" if "recognizer" in data else "undefined"
        return Refusal(f"Cannot read properties of {of} (reading 'asrTimeout')", path, "add recognizer: {vendor: default}")
    return None


def _conference(data: Data, path: str) -> Refusal | None:
    if not data.get("name"):
        return Refusal("conference name required", f"{path}.name", "give the conference a name")
    return None


def _llm(data: Data, path: str) -> Refusal | None:
    vendor = data["vendor"]
    if vendor not in _VENDORS:
        return Refusal(f"Unsupported vendor {vendor} for LLM", f"{path}.vendor", f"0.9.8 knows {', '.join(_VENDORS)}")
    problem = _VENDORS[vendor](data, path)
    if problem is None and isinstance(data.get("events"), list):
        return _starts_with("evt", data["events"], f"{path}.events")
    return problem


def _openai(data: Data, path: str) -> Refusal | None:
    """`llmOptions.response_create` must be there, though null passes (and is sent as null)."""
    if not _has(data.get("auth"), "apiKey"):
        return _required("auth.apiKey", "OpenAI S2S", path)
    if data["vendor"] == "microsoft" and not _has(data.get("connectOptions"), "host"):
        text = "connectionOptions.host is required for Microsoft OpenAI S2S"
        return Refusal(text, path, "the text misnames it: the property is connectOptions.host")
    return _options_problem(data["llmOptions"], "response_create", "response.create", "OpenAI S2S", path)


def _google(data: Data, path: str) -> Refusal | None:
    if not _has(data.get("auth"), "apiKey"):
        return _required("auth.apiKey", "Google S2S", path)
    problem = _options_problem(data["llmOptions"], "setup", "setup", "Google S2S", path)
    if problem is None and _get(data["llmOptions"], "setup") is None:
        return Refusal("Cannot read properties of null (reading 'generationConfig')", f"{path}.llmOptions.setup", "give an object")
    return problem


def _voice_agent(data: Data, path: str) -> Refusal | None:
    if not _has(data.get("auth"), "apiKey"):
        return _required("auth.apiKey", "VoiceAgent S2S", path)
    problem = _options_problem(data["llmOptions"], "Settings", "Settings", "VoiceAgent S2S", path)
    if problem is not None:
        return problem
    settings = _get(data["llmOptions"], "Settings")
    if settings is None:
        return Refusal("Cannot destructure property 'audio' of 'Settings' as it is null.", f"{path}.llmOptions.Settings", "give an object")
    agent = _get(settings, "agent")
    think = _get(agent, "think")
    for missing, where in ((agent, "agent"), (think, "agent.think")):
        if not javascript.truthy(missing):
            return _required(f"llmOptions.Settings.{where}", "VoiceAgent S2S", path)
    for key in ("model", "type"):
        if not _has(_get(think, "provider"), key):
            return _required(f"llmOptions.Settings.agent.think.provider.{key}", "VoiceAgent S2S", path)
    return None


def _elevenlabs(data: Data, path: str) -> Refusal | None:
    if not _has(data.get("auth"), "agent_id"):
        return _required("auth.agent_id", "Elevenlabs S2S", path)
    return _null_options(data["llmOptions"], "conversation_initiation_client_data", path)


def _ultravox(data: Data, path: str) -> Refusal | None:
    return None if _has(data.get("auth"), "apiKey") else _required("auth.apiKey", "Vendor: Ultravox", path)


def _options_problem(options: object, key: str, told: str, maker: str, path: str) -> Refusal | None:
    if options is None:
        return _null_options(options, key, path)
    if not isinstance(options, dict) or key not in options or javascript.type_of(options[key]) != "object":
        text = f"llmOptions with an initial {told} is required for {maker}"
        return Refusal(text, f"{path}.llmOptions", f"the property is llmOptions.{key}, an object")
    return None


def _null_options(options: object, key: str, path: str) -> Refusal | None:
    if options is not None:
        return None
    text = f"Cannot destructure property '{key}' of 'this.data.llmOptions' as it is null."
    return Refusal(text, f"{path}.llmOptions", "give an object")


def _required(what: str, maker: str, path: str) -> Refusal:
    return Refusal(f"{what} is required for {maker}", path, f"add {what}")


def _starts_with(variable: str, items: list[Any], path: str) -> Refusal | None:
    """The constructor calls `startsWith` on every item; the text is the engine's, with the name of its variable."""
    for position, item in enumerate(items):
        if item is None:
            return Refusal("Cannot read properties of null (reading 'startsWith')", f"{path}[{position}]", "give text")
        if not isinstance(item, str):
            return Refusal(f"{variable}.startsWith is not a function", f"{path}[{position}]", "give text")
    return None


def _get(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _has(value: object, key: str) -> bool:
    return javascript.truthy(_get(value, key))


_NESTED: Mapping[str, tuple[str, ...]] = {
    "gather": ("say", "play"),
    "dial": ("listen", "transcribe", "dub"),
    "listen": ("transcribe",),
}
_OWN: Mapping[str, Callable[[Data, str], Refusal | None]] = {
    "say": _say,
    "dub": _dub,
    "conference": _conference,
    "llm": _llm,
    "transcribe": _transcribe,
}
_VENDORS: Mapping[str, Callable[[Data, str], Refusal | None]] = {
    "openai": _openai,
    "microsoft": _openai,
    "voiceagent": _voice_agent,
    "deepgram": _voice_agent,
    "ultravox": _ultravox,
    "elevenlabs": _elevenlabs,
    "google": _google,
}
