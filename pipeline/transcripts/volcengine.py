"""火山引擎 (Volcengine, Doubao): ``{"result": {"text", "utterances": [{start_time, end_time, …}]}}``.

The answer of the file recognition services (火山引擎 "大模型录音文件识别标准版API",
"录音文件识别标准版"), where the result stands under ``result``, also as a list, or ``resp``, or alone.
Times are milliseconds from the start of the recording; words leave the punctuation out, and a blank one
may have times of -1. Everything in ``additions`` is text, numbers too: ``channel_id``, with
``enable_channel_split``, counts from **1**, ``speaker`` comes with ``enable_speaker_info``. The words'
``confidence`` is 0 wherever it was not computed and therefore left out.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

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

NAME = "火山引擎"


def _without_blanks(heard: Any) -> Any:
    """The words without the blank ones, whose times mean nothing."""
    if not isinstance(heard, list):
        return heard
    return [w for w in heard if not (isinstance(w, dict) and not str(w.get("text", "?")).strip())]


class _Word(Stretch):
    start: Millis = Field(alias="start_time")
    end: Millis = Field(alias="end_time")
    text: str


class _Additions(Part):
    channel_id: int | None = Field(default=None, ge=0)
    speaker: Label | None = None
    duration: Millis | None = None


class _Utterance(Stretch):
    start: Millis = Field(alias="start_time")
    end: Millis = Field(alias="end_time")
    text: str
    words: Annotated[list[_Word] | None, BeforeValidator(_without_blanks)] = None
    additions: _Additions | None = None


class _Result(Part):
    utterances: list[_Utterance]
    additions: _Additions | None = None


class _Audio(Part):
    duration: Millis | None = None


class _Volcengine(Part):
    audio_info: _Audio | None = None
    result: _Result


def _whole(data: Any) -> dict[str, Any]:
    """The answer with its result under ``result``, however it was wrapped."""
    whole = first_of(data)
    for wrapper in ("resp", "result"):
        if "utterances" in (result := first_of(whole.get(wrapper))):
            return {**whole, "result": result}
    return {"result": whole}


def recognises(document: Document) -> bool:
    """Utterances with the vendor's times, or none beside the vendor's keys."""
    whole = _whole(document.data)
    result = first_of(whole["result"])
    utterances = result.get("utterances")
    if not isinstance(utterances, list):
        return False
    if not utterances:
        return "text" in result
    return bool({"start_time", "end_time"} & set(first_of(utterances)))


def read(document: Document) -> Brought:
    """One utterance each; ``channel`` where there are two."""
    found = validate(_Volcengine, _whole(document.data), NAME)
    utterances, total = found.result.utterances, found.result.additions or _Additions()
    extras = [u.additions or _Additions() for u in utterances]
    channels = [e.channel_id for e in extras]
    stereo = several(channels) and None not in channels
    first = 0 if 0 in channels else 1
    return bring(
        (
            Utterance(
                start=u.start,
                end=u.end,
                text=u.text.strip(),
                words=words((w.text, w.start, w.end, None) for w in u.words or ()),
                **(
                    {"channel": extra.channel_id - first}
                    if stereo and extra.channel_id is not None
                    else side(extra.speaker)
                ),
            )
            for u, extra in zip(utterances, extras, strict=True)
        ),
        duration=(found.audio_info.duration if found.audio_info else None) or total.duration,
        channels=2 if stereo else None,
    )
