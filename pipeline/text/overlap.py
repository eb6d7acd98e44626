"""Whether an exception can overlap a phrase: a question about texts, without patterns."""

from __future__ import annotations

import functools
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.text.normal import normalise
from pipeline.text.notation import GAP

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@functools.lru_cache(maxsize=1 << 16)
def familiar(text: str) -> str:
    """The normal form without the difference between 您 and 你."""
    return normalise(text).text.replace("您", "你")


def stands_in(parts: Sequence[str], text: str) -> bool:
    """Whether a phrase's parts stand in ``text``, each at most ``GAP`` characters after the last."""
    if not all(part in text for part in parts):
        return False
    first, *others = parts
    ends = [at + len(first) for at in _places(first, text)]
    for part in others:
        starts = [at for at in _places(part, text) if any(0 <= at - end <= GAP for end in ends)]
        ends = [at + len(part) for at in starts]
    return bool(ends)


def _places(part: str, text: str) -> list[int]:
    return [at for at in range(len(text) + 1) if text.startswith(part, at)]


@dataclass(frozen=True)
class Borders:
    """Texts by their beginnings and, read backwards, by their ends; both in order."""

    forwards: Sequence[str]
    backwards: Sequence[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Borders:
        """The borders of some texts."""
        own = set(texts)
        return cls(sorted(own), sorted(text[::-1] for text in own))

    def touch(self, text: str) -> bool:
        """Whether ``text`` begins as one of them ends, or ends as one begins."""
        back = text[::-1]
        return any(
            _longer(self.forwards, text[-n:]) or _longer(self.backwards, back[-n:])
            for n in range(1, len(text))
        )


def _longer(texts: Sequence[str], start: str) -> bool:
    """Whether one of some texts, which are in order, begins with ``start`` and goes on."""
    at = bisect_right(texts, start)
    return at < len(texts) and texts[at].startswith(start)
