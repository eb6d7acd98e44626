"""Publishes what people said of whole calls and of rules: calibration sessions and ``ratings.csv``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.figures.ratings import RATINGS, read_ratings
from pipeline.review.calibration import all_rows
from pipeline.store.manifest import wordless
from pipeline.store.queries import Query
from pipeline.store.schema import CallRow, RatingRow

if TYPE_CHECKING:
    from pipeline.figures.ratings import Rating
    from pipeline.store.files import Store


def publish_ratings(store: Store) -> None:
    """Bring the table of ratings up to date, each rating under the date of its call.

    A rating of a call that is published nowhere stays in its file alone; ratings of a date whose scores
    outlive its words stay with them.
    """
    found = all_rows(store.out)
    own = read_ratings(store.out / RATINGS)
    dates = {row.call_id: date for date, row in Query(store).scores({one.call_id for one in own})}
    for one in own:
        if one.call_id in dates:
            found.setdefault(dates[one.call_id], []).append(_row(one))
    published = set(store.table_dates(CallRow))
    gone = set(store.table_dates(RatingRow)) - (found.keys() & published)
    for date in sorted(gone - wordless(store.out / "data", gone)):
        store.drop(RatingRow, date)
    for date in sorted(found.keys() & published):
        if store.read(RatingRow, date) != found[date]:
            store.write(RatingRow, date, found[date])


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
