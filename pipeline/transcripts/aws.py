"""AWS Transcribe: ``{"jobName", "results": {"transcripts", "items", "speaker_labels"}}``.

``results.items`` are words and punctuation one by one: times are seconds **as text**, and punctuation
has none. The sides stand beside them, in ``speaker_labels`` by the words' times, or in
``channel_labels`` with all words of each channel (Amazon Transcribe Developer Guide, "Partitioning
speakers (diarization)", "Transcribing multi-channel audio"). The words are grouped into sentences here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from pydantic import Field

from pipeline.records import Utterance
from pipeline.transcripts.base import (
    SENTENCE_END,
    Brought,
    Document,
    Label,
    MaybeStretch,
    Part,
    Probability,
    Time,
    bring,
    first_of,
    join_words,
    side,
    validate,
    words,
)

NAME = "AWS Transcribe"


class _Choice(Part):
    content: str
    confidence: Probability = None


class _Item(MaybeStretch):
    start: Time | None = Field(alias="start_time", default=None)
    end: Time | None = Field(alias="end_time", default=None)
    alternatives: list[_Choice] = Field(min_length=1)
    speaker: Label | None = Field(alias="speaker_label", default=None)


class _Label(Part):
    start_time: Time
    speaker_label: Label


class _Segment(Part):
    items: tuple[_Label, ...] = ()


class _SpeakerLabels(Part):
    segments: tuple[_Segment, ...] = ()


class _Channel(Part):
    channel_label: str = Field(pattern=r"^ch_\d$")
    items: list[_Item]


class _ChannelLabels(Part):
    channels: list[_Channel]


class _Results(Part):
    items: tuple[_Item, ...] = ()
    speaker_labels: _SpeakerLabels | None = None
    channel_labels: _ChannelLabels | None = None


class _Plain(Part):
    results: _Results


def recognises(document: Document) -> bool:
    """``results`` with items, in or out of channels."""
    data = document.data
    results = first_of(data.get("results")) if isinstance(data, dict) else {}
    return "items" in results or "channel_labels" in results


def read(document: Document) -> Brought:
    """One utterance a sentence; ``channel`` where the channels were kept apart."""
    results = validate(_Plain, document.data, NAME).results
    if results.channel_labels is None:
        labels = results.speaker_labels.segments if results.speaker_labels else []
        speaking = {item.start_time: item.speaker_label for s in labels for item in s.items}
        return bring(_sentences(results.items, speaking))
    channels = results.channel_labels.channels
    return bring(
        chain.from_iterable(
            _sentences(c.items, {}, channel=int(c.channel_label.removeprefix("ch_")))
            for c in channels
        ),
        channels=len(channels) if len(channels) in {1, 2} else None,
    )


def _sentences(
    items: Sequence[_Item], speaking: dict[float, str], **channel: int
) -> Iterator[Utterance]:
    """Words up to the end of a sentence or the next speaker."""
    heard: list[tuple[str, float, float, float | None]] = []
    speaker: str | None = None
    for item in items:
        best = item.alternatives[0]
        if item.start is None or item.end is None:
            if heard:
                heard[-1] = (heard[-1][0] + best.content, *heard[-1][1:])
            continue
        now = item.speaker or speaking.get(item.start)
        if heard and (now != speaker or heard[-1][0].endswith(SENTENCE_END)):
            yield _sentence(heard, channel or side(speaker))
            heard = []
        speaker = now
        heard.append((best.content, item.start, item.end, best.confidence))
    if heard:
        yield _sentence(heard, channel or side(speaker))


def _sentence(
    heard: list[tuple[str, float, float, float | None]], who: dict[str, Any]
) -> Utterance:
    end = max(end for _, _, end, _ in heard)
    text = join_words(text for text, *_ in heard)
    return Utterance(start=heard[0][1], end=end, text=text, words=words(heard), **who)
