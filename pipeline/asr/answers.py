"""What a speech server answers, as text and words: OpenAI's ``verbose_json`` and what others make of it.

Read in the servers' sources and seen in their answers:

- OpenAI's words carry no marks, the text does; faster-whisper's carry both and a leading space.
- FunASR puts ``words`` into each segment, vLLM sends none, and some send no segments either.
- ``avg_logprob`` is 0 where a server does not know it (open-asr-server): no recogniser is that sure.
- Tags (<|zh|>, <|NEUTRAL|>) stand in the text where a server leaves the model's own in it.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline.asr.base import NOTHING, Heard
from pipeline.records import Seconds, Word
from pipeline.text.normal import spoken_characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TAG = re.compile(r"<[^<>]*>")
_PIECE = re.compile(r"[^\W_]", re.ASCII)
"""What a Latin word or a number is made of; any other letter is a word by itself."""


def read_answer(answer: Any, seconds: Seconds) -> Heard:
    """The text and the words of a clip of ``seconds``, out of a server's answer.

    Words have the server's times where it gives them; else they are spread over its segments, else
    over the clip, by how many characters are spoken. Words that leave out part of the text are not
    used. Raises ``ValueError`` for what is no answer at all.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
        raise ValueError("no text")  # noqa: TRY004  as of any other body that is no answer
    text = _plain(answer["text"])
    segments = _dicts(answer.get("segments"))
    spoken = spoken_characters(text)
    for told in (_by_words(answer, text, segments), _by_segments(segments, seconds)):
        if told.words and spoken_characters(told.text) >= spoken:
            return _within(told, seconds)
    return _within(_spread(text, 0.0, seconds, None), seconds)


def _by_words(answer: dict[str, Any], text: str, segments: Sequence[dict[str, Any]]) -> Heard:
    """The words as the server timed them, with the marks of the text."""
    listed = _dicts(answer.get("words"))
    listed = listed or [word for segment in segments for word in _dicts(segment.get("words"))]
    words = _timed_words(listed)
    unsure = [word for word in words if word.probability is None]
    if unsure and (sure := [s for s in map(_likely, segments) if s is not None]):
        words = [_with_probability(word, sure) for word in words]
    return _words_cut_anew(text, words)


def _by_segments(segments: Sequence[dict[str, Any]], seconds: Seconds) -> Heard:
    """Each segment's words: its own, else its text spread over its time."""
    parts = []
    for segment in segments:
        text = _plain(segment.get("text"))
        start, end = _number(segment.get("start")), _number(segment.get("end"))
        words = _timed_words(_dicts(segment.get("words")))
        if words and (own := _words_cut_anew(text, words)).words:
            parts.append(own)
        elif start is not None and end is not None:
            parts.append(_spread(text, start, min(max(start, end), seconds), _sureness(segment)))
    return _join(parts)


def _timed_words(listed: Iterable[dict[str, Any]]) -> list[Word]:
    """The words of a list; none where one of them has no time."""
    words = []
    for word in listed:
        text = _plain(word.get("word", word.get("text")))
        start, end = _number(word.get("start")), _number(word.get("end"))
        if start is None or end is None:
            return []
        if any(character.isalnum() for character in text):
            words.append(Word(text, start, end, _probability(_number(word.get("probability")))))
    return words


def _likely(segment: dict[str, Any]) -> tuple[Seconds, Seconds, float] | None:
    """A segment's times and how sure its words are; None where it does not tell."""
    start, end = _number(segment.get("start")), _number(segment.get("end"))
    sure = _sureness(segment)
    return None if start is None or end is None or sure is None else (start, end, sure)


def _with_probability(word: Word, segments: Iterable[tuple[Seconds, Seconds, float]]) -> Word:
    """The word as sure as the segment that its middle lies in, where it is not told itself."""
    middle = (word.start + word.end) / 2
    if word.probability is not None:
        return word
    sure = next((p for start, end, p in segments if start <= middle <= end), None)
    return replace(word, probability=sure)


def _sureness(segment: dict[str, Any]) -> float | None:
    """The geometric mean of a segment's token probabilities; None where it does not tell."""
    mean = _number(segment.get("avg_logprob"))
    return _probability(math.exp(mean)) if mean is not None and mean < 0 else None


def _words_cut_anew(text: str, words: Sequence[Word]) -> Heard:
    """The words cut anew out of the text, which has the marks; as they are where it has others."""
    begins, at = [], 0
    for word in words:
        for number, character in enumerate(c for c in word.text if c.isalnum()):
            at = _next(text, at)
            if at == len(text) or text[at].lower() != character.lower():
                return _join([Heard(one.text, (one,)) for one in words])
            if not number:
                begins.append(at)
            at += 1
    if _next(text, at) < len(text):
        return _join([Heard(one.text, (one,)) for one in words])
    cut = _between_beginnings(text, begins)
    return Heard(
        text[begins[0] :].strip() if begins else "",
        tuple(replace(word, text=own) for word, own in zip(words, cut, strict=True)),
    )


def _next(text: str, at: int) -> int:
    """Where the next letter or digit stands from ``at`` on; the text's length where none does."""
    return next((n for n in range(at, len(text)) if text[n].isalnum()), len(text))


def _spread(text: str, start: Seconds, end: Seconds, probability: float | None) -> Heard:
    """A text without times, its words laid evenly over ``[start, end)`` by spoken characters."""
    begins = [
        n
        for n, character in enumerate(text)
        if character.isalnum() and not (n and _PIECE.match(character) and _PIECE.match(text[n - 1]))
    ]
    if not begins:
        return NOTHING
    cut = _between_beginnings(text, begins)
    weights = [max(1, spoken_characters(one)) for one in cut]
    edges = [start + (end - start) * sum(weights[:n]) / sum(weights) for n in range(len(cut) + 1)]
    words = (Word(one, a, b, probability) for one, (a, b) in zip(cut, pairwise(edges), strict=True))
    return Heard(text[begins[0] :].strip(), tuple(words))


def _between_beginnings(text: str, begins: Sequence[int]) -> list[str]:
    """The text from each beginning to the next, without its spaces: marks go with the word before."""
    return ["".join(text[a:b].split()) for a, b in pairwise([*begins, len(text)])]


def _join(parts: Iterable[Heard]) -> Heard:
    """Several texts as one; a space stands between Latin ones."""
    text = ""
    words: list[Word] = []
    for part in parts:
        apart = text[-1:].isascii() and text[-1:].isalnum() and part.text[:1].isascii()
        text += (" " if apart else "") + part.text
        words += part.words
    return Heard(text, tuple(words))


def _within(told: Heard, seconds: Seconds) -> Heard:
    """The words inside the clip, none before the one in front of it; times in ms."""
    words, latest = [], 0.0
    seconds = math.floor(seconds * 1000) / 1000
    for word in told.words:
        start = min(max(word.start, latest), seconds)
        end = min(max(word.end, start), seconds)
        words.append(replace(word, start=round(start, 3), end=round(end, 3)))
        latest = start
    return Heard(told.text, tuple(words))


def _plain(text: Any) -> str:
    """A text without tags, and without the spaces that some write between Han characters."""
    if not isinstance(text, str):
        return ""
    words = _TAG.sub("", text).split()
    return _join(Heard(word, ()) for word in words).text


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    """A finite number, also one written as text; None for anything else."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _probability(value: float | None) -> float | None:
    return round(value, 4) if value is not None and 0 <= value <= 1 else None
