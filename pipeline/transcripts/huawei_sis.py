"""Huawei Cloud SIS: ``{"status", "audio_duration", "segments": [{start_time, end_time, result}]}``.

The answer of CollectTranscriberJob (华为云语音交互服务 "获取录音文件识别结果"). Times are milliseconds
from the start of the recording, those of ``word_info`` too, whose words leave the punctuation out.
``result`` is missing where a sentence failed. ``analysis_info.role``, there only if it was asked for, is
AGENT or USER on telephone recordings and ``speaker1`` to ``speaker10`` on others; which channel is whose
was said in the request and is not in the answer.
"""

from __future__ import annotations

from pydantic import Field

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
    side,
    validate,
    words,
)

NAME = "华为云"


class _Word(Stretch):
    start: Millis = Field(alias="start_time")
    end: Millis = Field(alias="end_time")
    word: str


class _Analysis(Part):
    role: Label | None = None


class _Result(Part):
    text: str
    analysis_info: _Analysis | None = None
    word_info: list[_Word] | None = None


class _Segment(Stretch):
    start: Millis = Field(alias="start_time")
    end: Millis = Field(alias="end_time")
    result: _Result | None = None


class _Sis(Part):
    audio_duration: Millis | None = None
    segments: list[_Segment]


def recognises(document: Document) -> bool:
    """Segments with a result each, or the vendor's status over none."""
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("segments"), list):
        return False
    if not data["segments"]:
        return data.get("status") == "FINISHED"
    return bool({"result", "start_time"} & set(first_of(data["segments"])))


def read(document: Document) -> Brought:
    """One utterance for each sentence that was recognised."""
    found = validate(_Sis, document.data, NAME)
    return bring(
        (_utterance(s, s.result) for s in found.segments if s.result is not None),
        duration=found.audio_duration,
    )


def _utterance(segment: _Segment, result: _Result) -> Utterance:
    return Utterance(
        start=segment.start,
        end=segment.end,
        text=result.text.strip(),
        words=words((w.word, w.start, w.end, None) for w in result.word_info or ()),
        **side(result.analysis_info.role if result.analysis_info else None),
    )
