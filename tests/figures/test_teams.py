"""Figures of a team: what is counted, what is not, and what cannot be said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import ConfigurationError
from pipeline.figures import agents, attempts, callbacks, connect, ratings, shares, shifts
from pipeline.store.parts import CallScore
from tests.report.made_up import attempt, call, moment

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.store.schema import AttemptRow


def level(score: float) -> str:
    """A level for a score."""
    return "良好" if score >= 80 else "合格"


def agent(agent_id: str, scores: list[float]) -> agents.AgentFigures:
    """The figures of an agent with these scores."""
    calls = [call(f"{agent_id}{n}", agent_id=agent_id, score=s) for n, s in enumerate(scores)]
    return agents.by_agent([agents.figures_of_rows(c, [], {}) for c in calls], level)[0]


def missed(number: int, **own: Any) -> list[AttemptRow]:
    """So many inbound calls that nobody answered."""
    return [attempt(f"m{n}", **own) for n in range(number)]


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_of_a_share_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    """10 in 10 may be 72 %; 81 in 263 is Newcombe's example (Stat. Med. 17, 1998, 857)."""
    found = shares.share(count, of)
    assert found is not None
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)
    assert shares.share(0, 0) is None


def test_unanswered_calls_come_from_the_call_records() -> None:
    """8 recorded of 10; the end of an eleventh is not known, a callback is none of them."""
    rows = [
        *missed(2),
        attempt("u", answered=None),
        attempt("b", direction="callback"),
    ]
    found = connect.connect(attempts.contacts([call(f"c{n}") for n in range(8)], rows))
    assert found.whole is not None
    assert found.whole.share == shares.share(8, 10)
    assert (found.incoming, found.whole.unknown) == (11, 1)


@pytest.mark.parametrize(
    "rows", [[], [attempt("u", answered=None)], [attempt(direction="callback")]]
)
def test_without_unanswered_calls_nothing_is_said(rows: list[AttemptRow]) -> None:
    """Never 100 %: recordings are of answered calls."""
    found = connect.connect(attempts.contacts([call("a"), call("b")], rows))
    assert (found.whole, list(found.queues)) == (None, [])


def test_dates_before_the_first_call_record_do_not_count() -> None:
    """They have recordings only, and these were all answered."""
    calls = [call("a", "2026-11-18"), call("b", "2026-11-19"), call("c", "2026-11-20")]
    found = connect.connect(attempts.contacts(calls, missed(1, date="2026-11-19")))
    assert found.whole is not None
    assert (found.since, found.whole.share) == ("2026-11-19", shares.share(2, 3))


def test_a_recording_of_a_call_that_nobody_answered_is_not_answered() -> None:
    """Its music was recorded; it is not scored for that reason."""
    calls = [call("a"), call("b", status="not_scored", reason="未接通", score=None)]
    found = connect.connect(attempts.contacts(calls, []))
    assert found.whole is not None
    assert found.whole.share == shares.share(1, 2)


def test_a_call_that_rang_at_two_agents_is_one() -> None:
    """The phone system writes a line for each; the second answered."""
    known = attempts.contacts([call("a", queue="报修")], [attempt("a"), attempt("a"), *missed(1)])
    found = connect.connect(known)
    assert found.whole is not None
    assert found.whole.share == shares.share(1, 2)
    assert [(q.queue, q.share) for q in found.queues] == [
        ("", shares.share(0, 1)),
        ("报修", shares.share(1, 1)),
    ]


def test_a_queue_is_surely_under_the_norm_only_with_its_whole_interval() -> None:
    """8 in 10 may still be 90 %; 160 in 200 may not."""
    calls = [call(f"a{n}", queue="a") for n in range(8)]
    calls += [call(f"b{n}", queue="b") for n in range(160)]
    calls += [call(f"c{n}", queue="c") for n in range(20)]
    rows = [attempt(queue="a") for _ in range(2)] + [attempt(queue="b") for _ in range(40)]
    found = {q.queue: q for q in connect.connect(attempts.contacts(calls, rows)).queues}
    assert {name: (q.under, q.surely) for name, q in found.items()} == {
        "a": (True, False),
        "b": (True, True),
        "c": (False, False),
    }


def test_half_past_one_is_the_night_shift_of_its_own_date() -> None:
    """19:00 to 03:00; 18:00 is in no shift, and stands last."""
    calls = [
        call("day", **moment("2026-11-20", "08:00"), score=90.0),
        call("late", **moment("2026-11-20", "18:00"), score=70.0),
        call("night", **moment("2026-11-20", "01:30"), score=80.0),
    ]
    known = attempts.contacts(calls, [attempt(**moment("2026-11-20", "02:59"))])
    figures = [(c.shift, agents.figures_of_rows(c, [], {})) for c in calls]
    found = shifts.by_shift(figures, known, level, ["白班", "夜班"])
    shown = [(s.name, s.figures and s.figures.mean, s.connected) for s in found]
    assert shown == [
        ("白班", 90.0, shares.share(1, 1)),
        ("夜班", 80.0, shares.share(1, 2)),
        ("", 70.0, shares.share(1, 1)),
    ]
    assert next(c for c in known if c.shift == "夜班").date == "2026-11-20"


