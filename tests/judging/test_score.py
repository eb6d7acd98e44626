"""Arithmetic that anyone can do again by hand."""

from __future__ import annotations

import pytest

from pipeline.judging.score import Scheme, not_scored, score
from pipeline.records import Finding, Outcome, Severity, Status

SCHEME = Scheme(
    mode="deduct",
    sections={"wording": ("用语", 30.0), "timing": ("时间", 100.0)},
    caps={"a": 10.0},
    weights={},
    titles={"hold": "离线前告知"},
    levels=[("优秀", 90.0), ("合格", 60.0), ("不合格", 0.0)],
)


def finding(
    rule: str,
    deduct: float,
    *,
    outcome: Outcome = Outcome.VIOLATION,
    severity: Severity = Severity.MINOR,
    section: str = "wording",
    at: float = 1.0,
    shares: str = "",
) -> Finding:
    """A finding at ``at`` to ``at + 5`` seconds."""
    return Finding(
        rule_id=rule,
        kind="phrase",
        section=section,
        severity=severity,
        outcome=outcome,
        source="G 3",
        message="m",
        quote="q",
        start=at,
        end=at + 5.0,
        deduct=deduct,
        shares=shares,
    )


def points(*findings: Finding) -> list[float]:
    """What each finding cost."""
    return [item.points for item in score(findings, SCHEME).findings]


def test_nothing_found_is_full_score() -> None:
    """100 and the best level."""
    card = score([finding("a", 0.0, outcome=Outcome.PASS)], SCHEME)
    assert (card.score, card.level, card.review, card.vetoed) == (100.0, "优秀", False, False)


def test_points_add_up_to_the_loss() -> None:
    """The score can be done again from the findings."""
    card = score([finding("a", 4.0), finding("b", 7.5)], SCHEME)
    assert card.score == 88.5
    assert sum(item.points for item in card.findings) == pytest.approx(card.score - 100)


def test_a_rule_costs_at_most_its_cap() -> None:
    """The third event of a rule capped at 10 finds 2 points left, and says why."""
    card = score([finding("a", 4.0), finding("a", 4.0), finding("a", 4.0)], SCHEME)
    assert [item.points for item in card.findings] == [-4.0, -4.0, -2.0]
    assert card.findings[2].note


def test_a_section_costs_at_most_its_cap() -> None:
    """Rules of one section share its cap."""
    assert points(finding("b", 20.0), finding("c", 20.0), finding("d", 5.0)) == [-20.0, -10.0, 0.0]


def test_the_same_seconds_cost_once() -> None:
    """The dearer rule takes the points, the other is shown with 0."""
    hold = finding("hold", 4.0, section="timing", at=10.0, shares="silence")
    air = finding("air", 3.0, section="timing", at=11.0, shares="silence")
    elsewhere = finding("air", 3.0, section="timing", at=60.0, shares="silence")
    assert points(air, hold, elsewhere) == [0.0, -4.0, -3.0]


def test_a_critical_violation_vetoes() -> None:
    """Score 0 and the lowest level, whatever the points add up to."""
    card = score([finding("a", 5.0, severity=Severity.CRITICAL)], SCHEME)
    assert (card.score, card.level, card.vetoed) == (0.0, "不合格", True)


def test_a_critical_review_never_vetoes() -> None:
    """Doubt favours the agent and calls for a person."""
    card = score([finding("a", 0.0, outcome=Outcome.REVIEW, severity=Severity.CRITICAL)], SCHEME)
    assert (card.score, card.vetoed, card.review) == (100.0, False, True)


def test_the_score_stops_at_zero_and_says_so() -> None:
    """Below 0 there is nothing."""
    findings = [finding("b", 30.0), finding("c", 90.0, section="timing")]
    card = score(findings, SCHEME)
    assert (card.score, card.floored) == (0.0, True)


def test_a_section_without_a_judged_rule_has_no_score() -> None:
    """What was not measured is not 100."""
    card = score([finding("a", 3.0)], SCHEME)
    assert [(s.section, s.score) for s in card.sections] == [("wording", 90.0), ("timing", None)]


def test_weighted_mode_counts_what_was_applicable() -> None:
    """Two of three weights were due, one of them lost: half of what counted."""
    scheme = Scheme(
        mode="weighted",
        sections=SCHEME.sections,
        caps={},
        titles={},
        weights={"a": 1.0, "b": 1.0, "c": 5.0},
        levels=SCHEME.levels,
    )
    found = [
        finding("a", 1.0),
        finding("b", 0.0, outcome=Outcome.PASS),
        finding("c", 0.0, outcome=Outcome.NOT_APPLICABLE),
    ]
    card = score(found, scheme)
    assert card.score == 50.0
    assert sum(item.points for item in card.findings) == pytest.approx(-50.0)


def test_a_call_that_cannot_be_judged_has_no_score() -> None:
    """Not 0, not 100: none, with the reason."""
    card = not_scored("录音里没有人说话")
    assert (card.status, card.score, card.findings) == (Status.NOT_SCORED, None, ())
    assert card.reason == "录音里没有人说话"


@pytest.mark.parametrize("missing", ["quote", "source", "message"])
def test_no_deduction_without_evidence(missing: str) -> None:
    """A violation without rule, clause, quote and time cannot be built."""
    given = {"source": "G 3", "message": "m", "quote": "q", missing: " "}
    with pytest.raises(ValueError, match=missing):
        Finding(
            rule_id="a",
            kind="phrase",
            section="wording",
            severity=Severity.MINOR,
            outcome=Outcome.VIOLATION,
            start=0.0,
            end=1.0,
            source=given["source"],
            message=given["message"],
            quote=given["quote"],
        )


def test_no_deduction_without_a_time() -> None:
    """Nor without a place in the call."""
    with pytest.raises(ValueError, match="start and end"):
        Finding(
            rule_id="a",
            kind="phrase",
            section="wording",
            severity=Severity.MINOR,
            outcome=Outcome.REVIEW,
            source="G 3",
            message="m",
            quote="q",
        )
