"""A calibration session from the draw to its page, and its figures redone by hand from the tables."""

from __future__ import annotations

import csv
import itertools
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.errors import ConfigurationError
from pipeline.figures.calibration import session_figures
from pipeline.night.purge import _unpublish
from pipeline.night.ratings import publish_ratings
from pipeline.night.remembered import remember_settings
from pipeline.night.rescore import score_kept
from pipeline.report import site_and_days
from pipeline.report.calibration import write_sessions
from pipeline.review.calibration import Wanted, all_rows, draw_session, forget, sessions
from pipeline.store.files import Store
from pipeline.store.queries import Query
from tests.helpers import Nobody
from tests.report.page import text
from tests.review.test_worklists import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent.parent
RATERS = ("甲", "乙", "专家")
WANTED = Wanted(name="w47", raters=RATERS, expert="专家", count=8)


@pytest.fixture(scope="module")
def scored(judged_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture calls, scored, with a session of which every line is filled in."""
    out = shutil.copytree(judged_out, tmp_path_factory.mktemp("calibrated") / "out")
    remember_settings(out, SETTINGS)
    store = Store.of(out, SETTINGS)
    draw_session(store, SETTINGS, WANTED)
    for number, rater in enumerate(RATERS):
        fill(out / f"calibration/w47/{rater}.csv", partial(says, rater=number))
    publish_ratings(store, SETTINGS)
    return out


@pytest.fixture
def out(scored: Path, tmp_path: Path) -> Path:
    """A copy of its own."""
    return shutil.copytree(scored, tmp_path / "out")


def says(line: int, rater: int) -> tuple[str, str]:
    """What a rater writes: a word and a score; every rater otherwise in some places."""
    value = "cannot_tell" if (line + rater) % 11 == 0 else "no_fault"
    if line % 4 == 0 and (line // 4 + rater) % 3:
        value = "fault"
    return value, str(70 + line % 20 + 3 * rater)


def fill(path: Path, said: Callable[[int], tuple[str, str]]) -> None:
    """Fill in a rater's file as in a spreadsheet."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        value, score = said(number)
        row.update({"value": value} if row["rule_id"] else {"score": score})
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def lines(path: Path) -> list[dict[str, str]]:
    """The lines of a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def run(*arguments: object) -> str:
    """What a command says; it has to end well."""
    found = CliRunner().invoke(app, [str(one) for one in arguments])
    assert found.exit_code == 0, found.output
    return found.output


def test_every_rater_is_asked_the_same_and_nothing_tells_what_the_machine_said(out: Path) -> None:
    """Each rule of each call, and each call's score; only ``--show-machine`` shows the machine's."""
    (session,) = sessions(out)
    asked = {
        rater: [
            (own["call_id"], own["rule_id"]) for own in lines(out / f"calibration/w47/{rater}.csv")
        ]
        for rater in RATERS
    }
    assert len(session.calls) == 8
    expected = [(call, rule) for call in session.calls for rule in (*session.rules, "")]
    assert all(own == expected for own in asked.values())
    assert not any(own["machine"] for own in lines(out / "calibration/w47/甲.csv"))
    (call,) = pd.read_parquet(out / "data/findings").query("outcome == 'violation'").call_id[:1]
    run("calibrate", "draw", "--out", out, "--session", "offen", "--raters", "a,b", "--call", call,
        "--show-machine")  # fmt: skip
    shown = {own["machine"] for own in lines(out / "calibration/offen/a.csv")}
    assert "fault" in shown


def test_calls_of_a_session_are_in_no_mean(out: Path) -> None:
    """They keep their score, and the table of agents is made without them."""
    score_kept(out, SETTINGS, progress=Nobody(), jobs=1)
    apart = set(sessions(out)[0].calls)
    calls = pd.read_parquet(out / "data/calls").query("status == 'scored'")
    counted = calls[~calls.call_id.isin(apart)].groupby(["date", "agent_id"]).score.mean()
    agents = pd.read_parquet(out / "data/agents").set_index(["date", "agent_id"])
    assert agents.score.dropna().to_numpy() == pytest.approx(counted.to_numpy(), abs=0.01)
    assert agents.scored.sum() == len(calls) - len(apart)
    assert calls[calls.call_id.isin(apart)].score.notna().all()


def test_figures_can_be_redone_by_hand_from_the_tables(out: Path) -> None:
    """Raw agreement, Fleiss' kappa, AC1, stricter, higher: with pandas, from ``ratings`` alone."""
    query = Query(Store.of(out, SETTINGS))
    rows = query.ratings()
    called = {row.call_id for row in rows}
    found = session_figures(rows, query.outcomes(called), [row for _, row in query.scores(called)])
    table = pd.read_parquet(out / "data/ratings").query("session == 'w47'")
    words = table.dropna(subset="rule_id")
    wide = words.assign(fault=words.value.map({"fault": 1.0, "no_fault": 0.0})).pivot_table(
        index=["call_id", "rule_id"], columns="rater", values="fault"
    )
    faults, said = wide.sum(axis=1), wide.count(axis=1)
    twice = said >= 2
    alike = faults * (faults - 1) + (said - faults) * (said - faults - 1)
    raw = (alike / (said * (said - 1)))[twice].mean()
    often = (faults / said)[said > 0].mean()
    whole = found.whole.agreement
    assert whole is not None
    assert whole.raw.value == pytest.approx(raw)
    assert whole.ac1 is not None
    chance = 2 * often * (1 - often)
    assert whole.ac1.value == pytest.approx((raw - chance) / (1 - chance))
    assert whole.kappa is not None
    chance = often**2 + (1 - often) ** 2
    assert whole.kappa.value == pytest.approx((raw - chance) / (1 - chance))
    shown = redone(out)
    assert shown["alike"] == pytest.approx(raw)
    assert shown["AC1"] == pytest.approx(whole.ac1.value)
    scores = table[table.rule_id.isna()].pivot_table(
        index="call_id", columns="rater", values="score"
    )
    for person in found.people:
        others = [r for r in RATERS if r != person.rater]
        assert person.stricter is not None
        apart = (wide[person.rater] - wide[others].mean(axis=1)).dropna()
        assert person.stricter.value == pytest.approx(apart.mean())
        assert person.higher is not None
        points = (scores[person.rater] - scores[others].mean(axis=1)).dropna()
        assert person.higher.value == pytest.approx(points.mean())
        assert person.apart == pytest.approx(points.abs().mean())
    pairs = [(scores[a] - scores[b]).abs() for a, b in itertools.combinations(RATERS, 2)]
    assert found.apart is not None
    assert found.apart.value == pytest.approx(pd.concat(pairs).mean())


def redone(out: Path) -> dict[str, float]:
    """What the lines of the manual print."""
    manual = (ROOT / "docs/review.md").read_text(encoding="utf-8")
    code = manual.split("```python\n")[1].split("```")[0].replace("out/data", f"{out}/data")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    words = told.stdout.split()
    return {name: float(value) for name, value in zip(words[::2], words[1::2], strict=True)}


def test_the_machine_is_one_more_rater(out: Path) -> None:
    """Held to the expert's word like the others: of his faults, those that are violations."""
    query = Query(Store.of(out, SETTINGS))
    rows = query.ratings()
    called = {row.call_id for row in rows}
    found = session_figures(rows, query.outcomes(called), [row for _, row in query.scores(called)])
    findings = pd.read_parquet(out / "data/findings")
    broken = findings[findings.outcome == "violation"][["call_id", "rule_id"]].apply(tuple, axis=1)
    doubted = findings[findings.outcome == "review"][["call_id", "rule_id"]].apply(tuple, axis=1)
    expert = pd.read_parquet(out / "data/ratings").query("expert and value == 'fault'")
    faults = set(expert[["call_id", "rule_id"]].apply(tuple, axis=1)) - (set(doubted) - set(broken))
    assert found.machine.found is not None
    assert found.machine.found.of == len(faults)
    assert found.machine.found.count == len(faults & set(broken))


def test_the_report_says_it_on_the_terminal_and_on_a_page(out: Path) -> None:
    """The page has every rater, the machine, each rule, and the places where they do not agree."""
    told = run("calibrate", "report", "--out", out, "--session", "w47")
    assert "AC1" in told
    assert all(f"{name}:" in told or f"{name}：" in told for name in RATERS)
    page = text(out / "reports/calibration/w47.html")
    table = pd.read_parquet(out / "data/ratings").query("session == 'w47'")
    for rule in table.rule_id.dropna().unique():
        assert rule in page
    assert "以 专家 为准" in page
    assert "机器" in page.split("各位评分人")[1]
    said = table.dropna(subset="value").groupby(["call_id", "rule_id"]).value.nunique()
    assert f"说法不同的地方 {(said > 1).sum()} 处" in page


def test_a_session_that_is_not_filled_in_yet_is_on_no_page(out: Path) -> None:
    """Whoever is still at it could read there what the others said; no call is in two sessions."""
    run("calibrate", "draw", "--out", out, "--session", "neu", "--raters", "甲,乙", "--calls", 3)
    site, days = site_and_days(out, SETTINGS)
    assert write_sessions(site, days) == ["w47"]
    assert [path.name for path in (out / "reports/calibration").iterdir()] == ["w47.html"]
    old, new = (set(one.calls) for one in sessions(out))
    assert not old & new


def test_a_rater_over_sessions(out: Path) -> None:
    """One who grows stricter: both sessions stand side by side."""
    run("calibrate", "draw", "--out", out, "--session", "w48", "--raters", "甲,乙", "--calls", 6)
    fill(out / "calibration/w48/甲.csv", lambda _: ("fault", "60"))
    fill(out / "calibration/w48/乙.csv", lambda _: ("no_fault", "90"))
    run("calibrate", "report", "--out", out, "--session", "w48")
    drift = text(out / "reports/calibration/w48.html").split("一次次的变化")[1]
    assert "+100.0% −30.0 分" in drift
    assert "w47 w48" in drift


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"value": "schlecht"}, "schlecht"),
        ({"score": "3"}, "value"),
        ({"rule_id": "", "value": "", "score": "300"}, "300"),
        ({"call_id": "other"}, "other"),
        ({"rater": "乙"}, "乙"),
    ],
)
def test_a_wrong_line_is_named(out: Path, changed: dict[str, str], wrong: str) -> None:
    """With the file and the line, before anything is written."""
    path = out / "calibration/w47/甲.csv"
    rows = lines(path)
    rows[1] |= changed
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(ConfigurationError, match=wrong) as caught:
        all_rows(out, SETTINGS)
    assert caught.value.line == 3


