"""Deepgram: ``{"metadata", "results": {"channels": [{"alternatives": [{transcript, words}]}]}}``.

Times are seconds. ``punctuated_word`` is the word as it stands in the text; ``speaker``, with
``diarize``, is a number (Deepgram Docs, "Pre-recorded audio", "Diarization"). With ``multichannel``
there is an entry of ``channels`` for each channel. A single alternative alone is what vcon-server keeps.
The words are grouped into sentences here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.errors import TranscriptError
from pipeline.messages import cause
from pipeline.records import Utterance
from pipeline.transcripts.base import (
    SENTENCE_END,
    Brought,
    Document,
    Label,
    Part,
    Probability,
    Stretch,
    Time,
    bring,
    first_of,
    join_words,
    side,
    validate,
    words,
)

NAME = "Deepgram"


class _Word(Stretch):
    word: str
    punctuated_word: str | None = None
    confidence: Probability = None
    speaker: Label | None = None


class _Alternative(Part):
    transcript: str = ""
    words: tuple[_Word, ...] = ()


class _Channel(Part):
    alternatives: list[_Alternative]


class _Results(Part):
    channels: list[_Channel]


class _Metadata(Part):
    duration: Time | None = None


class _Deepgram(Part):
    metadata: _Metadata = _Metadata()
    results: _Results


def _whole(data: Any) -> Any:
    """The whole answer, also where only its best alternative was kept."""
    if isinstance(data, dict) and {"transcript", "words"} <= set(data):
        return {"results": {"channels": [{"alternatives": [data]}]}}
    return data


def recognises(document: Document) -> bool:
    """Alternatives with a transcript."""
    data = _whole(document.data)
    results = first_of(data.get("results")) if isinstance(data, dict) else {}
    return "alternatives" in first_of(results.get("channels"))


def read(document: Document) -> Brought:
    """One utterance a sentence; ``channel`` where there are several."""
    found = validate(_Deepgram, _whole(document.data), NAME)
    best = [c.alternatives[0] for c in found.results.channels if c.alternatives]
    for number, alternative in enumerate(best, 1):
        if alternative.transcript.strip() and not alternative.words:
            raise TranscriptError(
                cause(
                    "{name} transcript, channel {number}: text alone, no words with times",
                    name=NAME,
                    number=number,
                )
            )
    stereo = len(best) > 1
    return bring(
        (
            utterance
            for channel, alternative in enumerate(best)
            for utterance in _sentences(alternative.words, channel if stereo else None)
        ),
        duration=found.metadata.duration,
        channels=len(best) if len(best) in {1, 2} else None,
    )


def _sentences(heard: Sequence[_Word], channel: int | None) -> Iterator[Utterance]:
    """Words up to the end of a sentence or the next speaker."""
    sentence: list[_Word] = []
    for index, word in enumerate(heard):
        sentence.append(word)
        last = index + 1 == len(heard) or heard[index + 1].speaker != word.speaker
        if last or _written_word(word).endswith(SENTENCE_END):
            yield Utterance(
                start=sentence[0].start,
                end=max(w.end for w in sentence),
                text=join_words(_written_word(w) for w in sentence),
                words=words((_written_word(w), w.start, w.end, w.confidence) for w in sentence),
                **(side(word.speaker) if channel is None else {"channel": channel}),
            )
            sentence = []


def _written_word(word: _Word) -> str:
    return word.punctuated_word or word.word
