"""A date is published whole: by its manifest, whoever is killed, whoever reads meanwhile."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pytest

from pipeline.night.rescore import score_kept
from pipeline.settings import Settings
from pipeline.store.files import Store
from pipeline.store.manifest import not_whole, sha256
from pipeline.store.schema import CallRow, FailureRow, FindingRow
from tests.conftest import callqa
from tests.night.killed import night
from tests.night.short_calls import write_call
from tests.report.made_up import Quiet, call, failure

ZONE = "Asia/Shanghai"
DAYS = ("2026-11-20", "2026-11-21")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two dates, scored."""
    folder = tmp_path_factory.mktemp("published")
    for day in (20, 21):
        write_call(folder / "calls", f"{day}.json", "您好，江城中燃，八号为您服务。", day=day)
    night(folder / "calls", folder / "out")
    return folder / "out"


@pytest.fixture
def out(published: Path, tmp_path: Path) -> Path:
    """A copy of them that a test may harm."""
    return shutil.copytree(published, tmp_path / "out")


def test_the_manifest_names_every_file_of_its_date(out: Path) -> None:
    """With rows and sums as they are, the rubric that scored it, and the version."""
    for day in DAYS:
        named = json.loads((out / f"data/_manifest/date={day}.json").read_bytes())
        files = {str(p.relative_to(out / "data")) for p in (out / "data").glob(f"*/date={day}/*")}
        assert {one["file"] for one in named["tables"].values()} == files
        for one in named["tables"].values():
            path = out / "data" / one["file"]
            assert sha256(path) == one["sha256"]
            assert len(pd.read_parquet(path)) == one["rows"]
        version = set(pd.read_parquet(out / "data/calls").rubric_version)
        assert {rubric["version"] for rubric in named["rubrics"]} == version
        assert named["callqa"]


def test_other_readers_see_nothing_but_the_tables(out: Path) -> None:
    """Pandas, pyarrow and DuckDB over the folders; what a killed run left is hidden from them."""
    (out / "data/findings/date=2026-11-20/.part-0.parquet.tmp").write_bytes(b"half")
    rows = len(pd.read_parquet(out / "data/findings"))
    assert ds.dataset(out / "data/findings", partitioning="hive").count_rows() == rows
    found = duckdb.read_parquet(f"{out}/data/findings/**/*.parquet", hive_partitioning=True)
    assert found.shape[0] == rows


def test_the_views_of_duckdb(out: Path) -> None:
    """Every table under its name, with the date as a date."""
    with duckdb.connect() as database:
        database.execute(f"SET file_search_path = '{out / 'data'}'")
        database.execute((out / "data/callqa.sql").read_text(encoding="utf-8"))
        found = database.sql("SELECT CAST(date AS VARCHAR), call_id FROM calls ORDER BY ALL")
        assert found.fetchall() == [("2026-11-20", "20"), ("2026-11-21", "21")]
        rows = len(pd.read_parquet(out / "data/findings"))
        assert database.sql("SELECT * FROM findings").shape[0] == rows


def test_a_date_without_tables_has_no_manifest(tmp_path: Path) -> None:
    """It is not there any more; one of several tables may go by itself."""
    store = Store(tmp_path, ZONE)
    store.publish(DAYS[0], {CallRow: [call("c1")], FindingRow: []})
    store.drop(FindingRow, DAYS[0])
    assert not_whole(tmp_path / "data") == set()
    store.drop(CallRow, DAYS[0])
    assert not list((tmp_path / "data/_manifest").iterdir())
    assert store.table_dates(CallRow) == []


