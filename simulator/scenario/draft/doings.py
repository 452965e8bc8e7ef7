"""What the actors of a recorded call did: the caller, the model and the world, each thing as the step that does it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from simulator.journal import Frame
from simulator.scenario.draft.floor import Floor
from simulator.scenario.draft.moment import Moment
from simulator.scenario.draft.parties import Parties
from simulator.scenario.shapes import duration_of
from simulator.speech import speak

Given = dict[str, Any]
SAME_S = 0.02
"""A voice of ours lasts as long as its words; another one does not."""
SILENT = "…"
"""What a model says that says nothing: an answer is made all the same."""
PAUSE_S = 0.25
"""A shorter pause before somebody speaks whose turn it is does not matter."""


class Doings:
    """`moments()` are the lines, `notes` what could not be said in the language."""

    def __init__(self, frames: list[Frame], parties: Parties) -> None:
        self._frames, self._parties = frames, parties
        self._floors: dict[int, Floor] = {}
        acts = [frame.frame for frame in frames if frame.kind == "act" and frame.source == "scenario"]
        self._planned = {act["response_id"] for act in acts if "response_id" in act}
        self._fails_by_itself = any(act["step"].get("model", {}).get("refuse") == "model_not_found" for act in acts)
        self._transcripts = _transcripts(frames)
        self.notes: list[str] = []
        if not acts and any(frame.link == "model" for frame in frames):
            self.notes.append("the journal does not tell what was ordered: answers are taken from the model's events, and trouble is not made again")

    def moments(self) -> Iterator[Moment]:
        """Everything that was done, in order."""
        for frame in self._frames:
            floor = self._floors.setdefault(frame.leg, Floor())
            if self._parties.knows(frame.leg) and (found := self._moment(frame, floor)) is not None:
                yield found
            floor.read(frame)

    def _moment(self, frame: Frame, floor: Floor) -> Moment | None:
        match frame.link, frame.source, frame.kind:
            case "media", "caller", "speaks":
                return self._speaks(frame, floor)
            case "media", "caller", "presses":
                return self._at(frame, "caller", {"press": frame.frame["digits"]})
            case "media", "caller", "hangs_up":
                headers = frame.frame.get("headers")
                return self._with_speech(frame, floor, "caller", {"hang_up": headers or True})
            case "media", "caller", "dials":
                return self._at(frame, "caller", {"dial": True})
            case "media", "caller", "sip_request":
                return self._at(frame, "caller", _sip_step(frame.frame))
            case _, "scenario", "act":
                return self._act(frame, floor)
            case _, "scenario", "healed":
                return self._at(frame, "world", {"heal": frame.link}, named=False)
            case "model", "model", "response.done" if not self._fails_by_itself:
                return self._answered(frame)
            case "model", "model", "input_audio_buffer.speech_started" if frame.seq in self._transcripts:
                return self._voice(frame, floor, self._transcripts[frame.seq])
        return None

    def _at(self, frame: Frame, actor: str, doing: Given, *, lasts_s: float = 0.0, named: bool = True) -> Moment:
        who = self._parties.who(frame.leg) if named and "who" not in doing else {}
        return Moment(frame.seq, frame.at_s, {actor: {**doing, **who}}, lasts_s=lasts_s)

    def _with_speech(self, frame: Frame, floor: Floor, actor: str, doing: Given, *, lasts_s: float = 0.0) -> Moment:
        """Something that happens when so much of the assistant has been heard, where anything is heard."""
        heard_s = None if floor.playing_s is None else round(frame.at_s - floor.playing_s, 3)
        if heard_s is None or heard_s <= 0:
            return self._at(frame, actor, doing, lasts_s=lasts_s)
        step = {actor: {**doing, "after": duration_of(heard_s), **self._parties.who(frame.leg)}}
        return Moment(frame.seq, frame.at_s, step, ready_s=frame.at_s, lasts_s=lasts_s)

    def _speaks(self, frame: Frame, floor: Floor) -> Moment:
        said, lasts_s = str(frame.frame["text"]), float(frame.frame["duration_s"])
        if not said.strip() and (heard := self._transcripts.get(frame.seq)):
            return self._voice(frame, floor, heard)
        if not said.strip():
            level = frame.frame.get("level_db")
            loud = {} if level is None or abs(level + 14.0) < 1.0 else {"level_db": round(level)}
            return self._at(frame, "caller", {"noise": duration_of(lasts_s), **loud}, lasts_s=lasts_s)
        spoken_s = speak(said).duration_s
        if abs(spoken_s - lasts_s) > SAME_S:
            self._note_voice(frame, said)
        return self._says(frame, floor, said)

    def _voice(self, frame: Frame, floor: Floor, transcript: str) -> Moment:
        """Speech of which only the transcript is known."""
        self._note_voice(frame, transcript)
        return self._says(frame, floor, transcript)

    def _note_voice(self, frame: Frame, said: str) -> None:
        self.notes.append(f"at {frame.at_s:.1f} s a real voice says {said!r}: the scenario says it by its transcript")

    def _says(self, frame: Frame, floor: Floor, said: str) -> Moment:
        spoken_s = speak(said).duration_s
        if floor.quiet_s is None:
            return self._with_speech(frame, floor, "caller", {"interrupt": said}, lasts_s=spoken_s)
        ready_s = frame.at_s if frame.at_s - floor.quiet_s < PAUSE_S else floor.quiet_s
        step = {"caller": {"say": said, **self._parties.who(frame.leg)}}
        return Moment(frame.seq, frame.at_s, step, ready_s=ready_s, lasts_s=spoken_s)

    def _act(self, frame: Frame, floor: Floor) -> Moment:
        ((actor, doing),) = frame.frame["step"].items()
        doing = dict(doing)
        if actor == "model" and "response_id" in frame.frame:
            if doing.pop("recorded", False):
                self.notes.append(f"at {frame.at_s:.1f} s the assistant is a sound file: the scenario says its transcript")
            doing = _with_words(doing)
            asked_s = floor.created.get(frame.frame["response_id"], frame.at_s)
            return Moment(frame.seq, frame.at_s, {"model": {**doing, **self._parties.who(frame.leg)}}, ready_s=asked_s)
        if actor == "model" and "after" not in doing and not {"mishear", "refuse"} & set(doing):
            return self._with_speech(frame, floor, "model", doing)
        if "api" in doing:
            doing |= self._api_answer(frame)
        if doing.get("probability") is not None:
            self.notes.append("a fault with a probability draws other dice in another file: say which frames it is to meet")
        return self._at(frame, actor, doing, named="fault" not in doing or frame.leg != 0)

    def _api_answer(self, frame: Frame) -> Given:
        reply = next((one for one in self._frames[frame.seq :] if one.kind == "api_reply"), None)
        return {} if reply is None else {"answers": reply.frame["status"]}

    def _answered(self, frame: Frame) -> Moment | None:
        """What a model answered of which only its events are known: it is asked for again when it was, and says the same."""
        response = frame.frame.get("response", {})
        if response.get("id") in self._planned:
            return None
        doing = answer_seen(response)
        created = next((one for one in reversed(self._frames[: frame.seq]) if one.kind == "response.created" and _same(one, frame)), frame)
        who = self._parties.who(frame.leg)
        return Moment(created.seq, created.at_s, {"model": {**doing, **who}}, ready_s=created.at_s) if doing else None


def _with_words(doing: Given) -> Given:
    """An answer as the language takes it: what is said has words."""
    written = doing.get("say")
    said = [one for one in ([written] if isinstance(written, str) else written or []) if str(one).strip()]
    rest = {key: value for key, value in doing.items() if key not in ("say", "text", "lasts")}
    if said:
        return {**doing, "say": said[0] if len(said) == 1 else said}
    return rest if {"call", "fail"} & set(rest) else {"say": SILENT, **rest}


def _same(one: Frame, other: Frame) -> bool:
    return bool(one.frame["response"].get("id") == other.frame["response"].get("id"))


def answer_seen(response: Given) -> Given:
    """An answer as far as `response.done` shows it: words, calls of tools, and how it failed."""
    doing: Given = {}
    said, calls = [], []
    for item in response.get("output") or []:
        if item.get("type") == "message":
            said += [str(part.get("transcript") or part.get("text") or "") for part in item.get("content") or []]
        elif item.get("type") == "function_call":
            calls.append({"name": item.get("name"), "arguments": item.get("arguments") or ""})
    said = [one for one in said if one.strip()]
    doing |= {"say": said[0] if len(said) == 1 else said} if said else {}
    if len(calls) == 1:
        doing |= {"call": calls[0]["name"], "arguments": calls[0]["arguments"]}
    elif calls:
        doing["call"] = calls
    details = response.get("status_details") or {}
    error = details.get("error") or {}
    reason = error.get("code") or error.get("type") or details.get("reason")
    if response.get("status") in ("failed", "incomplete") and reason:
        doing |= {"fail": reason} | ({"message": error["message"]} if error.get("message") else {})
    elif not doing and response.get("status") == "cancelled":
        doing["say"] = SILENT
    return doing


def _transcripts(frames: list[Frame]) -> dict[int, str]:
    """What was understood where no words of the caller are noted, by the frame in which the voice began to be heard."""
    found: dict[int, str] = {}
    began: dict[Any, Frame] = {}
    spoken: dict[int, Frame] = {}
    for frame in frames:
        if frame.kind == "speaks" and frame.source == "caller":
            spoken[frame.leg] = frame
        elif frame.link == "model" and frame.source == "model":
            item = frame.frame.get("item_id")
            if frame.kind == "input_audio_buffer.speech_started":
                voice = spoken.pop(frame.leg, None)
                if voice is None or not voice.frame["text"]:
                    began[item] = voice or frame
            elif frame.kind.endswith("input_audio_transcription.completed") and item in began and (said := frame.frame.get("transcript")):
                found[began.pop(item).seq] = str(said)
    return found


REFERRED = re.compile(r"<?(?:sip:)?([^@>]+)(?:@sip\.example\.com)?>?")


def _sip_step(request: Given) -> Given:
    method, headers, body = str(request["method"]), dict(request.get("headers") or {}), str(request.get("body") or "")
    if method == "INVITE":
        return {"holds": "sendonly" in body}
    if method == "REFER":
        doing = {"transfers": _number(headers.pop("Refer-To", ""))}
        doing |= {"by": _number(headers.pop("Referred-By"))} if "Referred-By" in headers else {}
    else:
        doing = {"sends": method} | ({"body": body} if body else {})
    return doing | ({"headers": headers} if headers else {})


def _number(written: str) -> str:
    found = REFERRED.fullmatch(written)
    return found[1] if found and written.endswith("@sip.example.com>") else written
