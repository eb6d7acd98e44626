"""Texts made comparable: numbers as they are read, simplified characters, no marks."""

from __future__ import annotations

import re

import cn2an

from pipeline.text.normal import normalise

LONGEST_AMOUNT = 3
"""Digits of a number that is read as an amount; a longer one, or one with a 0 ahead, digit by digit."""
_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
_ALIKE = str.maketrans({"幺": "一", "两": "二", "〇": "零"})


def as_read(text: str) -> str:
    """The characters that a reader says: ``26号`` and 二十六号 are the same, 幺 and 一 too."""
    text = re.sub(r"(\d+)%", r"百分之\1", text)
    text = re.sub(r"(?<=\d)\.(?=\d)", "点", text)
    return normalise(re.sub(r"\d+", _read, text)).text.translate(_ALIKE)


def _read(number: re.Match[str]) -> str:
    digits = number.group()
    if len(digits) > LONGEST_AMOUNT or digits[0] == "0":
        return digits.translate(_DIGITS)
    return str(cn2an.an2cn(digits))


def errors(said: str, heard: str) -> tuple[int, int]:
    """Character errors (insertions, deletions, substitutions) and characters said, both as read."""
    wanted, got = as_read(said), as_read(heard)
    row = list(range(len(got) + 1))
    for i, a in enumerate(wanted, start=1):
        before, row = row, [i]
        for j, b in enumerate(got, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
    return row[-1], len(wanted)
