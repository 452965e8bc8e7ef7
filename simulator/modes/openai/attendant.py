"""One connection, complete: the model server core and the mind that answers for it. Sans-IO, like the core."""

from __future__ import annotations

from collections import deque

from simulator.modes.openai.minds import Mind
from simulator.modes.openai.plans import Plan
from simulator.modes.openai.recording import Recording
from simulator.script import Timeout, soonest
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.faults import Fault, FaultyServer, Happening, Upon
from simulator.vendors.openai.server import SLACK_S, ModelServer

FIRST_SOUND = (
    "response.output_audio.delta", "response.audio.delta", "response.output_text.delta", "response.text.delta",
)  # fmt: skip
"""From these on, an answer is being heard."""

Outgoing = openai.Emit | openai.Close


class Attendant:
    """Tells the core what happened, asks the mind when a response is wanted, and leaves only what is sent."""

    def __init__(self, server: ModelServer, mind: Mind, welcome: Plan | None = None, recording: Recording | None = None) -> None:
        self.model, self.server, self.mind = server, FaultyServer(server), mind
        self._later: list[tuple[float, Happening]] = []
        self._armed: dict[str, tuple[tuple[float, Happening], ...]] = {}
        self._welcome, self._recording = welcome or Plan(), recording
        self._begun = False

    @property
    def wake_at_s(self) -> float | None:
        wake_at_s = self.server.wake_at_s
        return soonest(wake_at_s, *(at_s for at_s, _ in self._later)) if self._later else wake_at_s

    def receive(self, event: openai.ServerHappening, now_s: float) -> list[Outgoing]:
        """Something happened."""
        agenda: deque[Happening] = deque()
        if not self._begun:
            self._begun = True
            for plan in (self._welcome, self.mind.begins()):
                agenda += plan.before
                self._later += ((now_s + after_s, happening) for after_s, happening in plan.later)
        if isinstance(event, Timeout) and self._later:
            due = [entry for entry in self._later if entry[0] <= now_s + SLACK_S]
            self._later = [entry for entry in self._later if entry not in due]
            agenda += (happening for _, happening in sorted(due, key=lambda entry: entry[0]))
        agenda.append(event)
        outgoing: list[Outgoing] = []
        recording = self._recording
        while agenda:
            happening = agenda.popleft()
            if recording is not None:
                recording.happened(happening, now_s)
            for effect in self.server.happen(happening, now_s):
                if recording is not None:
                    recording.sent(effect, now_s)
                match effect:
                    case openai.Emit():
                        outgoing.append(effect)
                        if self._armed:
                            self._sounds(effect.event, now_s)
                    case openai.Close():
                        outgoing.append(effect)
                        self._later.clear()
                    case openai.ResponseRequested(response_id):
                        agenda += self._ask(response_id)
                    case openai.ResponseGone(response_id):
                        self._armed.pop(response_id, None)
        return outgoing

    def _ask(self, response_id: str) -> list[Happening]:
        prompt = self.model.prompt(response_id)
        if prompt is None:
            return []
        plan = self.mind.answers(prompt)
        if plan.later:
            self._armed[response_id] = plan.later
        answered = [openai.Answered(response_id, plan.answer)] if plan.answer is not None else []
        for fault in plan.before:
            if isinstance(fault, Fault | Upon):
                self.server.lay(fault)  # at once: what follows the request in this instant may be what it waits for
        return [*(one for one in plan.before if not isinstance(one, Fault | Upon)), *answered]

    def _sounds(self, said: openai.Json, now_s: float) -> None:
        name = said.get("type")
        if name in FIRST_SOUND:
            self._later += ((now_s + after_s, happening) for after_s, happening in self._armed.pop(said["response_id"], ()))
        elif name == "response.done":
            self._armed.pop(said["response"]["id"], None)
