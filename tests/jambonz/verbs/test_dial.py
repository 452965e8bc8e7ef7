"""`dial`: calling somebody, and connecting them with the caller (jambonz.md 4.5, 5.2, 5.4)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import (
    AudioFetched,
    CallerHungUp,
    CallerPressed,
    CallerRequested,
    CallerSpoke,
    FetchAudio,
    PhoneAnswered,
    PhoneBeeped,
    PhoneRang,
    PhoneRefused,
)
from simulator.jambonz.fork_events import AudioConnected
from simulator.speech import speak
from tests.jambonz.playbook import (
    ANSWER,
    HANGUP,
    OVER,
    Does,
    Invites,
    Playbook,
    Send,
    ack,
    cancels,
    close,
    command,
    dials_audio,
    hangs_up_audio,
    over,
    pause,
    said,
    says,
    spoken,
)

Json = dict[str, Any]

AGENT, SECOND = "+1777", "+1888"
TERMINATED = (487, "Request Terminated")


def dial(*numbers: str, **more: Any) -> Json:
    target = [{"type": "phone", "number": number} for number in numbers or (AGENT,)]
    return {"verb": "dial", "actionHook": "/dialled", "target": target, **more}


def status(call_status: str, **data: Any) -> Send:
    return Send("call:status", call_status=call_status, **data)


def rings(book: Playbook, *verbs: Json) -> Playbook:
    """The application dials, and the agent's phone rings."""
    book.begins(*verbs)
    book << Invites(AGENT) << status("trying") >> PhoneRang(leg=1)
    return book << status("ringing")


def talks(book: Playbook, *verbs: Json) -> Playbook:
    """The agent has answered, and is connected with the caller."""
    rings(book, *(verbs or (dial(), HANGUP))) >> PhoneAnswered(1)
    return book.skip()


# --- one leg


def test_dial_answers_the_caller_and_calls_the_target(book: Playbook) -> None:
    book.begins(dial(), HANGUP)
    book << Invites(AGENT, members={"from_": "+1555"})
    book << status("trying", direction="outbound", parent_call_sid="call-sid", caller_id="+1555", to=AGENT, sip_status=100)
    assert book.notes("sip_response") == [{"status": 200}]


def test_the_statuses_of_the_leg_come_on_the_socket_of_the_caller_with_a_sid_of_their_own(book: Playbook) -> None:
    talks(book)
    messages = [message for message in book.sent if message["type"] == "call:status" and "parent_call_sid" in message["data"]]
    assert [message["data"]["call_status"] for message in messages] == ["trying", "ringing", "in-progress"]
    assert {message["call_sid"] for message in messages} == {"call-sid"}
    assert len({message["data"]["call_sid"] for message in messages} - {"call-sid"}) == 1


def test_the_agent_hangs_up_and_the_next_verb_runs_after_the_hook(book: Playbook) -> None:
    talks(book).at(3.5) >> CallerHungUp(leg=1)
    book << status("completed", duration=3, call_termination_by="absent") << over(1)
    book << Send("verb:hook", "/dialled", dial_call_status="completed", dial_sip_status=200, call_status="in-progress")
    book >> ack()
    book << status("completed", call_sid="call-sid") << close(1000) << OVER


def test_the_hook_names_the_leg(book: Playbook) -> None:
    talks(book) >> CallerHungUp(leg=1)
    leg = book.server.calls[1].info
    book.skip()
    hook = next(message["data"] for message in book.sent if message["type"] == "verb:hook")
    assert (hook["dial_call_sid"], hook["dial_sbc_callid"], hook["call_sid"]) == (leg.call_sid, leg.sbc_callid, "call-sid")


def test_the_caller_hangs_up_and_the_leg_is_hung_up_before_the_hook(book: Playbook) -> None:
    talks(book).at(2) >> CallerHungUp()
    book << status("completed", call_sid="call-sid", call_termination_by="caller") << status("completed", duration=2) << over(1)
    book << Send("verb:hook", "/dialled", dial_call_status="completed", call_status="completed")
    book >> ack([said("too late")])
    book << close(1000) << OVER


