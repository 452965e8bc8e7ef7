"""`talk --jsonl` as a script uses it: a process, lines in, lines out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

from simulator.modes.openai import openai_server
from tests.playing import ROOT

LIMIT_S = 90.0
Json = dict[str, Any]
STUBS = [
    {
        "stub": "GET https://geocoding-api.open-meteo.com/v1/search",
        "reply": {"json": {"results": [{"name": "Berlin", "latitude": 52.52, "longitude": 13.41}]}},
    },
    {"stub": "GET https://api.open-meteo.com/v1/forecast", "reply": {"json": {"current": {"temperature_2m": 21.4, "wind_speed_10m": 9.7}}}},
]


class Talk:
    """The process, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.told: list[Json] = []
        self._looked = 0

    def order(self, do: str, **members: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **members}) + "\n")
        self.process.stdin.flush()

    def until(self, fits: Callable[[Json], bool]) -> Json:
        while not any(map(fits, self.told[self._looked :])):
            self._read()
        at = next(at for at in range(self._looked, len(self.told)) if fits(self.told[at]))
        self._looked = at + 1
        return self.told[at]

    def _read(self) -> None:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"it has ended: {self.told[-3:]}"
        self.told.append(json.loads(line))

    def end(self) -> int:
        """No more orders; what is told until it has ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.told += [json.loads(line) for line in self.process.stdout]
        return self.process.wait(LIMIT_S)

    def frames(self, kind: str) -> list[Json]:
        return [frame for told in self.told if told["is"] == "frames" for frame in told["frames"] if frame["kind"] == kind]


@contextmanager
def talking(*words: str, folder: Path = ROOT) -> Iterator[Talk]:
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "talk", "--jsonl", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    limit = Timer(LIMIT_S, process.kill)
    limit.start()
    try:
        yield Talk(process)
    finally:
        limit.cancel()
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def is_(kind: str, **members: Any) -> Callable[[Json], bool]:
    return lambda told: told["is"] == kind and members.items() <= told.items()


def test_a_whole_call_about_the_weather() -> None:
    with talking() as talk:
        assert talk.until(is_("hello"))["version"] == 1
        for stub in STUBS:
            talk.order("step", step={"world": stub})
        talk.order("call", id="ring")
        talk.until(is_("done", id="ring"))
        assert talk.until(is_("speaks"))["text"] == "Hello! How can I help you?"
        talk.order("say", text="What is the weather in Berlin?", id="ask")
        talk.until(is_("done", id="ask"))
        answer = talk.until(is_("speaks"))
        assert "21.4" in answer["text"]
        talk.order("interrupt", text="Thank you, and what about tomorrow", id="over")
        cut = talk.until(is_("silenced"))
        assert answer["text"].startswith(cut["heard"])
        talk.order("step", step={"model": {"fail": "rate_limit_exceeded", "try_again_in": "1s"}}, id="limit")
        talk.until(is_("done", id="limit"))
        talk.until(is_("speaks"))
        talk.until(is_("result"))
        kept = ROOT / "build" / "kept-by-a-test.yaml"
        kept.unlink(missing_ok=True)
        talk.order("save", call="c1", file="build/kept-by-a-test.yaml")
        saved = talk.until(lambda told: told["is"] in ("saved", "refused"))
        kept.unlink(missing_ok=True)
        code = talk.end()
        assert (saved["is"], saved.get("passes")) == ("saved", True), saved.get("yaml")
        assert [one["status"] for one in (frame["frame"]["response"] for frame in talk.frames("response.done")) if one["status"] == "failed"]
        assert talk.frames("llm:tool-call")[0]["frame"]["data"]["name"] == "get_weather"
        assert len(talk.frames("request")) >= 2
        findings = [told["finding"] for told in talk.told if told["is"] == "finding" and told["finding"]["severity"] == "error"]
        assert (code, findings) == (0, [])


def test_findings_end_it_with_1() -> None:
    with talking() as talk:
        talk.order("call", id=1)
        talk.until(is_("speaks"))
        talk.order("say", text="What is the weather in Berlin?")
        found = talk.until(is_("finding"))["finding"]
        assert (found["code"], found["severity"]) == ("J009", "error")
        assert found["remedy"]
        assert talk.end() == 1


def test_lines_that_are_no_commands_are_refused_and_nothing_ends() -> None:
    with talking() as talk:
        assert talk.process.stdin is not None
        talk.process.stdin.write('no json\n[1]\n{"do":"say","text":NaN}\n' + "[" * 50_000 + '\n{"do":"hang_up","id":7}\n')
        talk.process.stdin.flush()
        assert "JSON" in talk.until(is_("refused"))["problem"]
        assert "no call" in talk.until(is_("refused", id=7))["problem"]
        assert talk.end() == 0


def test_an_application_that_cannot_be_started_ends_it_with_3() -> None:
    with talking("--app", "no.such.module:create_app") as talk:
        failed = talk.until(is_("app", state="failed"))
        assert "no.such.module" in failed["problem"] + failed["remedy"]
        talk.order("call")
        assert "no.such.module" in " ".join(talk.until(is_("result", outcome="error"))["text"])
        assert talk.end() == 3


def test_rules_answer_for_the_model(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text('rules:\n  - when: /secret/\n    model: {say: "The word is swordfish."}\n')
    with talking("--model", "rules", str(rules)) as talk:
        talk.order("call")
        talk.until(is_("speaks"))
        talk.order("say", text="tell me the secret")
        assert talk.until(is_("speaks"))["text"] == "The word is swordfish."
        assert talk.end() == 0


def test_a_real_model_answers_and_what_it_costs_is_told() -> None:
    """One that serves TLS with a certificate of its own."""
    with openai_server(echo=True, tls=True) as server, talking("--model", server.url, "--ca-file", str(server.ca_file)) as talk:
        talk.until(is_("hello"))
        talk.order("call", id="ring")
        cost = talk.until(is_("cost"))
        assert cost["tokens"]
        assert cost["usd"] is None or cost["usd"] > 0
        talk.order("hang_up")
        talk.until(is_("result"))
        assert talk.end() == 0
        assert talk.frames("dialled")[0]["frame"]["url"].startswith(server.url)
        assert not any(frame.get("error") for told in talk.told for frame in told.get("frames", ()))


def test_a_real_model_without_tls_elsewhere_is_refused_before_any_call() -> None:
    with talking("--model", "ws://far.example.com/v1/realtime") as talk:
        assert talk.end() == 2
