"""WhisperX: Whisper's segments, aligned, and with speakers: ``{"segments", "word_segments"}``.

Times are seconds. A word that the aligner's alphabet cannot spell, such as a number, has neither
``start`` nor ``end`` (m-bain/whisperX, README, "Limitations"); it gets its share of the time between
its neighbours. ``speaker`` stands on the segment and, after ``assign_word_speakers``, on each word:
where the words' speakers change, the segment is cut. ``score`` is the aligner's, 0 to 1. In Chinese a
word is one character. The segments are also met as a bare list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from pipeline.records import Utterance, Word
from pipeline.text.alignment import align
from pipeline.transcripts import whisper
from pipeline.transcripts.base import (
    Brought,
    Document,
    Label,
    MaybeStretch,
    Part,
    Probability,
    Stretch,
    bring,
    first_of,
    join_words,
    side,
    validate,
)

NAME = "WhisperX"


class _Word(MaybeStretch):
    word: str
    score: Probability = None
    speaker: Label | None = None


class _Segment(Stretch):
    text: str
    speaker: Label | None = None
    words: tuple[_Word, ...] = ()


class _WhisperX(Part):
    segments: list[_Segment]


def recognises(document: Document) -> bool:
    """Segments beside ``word_segments``, or with speakers or scores."""
    found = whisper.segments(document.data)
    if found is None:
        return False
    return "word_segments" in document.data or ("text" in first_of(found) and whisper.speaks(found))


def read(document: Document) -> Brought:
    """One utterance for each stretch of a segment that one speaker says."""
    found = validate(_WhisperX, {"segments": whisper.segments(document.data)}, NAME)
    return bring(u for segment in found.segments for u in _utterances(segment))


def _utterances(segment: _Segment) -> Iterator[Utterance]:
    heard = _timed_words(segment)
    who = [w.speaker or segment.speaker for w in segment.words]
    runs = [[i for i, _ in run] for _, run in groupby(enumerate(who), key=lambda pair: pair[1])]
    if len(runs) < 2:
        speaker = who[0] if who else segment.speaker
        yield _utterance(segment.start, segment.end, segment.text, heard, speaker)
        return
    texts = _texts_before(segment.text, heard, [run[0] for run in runs])
    for run, text in zip(runs, texts, strict=True):
        part = heard[run[0] : run[-1] + 1]
        start, end = min(w.start for w in part), max(w.end for w in part)
        yield _utterance(start, end, text, part, who[run[0]])


def _texts_before(text: str, heard: Sequence[Word], firsts: Sequence[int]) -> list[str]:
    """``text`` cut before the words ``firsts``; the words alone where they are not all in it."""
    places = align(text, [word.text for word in heard])
    found = [place for place in places if place is not None]
    if len(found) < len(heard):
        ends = [*firsts[1:], len(heard)]
        return [join_words(w.text for w in heard[a:b]) for a, b in zip(firsts, ends, strict=True)]
    cuts = [0, *(found[index][0] for index in firsts[1:]), len(text)]
    return [text[a:b] for a, b in pairwise(cuts)]


def _utterance(
    start: float, end: float, text: str, heard: Sequence[Word], speaker: str | None
) -> Utterance:
    said = tuple(w for w in heard if w.text)
    return Utterance(start=start, end=end, text=text.strip(), words=said, **side(speaker))


def _timed_words(segment: _Segment) -> list[Word]:
    """The words; those without times share the time between their neighbours equally."""
    heard = segment.words
    timed: list[Word] = []
    for index, word in enumerate(heard):
        start = word.start
        if start is None:
            start = timed[-1].end if timed else segment.start
        end = word.end
        if end is None:
            gap = next((i for i, w in enumerate(heard[index:]) if i and w.start is not None), None)
            after = segment.end if gap is None else heard[index + gap].start or 0.0
            share = len(heard) - index if gap is None else gap
            end = round(start + max(0.0, after - start) / share, 3)
        timed.append(Word(word.word.strip(), start, max(start, end), word.score))
    return timed
