"""Whatever webhooks answer, at whatever instant, the feature server keeps its promises.

Like `test_any_application`, with requests over HTTP in place of a websocket; a redirect may open one later on.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from simulator.ids import Ids
from simulator.jambonz import events
from simulator.jambonz.hook import Hook
from simulator.jambonz.messages import CallInfo, Invite
from simulator.jambonz.profile import profile_named
from simulator.jambonz.server import FeatureServer
from tests.jambonz.test_any_application import ACK_DATA, GOOD, AnyApplication, Json

STATUSES = st.sampled_from([200, 200, 200, 202, 204, 201, 302, 404, 500])
BODIES = st.one_of(
    st.builds(json.dumps, ACK_DATA),
    st.sampled_from(["", "{", "null", '{"type": "conversation.item.create", "item": {}}', "[" * 5000]),
    st.text(max_size=5),
)
CONTENT = st.sampled_from(["application/json", "application/json", "application/json; charset=utf-8", "text/plain", ""])


class AnyWebhooks(AnyApplication):
    """Everybody around one feature server, whose application is asked over HTTP."""

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[int, events.AskWebhook] = {}
        self.seen: set[int] = set()

    @initialize(
        status_hook=st.sampled_from(["/status", "https://other.test/status", None]),
        rc=st.sampled_from(["", "#rc=1", "#rc=2&rp=all"]),
        first=st.lists(GOOD, min_size=1, max_size=4) | st.lists(GOOD, min_size=2, max_size=4) | st.none(),
    )
    def a_call_comes_in(self, status_hook: str | None, rc: str, first: list[Json] | None) -> None:
        info = CallInfo("call-sid", "inbound", "+1555", "+1666", "call-id", "sbc-id", "account", "application")
        hook = Hook.parse(f"http://app.test/hook{rc}")
        self.server = FeatureServer(hook=hook, invite=Invite(info), profile=profile_named("0.9.8"), ids=Ids("any"), status_hook=status_hook)
        self.happens(events.Invited())
        if first is not None:
            (request,) = self.open
            self.answers(request, 200, "application/json", json.dumps(first))
            self.the_model_is("opens")

    def happens(self, event: events.Happening) -> None:
        before, was_over = len(self.orders), self.over
        super().happens(event)
        for effect in self.orders[before:]:
            match effect:
                case events.AskWebhook(request):
                    assert request not in self.open, "it asks while it waits for the answer"
                    assert not was_over or "attempt" in effect.message, "after the end it asks something new"
                    self.open[request] = effect
                    if effect.message["type"] == "call:status" and request not in self.seen and "error" not in effect.message["data"]:
                        self.statuses.append(effect.message["data"]["call_status"])
                    self.seen.add(request)
                case events.AbandonWebhook(request):
                    assert request in self.open, "it abandons what nobody was asked"
                    del self.open[request]

    def answers(self, request: int, status: int, content_type: str, body: str) -> None:
        del self.open[request]
        self.happens(events.WebhookAnswered(request, status, content_type, body))

    @rule(data=st.data(), status=STATUSES, content_type=CONTENT, body=BODIES, late=st.booleans())
    def a_webhook_answers(self, data: st.DataObject, status: int, content_type: str, body: str, late: bool) -> None:
        """Any request, in any order; with luck after its headers."""
        if self.open:
            request = data.draw(st.sampled_from(list(self.open)))
            if late:
                self.happens(events.WebhookResponds(request))
            self.answers(request, status, content_type, body)

    @rule(data=st.data(), kind=st.sampled_from(["ct", None]))
    def a_request_fails(self, data: st.DataObject, kind: Any) -> None:
        if self.open:
            request = data.draw(st.sampled_from(list(self.open)))
            del self.open[request]
            self.happens(events.WebhookFailed(request, kind, "connect ECONNREFUSED", {"code": "ECONNREFUSED"}))

    @rule(data=st.data())
    def an_answer_comes_that_nobody_waits_for(self, data: st.DataObject) -> None:
        gone = sorted(self.seen - set(self.open))
        if gone:
            self.happens(events.WebhookAnswered(data.draw(st.sampled_from(gone)), 200, "application/json", "[]"))

    @invariant()
    def what_is_owed_was_asked(self) -> None:
        if hasattr(self, "server"):
            owed = sum(debt.startswith("the app owes an answer") for debt in self.server.owed)
            assert owed == len(self.open)

    def teardown(self) -> None:
        """Everybody becomes reasonable: the caller hangs up, and everything is answered."""
        if not hasattr(self, "server"):
            return
        self.happens(events.CallerHungUp())
        for _ in range(14):
            self.a_dial_ends("opens")
            self.the_model_is("opens")
            self.a_sound_arrives(True)
            for request in list(self.open):
                self.answers(request, 200, "application/json", "[]")
            self.acknowledge_everything()
            self.time_passes(11.0)
        if any(requestor.held_back or any(entry.deadline_s is None for entry in requestor.open.values()) for requestor in self.websockets):
            return  # defects of the real server, kept
        assert self.over == 1, f"the call never ends: {self.server.call.waits_for}"
        assert not self.server.asks_webhooks
        assert not self.server.owed
        assert self.server.wake_at_s is None


TestAnyWebhooks = AnyWebhooks.TestCase
TestAnyWebhooks.settings = settings(
    max_examples=300, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