def test_the_caller_hangs_up_while_it_rings_and_the_invite_is_cancelled(book: Playbook) -> None:
    rings(book, dial(), HANGUP) >> CallerHungUp()
    book << status("completed", call_sid="call-sid") << cancels(1)
    book >> PhoneRefused(*TERMINATED, leg=1)
    book << status("no-answer", sip_status=487, sip_reason="Request Terminated") << over(1)
    book << Send("verb:hook", "/dialled", dial_call_status="no-answer", dial_sip_status=487)


@pytest.mark.parametrize(
    ("sip_status", "told"), [(486, "busy"), (600, "busy"), (487, "no-answer"), (404, "failed"), (480, "failed"), (603, "failed")]
)
def test_a_leg_that_fails_says_how(book: Playbook, sip_status: int, told: str) -> None:
    rings(book, dial(), HANGUP) >> PhoneRefused(sip_status, "Because", 1)
    book << status(told, sip_status=sip_status, sip_reason="Because", duration="absent") << over(1)
    book << Send("verb:hook", "/dialled", dial_call_status=told, dial_sip_status=sip_status)


@pytest.mark.parametrize(("written", "rings_s"), [({}, 60.0), ({"timeout": 8}, 8.0)])
def test_nobody_answers_in_time(book: Playbook, written: Json, rings_s: float) -> None:
    rings(book, dial(**written), HANGUP).at(rings_s - 0.1).is_silent()
    book.at(rings_s) << cancels(1)
    book >> PhoneRefused(*TERMINATED, leg=1)
    book << status("no-answer") << over(1) << Send("verb:hook", "/dialled", dial_call_status="no-answer", dial_sip_status=487)


def test_the_time_limit_ends_the_conversation_and_not_the_call(book: Playbook) -> None:
    talks(book, dial(timeLimit=30), HANGUP).at(29.9).is_silent()
    book.at(30.0) << status("completed", duration=30) << over(1) << Send("verb:hook", "/dialled", dial_call_status="completed")


def test_an_answer_that_crosses_the_cancel_is_hung_up(book: Playbook) -> None:
    rings(book, dial(timeout=5), HANGUP).at(5.0) << cancels(1)
    book >> PhoneAnswered(1)
    book << status("completed", sip_status=487, duration=0) << over(1) << Send("verb:hook", "/dialled")


def test_without_an_ack_of_the_hook_the_next_verb_runs(book: Playbook) -> None:
    talks(book) >> CallerHungUp(leg=1)
    book.skip().at(5.0) << status("completed", call_sid="call-sid")


# --- what the caller hears before


def test_answer_on_bridge_leaves_the_caller_ringing_until_somebody_has_answered(book: Playbook) -> None:
    rings(book, dial(answerOnBridge=True), HANGUP)
    assert book.notes("sip_response") == []
    assert book.notes("sip_provisional") == [{"status": 183}]
    book >> PhoneAnswered(1)
    book << status("in-progress", direction="outbound") << status("in-progress", call_sid="call-sid")
    assert book.notes("sip_response") == [{"status": 200}]


def test_answer_on_bridge_and_nobody_answers_hangs_up_in_vain(book: Playbook) -> None:
    rings(book, dial(answerOnBridge=True, actionHook=""), HANGUP) >> PhoneRefused(486, "Busy Here", 1)
    book.skip()
    assert book.notes("dropped")[0]["what"] == "verb hangup"


def test_early_media_of_a_single_target_is_heard(book: Playbook) -> None:
    book.begins(dial())
    book >> PhoneRang(early_media=True, leg=1) >> spoken("please hold", 1)
    book.at(20)
    assert book.heard(0) == ["please hold"]
    assert [message["data"]["sip_status"] for message in book.sent if message["data"].get("call_status") == "early-media"] == [183]


def test_early_media_of_several_targets_is_not_heard(book: Playbook) -> None:
    book.begins(dial(AGENT, SECOND))
    book >> PhoneRang(early_media=True, leg=1) >> spoken("please hold", 1)
    assert book.at(20).heard(0) == []


