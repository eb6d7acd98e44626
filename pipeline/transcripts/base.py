"""What the readers of transcripts share: the contract, times, words, roles and messages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from pipeline.errors import TranscriptError
from pipeline.messages import Cause, cause, marked
from pipeline.records import Role, Utterance, Word

LONGEST = 24 * 3600.0
"""Seconds: a time beyond a day is one in milliseconds, or a slip."""
SENTENCE_END = ("。", "？", "！", ".", "?", "!")
"""What a word ends with that ends its sentence."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What a transcript brings.

    ``utterances`` are in order of (start, end); ``call`` is what it says of the call, in the fields of
    ``CallRecord`` as ``call_records.record_of`` reads them, and empty where it says nothing.
    """

    utterances: tuple[Utterance, ...]
    call: Mapping[str, Any] = field(default_factory=dict)


class Document(NamedTuple):
    """A file's text and its JSON; ``data`` is None where the text is no JSON."""

    text: str
    data: Any


class Reader(NamedTuple):
    """Whether a document is of this format, and what it brings.

    ``read`` raises ``TranscriptError``, which names the format and the place that cannot be read.
    """

    recognises: Callable[[Document], bool]
    read: Callable[[Document], Brought]


Time = Annotated[float, Field(ge=0, le=LONGEST, allow_inf_nan=False)]
"""Seconds."""

Millis = Annotated[
    float,
    Field(ge=0, le=LONGEST * 1000, allow_inf_nan=False),
    AfterValidator(lambda value: round(value / 1000, 3)),
]
"""Milliseconds in the file, also as text; seconds once read."""

Probability = Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)]

Label = Annotated[str, Field(coerce_numbers_to_str=True)]
"""A speaker's or channel's name, which many write as a number."""


class Part(BaseModel):
    """A part of a vendor's document; the keys that are not declared are somebody else's."""

    model_config = ConfigDict(extra="ignore")


class Stretch(Part):
    """Something that lasts from ``start`` to ``end``, in seconds once read."""

    start: Time
    end: Time

    @model_validator(mode="after")
    def _forward(self) -> Stretch:
        check_order(self.start, self.end)
        return self


class MaybeStretch(Part):
    """A word or a punctuation mark that may have no times; what it has is in seconds once read."""

    start: Time | None = None
    end: Time | None = None

    @model_validator(mode="after")
    def _forward(self) -> MaybeStretch:
        if self.start is not None and self.end is not None:
            check_order(self.start, self.end)
        return self


def check_order(start: float, end: float) -> None:
    """``ValueError`` where ``end`` is before ``start``, both in seconds."""
    if end < start:
        raise ValueError(
            cause("the end, {end:g} s, is before the start, {start:g} s", start=start, end=end)
        )


Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], data: Any, name: str | Cause) -> Model:
    """``data`` as ``model``; ``TranscriptError`` names the format and the first place that is wrong.

    ``name`` is the format's, or what the data are called.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise TranscriptError(_complaint(error, name)) from error


_SENTENCE = marked("sentence {n}")
_UNITS = {
    **dict.fromkeys(("words", "displaywords", "items", "word_info"), marked("word {n}")),
    **dict.fromkeys(("wordsresultlist", "ws", "timestamp", "ts_list"), marked("word {n}")),
    **dict.fromkeys(("transcripts", "channels"), marked("channel {n}")),
    **dict.fromkeys(("parties", "participants"), marked("participant {n}")),
    **dict.fromkeys(("nbest", "alternatives"), marked("alternative {n}")),
    **dict.fromkeys(("results", "analysis", "dialog", "rl_track"), marked("entry {n}")),
    "rt": marked("part {n}"),
}
_NUMBER = marked("expected a number")
_INTEGER = marked("expected a whole number")
_LIST = marked("expected a list")
_OBJECT = marked("expected an object")
_TIME = marked("expected a time such as 2026-11-18T09:15:00+08:00")
_COMPLAINTS = {
    "missing": marked("it is missing"),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_from_float": _INTEGER,
    "finite_number": marked("expected a finite number"),
    "greater_than_equal": marked("may not be less than {ge:g}"),
    "less_than_equal": marked("may not be more than {le:g}"),
    "string_type": marked("expected text"),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "too_short": marked("may not be empty"),
    "enum": marked("expected {expected}"),
    "string_pattern_mismatch": marked("expected text that fits {pattern}"),
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "value_error": "{error}",
}


def _complaint(error: ValidationError, name: str | Cause) -> Cause:
    """The first fault: the format, the sentence and word, the path, what is wrong."""
    first = error.errors()[0]
    path = [part for part in first["loc"] if part != "root"]
    places = [
        cause(_UNITS.get(str(before).lower(), _SENTENCE), n=part + 1)
        for before, part in zip(["", *path], path, strict=False)
        if isinstance(part, int) and not isinstance(before, int)
    ]
    known = _COMPLAINTS.get(first["type"])
    what = name if isinstance(name, Cause) else _transcript(name)
    if places:
        place = reduce(
            lambda outer, inner: cause("{outer}, {inner}", outer=outer, inner=inner), places
        )
        what = cause("{transcript}, {place}", transcript=what, place=place)
    return cause(
        "{transcript}: cannot be read ({where}): {wrong}",
        transcript=what,
        where=".".join(str(part) for part in path) or cause("as a whole"),
        wrong=first["msg"] if known is None else cause(known, **first.get("ctx", {})),
    )


def _transcript(name: str) -> Cause:
    """A format's transcript; in Chinese only a name in Latin letters has a space behind it."""
    if name[-1:].isascii():
        return cause("{name} transcript", name=name)
    return cause("the {name} transcript", name=name)


