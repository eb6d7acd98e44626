"""What a page adds up after people is what the night adds up, from the tables and the kept rubric."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.judging.kept import charges_of_kept
from pipeline.judging.reviewed import attach
from pipeline.night.rescore import score_kept
from pipeline.records import Finding, Outcome, Review, Role, Severity, Verdict
from pipeline.review.said import Said
from pipeline.review.standing import Standing, standing_of
from pipeline.review.verdicts import by_call, read_reviews
from pipeline.rubric.kept import content, read_kept
from pipeline.settings import NAME, load_settings
from pipeline.store.files import Store
from pipeline.store.queries import Query
from pipeline.store.schema import CallRow
from tests.detect.test_own_rules import TAG, WORD, judge_of
from tests.fixtures_truth import RECORDINGS
from tests.helpers import Nobody

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = load_settings(RECORDINGS / NAME)


@pytest.fixture(scope="module")
def scored(judged_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture calls, scored, and scored again with verdicts on every finding."""
    out = shutil.copytree(judged_out, tmp_path_factory.mktemp("standing") / "out")
    findings = pd.read_parquet(out / "data/findings")
    asked = findings[findings.outcome.isin(["violation", "review"])]
    lines = ["call_id,rule_id,verdict,reviewer,turn,comment"]
    turns = asked.turn.map("{:.0f}".format, na_action="ignore").fillna("")
    for number, (call, rule, turn) in enumerate(
        zip(asked.call_id, asked.rule_id, turns, strict=True)
    ):
        verdict = ("wrong", "stands", "cannot_tell")[number % 3]
        lines.append(f"{call},{rule},{verdict},甲,{turn},")
    lines += [f"{call},opening.inbound,missed,甲,," for call in asked.call_id.unique()[::2]]
    lines.append(f"{asked.call_id.iloc[0]},,excluded,甲,,")
    (out / "reviews.csv").write_text("\n".join(lines), encoding="utf-8")
    score_kept(out, SETTINGS, progress=Nobody(), jobs=1)
    return out


def stood(out: Path, *, with_verdicts: bool) -> list[tuple[CallRow, Standing]]:
    """Each call and how it stands."""
    store = Store.of(out, SETTINGS)
    reviews = by_call(read_reviews(out / "reviews.csv")) if with_verdicts else {}
    return [
        (
            one.call,
            standing_of(
                one.call,
                one.findings,
                [Said(review=r) for r in reviews.get(one.call.call_id, ())],
                store.kept_rubric(one.call.rubric, one.call.rubric_version),
            ),
        )
        for date in Query(store).dates
        for one in Query(store).conversations(date)
    ]


def test_without_verdicts_it_is_the_machine_s_score(scored: Path) -> None:
    """Of every call, with its level and its veto."""
    found = stood(scored, with_verdicts=False)
    assert len(found) > 30
    for call, one in found:
        if one.card is None:
            assert call.score is None
        else:
            assert one.card.score == pytest.approx(call.score, abs=0.02)
            assert (one.card.level, one.card.vetoed) == (call.level, call.vetoed)


def test_with_verdicts_it_is_the_night_s_score_after_people(scored: Path) -> None:
    """Rejected, confirmed and missed ones, and a call that was excluded."""
    found = stood(scored, with_verdicts=True)
    changed = 0
    for call, one in found:
        if one.final is None:
            assert call.score_final is None
        else:
            assert one.final == pytest.approx(call.score_final, abs=0.02)
            changed += call.score != call.score_final
    assert changed > 10
    assert sum(one.excluded for _, one in found) == 1
    scored_calls = sum(call.score is not None for call, _ in found)
    assert pd.read_parquet(scored / "data/agents").scored.sum() == scored_calls - 1
    assert not any(one.lost for _, one in found)


def finding(turn: int, start: float, quote: str) -> Finding:
    """A fault of one rule."""
    return Finding(
        rule_id="wording.quarrel",
        kind="phrase",
        section="wording",
        severity=Severity.MINOR,
        outcome=Outcome.VIOLATION,
        source="G 3",
        message="斗气语",
        role=Role.AGENT,
        turn=turn,
        start=start,
        end=start + 2,
        quote=quote,
    )


def on(turn: int, start: float, quote: str) -> Review:
    """A verdict on such a fault."""
    return Review(
        call_id="c",
        reviewer="甲",
        verdict=Verdict.WRONG,
        rule_id="wording.quarrel",
        turn=turn,
        start=start,
        end=start + 2,
        quote=quote,
    )


def test_a_verdict_goes_with_its_words() -> None:
    """Into another turn, to the nearer of two, by its time where words are masked; or it is lost."""
    first, second = finding(4, 20.0, "随便你"), finding(9, 60.0, "随便你吧")
    plain = finding(11, 80.0, "你找13800000000去")
    found = [first, second, plain]
    told = [on(3, 20.0, "随便你"), on(9, 60.0, "随便你"), on(11, 80.0, "你找138****0000去")]
    assert [one.finding for one in attach(found, told)] == [first, second, plain]
    (lost,) = attach(found, [on(4, 20.0, "爱去不去")])
    assert lost.finding is None


def test_a_rule_that_tags_charges_nothing(tmp_path: Path) -> None:
    """Nor does it keep a call from being added up: it has neither section nor points."""
    rubric = judge_of(tmp_path, contact__bill=TAG, wording__water=WORD).rubric
    kept = read_kept(content(rubric))
    assert kept is not None
    assert charges_of_kept(kept).keys() == {"wording.water"}
