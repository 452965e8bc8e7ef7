"""Settings of the process and of one call."""

from __future__ import annotations

import pytest

from app.settings import Settings, SettingsError, app_env_vars
from tests.app.acting import KEY


def test_without_any_variable_the_defaults_hold() -> None:
    assert Settings.from_environ({}) == Settings()
    assert Settings().openai_realtime == "ga"
    assert (Settings().host, Settings().ws_port) == ("127.0.0.1", 3000)


def test_every_variable_is_read() -> None:
    settings = Settings.from_environ(
        {
            "OPENAI_API_KEY": f" {KEY}\n",
            "OPENAI_REALTIME": "Beta",
            "OPENAI_MODEL": "gpt-4o-realtime-preview",
            "OPENAI_EVENTS": "response.done, error,",
            "GEOCODING_URL": "http://localhost:8080/geo/",
            "FORECAST_URL": "https://weather.example",
            "TOOL_TIMEOUT_S": "2.5",
            "HOST": "0.0.0.0",
            "WS_PORT": "0",
            "LOGLEVEL": "debug",
        }
    )
    expected = Settings(
        KEY,
        "beta",
        "gpt-4o-realtime-preview",
        ("response.done", "error"),
        "http://localhost:8080/geo",
        "https://weather.example",
        2.5,
        "0.0.0.0",
        0,
        "DEBUG",
    )
    assert settings == expected


@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_an_empty_variable_counts_as_not_set(empty: str) -> None:
    names = ("OPENAI_API_KEY", "OPENAI_REALTIME", "OPENAI_MODEL", "GEOCODING_URL", "TOOL_TIMEOUT_S", "HOST", "WS_PORT", "LOGLEVEL")
    assert Settings.from_environ(dict.fromkeys(names, empty)) == Settings()
    assert Settings(openai_api_key=KEY).for_call({"OPENAI_API_KEY": empty}) == Settings(openai_api_key=KEY)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("OPENAI_REALTIME", "gamma", "OPENAI_REALTIME is 'gamma'; allowed: ga, beta"),
        ("WS_PORT", "http", "WS_PORT is 'http'; allowed: a port number from 0 to 65535"),
        ("WS_PORT", "65536", "WS_PORT is '65536'; allowed: a port number from 0 to 65535"),
        ("WS_PORT", "-1", "WS_PORT is '-1'; allowed: a port number from 0 to 65535"),
        ("WS_PORT", "\u0663", "WS_PORT is '\u0663'; allowed: a port number from 0 to 65535"),
        ("TOOL_TIMEOUT_S", "5s", "TOOL_TIMEOUT_S is '5s'; allowed: a number of seconds above 0, such as 5 or 2.5"),
        ("TOOL_TIMEOUT_S", "0", "TOOL_TIMEOUT_S is '0'; allowed: a number of seconds above 0, such as 5 or 2.5"),
        ("TOOL_TIMEOUT_S", "nan", "TOOL_TIMEOUT_S is 'nan'; allowed: a number of seconds above 0, such as 5 or 2.5"),
        ("LOGLEVEL", "loud", "LOGLEVEL is 'loud'; allowed: DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("FORECAST_URL", "api.open-meteo.com", "FORECAST_URL is 'api.open-meteo.com'; allowed: an absolute http:// or https:// URL without query"),
        ("OPENAI_API_KEY", "two words", "OPENAI_API_KEY is not shown here; allowed: visible ASCII characters without spaces, quotes and backslashes"),
        ("OPENAI_REALTIME", KEY, "OPENAI_REALTIME is not shown here; allowed: ga, beta"),
    ],
)
def test_a_value_that_means_nothing_is_refused_with_what_is_allowed(name: str, value: str, text: str) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_environ({name: value})
    assert str(error.value) == text


def test_a_call_brings_its_own_variables() -> None:
    settings = Settings(openai_api_key="sk-server").for_call({"OPENAI_API_KEY": KEY, "OPENAI_REALTIME": "beta", "OPENAI_MODEL": "m", "GREETING": 5})
    assert settings == Settings(openai_api_key=KEY, openai_realtime="beta", openai_model="m")


def test_a_call_without_variables_has_those_of_the_process() -> None:
    assert Settings(openai_api_key=KEY).for_call(None) == Settings(openai_api_key=KEY)


def test_a_call_cannot_send_the_tools_elsewhere() -> None:
    assert Settings().for_call({"FORECAST_URL": "http://169.254.169.254", "TOOL_TIMEOUT_S": "900"}) == Settings()


@pytest.mark.parametrize("env_vars", [[], "OPENAI_API_KEY", {"OPENAI_API_KEY": 5}, {"OPENAI_REALTIME": "gamma"}])
def test_variables_of_a_call_that_mean_nothing_are_refused(env_vars: object) -> None:
    with pytest.raises(SettingsError):
        Settings().for_call(env_vars)


def test_the_key_is_not_part_of_how_settings_look() -> None:
    assert KEY not in repr(Settings(openai_api_key=KEY))


def test_the_portal_is_told_what_a_call_may_set() -> None:
    variables = app_env_vars(Settings())
    assert list(variables) == ["OPENAI_API_KEY", "OPENAI_REALTIME", "OPENAI_MODEL", "OPENAI_EVENTS"]
    assert variables["OPENAI_API_KEY"] == {
        "type": "string",
        "description": "OpenAI API key with access to the Realtime API",
        "required": True,
        "obscure": True,
    }
    assert variables["OPENAI_REALTIME"]["enum"] == ["ga", "beta"]


def test_the_portal_need_not_ask_for_a_key_that_the_server_has() -> None:
    variables = app_env_vars(Settings(openai_api_key=KEY, openai_model="gpt-realtime-mini"))
    assert variables["OPENAI_API_KEY"]["required"] is False
    assert variables["OPENAI_MODEL"]["default"] == "gpt-realtime-mini"
    assert KEY not in repr(variables)