def test_a_write_that_fails_leaves_the_date_as_it_was(tmp_path: Path) -> None:
    """Rows that are none of that table: the calls that came before them are not published either."""
    store = Store(tmp_path, ZONE)
    store.publish(DAYS[0], {CallRow: [call("c1")]})
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    (tmp_path / "data/findings").write_bytes(b"in the way")
    with pytest.raises(OSError, match="findings"):
        store.publish(DAYS[0], {CallRow: [call("c2")], FindingRow: []})
    (tmp_path / "data/findings").unlink()
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_date_of_failures_keeps_its_rubrics(out: Path) -> None:
    """Another table that comes to a date changes nothing of what its calls were scored by."""
    path = out / f"data/_manifest/date={DAYS[0]}.json"
    before = json.loads(path.read_bytes())["rubrics"]
    Store(out, ZONE).write(FailureRow, DAYS[0], [failure("a.wav", "x")])
    after = json.loads(path.read_bytes())
    assert after["rubrics"] == before
    assert after["tables"]["failures"]["rows"] == 1


def test_a_run_over_another_date_mends_broken_ones(tmp_path: Path) -> None:
    """Every byte comes back, whichever file of a date was harmed."""
    for day in range(15, 21):
        write_call(tmp_path / "calls", f"{day}.json", "您好，江城中燃，八号为您服务。", day=day)
    out = tmp_path / "out"
    night(tmp_path / "calls", out)
    before = {p: p.read_bytes() for p in (out / "data").rglob("*") if p.is_file()}
    (out / "data/calls/date=2026-11-15/part-0.parquet").unlink()
    (out / "data/calls/date=2026-11-16/part-0.parquet").write_bytes(b"PAR1")
    (out / "data/_manifest/date=2026-11-17.json").unlink()
    (out / "data/_manifest/date=2026-11-18.json").write_bytes(b"{")
    (out / "data/_manifest/.date=2026-11-19.json.tmp").write_bytes(b"{")
    done = score_kept(out, Settings(), progress=Quiet(), dates=["2026-11-20"])
    assert done.dates == tuple(f"2026-11-{day}" for day in range(15, 21))
    assert {p: p.read_bytes() for p in (out / "data").rglob("*") if p.is_file()} == before


def test_tables_of_the_version_before_are_adopted(out: Path) -> None:
    """They get their manifests once, and are not scored again for want of them."""
    shutil.rmtree(out / "data/_manifest")
    (out / "data/callqa.sql").unlink()
    done = score_kept(out, Settings(), progress=Quiet(), dates=[DAYS[1]])
    assert done.dates == (DAYS[1],)
    adopted = json.loads((out / f"data/_manifest/date={DAYS[0]}.json").read_bytes())
    assert adopted["callqa"] == ""
    assert adopted["tables"]["calls"]["rows"] == 1
    assert not_whole(out / "data") == set()


def test_a_date_of_which_nothing_is_kept_goes(out: Path) -> None:
    """Its transcripts were taken away: nothing of it stays published."""
    (out / "transcripts" / f"{DAYS[0]}.parquet").unlink()
    score_kept(out, Settings(), progress=Quiet(), dates=[DAYS[1]])
    assert [p.name for p in (out / "data/_manifest").iterdir()] == [f"date={DAYS[1]}.json"]
    assert set(pd.read_parquet(out / "data/calls").date.astype(str)) == {DAYS[1]}


def test_a_night_may_be_killed_at_any_place(tmp_path: Path) -> None:
    """The next one comes to the same bytes as one that nobody disturbed."""
    folder, out = tmp_path / "calls", tmp_path / "out"
    for name in ("1.json", "2.json"):
        write_call(folder, name, f"您好，江城中燃，{name}。")
    night(folder, out)
    write_call(folder, "1.json", "您好，江城中燃，八号为您服务。", day=21)
    command = [sys.executable, "-m", "tests.night.killed", str(folder), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout) > 2 * len(pd.read_parquet(out / "data/calls"))


def test_the_dates_to_score_again_can_be_named(out: Path) -> None:
    """The others are left alone."""
    path = out / f"data/calls/date={DAYS[0]}/part-0.parquet"
    then = path.stat().st_mtime_ns
    done = callqa("rescore", "--out", out, "--date", DAYS[1])
    assert "1 通" in done.stdout
    assert path.stat().st_mtime_ns == then
