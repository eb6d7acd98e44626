"""FunASR: ``[{"key", "text", "timestamp", "sentence_info": [{text, start, end, spk, timestamp}]}]``.

What ``AutoModel.generate`` returns, and the messages of the runtime's server, which write ``timestamp``
as text and call the sentences ``stamp_sents``, with ``text_seg``, ``punc`` and ``ts_list``
(modelscope/FunASR, runtime/docs/websocket_protocol_zh.md). Times are milliseconds from the start of the
recording. ``timestamp`` has a pair for each spoken token, a Chinese character or a word of another
script, and none for punctuation; where the numbers differ, as they do after numbers were written as
digits, the words are left out. A sentence's ``start`` may be that of its last token (issue #2110): it is
never later than its first. The sentence's text is also found under ``sentence``, and as a list.
SenseVoice puts tags such as ``<|zh|>`` into the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, model_validator

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
    Unpacked,
    bring,
    check_order,
    first_of,
    join_words,
    several,
    side,
    validate,
    words,
)

NAME = "FunASR"
_TOKEN = re.compile(r"[㐀-鿿豈-﫿]|[^\W_㐀-鿿豈-﫿]+(?:['’-][^\W_㐀-鿿豈-﫿]+)*")
_SENTENCE = re.compile(r"[^。！？!?]+[。！？!?]*")


def _one_text(value: Any) -> Any:
    """Tokens in a list as a sentence, tags left out."""
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        value = join_words(value)
    return re.sub(r"<\|[^|>]*\|>", "", value) if isinstance(value, str) else value


def _in_order(pair: tuple[float, float]) -> tuple[float, float]:
    check_order(*pair)
    return pair


_Text = Annotated[str, BeforeValidator(_one_text)]
_Times = Annotated[list[Annotated[tuple[Millis, Millis], AfterValidator(_in_order)]], Unpacked]


class _Sentence(Stretch):
    start: Millis
    end: Millis
    text: _Text = Field(validation_alias=AliasChoices("text", "sentence"))
    spk: Label | None = None
    timestamp: _Times | None = None

    @model_validator(mode="before")
    @classmethod
    def _runtime(cls, data: Any) -> Any:
        """A sentence of the runtime in the names of the library."""
        if not isinstance(data, dict) or "text_seg" not in data:
            return data
        tokens = str(data["text_seg"]).split()
        text = join_words(tokens) + str(data.get("punc") or "")
        return {**data, "text": text, "timestamp": data.get("ts_list")}


class _Result(Part):
    text: _Text = ""
    timestamp: _Times | None = None
    sentences: list[_Sentence] | None = Field(
        default=None, validation_alias=AliasChoices("sentence_info", "stamp_sents")
    )


class _FunAsr(Part):
    results: list[_Result]


def recognises(document: Document) -> bool:
    """Sentences, or tokens' times beside a text."""
    first = first_of(document.data)
    return bool({"sentence_info", "stamp_sents"} & set(first)) or {"text", "timestamp"} <= set(
        first
    )


def read(document: Document) -> Brought:
    """One utterance a sentence; the text is cut into sentences where the result is not."""
    data = document.data if isinstance(document.data, list) else [document.data]
    results = validate(_FunAsr, {"results": data}, NAME).results
    known = [s.spk for r in results for s in r.sentences or ()]
    diarised = several(known)
    return bring(u for result in results for u in _utterances(result, diarised=diarised))


def _utterances(result: _Result, *, diarised: bool) -> Iterator[Utterance]:
    if not result.sentences:
        yield from _sentences(result)
        return
    for sentence in result.sentences:
        times = sentence.timestamp or []
        yield Utterance(
            start=min([sentence.start, *(start for start, _ in times[:1])]),
            end=sentence.end,
            text=sentence.text.strip(),
            words=words(_timed_words(_TOKEN.findall(sentence.text), times)),
            **side(sentence.spk if diarised else None),
        )


def _sentences(result: _Result) -> Iterator[Utterance]:
    """A text with one list of times, cut at the ends of its sentences if the tokens are as many."""
    times = result.timestamp or []
    if not result.text.strip():
        return
    if not times:
        raise TranscriptError(
            cause("{name} transcript: text alone, no times (timestamp or sentence_info)", name=NAME)
        )
    tokens = _TOKEN.findall(result.text)
    sentences = _SENTENCE.findall(result.text) if len(tokens) == len(times) else [result.text]
    for sentence in sentences:
        said = _TOKEN.findall(sentence)
        own, times = (times[: len(said)], times[len(said) :]) if len(sentences) > 1 else (times, [])
        if own:
            heard = words(_timed_words(said, own))
            text = sentence.strip()
            yield Utterance(start=own[0][0], end=max(e for _, e in own), text=text, words=heard)


def _timed_words(
    tokens: list[str], times: list[tuple[float, float]]
) -> list[tuple[str, float, float, None]]:
    if len(tokens) != len(times):
        return []
    return [(token, *pair, None) for token, pair in zip(tokens, times, strict=True)]
