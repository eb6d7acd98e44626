"""From a week's calls to work lists, and from what was filled in back to scores."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.errors import ConfigurationError
from pipeline.night.rescore import score_kept
from pipeline.review.worklists import Sampled, sample
from pipeline.settings import NAME, InspectorSettings, SamplingSettings, load_settings
from pipeline.store.files import Store
from tests.conftest import callqa
from tests.fixtures_truth import RECORDINGS
from tests.helpers import Nobody

if TYPE_CHECKING:
    from pathlib import Path

INSPECTORS = (InspectorSettings(name="甲"), InspectorSettings(name="乙"))
SETTINGS = load_settings(RECORDINGS / NAME).model_copy(
    update={"sampling": SamplingSettings(inspectors=INSPECTORS)}
)


@pytest.fixture
def out(judged_out: Path, tmp_path: Path) -> Path:
    """The fixture calls, scored: a copy of its own."""
    return shutil.copytree(judged_out, tmp_path / "out")


class Listener(Nobody):
    """Progress that somebody reads."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self.lines: list[str] = []

    def tell(self, line: str) -> None:
        """Something to know."""
        self.lines.append(line)


def sampled(out: Path, week: str | None = None) -> Sampled:
    """A week's draw."""
    return sample(Store.of(out, SETTINGS), SETTINGS, week)


def lines(path: Path) -> list[dict[str, str]]:
    """The lines of a work list."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_call_of_the_week_has_its_probability(out: Path) -> None:
    """Drawn or not; every drawn one is on just one list, whole."""
    found = sampled(out)
    table = pd.read_parquet(out / "data/samples")
    calls = pd.read_parquet(out / "data/calls").set_index("call_id")
    assert found.calls == len(table)
    assert found.drawn == table.drawn.sum() > 0
    assert set(calls.loc[table.call_id].status) == {"scored"}
    assert ((table.probability > 0) & (table.probability <= 1)).all()
    assert (table[calls.vetoed.loc[table.call_id].to_numpy()].probability == 1).all()
    listed = [line["call_id"] for path in found.lists.values() for line in lines(path)]
    whole = [
        line["call_id"] for p in found.lists.values() for line in lines(p) if not line["rule_id"]
    ]
    assert sorted(whole) == sorted(table[table.drawn].call_id)
    assert set(listed) == set(whole)
    assert set(found.lists) == {"甲", "乙"}


def test_a_list_that_is_there_is_left_alone(out: Path) -> None:
    """Somebody may have filled it in."""
    (path, *_) = sampled(out).lists.values()
    path.write_text(path.read_text(encoding="utf-8-sig") + "\n", encoding="utf-8-sig")
    filled = path.read_bytes()
    again = sampled(out)
    assert path in again.stood
    assert path.read_bytes() == filled


def test_a_proven_rule_is_asked_about_only_where_chance_took_the_call(out: Path) -> None:
    """Its violations in calls that are taken for another reason are left off the lists."""
    findings = pd.read_parquet(out / "data/findings").query("outcome == 'violation'")
    rule = findings.rule_id.value_counts().index[0]
    found = sample(Store.of(out, SETTINGS), SETTINGS, None, [rule])
    table = pd.read_parquet(out / "data/samples").query("drawn")
    asked = {
        line["call_id"]
        for path in found.lists.values()
        for line in lines(path)
        if line["rule_id"] == rule
    }
    broken = set(findings[findings.rule_id == rule].call_id) & set(table.call_id)
    assert asked == broken & set(table[table.random].call_id)
    assert broken - asked


def test_verdicts_make_the_score_after_people(out: Path) -> None:
    """What was rejected costs nothing then, what was missed does; the machine's score stays.

    A verdict on a rule that there is not changes nothing, and the run says so.
    """
    before = pd.read_parquet(out / "data/calls").set_index("call_id")
    assert before.score.equals(before.score_final)
    findings = pd.read_parquet(out / "data/findings")
    costly = findings[(findings.outcome == "violation") & (findings.points < 0)]
    one = costly.groupby("call_id").filter(lambda own: len(own) == 1).iloc[0]
    clean = before[(before.score == 100) & (before.rubric == "gas-hotline")].index[0]
    rows = [
        f"{one.call_id},{one.rule_id},wrong,甲,{'' if pd.isna(one.turn) else int(one.turn)},听错了",
        f"{clean},opening.inbound,missed,乙,,没有先说",
        "gone,hold.warn,wrong,乙,,",
        f"{clean},hold.warm,wrong,乙,,",
    ]
    text = "call_id,rule_id,verdict,reviewer,turn,comment\n" + "\n".join(rows)
    (out / "reviews.csv").write_text(text, encoding="utf-8")
    told = Listener()
    score_kept(out, SETTINGS, progress=told, jobs=1)
    (line,) = [line for line in told.lines if "hold.warm" in line]
    assert "1 " in line
    after = pd.read_parquet(out / "data/calls").set_index("call_id")
    assert after.score.equals(before.score)
    assert after.score_final[one.call_id] == after.score[one.call_id] - one.points
    assert after.score_final[clean] < 100
    others = after.drop([one.call_id, clean])
    assert others.score.equals(others.score_final)
    reviews = pd.read_parquet(out / "data/reviews").set_index("call_id")
    assert reviews.outcome[one.call_id] == "violation"
    assert reviews.quote[one.call_id] == one.quote
    assert pd.isna(reviews[reviews.rule_id == "opening.inbound"].outcome[clean])
    said = callqa("explain", str(one.call_id), "--out", out).stdout
    assert f"不成立  {one.rule_id} " in said
    assert f"甲  “听错了”\n  复核后 {after.score_final[one.call_id]:.1f} 分" in said
    assert "复核" not in callqa("explain", str(others.index[0]), "--out", out).stdout
    agents = pd.read_parquet(out / "data/agents").dropna(subset="score")
    whose = after[after.status == "scored"].groupby(["date", "agent_id"])
    for score in ("score", "score_final"):
        published = agents.set_index(["date", "agent_id"])[score]
        assert published.to_numpy() == pytest.approx(whose[score].mean().to_numpy(), abs=0.01)


def test_a_week_without_calls_is_an_error(out: Path) -> None:
    """And so is what is no week."""
    for week in ("2020-W01", "2026-47", "2026-W60"):
        with pytest.raises(ConfigurationError, match=week):
            sampled(out, week)
