"""People's scores beside the machine's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ConfigurationError
from pipeline.figures import ratings
from pipeline.store.parts import CallScore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_ratings_are_read_as_spreadsheets_write_them(tmp_path: Path, encoding: str) -> None:
    """Other columns and empty lines do not matter."""
    path = tmp_path / "ratings.csv"
    path.write_text(
        "Call_ID,rater,备注,score\nc1,张三,好,90\n\nc1, 李四 ,,85.5\n", encoding=encoding
    )
    assert ratings.read_ratings(path) == [
        ratings.Rating(call_id="c1", rater="张三", score=90.0),
        ratings.Rating(call_id="c1", rater="李四", score=85.5),
    ]
    assert ratings.read_ratings(tmp_path / "none.csv") == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("call_id,score\nc1,90\n", 1, "rater"),
        ("", 1, "call_id"),
        ("call_id,rater,score\nc1,a,90\nc1,b,九十\n", 3, "九十"),
        ("call_id,rater,score\nc1,a,101\n", 2, "from 0 to 100"),
        ("call_id,rater,score\nc1,a,nan\n", 2, "from 0 to 100"),
        ("call_id,rater,score\nc1,a\n", 2, "from 0 to 100"),
        ("call_id,rater,score\n,a,90\n", 2, "call_id"),
        ("call_id,rater,score\nc1,,90\n", 2, "rater"),
        ("call_id,rater,score\nc1,a,90\n\nc1,a,80\n", 4, "in line 2"),
        ('call_id,rater,score\nc1,"a,90\nc2,b,80\n', 2, "CSV"),
        ('"call_id,rater,score\nc1,a,90\n', 1, "CSV"),
        ('call_id,rater,score\nc1,"a\nb",90\n', 3, "line break"),
    ],
)
def test_a_wrong_rating_is_an_error_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    """Nothing is guessed, nobody counts twice."""
    path = tmp_path / "ratings.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said) as caught:
        ratings.read_ratings(path)
    assert (caught.value.path, caught.value.line) == (path, line)


def rating(call_id: str, *scores: float) -> list[ratings.Rating]:
    """A score by each of some people."""
    return [ratings.Rating(call_id=call_id, rater=f"r{n}", score=s) for n, s in enumerate(scores)]


def test_people_and_machine_are_compared_over_calls_with_three_raters() -> None:
    """Two raters are too few; a call without the machine's score has no difference."""
    given = [
        *rating("a", 90, 92, 94),
        *rating("b", 60, 60),
        *rating("c", 80, 80, 80),
        *rating("gone", 50),
    ]
    calls = [
        CallScore(call_id=call_id, agent_id="", agent_name="", started_at=None, score=score)
        for call_id, score in (("a", 95.0), ("b", 100.0), ("c", None))
    ]
    found = ratings.compare(given, calls)
    assert found is not None
    assert [(c.call_id, c.raters, c.mean, c.difference, c.enough) for c in found.calls] == [
        ("b", 2, 60.0, 40.0, False),
        ("a", 3, 92.0, 3.0, True),
        ("c", 3, 80.0, None, True),
        ("gone", 1, 50.0, None, False),
    ]
    assert (found.enough, found.compared, found.mean, found.apart) == (2, 1, 3.0, 3.0)
    assert ratings.compare([], calls) is None
