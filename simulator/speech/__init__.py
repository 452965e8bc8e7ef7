"""Speech that carries its words: audible, speech-length, and readable again from its samples alone.

Every word begins with a burst of 25 ms symbols and is filled up with a hum to the length such a word has when spoken. A symbol is one
byte: one low tone and one high tone of 16 each. All tones lie on odd multiples of 40 Hz between 440 and 3080 Hz, so that they fit
into a telephone line and, under a Hann window of one symbol, do not touch each other. `burst` is the code, `speaking` and `hearing` are its
two sides.
"""

from simulator.speech.hearing import HeardWord, hear, words
from simulator.speech.speaking import Speech, noise, speak, speaking_time_s

__all__ = ["HeardWord", "Speech", "hear", "noise", "speak", "speaking_time_s", "words"]
