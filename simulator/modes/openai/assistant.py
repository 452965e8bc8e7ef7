"""The default assistant: helpful enough to develop against. It calls a tool of the session when it is named, and otherwise talks.

It understands names, not language: `get_weather` is named by "get weather", or by "weather" when no other tool's name has
that word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from simulator.modes.openai.arguments import Arguments
from simulator.modes.openai.minds import says
from simulator.modes.openai.plans import Plan
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.events import Json
from simulator.vendors.openai.prompt import Prompt

WORD = re.compile(r"[^\W_]+")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "by",
        "call",
        "check",
        "create",
        "do",
        "fetch",
        "find",
        "for",
        "from",
        "function",
        "get",
        "in",
        "list",
        "look",
        "lookup",
        "make",
        "my",
        "new",
        "of",
        "on",
        "query",
        "read",
        "retrieve",
        "run",
        "search",
        "send",
        "set",
        "show",
        "the",
        "to",
        "tool",
        "up",
        "update",
        "use",
        "with",
    ]
)
"""Words of tool names that name no tool by themselves."""
LONGEST_OUTPUT = 200
GREETING = "Hello! How can I help you?"


class Assistant:
    """The mind that answers where nothing else was said."""

    def __init__(self, seed: int | str = 0) -> None:
        self._arguments = Arguments(seed)

    def begins(self) -> Plan:
        return Plan()

    def answers(self, prompt: Prompt) -> Plan:
        return Plan(answer=self._answer(prompt))

    def _answer(self, prompt: Prompt) -> openai.Answer:
        output, said = prompt.tool_output, prompt.said
        tool = wanted(prompt)
        if tool is not None:
            arguments = self._arguments.of(tool.get("parameters"), said or "")
            if arguments is not None:
                return openai.Answer((openai.CallTool(tool["name"], json.dumps(arguments, ensure_ascii=False)),))
            return says(f"I would call {tool['name']}, but I found no arguments that fit its schema.")
        if output is not None:
            return says(f"The answer is: {spoken(output)}")
        if said is None:
            return says(GREETING)
        if not said:
            return says("I can hear you, but I cannot make out any words.")
        return says(f"You said: {said}")


def wanted(prompt: Prompt) -> Json | None:
    """The function to call now: the one that is forced, or that the last turn names; None to talk."""
    functions = [tool for tool in prompt.tools if tool["type"] == "function"]
    choice = prompt.tool_choice
    answered = prompt.tool_output is not None
    if isinstance(choice, dict):
        return None if answered else next((tool for tool in functions if tool["name"] == choice.get("name")), None)
    if choice == "none" or answered or not functions:
        return None
    return named(prompt.said or "", functions) or (functions[0] if choice == "required" else None)


def named(text: str, functions: Sequence[Json]) -> Json | None:
    """The function whose whole name is in the text; else the only one of which a telling word is."""
    said = words_of(text)
    telling: list[Json] = []
    for function in functions:
        name = words_of(function["name"])
        if name and any(said[at : at + len(name)] == name for at in range(len(said))):
            return function
        if any(word in said for word in name if word not in COMMON):
            telling.append(function)
    return telling[0] if len(telling) == 1 else None


def words_of(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(CAMEL.sub(" ", text))]


def spoken(output: str) -> str:
    """What a tool returned, to be said: the values of a JSON object by name, anything else as it is."""
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        value = output
    if isinstance(value, dict):
        value = ", ".join(f"{' '.join(words_of(str(name)))} {_plain(member)}" for name, member in value.items())
    text = _plain(value) or "nothing"
    return text if len(text) <= LONGEST_OUTPUT else f"{text[:LONGEST_OUTPUT].rsplit(' ', 1)[0]} and so on"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
