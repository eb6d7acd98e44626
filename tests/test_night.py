"""The whole way, audio to Parquet, through the real recogniser, against the scripted truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bench.truth import Comparison, compare
from tests.fixtures_truth import FIXTURES, truths

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = FIXTURES / "golden"
STABLE = {
    "calls": [
        "call_id",
        "agent_id",
        "team",
        "direction",
        "date",
        "channels",
        "status",
        "score",
        "level",
        "vetoed",
        "review",
        "interruptions",
    ],
    "findings": ["call_id", "rule_id", "section", "severity", "outcome", "points", "role"],
}
"""What must not move at all; times and texts may, within the bounds that the truth sets."""


@pytest.fixture(scope="module")
def found(scored_out: Path) -> Comparison:
    """The night against the truth."""
    return compare(scored_out)


def test_every_planted_violation_is_found(found: Comparison) -> None:
    """From the audio, at its place."""
    assert found.planted >= 30
    assert found.missed == []


def test_nothing_else_is_held_against_the_agents(found: Comparison) -> None:
    """No false violation."""
    assert found.invented == []


def test_every_outcome_is_the_scripted_one(found: Comparison) -> None:
    """Passes, not applicable and not measurable as well."""
    assert found.wrong_outcomes == []


def test_interruptions_begin_where_they_were_scripted(found: Comparison) -> None:
    """Every start of the agent inside a customer's turn within 0.3 s, and no other."""
    assert found.interruptions >= 8
    assert found.interruptions_missed == []
    assert found.interruptions_invented == []


def test_speaking_rates_are_within_5_percent(found: Comparison) -> None:
    """Of the rate that was spoken."""
    assert len(found.rate_errors) == sum(bool(t.data.get("rate_turn")) for t in truths())
    assert max(found.rate_errors) < 0.05


def test_the_demonstration_model_hears_what_was_said(found: Comparison) -> None:
    """Character errors under 3 %, word starts within 0.2 s on average."""
    assert found.cer < 0.03
    assert sum(found.word_errors) / len(found.word_errors) < 0.2


@pytest.mark.parametrize("table", ["calls", "findings"])
def test_the_output_is_the_golden_one(scored_out: Path, table: str) -> None:
    """Scores and what was found, row by row. After a wanted change: python -m tests.golden OUT."""
    golden = pd.read_csv(GOLDEN / f"{table}.csv", dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(stable(scored_out, table), golden)


def stable(out: Path, table: str) -> pd.DataFrame:
    """The columns that must not move, as text."""
    frame = pd.read_parquet(out / "data" / table)
    frame["date"] = frame["date"].astype(str)
    if table == "findings":
        frame = frame[frame.outcome.isin(["violation", "review"])]
    return frame[STABLE[table]].astype(object).fillna("").astype(str).reset_index(drop=True)


def test_points_add_up_to_the_score(scored_out: Path) -> None:
    """Every score can be done again by hand from its findings."""
    calls = pd.read_parquet(scored_out / "data/calls").set_index("call_id")
    findings = pd.read_parquet(scored_out / "data/findings")
    lost = {str(name): float(own.points.sum()) for name, own in findings.groupby("call_id")}
    plain = calls[(calls.status == "scored") & ~calls.vetoed]
    assert len(plain) > 30
    for call_id, call in plain.iterrows():
        assert call.score == pytest.approx(max(0.0, 100 + lost[str(call_id)])), call_id


def test_every_deduction_has_its_evidence(scored_out: Path) -> None:
    """Rule, clause, quote, start and end."""
    findings = pd.read_parquet(scored_out / "data/findings")
    against = findings[findings.outcome.isin(["violation", "review"])]
    assert against[["rule_id", "source", "quote", "message"]].map(bool).all(axis=None)
    assert against[["start_s", "end_s"]].notna().all(axis=None)
    assert (findings[findings.outcome != "violation"].points == 0).all()


def test_the_quote_is_the_transcripts_own_text(scored_out: Path) -> None:
    """Word for word."""
    turns = pd.read_parquet(scored_out / "data/transcripts")
    said = {str(name): "".join(own.text) for name, own in turns.groupby("call_id")}
    findings = pd.read_parquet(scored_out / "data/findings")
    for row in findings[findings.quote != ""].itertuples():
        assert str(row.quote) in said[str(row.call_id)]