def test_a_shift_without_recordings_has_no_mean() -> None:
    """All its calls were missed; a shift without any call is left out."""
    known = attempts.contacts([], [attempt(**moment("2026-11-20", "20:00"))])
    (night,) = shifts.by_shift([], known, level, ["白班", "夜班"])
    assert (night.name, night.figures, night.violations) == ("夜班", None, None)
    assert night.connected == shares.share(0, 1)


def test_only_the_surely_best_tenth_and_the_surely_weak_are_marked() -> None:
    """Of ten one is the best; the weak one's whole interval is under 80."""
    middle = [agent(f"m{n}", [84.0, 90.0, 87.0, 85.0, 89.0]) for n in range(8)]
    best, weak = agent("b", [99.0, 100.0] * 3), agent("w", [70.0, 72.0, 71.0, 70.0, 72.0])
    assert agents.marks([best, weak, *middle], 80.0) == {
        "b": agents.Mark.TOP,
        "w": agents.Mark.COACH,
    }
    assert agents.marks([best, weak, *middle[:7]], 80.0) == {"w": agents.Mark.COACH}


def test_few_calls_and_overlapping_intervals_are_not_marked() -> None:
    """Two equal scores have an interval without width, and still say little."""
    middle = [agent(f"m{n}", [84.0, 90.0, 87.0, 85.0, 89.0]) for n in range(9)]
    assert agents.marks([agent("two", [100.0, 100.0]), *middle], 80.0) == {}
    assert agents.marks([agent("two", [10.0, 10.0]), *middle], 80.0) == {}
    assert agents.marks([agent("wide", [70.0, 90.0, 60.0, 85.0, 75.0])], 80.0) == {}


def back(date: str, customer: str, **own: Any) -> AttemptRow:
    """A callback that nobody answered."""
    return attempt("", date, direction="callback", customer_key=customer, **own)


def test_callbacks_count_for_the_month_of_the_call() -> None:
    """One reached in the next month, one that failed twice, one that was never tried."""
    calls = [
        call("1", "2026-10-30", customer_key="x"),
        call("2", "2026-10-31", customer_key="x"),
        call("3", "2026-11-02", customer_key="y"),
        call("4", "2026-11-03", customer_key="z"),
        call("5", "2026-11-04"),
        call("6", "2026-11-05", customer_key="x", direction="callback"),
    ]
    rows = [
        back("2026-11-03", "y"),
        back("2026-11-04", "y"),
        back("2026-11-01", "z"),
        back("2026-11-01", "stranger"),
    ]
    found = callbacks.callbacks(attempts.contacts(calls, rows))
    assert found is not None
    assert found.unmatched == 2
    november, october = found.months
    assert (october.month, october.called_back, october.reached) == (
        "2026-10",
        shares.share(2, 2),
        2,
    )
    assert (november.called_back, november.reached) == (shares.share(1, 2), 0)
    assert (november.failed, november.retried) == (1, 1)


@pytest.mark.parametrize(
    ("rows", "failed", "retried"),
    [
        ([back("2026-11-20", "x"), back("2026-11-20", "x")], 1, 0),
        ([back("2026-11-20", "x"), back("2026-11-21", "x")], 1, 1),
        ([back("2026-11-20", "x"), back("2026-11-21", "x", answered=True)], 0, 0),
        ([back("2026-11-20", "x"), back("2026-11-21", "x", answered=None)], 0, 0),
    ],
)
def test_a_failed_callback_takes_two_tries_on_two_dates(
    rows: list[AttemptRow], failed: int, retried: int
) -> None:
    """A customer who was reached, or of whom that is not known, is no failure."""
    closed = call("1", **moment("2026-11-19", "20:00"), customer_key="x")
    found = callbacks.callbacks(attempts.contacts([closed], rows))
    assert found is not None
    (month,) = found.months
    assert (month.failed, month.retried) == (failed, retried)
    assert month.called_back == shares.share(1, 1)


def test_callbacks_cannot_be_told_without_customers_or_callbacks() -> None:
    """No key, no callback in the data: nothing, and not 0 %."""
    assert callbacks.callbacks(attempts.contacts([call("1")], [back("2026-11-21", "")])) is None
    assert callbacks.callbacks(attempts.contacts([call("1", customer_key="x")], missed(1))) is None


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
        ("call_id,rater,score\nc1,a,101\n", 2, "0 到 100"),
        ("call_id,rater,score\nc1,a,nan\n", 2, "0 到 100"),
        ("call_id,rater,score\nc1,a\n", 2, "0 到 100"),
        ("call_id,rater,score\n,a,90\n", 2, "call_id"),
        ("call_id,rater,score\nc1,,90\n", 2, "rater"),
        ("call_id,rater,score\nc1,a,90\n\nc1,a,80\n", 4, "第 2 行"),
        ('call_id,rater,score\nc1,"a,90\nc2,b,80\n', 2, "CSV"),
        ('"call_id,rater,score\nc1,a,90\n', 1, "CSV"),
        ('call_id,rater,score\nc1,"a\nb",90\n', 3, "换行"),
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
    found = ratings.rated(given, calls)
    assert found is not None
    assert [(c.call_id, c.raters, c.mean, c.difference, c.enough) for c in found.calls] == [
        ("b", 2, 60.0, 40.0, False),
        ("a", 3, 92.0, 3.0, True),
        ("c", 3, 80.0, None, True),
        ("gone", 1, 50.0, None, False),
    ]
    assert (found.enough, found.compared, found.mean, found.apart) == (2, 1, 3.0, 3.0)
    assert ratings.rated([], calls) is None
