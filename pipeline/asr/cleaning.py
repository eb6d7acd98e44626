"""What speech recognisers invent, taken out again; and marks, where they leave them out."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.asr.base import NOTHING, Heard
from pipeline.records import Seconds, Word
from pipeline.resources import LEXICONS
from pipeline.text.index import PhraseIndex
from pipeline.text.lexicon import read_lexicon
from pipeline.text.normal import normalise, spoken_characters
from pipeline.text.phrases import PhraseSet

if TYPE_CHECKING:
    from collections.abc import Sequence

PHANTOMS = "phantom.txt"
"""The lexicon of lines that Whisper knows from subtitles and writes over noise."""
FASTEST = 12.0
"""Spoken characters a second that nobody reaches: quick Mandarin has six to eight."""
LEAST_FAST = 6
"""Fewer characters say nothing of a speed: 喂 in a tenth of a second is one click's length."""
LOOP_TIMES, LOOP_CHARACTERS = 4, 8
"""A loop comes at least so many times over and has so many characters; 对对对 is said."""
LONGEST_LOOP = 12
"""Words that go round together."""
SLOWEST_LOOP: Seconds = 0.1
"""Seconds a character under which a repetition was never said."""
UNMARKED = 12
"""A longer text without a mark lacks them."""
CLAUSE_PAUSE: Seconds = 0.3
"""A pause between words at which a clause ends."""
SENTENCE_ENDS, MARKS = "。！？!?", "，。！？、；：,.!?;:"
QUESTIONS = ("吗", "呢", "什么", "多少", "哪里", "怎么", "好不好", "可以不")


def clean(heard: Heard, voiced: Seconds) -> Heard:
    """A clip's text without loops and invented sentences, with marks; ``voiced`` seconds of speech.

    The words are those of the text before and after; what is dropped is dropped from both.
    """
    words = _without_phantoms(_without_loops(list(heard.words)))
    if not words:
        return NOTHING if heard.words or not heard.text else heard
    text = _text_left(heard.text, heard.words, words)
    said = spoken_characters(text)
    if said >= LEAST_FAST and said > FASTEST * voiced:
        return NOTHING
    return _punctuate(Heard(text, tuple(words)))


def _text_left(text: str, before: Sequence[Word], after: Sequence[Word]) -> str:
    """The text of the words that are left; as it was where that is all of them."""
    if len(before) == len(after):
        return text
    latin = [w.text[-1:].isascii() and w.text[-1:].isalnum() for w in after]
    pieces = [
        f" {word.text}" if n and latin[n - 1] and word.text[:1].isascii() else word.text
        for n, word in enumerate(after)
    ]
    return "".join(pieces)


def _without_loops(words: list[Word]) -> list[Word]:
    """The words with each phrase that goes in circles said once."""
    at = 0
    while at < len(words):
        for size in range(1, min(LONGEST_LOOP, (len(words) - at) // LOOP_TIMES) + 1):
            times = _times(words, at, size)
            loop = words[at : at + times * size]
            if times >= LOOP_TIMES and _is_invented(loop, size):
                del words[at + size : at + times * size]
                break
        at += 1
    return words


def _times(words: Sequence[Word], at: int, size: int) -> int:
    """How many times over the ``size`` words at ``at`` come."""
    unit = [normalise(w.text).text for w in words[at : at + size]]
    times = 1
    while unit == [
        normalise(w.text).text for w in words[at + times * size : at + (times + 1) * size]
    ]:
        times += 1
    return times


def _is_invented(loop: Sequence[Word], size: int) -> bool:
    """Whether a repetition is the recogniser's: long, and a phrase or faster than anybody speaks."""
    said = sum(spoken_characters(word.text) for word in loop)
    if said < LOOP_CHARACTERS:
        return False
    phrase = sum(spoken_characters(word.text) for word in loop[:size]) > 2
    return phrase or (loop[-1].end - loop[0].start) < SLOWEST_LOOP * said


def _without_phantoms(words: list[Word]) -> list[Word]:
    """The words without the sentences that hold a phantom line."""
    kept: list[Word] = []
    sentence: list[Word] = []
    for word in words:
        sentence.append(word)
        if word.text.endswith(tuple(SENTENCE_ENDS)):
            kept += [] if _is_phantom(sentence) else sentence
            sentence = []
    return kept + ([] if _is_phantom(sentence) else sentence)


def _is_phantom(sentence: Sequence[Word]) -> bool:
    return bool(_phantoms().hits("".join(word.text for word in sentence)))


@functools.cache
def _phantoms() -> PhraseSet:
    lexicon = read_lexicon(LEXICONS / PHANTOMS)
    return PhraseSet.of(lexicon, PhraseIndex())


def _punctuate(heard: Heard) -> Heard:
    """The text with marks at its pauses and at its end, where a recogniser set none at all."""
    if any(mark in heard.text for mark in MARKS) or spoken_characters(heard.text) < UNMARKED:
        return heard
    last = len(heard.words) - 1
    words = [
        replace(word, text=word.text + _mark(heard.words, index, last))
        for index, word in enumerate(heard.words)
    ]
    return Heard(_text_left("", (), words), tuple(words))


def _mark(words: Sequence[Word], index: int, last: int) -> str:
    if index == last:
        return "？" if words[index].text.endswith(QUESTIONS) else "。"
    return "，" if words[index + 1].start - words[index].end >= CLAUSE_PAUSE else ""