@pytest.mark.parametrize(
    "wanted",
    [
        WANTED,
        Wanted(name="a/b", raters=RATERS),
        Wanted(name="a", raters=("甲",)),
        Wanted(name="a", raters=("甲", "machine")),
        Wanted(name="a", raters=("甲", "甲")),
        Wanted(name="a", raters=RATERS, expert="丁"),
        Wanted(name="a", raters=RATERS, calls=("gone",)),
        Wanted(name="a", raters=RATERS, rules=("hold.warm",)),
    ],
)
def test_what_cannot_be_a_session_is_an_error(out: Path, wanted: Wanted) -> None:
    """And nothing of it is written."""
    before = sorted(out.rglob("*"))
    with pytest.raises(ConfigurationError):
        draw_session(Store.of(out, SETTINGS), SETTINGS, wanted)
    assert sorted(out.rglob("*")) == before


def test_what_is_purged_is_in_no_session(out: Path) -> None:
    """A session keeps its later calls; one that has none left goes."""
    (session,) = sessions(out)
    first, last = min(session.calls.values()), max(session.calls.values())
    assert first < last
    forget(Store.of(out, SETTINGS), last)
    (left,) = sessions(out)
    assert set(left.calls.values()) == {last}
    asked = lines(out / "calibration/w47/甲.csv")
    assert {own["call_id"] for own in asked} == set(left.calls)
    forget(Store.of(out, SETTINGS), "2030-01-01")
    assert sessions(out) == []
    assert not list((out / "calibration").rglob("*.csv"))


