"""Publishes what changes no score: ratings, what agents acknowledged, answers to questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pipeline.figures.ratings import RATINGS, read_ratings
from pipeline.review.calibration import all_rows
from pipeline.review.verdicts import acknowledged_by_date, answers_by_date
from pipeline.store.columns import Row
from pipeline.store.manifest import wordless
from pipeline.store.queries import Query
from pipeline.store.schema import AcknowledgementRow, AnswerRow, CallRow, RatingRow
from pipeline.store.state import PAGES, writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.figures.ratings import Rating
    from pipeline.settings import Settings
    from pipeline.store.files import Store

R = TypeVar("R", bound=Row)


def publish_ratings(store: Store, settings: Settings) -> None:
    """Bring the table of ratings up to date, each rating under the date of its call.

    A rating of a call that is published nowhere stays in its file alone; ratings of a date whose scores
    outlive its words stay with them.
    """
    found = all_rows(store.out, settings)
    own = read_ratings(store.out / RATINGS)
    dates = {row.call_id: date for date, row in Query(store).scores({one.call_id for one in own})}
    for one in own:
        if one.call_id in dates:
            found.setdefault(dates[one.call_id], []).append(_row(one))
    _renew(store, RatingRow, _stale(store, RatingRow, found))


def publish_acknowledgements(store: Store, settings: Settings) -> None:
    """Bring the table of acknowledgements up to date, each under the date of its call."""
    found = acknowledged_by_date(store.out, settings)
    _renew(store, AcknowledgementRow, _stale(store, AcknowledgementRow, found))


def publish_answers(store: Store, settings: Settings) -> None:
    """Bring the table of answers up to date, each under the date of its call, whose page shows them."""
    stale = _stale(store, AnswerRow, answers_by_date(store.out, settings))
    with writing(store.out, store.access) as state:
        state.set_due(PAGES, stale)
    _renew(store, AnswerRow, stale)


def _stale(
    store: Store, table: type[R], found: Mapping[str, list[R]]
) -> Mapping[str, list[R] | None]:
    """By date that is published and has changed: its rows; None where nothing is left of them."""
    published = set(store.table_dates(CallRow))
    gone = set(store.table_dates(table)) - (found.keys() & published)
    there = sorted(found.keys() & published)
    return {
        **dict.fromkeys(sorted(gone - wordless(store.out / "data", gone))),
        **{date: found[date] for date in there if store.read(table, date) != found[date]},
    }


def _renew(store: Store, table: type[R], stale: Mapping[str, list[R] | None]) -> None:
    for date, rows in stale.items():
        if rows is None:
            store.drop(table, date)
        else:
            store.write(table, date, rows)


def _row(one: Rating) -> RatingRow:
    return RatingRow(
        session="",
        asked_at=None,
        call_id=one.call_id,
        rater=one.rater,
        expert=False,
        rule_id=None,
        value=None,
        score=one.score,
    )
