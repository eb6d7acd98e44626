"""Questions to the tables: only what is asked for is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.store.files import Store
from pipeline.store.queries import Query
from pipeline.store.schema import FailureRow
from tests.report.made_up import SETTINGS, Tables, attempt, call, failure, finding, turn

if TYPE_CHECKING:
    from pathlib import Path

DATE = "2026-11-20"


def tables(out: Path) -> Query:
    """Two agents' calls of one date, and a failure of another."""
    Tables(
        [call("a"), call("b", agent_id="0009")],
        [
            finding("a", start_s=9.0),
            finding("a", "closing.standard", start_s=3.0, outcome="review", points=0.0),
            finding("a", "opening.inbound", outcome="pass", points=0.0),
            finding("b", agent_id="0009"),
        ],
        [turn("a", 0, 1.0, 2.0, "您好"), turn("b", 0, 1.0, 2.0, "您好", role="customer")],
        attempts=[attempt("m")],
    ).write(out, DATE)
    Store(out, SETTINGS.timezone).write(FailureRow, "2026-11-19", [failure("x.wav", "坏")])
    return Query(Store(out, SETTINGS.timezone))


def test_every_date_of_which_there_is_anything(tmp_path: Path) -> None:
    """A date with nothing but a broken file too."""
    assert tables(tmp_path).dates == ["2026-11-19", DATE]


def test_the_calls_and_events_of_some_agents(tmp_path: Path) -> None:
    """In the order of time; what was passed is no event, and a call without any has none."""
    query = tables(tmp_path)
    assert [c.call_id for c in query.calls(DATE, ["0009"])] == ["b"]
    assert [c.call_id for c in query.calls(DATE)] == ["a", "b"]
    events = query.events(DATE, ["0008"])
    assert [e.rule_id for e in events["a"]] == ["closing.standard", "wording.quarrel"]
    assert events["b"] == []
    assert query.calls(DATE, []) == []


def test_what_goes_into_figures(tmp_path: Path) -> None:
    """Violations and passes; a review costs nothing and proves nothing."""
    found = tables(tmp_path).points(DATE)["a"]
    assert sorted(p.outcome for p in found) == ["pass", "violation"]


def test_a_whole_conversation(tmp_path: Path) -> None:
    """One call's, or a date's; of a date without calls none."""
    query = tables(tmp_path)
    (one,) = query.conversations(DATE, ["a"])
    assert [t.text for t in one.turns] == ["您好"]
    assert len(one.findings) == 3
    assert len(query.conversations(DATE)) == 2
    assert query.conversations("2026-11-19") == []
    assert list(query.turns(DATE, ["a", "b"])) == ["a"]


def test_scores_are_found_on_whatever_date(tmp_path: Path) -> None:
    """Each with its date; an unknown call is left out."""
    found = tables(tmp_path).scores(["b", "gone"])
    assert [(date, row.call_id) for date, row in found] == [(DATE, "b")]