def test_ratings_stay_where_the_scores_of_a_purged_date_do(out: Path) -> None:
    """Its words are gone, and its calls out of the session's files; what was said of them is no word."""
    before = pd.read_parquet(out / "data/ratings")
    store, first = Store.of(out, SETTINGS), min(sessions(out)[0].calls.values())
    _unpublish(store, first, scores=True)
    forget(store, "2030-01-01")
    publish_ratings(store, SETTINGS)
    after = pd.read_parquet(out / "data/ratings")
    assert len(after) == (before.date.astype(str) == first).sum() > 0


def test_peoples_scores_of_whole_calls_are_in_the_table_too(out: Path) -> None:
    """The lines of ratings.csv, in no session."""
    call = pd.read_parquet(out / "data/calls").call_id[0]
    text = f"call_id,rater,score\n{call},甲,88\ngone,甲,70\n"
    (out / "ratings.csv").write_text(text, encoding="utf-8")
    publish_ratings(Store.of(out, SETTINGS), SETTINGS)
    own = pd.read_parquet(out / "data/ratings").query("session == ''")
    assert own[["call_id", "rater", "score"]].to_numpy().tolist() == [[call, "甲", 88.0]]
    assert own.rule_id.isna().all()
    assert np.isnan(own.value.astype(float)).all()


def test_a_page_leaves_out_earlier_sessions_that_are_not_complete(out: Path) -> None:
    """Their raters would read on it how strict the others are."""
    for name in ("w48", "w49"):
        run("calibrate", "draw", "--out", out, "--session", name, "--raters", "甲,乙", "--calls", 3)
    fill(out / "calibration/w48/甲.csv", lambda _: ("fault", "60"))
    for rater in ("甲", "乙"):
        fill(out / f"calibration/w49/{rater}.csv", lambda _: ("no_fault", "90"))
    run("calibrate", "report", "--out", out, "--session", "w49")
    drift = text(out / "reports/calibration/w49.html").split("一次次的变化")[1]
    assert "w47 w49" in drift
    assert "w48" not in drift
