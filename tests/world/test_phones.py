"""How a phone behaves when it is called."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import CallerSpoke, CallOver, CancelInvite, InvitePhone, PhoneAnswered, PhoneBeeped, PhoneRang, PhoneRefused
from simulator.scenario.load import loads
from simulator.script import Timeout
from simulator.speech import speak
from simulator.world.phones import BEEP_HZ, Decline, Did, Manner, Phones, PickUp, same_address

NUMBER = "+1777"
INVITE = InvitePhone(NUMBER, "+1555", leg=3)


def phone(manner: Manner | None = None) -> Phones:
    """One phone; without a manner, somebody else has the say."""
    return Phones({"ann": NUMBER}, {} if manner is None else {"ann": manner})


def events(phones: Phones, event: Any, now_s: float = 0.0) -> list[Any]:
    """What the feature server is told, and nothing of the journal."""
    return [outcome for outcome in phones.receive(event, now_s) if not isinstance(outcome, Did)]


def test_it_rings_until_it_answers() -> None:
    ann = phone(Manner(after_s=2.0))
    assert events(ann, INVITE) == [PhoneRang(leg=3)]
    assert ann.wake_at_s == 2.0
    assert events(ann, Timeout(), 1.9) == []
    assert events(ann, Timeout(), 2.0) == [PhoneAnswered(3)]
    assert ann.wake_at_s is None


def test_at_once_is_at_once() -> None:
    assert events(phone(Manner(after_s=0.0)), INVITE) == [PhoneRang(leg=3), PhoneAnswered(3)]


def test_without_a_manner_it_rings_until_somebody_decides() -> None:
    ann = phone()
    assert events(ann, INVITE) == [PhoneRang(leg=3)]
    assert ann.wake_at_s is None
    assert events(ann, PickUp(3), 5.0) == [PhoneAnswered(3)]
    assert events(ann, PickUp(3), 6.0) == []


def test_somebody_declines() -> None:
    ann = phone()
    ann.receive(INVITE, 0.0)
    assert events(ann, Decline(3, 486), 1.0) == [PhoneRefused(486, "Busy Here", 3)]


def test_a_cancel_stops_the_ringing_and_comes_too_late_after_an_answer() -> None:
    ann = phone(Manner(after_s=2.0))
    ann.receive(INVITE, 0.0)
    assert events(ann, CancelInvite(3), 1.0) == [PhoneRefused(487, "Request Terminated", 3)]
    assert ann.wake_at_s is None
    ann.receive(INVITE, 5.0)
    assert events(ann, Timeout(), 7.0) == [PhoneAnswered(3)]
    assert events(ann, CancelInvite(3), 7.0) == []


def test_a_phone_in_a_call_is_busy_until_that_is_over() -> None:
    ann = phone(Manner(after_s=0.0))
    ann.receive(INVITE, 0.0)
    assert events(ann, InvitePhone(NUMBER, "+1556", leg=4)) == [PhoneRefused(486, "Busy Here", 4)]
    ann.receive(CallOver(3), 1.0)
    assert events(ann, InvitePhone(NUMBER, "+1556", leg=5))[-1] == PhoneAnswered(5)


def test_a_phone_that_calls_is_busy_too() -> None:
    ann = phone(Manner(after_s=0.0))
    ann.takes_part(1, "ann")
    assert events(ann, INVITE) == [PhoneRefused(486, "Busy Here", 3)]


def test_a_number_nobody_has_is_not_found() -> None:
    assert events(phone(), InvitePhone("+1999", "+1555", leg=3)) == [PhoneRefused(404, "Not Found", 3)]


def test_early_media_is_heard_while_it_rings() -> None:
    rang, spoke = events(phone(Manner(after_s=9.0, early_media="please hold")), INVITE)
    assert rang == PhoneRang(early_media=True, leg=3)
    assert spoke == CallerSpoke(speak("please hold"), 3)


def test_a_machine_greets_and_then_beeps() -> None:
    machine = phone(Manner(after_s=1.0, greeting="leave a message", beeps=True))
    machine.receive(INVITE, 0.0)
    answered, spoke = events(machine, Timeout(), 1.0)
    assert (answered, spoke) == (PhoneAnswered(3), CallerSpoke(speak("leave a message"), 3))
    beeps_at_s = 1.0 + speak("leave a message").duration_s
    assert machine.wake_at_s == pytest.approx(beeps_at_s)
    assert events(machine, Timeout(), beeps_at_s) == [PhoneBeeped(BEEP_HZ, 3)]


def test_a_machine_that_is_hung_up_does_not_beep() -> None:
    machine = phone(Manner(after_s=0.0, greeting="leave a message", beeps=True))
    machine.receive(INVITE, 0.0)
    machine.receive(CallOver(3), 0.1)
    assert machine.wake_at_s is None


@pytest.mark.parametrize(
    ("number", "called", "same"),
    [
        ("+1777", "+1777", True),
        ("+1777", "sip:+1777@pbx.test", True),
        ("ann", "ann@sip.example.com", True),
        ("sip:ann@pbx.test", "sip:ann@pbx.test", True),
        ("ann@pbx.test", "sips:ann@pbx.test", True),
        ("bob", "ann@pbx.test", False),
    ],
)
def test_a_phone_is_known_by_its_number_or_its_address(number: str, called: str, same: bool) -> None:
    assert same_address(number, called) is same


MACHINE = Manner(0.0, greeting="You have reached the mailbox of somebody who is not here, please leave a message after the tone.", beeps=True)


@pytest.mark.parametrize(
    ("written", "manner"),
    [
        ("at once", Manner(0.0)),
        ("after 2s", Manner(2.0)),
        ("after 1m30s", Manner(90.0)),
        ("busy", Manner(0.0, 486, rings=False)),
        ("unreachable", Manner(0.0, 480, rings=False)),
        ("never", Manner()),
        ("{decline: 603}", Manner(0.0, 603, rings=False)),
        ("{decline: 603, after: 3s}", Manner(3.0, 603)),
        ("{how: busy, after: 1s}", Manner(1.0, 486)),
        ("{after: 1s, early_media: please hold}", Manner(1.0, early_media="please hold")),
        ("{how: after 1s, says: hello}", Manner(1.0, greeting="hello")),
        ("{as: machine}", MACHINE),
    ],
)
def test_how_it_is_written(written: str, manner: Manner) -> None:
    (scenario,) = loads(f"name: x\nphones: {{ann: {{number: '+1', answers: {written}}}}}\nsteps: [{{caller: {{wait: 1s}}}}]")
    answers = scenario.phones["ann"].answers
    assert answers is not None
    assert answers.manner == manner


@pytest.mark.parametrize(
    "written",
    ["after two seconds", "soon", "after 2", "{decline: 200}", "{how: busy, says: hello}", "{how: after 1s, after: 2s}", "{how: busy, decline: 486}"],
)
def test_what_means_nothing_is_refused(written: str) -> None:
    with pytest.raises(Exception, match="answers"):
        loads(f"name: x\nphones: {{ann: {{number: '+1', answers: {written}}}}}\nsteps: [{{caller: {{wait: 1s}}}}]")
