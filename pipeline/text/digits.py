"""Numbers as people say them on the telephone: 138…, 幺三八…, in pieces, and what is no such number."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

_SPOKEN = dict(zip("零〇洞一幺二两三四五六七八九", "00011223456789", strict=True))
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
DIGIT = r"[0-9０-９零〇洞幺一二两三四五六七八九]"
"""A digit as it is written or said."""
_FILLER = r"嗯|啊|呃|哦|然后|接着|再来|后面是|中间是|最后是|尾号是"
_JOIN = rf"[\s,，、.。;；\-—…～~]*(?:(?:{_FILLER})[\s,，、。]*)?"
_RUN = re.compile(rf"{DIGIT}(?:{_JOIN}{DIGIT})*")
_QUANTITY = re.compile(
    r"^\s*(?:[十百千万亿点%％℃]|个|元|块|毛|角|分钱|年|月|日|天|号楼|号院|栋|幢|单元|层|楼|室|点|时|分钟|分|秒|小时|度|方|立方|"
    r"吨|米|公里|岁|次|遍|位|人|条|种|折|倍|兆|下|共|样|起|些|直|定|般|会|声|句|家|位|名|种|旦|边|面|[GgMm])"
)
_MULTIPLIER = re.compile(r"[十百千万亿第点]\s*$")


@dataclass(frozen=True, slots=True)
class DigitRun:
    """Digits said one after the other: ``text[start:end]`` reads as ``digits``."""

    digits: str
    start: int
    end: int


@functools.lru_cache(maxsize=4096)
def digit_runs(text: str) -> tuple[DigitRun, ...]:
    """The numbers in ``text`` that are said digit by digit; dates, sums, times and counts are none."""
    return tuple(
        run
        for match in _RUN.finditer(text)
        for run in _pieces(text, match.start(), match.end())
        if not counts(text, run.start, run.end) and not _DATE.fullmatch(text[run.start : run.end])
    )


def counts(text: str, start: int, end: int) -> bool:
    """Whether the digits ``text[start:end]`` count something, or belong to a number in words."""
    before, after = text[:start], text[end:]
    return bool(_MULTIPLIER.search(before) or _QUANTITY.match(after))


def _pieces(text: str, start: int, end: int) -> list[DigitRun]:
    """A run without its last piece where that piece is counted in something (…，三天)."""
    found = DigitRun(read_digits(text[start:end]), start, end)
    pieces = [m.span() for m in re.finditer(rf"{DIGIT}+", text[start:end])]
    if len(pieces) > 1 and _QUANTITY.match(text[end:]):
        cut = start + pieces[-2][1]
        return [DigitRun(read_digits(text[start:cut]), start, cut)]
    return [found]


def read_digits(text: str) -> str:
    """The digits in ``text`` as Arabic ones, everything else left out."""
    plain = (_SPOKEN.get(c, c) for c in text)
    return "".join(str(int(c)) for c in plain if c.isdigit())
