"""OpenAI Whisper and faster-whisper: ``{"text", "segments": [{start, end, text, words}], "language"}``.

Times are seconds (openai/whisper, whisper/transcribe.py). A word begins with the space before it and
ends with its punctuation; ``words`` is there only with ``word_timestamps``. Dumps of faster-whisper's
segments are also met as a bare list, and before release 1.1, whose segments are named tuples, as a list
of lists ``[id, seek, start, end, text, tokens, temperature, avg_logprob, compression_ratio,
no_speech_prob, words]`` with words ``[start, end, word, probability]`` (SYSTRAN/faster-whisper,
faster_whisper/transcribe.py). Whisper does not tell speakers apart.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from pipeline.records import Utterance
from pipeline.transcripts.base import (
    Brought,
    Document,
    Part,
    Probability,
    Stretch,
    bring,
    first_of,
    validate,
    words,
)

NAME = "Whisper"
_SEGMENT = ("id", "seek", "start", "end", "text", *("",) * 5, "words")
_WORD = ("start", "end", "word", "probability")


def _from_list(fields: tuple[str, ...]) -> BeforeValidator:
    """A named tuple that was written as a list gets its names back."""
    return BeforeValidator(
        lambda value: dict(zip(fields, value, strict=False)) if isinstance(value, list) else value
    )


class _Word(Stretch):
    word: str
    probability: Probability = None


class _Segment(Stretch):
    text: str
    words: list[Annotated[_Word, _from_list(_WORD)]] | None = None


class _Whisper(Part):
    segments: list[Annotated[_Segment, _from_list(_SEGMENT)]]


def segments(data: Any) -> list[Any] | None:
    """The segments of a result, or of a bare list of them; None where there are none."""
    found = data.get("segments") if isinstance(data, dict) else data
    return found if isinstance(found, list) else None


def recognises(document: Document) -> bool:
    """Segments with seconds and text, and nothing of WhisperX in them."""
    data = document.data
    found = segments(data)
    if found is None or "word_segments" in data:
        return False
    if not found:
        return "language" in data
    if isinstance(found[0], list):
        return len(found[0]) >= len(_SEGMENT) - 1
    expected = {"text"} if isinstance(data, dict) else {"start", "end", "text"}
    return expected <= set(first_of(found)) and not speaks(found)


def speaks(found: list[Any]) -> bool:
    """Whether a segment or a word has WhisperX's keys."""
    objects = [s for s in found if isinstance(s, dict)]
    heard = [w for s in objects if isinstance(s.get("words"), list) for w in s["words"]]
    return any("speaker" in s for s in objects) or any(
        isinstance(w, dict) and "score" in w for w in heard
    )


def read(document: Document) -> Brought:
    """One utterance a segment."""
    whisper = validate(_Whisper, {"segments": segments(document.data)}, NAME)
    return bring(
        Utterance(
            start=s.start,
            end=s.end,
            text=s.text.strip(),
            words=words((w.word, w.start, w.end, w.probability) for w in s.words or ()),
        )
        for s in whisper.segments
    )
