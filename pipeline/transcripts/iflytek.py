"""讯飞 (iFlytek) long-form transcription, the results of both its interfaces.

The old one is a list ``[{bg, ed, onebest, speaker, wordsResultList}]``, alone or as JSON text under
``data``. The new one has ``orderResult`` under ``content``, JSON text too, with
``lattice: [{json_1best}]``, whose ``json_1best`` is JSON text once more, and, where disfluencies were
smoothed away, ``lattice2`` with what was really said, whose ``json_1best`` is an object; that one is
read (讯飞开放平台 "语音转写 API 文档", "录音文件转写 API 文档"). All numbers may be text. ``bg`` and
``ed`` are milliseconds from the start of the recording; ``wordBg``/``wordEd`` and ``wb``/``we`` are
frames of **10 ms from the start of the sentence**. ``wp`` is ``n`` for a word, ``s`` for a filler, ``p``
for punctuation, which belongs to the word before it, and ``g`` for a paragraph's end. ``rl`` and
``speaker`` count the speakers from 1, 0 is unknown; ``label.rl_track`` names their channels, L and R.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from pipeline.records import Utterance, Word
from pipeline.transcripts.base import (
    LONGEST,
    Brought,
    Document,
    Label,
    Millis,
    Part,
    Probability,
    Stretch,
    Unpacked,
    bring,
    first_of,
    several,
    side,
    validate,
    words,
)

NAME = "讯飞"
FRAME = 0.01
"""Seconds."""
_TRACKS = {"L": 0, "R": 1}

_Frames = Annotated[
    float,
    Field(ge=0, le=LONGEST / FRAME, allow_inf_nan=False),
    AfterValidator(lambda frames: frames * FRAME),
]


class _Word(Stretch):
    start: _Frames = Field(alias="wordBg")
    end: _Frames = Field(alias="wordEd")
    text: str = Field(alias="wordsName")
    kind: str = Field(alias="wp", default="n")
    probability: Probability = Field(alias="wc", default=None)

    @model_validator(mode="before")
    @classmethod
    def _of_lattice(cls, data: Any) -> Any:
        """A word of the new result, whose first candidate counts, in the names of the old one."""
        if not isinstance(data, dict) or "cw" not in data:
            return data
        best = first_of(data["cw"])
        return {
            **best,
            "wordBg": data.get("wb"),
            "wordEd": data.get("we"),
            "wordsName": best.get("w"),
        }


class _Sentence(Stretch):
    start: Millis = Field(alias="bg")
    end: Millis = Field(alias="ed")
    text: str | None = Field(alias="onebest", default=None)
    speaker: Label | None = None
    words: list[_Word] | None = Field(alias="wordsResultList", default=None)


class _Alternatives(Part):
    ws: list[_Word]


class _Best(Stretch):
    start: Millis = Field(alias="bg")
    end: Millis = Field(alias="ed")
    rl: Label | None = None
    rt: list[_Alternatives]


class _Lattice1(Part):
    st: _Best


class _Entry(Part):
    json_1best: Annotated[_Lattice1, Unpacked]


class _Track(Part):
    rl: Label
    track: str


class _Labels(Part):
    rl_track: list[_Track] | None = None


class _Order(Part):
    lattice: Annotated[tuple[_Entry, ...], Unpacked] = ()
    lattice2: Annotated[list[_Entry] | None, Unpacked] = None
    label: _Labels | None = None


class _New(Part):
    order: Annotated[_Order, Unpacked] = Field(alias="orderResult")


class _Old(Part):
    data: Annotated[list[_Sentence], Unpacked]


def _content(data: Any) -> Any:
    """What holds ``orderResult`` or ``data``, out of its wrappers."""
    if isinstance(data, list):
        return {"data": data} if {"bg", "onebest"} & set(first_of(data)) else None
    whole = data if isinstance(data, dict) else {}
    content = whole.get("content")
    if isinstance(content, dict) and "orderResult" in content:
        return content
    if "lattice" in whole or "lattice2" in whole:
        return {"orderResult": whole}
    return whole if "orderResult" in whole or ("data" in whole and "err_no" in whole) else None


def recognises(document: Document) -> bool:
    """Either result, in or out of its wrappers."""
    return _content(document.data) is not None


def read(document: Document) -> Brought:
    """One utterance a sentence; ``channel`` where the result names the speakers' tracks."""
    content = _content(document.data)
    if "orderResult" not in content:
        old = validate(_Old, content, NAME).data
        return _bring((s, s.text, s.speaker, s.words or []) for s in old)
    order = validate(_New, content, NAME).order
    tracks = (order.label.rl_track if order.label else None) or []
    best = [entry.json_1best.st for entry in order.lattice2 or order.lattice]
    return _bring(
        ((s, None, s.rl, [w for part in s.rt for w in part.ws]) for s in best),
        {t.rl: _TRACKS[t.track] for t in tracks if t.track in _TRACKS},
    )


def _bring(
    sentences: Iterable[tuple[Stretch, str | None, str | None, list[_Word]]],
    channels: dict[str, int] | None = None,
) -> Brought:
    """Utterances out of (sentence, its text or None for that of the words, speaker, words)."""
    found = list(sentences)
    diarised = several(speaker for _, _, speaker, _ in found)
    known = channels or {}
    return bring(
        (
            Utterance(
                start=s.start,
                end=s.end,
                text=(
                    "".join(w.text for w in ws if w.kind != "g") if text is None else text
                ).strip(),
                words=_words(ws, s.start),
                **(
                    {"channel": known[speaker]}
                    if speaker in known
                    else side(speaker if diarised else None)
                ),
            )
            for s, text, speaker, ws in found
        ),
        channels=2 if len(set(known.values())) > 1 else None,
    )


def _words(found: list[_Word], offset: float) -> tuple[Word, ...]:
    """Words in seconds of the recording; punctuation belongs to the word before it."""
    heard: list[tuple[str, float, float, float | None]] = []
    for word in found:
        if word.kind == "p" and heard:
            heard[-1] = (heard[-1][0] + word.text.strip(), *heard[-1][1:])
        elif word.kind not in {"p", "g"}:
            start, end = (round(offset + t, 3) for t in (word.start, word.end))
            heard.append((word.text.strip(), start, end, word.probability))
    return words(heard)
