"""What the patterns of names and places are made of."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from pipeline.resources import LEXICONS
from pipeline.text.digits import DIGIT
from pipeline.text.lexicon import read_lexicon

if TYPE_CHECKING:
    from collections.abc import Iterator

HAN = r"[\u4e00-\u9fff]"
STOP = r"，,。.！!？?、；;：:\s"
"""What ends a clause, as a part of a class of characters."""
CLAUSE_END = rf"(?=[{STOP}]|$)"
CLAUSE_START = rf"(?:^|(?<=[{STOP}]))"
_NEVER = (
    "的了是您我你他她它们这那哪位个有在和与跟对把被给请问就也都还没不吗呢吧啊嗯哦呀嘛哈"
    "来去到说让找么很啥谁几要想会能可用打住看听办做等先再又后前从为什怎多少些每各已刚只姓叫喊见得讲啦"
)
"""Characters that stand in sentences all the time, and in names hardly ever."""
IN_NAMES = rf"(?![{_NEVER}])(?!{DIGIT}){HAN}"
"""A character that names are made of."""


def any_of(*names: str) -> str:
    """A pattern of any word of some lists in ``lexicons/privacy``, the longer before the shorter."""
    listed = {word for name in names for word in words(name)}
    return "|".join(sorted(map(re.escape, listed), key=lambda word: (-len(word), word)))


def spans(text: str, part: str) -> Iterator[tuple[int, int]]:
    """Where a part stands in a text, one behind the other."""
    at = text.find(part)
    while at >= 0:
        yield at, at + len(part)
        at = text.find(part, at + len(part))


@functools.cache
def words(name: str) -> frozenset[str]:
    """The words of a list in ``lexicons/privacy``."""
    return frozenset(read_lexicon(LEXICONS / "privacy" / f"{name}.txt").phrases)
