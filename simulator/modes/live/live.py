"""Live calls: commands in, messages out, on the loop of whoever shows them. No HTTP and no terminal in here."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any, assert_never

from simulator.errors import SimError, UsageError, Where, did_you_mean
from simulator.modes.config import Config
from simulator.modes.live import commands, messages
from simulator.modes.live.application import Application
from simulator.modes.live.conversation import Conversation
from simulator.modes.live.keeping import keep
from simulator.modes.live.messages import PHONES, Json, Told
from simulator.modes.live.minds import Model
from simulator.modes.live.player import LivePlayer, patient
from simulator.modes.live.rehearsal import Rehearsal
from simulator.modes.live.shelf import Shelf, read_step
from simulator.modes.simulate.writing import scenario_of
from simulator.network import ClockLoop
from simulator.scenario.acts import Cue, Curtain, Next
from simulator.scenario.load import Scenario
from simulator.scenario.phone import Phone
from simulator.scenario.steps import Step
from simulator.scenario.steps.registry import CallLine
from simulator.stage import Stage

TICK_S = 0.05
KEPT = 20
"""How many conversations that are over can still be saved."""
MOST_STEPS = 200
"""How many steps may wait to be played: more is no person."""
NUMBERS = {"a": "+15083084809", "b": "+15083084810"}
TO = "+15083728363"
COUGH = {"caller": {"noise": "300ms"}}
SOUNDS = frozenset({"say", "interrupt", "play", "noise"})
"""What a muted phone does not send."""
NOBODY = "it is in no call"
_PHONES = {name: Phone(number=number) for name, number in NUMBERS.items()}

Answer = Callable[[Json], None]


def ignored(_: Json) -> None:
    """For orders whose answer nobody wants."""


class Live:
    """Everything that `dev` and `talk` share. `start` it on the loop on which it lives, which must be a `ClockLoop` on the real clock.

    Raises `UsageError` for a configuration that names no application, and for what is no model. What is wrong with a command is answered.
    """

    def __init__(self, config: Config, model: Model | None = None, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._model = model or Model()
        self.application = Application(config, self._tell, self._scenarios_saved)
        self.config = self.application.config
        self._listeners: list[Callable[[Told], None]] = []
        self._conversations: deque[Conversation] = deque(maxlen=KEPT)
        self._shelf = Shelf(self.config.scenarios, self._environ)
        self._muted: set[str] = set()
        self._waiting: dict[int, tuple[Conversation, Answer]] = {}
        """Who is to hear how a step has ended, by its number."""
        self._ringing: list[tuple[Conversation, str, Answer]] = []
        self._prepared: dict[str, list[Step]] = {phone: [] for phone in PHONES}
        self._mics: dict[str, int] = {}
        self._numbers, self._ids = count(1), count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._saving = 0
        self._rests = asyncio.Event()
        self.worst = 0
        """1 when a call so far has failed, or a rule has found an error; 3 when the application could not be started."""

    # --- its life

    async def start(self) -> None:
        """Begin to look after the application, and to tell what happens."""
        loop = asyncio.get_running_loop()
        if not isinstance(loop, ClockLoop) or not loop.clock.rate:
            raise UsageError("live calls live on the real clock", "run them on ClockLoop(real())")
        self._loop = loop
        self._shelf.look()
        self._spawn(self.application.watch())
        self._spawn(self._tick())

    async def close(self) -> None:
        """Hang everybody up, and end what was started."""
        if self._conversations:
            await self._conversations[-1].end()
            self._look()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.application.close()

    def hello(self) -> Json:
        """The first message for somebody who begins to listen."""
        return messages.hello(self.application.told, {"kind": self._model.kind, "name": self._model.name}, self._shelf.told)

    def listen(self, tell: Callable[[Told], None]) -> Callable[[], None]:
        """From now on tell what happens; answers how to stop that."""
        self._listeners.append(tell)

        def stop() -> None:
            if tell in self._listeners:
                self._listeners.remove(tell)

        return stop

    def order(self, command: Any, answer: Answer = ignored) -> None:
        """Do this; `answer` is told `done` when it has been done, or `refused`. Raises nothing."""
        order_id = command.get("id") if isinstance(command, dict) else None
        try:
            read = commands.read(command)
            if self._do(read, partial(_answered, answer)):
                answer(messages.done(order_id))
        except SimError as error:
            answer(messages.refused_by(order_id, error))

    def hear(self, data: bytes) -> None:
        """What a microphone picks up: one byte of which phone, then PCM16 mono little-endian. What nobody can hear is thrown away."""
        phone = PHONES[data[0]] if data and data[0] < len(PHONES) else None
        if phone is None or phone not in self._mics or phone in self._muted:
            return
        conversation = self._current
        call = None if conversation is None else conversation.call_of(phone)
        if call is not None and conversation is not None and conversation.stage is not None:
            conversation.stage.stream(data[1 : 1 + len(data[1:]) // 2 * 2], self._mics[phone], call.leg)

    def farewell(self) -> None:
        """Nothing more will be ordered: when all that was is done, and what came of it was heard, everybody hangs up."""
        if (current := self._current) is not None and current.live:
            current.tell(Curtain(judged=True))

    @property
    def up(self) -> list[str]:
        """Phones that are in a call."""
        current = self._current
        return [] if current is None else [phone for phone in PHONES if current.call_of(phone) is not None]

    async def rest(self) -> None:
        """Wait until every call is over, and all that was kept is written."""
        while not all(one.ended for one in self._conversations) or self._saving:
            self._rests.clear()
            await self._rests.wait()

    # --- telling

    def _tell(self, told: Told) -> None:
        for listener in list(self._listeners):
            listener(told)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S * self._loop.clock.rate)
            self._look()

    def _look(self) -> None:
        for conversation in list(self._conversations):
            if conversation.ended:
                continue
            for played in conversation.played():
                self._step_ended(played.number, played.failure)
            for _, told in conversation.look():
                self._weigh(told)
                self._tell(told)
            if conversation.ended:
                self._ended(conversation)
        still = []
        for conversation, phone, answer in self._ringing:
            call = next((one for one in reversed(conversation.calls) if one.phone == phone), None)
            if conversation.ended or (call is not None and call.state != "ringing"):
                answer(messages.done(None))
            else:
                still.append((conversation, phone, answer))
        self._ringing = still

    def _step_ended(self, number: int, failure: Any) -> None:
        _, answer = self._waiting.pop(number, (None, None))
        if answer is not None:
            told = messages.done(None) if failure is None else messages.refused(None, "; ".join((failure.problem, *failure.details)), failure.remedy)
            answer(told)

    def _weigh(self, told: Told) -> None:
        if isinstance(told, bytes):
            return
        if told["is"] == "finding" and told["finding"]["severity"] == "error":
            self.worst = max(self.worst, 1)
        if told["is"] == "result" and told["outcome"] in ("failed", "error"):
            self.worst = max(self.worst, 1)

    def _ended(self, conversation: Conversation) -> None:
        if conversation.result is not None and conversation.result.outcome == "error":
            self.worst = max(self.worst, conversation.result.exit_code)
        self._rests.set()
        if self._loop.clock.rate != 1:
            self._loop.run_at(1.0)
        for number, (of, answer) in list(self._waiting.items()):
            if of is conversation:
                del self._waiting[number]
                answer(messages.refused(None, "the call was over before this could be done", "call again"))

    def _scenarios_saved(self) -> None:
        if self._shelf.look():
            self._tell(messages.scenarios(self._shelf.told))

    # --- orders

    def _do(self, command: commands.Any_, answer: Callable[[Any, Json], None]) -> bool:
        """Whether it is done already; else `answer` will be told."""
        told: Answer = partial(answer, command.id)
        match command:
            case commands.Call():
                self._call(command, told)
                return False
            case commands.Say(text=text, phone=phone):
                return self._step(phone, {"caller": {"say": text}}, told)
            case commands.Interrupt(text=text, phone=phone):
                return self._step(phone, {"caller": {"interrupt": text}}, told)
            case commands.Press(digits=digits, phone=phone):
                return self._step(phone, {"caller": {"press": digits}}, told)
            case commands.HangUp(phone=phone):
                return self._hang_up(phone, told)
            case commands.Cough(phone=phone):
                return self._step(phone, COUGH, told)
            case commands.AnyStep(step=step, phone=phone):
                return self._step(phone, step, told)
            case commands.Mute(on=on, phone=phone):
                (self._muted.add if on else self._muted.discard)(phone)
            case commands.BadLine():
                raise UsageError("bad_line: how a bad line sounds is not simulated in this version", "cough, or mishear what the caller says next")
            case commands.Mic(hz=hz, phone=phone):
                self._mic(phone, hz)
            case commands.Play():
                self._play(command)
            case commands.Next():
                self._rehearsal().tell(Next())
            case commands.Stop():
                self._rehearsal().tell(Curtain(judged=False))
            case commands.Save(call=call, file=file):
                self._spawn(self._save(self._conversation_of(call), file, told))
                return False
            case commands.Reload():
                self.application.reload()
            case other:
                assert_never(other)
        return True

    @property
    def _current(self) -> Conversation | None:
        current = self._conversations[-1] if self._conversations else None
        return None if current is None or current.over else current

    def _call(self, command: commands.Call, answer: Answer) -> None:
        phone, current = command.phone, self._current
        if current is not None and not current.live:
            raise UsageError("a scenario is being played", 'stop it first: {"do": "stop"}')
        if current is not None and current.call_of(phone) is not None:
            raise UsageError(f"phone {phone} is in a call", "let it hang up first")
        from_, to = command.from_ or NUMBERS[phone], command.to or TO
        if command.direction == "outbound":
            from_, to = command.from_ or TO, command.to or NUMBERS[phone]
        about: dict[str, Any] = {"from": from_, "to": to, "direction": command.direction, "env_vars": command.env_vars, "headers": command.headers}
        if command.direction == "outbound":
            about["answers"] = "at once"
        if current is None:
            self._first(phone, about)
        else:
            self._joins(current, phone, about)
        self._ringing.append((self._conversations[-1], phone, answer))

    def _first(self, phone: str, about: Mapping[str, Any]) -> None:
        others = {name: {"number": number} for name, number in NUMBERS.items() if name != phone}
        scenario = scenario_of({"name": f"a call of phone {phone}", "call": about, "phones": others}, Where(messages.LIVE, 1, 1))
        names: dict[str | None, str] = {None: phone, **{name: name for name in others}}
        conversation = self._begin(
            scenario,
            lambda stage: LivePlayer(stage.scenario, stage.journal, stage.playback_of, stage.prompt_of, self._model),
            lambda who: names.get(who, who if who in PHONES else None),
            live=True,
        )
        for step in self._prepared[phone]:
            conversation.tell(Cue(next(self._numbers), step))
        self._prepared[phone] = []

    def _joins(self, current: Conversation, phone: str, about: Mapping[str, Any]) -> None:
        """One more caller in a conversation that goes on; environment variables are those of its first call."""
        if about["direction"] == "outbound" or about["env_vars"]:
            raise UsageError(
                "the second phone can call in, with the environment of the first", "leave out direction and env_vars, or call with one phone only"
            )
        if current.stage is None or not isinstance(current.player, LivePlayer):
            raise UsageError("the application is starting", "call again in a moment")
        joining = Phone(number=str(about["from"]), headers=dict(about["headers"]))
        current.player.add_phone(phone, joining)
        scenario = current.stage.scenario
        call = replace(scenario.call, to=str(about["to"]))
        current.scenario = current.stage.scenario = replace(scenario, call=call, phones={**scenario.phones, phone: joining})
        self._cue(current, read_step({"caller": {"dial": True, "who": phone}}, current.scenario.phones), ignored)
        for step in self._prepared[phone]:
            self._cue(current, _by(step, phone), ignored)
        self._prepared[phone] = []

    def _begin(self, scenario: Scenario, cast: Any, phone_of: Callable[[str | None], str | None], *, live: bool) -> Conversation:
        distant = self._model.distant if live else None  # a scenario says what its model says
        conversation = Conversation(scenario, cast, self.application, self._loop, phone_of, lambda: f"c{next(self._ids)}", live, distant)
        self._conversations.append(conversation)
        for call in conversation.calls:
            self._tell(call.message())
        conversation.begin()
        return conversation

    def _step(self, phone: str, written: Mapping[str, Any], answer: Answer) -> bool:
        current = self._current
        if current is not None and not current.live:
            raise UsageError("a scenario is being played, which says all steps itself", 'stop it first: {"do": "stop"}')
        actor = next(iter(written), None)
        if phone in self._muted and _is_sound(written):
            raise UsageError(f"phone {phone} is muted: nobody would hear it", f'{{"do": "mute", "phone": "{phone}", "on": false}}')
        call = None if current is None else current.call_of(phone)
        step = patient(read_step(written, _PHONES if current is None else current.scenario.phones), written)
        if current is None or (call is None and not _rings(current, phone)):
            if actor not in ("world", "model"):
                raise UsageError(f"phone {phone} cannot do this: {NOBODY}", f'call first: {{"do": "call", "phone": "{phone}"}}')
            if len(self._prepared[phone]) >= MOST_STEPS:
                raise UsageError(f"{MOST_STEPS} steps wait for a call already", "call first")
            self._prepared[phone].append(step)  # as it stands before the first words of a scenario
            return True
        if len(self._waiting) >= MOST_STEPS:
            raise UsageError(f"{MOST_STEPS} steps wait to be played already", "wait until some of them are done")
        self._cue(current, _by(step, None if call is not None and call.leg == 0 else phone), answer)
        return False

    def _cue(self, conversation: Conversation, step: Step, answer: Answer) -> None:
        number = next(self._numbers)
        if answer is not ignored:
            self._waiting[number] = conversation, answer
        conversation.tell(Cue(number, step))

    def _hang_up(self, phone: str, answer: Answer) -> bool:
        current = self._current
        call = None if current is None else current.call_of(phone)
        if current is None or call is None:
            raise UsageError(f"phone {phone} cannot hang up: {NOBODY}")
        if not current.live:
            current.tell(Curtain(judged=False))
            return True
        return self._step(phone, {"caller": {"hang_up": True}}, answer)

    def _mic(self, phone: str, hz: int | None) -> None:
        if hz is None:
            self._mics.pop(phone, None)
            return
        current = self._current
        if current is None or current.call_of(phone) is None:
            raise UsageError(f"phone {phone} has nobody to hear it: {NOBODY}")
        self._mics[phone] = hz

    def _rehearsal(self) -> Conversation:
        current = self._current
        if current is None or current.live:
            raise UsageError("no scenario is being played", 'for example {"do": "play", "scenario": "FILE::NAME"}')
        return current

    def _play(self, command: commands.Play) -> None:
        if self._current is not None:
            raise UsageError("somebody is in a call", "hang up first")
        scenario = self._shelf.scenario(command.scenario)
        others = dict.fromkeys(list(scenario.phones)[:1], PHONES[1])

        def cast(stage: Stage) -> Rehearsal:
            return Rehearsal(stage.scenario, stage.journal, stage.playback_of, command.speed == "step")

        self._loop.run_at(5.0 if command.speed == 5 else 1.0)
        self._begin(replace(scenario, clock=None), cast, lambda who: PHONES[0] if who is None else others.get(who), live=False)

    def _conversation_of(self, call_id: str) -> Conversation:
        found = next((one for one in self._conversations if any(call.id == call_id for call in one.calls)), None)
        if found is None:
            known = [call.id for one in self._conversations for call in one.calls]
            raise UsageError(f"there is no call {call_id!r}", did_you_mean(call_id, known) if known else "call first")
        return found

    async def _save(self, conversation: Conversation, file: str, answer: Answer) -> None:
        self._saving += 1
        try:
            self._tell(await keep(conversation.journal.frames, file, self.config))
        except SimError as error:
            answer(messages.refused_by(None, error))
        else:
            answer(messages.done(None))
        finally:
            self._saving -= 1
            self._rests.set()

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._loop.call_exception_handler({"message": "live calls: our own fault", "exception": error, "task": task})


def _answered(answer: Answer, order_id: Any, told: Json) -> None:
    answer({**told, "id": order_id})


def _by(step: Step, who: str | None) -> Step:
    """The step as that phone's, unless it says whose it is."""
    return replace(step, who=who) if isinstance(step, CallLine) and step.who is None else step


def _is_sound(written: Mapping[str, Any]) -> bool:
    """Whether in this step somebody would be heard."""
    doing = written.get("caller")
    return isinstance(doing, dict) and not SOUNDS.isdisjoint(doing)


def _rings(conversation: Conversation, phone: str) -> bool:
    """Whether this phone is being called, or called a moment ago."""
    scenes = conversation.player.scenario.phones if conversation.player is not None else {}
    return phone in scenes and conversation.call_of(phone) is not None
