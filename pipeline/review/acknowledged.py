"""An agent's word on a call of his that has findings: that he has seen them, or that he agrees.

It takes no appeal from him. What people say of the call later he has not seen: he may speak again then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from pipeline.review.database import ACKNOWLEDGEMENTS, now
from pipeline.review.rated import there
from pipeline.review.said import read_by_night
from pipeline.store.schema import AcknowledgementRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from pipeline.records import Review
    from pipeline.settings import Settings


class Nod(StrEnum):
    """What an agent says of what was found in his call."""

    SEEN = "seen"
    AGREED = "agreed"


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """An agent's word on a call."""

    call_id: str
    date: str
    agent_id: str
    nod: Nod
    name: str
    at: datetime

    def before(self, spoken: Iterable[Review]) -> bool:
        """Whether people have said more of the call since."""
        return any(one.at is not None and one.at > self.at for one in spoken)


def may_say(last: Acknowledgement | None, spoken: Sequence[Review]) -> frozenset[Nod]:
    """What an agent may say after his ``last`` word: all, where people have spoken since; else more."""
    if last is None or last.before(spoken):
        return frozenset(Nod)
    return frozenset() if last.nod is Nod.AGREED else frozenset({Nod.AGREED})


def acknowledge(
    connection: Connection, nod: Nod, *, call_id: str, date: str, agent_id: str, name: str
) -> None:
    """Write an agent's word down."""
    values = {"call_id": call_id, "date": date, "agent_id": agent_id, "word": nod, "name": name}
    connection.execute(ACKNOWLEDGEMENTS.insert().values(at=now(), **values))


def last_words(
    connection: Connection, call_ids: Sequence[str] | None = None
) -> dict[tuple[str, str], Acknowledgement]:
    """By call and agent: his last word, on these calls or on all."""
    if not there(connection, ACKNOWLEDGEMENTS):
        return {}
    wanted = select(ACKNOWLEDGEMENTS).order_by(ACKNOWLEDGEMENTS.c.id)
    if call_ids is not None:
        wanted = wanted.where(ACKNOWLEDGEMENTS.c.call_id.in_(call_ids))
    return {
        (row.call_id, row.agent_id): Acknowledgement(
            call_id=row.call_id,
            date=row.date,
            agent_id=row.agent_id,
            nod=Nod(row.word),
            name=row.name,
            at=datetime.fromisoformat(row.at),
        )
        for row in connection.execute(wanted)
    }


def rows_by_date(out: Path, settings: Settings) -> dict[str, list[AcknowledgementRow]]:
    """By date of the call: one row a call and agent, with his last word."""
    with read_by_night(out, settings) as connection:
        found = last_words(connection)
    rows: dict[str, list[AcknowledgementRow]] = {}
    for one in found.values():
        row = AcknowledgementRow(
            call_id=one.call_id,
            agent_id=one.agent_id,
            state=one.nod,
            at=one.at.replace(microsecond=0),
        )
        rows.setdefault(one.date, []).append(row)
    return rows
