"""What actors do, in the words of the language: for the journal, which would not know it otherwise.

What is seen in other frames (what is said, pressed, asked of a backend) is not told twice. What an answer of the model was meant to be is:
one that is cut off shows its first words only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from simulator.audio import levels_dbfs
from simulator.faults import Lay
from simulator.faults.fault import NAMES
from simulator.faults.verdict import Delay, Drop, Duplicate
from simulator.pattern import Literally
from simulator.scenario import acts
from simulator.scenario.scenario import Scenario
from simulator.scenario.settings import JambonzSettings, SipSettings, SpeechSettings
from simulator.scenario.shapes import duration_of
from simulator.speech import Speech
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.faults import Blow, Fault, Upon

Step = dict[str, Any]
Told = tuple[str, int, Step]
"""The link an act is about, the number of the call, and the step that says it."""


def told(act: acts.Act) -> Told | None:
    """What stands in the journal beside what an act leads to; None when that is enough."""
    match act:
        case acts.AnswerModel(_, answer, leg):
            return "model", leg, {"model": answer_step(answer)}
        case acts.TellModel(happening, leg):
            return "model", leg, {"model": _happening(happening)}
        case acts.RefuseModel(status, leg):
            return "model", leg, {"model": {"refuse": "no_answer" if status is None else status}}
        case acts.MishearCaller(text, confidence, failure, leg):
            return "media", leg, {"world": _given(mishear=text, recognition_fails=failure, confidence=confidence)}
        case acts.ToLine(line, Lay() as order):
            return line, order.aim.leg or 0, {"world": _fault(line, order)}
        case acts.AskApi(api, leg, who, body):
            return "world", leg or 0, {"world": _given(api=api, who=who, **{"with": _plain(dict(body)) or None})}
    return None


def level_db(speech: Speech) -> float | None:
    """How loud a sound without words is, in dB below full scale; None for speech."""
    return None if speech.text else round(float(levels_dbfs(speech.pcm, speech.rate_hz).mean()), 1)


def answer_step(answer: openai.Answer) -> Step:
    """An answer of the model, as a step of the model says it."""
    said = [item for item in answer.items if isinstance(item, openai.Say)]
    called = [item for item in answer.items if not isinstance(item, openai.Say)]
    step: Step = {}
    if said:
        step["say"] = _alone([item.text for item in said])
        step |= {"text": True} if any(item.text_only for item in said) else {}
        step |= _given(lasts=_time(said[0].lasts_s))
        step |= {"recorded": True} if any(item.recording is not None for item in said) else {}
    calls = [_call(item) for item in called]
    if len(calls) == 1 and not set(calls[0]) - {"name", "with", "arguments"}:
        step |= {"call": calls[0]["name"]} | {key: value for key, value in calls[0].items() if key != "name"}
    elif calls:
        step["call"] = calls
    if answer.after_s:
        step["thinks"] = duration_of(answer.after_s)
    if (fail := answer.fail) is not None:
        step |= _given(fail=fail.code, try_again_in=fail.try_again_in, message=fail.message, limit=fail.type)
    return step


def _call(item: openai.CallTool | openai.CallMcp) -> Step:
    try:
        given = json.loads(item.arguments)
    except ValueError:
        given = None
    arguments = {"with": given} if isinstance(given, dict) else {"arguments": item.arguments}
    arguments = {} if arguments == {"with": {}} else arguments
    if isinstance(item, openai.CallTool):
        return {"name": item.name, **arguments, **_given(call_id=item.call_id)}
    return {"name": item.name, **arguments, "mcp": item.server_label, **_given(returns=item.output, fails=item.error, asks=item.asks or None)}


def _happening(happening: acts.ToModel) -> Step:
    match happening:
        case openai.Refuse(code, message):
            return {"refuse": code} | _given(message=message)
        case openai.Mishear(text):
            return {"mishear": text}
        case Upon(event, blows_):
            return {**_blow(blows_), "after": _plain(event)}
    return _blow((happening,))


def _blow(blows: tuple[Blow, ...]) -> Step:
    match blows[0]:
        case openai.Trouble(code, kind, message, param):
            more = _given(type=kind, message=message, param=param)
            return {"error": code if code is not None and not more else {"code": code, **more}}
        case openai.Disconnect(code, reason):
            return {"disconnect": "dropped" if code is None else code} | ({"reason": reason} if reason else {})
        case openai.Expire():
            return {"expire": True}
        case openai.Stall(lasts_s):
            return {"stall": duration_of(lasts_s)}
        case openai.EmitRaw():
            return {"emit": _alone([dict(each.event) for each in blows if isinstance(each, openai.EmitRaw)])}
        case Fault(event, verdict, times, skip):
            more = {} if times == 1 else {"times": "all" if times is None else times}
            more |= {"skip": skip} if skip else {}
            match verdict:
                case Drop():
                    return {"drop": _plain(event), **more}
                case Delay(by_s):
                    return {"delay": _plain(event), "by": duration_of(by_s), **more}
                case Duplicate(copies):
                    return {"duplicate": _plain(event), "copies": copies, **more}


TIMES = {"by_s": "by", "jitter_s": "jitter", "within_s": "within"}


def _fault(line: str, order: Lay) -> Step:
    fault, aim = order.fault, order.aim
    name = NAMES[type(fault)]
    instant = name == "disconnect" and aim.frame is None
    usual = 1 if name in ("drop", "corrupt", "duplicate", "reorder", "disconnect") else None
    step: Step = {"fault": name, "on": line} | ({} if aim.direction is None else {aim.direction: line}) | _given(frame=_plain(aim.frame))
    if aim.times != usual and not instant:
        step["times"] = "all" if aim.times is None else aim.times
    step |= {"skip": aim.skip} if aim.skip else {}
    step |= {"probability": aim.probability} if aim.probability < 1 else {}
    for each in fields(fault):  # type: ignore[arg-type]
        value = getattr(fault, each.name)
        if value is not None and value != each.default:
            step[TIMES.get(each.name, each.name)] = duration_of(value) if each.name in TIMES else value
    return step | _given(after=_time(order.after_s or None), **{"for": _time(order.lasts_s)})


def set_up(scenario: Scenario) -> Step:
    """What a call is set up with and no frame would tell: what is not the default of the far side, of the feature server and of the dice."""
    jambonz, usual = scenario.jambonz, JambonzSettings()
    found: Step = {"seed": scenario.seed} if scenario.seed else {}
    found |= {"openai": scenario.openai} if scenario.openai != "ga" else {}
    server: Step = {name: getattr(jambonz, name) for name in ("profile", "compat", "status_hook") if getattr(jambonz, name) != getattr(usual, name)}
    if jambonz.defects.off:
        server["defects"] = dict.fromkeys(sorted(jambonz.defects.off), False)
    found |= {"jambonz": server} if server else {}
    found |= {"call": {"env_vars": dict(scenario.call.env_vars)}} if scenario.call.env_vars else {}
    if scenario.sip != SipSettings():
        refer = scenario.sip.refer
        answers = {"status": refer.status, "notify": list(refer.notify), "after": duration_of(refer.after_s)}
        found["sip"] = {"refer": answers, "info": scenario.sip.info, "message": scenario.sip.message}
    found |= {"sms": scenario.sms} if scenario.sms != "success" else {}
    if scenario.speech != SpeechSettings():
        speech = scenario.speech
        found["speech"] = {"confidence": speech.confidence, "synthesis": duration_of(speech.synthesis_s)} | _given(
            synthesis_fails=speech.synthesis_fails
        )
    return found


def _plain(written: Any) -> Any:
    """A pattern as JSON has it: what was captured stands for itself."""
    if isinstance(written, Literally):
        return written.value
    if isinstance(written, Mapping):
        return {name: _plain(member) for name, member in written.items()}
    return [_plain(member) for member in written] if isinstance(written, (list, tuple)) else written


def _given(**members: Any) -> Step:
    return {name: value for name, value in members.items() if value is not None}


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else duration_of(seconds)


def _alone(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
