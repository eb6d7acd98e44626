"""Tencent Cloud: ``{"Response": {"Data": {"Result", "ResultDetail": [{FinalSentence, StartMs, …}]}}}``.

The answer of DescribeTaskStatus, with or without its wrappers (腾讯云语音识别 "录音文件识别结果查询",
data type SentenceDetail). Sentences have milliseconds from the start of the recording, their words have
milliseconds **from the start of the sentence** and no punctuation. With the default ``ResTextFormat`` 0
``ResultDetail`` is null, and ``Result`` has a line ``[0:1.640,0:4.600,0]  您好`` a sentence: minutes and
seconds, then the speaker. ``SpeakerId`` is the channel where ``ChannelNum`` 2 was asked for, 0 the left
("录音文件识别请求", ChannelNum), and the diarised speaker otherwise; the answer does not say which, so
it is read as a speaker, and as nothing where it is the same everywhere.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, model_validator

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
    Time,
    bring,
    several,
    side,
    validate,
    words,
)

NAME = "腾讯云"
_SUCCESS = 2
_LINE = re.compile(
    r"\[(\d{1,4}):(\d{1,5}(?:\.\d{1,6})?),(\d{1,4}):(\d{1,5}(?:\.\d{1,6})?)(?:,(\d+))?\]\s*(.*)"
)


class _Word(Stretch):
    word: str = Field(alias="Word")
    start: Millis = Field(alias="OffsetStartMs")
    end: Millis = Field(alias="OffsetEndMs")


class _Sentence(Stretch):
    text: str = Field(alias="FinalSentence")
    start: Millis = Field(alias="StartMs")
    end: Millis = Field(alias="EndMs")
    speaker: Label | None = Field(alias="SpeakerId", default=None)
    words: list[_Word] | None = Field(alias="Words", default=None)


class _Data(Part):
    status: int | None = Field(alias="Status", default=None)
    sentences: list[_Sentence] = Field(alias="ResultDetail")
    duration: Time | None = Field(alias="AudioDuration", default=None)

    @model_validator(mode="before")
    @classmethod
    def _lines(cls, data: Any) -> Any:
        """The sentences out of the lines of ``Result`` where there is no detail."""
        if not isinstance(data, dict) or data.get("ResultDetail") is not None:
            return data
        lines = data.get("Result")
        if not isinstance(lines, str):
            wrong = cause("expected text as Result")
            raise ValueError(wrong)  # noqa: TRY004  pydantic collects a ValueError
        return {
            **data,
            "ResultDetail": [_detail(line) for line in lines.split("\n") if line.strip()],
        }


def _detail(line: str) -> dict[str, Any]:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise ValueError(cause("a line of Result has no times: {line}", line=line.strip()[:40]))
    start, end = (
        round((int(m) * 60 + float(s)) * 1000) for m, s in (match.group(1, 2), match.group(3, 4))
    )
    text = match[6]
    return {"StartMs": start, "EndMs": end, "SpeakerId": match[5], "FinalSentence": text}


def _data(document: Any) -> Any:
    """What stands under ``Response.Data``, ``Data``, or alone."""
    for wrapper in ("Response", "Data"):
        if isinstance(document, dict) and wrapper in document:
            document = document[wrapper]
    return document


def recognises(document: Document) -> bool:
    """``ResultDetail``, or the ``Result`` of a task."""
    data = _data(document.data)
    return isinstance(data, dict) and (
        "ResultDetail" in data or ("Result" in data and "TaskId" in data and "StatusStr" in data)
    )


def read(document: Document) -> Brought:
    """One utterance a sentence."""
    found = validate(_Data, _data(document.data), NAME)
    if found.status not in {None, _SUCCESS}:
        raise TranscriptError(
            cause(
                "{name}: the task did not succeed (Status {status}; success is {success})",
                name=NAME,
                status=found.status,
                success=_SUCCESS,
            )
        )
    diarised = several(s.speaker for s in found.sentences)
    return bring(
        (
            Utterance(
                start=s.start,
                end=s.end,
                text=s.text.strip(),
                words=words(
                    (w.word, round(s.start + w.start, 3), round(s.start + w.end, 3), None)
                    for w in s.words or ()
                ),
                **side(s.speaker if diarised else None),
            )
            for s in found.sentences
        ),
        duration=found.duration,
    )
