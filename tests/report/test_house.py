"""What a house may choose for itself: logo, colours, words, templates, and which calls have a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from pipeline.errors import ConfigurationError
from pipeline.report import write_reports
from pipeline.report.names import agent_page, call_page
from pipeline.settings import ReportSettings, Settings
from pipeline.store.files import Store
from tests.report.made_up import SETTINGS, Quiet, Tables, call, finding, turn
from tests.report.page import dead_links, text

DATE = "2026-11-20"


def written(out: Path, **own: Any) -> Path:
    """The pages of four calls, as a house wants them: one clean, one charged, a doubt, a veto."""
    if not (out / "data").is_dir():
        calls = [
            call("clean"),
            call("charged", score=95.0),
            call("doubt", review=True),
            call("veto", vetoed=True, score=0.0, level="不合格"),
        ]
        found = [
            finding("charged"),
            finding("doubt", outcome="review", points=0.0),
            finding("veto", "wording.insult", severity="critical"),
        ]
        turns = [turn(c.call_id, 0, 1.0, 3.0, "您好，江城中燃。") for c in calls]
        Tables(calls, found, turns).write(out)
    settings = Settings(report=ReportSettings(**own))
    write_reports(out, settings, progress=Quiet())
    return out / "reports"


def test_title_words_and_levels_are_the_house_s(tmp_path: Path) -> None:
    """On every page; the tables keep the rubric's own names."""
    root = written(
        tmp_path,
        title="江城质检",
        note="有疑问请找班长。",
        agent="坐席",
        customer="业主",
        levels={"优秀": "A 级", "不合格": "D 级"},
    )
    for page in root.rglob("*.html"):
        raw = page.read_text(encoding="utf-8")
        assert "江城质检</title>" in raw
        assert "有疑问请找班长。" in raw
    shown = text(root / call_page(DATE, "clean"))
    assert "坐席 您好，江城中燃。" in shown
    assert "A 级" in shown
    assert "优秀" not in shown
    assert "坐席签字" in text(root / agent_page("0008"))
    levels = {row.level for row in Store(tmp_path, SETTINGS.timezone).read(type(call("x")), DATE)}
    assert levels == {"优秀", "不合格"}
    book = load_workbook(root / "scores.xlsx")
    assert "A 级" in [cell.value for row in book["通话"].iter_rows() for cell in row]


def test_logo_and_colours_come_after_ours(tmp_path: Path) -> None:
    """A file beside the pages, and a style sheet of the house's own variables; no markup of its own."""
    logo = tmp_path / "标志.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    root = written(tmp_path / "out", logo=logo, colours={"accent": "#aa0055"})
    assert (root / "assets" / "house.css").read_text() == ":root {\n  --accent: #aa0055;\n}\n"
    assert (root / "assets" / "logo.svg").read_bytes() == logo.read_bytes()
    raw = (root / call_page(DATE, "clean")).read_text(encoding="utf-8")
    assert '<img class="logo" src="../../assets/logo.svg"' in raw
    assert raw.index("tokens.css") < raw.index("house.css") < raw.index("callqa.css")
    assert list(dead_links(root)) == []
    written(tmp_path / "out")
    assert not (root / "assets" / "logo.svg").exists()


def test_a_template_of_the_house_takes_the_place_of_ours(tmp_path: Path) -> None:
    """It may extend what it replaces' base, and sees the same view; the others stay ours.

    When it has changed, so have the pages.
    """
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "agent.html").write_text(
        '{% extends "base.html" %}{% block main %}<h1>{{ page.own.figures.agent_name }}：'
        "{{ page.own.figures.mean|number }} 分</h1>{% endblock %}",
        encoding="utf-8",
    )
    root = written(tmp_path / "out", templates=folder)
    assert "李静：73.8 分" in text(root / agent_page("0008"))
    assert "先看这些通话" in text(root / "index.html")
    (folder / "agent.html").write_text("{{ page.own.figures.agent_name }}", encoding="utf-8")
    written(tmp_path / "out", templates=folder)
    assert (root / agent_page("0008")).read_text(encoding="utf-8") == "李静"


@pytest.mark.parametrize("key", ["logo", "templates"])
def test_what_is_gone_is_named(tmp_path: Path, key: str) -> None:
    """Settings are remembered; the files that they name may be moved. Nothing is written then."""
    with pytest.raises(ConfigurationError, match=rf"report\.{key}: there is no .*gone"):
        written(tmp_path, **{key: tmp_path / "gone"})
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("pages", "there"),
    [
        ("all", {"clean", "charged", "doubt", "veto"}),
        ("auto", {"clean", "charged", "doubt", "veto"}),
        ("findings", {"charged", "doubt", "veto"}),
        ("review", {"doubt", "veto"}),
    ],
)
def test_only_the_calls_worth_opening_have_a_page(
    tmp_path: Path, pages: str, there: set[str]
) -> None:
    """The others are listed, and no link leads nowhere."""
    written(tmp_path)  # what was written before and is not wanted any more goes
    root = written(tmp_path, pages=pages)
    assert {path.stem for path in (root / "calls").rglob("*.html")} == there
    assert list(dead_links(root)) == []
    part = (root / "lists" / f"{DATE}-0.js").read_text(encoding="utf-8")
    for call_id in ("clean", "charged", "doubt", "veto"):
        assert f'"{call_id}"' in part
        assert (f"calls/{DATE}/{call_id}.html" in part) == (call_id in there)
    book = load_workbook(root / "scores.xlsx")
    linked = {cell.value for (cell,) in book["通话"].iter_rows(2, max_col=1) if cell.hyperlink}
    assert linked == there


def test_the_workbook_s_links_survive_being_mailed(tmp_path: Path) -> None:
    """Where the settings say at which address the pages are served."""
    root = written(tmp_path, base_url="https://qa.example/reports/")
    book = load_workbook(root / "scores.xlsx")
    (cell,) = next(book["扣分"].iter_rows(2, 2, max_col=1))
    assert cell.hyperlink is not None
    assert cell.hyperlink.target == f"https://qa.example/reports/calls/{DATE}/charged.html"
    assert cell.hyperlink.location == "t=12.50"
