"""What people said of findings in the web application: verdicts in the database.

Each is on a place of a call and has a number there, counted from 1. Whoever speaks names the last one
that he has seen, so that of two who speak at once the second learns of the first.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from pipeline.errors import CallqaError, ConfigurationError
from pipeline.messages import tr
from pipeline.records import Review, Verdict
from pipeline.review.database import APPEAL_STEPS, APPEALS, VERDICTS, connect, now, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Row

    from pipeline.settings import Settings

WHOLE_CALL = "whole"
"""The place of verdicts on a call as a whole."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """A verdict; one out of a table has no place, and the number 0."""

    review: Review
    place: str = ""
    number: int = 0


class VerdictGiven(NamedTuple):
    """That somebody gave a verdict on a place."""

    call_id: str
    place: str
    reason: str
    reviewer: str
    at: datetime


class TakenError(CallqaError):
    """Somebody else has spoken since: ``last`` is what he said."""

    def __init__(self, last: Said | None) -> None:
        super().__init__("somebody else has spoken since")
        self.last = last


def place_of(rule_id: str, turn: int | None, start: float | None, quote: str = "") -> str:
    """What tells a place from the others of its call."""
    where = "" if start is None else f"{start:.3f}"
    words = hashlib.sha256(quote.encode()).hexdigest()[:8] if quote else ""
    return f"{rule_id} {'' if turn is None else turn} {where} {words}".rstrip()


def say(connection: Connection, review: Review, *, date: str, place: str, seen: int) -> Said:
    """Write a verdict down; ``TakenError`` where its place has others than those ``seen``."""
    last = _last(connection, review.call_id, place)
    if (last.number if last else 0) != seen:
        raise TakenError(last)
    at = now()
    values = {
        "call_id": review.call_id,
        "date": date,
        "place": place,
        "number": seen + 1,
        "rule_id": review.rule_id,
        "turn": review.turn,
        "start_s": review.start,
        "end_s": review.end,
        "quote": review.quote,
        "verdict": review.verdict,
        "reason": review.reason,
        "comment": review.comment,
        "reviewer": review.reviewer,
        "at": at,
    }
    try:
        connection.execute(VERDICTS.insert().values(values))
    except IntegrityError as error:
        raise TakenError(None) from error
    return Said(review=review, place=place, number=seen + 1)


def _last(connection: Connection, call_id: str, place: str) -> Said | None:
    wanted = (
        select(VERDICTS)
        .where(VERDICTS.c.call_id == call_id, VERDICTS.c.place == place)
        .order_by(VERDICTS.c.number.desc())
        .limit(1)
    )
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _said_of_row(row)


def of_calls(connection: Connection, call_ids: Sequence[str] | None = None) -> list[Said]:
    """What was said of these calls, or of all, in its order."""
    wanted = select(VERDICTS).order_by(VERDICTS.c.id)
    if call_ids is not None:
        wanted = wanted.where(VERDICTS.c.call_id.in_(call_ids))
    return [_said_of_row(row) for row in connection.execute(wanted)]


def since(connection: Connection, at: datetime) -> list[VerdictGiven]:
    """Who spoke when, from a moment on: there are many, and their words nobody asks for."""
    known = VERDICTS.c
    columns = (known.call_id, known.place, known.reason, known.reviewer, known.at)
    wanted = select(*columns).where(known.at >= timestamp(at))
    return [
        VerdictGiven(call_id, place, reason, reviewer, datetime.fromisoformat(when))
        for call_id, place, reason, reviewer, when in connection.execute(wanted)
    ]


def _said_of_row(row: Row[tuple[object, ...]]) -> Said:
    review = Review(
        call_id=row.call_id,
        reviewer=row.reviewer,
        verdict=Verdict(row.verdict),
        rule_id=row.rule_id,
        turn=row.turn,
        comment=row.comment,
        reason=row.reason,
        start=row.start_s,
        end=row.end_s,
        quote=row.quote,
        at=datetime.fromisoformat(row.at),
    )
    return Said(review=review, place=row.place, number=row.number)


@contextmanager
def read_by_night(out: Path, settings: Settings) -> Iterator[Connection]:
    """A connection for whoever scores an output folder, which has to be of the form known here."""
    database = connect(out, settings)
    try:
        with database.reading() as connection:
            yield connection
    except DBAPIError as error:
        message = tr(
            "the database of reviews is of another version; callqa user list --out {out} brings it up "
            "to date",
            out=out,
        )
        raise ConfigurationError(message) from error
    finally:
        database.close()


def everything(out: Path, settings: Settings) -> list[Said]:
    """All that was said of an output folder's calls, for whoever scores them."""
    with read_by_night(out, settings) as connection:
        return of_calls(connection)


def last_number(out: Path, settings: Settings) -> str:
    """The numbers of the last verdict and the last step of an appeal: they grow with every one."""
    with read_by_night(out, settings) as connection:
        last = [
            connection.execute(select(func.max(table.c.id))).scalar_one() or 0
            for table in (VERDICTS, APPEAL_STEPS)
        ]
    return " ".join(map(str, last))


def forget_words(out: Path, settings: Settings, before: str) -> None:
    """Take the words out of what was said of calls before a date; the verdicts stay."""
    database = connect(out, settings)
    old = select(APPEALS.c.id).where(APPEALS.c.date < before)
    try:
        with database.writing() as connection:
            for table in (VERDICTS, APPEALS):
                connection.execute(table.update().where(table.c.date < before).values(quote=""))
            verdicts = VERDICTS.update().where(VERDICTS.c.date < before)
            connection.execute(verdicts.values(comment=""))
            steps = APPEAL_STEPS.update().where(APPEAL_STEPS.c.appeal.in_(old))
            connection.execute(steps.values(comment=""))
    finally:
        database.close()
