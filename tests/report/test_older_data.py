"""Reports of an output folder that an earlier version wrote."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from pipeline.store.columns import columns
from pipeline.store.files import Store
from pipeline.store.schema import TABLES, CallRow
from tests.report.made_up import SETTINGS, report
from tests.report.page import dead_links, text

if TYPE_CHECKING:
    from pathlib import Path

DATE = "2026-11-20"
SINCE_0_3 = {"calls": ["unrecognised_s", "dated_by_file"], "sides": ["unrecognised_s"]}
EVERYTHING_OPTIONAL = {
    table: [c.name for c in columns(row) if c.optional] for table, row in TABLES.items()
}
OTHERS = sorted(
    table
    for table, names in EVERYTHING_OPTIONAL.items()
    if names and table not in {"calls", "findings"}
)


def written_by_an_earlier_version(sample_out: Path, out: Path, lacks: dict[str, list[str]]) -> Path:
    """The sample's output folder, its tables without some columns, and no page written yet.

    What its pages play and how loud that is need no table, and are there.
    """
    pages = shutil.ignore_patterns("*.html", "*.xlsx", "assets", "lists")
    shutil.copytree(sample_out, out, ignore=pages)
    for table, names in lacks.items():
        for path in (out / "data" / table).rglob("*.parquet"):
            with pq.ParquetFile(path) as file:
                data = file.read()
            pq.write_table(data.drop_columns(names), path)
    return out


def test_the_reports_of_the_last_version_s_tables_are_written(
    sample_out: Path, tmp_path: Path
) -> None:
    """Every page of every call and agent, with the same scores."""
    out = written_by_an_earlier_version(sample_out, tmp_path / "out", SINCE_0_3)
    calls = Store(out, SETTINGS.timezone).read(CallRow, DATE)
    assert {call.unrecognised_s for call in calls} == {None}
    root = report(out)
    pages = {p.relative_to(root) for p in root.rglob("*.html")}
    assert pages == {
        p.relative_to(sample_out / "reports") for p in (sample_out / "reports").rglob("*.html")
    }
    assert text(root / "index.html") == text(sample_out / "reports" / "index.html")
    assert list(dead_links(root)) == []


@pytest.mark.parametrize("tables", [["calls"], ["findings"], OTHERS], ids=" ".join)
def test_no_page_breaks_on_a_figure_that_is_not_there(
    sample_out: Path, tmp_path: Path, tables: list[str]
) -> None:
    """Whatever may be null is null: a dash stands for it, or nothing."""
    lacks = {table: EVERYTHING_OPTIONAL[table] for table in tables}
    out = written_by_an_earlier_version(sample_out, tmp_path / "out", lacks)
    root = report(out)
    assert list(dead_links(root)) == []
