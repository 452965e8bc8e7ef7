"""Names that the application gives: of commands, hooks, verbs and tools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulator.jambonz.commands import COMMANDS
from simulator.scenario.hints.missed import Hint, Missed, meant
from simulator.scenario.near import is_name, nearest

HOOKS = (
    *("actionHook", "eventHook", "toolHook", "statusHook", "dtmfHook", "confirmHook"),
    *("onHoldHook", "waitHook", "enterHook", "transcriptionHook", "hook"),
)


def command(missed: Missed) -> Hint | None:
    name = missed.expectation.name
    if name is None:
        return None
    if any(verb.get("verb") == name for verb in missed.verbs()):
        return Hint(f"{name} is a verb, and the application has sent it among verbs", f"write expect: {{verbs: [..., {name}, ...]}}", certain=True)
    return meant(name, missed.names("command", "command"), COMMANDS, "command")


def hooks_of(verbs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Paths of hooks that verbs name, and which hook of which verb each is."""
    found: dict[str, str] = {}
    for verb in verbs:
        for name in HOOKS:
            hook = verb.get(name)
            path = hook.get("url") if isinstance(hook, Mapping) else hook
            if isinstance(path, str):
                found[path] = f"the {name} of {verb.get('verb')}"
    return found


def hook(missed: Missed) -> Hint | None:
    name = missed.expectation.name
    if name is None:
        return None
    named = hooks_of(missed.verbs())
    role = named.get(name)
    if role is not None and role.startswith("the eventHook"):
        return Hint(f"{name} is {role}: what happens there are events", "write expect: {event: …}", certain=True)
    if role is not None and role.startswith("the toolHook"):
        return Hint(
            f"{name} is {role}: what comes there are tool calls", "write expect: {tool_output: …} for what the application answers", certain=True
        )
    if role is not None:
        return Hint(f"{name} is {role}, and was never called", "let the verb come to its end first, or wait longer with `within`")
    called = missed.names("hook", "hook")
    if name in called:
        return None
    there = list(dict.fromkeys([*called, *named]))
    if (near := nearest(name, there)) is not None:
        return Hint(
            f"no verb of the application names the hook {name!r}, but {near!r} is {named.get(near, 'called')}",
            f"did you mean {near!r}?",
            certain=True,
        )
    known = f"it names {', '.join(there)}" if there else "it names none"
    return Hint(f"no verb of the application names the hook {name!r}: {known}", "", certain=bool(there))


def verbs(missed: Missed) -> Hint | None:
    pattern, sent = missed.expectation.pattern, {str(verb.get("verb")) for verb in missed.verbs()}
    for one in pattern if isinstance(pattern, list | tuple) else ():
        name = one if isinstance(one, str) else next(iter(one), None) if isinstance(one, Mapping) and "verb" not in one else None
        if isinstance(name, str) and name not in ("*", "...") and name not in sent and (near := nearest(name, sorted(sent))) is not None:
            return Hint(f"the application has sent no verb {name!r}, but {near!r}", f"did you mean {near!r}?")
    return None


# --- tools


def tools_of(missed: Missed) -> list[str]:
    """Names of the tools that the session at the model has, as far as the last frame about it tells."""
    for _, session in reversed(list(missed.values("session"))):
        tools = session.get("tools") if isinstance(session, Mapping) else None
        if isinstance(tools, list) and tools:
            return [str(tool["name"]) for tool in tools if isinstance(tool, dict) and "name" in tool]
    return []


def tool_output(missed: Missed) -> Hint | None:
    pattern, tools = missed.expectation.pattern, tools_of(missed)
    name = pattern.get("tool") if isinstance(pattern, Mapping) else None
    if isinstance(name, str) and (other := _no_such_tool(name, tools, f"no tool {name!r} is known to the session")) is not None:
        return other
    called = [
        frame.frame["data"].get("name") for frame in missed.frames if frame.source == "jambonz" and frame.kind in ("llm:tool-call", "agent:tool-call")
    ]
    for tool in called:
        if (other := _no_such_tool(str(tool), tools, f"a `model` step called {tool!r}, a tool that the session does not have")) is not None:
            return other
    wanted = any(frame.kind == "response.function_call_arguments.done" for frame in missed.frames)
    return None if called or wanted else Hint("the model has called no tool in this call", "let a `model: {call: …}` step come first")


def _no_such_tool(name: str, tools: list[str], said: str) -> Hint | None:
    if not tools or name in tools or not name.isidentifier():
        return None
    near = nearest(name, tools)
    return Hint(f"{said}; it has {', '.join(tools)}", f"did you mean {near!r}?" if near is not None else "", certain=True)


def frame(missed: Missed) -> Hint | None:
    """A link, a source or a kind of frame that does not exist, and resembles one that does."""
    there = {"link": [one.link for one in missed.frames], "from": [one.source for one in missed.frames], "kind": [one.kind for one in missed.frames]}
    for member, names in there.items():
        name = missed.expectation.pattern.get(member)
        if is_name(name) and (other := meant(name, dict.fromkeys(names), (), f"frame whose {member} is")) is not None:
            return other
    return None
