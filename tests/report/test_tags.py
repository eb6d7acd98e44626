"""What calls are about, wherever a reader meets it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from openpyxl import load_workbook

from pipeline.report.names import call_page
from tests.report.made_up import Tables, call, finding, report
from tests.report.page import text

if TYPE_CHECKING:
    from pathlib import Path

BILL, LEAK = "contact.bill", "contact.leak"


def tables(*tags: tuple[str, ...]) -> Tables:
    """A call for each group of tags, the first with a score of 80, the others of 100."""
    calls = [call(f"c{n}", tags=own) for n, own in enumerate(tags)]
    calls[0] = call("c0", tags=tags[0], score=80.0, score_final=80.0, level="良好")
    found = [
        finding(c.call_id, tag, section="", outcome="tag", points=0.0, quote="气费", start_s=4.5)
        for c in calls
        for tag in c.tags or ()
    ]
    return Tables(calls, found)


def test_the_team_page_counts_what_calls_are_about(tmp_path: Path) -> None:
    """Calls, percent of all, mean score, beside the day before; a way to the very calls."""
    tables((BILL,), (BILL, LEAK), (), (LEAK,)).write(tmp_path)
    tables((BILL,), ()).write(tmp_path, "2026-11-19")
    root = report(tmp_path)
    day = text(root / "periods" / "2026-11-20.html")
    assert re.search(r"contact\.bill 2 50\.0% 比上一期 ±0 点 90\.0", day)
    assert re.search(r"contact\.leak 2 50\.0% 比上一期 \+50\.0 点 100\.0", day)
    week = (root / "index.html").read_text(encoding="utf-8")
    assert f"calls.html#from=2026-11-19&amp;to=2026-11-20&amp;tag={BILL}" in week


def test_without_tags_nothing_is_said_of_them(tmp_path: Path) -> None:
    """Nor in a folder of an older version, whose calls have no such column."""
    Tables([call("c1", tags=None)]).write(tmp_path)
    root = report(tmp_path)
    assert "来电原因" not in text(root / "index.html")
    assert "来电原因" not in text(root / "calls.html")


def test_a_call_says_what_it_is_about_and_where(tmp_path: Path) -> None:
    """One press plays it; it is none of the findings."""
    tables((BILL,)).write(tmp_path)
    page = report(tmp_path) / call_page("2026-11-20", "c0")
    raw = page.read_text(encoding="utf-8")
    assert '<button type="button" class="tag tag-about" data-t="4.5" title="0:04 气费"' in raw
    assert "发现" not in text(page)


def test_the_list_of_calls_can_be_chosen_by_it(tmp_path: Path) -> None:
    """Its name, the choice, and each call's own; not among the rules."""
    tables((BILL, LEAK), ()).write(tmp_path)
    root = report(tmp_path)
    part = (root / "lists" / "2026-11-20-0.js").read_text(encoding="utf-8")
    rows = json.loads(part[part.index("[\n") : part.rindex("]") + 1])
    assert [row[17] for row in rows] == [[BILL, LEAK], []]
    page = (root / "calls.html").read_text(encoding="utf-8")
    tags = page[page.index('<select name="tag">') :]
    assert tags.index(f'<option value="{BILL}">') < tags.index("</select>")
    rules = page[page.index('<select name="rule">') : page.index('<select name="tag">')]
    assert BILL not in rules


def test_the_workbook_has_it(tmp_path: Path) -> None:
    """In the sheet of calls."""
    tables((BILL, LEAK), ()).write(tmp_path)
    sheet = load_workbook(report(tmp_path) / "scores.xlsx")["通话"]
    heads, *rows = sheet.iter_rows(values_only=True)
    assert [row[heads.index("来电原因")] or "" for row in rows] == [f"{BILL}、{LEAK}", ""]
