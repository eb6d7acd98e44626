"""The workbook, read again as a spreadsheet program reads it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pandas as pd
import pytest
from openpyxl import load_workbook

from pipeline.store.files import Store
from pipeline.store.schema import FailureRow
from tests.report.made_up import SETTINGS, Tables, call, failure, finding, moment, report

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sheets_hold_the_tables(sample_out: Path) -> None:
    """One row a call and a finding; the numbers are numbers, the ids are texts."""
    book = load_workbook(sample_out / "reports" / "scores.xlsx")
    assert book.sheetnames == ["客服", "通话", "扣分", "班次", "接通与回访", "不能用的文件"]
    calls = pd.read_parquet(sample_out / "data" / "calls").set_index("call_id")
    heads, *rows = book["通话"].iter_rows(values_only=True)
    for row in rows:
        shown = dict(zip(heads, row, strict=True))
        own = calls.loc[str(shown["通话"])]
        assert shown["工号"] == own["agent_id"]
        assert shown["得分"] == (None if own["status"] == "not_scored" else own["score"])
        assert shown["开始"] == own["started_at"].tz_localize(None)
    assert len(rows) == len(calls)
    findings = pd.read_parquet(sample_out / "data" / "findings")
    lost = [row[10] for row in book["扣分"].iter_rows(min_row=2, values_only=True)]
    assert pd.Series(lost).sum() == pytest.approx(findings.points.sum())
    agents = [row[0] for row in book["客服"].iter_rows(min_row=2, values_only=True)]
    assert sorted(map(str, agents)) == sorted(calls.agent_id.unique())


def test_a_call_leads_to_its_page(sample_out: Path) -> None:
    """By a relative link, from the calls and from what they lost."""
    root = sample_out / "reports"
    book = load_workbook(root / "scores.xlsx")
    for sheet in ("客服", "通话", "扣分"):
        for (cell,) in book[sheet].iter_rows(min_row=2, max_col=1):
            assert cell.hyperlink is not None
            target = cell.hyperlink.target or ""
            assert (root / unquote(target.split("#")[0])).is_file(), target


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_a_text_is_never_a_formula(tmp_path: Path, text: str) -> None:
    """Whatever a customer says, an agent is called or a file is named."""
    Tables([call("c1", agent_name=text, file=text)], [finding("c1", quote=text)]).write(tmp_path)
    Store(tmp_path, SETTINGS.timezone).write(FailureRow, "2026-11-20", [failure(text, text)])
    book = load_workbook(report(tmp_path) / "scores.xlsx")
    found = [
        cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == text
    ]
    assert len(found) == 7
    assert {cell.data_type for cell in found} == {"s"}


def test_control_characters_do_not_break_it(tmp_path: Path) -> None:
    """A transcript may hold what a workbook cannot."""
    Tables([call("c1")], [finding("c1", quote="不\x00知\x0b道")]).write(tmp_path)
    book = load_workbook(report(tmp_path) / "scores.xlsx")
    assert "不知道" in [cell.value for row in book["扣分"].iter_rows() for cell in row]


def test_the_head_stays_in_sight(sample_out: Path) -> None:
    """Frozen, wide enough, with a filter."""
    for sheet in load_workbook(sample_out / "reports" / "scores.xlsx"):
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref
        assert sheet.column_dimensions["A"].width >= 12


def test_dates_are_dates_and_every_line_says_whose_it_is(tmp_path: Path) -> None:
    """A spreadsheet can group by day, team, queue and shift, and a deduction names its agent."""
    row = call("c1", queue="热线", **moment("2026-11-20", "09:30"))
    Tables([row], [finding("c1")]).write(tmp_path)
    book = load_workbook(report(tmp_path) / "scores.xlsx")
    for sheet in ("通话", "扣分"):
        heads, values = book[sheet].iter_rows(max_row=2, values_only=True)
        shown = dict(zip(heads, values, strict=True))
        assert shown["日期"] == datetime(2026, 11, 20)  # noqa: DTZ001  a spreadsheet knows no zones
        assert (shown["姓名"], shown["班组"]) == ("李静", "一组")
    heads, values = book["通话"].iter_rows(max_row=2, values_only=True)
    shown = dict(zip(heads, values, strict=True))
    assert (shown["队列"], shown["班次"]) == ("热线", "白班")


def test_a_sheet_is_printed_as_wide_as_a_page(sample_out: Path) -> None:
    """A4, landscape, its head on each page, with page numbers."""
    for sheet in load_workbook(sample_out / "reports" / "scores.xlsx"):
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        fit, foot = sheet.sheet_properties.pageSetUpPr, sheet.oddFooter
        assert fit is not None
        assert fit.fitToPage
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.print_title_rows == "$1:$1"
        assert foot is not None
        assert "&P" in str(foot.right.text)


def test_without_calls_it_has_its_heads(tmp_path: Path) -> None:
    """An empty night gives an empty workbook that opens."""
    book = load_workbook(report(tmp_path) / "scores.xlsx")
    assert [sheet.max_row for sheet in book] == [1, 1, 1, 1, 1, 1]
