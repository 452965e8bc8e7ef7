"""The weather, from open-meteo.com: free, without a key."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from aiohttp import ClientError

from app.tools import Context, ToolError, tool


@tool
async def get_weather(context: Context, location: str, scale: Literal["celsius", "fahrenheit"]) -> dict[str, Any]:
    """Gets the current temperature and wind at a place.

    Args:
        location: the name of the city or place alone, without region or country, for example Berlin
        scale: the temperature scale to answer in

    Source: open-meteo.com/en/docs/geocoding-api and open-meteo.com/en/docs.
    """
    place = await _place(context, location)
    weather = await _get(
        context,
        f"{context.settings.forecast_url}/v1/forecast",
        {
            "latitude": str(_number(place, "latitude")),
            "longitude": str(_number(place, "longitude")),
            "current": "temperature_2m,wind_speed_10m",
            "temperature_unit": scale,
        },
    )
    current = weather.get("current")
    if not isinstance(current, Mapping):
        raise ToolError("The weather service gave no current weather for this place.")
    units = weather.get("current_units")
    return {
        "place": ", ".join(part for part in (place.get("name"), place.get("country")) if isinstance(part, str) and part) or location,
        "temperature": _number(current, "temperature_2m"),
        "temperature_unit": scale,
        "wind_speed": _number(current, "wind_speed_10m"),
        "wind_speed_unit": (units.get("wind_speed_10m") if isinstance(units, Mapping) else None) or "km/h",
    }


async def _place(context: Context, location: str) -> Mapping[str, Any]:
    """The best match for a name. An unknown place has no `results` at all, or an empty list."""
    found = await _get(
        context,
        f"{context.settings.geocoding_url}/v1/search",
        {"name": location, "count": "1", "language": "en", "format": "json"},
    )
    match found.get("results"):
        case [dict() as place, *_]:
            return place
        case None | []:
            raise ToolError(f"No place called {location!r} is known. Try the name of the city alone, in English.")
        case _:
            raise ToolError("The weather service gave an answer that makes no sense.")


async def _get(context: Context, url: str, query: dict[str, str]) -> Mapping[str, Any]:
    try:
        async with context.http.get(url, params=query) as response:
            if response.status != 200:
                raise ToolError(f"The weather service does not work right now: it answered with HTTP status {response.status}.")
            # Whatever the content type says: what counts is whether it can be read.
            answer = await response.json(content_type=None)
    except ClientError as error:
        raise ToolError("The weather service could not be reached.") from error
    except ValueError as error:
        raise ToolError("The weather service gave an answer that makes no sense.") from error
    if not isinstance(answer, dict):
        raise ToolError("The weather service gave an answer that makes no sense.")
    return answer


def _number(source: Mapping[str, Any], name: str) -> float:
    match source.get(name):
        case bool():
            pass
        case int() | float() as number if math.isfinite(number):
            return number
    raise ToolError("The weather service gave an answer that makes no sense.")
