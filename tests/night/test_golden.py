"""A night over the fixture calls: what is decided, and what is heard, against the scripted truth."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bench.truth import Comparison, compare
from tests.conftest import HEARD, callqa, obtained, some_recordings
from tests.golden import GOLDEN, stable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("table", ["calls", "findings"])
def test_the_decisions_are_the_golden_ones(scored_out: Path, table: str) -> None:
    """Of words that were heard once and kept. After a wanted change: python -m tests.golden OUT."""
    golden = pd.read_csv(GOLDEN / f"{table}.csv", dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(stable(scored_out, table), golden)


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
    """Rule and clause; a quote, a start and an end, unless it is absent throughout."""
    findings = pd.read_parquet(scored_out / "data/findings")
    against = findings[findings.outcome.isin(["violation", "review"])]
    assert against[["rule_id", "source", "message"]].map(bool).all(axis=None)
    placed = against[~against.message.str.contains("全程未出现")]
    assert placed.quote.map(bool).all()
    assert placed[["start_s", "end_s"]].notna().all(axis=None)
    assert (findings[findings.outcome != "violation"].points == 0).all()


def test_the_quote_is_the_transcripts_own_text(scored_out: Path) -> None:
    """Word for word, or the words for speech that was not recognised."""
    turns = pd.read_parquet(scored_out / "data/transcripts")
    said = {str(name): "".join(own.text) for name, own in turns.groupby("call_id")}
    findings = pd.read_parquet(scored_out / "data/findings")
    for row in findings[findings.quote != ""].itertuples():
        assert str(row.quote) in said[str(row.call_id)] or row.quote == "（听不清）"


@pytest.fixture(scope="module")
def found(heard_out: Path) -> Comparison:
    """The heard calls against the truth."""
    return compare(heard_out)


def test_most_outcomes_are_the_scripted_ones(found: Comparison) -> None:
    """Through the ear of a base-class model; ``make bench`` measures all calls."""
    assert found.judged >= 100
    assert len(found.wrong_outcomes) <= 0.08 * found.judged, found.wrong_outcomes


def test_most_planted_violations_are_found_or_sent_to_a_person(found: Comparison) -> None:
    """At their place."""
    assert found.planted >= 20
    assert len(found.missed) <= 0.25 * found.planted, found.missed


def test_hardly_anything_else_is_held_against_the_agents(found: Comparison) -> None:
    """One false violation in five calls, as a margin."""
    assert len(found.invented) <= len(HEARD) / 5, found.invented


def test_interruptions_begin_where_they_were_scripted(found: Comparison) -> None:
    """Starts of the agent inside a customer's turn, within 0.3 s: they hang on no words."""
    assert found.interruptions >= 5
    assert len(found.interruptions_missed) <= 1, found.interruptions_missed
    assert len(found.interruptions_invented) <= 1, found.interruptions_invented


def test_speaking_rates_are_within_5_percent(found: Comparison) -> None:
    """Of the rate that was spoken, on nearly every call."""
    assert len(found.rate_errors) >= len(HEARD) - 2
    assert sum(error > 0.05 for error in found.rate_errors) <= 1, found.rate_errors


def test_what_was_said_is_heard(found: Comparison) -> None:
    """Character errors of a base-class model with a margin; no second of speech without words."""
    assert found.cer < 0.25
    assert found.unrecognised < 1.0


def test_kill_and_start_again(heard_out: Path, tmp_path: Path) -> None:
    """Kill -9 after the first call: it is not heard again, and no half file is left.

    The end is that of the night that nobody killed.
    """
    obtained("base")
    some = ("g29", "g36")
    folder, out = some_recordings(tmp_path / "calls", some), tmp_path / "out"
    run = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "score", str(folder), "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 240
    while len(list(out.rglob("*.json.gz"))) < 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    heard = len(list((out / "transcripts").rglob("*.json.gz")))
    assert 1 <= heard < len(some), "the run ended before it could be killed"
    assert not (out / "data").exists()

    done = callqa("score", folder, "--out", out)
    assert done.returncode == 0, done.stderr
    assert f"新转写 {len(some) - heard} 个，以前转写过 {heard} 个" in done.stdout
    for table in ("calls", "findings", "transcripts", "interruptions", "holds"):
        found, whole = (
            pd.read_parquet(one / "data" / table).astype({"date": str}) for one in (out, heard_out)
        )
        same = whole[whole.call_id.isin(some)].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, same)
