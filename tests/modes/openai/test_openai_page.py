"""Every example of docs/model-server.md is served to a client, which sees what is said there; and the page knows every key."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulator.modes.openai import openai_server
from simulator.modes.openai.files import Rule, RuleBook, Script
from simulator.modes.openai.options import add_openai
from simulator.report.text import explanation
from simulator.scenario.load import load
from simulator.scenario.schema import record
from simulator.scenario.steps.registry import ACTORS
from simulator.speech import speak
from tests.playing import play
from tests.wav import wav

PAGE = (Path(__file__).parents[3] / "docs" / "model-server.md").read_text("utf-8")
EXAMPLE = re.compile(r"<!-- example: ([^\n]*) -->\n```yaml\n# ([^\n]*)\n(.*?)```", re.DOTALL)
EXAMPLES = [(json.loads(told), kind, text) for told, kind, text in EXAMPLE.findall(PAGE)]
KEY = "sk-test"


def shown(event: dict[str, Any]) -> list[str]:
    """A server event in few words."""
    match event["type"]:
        case "error":
            return [f"error {event['error']['code'] or event['error']['type']}"]
        case "response.done":
            details = event["response"]["status_details"] or {}
            return [f"response.done {event['response']['status']} {details.get('error', {}).get('code', '')}".strip()]
        case "response.output_audio_transcript.done":
            return [event["type"], f"says: {event['transcript']}"]
        case "response.function_call_arguments.done":
            return [event["type"], f"calls: {event['name']} {event['arguments']}"]
        case name:
            return [name]


async def client(url: str, turns: list[str | None]) -> list[str]:
    """What a client sees that asks for a response to each of these, and then waits a little."""
    seen: list[str] = []
    headers = {"authorization": f"Bearer {KEY}"}
    try:
        async with aiohttp.ClientSession(headers=headers) as http, http.ws_connect(f"{url}?model=gpt-realtime") as socket:

            async def read(end: str) -> bool:
                """Whether the connection is still there."""
                while True:
                    message = await socket.receive(timeout=5)
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        seen.append(f"close {message.data if message.type is aiohttp.WSMsgType.CLOSE else 1006}")
                        return False
                    seen.extend(shown(json.loads(message.data)))
                    if seen[-1].startswith(end):
                        return True

            if not await read("session.created"):
                return seen
            people = {"type": "object", "properties": {"people": {"type": "integer"}}}
            tools = [{"type": "function", "name": name, "parameters": people} for name in ("get_weather", "book_table")]
            await socket.send_json({"type": "session.update", "session": {"type": "realtime", "tools": tools}})
            if not await read("session.updated"):
                return seen
            for text in turns:
                if text is not None:
                    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
                    await socket.send_json({"type": "conversation.item.create", "item": item})
                await socket.send_json({"type": "response.create"})
                if not await read("response.done"):
                    return seen
                await asyncio.sleep(0.08)
    except aiohttp.WSServerHandshakeError as refused:
        seen.append(f"HTTP {refused.status}")
    return seen


def assert_in_order(wanted: list[str], seen: list[str]) -> None:
    left = iter(seen)
    for one in wanted:
        assert one in left, f"{one} is missing, or not in its place: {seen}"


@pytest.mark.parametrize(("told", "kind", "text"), EXAMPLES, ids=[str(number) for number in range(1, 1 + len(EXAMPLES))])
async def test_an_example_of_the_page(told: dict[str, Any], kind: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "welcome.wav").write_bytes(wav(speak("Welcome", 44_000).pcm, 44_100))
    file = tmp_path / "example.yaml"
    file.write_text(text, "utf-8")
    if told.get("scenario"):
        (scenario,) = load(file, env={})
        result = await asyncio.to_thread(play, scenario)
        assert result.outcome == "passed", "\n".join(explanation(result))
        return
    with openai_server(**{kind.removeprefix("--"): file}, pace=0) as server:
        if "connections" in told:
            for wanted in told["connections"]:
                assert_in_order(wanted, await client(server.url, told["turns"]))
            return
        seen = await client(server.url, told["turns"])
        assert_in_order(told["sees"], seen)
        assert not set(told.get("never", ())) & set(seen)
        assert server.notes == []


def test_every_yaml_block_is_an_example() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml") >= 7


def test_the_page_knows_every_key_and_every_option() -> None:
    keys = {key for cls in (Script, RuleBook, Rule) for key in record(cls).fields}
    keys |= {key for cls in ACTORS["model"].steps.values() for key in record(cls).fields}
    assert sorted(key for key in keys if not re.search(rf"`[^`\n]*\b{key}\b[^`\n]*`|^ *(?:- )?{key}:|\b{key}: ", PAGE, re.MULTILINE)) == []

    import argparse

    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    add_openai(commands)
    options = [option for action in commands.choices["openai"]._actions for option in action.option_strings if option.startswith("--")]
    assert [option for option in options if f"`{option}" not in PAGE and option != "--help"] == []


def test_the_page_knows_every_refusal() -> None:
    (choices,) = [shape for shape in record(ACTORS["model"].steps["refuse"]).fields["refuse"].shape.said if hasattr(shape, "choices")]  # type: ignore[attr-defined]
    assert [code for code in choices.choices if f"`{code}`" not in PAGE] == []
