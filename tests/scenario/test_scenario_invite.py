"""Who calls is made of the scenario: everybody in it calls the same application of the same account."""

from __future__ import annotations

from simulator.ids import Ids
from simulator.jambonz.account import Account
from simulator.scenario.invite import invite_of
from simulator.scenario.load import loads

TEXT = """
name: two callers
phones: {bob: {number: "+15550100"}}
steps:
  - caller: {dial: true, who: bob}
"""


def test_another_caller_is_of_the_same_account_and_has_sids_of_their_own() -> None:
    scenario, ids = loads(TEXT)[0], Ids(1)
    first, bob = (invite_of(scenario, ids, {}, Account(), who).info for who in (None, "bob"))
    assert (bob.account_sid, bob.application_sid) == (first.account_sid, first.application_sid)
    assert bob.from_ == "+15550100"
    assert not {bob.call_sid, bob.call_id, bob.sbc_callid} & {first.call_sid, first.call_id, first.sbc_callid}
