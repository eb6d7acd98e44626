"""Things that people name: sums, dates, addresses, numbers."""

from __future__ import annotations

import re
from typing import Literal

from pipeline.text.digits import digit_runs

_COUNT = r"(?:\d[\d,.]*|[零〇一二两三四五六七八九十百千万亿半几]+)"
_PATTERNS = {
    "amount": re.compile(rf"{_COUNT}\s*(?:[百千万亿]*(?:元|块|毛)|万块|人民币|美元|港币)"),
    "date": re.compile(
        rf"{_COUNT}\s*(?:年\s*{_COUNT}\s*月|月\s*{_COUNT}\s*[日号]|月份)"
        r"|\d{4}-\d{1,2}-\d{1,2}|[上下本这]?(?:周|星期|礼拜)[一二三四五六日天]|[今明后昨前]天|大[前后]天"
        rf"|[上下本这]个?月\s*{_COUNT}\s*[日号]|(?<![楼栋幢院房])(?<!\d)[1-3]?\d[日号](?![楼院线店])"
    ),
    "address": re.compile(
        rf"(?:[\u4e00-\u9fff]{{2,8}}(?:路|街|巷|弄|大道|胡同|小区|花园|公寓|新村|镇|乡|村|广场|大厦)[^，。！？]{{0,6}})"
        rf"?{_COUNT}\s*(?:号楼|号院|栋|幢|座|单元|号[^码卡线]|室|弄)"
        r"|[\u4e00-\u9fff]{2,8}(?:小区|花园|公寓|新村|大道|胡同)"
    ),
}


def mentions(
    text: str, what: Literal["amount", "date", "address", "number"], *, digits: int
) -> bool:
    """Whether ``text`` names such a thing; a ``number`` is of at least so many ``digits``."""
    if what == "number":
        return any(len(run.digits) >= digits for run in digit_runs(text))
    return _PATTERNS[what].search(text) is not None
