"""Speech synthesis: texts, one after the other, as the caller hears them.

Source: tasks/say.js and tts-task.js, of neighbouring commits: all texts are synthesized first, then played, again for every round of the
loop. Inferred: what has been synthesized once in a call comes from the cache the next time.
"""

from __future__ import annotations

from typing import Any

from simulator.audio import resample
from simulator.jambonz.call import Call
from simulator.jambonz.events import AudioFetched, Effect, FetchAudio, Note, Played, dropped
from simulator.jambonz.schema import VerbData
from simulator.jambonz.ssml import SILENCE, spoken
from simulator.script import Script, until
from simulator.speech import Speech

FOREVER = 1_000_000
RATE_HZ = 8_000


def texts_of(data: dict[str, Any]) -> list[str]:
    """`text` is a text or a list of them; all of a list are spoken."""
    text = data.get("text", "")
    return [str(part) for part in text if part] if isinstance(text, list) else [str(text)] if text else []


def rounds(loop: object) -> int:
    """`loop` is a number, a text with a number, or `forever`."""
    if loop == "forever":
        return FOREVER
    try:
        return min(FOREVER, max(1, int(str(loop or 1))))
    except ValueError:
        return 1


def voice_of(call: Call, own: object) -> dict[str, Any]:
    """The synthesizer of a verb: its own settings over those of the session; `default` means the session's."""
    settings = own if isinstance(own, dict) else {}
    return {**call.invite.synthesizer, **{name: value for name, value in settings.items() if value != "default"}}


def speak_texts(call: Call, verb: VerbData) -> Script[Effect, None]:
    """All texts of a `say`, as often as it wants. Killed where it waits; the caller of this stops what plays."""
    data = verb.data
    texts, voice = texts_of(data), voice_of(call, data.get("synthesizer"))
    for text in texts:
        _synthesize(call, verb, text, voice)
    for _ in range(rounds(data.get("loop"))):
        sounded = False
        for text in texts:
            sounded = (yield from _speak(call, verb, text)) or sounded
        if not sounded:
            return  # nothing to be heard, however often


def fails(call: Call, verb: VerbData) -> bool:
    """Whether speech synthesis fails; the application is told, and the next verb runs (recording `call_tts_fails`)."""
    if call.media.tts_failure is None or not texts_of(verb.data):
        return False
    vendor = voice_of(call, verb.data.get("synthesizer")).get("vendor")
    details = f"TTS vendor {vendor} error: Error: {call.media.tts_failure}"
    call.notify_error({"msg": "TTS error", "details": details, "failover": "not available"}, verb)
    return True


def _synthesize(call: Call, verb: VerbData, text: str, voice: dict[str, Any]) -> None:
    """Say what synthesis was asked for. What was synthesized before in this call comes from the cache (inferred)."""
    if _is_sound(text):
        return
    features, key = call.features, (text, str(voice.get("vendor")), str(voice.get("language")), str(voice.get("voice")))
    cached = key in features.synthesized and features.tts_cache and not verb.data.get("disableTtsCache")
    features.synthesized.add(key)
    made: dict[str, Any] = {} if cached else {"characters": len(text), "elapsed_time": call.media.synthesis_ms}
    call.notify_verb("synthesized-audio", verb, vendor=voice.get("vendor"), language=voice.get("language"), **made, served_from_cache=cached)


def _is_sound(text: str) -> bool:
    """Whether a text names a sound instead: a file, or silence."""
    return text.startswith(("http://", "https://", SILENCE))


def _speak(call: Call, verb: VerbData, text: str) -> Script[Effect, bool]:
    if text.startswith(("http://", "https://")):
        yield FetchAudio(text)
        audio = yield from until(AudioFetched, where=lambda event: event.url == text)
        pcm, rate_hz = audio.pcm, audio.rate_hz
        if pcm is None:
            call.do(dropped(f"{verb.name} {text}", "the file cannot be fetched", "check the URL", verb.data))
            return False
    else:
        pcm, rate_hz = render(call, text, verb.data.get("instructions")), RATE_HZ
    if not pcm:
        return False
    call.play(pcm, rate_hz)
    call.notify_verb("start-playback", verb)
    yield from until(Played)
    call.notify_verb("stop-playback", verb)
    return True


def render(call: Call, text: str, instructions: object = None) -> bytes:
    """The samples of a text, plain or SSML, at 8 kHz; what is said is written down."""
    parts = spoken(text)
    for element in parts.left_out:
        call.do(Note("app", "not_simulated", {"what": f"SSML <{element}>", "instead": "its words are spoken in the usual way"}))
    pcm = b""
    for part in parts.parts:
        pcm += _samples(call.media.speak(part)) if isinstance(part, str) else bytes(2 * round(part * RATE_HZ))
    if parts.words:
        manner = {"instructions": instructions} if instructions else {}
        call.note("said", text=parts.words, duration_s=round(len(pcm) / 2 / RATE_HZ, 3), **manner)
    return pcm


def _samples(speech: Speech) -> bytes:
    return speech.pcm if speech.rate_hz == RATE_HZ else resample(speech.pcm, speech.rate_hz, RATE_HZ)
