"""Whole calls about what a telephone does: what the scenario says of the far end reaches the application."""

from __future__ import annotations

import pytest

from simulator.host import AppRef
from simulator.modes import run
from simulator.modes.config import Config
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import loads

CALLS = {
    "the caller says something to a gather": (
        "desk",
        """
        steps:
          - expect: {say: What may I do for you?}
          - caller: {say: a table for two}
          - expect: {action: {reason: speechDetected, speech: {alternatives: [{transcript: a table for two, confidence: 0.98}]}}}
          - expect: {call: completed, by: app}
        """,
    ),
    "the recogniser mishears": (
        "desk",
        """
        speech: {confidence: 0.6}
        steps:
          - world: {mishear: a table for ten}
          - caller: {say: a table for two}
          - expect: {action: {reason: speechDetected, speech: {alternatives: [{transcript: a table for ten, confidence: 0.6}]}}}
          - expect: {call: completed, by: app}
        """,
    ),
    "the recogniser is unsure": (
        "desk",
        """
        steps:
          - world: {mishear: null, confidence: 0.2}
          - caller: {say: a table for two}
          - expect: {action: {speech: {alternatives: [{transcript: a table for two, confidence: 0.2}]}}}
          - expect: {call: completed, by: app}
        """,
    ),
    "recognition fails": (
        "desk",
        """
        steps:
          - world: {recognition_fails: quota exceeded}
          - caller: {say: a table for two}
          - expect: {frame: {kind: "jambonz:error", frame: {data: {msg: ASR error}}}}
          - expect: {action: {reason: error, details: quota exceeded}}
          - expect: {call: completed, by: app}
        """,
    ),
    "the transfer is refused": (
        "transfer",
        """
        sip: {refer: 603}
        steps:
          - expect: {action: {refer_status: 603}}
          - expect: {call: completed, by: app}
        """,
    ),
    "the transfer succeeds": (
        "transfer",
        """
        sip: {refer: {notify: [100, 180, 200], after: 2s}}
        steps:
          - expect: {action: {refer_status: 202, final_referred_call_status: 200}, within: 10s}
          - expect: {call: completed, by: app}
        """,
    ),
    "the message is not delivered": (
        "courier",
        """
        sms: no carriers
        steps:
          - expect: {action: {message_status: no carriers}}
          - caller: {wait: 1s}
          - caller: {hang_up: true}
        """,
    ),
    "the caller's phone sends requests": (
        "listener",
        """
        steps:
          - caller: {sends: INFO, body: "battery low", headers: {Content-Type: text/plain}}
          - expect: {hook: {hook: /in, data: {sip_method: INFO, sip_body: battery low}}}
          - caller: {holds: true}
          - caller: {holds: false}
          - expect: {frame: {kind: off_hold}}
          - caller: {transfers: "+1777", by: "+1555"}
          - expect: {hook: {hook: /refer, data: {refer_details: {refer_to_user: "+1777", referred_by_user: "+1555"}}}}
          - expect: {call: completed, by: app}
        """,
    ),
    "the caller barges in": (
        "announcer",
        """
        steps:
          - caller: {interrupt: stop it please, after: 1s}
          - expect: {action: {reason: speechDetected}}
          - expect: {call: completed, by: app}
        """,
    ),
    "speech synthesis fails": (
        "silent",
        """
        speech: {synthesis_fails: out of voices}
        steps:
          - expect: {frame: {kind: "jambonz:error", frame: {data: {details: /out of voices/}}}}
          - expect: {call: completed, by: app}
        """,
    ),
}


def played(app: str, scenario: str) -> Result:
    return run.play(loads(f"name: a call\n{scenario}")[0], AppRef(f"tests.switchboard:{app}"), Config())


@pytest.mark.parametrize("name", CALLS)
def test_a_call(name: str) -> None:
    app, scenario = CALLS[name]
    lines = scenario.strip("\n").split("\n")
    result = played(app, "\n".join(line[8:] for line in lines))
    assert result.outcome == "passed", "\n".join(explanation(result))


def test_a_request_needs_a_call() -> None:
    result = played("courier", "steps:\n  - caller: {sends: INFO}\n")
    assert "the caller cannot send a request within the call: there is none" in "\n".join(explanation(result))