def join_names(names: Iterable[str]) -> Cause:
    """The names of formats, one after the other."""
    together = "{comma}".join(names)
    return cause(together, comma=cause(", "))


def bring(utterances: Iterable[Utterance], **call: Any) -> Brought:
    """The utterances in order, blank ones left out, and what is known of the call."""
    said = (u for u in utterances if u.text.strip())
    return Brought(
        utterances=tuple(sorted(said, key=lambda u: (u.start, u.end))),
        call={k: v for k, v in call.items() if v is not None},
    )


def words(heard: Iterable[tuple[str, float, float, float | None]]) -> tuple[Word, ...]:
    """Words out of (text, start, end, probability), seconds; those without text are left out."""
    return tuple(Word(t.strip(), s, e, p) for t, s, e, p in heard if t.strip())


def join_words(texts: Iterable[str]) -> str:
    """Words as a sentence: a space only between two that are written in Latin letters or digits."""
    line = ""
    for text in texts:
        piece = text.strip()
        space = line[-1:].isascii() and re.match(r"[A-Za-z0-9]", piece) is not None
        line += f" {piece}" if line and space else piece
    return line


_ROLES = {
    **dict.fromkeys(("agent", "客服", "坐席", "座席", "人工", "人工客服", "话务员"), Role.AGENT),
    **dict.fromkeys(
        ("customer", "user", "client", "caller", "客户", "用户", "顾客", "来电人"), Role.CUSTOMER
    ),
    **dict.fromkeys(("ivr", "system", "系统", "机器人", "语音导航"), Role.IVR),
}


def role_of(name: str) -> Role | None:
    """The role that a speaker's name stands for, or None."""
    return _ROLES.get(name.strip().lower())


def side(name: str | None) -> dict[str, Any]:
    """A speaker's name as ``role`` where it stands for one, else as ``speaker``."""
    if name is None or not name.strip():
        return {}
    role = role_of(name)
    return {"speaker": name.strip()} if role is None else {"role": role}


def several(labels: Iterable[str | int | None]) -> bool:
    """Whether labels tell sides apart: one that is the same everywhere tells nothing."""
    return len(set(labels)) > 1


_PREFIX = re.compile(
    r"\s*[\[【(（]?(?P<name>"
    + "|".join(sorted(map(re.escape, _ROLES), key=len, reverse=True))
    + r"|(?:speaker|spk|说话人|发言人|讲话人)[ _-]?[0-9A-Za-z]{1,3})[\]】)）]?\s*[:：]\s*",
    re.IGNORECASE,
)


def speakers(lines: Iterable[str]) -> list[tuple[str | None, str]]:
    """(Speaker, text) of lines where some begin with ``客服：`` or ``[SPEAKER_00]:``."""
    said: list[tuple[str | None, str]] = []
    for line in lines:
        if match := _PREFIX.match(line):
            said.append((match["name"], line[match.end() :]))
        elif said:
            said[-1] = (said[-1][0], join_words((said[-1][1], line)))
        else:
            said.append((None, line.strip()))
    return said


def unpack(value: Any) -> Any:
    """JSON that stands as text inside JSON; what is no text stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ValueError(cause("the JSON in it is not whole")) from error


Unpacked = BeforeValidator(unpack)
"""For a field whose JSON may stand as text."""


def first_of(value: Any) -> Mapping[str, Any]:
    """The first element of a list, or the value itself, where it is an object; else an empty one."""
    element = value[0] if isinstance(value, Sequence) and value else value
    return element if isinstance(element, Mapping) else {}
