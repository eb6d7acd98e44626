"""Where personal data stands in what was said, and what of it is hidden."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.records import Personal, Role, Turn

MASK = "*"
"""What stands in the place of each hidden character: the text keeps its length and its offsets."""


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """What a side said in one turn: all that is looked at."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Personal data in a turn: ``text[start:end]``, and which of its characters are hidden."""

    turn: int
    start: int
    end: int
    kind: Personal
    hidden: tuple[int, ...]


def said_in(turns: tuple[Turn, ...]) -> list[SpokenTurn]:
    """What a call's turns say."""
    return [SpokenTurn(turn.role, turn.text) for turn in turns]


def whole(turn: int, text: str, start: int, end: int, kind: Personal, keep: int = 0) -> Place:
    """A place whose letters and digits are all hidden but the first ``keep`` characters."""
    hidden = tuple(i for i in range(start + keep, end) if text[i].isalnum())
    return Place(turn, start, end, kind, hidden)


def mask(text: str, hidden: set[int]) -> str:
    """``text`` with a mask in the place of each hidden character; as long as it was."""
    return "".join(MASK if i in hidden else c for i, c in enumerate(text)) if hidden else text
