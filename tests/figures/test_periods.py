"""Days, weeks and months of the dates that there are."""

from __future__ import annotations

from pipeline.figures.periods import Calendar, PeriodKind

DATES = ["2026-12-01", "2026-11-20", "2026-11-23", "2027-01-03", "2026-12-28", ""]


def test_weeks_begin_on_monday_and_may_cross_the_year() -> None:
    """28 December and 3 January are one week; a month holds what bears its name."""
    found = Calendar.of(DATES)
    assert [(p.key, p.dates) for p in found.weeks] == [
        ("2026-W47", ("2026-11-20",)),
        ("2026-W48", ("2026-11-23",)),
        ("2026-W49", ("2026-12-01",)),
        ("2026-W53", ("2026-12-28", "2027-01-03")),
    ]
    assert [p.key for p in found.months] == ["2026-11", "2026-12", "2027-01"]


def test_before_and_after_leave_out_what_has_nothing() -> None:
    """The week before the last one of which there is anything; before the first there is none."""
    found = Calendar.of(DATES)
    before = found.before(found.weeks[-1])
    assert before is not None
    assert before.key == "2026-W49"
    assert found.after(before) == found.weeks[-1]
    assert found.before(found.weeks[0]) is None
    assert found.before(found.whole) is None


def test_a_call_without_a_date_belongs_to_the_whole_only() -> None:
    """It is in no day, week or month."""
    found = Calendar.of(DATES)
    assert "" in found.whole.dates
    assert all("" not in p.dates for kind in list(PeriodKind)[:4] for p in found.kind(kind))


def test_the_periods_up_to_one() -> None:
    """For a trend: as many as asked for, ending with it; the whole is told in months."""
    found = Calendar.of(DATES)
    assert [p.key for p in found.until(found.weeks[2], 2)] == ["2026-W48", "2026-W49"]
    assert [p.key for p in found.until(found.whole, 2)] == ["2026-12", "2027-01"]


def test_the_last_seven_days_end_with_the_newest_date() -> None:
    """And before them come seven others, whatever day of the week it is."""
    found = Calendar.of(["2026-11-17", "2026-11-23", "2026-11-24", "2026-11-30"])
    assert [(p.key, p.dates) for p in found.recent] == [
        ("to-2026-11-23", ("2026-11-17", "2026-11-23")),
        ("recent", ("2026-11-24", "2026-11-30")),
    ]
    assert found.before(found.recent[-1]) == found.recent[0]
