"""The shapes of personal numbers, and which of their digits stay readable."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from pipeline.records import Personal

if TYPE_CHECKING:
    from collections.abc import Callable

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of number; the first ``head`` and the last ``tail`` characters of it stay readable."""

    kind: Personal
    pattern: re.Pattern[str]
    head: Callable[[str], int]
    tail: int
    valid: Callable[[str], bool] = lambda _: True

    def fits(self, digits: str) -> bool:
        """Whether ``digits`` is a number of this kind."""
        return self.pattern.fullmatch(digits) is not None and self.valid(digits)

    @property
    def whole(self) -> Shape:
        """The same where it is not known which digits these are: none stays readable."""
        return replace(self, head=lambda _: 0, tail=0)

    def hidden_range(self, digits: str) -> range:
        """The places in ``digits`` that are hidden."""
        return range(self.head(digits), max(self.head(digits), len(digits) - self.tail))


def identity_card(digits: str) -> bool:
    """Whether 18 characters are an identity card's number (GB 11643: ISO 7064 MOD 11-2).

    One whose last character is misheard still has a birthday at its place.
    """
    total = sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=False))
    return _CHECK[total % 11] == digits[-1] or _is_date(digits[6:14])


def _is_date(digits: str) -> bool:
    """Whether eight digits are a date on which somebody may have been born (1900 to 2059)."""
    try:
        return 1900 <= date.fromisoformat(digits).year < 2060
    except ValueError:
        return False


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of a bank card (ISO/IEC 7812)."""
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(n - 9 * (n > 9) for n in doubled) % 10 == 0


def _before(digits: str) -> int:
    """How many digits before a mobile number stand for the country, or for an outside line."""
    return len(digits) - 11


def _area(digits: str) -> int:
    """The length of a landline's area code: 010 and 02x have three digits, the others four."""
    return 3 if digits[1] in "12" else 4


def _head(digits: str) -> int:
    """What stays readable of a number of a telephone's length; of others nobody knows where it is."""
    return 3 if len(digits) == MOBILE_DIGITS else 0


MOBILE_DIGITS = 11
MOBILE = Shape(
    Personal.PHONE,
    re.compile(r"(?:(?:00)?86|[09])?1[3-9]\d{9}"),
    lambda digits: _before(digits) + 3,
    4,
)
LANDLINE = Shape(
    Personal.PHONE, re.compile(r"0(?:10|2\d)[2-8]\d{7}|0[3-9]\d{2}[2-8]\d{6,7}"), _area, 4
)
LOCAL = Shape(Personal.PHONE, re.compile(r"[2-8]\d{6,7}"), lambda _: 0, 4)
"""A landline without its area code: only where a telephone is spoken of."""
IDENTITY = Shape(Personal.IDENTITY, re.compile(r"[1-8]\d{16}[\dX]"), lambda _: 3, 2, identity_card)
BANK = Shape(Personal.BANK_CARD, re.compile(r"[3-6]\d{15,18}"), lambda _: 0, 4, luhn)
SURE = (IDENTITY, BANK, MOBILE, LANDLINE)
"""What is known by its digits alone."""
LIKELY_IDENTITY = Shape(Personal.IDENTITY, re.compile(r"\d{14,19}X?"), lambda _: 3, 2)
LIKELY_BANK = Shape(Personal.BANK_CARD, re.compile(r"\d{16,19}"), lambda _: 0, 4)
PART_OF_BANK = Shape(Personal.BANK_CARD, re.compile(r"\d{12,15}|\d{20,21}"), lambda _: 0, 0)
"""Of a row that is no card's whole number nobody knows which digits are its last."""
LIKELY_PHONE = Shape(Personal.PHONE, re.compile(r"1[3-9]\d{7,13}|0\d{9,13}"), _head, 4)
"""What a number is most likely where it was asked for, though a digit was misheard or left out."""
TICKET = Shape(Personal.TICKET, re.compile(r"\d{6,32}"), lambda _: 0, 4)
