"""The page of the machine's record: how right each rule is, by what people said of its findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.record import PROVEN, REVIEWS, latest, record
from pipeline.report import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.figures.record import RuleRecord
    from pipeline.report.days import Days
    from pipeline.report.html import Site
    from pipeline.report.norms import Norms


@dataclass(frozen=True, kw_only=True)
class RecordView:
    """The page: the rules of which anybody said anything, those that are most surely wrong first."""

    rules: Sequence[RuleRecord]
    norms: Norms
    verdicts: int

    @property
    def proven(self) -> float:
        """The share of right ones from which on a rule needs no person."""
        return PROVEN

    @property
    def missing(self) -> int:
        """Verdicts that are missing before changes of the rules are proposed."""
        return max(0, REVIEWS - self.verdicts)


def record_view(days: Days) -> RecordView:
    """The view of the page."""
    reviews = days.query.reviews()
    rules = record(reviews, days.query.calls_drawn())
    return RecordView(
        rules=sorted(rules, key=lambda r: (r.precision.high if r.precision else 2.0, r.rule_id)),
        norms=days.norms,
        verdicts=len(latest(reviews)),
    )


def write_record(site: Site, days: Days) -> bool:
    """Write the page where anybody has said anything; whether there is one."""
    view = record_view(days)
    if view.rules:
        site.page(names.RECORD_PAGE, "record.html", view)
    site.only("record", [names.RECORD_PAGE] if view.rules else [])
    return bool(view.rules)
