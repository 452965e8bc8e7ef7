"""`say`: text to speech for the caller, as long as its text."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, Played
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Killed, Script, until

FOREVER = 1_000_000


def texts_of(data: dict[str, object]) -> list[str]:
    """`text` is a text or a list of them."""
    text = data.get("text", "")
    return [str(part) for part in text] if isinstance(text, list) else [str(text)]


def rounds(loop: object) -> int:
    """`loop` is a number, a text with a number, or `forever`."""
    if loop == "forever":
        return FOREVER
    try:
        return max(1, int(str(loop or 1)))
    except ValueError:
        return 1


@verb("say")
def say(data: VerbData, call: Call) -> Script[Effect, None]:
    """Has no hook. A failure of speech synthesis is a `jambonz:error`, then the next verb (recording `call_tts_fails`)."""
    vendor = call.invite.synthesizer.get("vendor")
    texts = [text for text in texts_of(data.data) if text]
    if texts and call.media.tts_failure is not None:
        details = f"TTS vendor {vendor} error: Error: {call.media.tts_failure}"
        call.notify_error({"msg": "TTS error", "details": details, "failover": "not available"}, data)
        return
    try:
        for _ in range(rounds(data.data.get("loop"))):
            for text in texts:
                language = call.invite.synthesizer.get("language")
                call.notify_verb(
                    "synthesized-audio", data, vendor=vendor, language=language, characters=len(text), elapsed_time=25, served_from_cache=False
                )
                speech = call.media.speak(text)
                call.note("said", text=text, duration_s=round(speech.duration_s, 3))
                call.play(speech.pcm, speech.rate_hz)
                call.notify_verb("start-playback", data)
                yield from until(Played)
                call.notify_verb("stop-playback", data)
    except Killed:
        call.notify_verb("kill-playback", data)
        call.stop_playing()
