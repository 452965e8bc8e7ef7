"""Sound files that a person names in a scenario, a script or a rule."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar

from simulator.errors import Where
from simulator.scenario.schema import Complaint, Doc, NotEmpty
from simulator.scenario.value import value
from simulator.speech import Speech
from simulator.world.audio_files import NoWav, read_wav_file

CONVERT = "convert it, for example: ffmpeg -i FILE -ar 24000 -ac 1 -c:a pcm_s16le FILE.wav"


def sound_file(where: Where, name: str) -> Path:
    """The file of this name, seen from the file it is written in."""
    return Path(where.file).parent / name


def complaints(key: str, where: Where, name: str, read: Callable[[], object] | None = None) -> Iterator[Complaint]:
    """What is wrong with a sound file that is to be played; `read` is how it is read, if not just to see whether it can be."""
    path = sound_file(where, name)
    if not name.isprintable():
        yield Complaint(key, "the name of a file is written out: nothing that was said can be a part of it", "write one rule for each file")
    elif not os.path.isfile(path):  # unlike Path.is_file, it never raises
        yield Complaint(key, f"there is no file {path}", "the path is relative to the file it is written in")
    else:
        try:
            _ = read_wav_file(path) if read is None else read()
        except NoWav as problem:
            yield Complaint(key, f"{path} cannot be played: {problem}", CONVERT)


@value(kw_only=True)
class Recording:
    """What the assistant says, as a sound file; its transcript is `text`. It is played at its own pace, whatever the session's speed."""

    TITLE: ClassVar[str] = "model.say"

    where: Where = field(compare=False)
    wav: Annotated[str, Doc("a WAV file, relative to this file"), NotEmpty()]
    text: Annotated[str, Doc("the words in it, as the transcript has them")]

    def check(self) -> Iterator[Complaint]:
        """It must be possible to play it; from now on it is kept."""
        yield from complaints("wav", self.where, self.wav, lambda: self.speech)

    @cached_property
    def speech(self) -> Speech:
        """The sound, and the words in it. Raises NoWav."""
        return Speech(self.text, *read_wav_file(sound_file(self.where, self.wav)))
