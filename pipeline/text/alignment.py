"""Where the words that a recogniser wrote stand in the text that they make up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def align(text: str, words: Sequence[str]) -> list[tuple[int, int] | None]:
    """Each word's place ``[start, end)`` in ``text``, in order; None where it is not found.

    A word is looked for behind the one before it, without the spaces around it; one that is missing
    (a mark that was changed, a character that was made simple) takes no place and moves no other.
    """
    places: list[tuple[int, int] | None] = []
    at = 0
    for word in words:
        own = word.strip()
        found = text.find(own, at) if own else -1
        if found < 0:
            places.append(None)
            continue
        at = found + len(own)
        places.append((found, at))
    return places
