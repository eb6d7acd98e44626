"""Alibaba DashScope: ``{"file_url", "properties", "transcripts": [{channel_id, sentences}]}``.

What ``transcription_url`` of a Paraformer, SenseVoice or Fun-ASR task yields (阿里云百炼 "录音文件识别
RESTful API"). Times are milliseconds from the start of the recording, those of the words too. A word's
``punctuation`` stands beside its ``text`` and follows it. ``transcripts`` has one entry for each channel
that was transcribed, each with all its sentences; ``speaker_id`` is there only with diarisation, which
the vendor offers for one channel.
"""

from __future__ import annotations

from pydantic import Field

from pipeline.errors import TranscriptError
from pipeline.messages import cause
from pipeline.records import Utterance
from pipeline.transcripts.base import (
    Brought,
    Document,
    Label,
    Millis,
    Part,
    Stretch,
    bring,
    first_of,
    several,
    side,
    validate,
    words,
)

NAME = "阿里云百炼"


class _Word(Stretch):
    start: Millis = Field(alias="begin_time")
    end: Millis = Field(alias="end_time")
    text: str
    punctuation: str | None = None


class _Sentence(Stretch):
    start: Millis = Field(alias="begin_time")
    end: Millis = Field(alias="end_time")
    text: str
    speaker_id: Label | None = None
    words: list[_Word] | None = None


class _Transcript(Part):
    channel_id: int = Field(default=0, ge=0)
    text: str | None = None
    sentences: tuple[_Sentence, ...] = ()


class _Properties(Part):
    channels: list[int] | None = None
    original_duration_in_milliseconds: Millis | None = None


class _DashScope(Part):
    properties: _Properties = _Properties()
    transcripts: list[_Transcript]


def recognises(document: Document) -> bool:
    """``transcripts`` beside what the vendor always gives with it, or with its sentences."""
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("transcripts"), list):
        return False
    keys = {*data, *first_of(data["transcripts"])}
    return bool(keys & {"file_url", "properties", "sentences", "content_duration_in_milliseconds"})


def read(document: Document) -> Brought:
    """One utterance a sentence; ``channel`` where more than one was transcribed."""
    found = validate(_DashScope, document.data, NAME)
    for number, transcript in enumerate(found.transcripts, 1):
        if transcript.text and not transcript.sentences:
            raise TranscriptError(
                cause(
                    "{name} transcript, channel {number}: text alone, no sentences with times",
                    name=NAME,
                    number=number,
                )
            )
    stereo = several(t.channel_id for t in found.transcripts)
    sides = 2 if stereo else 1 if found.properties.channels == [0] else None
    return bring(
        (
            Utterance(
                start=s.start,
                end=s.end,
                text=s.text.strip(),
                words=words(
                    (w.text.strip() + (w.punctuation or ""), w.start, w.end, None)
                    for w in s.words or ()
                ),
                **({"channel": transcript.channel_id} if stereo else side(s.speaker_id)),
            )
            for transcript in found.transcripts
            for s in transcript.sentences
        ),
        duration=found.properties.original_duration_in_milliseconds,
        channels=sides,
    )