def test_dial_music_plays_until_somebody_answers(book: Playbook) -> None:
    book.begins(dial(dialMusic="https://sounds.test/music.wav"))
    book << Does(FetchAudio("https://sounds.test/music.wav"))
    music = speak("la la la la la")
    book >> AudioFetched("https://sounds.test/music.wav", music.pcm, music.rate_hz)
    book.at(1.0) >> PhoneAnswered(1)
    (heard,) = book.notes("heard", 0)
    assert heard["heard_s"] == 1.0
    assert heard["cut_s"] > 0


# --- two people talking


def test_each_hears_what_the_other_says_from_the_samples(book: Playbook) -> None:
    talks(book) >> spoken("good morning")
    book.at(10) >> spoken("how can I help", 1)
    book.at(20)
    assert (book.heard(1), book.heard(0)) == (["good morning"], ["how can I help"])


def test_what_is_said_when_the_bridge_is_made_is_heard_without_its_beginning(book: Playbook) -> None:
    rings(book, dial()) >> spoken("one two three four five")
    book.at(1.0) >> PhoneAnswered(1)
    assert book.at(20).heard(1) == ["four five"]


def test_what_is_cut_off_by_hanging_up_is_not_heard(book: Playbook) -> None:
    talks(book) >> spoken("one two three four five", 1)
    book.at(1.0) >> CallerHungUp(leg=1)
    assert book.heard(0) == ["one two three"]


# --- several targets


def test_the_first_to_answer_wins_and_the_others_are_cancelled(book: Playbook) -> None:
    book.begins(dial(AGENT, SECOND))
    book << Invites(AGENT, 1) << status("trying", to=AGENT) << Invites(SECOND, 2) << status("trying", to=SECOND)
    book >> PhoneRang(leg=1) >> PhoneRang(leg=2) >> PhoneAnswered(2)
    book << status("ringing", to=AGENT) << status("ringing", to=SECOND) << status("in-progress", to=SECOND) << cancels(1)
    book >> PhoneRefused(*TERMINATED, leg=1)
    book << status("no-answer", to=AGENT, sip_status=487) << over(1)
    book >> CallerHungUp(leg=2)
    book << status("completed", to=SECOND) << over(2)
    book << Send("verb:hook", "/dialled", dial_call_status="completed", dial_call_sid=book.server.calls[2].info.call_sid)


def test_when_all_fail_the_last_one_counts(book: Playbook) -> None:
    book.begins(dial(AGENT, SECOND)).skip() >> PhoneRefused(486, "Busy Here", 1)
    book << status("busy") << over(1)
    book >> PhoneRefused(404, "Not Found", 2)
    book << status("failed") << over(2) << Send("verb:hook", "/dialled", dial_call_status="failed", dial_sip_status=404)


def test_repeated_targets_are_called_once_and_no_more_than_ten(book: Playbook) -> None:
    book.begins(dial(AGENT, AGENT, *(f"+2{number}" for number in range(20))))
    assert len(book.server.calls) == 11


def test_users_and_sip_uris_are_called_by_their_address(book: Playbook) -> None:
    target = [{"type": "user", "name": "ann"}, {"type": "user", "name": "bob@there.test"}, {"type": "sip", "sipUri": "sip:carl@pbx.test"}]
    book.begins({"verb": "dial", "target": target})
    for leg, to in enumerate(("ann@sip.example.com", "bob@there.test", "sip:carl@pbx.test"), start=1):
        book << Invites(to, leg) << status("trying", to=to)


def test_an_account_without_teams_cannot_dial_teams(book: Playbook) -> None:
    book.begins({"verb": "dial", "actionHook": "/dialled", "target": [{"type": "teams", "number": AGENT}]}, HANGUP)
    book << status("completed", call_sid="call-sid")
    assert "teams" in book.notes("verb_failed")[0]["why"]


def test_caller_id_and_headers_are_those_of_the_verb_and_the_target(book: Playbook) -> None:
    target = [{"type": "phone", "number": AGENT, "headers": {"X-B": "2"}}]
    book.begins({"verb": "dial", "callerId": "+1999", "headers": {"X-A": "1"}, "target": target})
    book << Invites(AGENT, members={"from_": "+1999", "headers": {"X-A": "1", "X-B": "2"}})
    book << status("trying", caller_id="+1999")


