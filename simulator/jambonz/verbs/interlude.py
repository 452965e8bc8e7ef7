"""What a hook gives a caller to listen to: on the way into a conference, or for as long as somebody has to wait.

Source: `_playHook` of conference.js and enqueue.js (jambonz.md 5.2): the hook is asked, its verbs are carried out, and it is asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.jambonz.events import Effect, QueueMoved, dropped
from simulator.jambonz.hooks import Unanswered, hook_name, request, verbs_in
from simulator.jambonz.messages import B3_WHEN_TRACING_IS_OFF
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import SCRIPTS, PlayFileNotFound
from simulator.script import Running, Script, until

if TYPE_CHECKING:
    from simulator.jambonz.call import Call

LISTENING = frozenset({"say", "play", "pause"})


@dataclass(slots=True)
class Interlude:
    """Belongs to the verb that runs, and ends with it at the latest. `name` is that of the hook, `may` the verbs it may give.

    `payload` is asked for anew each time; `gap_s` is the silence before each time. `left` says that one of the verbs was `leave`.
    """

    call: Call
    name: str
    hook: Any
    payload: Callable[[], dict[str, Any]]
    gap_s: float = 0.0
    may: frozenset[str] = LISTENING
    left: bool = False
    verb: VerbData | None = field(init=False)
    _over: bool = False
    _running: Running[Effect, None] | None = None

    def __post_init__(self) -> None:
        self.verb = self.call.verb

    def begin(self) -> None:
        """Beside the verb, again and again: until it ends, or a hook has nothing to listen to, which is silence from there on."""
        self._running = self.call.beside(self._again_and_again())

    def end(self) -> None:
        """No more of it, from this instant on."""
        if not self._over:
            self._over = True
            if self._running is not None:
                self._running.kill(self.call.now_s)

    def _again_and_again(self) -> Script[Effect, None]:
        while not self._gone:
            yield from until(timeout_s=self.gap_s)
            if not (yield from self.once()):
                break
        if self.left:
            self._over = True
            self.call.tell(QueueMoved())

    def once(self) -> Script[Effect, bool]:
        """Ask and listen once; whether it is worth asking again."""
        where = f"the ack of the {self.name} {hook_name(self.hook)}"
        try:
            data = yield from request(self.call, "verb:hook", self.payload(), hook_name(self.hook), B3_WHEN_TRACING_IS_OFF)
            verbs = verbs_in(self.call, data, where)
        except Unanswered:
            return False
        if self._gone:
            return False
        if wrong := [verb.name for verb in verbs if verb.name not in self.may]:
            allowed = ", ".join(sorted(self.may))
            why = f"only {allowed} may come there: the server plays none of them, and does not ask again"
            self.call.do(dropped(f"{', '.join(wrong)} in {where}", why, f"send {allowed}", data))
            return False
        for verb in verbs:
            if verb.name == "leave":
                self.left = True
                return False
            yield from self._carry_out(verb)
            if self._gone:
                return False
        return bool(verbs)

    def _carry_out(self, verb: VerbData) -> Script[Effect, None]:
        """One of them; a `play` has no hook of its own here, and one without its file is passed over."""
        if "actionHook" in verb.data:
            self.call.leave_out(verb, "actionHook")
            verb = VerbData(verb.name, {name: value for name, value in verb.data.items() if name != "actionHook"})
        try:
            yield from SCRIPTS[verb.name](verb, self.call)
        except PlayFileNotFound:
            return

    @property
    def _gone(self) -> bool:
        return self._over or self.call.verb is not self.verb
