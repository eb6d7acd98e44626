"""What an output folder knows of all calls to and from its customers, over every night."""

from __future__ import annotations

import itertools
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from pipeline.detect.history import Attempt, History
from pipeline.privacy.files import shown_id
from pipeline.records import Direction, Reason
from pipeline.store import rows
from pipeline.store.columns import from_values
from pipeline.store.parts import CallTimes, FindingReason
from pipeline.store.schema import AttemptRow
from pipeline.store.state import ATTEMPTS, reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.records import CallRecord, Recording, Seconds
    from pipeline.settings import Settings
    from pipeline.store.files import Store

LONGEST_PROMISE = timedelta(days=45)
"""A promise that is older than this is not looked at again."""


def keep_attempts(
    store: Store, place: str, records: Iterable[CallRecord], settings: Settings
) -> None:
    """Remember a folder's calls without recording, and publish the dates they fall on."""
    own = [_attempt_row(r, r.started_at, settings) for r in records if r.started_at is not None]
    lines = [(_day(row), asdict(row) | {"started_at": row.started_at.isoformat()}) for row in own]
    with writing(store.out, store.access) as state:
        state.relist(ATTEMPTS, place, lines)
    publish_attempts(store)


def publish_attempts(store: Store, broken: Iterable[str] = ()) -> None:
    """Publish the dates that are due, over all places, those ``broken``, and those without a table."""
    with writing(store.out, store.access) as state:
        missing = state.listed_dates(ATTEMPTS).difference(store.table_dates(AttemptRow))
        for date in sorted({*state.due(ATTEMPTS), *missing, *broken}):
            known = [from_values(AttemptRow, line) for line in state.listed_on(ATTEMPTS, date)]
            ordered = sorted(known, key=lambda r: (r.started_at, r.call_id))
            store.publish(date, {AttemptRow: ordered or None})
            state.set_done(ATTEMPTS, [date])


def _attempt_row(record: CallRecord, started_at: datetime, settings: Settings) -> AttemptRow:
    """The row of a call without recording, under the id that it is published with."""
    secret = settings.customer_key
    if record.call_id and settings.privacy.publish == "masked":
        shown = shown_id(record.call_id, secret, record.customer)
        record = replace(record, call_id=shown)
    return rows.attempt_row(record, started_at, settings.shift_of(started_at), secret)


def _day(row: AttemptRow) -> str:
    return row.started_at.date().isoformat()


def history(store: Store, dates: Sequence[str], settings: Settings) -> History:
    """The calls that are known from the day before the first of ``dates`` on; of none: every call.

    A promise is held against what comes after it. Of ``dates`` calls are taken as they are kept, of
    the others as they were published. The day before is for clock times in another zone.
    """
    since = _day_before(min(dates, default=""))
    others = [d for d in store.table_dates(CallTimes) if d not in dates and d >= since]
    with reading(store.out) as state:
        attempts = [from_values(AttemptRow, row) for row in state.listed_since(ATTEMPTS, since)]
    until: datetime | None = None

    def each() -> Iterator[Attempt]:
        nonlocal until
        for attempt, seconds in itertools.chain(
            _attempts_in_transcripts(store, dates, settings),
            _attempts_in_tables(store, others),
            ((_attempt_of_row(row, row.started_at), 0.0) for row in attempts),
        ):
            end = attempt.started_at + timedelta(seconds=seconds)
            until = end if until is None else max(until, end)
            yield attempt

    made = History.of(each(), key=partial(rows.customer_key, secret=settings.customer_key))
    return replace(made, until=until)


def _attempts_in_transcripts(
    store: Store, dates: Iterable[str], settings: Settings
) -> Iterator[tuple[Attempt, Seconds]]:
    """The calls of ``dates`` of which it is known when they began, and how long each lasted."""
    for day in dates:
        for one in store.transcripts.heads(day):
            if (attempt := _attempt_of_recording(one.recording, settings)) is not None:
                yield attempt, one.duration


def _attempts_in_tables(store: Store, dates: Iterable[str]) -> Iterator[tuple[Attempt, Seconds]]:
    for day in dates:
        for row in store.read(CallTimes, day):
            if row.started_at is not None:
                yield _attempt_of_row(row, row.started_at), row.duration_s


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat() if day else ""


def _attempt_of_recording(recording: Recording, settings: Settings) -> Attempt | None:
    record = recording.record
    if record.started_at is None:
        return None
    return Attempt(
        customer=rows.customer_key(record.customer, settings.customer_key),
        direction=record.direction or Direction.INBOUND,
        started_at=record.started_at,
    )


def _attempt_of_row(row: CallTimes | AttemptRow, started_at: datetime) -> Attempt:
    return Attempt(
        customer=row.customer_key,
        direction=Direction(row.direction or Direction.INBOUND),
        started_at=started_at,
    )


def open_promises(store: Store, dates: Iterable[str]) -> list[str]:
    """The other dates on which a promise was still open when they were scored."""
    there = set(store.transcripts.dates())
    newest = max((date.fromisoformat(d) for d in (*dates, *there) if d), default=None)
    if newest is None:
        return []
    return [
        d
        for d in store.table_dates(FindingReason)
        if d in there and d not in dates and newest - date.fromisoformat(d) <= LONGEST_PROMISE
        if any(row.reason == Reason.PROMISE_OPEN for row in store.read(FindingReason, d))
    ]
