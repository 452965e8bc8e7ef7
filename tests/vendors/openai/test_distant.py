"""Where a real model is, and with whose key it is opened: decided without any socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import UsageError
from simulator.jambonz.events import ConnectModel
from simulator.vendors.openai.distant import DistantDebts, DistantModel, distant_model

KEY = "sk-operator-00000000"
ASKED = ConnectModel("api.openai.com", "/v1/realtime?model=gpt-realtime-mini", {"authorization": "Bearer sk-application-00000"})


def test_openai_itself_is_opened_with_the_key_of_our_environment() -> None:
    model = distant_model("openai", {"OPENAI_API_KEY": f" {KEY}\n"})
    dialled = model.dialled(ASKED, "ga")
    assert dialled.url == "wss://api.openai.com/v1/realtime?model=gpt-realtime-mini"
    assert dialled.headers == {"authorization": f"Bearer {KEY}"}
    assert dialled.whose == "OPENAI_API_KEY"


def test_another_endpoint_gets_the_key_of_the_application() -> None:
    dialled = distant_model("wss://models.example/v1/realtime", {"OPENAI_API_KEY": KEY}).dialled(ASKED, "ga")
    assert dialled.url == "wss://models.example/v1/realtime?model=gpt-realtime-mini"
    assert (dialled.headers["authorization"], dialled.whose) == ("Bearer sk-application-00000", "the application")


def test_another_endpoint_may_have_a_key_of_its_own() -> None:
    dialled = distant_model("wss://models.example/v1/realtime", {"JAMBONZ_SIM_MODEL_KEY": KEY}).dialled(ASKED, "ga")
    assert (dialled.headers["authorization"], dialled.whose) == (f"Bearer {KEY}", "JAMBONZ_SIM_MODEL_KEY")


def test_a_model_that_the_url_names_is_the_model() -> None:
    dialled = distant_model("wss://models.example/v1/realtime?model=mine&x=1", {}).dialled(ASKED, "ga")
    assert dialled.url == "wss://models.example/v1/realtime?model=mine&x=1"


def test_a_deployment_of_azure_is_the_model_elsewhere_and_its_key_goes_into_a_header() -> None:
    asked = ConnectModel(
        "a.openai.azure.com", "/openai/realtime?api-version=2024-10-01-preview&deployment=mini&api-key=azure-key-0000", {}, "microsoft"
    )
    dialled = DistantModel("wss://models.example/v1/realtime").dialled(asked, "ga")
    assert dialled.url == "wss://models.example/v1/realtime?model=mini"
    assert dialled.headers == {"authorization": "Bearer azure-key-0000"}


def test_a_server_of_the_beta_dialect_is_asked_for_it() -> None:
    assert DistantModel("wss://models.example/").dialled(ASKED, "beta").headers["openai-beta"] == "realtime=v1"


def test_only_headers_of_openai_go_along() -> None:
    asked = ConnectModel("h", "/p", {"openai-organization": "org", "cookie": "c", "host": "evil"})
    assert DistantModel("wss://models.example/").dialled(asked, "ga").headers == {"openai-organization": "org"}


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ("openai", "no OPENAI_API_KEY"),
        ("gpt-realtime", "no Realtime endpoint"),
        ("https://api.openai.com/v1/realtime", "no Realtime endpoint"),
        ("wss://", "no Realtime endpoint"),
        ("wss://[::1/", "no URL"),
        ("wss://host:99999/", "no URL"),
        ("wss://user:secret@models.example/", "holds a user or a password"),
        ("ws://models.example/v1/realtime", "unencrypted"),
        ("ws://127.0.0.1.models.example/", "unencrypted"),
    ],
)
def test_what_cannot_be_dialled_is_refused_before_the_call(named: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as refused:
        distant_model(named, {})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1:8089", "localhost", "[::1]:1", "127.9.9.9"])
def test_this_machine_may_be_spoken_to_without_tls(host: str) -> None:
    assert distant_model(f"ws://{host}/v1/realtime", {}).url == f"ws://{host}/v1/realtime"


def test_a_key_that_would_break_a_header_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError, match="characters that no key has") as refused:
        distant_model("openai", {"OPENAI_API_KEY": "sk-abc\r\nX-Evil: 1"})
    assert "sk-abc" not in str(refused.value)


def test_certificates_to_trust_are_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        distant_model("wss://models.example/", {}, tmp_path / "ca.pem")


def test_keys_are_not_shown() -> None:
    model = distant_model("openai", {"OPENAI_API_KEY": KEY})
    assert KEY not in repr(model)
    assert KEY not in repr(model.dialled(ASKED, "ga"))
    assert model.name == "wss://api.openai.com/v1/realtime"


def test_who_owes_what() -> None:
    debts = DistantDebts()
    debts.heard({"type": "response.created", "response": {"id": "resp_1"}}, 1.0)
    debts.heard({"type": "response.output_item.done", "item": {"type": "function_call", "call_id": "call_1", "name": "find"}}, 2.0)
    assert debts.owed == {"the client owes the output of find (call_1)": 2.0, "the model owes the end of resp_1": 1.0}
    debts.heard({"type": "response.done", "response": {"id": "resp_1"}}, 3.0)
    debts.said({"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "call_1"}})
    assert debts.owed == {}
