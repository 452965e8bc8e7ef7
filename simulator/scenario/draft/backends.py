"""The backends of a recorded call: what was asked and what was answered, as stubs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from simulator.journal import Frame
from simulator.scenario.draft.patterns import OWN, address, pattern_of
from simulator.scenario.shapes import duration_of

Given = dict[str, Any]
CUT = 2_000
"""Characters after which a journal cuts a body that is no JSON."""


@dataclass(slots=True)
class _Asked:
    request: Frame
    reply: Given
    others: Given = field(default_factory=dict)


def stubs_of(frames: list[Frame], notes: list[str]) -> list[Given]:
    """One stub for each answer, the specific ones last, because the last that fits answers. What nobody answered has none.

    Requests to the REST API of jambonz are answered by the feature server itself.
    """
    by_address: dict[str, list[_Asked]] = {}
    for asked in _exchanges(frames, notes):
        shown = asked.request.frame
        by_address.setdefault(f"{shown['method']} {address(str(shown['url']))}", []).append(asked)
    stubs: list[Given] = []
    for where, all_asked in by_address.items():
        stubs += _of_address(where, all_asked)
    return stubs


def _exchanges(frames: list[Frame], notes: list[str]) -> list[_Asked]:
    found: list[_Asked] = []
    last_s = frames[-1].at_s if frames else 0.0
    created = any(frame.kind in ("call_created", "called", "api_refused") for frame in frames)
    for frame in frames:
        if frame.link != "world" or frame.kind != "request":
            continue
        number = frame.frame.get("number")
        after = (one for one in frames[frame.seq + 1 :] if one.link == "world" and one.frame.get("number") == number)
        ended = next((one for one in after if one.kind in ("reply", "unstubbed")), None)
        if number is None:
            ended = next((one for one in frames[frame.seq + 1 :] if one.link == "world" and one.kind in ("reply", "unstubbed")), None)
            notes.append(f"{frame.frame['url']}: the sound that jambonz fetched there does not stand in the journal")
        if ended is not None and ended.kind == "unstubbed":
            continue
        if _is_rest_api(str(frame.frame["url"])) and created:
            continue
        found.append(_Asked(frame, _reply(frame, ended, last_s, notes)))
    return found


def _is_rest_api(url: str) -> bool:
    return "/v1/Accounts/" in urlsplit(url).path


def _reply(request: Frame, reply: Frame | None, last_s: float, notes: list[str]) -> Given:
    if reply is None:  # the call was over, or the application had given up, before it came
        return {"status": 504, "after": duration_of(round(max(60.0, 2 * (last_s - request.at_s)), 0))}
    took_s = round(reply.at_s - request.at_s, 3)
    after: Given = {"after": duration_of(took_s)} if took_s > 0.001 else {}
    if reply.frame.get("dropped"):
        return {"drop": True, **after}
    body, status = reply.frame.get("body"), reply.frame.get("status", 200)
    answer: Given = {"status": status} if status != 200 else {}
    if isinstance(body, str):
        if len(body) >= CUT:
            notes.append(f"{request.frame['url']}: the journal has only the first {CUT} characters of the answer")
        answer |= {"text": body} if body else {}
    elif "body" in reply.frame:
        answer["json"] = body
    if "<secret:" in json.dumps(body):
        notes.append(f"{request.frame['url']}: what stood for a secret in the answer is no secret any more")
    answer |= after
    return answer or {"status": 200}


def _of_address(where: str, all_asked: list[_Asked]) -> list[Given]:
    distinct: dict[str, list[_Asked]] = {}
    for asked in all_asked:
        distinct.setdefault(json.dumps([asked.request.frame.get("query"), asked.request.frame.get("body")], sort_keys=True), []).append(asked)
    same = len({json.dumps(asked.reply, sort_keys=True) for asked in all_asked}) == 1
    if same:
        return [{"stub": where, "reply": _short(all_asked[0].reply)}]
    stubs: list[Given] = []
    members = _differing([group[0].request.frame.get("query") or {} for group in distinct.values()])
    for group in distinct.values():
        about = _told_apart(group[0].request.frame, members) if len(distinct) > 1 else {}
        different = [group[0], *(later for before, later in pairwise(group) if later.reply != before.reply)]
        counts = [sum(1 for _ in _run(group, one)) for one in different]
        for index in range(len(different) - 1, -1, -1):
            limit = {} if index == len(different) - 1 else {"times": counts[index]}
            stubs.append({"stub": where, **about, "reply": _short(different[index].reply), **limit})
    return stubs


def _run(group: list[_Asked], first: _Asked) -> list[_Asked]:
    """Those that got the same answer, one after the other."""
    start = group.index(first)
    run = []
    for one in group[start:]:
        if one.reply != first.reply:
            break
        run.append(one)
    return run


def _differing(queries: list[Mapping[str, Any]]) -> list[str]:
    """The members of queries that are not the same in all of them."""
    names = dict.fromkeys(name for query in queries for name in query)
    return [name for name in names if len({str(query.get(name)) for query in queries}) > 1]


def _told_apart(request: Mapping[str, Any], members: list[str]) -> Given:
    query = {name: pattern_of(value) for name, value in (request.get("query") or {}).items() if name in members and not OWN.search(str(value))}
    body = request.get("body")
    return ({"query": query} if query else {}) | ({"json": pattern_of(body)} if isinstance(body, (dict, list)) else {})


def _short(reply: Given) -> Any:
    return reply["status"] if set(reply) == {"status"} else reply
