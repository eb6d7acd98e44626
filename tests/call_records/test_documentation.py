"""The page on call records: its names, times and settings do what it says."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from pipeline.call_records import record_of
from pipeline.call_records.vendors import VENDORS
from pipeline.records import Direction
from pipeline.settings import load_settings
from pipeline.settings.call_records import Vendor
from tests.call_records.sources import MOMENT, ZONE, found, master, told_by_name

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = ["call-records.md", "call-records.zh-CN.md"]


def blocks(page: str, language: str) -> list[str]:
    """The fenced examples of a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_every_name_in_the_documentation_tells_what_it_says(page: str) -> None:
    """And the kinds are all of them."""
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+\.(?:wav|mp3|opus))` \| (.+) \|$", text, re.MULTILINE)
    assert len(rows) == 13
    for file, told in rows:
        record = told_by_name(file)
        assert " ".join(f"{p[0]}={getattr(record, p[0])}" for p in pairs(told)) == told, file


def pairs(told: str) -> list[list[str]]:
    """``a=1 b=2`` as fields and values."""
    return [one.split("=") for one in told.split()]


@pytest.mark.parametrize("page", PAGES)
def test_the_page_names_every_vendor_that_can_be_read(page: str) -> None:
    """Beside the setting, and with what it reads; callqa's own columns are told above."""
    text = (DOCS / page).read_text(encoding="utf-8")
    (beside,) = re.findall(r'^vendor = "asterisk" +# (.+)$', text, re.MULTILINE)
    assert re.findall(r"\b(?!or\b)[a-z]+", beside) == list(get_args(Vendor))
    table = text.partition("\n| vendor |")[2].partition("\n\n")[0]
    listed = [re.findall(r"`([a-z]+)`", line.split("|")[1]) for line in table.splitlines()[2:]]
    assert ["callqa", *(name for names in listed for name in names)] == list(get_args(Vendor))
    assert set(VENDORS) == set(get_args(Vendor))


@pytest.mark.parametrize("page", PAGES)
def test_every_time_in_the_documentation_is_the_same(page: str) -> None:
    """However it is written."""
    (listed,) = blocks(page, "text")
    assert {record_of({"started_at": line}, ZONE).started_at for line in listed.splitlines()} == {
        MOMENT
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_in_the_documentation_works(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the table and the database that it speaks of."""
    (tmp_path / "cdr").mkdir()
    cells = ("0008", "13800000001", *[""] * 14, "1763428500.12", "")
    (tmp_path / "cdr/Master.csv").write_text(master(*cells), encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "cdr.db")) as connection, connection:
        connection.execute("CREATE TABLE cdr (calldate, src, did, uniqueid, disposition)")
        row = ("2026-11-18 09:15:00", "13800000001", "025", "1763428500.12", "ANSWERED")
        connection.execute("INSERT INTO cdr VALUES (?, ?, ?, ?, ?)", row)
    monkeypatch.setenv("CALLQA_DATABASE", f"sqlite:///{tmp_path / 'cdr.db'}")
    (tmp_path / "0012_20261118091500.wav").write_bytes(b"a")
    (tmp_path / "1763428500.12.wav").write_bytes(b"b")
    named, table, database, formats = blocks(page, "toml")
    records = [[r.record for r in found(tmp_path, e).recordings] for e in (named, table, database)]
    assert records[0][0].agent_id == "0012"
    assert (records[1][1].agent_id, records[1][1].pbx) == ("0008", "asterisk")
    assert (records[2][1].customer, records[2][1].direction) == ("13800000001", Direction.INBOUND)
    (tmp_path / "callqa.toml").write_text(formats, encoding="utf-8")
    assert load_settings(tmp_path / "callqa.toml").call_records.time_formats == ("%d.%m.%Y %H:%M",)
