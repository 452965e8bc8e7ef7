"""Tools: what the model is told about them, and what it is told by them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal

import pytest
from aiohttp import ClientSession
from jsonschema import Draft202012Validator

from app.settings import Settings
from app.tools import MAX_OUTPUT_BYTES, Context, Tool, ToolError, output_of, tool
from app.tools.weather import get_weather
from tests.app.acting import Weather


@tool
async def book_table(
    people: int,
    area: Literal["inside", "garden"],
    deposit: float = 0.0,
    vegan: bool = False,
    name: str | None = None,
    mood: Literal["quiet", "lively"] | None = None,
) -> dict[str, Any]:
    """Books a table
    for tonight.

    It can be cancelled until noon.

    Args:
        people: how many will come
        area: where they would like to sit,
            if the weather allows
        deposit: in euros
        vegan: whether only vegan food is wanted
        name: the caller's name: first name is enough
        mood: of the room

    Source: nowhere; the model does not read this.
    """
    return {"people": people, "area": area, "deposit": deposit, "vegan": vegan, "name": name, "mood": mood}


@pytest.fixture
async def context(weather: Weather) -> AsyncIterator[Context]:
    async with ClientSession() as http:
        yield Context(http, Settings(geocoding_url=weather.url, forecast_url=weather.url))


Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
def ask(context: Context) -> Ask:
    """What the model is told when it calls a tool."""

    async def asking(name: object, arguments: object, *tools: Tool) -> Any:
        return json.loads(await output_of(tools or (get_weather, book_table), name, arguments, context))

    return asking


def test_the_model_learns_a_tool_from_its_signature_and_docstring() -> None:
    assert book_table.definition() == {
        "type": "function",
        "name": "book_table",
        "description": "Books a table for tonight. It can be cancelled until noon.",
        "parameters": {
            "type": "object",
            "properties": {
                "people": {"type": "integer", "description": "how many will come"},
                "area": {"type": "string", "enum": ["inside", "garden"], "description": "where they would like to sit, if the weather allows"},
                "deposit": {"type": "number", "description": "in euros"},
                "vegan": {"type": "boolean", "description": "whether only vegan food is wanted"},
                "name": {"type": ["string", "null"], "description": "the caller's name: first name is enough"},
                "mood": {"type": ["string", "null"], "enum": ["quiet", "lively", None], "description": "of the room"},
            },
            "required": ["people", "area"],
            "additionalProperties": False,
        },
    }


@pytest.mark.parametrize("described", [get_weather, book_table])
def test_the_schema_of_every_tool_is_one(described: Tool) -> None:
    Draft202012Validator.check_schema(described.parameters)


async def no_docstring(context: Context) -> None: ...


async def undescribed(context: Context, place: str) -> None:
    """Looks."""


async def untyped(context: Context, place) -> None:  # type: ignore[no-untyped-def]
    """Looks.

    Args:
        place: where
    """


async def misplaced(place: str, context: Context) -> None:
    """Looks.

    Args:
        place: where
        context: comes first, or not at all
    """


async def strange_type(context: Context, places: list[str]) -> None:
    """Looks.

    Args:
        places: where
    """


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (misplaced, "tool misplaced, parameter context: .*Context'> has no JSON schema here"),
        (no_docstring, "tool no_docstring: the model needs a docstring"),
        (undescribed, "tool undescribed: parameter place needs a type and a line under 'Args:'"),
        (untyped, "tool untyped: parameter place needs a type"),
        (strange_type, r"tool strange_type, parameter places: list\[str\] has no JSON schema here"),
    ],
)
def test_a_function_that_says_too_little_is_no_tool(function: Callable[..., Awaitable[None]], text: str) -> None:
    with pytest.raises(TypeError, match=text):
        tool(function)


async def test_arguments_reach_the_function_and_defaults_hold(ask: Ask) -> None:
    assert await ask("book_table", {"people": 2, "area": "garden", "name": None}) == {
        "people": 2,
        "area": "garden",
        "deposit": 0.0,
        "vegan": False,
        "name": None,
        "mood": None,
    }


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"people": "two", "area": "garden"}, "people: 'two' is not of type 'integer'"),
        ({"people": True, "area": "garden"}, "people: True is not of type 'integer'"),
        ({"people": 2, "area": "roof"}, "area: 'roof' is not one of ['inside', 'garden']"),
        ({"people": 2}, "arguments: 'area' is a required property"),
        ({"people": 2, "area": "garden", "dog": 1}, "arguments: Additional properties are not allowed ('dog' was unexpected)"),
        (["garden"], "The arguments of book_table must be an object."),
        (None, "The arguments of book_table must be an object."),
        ("{}", "The arguments of book_table must be an object."),
    ],
)
async def test_arguments_that_do_not_fit_are_told_to_the_model(ask: Ask, arguments: object, problem: str) -> None:
    answer = await ask("book_table", arguments)
    assert list(answer) == ["error"]
    assert problem in answer["error"]


@pytest.mark.parametrize("name", ["get_wether", None, 5, "", "x" * 100_000])
async def test_an_unknown_tool_is_told_to_the_model(ask: Ask, name: object) -> None:
    answer = await ask(name, {})
    assert answer["error"].startswith("There is no tool called ")
    assert len(answer["error"]) <= 500


async def test_a_tool_that_takes_too_long_is_told_to_the_model(context: Context) -> None:
    stopped = asyncio.Event()

    @tool
    async def dawdle() -> None:
        """Never answers."""
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    impatient = Context(context.http, Settings(tool_timeout_s=0))
    assert json.loads(await output_of([dawdle], "dawdle", {}, impatient)) == {"error": "dawdle took too long to answer."}
    assert stopped.is_set()


async def raising(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ToolError("The kitchen is closed."), "The kitchen is closed."),
        (ZeroDivisionError("in the kitchen"), "cook failed for a reason that is not known."),
        (TimeoutError(), "cook took too long to answer."),
    ],
)
async def test_a_tool_that_raises_is_told_to_the_model(ask: Ask, error: Exception, told: str) -> None:
    @tool
    async def cook() -> None:
        """Cooks."""
        await raising(error)

    assert await ask("cook", {}, cook) == {"error": told}


@pytest.mark.parametrize("result", [float("nan"), object(), {1, 2}, "x" * MAX_OUTPUT_BYTES, "\x00" * (MAX_OUTPUT_BYTES // 5)])
async def test_a_result_that_cannot_be_sent_is_told_to_the_model(ask: Ask, result: object) -> None:
    @tool
    async def cook() -> object:
        """Cooks."""
        return result

    assert list(await ask("cook", {}, cook)) == ["error"]


async def test_the_weather_is_asked_for_at_the_place(ask: Ask, weather: Weather) -> None:
    answer = await ask("get_weather", {"location": "Berlin", "scale": "fahrenheit"})
    assert answer == {
        "place": "Berlin, Germany",
        "temperature": 21.4,
        "temperature_unit": "fahrenheit",
        "wind_speed": 9.7,
        "wind_speed_unit": "km/h",
    }
    assert weather.asked == [
        ("/v1/search", {"name": "Berlin", "count": "1", "language": "en", "format": "json"}),
        (
            "/v1/forecast",
            {"latitude": "52.52", "longitude": "13.42", "current": "temperature_2m,wind_speed_10m", "temperature_unit": "fahrenheit"},
        ),
    ]


@pytest.mark.parametrize("name", ["São Paulo", "A&B=C", "Sankt Gallen/+#?", "東京", ""])
async def test_a_name_reaches_the_weather_service_as_it_is(ask: Ask, weather: Weather, name: str) -> None:
    answer = await ask("get_weather", {"location": name, "scale": "celsius"})
    assert answer == {"error": f"No place called {name!r} is known. Try the name of the city alone, in English."}
    assert weather.asked[0][1]["name"] == name


async def test_a_forecast_that_says_little_is_enough(ask: Ask, weather: Weather) -> None:
    weather.places = {"Berlin": {"latitude": 52, "longitude": 13}}
    weather.current = {"temperature_2m": -3, "wind_speed_10m": 0}
    answer = await ask("get_weather", {"location": "Berlin", "scale": "celsius"})
    assert (answer["place"], answer["temperature"], answer["wind_speed"]) == ("Berlin", -3, 0)


NONSENSE = {"error": "The weather service gave an answer that makes no sense."}


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (503, "", {"error": "The weather service does not work right now: it answered with HTTP status 503."}),
        (400, '{"error": true, "reason": "x"}', {"error": "The weather service does not work right now: it answered with HTTP status 400."}),
        (200, "<html>", NONSENSE),
        (200, "", NONSENSE),
        (200, "[]", NONSENSE),
        (200, '{"results": "Berlin"}', NONSENSE),
        (200, '{"results": [{"name": "Berlin"}]}', NONSENSE),
        (200, '{"results": [{"latitude": "52", "longitude": true}]}', NONSENSE),
        (200, '{"results": [{"latitude": NaN, "longitude": 1}]}', NONSENSE),
        (200, '{"results": ["Berlin"]}', NONSENSE),
    ],
)
async def test_a_weather_service_that_fails_is_told_to_the_model(ask: Ask, weather: Weather, status: int, body: str, told: Any) -> None:
    weather.status, weather.body = status, body
    assert await ask("get_weather", {"location": "Berlin", "scale": "celsius"}) == told


@pytest.mark.parametrize(("current", "known"), [(None, False), ({}, True), ({"temperature_2m": None, "wind_speed_10m": 1}, True)])
async def test_a_forecast_without_weather_is_told_to_the_model(ask: Ask, weather: Weather, current: object, known: bool) -> None:
    weather.current = current
    answer = await ask("get_weather", {"location": "Berlin", "scale": "celsius"})
    assert answer == (NONSENSE if known else {"error": "The weather service gave no current weather for this place."})


async def test_a_weather_service_that_cannot_be_reached_is_told_to_the_model(context: Context) -> None:
    nowhere = Context(context.http, Settings(geocoding_url="http://127.0.0.1:1"))
    answer = await output_of([get_weather], "get_weather", {"location": "Berlin", "scale": "celsius"}, nowhere)
    assert json.loads(answer) == {"error": "The weather service could not be reached."}
