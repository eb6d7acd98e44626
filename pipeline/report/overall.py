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

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.figures.attempts import Contact
    from pipeline.figures.ratings import Rating
    from pipeline.report.tables import Period, Row
    from pipeline.settings import ShiftSettings
    from pipeline.store.files import Store

MONTHS = 6
"""How many months callbacks are followed back."""
_CALLS = (
    "call_id", "direction", "queue", "shift", "customer_key", "started_at", "reason",
)  # fmt: skip
_ATTEMPTS = (*_CALLS[:-1], "answered")
_RATED = ("call_id", "agent_id", "agent_name", "started_at", "score")


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
    known = _known(store, period)
    hours = {s.name: f"{s.starts:%H:%M}–{s.ends:%H:%M}" for s in shifts}
    own = [(call["shift"], day.figures[call["call_id"]]) for day, call in period.calls]
    listed = by_shift(own, known, period.norms.level, list(hours))
    scored = _rated_calls(store, {r.call_id for r in ratings})
    return Overall(
        connect=connect(known),
        shifts=listed if any(s.name for s in listed) else [],
        hours=hours,
        callbacks=callbacks(_with_customers(store)),
        rated=rated(ratings, [row for _, row in scored]),
        rated_dates={row["call_id"]: date for date, row in scored},
    )


def _known(store: Store, period: Period) -> list[Contact]:
    """Every call of the period, unrecorded ones since its first date too."""
    dates = store.table_dates("attempts")
    since = period.days[0].date if period.days else (dates[-DATES:] or [""])[0]
    attempts = [r for d in dates if d >= since for r in store.read("attempts", d, _ATTEMPTS)]
    return contacts([call for _, call in period.calls], attempts)


def _with_customers(store: Store) -> list[Contact]:
    """The calls of the newest months of which the customer is known."""
    there = {*store.table_dates("calls"), *store.table_dates("attempts")}
    months = sorted({date[:7] for date in there})[-MONTHS:]
    found: dict[str, list[Row]] = {}
    for table, columns in (("calls", _CALLS), ("attempts", _ATTEMPTS)):
        dates = [date for date in store.table_dates(table) if date[:7] in months]
        rows = (row for date in dates for row in store.read(table, date, columns))
        found[table] = [row for row in rows if row["customer_key"]]
    return contacts(found["calls"], found["attempts"])


def _rated_calls(store: Store, call_ids: set[str]) -> list[tuple[str, Row]]:
    """The ``calls`` rows of these calls, each with its date."""
    if not call_ids:
        return []
    return [
        (date, row)
        for date in store.table_dates("calls")
        for row in store.read("calls", date, _RATED)
        if row["call_id"] in call_ids
    ]
