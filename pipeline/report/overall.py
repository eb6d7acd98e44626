"""The figures of the team as a whole, read from the tables: only the columns that they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.attempts import contacts
from pipeline.figures.callbacks import Callbacks, callbacks
from pipeline.figures.connect import Connect, connect
from pipeline.figures.ratings import Rated, rated
from pipeline.figures.shifts import Shift, by_shift
from pipeline.report.tables import DATES
from pipeline.store.parts import CallContact, CallScore
from pipeline.store.schema import AttemptRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.figures.attempts import Contact
    from pipeline.figures.ratings import Rating
    from pipeline.report.tables import Period
    from pipeline.settings import ShiftSettings
    from pipeline.store.files import Store

MONTHS = 6
"""How many months callbacks are followed back."""


@dataclass(frozen=True, kw_only=True)
class Overall:
    """The team's figures; None or empty where there is nothing to show.

    ``hours`` are the shifts' hours by their names.
    """

    connect: Connect
    shifts: Sequence[Shift]
    hours: Mapping[str, str]
    callbacks: Callbacks | None
    rated: Rated | None
    rated_dates: Mapping[str, str]
    """By call: the date of each rated call that is known."""


def read_overall(
    store: Store,
    period: Period,
    shifts: Sequence[ShiftSettings],
    ratings: Sequence[Rating],
) -> Overall:
    """The figures over the dates of the pages; callbacks over months, people's scores over all."""
    known = _contacts(store, period)
    hours = {s.name: f"{s.starts:%H:%M}–{s.ends:%H:%M}" for s in shifts}
    own = [(call.shift, day.figures[call.call_id]) for day, call in period.calls]
    listed = by_shift(own, known, period.norms.level, list(hours))
    scored = _rated_calls(store, {r.call_id for r in ratings})
    return Overall(
        connect=connect(known),
        shifts=listed if any(s.name for s in listed) else [],
        hours=hours,
        callbacks=callbacks(_with_customers(store)),
        rated=rated(ratings, [row for _, row in scored]),
        rated_dates={row.call_id: date for date, row in scored},
    )


def _contacts(store: Store, period: Period) -> list[Contact]:
    """Every call of the period, unrecorded ones since its first date too."""
    dates = store.table_dates(AttemptRow)
    since = period.days[0].date if period.days else (dates[-DATES:] or [""])[0]
    attempts = [r for d in dates if d >= since for r in store.read(AttemptRow, d)]
    return contacts([call for _, call in period.calls], attempts)


def _with_customers(store: Store) -> list[Contact]:
    """The calls of the newest months of which the customer is known."""
    there = {*store.table_dates(CallContact), *store.table_dates(AttemptRow)}
    months = sorted({date[:7] for date in there})[-MONTHS:]
    dates = sorted(date for date in there if date[:7] in months)
    calls = (row for date in dates for row in store.read(CallContact, date))
    attempts = (row for date in dates for row in store.read(AttemptRow, date))
    return contacts(
        [row for row in calls if row.customer_key], [row for row in attempts if row.customer_key]
    )


def _rated_calls(store: Store, call_ids: set[str]) -> list[tuple[str, CallScore]]:
    """These calls, each with its date."""
    if not call_ids:
        return []
    return [
        (date, row)
        for date in store.table_dates(CallScore)
        for row in store.read(CallScore, date)
        if row.call_id in call_ids
    ]
