"""What people write wrongly, and what they are told: the place, the problem, the remedy."""

from __future__ import annotations

import pytest

from simulator.errors import ScenarioErrors
from simulator.scenario.load import loads


def told(text: str) -> str:
    """What the author of this scenario is told, without the name of the file."""
    with pytest.raises(ScenarioErrors) as raised:
        loads(text, "a.yaml")
    said = str(raised.value)
    assert all(error.where is not None and error.where.file == "a.yaml" for error in raised.value.errors)
    return said.replace("a.yaml:", "")


IN_A_STEP = [
    (
        "- caller: {sya: hello}",
        "3:12: the caller has no step 'sya'\n    did you mean 'say'? Known: say, interrupt, press, play, "
        "wait, hang_up, noise, dial, answer, decline, sends, transfers, holds.",
    ),
    (
        "- caler: {say: hello}",
        "3:3: there is no actor 'caler'\n    did you mean 'caller'? Known: caller, model, world, expect, any_order.",
    ),
    (
        "- caller: {say: hello, withn: 3s}",
        "3:24: caller.say has no 'withn'\n    did you mean 'within'? Known: who, say, within.",
    ),
    (
        "- caller: {say: hello, within: 3}",
        "3:32: caller.say: within: expected a duration like 300ms or 1.5s, found the number 3\n    say the unit: 3s or 3ms",
    ),
    (
        "- caller: {say: hello, within: fast}",
        "3:32: caller.say: within: expected a duration like 300ms or 1.5s, found the text 'fast'\n"
        "    units are ms, s, m and h, right behind the number",
    ),
    (
        "- caller: {say: [a]}",
        "3:17: caller.say: expected text, found a list\n    write one text, without [ ] or { } around it",
    ),
    (
        "- caller: {say: 42}",
        '3:17: caller.say: expected text, found the number 42\n    put it in quotes: "42"',
    ),
    (
        "- caller: {say: }",
        "3:17: caller.say: expected text, found nothing\n    write a text behind the colon",
    ),
    (
        "- caller: say hi",
        "3:11: caller: expected a mapping of what it does, found the text 'say hi'\n"
        "    for example caller: {say: …}; known: say, interrupt, press, play, wait, hang_up, noise, dial, answer, decline, sends, transfers, holds",
    ),
    (
        "- caller:",
        "3:10: caller: expected a mapping of what it does, found nothing\n"
        "    for example caller: {say: …}; known: say, interrupt, press, play, wait, hang_up, noise, dial, answer, decline, sends, transfers, holds",
    ),
    (
        "- say: hello",
        "3:3: there is no actor 'say'\n    write caller: {say: …}",
    ),
    (
        "- caller: {say: a, press: 1}",
        "3:20: caller.say has no 'press'\n    press is a step of its own: begin a new line with - caller:",
    ),
    (
        "- caller: {press: xyz}",
        "3:19: caller.press: expected keys of a telephone: 0 to 9, *, #, A to D, found 'xyz'",
    ),
    (
        "- caller: {verbs: [a]}",
        "3:12: the caller has no step 'verbs'\n    verbs is a step of expect",
    ),
    (
        "- caller: {within: 2s}",
        "3:12: caller: 'within' is an option, and there is no step\n    Known: say, interrupt, press, play, "
        "wait, hang_up, noise, dial, answer, decline, sends, transfers, holds.",
    ),
    (
        "- caller: {}",
        "3:11: caller: nothing to do here\n"
        "    Known: say, interrupt, press, play, wait, hang_up, noise, dial, answer, decline, sends, transfers, holds.",
    ),
    (
        "- hello",
        "3:3: step: expected a step: an actor and what it does, for example caller: {say: hello}, found the text 'hello'\n"
        "    actors are caller, model, world, expect",
    ),
    (
        "caller: {say: a}",
        "2:7: the scenario: steps: expected a list, found nothing\n"
        "    begin each item with -\n"
        "3:1: the scenario has no 'caller'\n"
        "    a step stands in the list steps: and begins with - caller:",
    ),
    (
        "- model: {fail: rate_limit}",
        "3:17: model: fail cannot be 'rate_limit'\n"
        "    did you mean 'rate_limit_exceeded'? Known: rate_limit_exceeded, insufficient_quota, server_error, content_filter, max_output_tokens, model_not_found, inference_rate_limit_exceeded, credit_balance_exhausted.",  # noqa: E501
    ),
    (
        "- model: {text: true}",
        "3:11: model: 'text' is an option, and there is no step\n"
        "    Known: say, call, fail, error, refuse, disconnect, expire, stall, drop, delay, duplicate, mishear, emit, default.",
    ),
    (
        "- model: {say: a, with: {b: 1}}",
        "3:25: model: 'with' is for a tool, and none is called\n    write call: with the name of the tool",
    ),
    (
        "- model: {call: a, with: {b: 1}, arguments: '{}'}",
        "3:45: model: `with` and `arguments` both say what the tool is called with\n    keep one: `with` for a mapping, `arguments` for raw text",
    ),
    (
        "- model: {call: [a, b], with: {}}",
        "3:31: model: 'with' stands beside a list of calls\n    write call: [{name: …, with: {…}}, …]",
    ),
    (
        "- model: {call: [{nam: a}]}",
        "3:19: model.call has no 'nam'\n    did you mean 'name'? Known: name, with, arguments, call_id, mcp, returns, fails, asks.",
    ),
    (
        "- model: {refuse: invalid_key}",
        "3:19: model.refuse cannot be 'invalid_key'\n"
        "    did you mean 'invalid_api_key'? Known: invalid_api_key, missing_authentication, invalid_model, missing_model, invalid_intent, invalid_parameter, beta_api_shape_disabled, insufficient_quota, session_expired, model_not_found, no_answer. Or a whole number.",  # noqa: E501
    ),
    (
        "- model: {refuse: 200}",
        "3:19: model.refuse: 200 is no HTTP status of a refusal\n    write one from 400 to 599",
    ),
    (
        "- model: {refuse: [1]}",
        "3:19: model.refuse: expected one of invalid_api_key, missing_authentication, invalid_model, missing_model, invalid_intent, invalid_parameter, beta_api_shape_disabled, insufficient_quota, session_expired, model_not_found, no_answer or a whole number, found a list",  # noqa: E501
    ),
    (
        "- model: {disconnect: droped}",
        "3:23: model.disconnect cannot be 'droped'\n    did you mean 'dropped'? Known: dropped. Or a whole number.",
    ),
    (
        "- model: {disconnect: 1006}",
        "3:23: model.disconnect: 1006 cannot be sent as a close code\n    for example 1011; dropped is what the other side sees as 1006",
    ),
    (
        "- model: {drop: response.finished}",
        "3:17: model.drop: the model server sends no 'response.finished'\n"
        "    did you mean 'response.done'? docs/events.md lists them all; /regular expressions/ and * will do as well",
    ),
    (
        "- model: {delay: response.done}",
        "3:3: model.delay: 'by' is missing\n    by: how much later",
    ),
    (
        "- model: {drop: response.done, times: 0}",
        "3:39: model.drop: a fault that happens 0 times does not happen\n    write how many events it meets, or all",
    ),
    (
        "- model: {disconnect: dropped, after: 3}",
        "3:39: model.disconnect: after: expected a duration like 300ms or 1.5s, found the number 3\n    say the unit: 3s or 3ms",
    ),
    (
        "- model: {stall: 2s, after: session.create}",
        "3:29: model.stall: after: the model server sends no 'session.create'\n"
        "    did you mean 'session.created'? docs/events.md lists them all; /regular expressions/ and * will do as well",
    ),
    (
        "- model: {refuse: no_answer, message: sorry}",
        "3:39: model.refuse: no_answer comes without a text of its own\n    leave it out",
    ),
    (
        "- model: {expire: false}",
        "3:19: model.expire: expected true, found false\n    or leave it out",
    ),
    (
        "- model: {say: a, try_again_in: 20}",
        "3:33: model: try_again_in: expected a wait such as 20s, 121ms or 1m26.4s, found '20'",
    ),
    (
        "- model: {fail: rate_limit_exceeded, try_again_in: soon}",
        "3:52: model: try_again_in: expected a wait such as 20s, 121ms or 1m26.4s, found 'soon'",
    ),
    (
        "- model: {error: {cod: x}}",
        "3:19: model.error has no 'cod'\n    did you mean 'code'? Known: code, type, message, param.",
    ),
    (
        "- model: {emit: text}",
        "3:17: model.emit: expected a mapping, found the text 'text'\n    write emit: {name: value}",
    ),
    (
        "- world: {stub: GTE https://a/b, reply: 200}",
        "3:17: world.stub: 'GTE' is no HTTP method\n    did you mean 'GET'? write a method and a URL: stub: GET https://api.example.com/v1/orders",
    ),
    (
        "- world: {stub: GET a/b, reply: 200}",
        "3:17: world.stub: 'a/b' is not a URL\n    write a method and a URL: stub: GET https://api.example.com/v1/orders",
    ),
    (
        "- world: {stub: GET https://a/b?c=d, reply: 200}",
        "3:17: world.stub: the URL of a stub has no query\n    write it as patterns: query: {name: Berlin}",
    ),
    (
        "- world: {stub: GET https://a/b}",
        "3:3: world.stub: 'reply' is missing\n    reply: what it answers: a status, or {status, json, text, headers, after, drop}",
    ),
    (
        "- world: {stub: GET https://a/b, reply: {status: 999}}",
        "3:50: reply: status: expected 100 to 599, found 999",
    ),
    (
        "- world: {stub: GET https://a/b, reply: {json: 1, text: b}}",
        "3:57: reply: json and text are both the body\n    keep one",
    ),
    (
        "- world: {stub: GET https://a/b, reply: 200, times: 0}",
        "3:53: world.stub: times: expected 1 or more, found 0",
    ),
    (
        "- world: {stub: GET https://a:b/b, reply: 200}",
        "3:17: world.stub: 'https://a:b/b' is not a URL\n    write a method and a URL: stub: GET https://api.example.com/v1/orders",
    ),
    (
        "- expect: {call: complete}",
        "3:18: expect.call cannot be 'complete'\n"
        "    did you mean 'completed'? Known: trying, ringing, early-media, in-progress, completed, failed, busy, no-answer, queued.",
    ),
    (
        "- expect: {cal: completed}",
        "3:12: there is no expectation 'cal'\n"
        "    did you mean 'call'? Known: verbs, say, tool_output, command, hook, event, client_event, session, response, heard, streamed, audio_frame, call, request, action, finding, frame.",  # noqa: E501
    ),
    (
        "- expect: {heard: {less_than: a}}",
        "3:31: expect.heard: less_than expects a number, found the text 'a'\n    for example less_than: 5",
    ),
    (
        "- expect: {response: done}",
        "3:22: expect.response cannot be 'done'\n    Known: completed, cancelled, failed, incomplete, in_progress, *. Or a mapping.",
    ),
    (
        "- expect: {frame: {lnk: app}}",
        "3:19: expect.frame: a frame has no 'lnk'\n    known: link, from, kind, frame, at_s; what was sent is inside of frame: {frame: {lnk: …}}",
    ),
    (
        "- expect: {frame: {link: ap}}",
        "3:19: expect.frame: there is no link 'ap'\n    did you mean 'app'? Known: app, audio, model, media, world.",
    ),
    (
        "- expect: {heard: a, absent: maybe}",
        "3:30: expect.heard: absent: expected true or false, found the text 'maybe'",
    ),
    (
        "- expect: {call: in-progress, by: app}",
        "3:35: expect.call: a call that is in-progress was not ended by anybody\n    leave out by:",
    ),
    (
        "- caller: {say: '${case.x}'}",
        "3:17: ${case.x}: there are no cases here\n    give the scenario cases: a list of mappings, each with a name; a case cannot use another one",
    ),
    (
        "- model: {say: {wav: no.wav, text: hello}}",
        "3:22: model.say: there is no file no.wav\n    the path is relative to the file it is written in",
    ),
    (
        "- model: {say: {wav: no.wav}}",
        "3:16: model.say: 'text' is missing\n    text: the words in it, as the transcript has them",
    ),
    (
        "- model: {say: {wav: /dev/zero, text: hello}}",
        "3:22: model.say: there is no file /dev/zero\n    the path is relative to the file it is written in",
    ),
    (
        "- caller: {play: no.wav}",
        "3:18: caller.play: there is no file no.wav\n    the path is relative to the file it is written in",
    ),
    (
        "- caller: {say: ''}",
        "3:17: caller.say: expected some text, found none",
    ),
    (
        "- caller: {noise: 2m}",
        "3:19: caller.noise: a noise lasts up to a minute\n    for example noise: 300ms",
    ),
    (
        "- caller: {hang_up: false}",
        "3:21: caller.hang_up: expected true or a mapping, found false",
    ),
    (
        "- caller: {hang_up: {X: [1]}}",
        "3:25: caller.hang_up.X: expected text or a number, found a list",
    ),
    (
        "- caller: {wait: 30h}",
        "3:18: caller.wait: 30h is longer than a day\n    write a duration like 300ms or 1.5s",
    ),
    (
        "- caller: {say: a, within: -3s}",
        "3:28: caller.say: within: expected a duration like 300ms or 1.5s, found the text '-3s'\n"
        "    units are ms, s, m and h, right behind the number",
    ),
    (
        "- model: {say: a, text: true, lasts: 2s}",
        "3:38: model: text without audio does not last\n    keep one of text and lasts",
    ),
    (
        "- model: {call: a, lasts: 2s}",
        "3:27: model: 'lasts' says how long something is said, and nothing is\n    write say:",
    ),
    (
        "- model: {say: a, message: b}",
        "3:28: model: 'message' is the text of a failure, and there is none\n    write fail:",
    ),
    (
        "- model: {fail: server_error, limit: tokens}",
        "3:38: model: 'limit' belongs to a rate limit\n    write fail: rate_limit_exceeded",
    ),
    (
        "- model: {say: a, default: {say: b}}",
        "3:19: model has no 'default'\n    default is a step of its own: begin a new line with - model:",
    ),
    (
        "- model: {default: {sya: b}}",
        "3:21: model has no 'sya'\n"
        "    did you mean 'say'? Known: who, say, text, lasts, call, with, arguments, thinks, fail, try_again_in, message, limit, within.",
    ),
    (
        "- model: {default: {}}",
        "3:20: model: nothing is answered\n    write say, call or fail, with what the model answers",
    ),
    (
        "- model: {say: }",
        "3:16: model: say: expected text or a mapping, found nothing",
    ),
    (
        "- model: {emit: []}",
        "3:17: model.emit: expected at least one, found none",
    ),
    (
        "- model: {disconnect: 99}",
        "3:23: model.disconnect: 99 cannot be sent as a close code\n    for example 1011; dropped is what the other side sees as 1006",
    ),
    (
        "- model: {disconnect: [a]}",
        "3:23: model.disconnect: expected dropped or a whole number, found a list",
    ),
    (
        "- model: {say: a, thinks: 200}",
        "3:27: model: thinks: expected a duration like 300ms or 1.5s, found the number 200\n    say the unit: 200s or 200ms",
    ),
    (
        "- model: {call: a, with: [b]}",
        "3:26: model: with: expected a mapping, found a list\n    write with: {name: value}",
    ),
    (
        "- model: {call: a, arguments: {b: 1}}",
        "3:31: model: arguments: expected text, found a mapping\n    write one text, without [ ] or { } around it",
    ),
    (
        "- world: {stub: 'GET /[/', reply: 200}",
        "3:17: world.stub: /[/ is not a regular expression: unterminated character set at position 0\n"
        "    write a method and a URL: stub: GET https://api.example.com/v1/orders",
    ),
    (
        "- world: {stub: GET https://a/b, reply: {drop: true, json: 1}}",
        "3:48: reply: a broken connection has no body\n    keep drop, or the body",
    ),
    (
        "- world: {stub: [a], reply: 200}",
        "3:17: world.stub: expected text, found a list\n    write one text, without [ ] or { } around it",
    ),
    (
        "- world: {stub: GET https://a/b, reply: ok}",
        "3:41: world.stub: reply: expected a whole number or a mapping, found the text 'ok'\n"
        "    a mapping may have: status, json, text, headers, after, drop",
    ),
    (
        "- world: {stub: GET https://a/b, reply: 200, json: '/[/'}",
        "3:52: world.stub: json: /[/ is not a regular expression: unterminated character set at position 0\n"
        "    a \\ before a character takes it literally",
    ),
    (
        "- world: {fault: latency}",
        "3:3: world.fault: 'on' is missing\n    on: app: websocket and webhooks of the application; model: jambonz's connection to the model server",
    ),
    (
        "- world: {weather: rain}",
        "3:11: the world has no step 'weather'\n    Known: fault, heal, stub, api, mishear, recognition_fails.",
    ),
    (
        "- expect: {tool_output: '/[/'}",
        "3:25: expect.tool_output: /[/ is not a regular expression: unterminated character set at position 0\n"
        "    a \\ before a character takes it literally",
    ),
    (
        "- expect: {tool_output: '/[[a]/'}",
        "3:25: expect.tool_output: /[[a]/ is not a regular expression: Possible nested set at position 1\n"
        "    a \\ before a character takes it literally",
    ),
    (
        "- expect: {heard: {any_of: a}}",
        "3:28: expect.heard: any_of expects a list, found the text 'a'\n    any_of: [a, b]",
    ),
    (
        "- expect: {session: {x: {absent: maybe}}}",
        "3:34: expect.session: absent expects true or false, found the text 'maybe'\n    absent: true is what must not be there",
    ),
    (
        "- expect: {frame: app}",
        "3:19: expect.frame: expected a mapping, found the text 'app'\n    write frame: {name: value}",
    ),
    (
        "- expect: {call: completed, by: me}",
        "3:33: expect.call: by cannot be 'me'\n    Known: app, caller, jambonz.",
    ),
    (
        "- expect: {call: completed, sip_status: ok}",
        "3:41: expect.call: sip_status: expected a whole number, found the text 'ok'",
    ),
    (
        "- expect: {finding: }",
        "3:21: expect.finding: expected text, found nothing\n    write a text behind the colon",
    ),
    (
        "- expect: {heard: a, within: soon}",
        "3:30: expect.heard: within: expected a duration like 300ms or 1.5s, found the text 'soon'\n"
        "    units are ms, s, m and h, right behind the number",
    ),
]
"""A step that stands in line 3, and what is said of it."""


