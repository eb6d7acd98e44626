"""What of the team's page no period changes: callbacks by month, people's own scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.attempts import contacts
from pipeline.figures.callbacks import Callbacks, callbacks
from pipeline.figures.ratings import Rated, compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.figures.attempts import Contact
    from pipeline.figures.ratings import Rating
    from pipeline.settings import QuestionSettings, ShiftSettings
    from pipeline.store.queries import Query

MONTHS = 6
"""How many months callbacks are followed back."""


@dataclass(frozen=True, kw_only=True)
class Overall:
    """What is the same whatever period is chosen; None where there is nothing to show.

    ``hours`` are the shifts' hours by their names, ``rated_dates`` the date of each rated call,
    ``sessions`` the calibration sessions that have a page, the newest first,
    ``record`` whether there is one of how right the rules are, ``questions`` the house's own.
    """

    hours: Mapping[str, str]
    callbacks: Callbacks | None
    rated: Rated | None
    rated_dates: Mapping[str, str]
    sessions: Sequence[str]
    record: bool
    questions: Sequence[QuestionSettings]


def read_overall(
    query: Query,
    shifts: Sequence[ShiftSettings],
    ratings: Sequence[Rating],
    sessions: Sequence[str] = (),
    *,
    record: bool = False,
    questions: Sequence[QuestionSettings] = (),
) -> Overall:
    """Callbacks over the newest months, people's scores over all."""
    scored = query.scores({r.call_id for r in ratings})
    return Overall(
        hours={s.name: f"{s.starts:%H:%M}–{s.ends:%H:%M}" for s in shifts},
        callbacks=callbacks(_with_customers(query)),
        rated=compare(ratings, [row for _, row in scored]),
        rated_dates={row.call_id: date for date, row in scored},
        sessions=sessions,
        record=record,
        questions=questions,
    )


def _with_customers(query: Query) -> list[Contact]:
    """The calls of the newest months of which the customer is known."""
    months = sorted({date[:7] for date in query.dates})[-MONTHS:]
    dates = [date for date in query.dates if date[:7] in months]
    calls = (row for date in dates for row in query.contacts(date))
    attempts = (row for date in dates for row in query.attempts(date))
    return contacts(
        [row for row in calls if row.customer_key], [row for row in attempts if row.customer_key]
    )
