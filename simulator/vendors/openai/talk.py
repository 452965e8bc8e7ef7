"""An open session at work: what is heard in it, the responses under way, and the MCP servers it asks."""

from __future__ import annotations

from collections import deque

from simulator.vendors.openai.context import Context
from simulator.vendors.openai.hearing import Hearing
from simulator.vendors.openai.mcp import list_tools
from simulator.vendors.openai.responses import Responses


class Talk:
    """All that a client event may concern."""

    def __init__(self, context: Context, misheard: deque[str | None]) -> None:
        self.context = context
        self.responses = Responses(context)
        self.hearing = Hearing(context, self.responses, misheard)
        self._mcp_servers: list[str] = []  # whose tools were listed

    def list_mcp_tools(self) -> None:
        """Ask the MCP servers that the session has named since they were last asked."""
        for tool in self.context.session.values.get("tools", ()):
            if tool["type"] == "mcp" and tool["server_label"] not in self._mcp_servers:
                self._mcp_servers.append(tool["server_label"])
                self.context.line.play(list_tools(tool, self.context))

    def leave(self, reason: str) -> None:
        """The connection is over: nobody will be answered, nobody owes anything."""
        self.responses.leave(reason)
        self.context.debts.owed.clear()
