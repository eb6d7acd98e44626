"""Reading whole dates, also while they are published."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ConfigurationError
from pipeline.store import published
from pipeline.store.files import Store
from pipeline.store.published import open_published
from pipeline.store.schema import CallRow, FindingRow
from tests.report.made_up import call
from tests.store.test_schema import NOWHERE

if TYPE_CHECKING:
    from pathlib import Path

ZONE = "Asia/Shanghai"
DATE = "2026-11-20"

POLLS = """
import sys
from pipeline.store.published import open_published
seen = 0
while True:
    tables = open_published(sys.argv[1]).read("calls", "findings")
    calls = set(tables["calls"]["call_id"].to_pylist())
    findings = set(tables["findings"]["call_id"].to_pylist())
    assert len(calls) == 1 and calls == findings, (calls, findings)
    if calls == {"last"}:
        break
    seen += 1
    print(seen, flush=True)
"""


def publish(store: Store, call_id: str, date: str = DATE) -> None:
    """A call and its finding."""
    finding = replace(NOWHERE, call_id=call_id)
    store.publish(date, {CallRow: [call(call_id)], FindingRow: [finding]})


def test_a_reader_never_sees_half_a_date(tmp_path: Path) -> None:
    """A process that reads all the time while the date is published again and again."""
    store = Store(tmp_path, ZONE)
    publish(store, "c0")
    command = [sys.executable, "-c", POLLS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        for look in range(1, 13):
            assert reader.stdout.readline() == f"{look}\n"
            for n in range(25):
                publish(store, f"c{look}-{n}")
        publish(store, "last")
        assert reader.wait(60) == 0


def test_only_whole_dates_are_read(tmp_path: Path) -> None:
    """One that has no manifest is not published yet; each row has its date."""
    store = Store(tmp_path, ZONE)
    publish(store, "c1")
    publish(store, "c2", "2026-11-21")
    (tmp_path / "data/_manifest/date=2026-11-21.json").unlink()
    opened = open_published(tmp_path)
    assert opened.dates == (DATE,)
    calls = opened.read("calls")["calls"]
    assert list(zip(calls["call_id"].to_pylist(), calls["date"].to_pylist(), strict=True)) == [
        ("c1", DATE)
    ]
    assert opened.read("calls", dates=["2026-11-21"])["calls"].num_rows == 0
    assert opened.read("holds")["holds"].num_rows == 0
    assert "findings" in opened.read()


def test_a_date_that_stays_broken_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not old calls beside new findings."""
    monkeypatch.setattr(published, "PATIENCE", 0.1)
    publish(Store(tmp_path, ZONE), "c1")
    (tmp_path / f"data/findings/date={DATE}/part-0.parquet").unlink()
    assert open_published(tmp_path).read("calls")["calls"].num_rows == 1
    with pytest.raises(ConfigurationError, match="not published whole"):
        open_published(tmp_path).read("calls", "findings")


def test_a_table_that_is_none_is_named(tmp_path: Path) -> None:
    """With those that there are."""
    with pytest.raises(ConfigurationError, match=r"no table 'call'; there are calls, findings"):
        open_published(tmp_path).read("call")
