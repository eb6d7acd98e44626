"""Alibaba Intelligent Speech Interaction: ``{"StatusText", "Result": {"Sentences", "Words"}}``.

The answer to a file transcription task, or its callback (阿里云智能语音交互 "录音文件识别接口说明").
Times are milliseconds from the start of the recording. ``Words``, there with ``enable_words``, stands
beside the sentences and not inside them, for the whole recording, and leaves the punctuation out.
``ChannelId`` is the channel of a stereo recording, from 0; with ``auto_split`` on a mono recording it is
the speaker.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from pipeline.records import Utterance
from pipeline.transcripts.base import (
    Brought,
    Document,
    Millis,
    Part,
    Stretch,
    bring,
    first_of,
    several,
    validate,
    words,
)

NAME = "阿里云智能语音交互"


class _Said(Stretch):
    start: Millis = Field(alias="BeginTime")
    end: Millis = Field(alias="EndTime")
    channel: int = Field(alias="ChannelId", default=0, ge=0)


class _Sentence(_Said):
    text: str = Field(alias="Text")


class _Word(_Said):
    word: str = Field(alias="Word")


class _Result(Part):
    sentences: list[_Sentence] = Field(alias="Sentences")
    words: list[_Word] | None = Field(alias="Words", default=None)


class _Isi(Part):
    result: _Result = Field(alias="Result")
    duration: Millis | None = Field(alias="BizDuration", default=None)


def _whole(data: Any) -> Any:
    """The whole answer, also where only its ``Result`` was kept."""
    return {"Result": data} if isinstance(data, dict) and "Sentences" in data else data


def recognises(document: Document) -> bool:
    """Sentences under ``Result``."""
    data = _whole(document.data)
    return isinstance(data, dict) and "Sentences" in first_of(data.get("Result"))


def read(document: Document) -> Brought:
    """One utterance a sentence, with the words of its channel whose middle lies in it."""
    found = validate(_Isi, _whole(document.data), NAME)
    sentences = found.result.sentences
    stereo = several(s.channel for s in sentences) or any(s.channel for s in sentences)
    return bring(
        (
            Utterance(
                start=s.start,
                end=s.end,
                text=s.text.strip(),
                words=words(
                    (w.word, w.start, w.end, None)
                    for w in found.result.words or ()
                    if w.channel == s.channel and s.start <= (w.start + w.end) / 2 <= s.end
                ),
                channel=s.channel if stereo else None,
            )
            for s in sentences
        ),
        duration=found.duration,
        channels=2 if stereo else None,
    )
