"""Figures of shifts, and whose shift a call after midnight is."""

from __future__ import annotations

from pipeline.figures import agents, attempts, shares, shifts
from pipeline.figures.tally import tally
from tests.report.made_up import attempt, call, moment


def level(score: float) -> str:
    """A level for a score."""
    return "良好" if score >= 80 else "合格"


def test_half_past_one_is_the_night_shift_of_its_own_date() -> None:
    """19:00 to 03:00; 18:00 is in no shift, and stands last."""
    calls = [
        call("day", **moment("2026-11-20", "08:00"), score=90.0),
        call("late", **moment("2026-11-20", "18:00"), score=70.0),
        call("night", **moment("2026-11-20", "01:30"), score=80.0),
    ]
    known = attempts.contacts(calls, [attempt(**moment("2026-11-20", "02:59"))])
    tallies = {c.shift: tally([agents.figures_of_rows(c, [], {})]) for c in calls}
    found = shifts.by_shift(tallies, known, level, ["白班", "夜班"])
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
    (night,) = shifts.by_shift({}, known, level, ["白班", "夜班"])
    assert (night.name, night.figures, night.violations) == ("夜班", None, None)
    assert night.connected == shares.share(0, 1)
