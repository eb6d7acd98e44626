"""What inspectors answer to the house's own questions: by call and question the last answer counts.

Each answer is a line of its own with a number, counted from 1, and none is changed. Whoever speaks
names the last one that he has seen, so that of two who speak at once the second learns of the first.
An empty answer takes the one before it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from pipeline.privacy.masking import Masking
from pipeline.records import AnswerKind
from pipeline.review.database import ANSWERS, connect, now
from pipeline.review.rated import there
from pipeline.review.said import TakenError, read_by_night
from pipeline.store.schema import AnswerRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Row

    from pipeline.settings import Settings


@dataclass(frozen=True, kw_only=True)
class About:
    """A question as it is asked of one call."""

    call_id: str
    date: str
    agent_id: str
    question: str
    kind: AnswerKind


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer; ``number`` is its number among those to the same question of the same call."""

    about: About
    words: str
    reviewer: str
    at: datetime
    number: int


def give(connection: Connection, about: About, words: str, reviewer: str, *, seen: int) -> None:
    """Write an answer down; ``TakenError`` where there are others than the ``seen`` ones."""
    own = (ANSWERS.c.call_id == about.call_id, ANSWERS.c.question == about.question)
    last = connection.execute(select(func.max(ANSWERS.c.number)).where(*own)).scalar_one()
    if (last or 0) != seen:
        raise TakenError(None)
    values = {
        "call_id": about.call_id,
        "date": about.date,
        "agent_id": about.agent_id,
        "question": about.question,
        "number": seen + 1,
        "kind": about.kind,
        "answer": words,
        "reviewer": reviewer,
        "at": now(),
    }
    try:
        connection.execute(ANSWERS.insert().values(values))
    except IntegrityError as error:
        raise TakenError(None) from error


def last_answers(
    connection: Connection, call_ids: Sequence[str] | None = None
) -> dict[tuple[str, str], Answer]:
    """By call and question: the last answer, on these calls or on all; empty ones too."""
    if not there(connection, ANSWERS):
        return {}
    wanted = select(ANSWERS).order_by(ANSWERS.c.id)
    if call_ids is not None:
        wanted = wanted.where(ANSWERS.c.call_id.in_(call_ids))
    return {(row.call_id, row.question): _answer(row) for row in connection.execute(wanted)}


def _answer(row: Row[tuple[object, ...]]) -> Answer:
    about = About(
        call_id=row.call_id,
        date=row.date,
        agent_id=row.agent_id,
        question=row.question,
        kind=AnswerKind(row.kind),
    )
    return Answer(
        about=about,
        words=row.answer,
        reviewer=row.reviewer,
        at=datetime.fromisoformat(row.at),
        number=row.number,
    )


def rows_by_date(out: Path, settings: Settings) -> dict[str, list[AnswerRow]]:
    """By date of the call: one row a call and question, with the last answer, masked."""
    with read_by_night(out, settings) as connection:
        found = last_answers(connection)
    masking = Masking.of(settings)
    rows: dict[str, list[AnswerRow]] = {}
    for one in found.values():
        if one.words:
            rows.setdefault(one.about.date, []).append(_row(one, masking))
    return rows


def _row(one: Answer, masking: Masking) -> AnswerRow:
    about, words = one.about, one.words
    return AnswerRow(
        call_id=about.call_id,
        agent_id=about.agent_id,
        question=about.question,
        kind=about.kind,
        answer=masking.words(words) if about.kind is AnswerKind.TEXT else words,
        reviewer=one.reviewer,
        at=one.at.replace(microsecond=0),
    )


def forget_answers(out: Path, settings: Settings, before: str) -> None:
    """Take what was written of calls before a date away; chosen answers stay."""
    database = connect(out, settings)
    old = ANSWERS.update().where(ANSWERS.c.date < before, ANSWERS.c.kind == AnswerKind.TEXT)
    try:
        with database.writing() as connection:
            if there(connection, ANSWERS):
                connection.execute(old.values(answer=""))
    finally:
        database.close()
