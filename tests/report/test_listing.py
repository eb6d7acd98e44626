"""The data of the list of calls: in parts that stay small, and only of dates that changed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.report.made_up import Tables, call, finding, report

if TYPE_CHECKING:
    from pathlib import Path


def rows(part: Path) -> list[list[Any]]:
    """The calls of a part."""
    code = part.read_text(encoding="utf-8")
    inside = re.fullmatch(r"callqa\.part\(\"[^\"]+\",\"?[^\[]*(\[.*\])\);\n", code, re.DOTALL)
    assert inside is not None
    found: list[list[Any]] = json.loads(inside[1])
    return found


def test_a_call_is_one_line(tmp_path: Path) -> None:
    """Who, when, how long, its score, its rules by what they came to, and the words to search."""
    found = [
        finding("c1", quote="随便你"),
        finding("c1", "closing.standard", outcome="review", points=0.0),
    ]
    Tables([call("c1", score=95.0, review=True, queue="热线")], found).write(tmp_path)
    (row,) = rows(report(tmp_path) / "lists" / "2026-11-20-0.js")
    assert row[:5] == ["c1", "calls/2026-11-20/c1.html", "2026-11-20 09:00", "0008", "李静"]
    assert row[5:12] == ["一组", "热线", "", "inbound", 30, 95.0, "优秀"]
    assert row[12:15] == [["review"], ["wording.quarrel"], ["closing.standard"]]
    assert "随便你" in row[15]


def test_a_line_has_the_score_after_people_where_it_is_another(tmp_path: Path) -> None:
    """And nothing where people changed nothing."""
    Tables([call("c1", score=95.0, score_final=100.0), call("c2")]).write(tmp_path)
    own = rows(report(tmp_path) / "lists" / "2026-11-20-0.js")
    assert [(row[10], row[18]) for row in own] == [(95.0, 100.0), (100.0, None)]


def test_a_rule_that_only_asks_for_review_has_its_name(tmp_path: Path) -> None:
    """In the list and among what one chooses by, though it took no points from anybody."""
    doubted = finding("c1", "closing.standard", outcome="review", points=0.0)
    Tables([call("c1", review=True)], [doubted]).write(tmp_path)
    root = report(tmp_path)
    index = (root / "lists" / "index.js").read_text(encoding="utf-8")
    assert '"closing.standard":"规范结束语"' in index
    page = (root / "calls.html").read_text(encoding="utf-8")
    assert '<option value="closing.standard">规范结束语</option>' in page


def test_no_part_is_larger_than_half_a_page_s_limit(tmp_path: Path) -> None:
    """Every call is in one of them, in order of time."""
    calls = [call(f"c{n:04d}") for n in range(900)]
    found = [finding(c.call_id, message="说明" * 60, quote="原话" * 60) for c in calls]
    Tables(calls, found).write(tmp_path)
    root = report(tmp_path)
    files = sorted((root / "lists").glob("2026-11-20-*.js"), key=lambda p: int(p.stem[11:]))
    assert len(files) > 1
    assert all(file.stat().st_size < 260_000 for file in files)
    assert [row[0] for file in files for row in rows(file)] == [c.call_id for c in calls]
    index = (root / "lists" / "index.js").read_text(encoding="utf-8")
    assert all(f"lists/{file.name}" in index for file in files)


def test_only_the_dates_of_the_run_are_written_again(tmp_path: Path) -> None:
    """Another date's part stays as it is; one that shrank leaves no part behind."""
    Tables([call("old", "2026-11-19")]).write(tmp_path, "2026-11-19")
    Tables([call("a"), call("b")]).write(tmp_path)
    root = report(tmp_path)
    kept = root / "lists" / "2026-11-19-0.js"
    kept.write_text("kept", encoding="utf-8")
    (root / "lists" / "2026-11-20-1.js").write_text("left over", encoding="utf-8")
    report(tmp_path, ["2026-11-20"])
    assert kept.read_text(encoding="utf-8") == "kept"
    assert not (root / "lists" / "2026-11-20-1.js").exists()
