"""Figures out of labels and verdicts: precision and recall with their uncertainty, and the rest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.accuracy.catalogue import REVIEW_ONLY

NO_RULE = "no rule"
"""The verdict of a rule that the rubric does not have (yet)."""
FOUND = frozenset({"violation", "review"})


@dataclass(frozen=True, kw_only=True)
class Case:
    """One rule on one call: what it must say and what it said.

    ``named``: whether the call's labels name the rule; all others must be clean.
    """

    rubric: str
    call_id: str
    rule_id: str
    noisy: bool
    expected: str
    said: str
    named: bool = True

    @property
    def fresh(self) -> bool:
        """Whether the call is of the second set (README: what was tuned on what)."""
        return self.call_id.startswith("f-")

    @property
    def right(self) -> bool:
        """Whether the verdict is the label; ``clean`` is all but violation and review.

        A fault is a review where the rule only asks for a person.
        """
        if self.expected == "clean":
            return self.said not in FOUND
        return self.said == (self.positive if self.expected == "violation" else self.expected)

    @property
    def positive(self) -> str:
        """The outcome that the rule is there to find."""
        return "review" if self.rule_id in REVIEW_ONLY else "violation"

    @property
    def is_fault(self) -> bool:
        """Whether the rule has something to find in the call."""
        return self.expected in {"violation", self.positive}


@dataclass(frozen=True, kw_only=True)
class Share:
    """``hits`` of ``total`` with the 95 % interval after Wilson."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        """The share itself; None of nothing."""
        return self.hits / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % score interval; None of nothing."""
        return wilson(self.hits, self.total) if self.total else None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How right the verdicts on a set of cases are."""

    support: int
    precision: Share
    recall: Share
    review: Share
    not_measurable: Share
    labelled: Share
    all: Share
    false_violations: Share


def wilson(hits: int, total: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """The score interval of a share."""
    share = hits / total
    scale = 1 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


def judged(cases: Iterable[Case]) -> list[Case]:
    """The cases that a rule was there for."""
    return [case for case in cases if case.said != NO_RULE]


def figures(cases: Sequence[Case]) -> Figures:
    """The figures of cases that all have a verdict."""
    wanted = [c for c in cases if c.is_fault]
    said = [c for c in cases if c.said == c.positive]
    hits = sum(c.said == c.positive for c in wanted)
    labelled = [c for c in cases if c.expected != "clean"]
    count = Counter(c.said for c in cases)
    return Figures(
        support=len(wanted),
        precision=Share(hits=hits, total=len(said)),
        recall=Share(hits=hits, total=len(wanted)),
        review=Share(hits=count["review"], total=len(cases)),
        not_measurable=Share(hits=count["not_measurable"], total=len(cases)),
        labelled=Share(hits=sum(c.right for c in labelled), total=len(labelled)),
        all=Share(hits=sum(c.right for c in cases), total=len(cases)),
        false_violations=Share(
            hits=sum(c.said == "violation" != c.expected for c in cases), total=len(cases)
        ),
    )


def by_rule(cases: Iterable[Case]) -> dict[str, list[Case]]:
    """The cases of each rule."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(case.rule_id, []).append(case)
    return found


def misses(cases: Iterable[Case]) -> Iterator[Case]:
    """The cases that are wrong, by rule and call."""
    wrong = (c for c in cases if not c.right)
    yield from sorted(wrong, key=lambda c: (c.rule_id, c.call_id))