# --- dial:confirm


CONFIRM = dial(confirmHook="/confirm")


def asked(book: Playbook, verb: Json = CONFIRM) -> Playbook:
    rings(book, verb, HANGUP) >> PhoneAnswered(1)
    return book << status("in-progress", direction="outbound") << Send("dial:confirm", "/confirm", direction="outbound")


@pytest.mark.parametrize("data", [None, []])
def test_an_empty_ack_accepts(book: Playbook, data: Any) -> None:
    asked(book) >> ack(data)
    book >> spoken("hello")
    assert book.at(9).heard(1) == ["hello"]


def test_the_verbs_run_on_the_leg_alone_and_then_it_is_connected(book: Playbook) -> None:
    asked(book) >> ack([said("a call for you")]) >> spoken("hello")
    book.at(9)
    assert book.heard(1) == ["a call for you"]
    assert book.heard(0) == []
    book >> spoken("and now")
    assert book.at(19).heard(1) == ["a call for you", "and now"]


@pytest.mark.parametrize("data", ["text", {"verb": "no such"}, [{"verb": "no such"}], [{"verb": "sip:decline", "status": 486}], [dial()], [HANGUP]])
def test_what_is_no_list_of_fitting_verbs_and_a_hangup_decline(book: Playbook, data: Any) -> None:
    asked(book) >> ack(data)
    book << status("completed", duration=0) << over(1) << Send("verb:hook", "/dialled")


def test_without_an_ack_the_leg_is_hung_up(book: Playbook) -> None:
    asked(book).at(5.0) << status("completed", duration=5) << over(1) << Send("verb:hook", "/dialled")


def test_the_agent_hangs_up_while_being_asked(book: Playbook) -> None:
    asked(book) >> CallerHungUp(leg=1)
    book << status("completed") >> ack([said("too late")])
    book << over(1) << Send("verb:hook", "/dialled", dial_call_status="completed")


def test_the_caller_hangs_up_while_the_agent_is_asked_and_nobody_waits_for_the_answer(book: Playbook) -> None:
    asked(book, {name: value for name, value in CONFIRM.items() if name != "actionHook"}) >> CallerHungUp()
    book << status("completed", call_sid="call-sid") << status("completed", direction="outbound") << over(1) << close(1000) << OVER


def test_later_verbs_of_a_confirm_session_are_limited(book: Playbook) -> None:
    asked(book) >> ack([{"verb": "gather", "input": ["digits"], "numDigits": 1, "actionHook": "/key"}])
    book >> CallerPressed("1", 1)
    book << Send("verb:hook", "/key", reason="dtmfDetected", digits="1", direction="outbound")
    book >> ack([{"verb": "pause", "length": 50}, said("thank you")])
    assert "pause" in book.notes("dropped")[0]["what"]
    assert book.at(9).heard(1) == ["thank you"]


def test_the_others_ring_on_while_somebody_is_asked_and_may_win(book: Playbook) -> None:
    book.begins(dial(AGENT, SECOND, confirmHook="/confirm")).skip()
    book >> PhoneAnswered(1) >> PhoneAnswered(2)
    book >> ack(hook="/confirm")  # the newest: that of the second
    book.skip()
    assert book.server.calls[1].over
    assert not book.server.calls[2].over


# --- keys


@pytest.mark.parametrize(("capture", "leg", "told"), [(["*2"], 0, True), (["*2"], 1, True), ({"childCall": ["*2"]}, 0, False)])
def test_a_captured_sequence_is_told_to_the_dtmf_hook(book: Playbook, capture: Any, leg: int, told: bool) -> None:
    talks(book, dial(dtmfCapture=capture, dtmfHook="/keys")) >> CallerPressed("1*2", leg)
    if told:
        book << Send("verb:hook", "/keys", dtmf="*2", call_sid=book.server.calls[leg].info.call_sid)
    book.is_silent()


