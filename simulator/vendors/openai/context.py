"""What all parts of an open session work with: its line, its conversation, its account, its dice."""

from __future__ import annotations

from simulator.ids import Ids
from simulator.vendors.openai import usage
from simulator.vendors.openai.conversation import Conversation
from simulator.vendors.openai.debts import Debts
from simulator.vendors.openai.events import Dialect, Json
from simulator.vendors.openai.formats import Format, format_of
from simulator.vendors.openai.line import Line
from simulator.vendors.openai.padding import Padding
from simulator.vendors.openai.session import Session
from simulator.vendors.openai.settings import Settings


class Context:
    """One open session on its line, before anybody says anything."""

    def __init__(self, line: Line, session: Session, settings: Settings, ids: Ids) -> None:
        self.line, self.session, self.settings, self.ids = line, session, settings, ids
        self.conversation = Conversation(self.new_id("conv"))
        self.padding = Padding(ids.dice("obfuscation"))
        self.account = usage.Account()
        self.debts = Debts()

    @property
    def now_s(self) -> float:
        return self.line.now_s

    @property
    def dialect(self) -> Dialect:
        return self.session.dialect

    @property
    def heard_format(self) -> Format:
        """The format of audio that the client sends."""
        return format_of(self.session.hears["format"])

    def new_id(self, prefix: str) -> str:
        return self.ids.openai(prefix, self.line.now_s)

    def rate_limits(self) -> Json:
        """The event that says what is left (7.3)."""
        return usage.rate_limits_updated(self.dialect, self.account, named=self.settings.limits_named)
