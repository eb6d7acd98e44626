"""What the readers of transcripts share: the contract, times, words, roles and messages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
        msg = f"开始 {start:g} 秒与结束 {end:g} 秒不是先后两个时刻"
        raise ValueError(msg)


Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], data: Any, name: str) -> Model:
    """``data`` as ``model``; ``TranscriptError`` names the format and the first place that is wrong."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise TranscriptError(_complaint(error, name)) from error


_UNITS = {
    **dict.fromkeys(("words", "displaywords", "items", "word_info"), "个词"),
    **dict.fromkeys(("wordsresultlist", "ws", "timestamp", "ts_list"), "个词"),
    **dict.fromkeys(("transcripts", "channels"), "个声道"),
    **dict.fromkeys(("parties", "participants"), "个参与者"),
    **dict.fromkeys(("nbest", "alternatives"), "个候选"),
    **dict.fromkeys(("results", "analysis", "dialog", "rl_track"), "项"),
    "rt": "段",
}
_COMPLAINTS = {
    "missing": "缺少这一项",
    "float_type": "应为一个数",
    "float_parsing": "应为一个数",
    "int_type": "应为一个整数",
    "int_parsing": "应为一个整数",
    "int_from_float": "应为一个整数",
    "finite_number": "应为一个有限的数",
    "greater_than_equal": "不能小于 {ge:g}",
    "less_than_equal": "不能大于 {le:g}",
    "string_type": "应为文字",
    "list_type": "应为一列",
    "tuple_type": "应为一列",
    "dict_type": "应为一个对象",
    "model_type": "应为一个对象",
    "model_attributes_type": "应为一个对象",
    "too_short": "不能是空的",
    "enum": "应为 {expected}",
    "string_pattern_mismatch": "应为 {pattern} 这样的文字",
    "datetime_type": "应为 2026-11-18T09:15:00+08:00 这样的时间",
    "datetime_parsing": "应为 2026-11-18T09:15:00+08:00 这样的时间",
    "datetime_from_date_parsing": "应为 2026-11-18T09:15:00+08:00 这样的时间",
    "value_error": "{error}",
}


def _complaint(error: ValidationError, name: str) -> str:
    """The first fault in Chinese: the format, the sentence and word, the path, what is wrong."""
    first = error.errors()[0]
    path = [part for part in first["loc"] if part != "root"]
    place = "".join(
        f"第 {part + 1} {_UNITS.get(str(before).lower(), '句')}"
        for before, part in zip(["", *path], path, strict=False)
        if isinstance(part, int) and not isinstance(before, int)
    )
    where = ".".join(str(part) for part in path)
    known = _COMPLAINTS.get(first["type"])
    wrong = first["msg"] if known is None else known.format(**first.get("ctx", {}))
    space = " " if name[-1:].isascii() else ""
    return f"{name}{space}转写{place and f'的{place}'}不能读（{where or '整个文件'}）：{wrong}"


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
        msg = "里面的 JSON 不完整"
        raise ValueError(msg) from error


Unpacked = BeforeValidator(unpack)
"""For a field whose JSON may stand as text."""


def first_of(value: Any) -> Mapping[str, Any]:
    """The first element of a list, or the value itself, where it is an object; else an empty one."""
    element = value[0] if isinstance(value, Sequence) and value else value
    return element if isinstance(element, Mapping) else {}
