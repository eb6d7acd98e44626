"""What holds for all pages: links, odd texts and ids, and which are written again."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from pipeline.report.names import agent_page, call_page
from pipeline.store.files import Store
from pipeline.store.schema import CallRow, FailureRow, TurnWord
from tests.report.made_up import SETTINGS, Tables, call, failure, finding, report, turn
from tests.report.page import dead_links, text

_SCRIPTS = ("place", "player", "way", "table", "list", "calls")
OUR_SCRIPTS = {f'<script src="assets/{name}.js">' for name in _SCRIPTS} | {
    '<script src="lists/index.js">'
}


def _bytes(root: Path) -> dict[str, str]:
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in root.rglob("*")
        if p.is_file()
    }


def test_text_from_calls_is_never_markup(tmp_path: Path) -> None:
    """A quote, a name, a file and a word that look like elements stay text on every page."""
    evil = "<script>alert(1)</script>"
    words = (TurnWord(text=evil, start_s=12.5, end_s=13.0, probability=0.1),)
    Tables(
        [call("c1", agent_name=evil, queue=evil, file=evil)],
        [finding("c1", quote=evil, message=evil + "说")],
        [turn("c1", 0, 12.5, 14.0, f"不{evil}是", words=words)],
    ).write(tmp_path)
    Store(tmp_path, SETTINGS.timezone).write(FailureRow, "2026-11-20", [failure(evil, evil)])
    root = report(tmp_path)
    for page in root.rglob("*.html"):
        raw = page.read_text(encoding="utf-8")
        assert evil not in raw
        if page.parent != root or page.name == "index.html":
            assert evil in text(page), page
        scripts = re.findall(r"<script.*?>", raw)
        assert {re.sub(r'"[./]*', '"', one) for one in scripts} <= OUR_SCRIPTS


@pytest.mark.parametrize(
    ("call_id", "agent_id"),
    [
        ("../../../x", "../y"),
        ("通话 一#?%&", "客服/一"),
        ("a" * 300, "b" * 300),
        ("c:\\d", "con"),
        (".hidden", ""),
        ('q"<>', "'"),
    ],
)
def test_odd_ids_have_pages_that_are_found(tmp_path: Path, call_id: str, agent_id: str) -> None:
    """Every link leads to a file inside the folder."""
    Tables([call(call_id, agent_id=agent_id)], [finding(call_id)]).write(tmp_path)
    root = report(tmp_path)
    assert list(dead_links(root)) == []
    pages = {p.relative_to(tmp_path).parts[:2] for p in tmp_path.rglob("*.html")}
    own = {"index.html", "calls.html", "agents", "calls", "periods"}
    assert pages == {("reports", name) for name in own}


def test_every_link_of_the_sample_leads_somewhere(sample_out: Path) -> None:
    """Pages, assets, recordings and places within pages; nothing outside the folder."""
    assert list(dead_links(sample_out / "reports")) == []


def test_the_same_tables_give_the_same_bytes(sample_out: Path, tmp_path: Path) -> None:
    """Pages, workbook and converted recordings; a second run over them changes nothing."""
    shutil.copytree(sample_out, tmp_path / "out")
    root = tmp_path / "out" / "reports"
    before = _bytes(root)
    report(tmp_path / "out")
    assert _bytes(root) == before
    shutil.rmtree(root)
    report(tmp_path / "out")
    assert _bytes(root) == before


def test_what_is_gone_has_no_page(tmp_path: Path) -> None:
    """A call, an agent and a date that the tables no longer hold; a recording nobody kept."""
    Tables([call("old", "2026-11-19", agent_id="0001")]).write(tmp_path, "2026-11-19")
    Tables([call("a"), call("b")]).write(tmp_path)
    root = report(tmp_path)
    (root / "audio").mkdir()
    (root / "audio" / "0123456789abcdef.mp3").write_bytes(b"x")
    Store(tmp_path, SETTINGS.timezone).drop(CallRow, "2026-11-19")
    Tables([call("a")]).write(tmp_path)
    report(tmp_path, ["2026-11-20"])
    left = {p.relative_to(root).as_posix() for p in root.rglob("*.html")}
    periods = {f"periods/{key}.html" for key in ("2026-11-20", "2026-W47", "2026-11", "all")}
    agents = {agent_page("0008"), agent_page("0008", "2026-11")}
    assert left == {"index.html", "calls.html", call_page("2026-11-20", "a")} | periods | agents
    assert {p.name for p in (root / "lists").iterdir()} == {"index.js", "2026-11-20-0.js"}
    assert not (root / "audio").exists() or not list((root / "audio").iterdir())
    assert not (root / "calls" / "2026-11-19").exists()


def test_only_the_calls_of_the_run_are_written_again(tmp_path: Path) -> None:
    """Another date's page stays as it is, unless it is missing."""
    for date in ("2026-11-18", "2026-11-19"):
        Tables([call(date, date)]).write(tmp_path, date)
    root = report(tmp_path)
    kept, again = (root / call_page(d, d) for d in ("2026-11-18", "2026-11-19"))
    kept.write_text("kept", encoding="utf-8")
    again.write_text("stale", encoding="utf-8")
    report(tmp_path, ["2026-11-19"])
    assert kept.read_text(encoding="utf-8") == "kept"
    assert "stale" not in again.read_text(encoding="utf-8")
    kept.unlink()
    report(tmp_path, ["2026-11-19"])
    assert kept.is_file()