def test_keys_more_than_three_seconds_apart_are_no_sequence(book: Playbook) -> None:
    talks(book, dial(dtmfCapture=["*2"], dtmfHook="/keys")) >> CallerPressed("*")
    book.at(3.0) >> CallerPressed("2")
    book.is_silent()


# --- killed by the application


def test_a_redirect_ends_the_dial_and_its_verbs_win_over_those_of_the_hook(book: Playbook) -> None:
    talks(book) >> command("redirect", [said("new verbs")])
    book << status("completed", duration=0) << over(1) << Send("verb:hook", "/dialled", dial_call_status="completed")
    book >> ack([HANGUP])
    book.at(9)
    assert book.heard(0) == ["new verbs"]


def test_without_a_redirect_the_verbs_of_the_hook_run(book: Playbook) -> None:
    talks(book) >> CallerHungUp(leg=1)
    book >> ack([said("they are gone")])
    book.at(9)
    assert book.heard(0) == ["they are gone"]


# --- transferred by one of the two


def refers(leg: int) -> CallerRequested:
    return CallerRequested("REFER", {"Refer-To": "<sip:+1999@pbx.test>", "Referred-By": "<sip:ann@pbx.test>"}, leg=leg)


def test_a_refer_of_the_agent_has_verbs_for_the_caller(book: Playbook) -> None:
    talks(book, dial(referHook="/refer"), HANGUP) >> refers(1)
    book << Send("verb:hook", "/refer", call_sid=book.server.calls[1].info.call_sid)
    details = book.sent[-1]["data"]["refer_details"]
    assert (details["refer_to_user"], details["referred_by_user"], details["referred_call_sid"]) == ("+1999", "ann", "call-sid")
    book >> ack([said("one moment please")])
    assert book.notes("sip_answer", 1) == [{"method": "REFER", "status": 202}]
    book >> ack(hook="/dialled")
    book.at(9)
    assert book.server.calls[1].over
    assert book.heard(0) == ["one moment please"]


def test_a_refer_of_the_caller_has_verbs_for_the_agent(book: Playbook) -> None:
    talks(book, dial(referHook="/refer"), HANGUP) >> refers(0)
    book >> ack([said("one moment please")], hook="/refer")
    book.at(9)
    assert book.heard(1) == ["one moment please"]
    assert book.notes("sip_answer", 0) == [{"method": "REFER", "status": 202}]


def test_without_a_refer_hook_nobody_is_transferred(book: Playbook) -> None:
    talks(book) >> refers(1)
    assert book.notes("sip_answer", 1) == [{"method": "REFER", "status": 501}]


# --- on hold


def holds(leg: int, direction: str = "sendonly") -> CallerRequested:
    return CallerRequested("INVITE", {}, f"v=0\r\nm=audio 40000 RTP/AVP 0\r\na={direction}\r\n", leg)


def test_who_is_on_hold_hears_what_the_hook_has_until_they_talk_on(book: Playbook) -> None:
    talks(book, dial(onHoldHook="/hold"), HANGUP) >> holds(1)
    book << Send(
        "verb:hook", "/hold", call_sid="call-sid", hold_detail={"from": "<sip:+1555@sip.example.com>", "to": f"<sip:{AGENT}@sip.example.com>"}
    )
    book >> ack([said("please hold"), pause(30)]) >> spoken("psst", 1)
    book.at(9)
    assert book.heard(0) == ["please hold"]
    book >> holds(1, "sendrecv") >> spoken("here I am", 1)
    assert book.at(19).heard(0) == ["please hold", "here I am"]


def test_the_hook_is_asked_again_when_its_verbs_are_done(book: Playbook) -> None:
    talks(book, dial(onHoldHook="/hold"), HANGUP) >> holds(0)
    book >> ack([pause(5)])
    book.skip().at(5.0) << Send("verb:hook", "/hold")


def test_the_agent_hangs_up_while_the_caller_is_on_hold(book: Playbook) -> None:
    talks(book, dial(onHoldHook="/hold"), HANGUP) >> holds(1)
    book >> ack([pause(50)])
    book.skip() >> CallerHungUp(leg=1)
    book << status("completed") << over(1) << Send("verb:hook", "/dialled")


