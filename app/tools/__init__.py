"""Tools: what the assistant can do for the caller.

A typed async function is a tool. The model learns its arguments from the signature and the docstring; a first parameter
that is a `Context` is not for the model but for the function:

    @tool
    async def find_table(context: Context, people: int, area: Literal["inside", "garden"] = "inside") -> dict[str, Any]:
        '''Finds a free table.

        Args:
            people: how many will come
            area: where they would like to sit
        '''

What it returns is written as JSON. Something the caller should hear about is raised as `ToolError`, in words.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from app.settings import Settings

if TYPE_CHECKING:
    from aiohttp import ClientSession
    from jsonschema.protocols import Validator

log = logging.getLogger(__name__)

MAX_OUTPUT_BYTES = 16 * 1024
"""Of a tool's output as JSON: with its envelope it must stay below the 24 KiB that jambonz accepts in one frame."""


class ToolError(Exception):
    """Something went wrong that the model should know; the text is written for it to talk about."""


@dataclass(frozen=True, slots=True)
class Context:
    """What tools share: one HTTP session for the whole process, and the settings."""

    http: ClientSession
    settings: Settings


@dataclass(frozen=True)
class Tool:
    """A function as the model sees it; `parameters` is the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    function: Callable[..., Awaitable[Any]]

    def definition(self) -> dict[str, Any]:
        """The flat form both dialects want (protocol/openai-realtime.md 6.1)."""
        return {"type": "function", "name": self.name, "description": self.description, "parameters": dict(self.parameters)}

    @cached_property
    def validator(self) -> Validator:
        # Imported at the first tool call: the application starts a tenth of a second sooner without it.
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self.parameters)

    def check(self, arguments: object) -> dict[str, Any]:
        """The arguments, if they fit the schema; raises ToolError with everything that does not."""
        if not isinstance(arguments, dict):
            raise ToolError(f"The arguments of {self.name} must be an object.")
        problems = [f"{'.'.join(map(str, error.path)) or 'arguments'}: {error.message}" for error in self.validator.iter_errors(arguments)]
        if problems:
            raise ToolError(f"The arguments of {self.name} do not fit. {'; '.join(problems)}")
        return arguments


def tool(function: Callable[..., Awaitable[Any]]) -> Tool:
    """Makes a tool of a function; raises TypeError where the function says too little about itself."""
    name = function.__name__
    description, about = _documentation(function)
    hints = get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.values())
    wants_context = bool(parameters) and hints.get(parameters[0].name) is Context
    if wants_context:
        del parameters[0]
    if not description:
        raise TypeError(f"tool {name}: the model needs a docstring that says what the tool does")
    properties: dict[str, Any] = {}
    for parameter in parameters:
        if parameter.name not in hints or parameter.name not in about:
            raise TypeError(f"tool {name}: parameter {parameter.name} needs a type and a line under 'Args:'")
        schema = _schema(hints[parameter.name], f"tool {name}, parameter {parameter.name}")
        properties[parameter.name] = schema | {"description": about[parameter.name]}
    required = [parameter.name for parameter in parameters if parameter.default is inspect.Parameter.empty]
    parameters_schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return Tool(name, description, parameters_schema, function if wants_context else lambda _, **arguments: function(**arguments))


async def output_of(tools: Sequence[Tool], name: object, arguments: object, context: Context) -> str:
    """Runs a tool for the model and returns the output as JSON text, whatever happens: a problem becomes `{"error": ...}`."""
    try:
        return _written(await _result_of(tools, name, arguments, context))
    except ToolError as error:
        return _error(str(error))
    except TimeoutError:
        return _error(f"{name} took too long to answer.")
    except Exception:
        log.exception("tool %r failed", name)
        return _error(f"{name} failed for a reason that is not known.")


async def _result_of(tools: Sequence[Tool], name: object, arguments: object, context: Context) -> Any:
    for candidate in tools:
        if candidate.name == name:
            checked = candidate.check(arguments)
            async with asyncio.timeout(context.settings.tool_timeout_s):
                return await candidate.function(context, **checked)
    raise ToolError(f"There is no tool called {name}. There is: {', '.join(known.name for known in tools)}.")


def _error(text: str) -> str:
    # Cut, because it may quote what the model sent, at any length.
    return json.dumps({"error": text[:500]}, ensure_ascii=False)


def _written(result: object) -> str:
    text = json.dumps(result, ensure_ascii=False, allow_nan=False)
    if len(json.dumps(text)) > MAX_OUTPUT_BYTES:
        raise ToolError("The answer is too long to be passed on.")
    return text


_JSON_TYPES: dict[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def _schema(annotation: Any, where: str) -> dict[str, Any]:
    if annotation in _JSON_TYPES:
        return {"type": _JSON_TYPES[annotation]}
    if get_origin(annotation) is Literal:
        values = list(get_args(annotation))
        kinds = list(dict.fromkeys(_JSON_TYPES[type(value)] for value in values))
        return {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": values}
    if get_origin(annotation) in (Union, UnionType):
        members = [_schema(member, where) for member in get_args(annotation) if member is not NoneType]
        if len(members) == 1:
            return _or_null(members[0])
    raise TypeError(f"{where}: {annotation} has no JSON schema here; use str, int, float, bool, Literal, or one of them with None")


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"type": [schema["type"], "null"]} | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


_SECTION = re.compile(r"^[A-Z]\w*:", re.MULTILINE)
_ARGS = re.compile(r"^Args:\n((?:[ \t]+.*\n?|\n)*)", re.MULTILINE)
_ARGUMENT = re.compile(r"^(?P<indent>[ ]{4})(?P<name>\w+): (?P<text>.*(?:\n[ ]{8,}.*)*)", re.MULTILINE)


def _documentation(function: Callable[..., object]) -> tuple[str, dict[str, str]]:
    """What the docstring says before its first section (`Args:`, `Source:`, ...), and about each argument."""
    text = inspect.getdoc(function) or ""
    section = _SECTION.search(text)
    description = " ".join(text[: section.start() if section else None].split())
    arguments = _ARGS.search(text)
    found = _ARGUMENT.finditer(arguments.group(1)) if arguments else ()
    return description, {match["name"]: " ".join(match["text"].split()) for match in found}
