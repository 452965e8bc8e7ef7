"""What is told of what a phone hears, and when."""

from __future__ import annotations

from simulator.jambonz.media import Playback
from simulator.modes.live.ear import SOUND_HZ, Ear
from simulator.speech import noise, speak

TEXT = "Hello! How can I help you?"


def test_simulated_speech_is_told_as_words_when_it_begins_and_once() -> None:
    playback, ear, speech = Playback(), Ear("a"), speak(TEXT)
    playback.add(speech.pcm, speech.rate_hz, 1.0)
    assert list(ear.look(playback, "item_1", TEXT, 1.05)) == []
    (told,) = ear.look(playback, "item_1", TEXT, 1.3)
    assert told == {"is": "speaks", "phone": "a", "text": TEXT, "item_id": "item_1", "lasts_s": round(speech.duration_s, 3)}
    assert list(ear.look(playback, "item_1", TEXT, 1.5)) == []


def test_words_that_come_in_pieces_are_told_whole_when_it_is_known_what_is_said() -> None:
    playback, ear, speech = Playback(), Ear("b"), speak(TEXT)
    half = len(speech.pcm) // 4 * 2
    playback.add(speech.pcm[:half], speech.rate_hz, 0.0)
    (told,) = ear.look(playback, "item_1", TEXT, 0.3)
    assert isinstance(told, dict)
    assert told["text"] == TEXT
    playback.add(speech.pcm[half:], speech.rate_hz, 0.4)
    assert list(ear.look(playback, "item_1", TEXT, 0.5)) == []


def test_words_that_nobody_has_announced_are_told_as_they_come() -> None:
    playback, ear, speech = Playback(), Ear("a"), speak(TEXT)
    half = len(speech.pcm) // 4 * 2
    playback.add(speech.pcm[:half], speech.rate_hz, 0.0)
    told = list(ear.look(playback, "", "", 0.3))
    playback.add(speech.pcm[half:], speech.rate_hz, 0.4)
    told += ear.look(playback, "", "", 0.5)
    assert " ".join(one["text"] for one in told if isinstance(one, dict)) == TEXT


def test_real_sound_is_given_as_it_is_played_and_no_faster() -> None:
    playback, ear, sound = Playback(), Ear("b"), noise(2.0)
    playback.add(sound.pcm, sound.rate_hz, 0.0)
    given = [told for tick in range(1, 60) for told in ear.look(playback, "", "", tick * 0.05) if isinstance(told, bytes)]
    samples = sum(len(told) - 1 for told in given) / 2
    assert all(told[0] == 1 for told in given)
    assert abs(samples / SOUND_HZ - 2.0) < 0.1
    assert len(given) > 20


def test_the_next_thing_said_is_told_again() -> None:
    playback, ear, speech = Playback(), Ear("a"), speak("Yes")
    playback.add(speech.pcm, speech.rate_hz, 0.0)
    first = list(ear.look(playback, "", "Yes", 0.3))
    playback.stop(0.4)
    assert list(ear.look(playback, "", "Yes", 0.5)) == []
    playback.add(speech.pcm, speech.rate_hz, 2.0)
    assert list(ear.look(playback, "", "Yes", 2.3)) == first
