"""Azure Speech batch transcription: ``{"recognizedPhrases": [{channel, speaker, nBest, …}]}``.

Times are ticks of **100 ns** (``offsetInTicks``, ``durationInTicks``), in newer versions milliseconds
(``offsetMilliseconds``), and ISO 8601 such as ``PT1.2S`` in all; a duration and not an end (Microsoft
Learn, "Get batch transcription results"). The first of ``nBest`` is the best; ``displayWords`` make the
displayed text up and have no confidence, ``words`` are as spoken. Phrases are in order of the channel
and not of the time, and those that failed have another ``recognitionStatus`` than Success. ``channel``
counts from 0, ``speaker``, with diarisation, from 1.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from pipeline.messages import cause
from pipeline.records import Utterance
from pipeline.transcripts.base import (
    Brought,
    Document,
    Label,
    Part,
    Probability,
    Stretch,
    Time,
    bring,
    several,
    side,
    validate,
    words,
)

NAME = "Azure"
_UNITS = (("InTicks", 1e7), ("Milliseconds", 1e3))
_ISO = TypeAdapter(timedelta)


def _seconds(data: dict[str, Any], name: str) -> float:
    """A time in whichever form there is; ``ValueError`` where there is none."""
    try:
        for suffix, unit in _UNITS:
            if data.get(name + suffix) is not None:
                return round(float(data[name + suffix]) / unit, 3)
        return _ISO.validate_python(data.get(name)).total_seconds()
    except (TypeError, ValueError, OverflowError, ValidationError) as error:
        raise ValueError(cause("no {name}InTicks or {name} that can be read", name=name)) from error


class _Timed(Stretch):
    @model_validator(mode="before")
    @classmethod
    def _ends(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("recognitionStatus", "Success") != "Success":
            return data
        start = _seconds(data, "offset")
        end = round(start + _seconds(data, "duration"), 3)
        return {**data, "start": start, "end": end}


class _Word(_Timed):
    text: str = Field(alias="word")
    confidence: Probability = None


class _DisplayWord(_Timed):
    text: str = Field(alias="displayText")


class _Best(Part):
    display: str
    words: list[_Word] | None = None
    display_words: list[_DisplayWord] | None = Field(alias="displayWords", default=None)


class _Phrase(_Timed):
    start: Time = 0.0
    end: Time = 0.0
    status: str = Field(alias="recognitionStatus", default="Success")
    channel: int = Field(default=0, ge=0)
    speaker: Label | None = None
    best: tuple[_Best, ...] = Field(alias="nBest", default=())


class _Azure(Part):
    phrases: list[_Phrase] = Field(alias="recognizedPhrases")
    combined: tuple[Any, ...] = Field(alias="combinedRecognizedPhrases", default=())
    seconds: Time | None = None

    @model_validator(mode="before")
    @classmethod
    def _duration(cls, data: Any) -> Any:
        known = isinstance(data, dict) and any(str(key).startswith("duration") for key in data)
        return {**data, "seconds": _seconds(data, "duration")} if known else data


def recognises(document: Document) -> bool:
    """The key that no other format has."""
    return isinstance(document.data, dict) and "recognizedPhrases" in document.data


def read(document: Document) -> Brought:
    """One utterance for each phrase that was recognised; ``channel`` where there are several."""
    found = validate(_Azure, document.data, NAME)
    said = [p for p in found.phrases if p.status == "Success" and p.best]
    stereo = several(p.channel for p in said) or any(p.channel for p in said)
    return bring(
        (_utterance(p, p.best[0], stereo=stereo) for p in said),
        duration=found.seconds,
        channels=2 if stereo else 1 if len(found.combined) == 1 else None,
    )


def _utterance(phrase: _Phrase, best: _Best, *, stereo: bool) -> Utterance:
    shown = [(w.text, w.start, w.end, None) for w in best.display_words or ()]
    spoken = [(w.text, w.start, w.end, w.confidence) for w in best.words or ()]
    return Utterance(
        start=phrase.start,
        end=phrase.end,
        text=best.display.strip(),
        words=words(shown or spoken),
        **({"channel": phrase.channel} if stereo else side(phrase.speaker)),
    )
