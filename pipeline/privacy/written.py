"""Car plates and e-mail addresses, written or said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.privacy.places import Place, whole
from pipeline.privacy.words import HAN
from pipeline.records import Personal
from pipeline.text.digits import DIGIT

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_BETWEEN = r"[\s·•.,，、的\-]{0,2}"
_SIGN = rf"(?:[A-HJ-NP-Za-hj-np-z]|{DIGIT})"
_PLATE = re.compile(
    rf"(?P<kept>[{_PROVINCE}]{_BETWEEN}[A-HJ-NP-Za-hj-np-z])"
    rf"{_BETWEEN}{_SIGN}(?:{_BETWEEN}{_SIGN}){{3,4}}(?:{_BETWEEN}(?:{_SIGN}|[挂学警]))?"
    r"(?![A-Za-z0-9])"
)
_VESSEL = re.compile(
    rf"[{_PROVINCE}]{HAN}{{1,2}}[渔货机运拖油客]{{1,2}}(?:{_BETWEEN}{DIGIT}){{3,6}}"
)
"""A vessel's number, by which its owner is known: 浙岱渔11023."""
_DIGITS_IN_PLATE = re.compile(DIGIT)
_LEAST_DIGITS = 2
"""A plate has two letters at most behind its first two signs, or three where it was paid for."""
_AT = r"(?:[@＠]|艾特|爱特|圈[aAｱ]|小老鼠|\s[aA][tT]\s)"
_LOCAL = rf"(?:[A-Za-z_.+\-{DIGIT[1:-1]}]|下划线|点|横?杠|减号)"
_DOT = r"(?:\s*[.．。点]\s*)"
_DOMAIN = rf"(?:[A-Za-z\-{DIGIT[1:-1]}]|企鹅|网易|新浪)+"
_EMAIL = re.compile(
    rf"(?P<local>{_LOCAL}(?:[\s,，]{{0,2}}{_LOCAL}){{0,40}})[\s,，]*{_AT}[\s,，]*"
    rf"{_DOMAIN}(?:{_DOT}(?:[A-Za-z]\s?){{2,6}})+"
)


def plates(turn: int, text: str) -> Iterator[Place]:
    """Car plates, of which province and letter stay, and vessels' numbers, of which nothing does."""
    for match in _PLATE.finditer(text):
        if len(_DIGITS_IN_PLATE.findall(text, match.end("kept"), match.end())) >= _LEAST_DIGITS:
            keep = match.end("kept") - match.start()
            yield whole(turn, text, *match.span(), Personal.PLATE, keep)
    for match in _VESSEL.finditer(text):
        yield whole(turn, text, *match.span(), Personal.PLATE)


def emails(turn: int, text: str) -> Iterator[Place]:
    """E-mail addresses: the domain stays, whose box it is is hidden."""
    for match in _EMAIL.finditer(text):
        box = whole(turn, text, *match.span("local"), Personal.EMAIL)
        yield Place(turn, match.start(), match.end(), Personal.EMAIL, box.hidden)
