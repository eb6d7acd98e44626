"""What a stranger would find: calls by writers who saw neither lists nor models, and misheard.

Figures of violations and of violations or reviews stand apart, as do wording and the rest; false
violations are counted per 100 calls, which is what agents feel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.accuracy.metrics import FOUND, Case, Share, judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ERRORS = (0.0, 0.03, 0.08, 0.15)
"""Shares of the characters that are misheard."""
SPOKEN = ("wording",)
"""Sections of rules about how something is said; the others are about what has to be said and done."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """The figures of a set at one share of misheard characters."""

    errors: float
    outright: Share
    found: Share
    wording: Share
    structure: Share
    """Of what the labels name of the rules about what has to be said and done."""
    precision: Share
    false_pairs: Share
    false_in_100: float
    clean_calls: Share
    """Of the calls without a labelled violation those in which one is found."""

    @classmethod
    def of(cls, cases: Sequence[Case], errors: float) -> Row:
        """The figures of some cases."""
        wanted = [c for c in cases if c.expected == "violation"]
        said = [c for c in cases if c.said == "violation"]
        wrong = [c for c in said if c.expected != "violation"]
        calls = {c.call_id for c in cases}
        guilty = {c.call_id for c in wanted}
        clean = calls - guilty
        structure = [c for c in cases if not _spoken(c) and c.named]
        return cls(
            errors=errors,
            outright=_share(wanted, lambda c: c.said == "violation"),
            found=_share(wanted, lambda c: c.said in FOUND),
            wording=_share([c for c in wanted if _spoken(c)], lambda c: c.said in FOUND),
            structure=_share(structure, lambda c: c.right),
            precision=_share(said, lambda c: c.expected == "violation"),
            false_pairs=Share(hits=len(wrong), total=len(cases)),
            false_in_100=100 * len(wrong) / max(1, len(calls)),
            clean_calls=Share(hits=len({c.call_id for c in wrong} & clean), total=len(clean)),
        )


def _spoken(case: Case) -> bool:
    return case.rule_id.startswith(SPOKEN)


def _share(cases: Sequence[Case], right: Callable[[Case], bool]) -> Share:
    return Share(hits=sum(map(right, cases)), total=len(cases))


def rows(cases: Mapping[float, Sequence[Case]]) -> list[Row]:
    """A row for each share of misheard characters."""
    return [Row.of(judged(some), errors) for errors, some in cases.items()]


def table(found: Sequence[Row]) -> Iterator[str]:
    """The rows as Markdown."""
    yield (
        "| misheard | violations found | found or sent to review | wording, likewise "
        "| structural labels right | precision | false violations in 100 calls "
        "| of all calls × rules | clean calls with one |"
    )
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for row in found:
        shares = (row.outright, row.found, row.wording, row.structure, row.precision)
        cells = [f"{row.errors:.0%}", *map(_shown, shares), f"{row.false_in_100:.1f}"]
        cells += [f"{row.false_pairs.value or 0:.2%}", _shown(row.clean_calls)]
        yield f"| {' | '.join(cells)} |"


def _shown(share: Share) -> str:
    if share.value is None or share.interval is None:
        return "–"
    low, high = share.interval
    return f"{share.value:.1%} ({low:.0%}–{high:.0%})"
