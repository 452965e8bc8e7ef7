"""Speech from a stream of text: `say {stream: true}`, `config {ttsStream}` and `autoStreamTts`, over the buffer of `token_stream.py`.

Source: tasks/say.js `handlingStreaming`, of a neighbouring commit. Inferred: there is one buffer for the call, from its beginning.
"""

from __future__ import annotations

from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, Note, Played, dropped
from simulator.jambonz.schema import VerbData
from simulator.jambonz.token_stream import STREAMING_VENDORS, TokenStream, streams
from simulator.jambonz.voice import render, texts_of, voice_of
from simulator.script import Killed, Script, until, until_killed

NAME = "ttsStream"
RETRIES = 5
FIRST_RETRY_S = 1.0
RETRY_GROWTH = 1.5


def tokens_of(call: Call) -> TokenStream:
    """The buffer of this call."""
    if call.features.tokens is None:
        call.features.tokens = TokenStream(lambda text: _speak(call, text), lambda event: _tell(call, event))
        call.when_over.append(lambda: _note_unspoken(call))
    return call.features.tokens


def _speak(call: Call, text: str) -> None:
    pcm = render(call, text)
    if pcm and call.play(pcm, 8_000):
        call.note("stream_speaks")


def _tell(call: Call, event: str) -> None:
    if not call.over:
        call.notify("tts:streaming-event", {"event_type": event})


def _note_unspoken(call: Call) -> None:
    """Text that the call has ended without."""
    tokens = call.features.tokens
    if tokens is not None and tokens.size:
        call.do(Note("app", "tokens_unspoken", {"characters": tokens.size, "stream": tokens.state}))


def open_stream(call: Call, own: object) -> bool:
    """Connect the buffer to the voice a verb wants; where its vendor cannot stream, the application hears `stream_closed` at once."""
    vendor = str(voice_of(call, own).get("vendor"))
    if tokens_of(call).open(vendor, call.now_s):
        return True
    why = f"speech of {vendor!r} cannot be streamed"
    call.do(dropped("the stream of speech", why, f"name a synthesizer whose vendor is {', '.join(STREAMING_VENDORS)} or custom:…", own))
    _tell(call, "stream_closed")
    return False


def say_stream(verb: VerbData, call: Call) -> Script[Effect, None]:
    """A `say` that is a stream: it ends when all has been spoken and nothing waits (`closeStreamOnEmpty`), or is killed."""
    data, tokens = verb.data, tokens_of(call)
    if data.get("closeStreamOnEmpty") is False:
        why = "the server looks for closeOnStreamEmpty, which its validator refuses: the stream closes when it is empty"
        call.do(dropped("say.closeStreamOnEmpty: false", why, "use config {ttsStream: {enable: true}} for a stream that stays open", data))
    try:
        if not open_stream(call, data.get("synthesizer")):
            return
        for text in texts_of(data):
            if not (yield from _put(tokens, text, call)):
                _tell(call, "stream_closed")
                return
        while True:
            yield from until(Played)
            if not tokens.size and not call.playback.playing:
                break
    except Killed:
        call.stop_playing()
        tokens.close()
        return
    tokens.close()


def _put(tokens: TokenStream, text: str, call: Call) -> Script[Effect, bool]:
    """Text of the verb itself goes into the buffer and is flushed; while that is full it is tried again, more and more slowly."""
    wait_s = FIRST_RETRY_S
    for _ in range(1 + RETRIES):
        result = tokens.buffer(text, call.now_s)
        if result["status"] == "ok":
            tokens.flush()
            return True
        if result.get("reason") != "full":
            return False
        yield from until(timeout_s=wait_s)
        wait_s *= RETRY_GROWTH
    return False


def background_stream(call: Call, options: dict[str, Any]) -> Script[Effect, None]:
    """A stream that stays open beside the verbs, until it is switched off."""
    try:
        if open_stream(call, options.get("synthesizer")):
            yield from until_killed()
    except Killed:
        tokens_of(call).close()


def auto_streams(call: Call, verb: VerbData) -> bool:
    """Whether `config {autoStreamTts: true}` makes a stream of this `say`."""
    return call.features.auto_stream and streams(str(voice_of(call, verb.data.get("synthesizer")).get("vendor")))
