"""Coaching: notes on an agent's scorecard with a date to come back to them, which he acknowledges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from pipeline.review.database import NOTE_STEPS, NOTES, connect, now
from pipeline.review.verdicts import has_database

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Row

    from pipeline.review.accounts import User
    from pipeline.settings import Settings


class NoteStep(StrEnum):
    """What happens to a note."""

    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    REMINDED = "reminded"
    """Its team lead was told by mail that it is due."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """A note: what was talked about, when to come back to it, and how far it is."""

    number: int
    agent_id: str
    team: str
    text: str
    follow_up: date | None
    name: str
    at: datetime
    acknowledged: datetime | None
    closed: datetime | None
    reminded: bool

    def due(self, today: date) -> bool:
        """Whether somebody has to come back to it."""
        return self.closed is None and self.follow_up is not None and self.follow_up <= today


def write_note(
    connection: Connection, user: User, agent_id: str, team: str, text: str, follow_up: date | None
) -> int:
    """Put a note on an agent's scorecard; its number."""
    values = {"agent_id": agent_id, "team": team, "text": text, "follow_up": follow_up}
    made = connection.execute(NOTES.insert().values(name=user.name, at=now(), **values))
    (number,) = made.inserted_primary_key or (0,)
    return int(number)


def step(connection: Connection, number: int, what: NoteStep, name: str) -> None:
    """Acknowledge a note, or close it; who does it twice changes nothing."""
    try:
        with connection.begin_nested():
            values = {"step": what, "name": name, "at": now()}
            connection.execute(NOTE_STEPS.insert().values(note=number, **values))
    except IntegrityError:
        return


def notes(connection: Connection, agent_id: str | None = None) -> list[Note]:
    """Every note, or those of an agent, the newest first."""
    wanted = select(NOTES).order_by(NOTES.c.id.desc())
    if agent_id is not None:
        wanted = wanted.where(NOTES.c.agent_id == agent_id)
    steps = {
        (row.note, row.step): datetime.fromisoformat(row.at)
        for row in connection.execute(select(NOTE_STEPS))
    }
    return [_note(row, steps) for row in connection.execute(wanted)]


def _note(row: Row[tuple[object, ...]], steps: dict[tuple[int, str], datetime]) -> Note:
    return Note(
        number=row.id,
        agent_id=row.agent_id,
        team=row.team,
        text=row.text,
        follow_up=row.follow_up,
        name=row.name,
        at=datetime.fromisoformat(row.at),
        acknowledged=steps.get((row.id, NoteStep.ACKNOWLEDGED)),
        closed=steps.get((row.id, NoteStep.CLOSED)),
        reminded=(row.id, NoteStep.REMINDED) in steps,
    )


@dataclass(frozen=True, kw_only=True)
class Due:
    """What waits for people: notes to come back to, notes not acknowledged, appeals to decide."""

    follow_ups: Sequence[Note]
    unread: int
    appeals: int

    @property
    def nothing(self) -> bool:
        """Whether nothing waits."""
        return not (self.follow_ups or self.unread or self.appeals)


def due(out: Path, settings: Settings, today: date) -> Due:
    """What waits for people in an output folder; nothing where nobody has an account."""
    from pipeline.review.appeals import appeals

    nothing = Due(follow_ups=(), unread=0, appeals=0)
    if not has_database(out, settings):
        return nothing
    database = connect(out, settings)
    try:
        with database.reading() as connection:
            own, contested = notes(connection), appeals(connection)
    except DBAPIError:  # made and not yet brought to its form
        return nothing
    finally:
        database.close()
    return Due(
        follow_ups=[one for one in own if one.due(today)],
        unread=sum(one.acknowledged is None and one.closed is None for one in own),
        appeals=sum(one.open for one in contested),
    )
