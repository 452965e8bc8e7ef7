"""Profile 10: what the published JSON Schemas accept."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from simulator.jambonz.profile import V10
from simulator.jambonz.schema import Refusal, VerbData, normalize


def ready(verbs: object) -> list[VerbData]:
    result = normalize(verbs, V10)
    assert isinstance(result, list), f"refused: {result}"
    return result


def refused(verbs: object) -> Refusal:
    result = normalize(verbs, V10)
    assert isinstance(result, Refusal), f"accepted: {result}"
    return result


def test_profile_10_accepts_the_commercial_verbs() -> None:
    assert ready([{"verb": "agent", "llm": {"vendor": "openai"}}])[0].name == "agent"
    assert ready([{"verb": "qwen_s2s", "llmOptions": {}, "responseTimeoutMs": 500}])[0].data["vendor"] == "qwen"


@pytest.mark.parametrize(
    ("verb", "text", "path"),
    [
        ({"verb": "pause", "length": "1"}, "pause.length: '1' is not of type 'number'", "[0].length"),
        (
            {"verb": "dial", "target": [{"type": "fone"}]},
            "dial.target[0].type: 'fone' is not one of ['phone', 'sip', 'user', 'teams']",
            "[0].target[0].type",
        ),
        (
            {"config": {"recognizer": {"vendor": "x", "awsOptions": {"regoin": "x"}}}},
            "config.recognizer.awsOptions: unknown property regoin",
            "[0].config.recognizer.awsOptions.regoin",
        ),
        ({"verb": "pause"}, "pause: 'length' is a required property", "[0]"),
        ({"say": "hi"}, "say should be an object", "[0].say"),
        ({"verb": "agnt"}, "there is no verb 'agnt'", "[0]"),
    ],
)
def test_profile_10_refuses_what_the_published_schemas_refuse(verb: dict[str, Any], text: str, path: str) -> None:
    refusal = refused([verb])

    assert (refusal.text, refusal.path) == (text, path)


def test_profile_0_9_8_does_not_pay_for_the_schemas_of_profile_10() -> None:
    code = (
        "import sys; from simulator.jambonz.schema import normalize; from simulator.jambonz.profile import V0_9_8; "
        "normalize([{'verb': 'dance'}], V0_9_8); sys.exit(bool({'jsonschema', 'referencing', 'jambonz_sdk'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_profile_10_reads_the_schemas_without_importing_the_sdk() -> None:
    code = (
        "import sys; from simulator.jambonz.schema import normalize; from simulator.jambonz.profile import V10; "
        "normalize([{'verb': 'hangup'}], V10); sys.exit('jambonz_sdk' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