@pytest.mark.parametrize(("step", "said"), IN_A_STEP, ids=[step for step, _ in IN_A_STEP])
def test_a_mistake_in_a_step(step: str, said: str) -> None:
    assert told(f"name: x\nsteps:\n{step}") == said


IN_A_FILE = [
    (
        "",
        "1:1: the file is empty\n    a scenario has at least name: and steps:",
    ),
    (
        "# only\n",
        "1:1: the file is empty\n    a scenario has at least name: and steps:",
    ),
    (
        "---\n---\n",
        "1:1: the file is empty\n    a scenario has at least name: and steps:",
    ),
    (
        "[]",
        "1:1: a scenario is a mapping, found a list\n    begin with name: and steps:",
    ),
    (
        "just text",
        "1:1: a scenario is a mapping, found the text 'just text'\n    begin with name: and steps:",
    ),
    (
        "name: x\n",
        "1:1: the scenario: 'steps' is missing\n    steps: what happens, in order",
    ),
    (
        "steps: []\nname: x",
        "1:8: the scenario: steps: expected at least one, found none",
    ),
    (
        "name:\nsteps:\n - caller: {say: a}",
        "1:6: the scenario: name: expected text, found nothing\n    write a text behind the colon",
    ),
    (
        "name: ''\nsteps:\n - caller: {say: a}",
        "1:7: the scenario: name: expected some text, found none",
    ),
    (
        "nmae: x\nsteps:\n - caller: {say: a}",
        "1:1: the scenario has no 'nmae'\n"
        "    did you mean 'name'? Known: name, tags, seed, clock, openai, jambonz, call, phones, world, model, "
        "sip, sms, speech, ignore, cases, steps.",
    ),
    (
        "name: x\nsteps:\n- caller: {say: a}\n  model: {say: b}",
        "4:3: 'model' stands in the step of 'caller'\n    begin every step with - ; options stand in its { }",
    ),
    (
        "name: x\nsteps: {caller: {say: a}}",
        "2:8: the scenario: steps: expected a list, found a mapping\n    begin each item with -",
    ),
    (
        "name: x\n"
        "openai: gaa\n"
        "jambonz: {profile: 11, compat: maybe}\n"
        "call: {from: [], fro: 1}\n"
        "world: [{stb: 1}]\n"
        "seed: one\n"
        "tags: a\n"
        "steps:\n"
        "- caller: {say: a}",
        "2:9: the scenario: openai cannot be 'gaa'\n"
        "    did you mean 'ga'? Known: ga, beta.\n"
        "3:20: jambonz: profile cannot be '11'\n"
        "    Known: 0.9.8, 10.\n"
        "3:32: jambonz: compat: expected true or false, found the text 'maybe'\n"
        "4:14: call: from: expected text or a number, found a list\n"
        "4:18: call has no 'fro'\n"
        "    did you mean 'from'? Known: from, to, caller_name, direction, answers, create, env_vars, headers.\n"
        "5:9: world.stub: 'reply' is missing\n"
        "    reply: what it answers: a status, or {status, json, text, headers, after, drop}\n"
        "5:10: world.stub has no 'stb'\n"
        "    did you mean 'stub'? Known: stub, query, json, headers, reply, times, name.\n"
        "6:7: the scenario: seed: expected a whole number, found the text 'one'",
    ),
    (
        "name: x\ncases: [{nam: a}]\nsteps:\n- caller: {say: a}",
        "2:9: this case has no name\n    name: what makes it different",
    ),
    (
        "name: x\ncases: [{name: a},{name: a}]\nsteps:\n- caller: {say: '${case.c}'}",
        "2:26: there is a case 'a' already\n    give each its own name\n4:17: ${case.c}: this case has no 'c'\n    Known: name.",
    ),
    (
        "name: x\ncases: 3\nsteps:\n- caller: {say: b}",
        "2:8: cases: expected a list of mappings, found the number 3\n    for example cases: [{name: Berlin, city: Berlin}]",
    ),
    (
        "name: x\ncases: []\nsteps:\n- caller: {say: b}",
        "2:8: cases: expected a list of mappings, found an empty list\n    for example cases: [{name: Berlin, city: Berlin}]",
    ),
    (
        "name: x\n---\nname: x",
        "1:1: the scenario: 'steps' is missing\n    steps: what happens, in order\n3:1: the scenario: 'steps' is missing",
    ),
    (
        "name: x\nsteps:\n- caller: {say: a}\n---\nname: x\nsteps:\n- caller: {say: a}",
        "5:1: 'x' is already the name of the scenario in line 1\n    give each its own name",
    ),
    (
        "name: x\nmodel: {default: {sya: a}}\ncall: inbound\njambonz: 10\nignore: [J012]\nclock: fast\nsteps:\n- caller: {say: a}\n",
        "2:19: model has no 'sya'\n"
        "    did you mean 'say'? Known: who, say, text, lasts, call, with, arguments, thinks, fail, try_again_in, message, limit, within.\n"
        "3:7: the scenario: call: expected a mapping, found the text 'inbound'\n"
        "    a mapping may have: from, to, caller_name, direction, answers, create, env_vars, headers\n"
        "4:10: the scenario: jambonz: expected a mapping, found the number 10\n"
        "    a mapping may have: profile, compat, status_hook, defects\n"
        "5:9: the scenario: ignore: expected a mapping from codes of rules to reasons, found a list\n"
        "    write ignore: {J012: why it may be broken here}\n"
        "6:8: the scenario: clock cannot be 'fast'\n"
        "    Known: virtual, elastic, real.",
    ),
    (
        "name: [a]\nsteps:\n- caller: {say: a}\n",
        "1:7: the scenario: name: expected text, found a list\n    write one text, without [ ] or { } around it",
    ),
    (
        "name: 5\nsteps:\n- caller: {say: a}\n",
        '1:7: the scenario: name: expected text, found the number 5\n    put it in quotes: "5"',
    ),
    (
        "name: x\nworld: {stub: 1}\nsteps:\n- caller: {say: a}\n",
        "2:8: the scenario: world: expected a list, found a mapping\n    begin each item with -",
    ),
    (
        "name: x\nseed: '5'\nsteps:\n- caller: {say: a}\n",
        "2:7: the scenario: seed: expected a whole number, found the text '5'\n    write it without quotes: 5",
    ),
    (
        "name: x\nseed: 1.5\nsteps:\n- caller: {say: a}\n",
        "2:7: the scenario: seed: expected a whole number, found the number 1.5",
    ),
    (
        "name: x\ncases: [a]\nsteps:\n- caller: {say: a}\n",
        "2:9: a case is a mapping, found the text 'a'\n    for example - {name: Berlin, city: Berlin}",
    ),
    (
        "name: x\ncases: [{name: [a]}]\nsteps:\n- caller: {say: a}\n",
        "2:16: the name of a case is text, found a list\n    name: what makes it different",
    ),
    (
        "name: x\ncases: [{name: a, n: 3}]\nsteps:\n- caller: {say: '${case.n}', within: '${case.n}'}\n",
        "2:22: caller.say: within: expected a duration like 300ms or 1.5s, found the number 3\n    say the unit: 3s or 3ms",
    ),
    (
        "name: x\ncases: [{name: '${case.y}', y: 1}]\nsteps:\n- caller: {say: a}\n",
        "2:16: ${case.y}: there are no cases here\n    give the scenario cases: a list of mappings, each with a name; a case cannot use another one",
    ),
]


@pytest.mark.parametrize(("text", "said"), IN_A_FILE)
def test_a_mistake_in_a_file(text: str, said: str) -> None:
    assert told(text) == said
