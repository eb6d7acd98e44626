"""How a published call stands after people: what was said of its findings, and its score then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.judging.kept import charges_of_kept, scheme_of_kept
from pipeline.judging.reviewed import WHOLE, after_people, attach, found_missing, is_excluded
from pipeline.records import Attached, Finding, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.records import Review, Scorecard
    from pipeline.review.said import Said
    from pipeline.rubric.kept import KeptRubric
    from pipeline.store.schema import CallRow, FindingRow


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A call after people.

    ``said`` has what was said of each finding, by its index, the last word last; ``missed`` are faults
    that the machine did not find; ``lost`` are verdicts whose finding is not there any more. ``card`` is
    None where the call is not scored, was excluded, or its rubric was not kept.
    """

    said: Mapping[int, Sequence[Said]]
    missed: Sequence[Said]
    lost: Sequence[Said]
    whole: Sequence[Said]
    card: Scorecard | None
    excluded: bool

    @property
    def done(self) -> bool:
        """Whether somebody has looked it through from beginning to end."""
        return any(one.review.verdict is Verdict.DONE for one in self.whole)

    @property
    def final(self) -> float | None:
        """The score after people."""
        return None if self.card is None else self.card.score

    def last(self, index: int) -> Said | None:
        """The last word on a finding."""
        own = self.said.get(index, ())
        return own[-1] if own else None


def standing_of(
    call: CallRow, rows: Sequence[FindingRow], said: Sequence[Said], kept: KeptRubric | None
) -> Standing:
    """How a call stands; ``rows`` are all its findings."""
    findings = [_finding_of_row(row, kept) for row in rows]
    verdicts = attach(findings, [one.review for one in said])
    index = {id(finding): number for number, finding in enumerate(findings)}
    of_finding: dict[int, list[Said]] = {}
    for one, verdict in zip(said, verdicts, strict=True):
        if verdict.finding is not None:
            of_finding.setdefault(index[id(verdict.finding)], []).append(one)
    rules = {} if kept is None else charges_of_kept(kept)
    missed = {id(review) for review in found_missing(verdicts, rules)}
    card = None
    if kept is not None and call.status == Status.SCORED:
        card = after_people(findings, verdicts, scheme_of_kept(kept), rules)
    return Standing(
        said=of_finding,
        missed=[one for one in said if id(one.review) in missed],
        lost=_without_finding(said, verdicts),
        whole=[one for one in said if one.review.verdict in WHOLE],
        card=card,
        excluded=is_excluded(verdicts),
    )


def place_in(rows: Sequence[FindingRow], review: Review) -> int | None:
    """The index of the finding that something was said of, by its words; None where it is gone."""
    findings = [_finding_of_row(row, None) for row in rows]
    (one,) = attach(findings, [review])
    return next((n for n, f in enumerate(findings) if f is one.finding), None)


def _without_finding(said: Sequence[Said], verdicts: Sequence[Attached]) -> list[Said]:
    """Verdicts that are on no finding, and on nothing that somebody else found."""
    found = {_place(v.review) for v in verdicts if v.review.verdict is Verdict.MISSED}
    return [
        one
        for one, verdict in zip(said, verdicts, strict=True)
        if verdict.finding is None
        and one.review.verdict not in {*WHOLE, Verdict.MISSED}
        and _place(one.review) not in found
    ]


def _place(review: Review) -> tuple[str, int | None, float | None]:
    return review.rule_id, review.turn, review.start


def _finding_of_row(row: FindingRow, kept: KeptRubric | None) -> Finding:
    """A finding as it was judged; before 0.9 the tables did not say what its rule asked for it."""
    rule = None if kept is None else kept.rules.get(row.rule_id)
    return Finding(
        rule_id=row.rule_id,
        kind=row.kind or "",
        section=row.section,
        severity=row.severity,
        outcome=row.outcome,
        source=row.source,
        message=row.message or row.rule_id,
        reason=row.reason,
        role=row.role,
        turn=row.turn,
        start=row.start_s,
        end=row.end_s,
        quote=row.quote,
        confidence=row.confidence,
        deduct=-row.points if row.deduct is None else row.deduct,
        shares=str(rule.data.get("shares", "")) if rule else "",
        absent=not row.quote or row.start_s is None,
    )
