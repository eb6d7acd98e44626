"""The machine's record: precision as counted, recall without bias, intervals that hold."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from pipeline.figures.record import record
from pipeline.judging.reviewed import WHOLE
from pipeline.records import Outcome, Verdict
from pipeline.review.draw import Candidate, Draw, draw
from pipeline.settings import SamplingSettings
from pipeline.store.schema import ReviewRow, SampleRow

RULE = "hold.warn"


def review(
    call_id: str,
    verdict: Verdict,
    outcome: Outcome | None = Outcome.VIOLATION,
    turn: int | None = 0,
    quote: str = "",
    kind: str = "phrase",
) -> ReviewRow:
    """A person's verdict."""
    return ReviewRow(
        call_id=call_id,
        agent_id="0001",
        rule_id="" if verdict in WHOLE else RULE,
        kind=kind,
        turn=turn,
        verdict=verdict,
        reviewer="甲",
        reason="",
        at=None,
        comment="",
        outcome=outcome,
        quote=quote,
    )


def sampled(one: Draw) -> SampleRow:
    """A call of the draw, as the table has it."""
    return SampleRow(
        call_id=one.call.call_id,
        agent_id=one.call.agent_id,
        week="w",
        drawn=bool(one.why),
        probability=one.probability,
        random=one.random,
        why=one.why,
        inspector="",
    )


def test_thirty_five_of_thirty_five_prove_a_rule() -> None:
    """And thirty-four do not; nothing wants thirty-five."""
    rows = [review(str(n), Verdict.STANDS) for n in range(35)]
    assert [record(rows[:n], [])[0].proven for n in (34, 35)] == [False, True]
    assert record(rows[:30], [])[0].to_prove == 5
    undecided = record([review("1", Verdict.CANNOT_TELL)], [])[0]
    assert (undecided.precision, undecided.to_prove) == (None, 35)


def test_a_call_that_was_excluded_is_no_rule() -> None:
    """Verdicts on whole calls say nothing of any rule."""
    rows = [review("1", Verdict.EXCLUDED, None), review("2", Verdict.DONE, None)]
    assert record(rows, []) == []


def test_a_rule_that_is_often_wrong_is_said_to_be() -> None:
    """With the words that did not stand; a finding for review counts apart."""
    rows = [review(str(n), Verdict.STANDS) for n in range(20)]
    rows += [review(f"w{n}", Verdict.WRONG, quote="转一下阀门") for n in range(20)]
    rows += [review("r", Verdict.STANDS, Outcome.REVIEW)]
    (found,) = record(rows, [])
    assert found.failing
    assert found.precision is not None
    assert (found.precision.count, found.precision.of) == (20, 40)
    assert found.confirmed is not None
    assert (found.confirmed.count, found.confirmed.of) == (1, 1)
    assert set(found.rejected) == {"转一下阀门"}


def test_the_last_verdict_on_a_finding_counts() -> None:
    """An appeal was heard."""
    rows = [review("1", Verdict.STANDS), review("1", Verdict.WRONG)]
    (found,) = record(rows, [])
    assert found.precision is not None
    assert (found.precision.count, found.precision.of) == (0, 1)


def test_one_wrong_verdict_condemns_no_rule() -> None:
    """A rule that is right nine times in ten has one wrong in ten calls; two of two it hardly has."""
    rows = [review(str(n), Verdict.WRONG) for n in range(2)]
    assert [record(rows[:n], [])[0].failing for n in (1, 2)] == [False, True]
    many = [review(str(n), Verdict.WRONG if n < 15 else Verdict.STANDS) for n in range(100)]
    assert [record(many[n:], [])[0].failing for n in (0, 5)] == [False, False]
    assert record([review(f"w{n}", Verdict.WRONG) for n in range(5)] + many, [])[0].failing


def test_recall_has_no_bias_and_its_interval_holds() -> None:
    """Four hundred weeks of a world whose truth is known.

    Vetoed calls are all looked at, and the machine finds more in them; unweighted, its recall would
    come out six points too high.
    """
    chance = random.Random(7)  # noqa: S311  no secret
    how = SamplingSettings(per_agent=6)
    errors, covered, flattering = [], [], []
    for week in range(400):
        found, there, calls = {}, {}, []
        for number in range(600):
            vetoed = chance.random() < 0.06
            there[number] = sum(chance.random() < (0.9 if vetoed else 0.2) for _ in range(2))
            likely = 0.95 if vetoed else 0.6
            found[number] = sum(chance.random() < likely for _ in range(there[number]))
            calls.append(
                Candidate(
                    call_id=str(number),
                    date="2026-11-20",
                    agent_id=str(number % 12),
                    team="",
                    new_agent=False,
                    vetoed=vetoed,
                    confidence=None,
                    duration=60.0,
                )
            )
        drawn = draw(calls, how, str(week))
        rows = []
        for one in drawn:
            if one.why:
                own = int(one.call.call_id)
                right = [
                    review(one.call.call_id, Verdict.STANDS, turn=n) for n in range(found[own])
                ]
                missed = [
                    review(one.call.call_id, Verdict.MISSED, None, turn=n)
                    for n in range(found[own], there[own])
                ]
                rows += [*right, *missed, review(one.call.call_id, Verdict.DONE, None, None)]
        recall = record(rows, map(sampled, drawn))[0].recall
        assert recall is not None
        truth = sum(found.values()) / sum(there.values())
        errors.append(recall.value - truth)
        covered.append(recall.low <= truth <= recall.high)
        seen = [int(one.call.call_id) for one in drawn if one.why]
        flattering.append(sum(found[n] for n in seen) / sum(there[n] for n in seen) - truth)
    assert abs(mean(errors)) < 0.01
    assert mean(covered) > 0.93
    assert mean(flattering) > 0.05


def test_calls_that_were_not_looked_through_say_nothing_of_recall() -> None:
    """Somebody looked at the findings alone, and nobody knows what was missed."""
    (one,) = draw(
        [
            Candidate(
                call_id="1",
                date="2026-11-20",
                agent_id="1",
                team="",
                new_agent=False,
                vetoed=True,
                confidence=None,
                duration=60.0,
            )
        ],
        SamplingSettings(),
        "w",
    )
    rows = [review("1", Verdict.STANDS)]
    assert record(rows, [sampled(one)])[0].recall is None
    whole = [*rows, review("1", Verdict.DONE, None, None)]
    found = record(whole, [sampled(one)])[0].recall
    assert found is not None
    assert found.value == pytest.approx(1.0)
    assert found.events == 1
