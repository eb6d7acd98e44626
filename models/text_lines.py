"""The training lines of the text models: reading them, their misheard variants, near-duplicates."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.text.acts import ACTS, CUSTOMER_ACTS, TONES
from pipeline.text.normal import normalise, sounds

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence
    from pathlib import Path

AGENT, PLAIN = "agent", "plain"
CUSTOMER, PLAIN_CUSTOMER = "customer", "plain_customer"
LABELS = frozenset((*ACTS, *CUSTOMER_ACTS, *TONES, AGENT, PLAIN, CUSTOMER, PLAIN_CUSTOMER))
MISHEARD = 0.12
"""Share of characters that a variant has replaced by another of the same sound."""
ALIKE = 0.5
"""Lines that share so much of their character pairs (Jaccard) are kept in one fold."""


@dataclass(frozen=True)
class Line:
    """A line of the training data; ``text`` is its normal form.

    ``agent`` and ``customer`` are lines without a tone of which nobody looked at the acts, ``plain``
    and ``plain_customer`` such as hold none.
    """

    labels: tuple[str, ...]
    text: str

    @property
    def role(self) -> str:
        """Who says it."""
        customers = (*CUSTOMER_ACTS, CUSTOMER, PLAIN_CUSTOMER)
        return CUSTOMER if self.labels[0] in customers else AGENT

    @property
    def tone(self) -> str | None:
        """Its tone, where it has one."""
        return self.labels[0] if self.labels[0] in TONES else None


def read_lines(folder: Path) -> list[Line]:
    """The lines of all data files, ``labels TAB text``, in a fixed order; each text once."""
    lines: dict[str, Line] = {}
    for path in sorted(folder.glob("**/*.tsv")):
        for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            labels, _, text = row.partition("\t")
            line = Line(tuple(labels.split(",")), normalise(text).text)
            if unknown := set(line.labels) - LABELS:
                raise SystemExit(f"{path}:{number}: unknown labels: {sorted(unknown)}")
            lines.setdefault(line.text, line)
    return list(lines.values())


class Variants:
    """Noise as a recogniser makes it: characters of the same sound, 您 heard as 你."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Know the characters of ``texts`` by their sounds."""
        self._counts = Counter("".join(texts))
        self._alike: dict[str, list[str]] = defaultdict(list)
        for character in sorted(self._counts):
            self._alike[sounds(character)[0]].append(character)

    def misheard(self, text: str, chance: random.Random) -> str:
        """``text`` with some characters replaced by others of the same sound."""
        return "".join(self._heard(character, chance) for character in text)

    def _heard(self, character: str, chance: random.Random) -> str:
        if chance.random() >= MISHEARD:
            return character
        others = [c for c in self._alike.get(sounds(character)[0], []) if c != character]
        if not others:
            return character
        return chance.choices(others, [self._counts[c] for c in others])[0]

    def address(self, text: str, chance: random.Random) -> str:
        """``text`` with 您 as 你, as recognisers often write it, or now and then the reverse."""
        drawn = chance.random()
        if drawn < 0.4:
            return text.replace("您", "你")
        return text.replace("你", "您") if drawn < 0.5 else text


def groups_of(lines: Sequence[Line]) -> list[int]:
    """A group number for each line; near-duplicates, also by way of others, have the same."""
    pairs = [_pairs(line.text) for line in lines]
    group = list(range(len(lines)))
    members = {index: [index] for index in group}
    holders: dict[str, list[int]] = defaultdict(list)
    for index, own in enumerate(pairs):
        shared = Counter(other for pair in own for other in holders[pair])
        for other, count in sorted(shared.items()):
            if count / len(own | pairs[other]) >= ALIKE:
                _merge(group, members, group[index], group[other])
        for pair in own:
            holders[pair].append(index)
    return group


def _merge(group: list[int], members: dict[int, list[int]], old: int, new: int) -> None:
    if old != new:
        for index in members[old]:
            group[index] = new
        members[new] += members.pop(old)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1)) or frozenset({text})