# --- answering machines


MACHINE = "this is the mailbox of somebody please leave a message now"


def detecting(book: Playbook) -> Playbook:
    return talks(book, dial(amd={"actionHook": "/amd"}))


def test_a_long_greeting_is_that_of_a_machine_which_is_waited_for(book: Playbook) -> None:
    detecting(book) >> spoken(MACHINE, 1)
    book.at(speak(MACHINE).duration_s + 0.4)
    book << Send("verb:hook", "/amd", type="amd_machine_detected", reason="long greeting", call_sid="call-sid")
    book.skip().at(20)
    assert book.sent[-1]["data"]["type"] == "amd_machine_stopped_speaking"


def test_a_short_greeting_is_that_of_a_human(book: Playbook) -> None:
    detecting(book) >> spoken("hello", 1)
    book.at(4) << Send("verb:hook", "/amd", type="amd_human_detected", reason="short greeting", greeting="hello", language="en-US")


def test_silence_is_told_after_five_seconds(book: Playbook) -> None:
    detecting(book).at(4.9).is_silent()
    book.at(5.0) << Send("verb:hook", "/amd", type="amd_no_speech_detected")


def test_the_tone_of_a_machine_is_told(book: Playbook) -> None:
    detecting(book) >> PhoneBeeped(1000, 1)
    book << Send("verb:hook", "/amd", type="amd_tone_detected", frequency=1000)


def test_verbs_of_the_amd_hook_replace_the_stack(book: Playbook) -> None:
    detecting(book).at(5.0) >> ack([HANGUP], hook="/amd")
    book.skip() >> ack(hook="/dialled")
    book << status("completed", call_sid="call-sid")


# --- what listens to the two


EAR = "wss://ears.test/sound"
HEARS = {"transcriptionHook": "/words", "recognizer": {"vendor": "default", "language": "default"}}


def test_a_nested_listen_begins_with_the_connection_tells_of_the_dialled_leg_and_ends_with_the_verb(book: Playbook) -> None:
    rings(book, ANSWER, dial(listen={"url": EAR}), HANGUP) >> PhoneAnswered(1)
    book << status("in-progress") << dials_audio(EAR)
    book >> AudioConnected(0)
    child = book.sent[-1]["data"]["call_sid"]
    book << says(callSid=child, direction="outbound")
    book.at(2.0) >> CallerHungUp(leg=1)
    book << status("completed", call_sid=child) << over(1) << hangs_up_audio()


def test_the_running_dial_obeys_listen_status(book: Playbook) -> None:
    talks(book, ANSWER, dial(listen={"url": EAR}), HANGUP) >> AudioConnected(0) >> command("listen:status", {"listen_status": "pause"})
    assert [note["fate"] for note in book.notes("command")] == ["done"]


def test_a_listen_that_cannot_be_is_dropped_and_the_two_talk_on(book: Playbook) -> None:
    talks(book, ANSWER, dial(listen={"url": "nowhere"}), HANGUP)
    assert [note["what"] for note in book.notes("dropped")] == ["dial.listen"]
    book.at(30.0).is_silent()


def test_a_nested_transcribe_tells_both_channels_and_its_acks_change_nothing(book: Playbook) -> None:
    talks(book, ANSWER, dial(transcribe=HEARS), HANGUP) >> spoken("good morning")
    book.at(3.0) << Send("verb:hook", "/words")
    assert (book.sent[-1]["data"]["speech"]["channel_tag"], book.sent[-1]["data"]["call_sid"]) == (1, "call-sid")
    book >> ack([HANGUP], hook="/words")
    book >> CallerSpoke(speak("and to you"), leg=1)
    book.at(6.0) << Send("verb:hook", "/words")
    speech = book.sent[-1]["data"]["speech"]
    assert (speech["channel_tag"], speech["alternatives"][0]["transcript"]) == (2, "and to you")


def test_what_cannot_be_simulated_is_said(book: Playbook) -> None:
    book.begins(ANSWER, dial(boostAudioSignal=3), pause(1))
    assert book.notes("not_simulated")[0]["what"] == "dial.boostAudioSignal"
