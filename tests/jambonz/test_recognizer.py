"""Speech recognition on the caller's line."""

from __future__ import annotations

from simulator.jambonz.events import Recognized, SpeechDetected
from simulator.jambonz.media import Line
from simulator.jambonz.recognizer import ENDPOINT_S, Recognizer, speech_result
from simulator.speech import noise, speak


def everything(recognizer: Recognizer, until_s: float) -> list[tuple[float, Recognized | SpeechDetected]]:
    """What it understands when it is asked whenever it wants to be."""
    understood = []
    while (due_s := recognizer.wake_at_s) is not None and due_s <= until_s:
        understood += [(round(due_s, 3), event) for event in recognizer.listen(due_s)]
    return understood


def test_a_transcript_is_final_after_a_pause() -> None:
    line = Line()
    ends_s = line.speak(speak("a table for two"), 1.0)
    recognizer = Recognizer(line, from_s=0.0)
    heard = everything(recognizer, 60.0)
    assert heard[-1] == (round(ends_s + ENDPOINT_S, 3), Recognized("a table for two"))


def test_interim_results_grow_word_by_word() -> None:
    line = Line()
    line.speak(speak("a table for two"), 0.0)
    heard = [event.text for _, event in everything(Recognizer(line, 0.0, partials=True), 60.0) if isinstance(event, SpeechDetected)]
    assert heard == sorted(set(heard), key=len)
    assert len(heard) > 2
    assert all("a table for two".startswith(text) for text in heard)


def test_a_cough_is_no_transcript() -> None:
    line = Line()
    line.speak(noise(0.8), 0.0)
    assert everything(Recognizer(line, 0.0, partials=True), 60.0) == []


def test_in_silence_it_wants_nothing() -> None:
    recognizer = Recognizer(Line(), 0.0)
    assert recognizer.wake_at_s is None
    assert recognizer.listen(5.0) == []


def test_what_was_said_before_it_listened_is_not_heard() -> None:
    line = Line()
    ends_s = line.speak(speak("too early"), 0.0)
    assert Recognizer(line, from_s=ends_s).wake_at_s is None


def test_one_utterance_after_the_other() -> None:
    line = Line()
    recognizer = Recognizer(line, 0.0)
    line.speak(speak("first"), 0.0)
    first = everything(recognizer, 10.0)
    line.speak(speak("second"), 20.0)
    second = everything(recognizer, 40.0)
    assert [event for _, event in first + second if isinstance(event, Recognized)] == [Recognized("first"), Recognized("second")]


def test_the_payload_has_the_shape_of_a_gather_hook() -> None:
    assert speech_result("hi", {"vendor": "deepgram", "language": "de-DE"}, final=True) == {
        "language_code": "de-DE",
        "channel_tag": 1,
        "is_final": True,
        "alternatives": [{"confidence": 0.98, "transcript": "hi"}],
        "vendor": {"name": "deepgram", "evt": []},
    }
