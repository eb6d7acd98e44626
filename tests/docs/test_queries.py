"""The questions to the tables: each is asked, and answers."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from pipeline.store.views import VIEWS

DOCS = Path(__file__).parent.parent.parent / "docs"
_QUESTION = re.compile(r"^## ([^\n]+)\n\n```sql\n(.*?);\n```$", re.MULTILINE | re.DOTALL)


def questions(page: str) -> list[tuple[str, str]]:
    """The headings of a page, each with its SQL."""
    return _QUESTION.findall((DOCS / page).read_text(encoding="utf-8"))


def test_both_pages_ask_the_same() -> None:
    """Ten or more, in both languages."""
    english, chinese = (questions(page) for page in ("queries.md", "queries.zh-CN.md"))
    assert len(english) >= 10
    assert [sql for _, sql in english] == [sql for _, sql in chinese]


@pytest.mark.parametrize(("title", "sql"), questions("queries.md"), ids=lambda text: text[:30])
def test_every_question_is_answered(
    scored_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, title: str, sql: str
) -> None:
    """Over the fixture calls, through the views as a user opens them."""
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as base:
        base.execute(f"SET file_search_path = '{scored_out / 'data'}'")
        base.execute((scored_out / "data" / VIEWS).read_text(encoding="utf-8"))
        rows = base.execute(sql).fetchall()
    if title.startswith("A table"):
        assert (tmp_path / "calls.csv").read_text(encoding="utf-8").count("\n") == 38
    elif not title.startswith("Customers"):  # none of the fixtures' customers calls again
        assert rows
