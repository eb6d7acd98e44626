"""Who is told of what: whoever may decide an appeal, its agent, whoever is coached, coaches, reviews."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from pipeline.review.accounts import Duty, users
from pipeline.review.appeals import Step, appeals
from pipeline.review.coaching import NoteStep, notes, step
from pipeline.review.handing import can_be_given, hand_of, note_told
from pipeline.review.migrate import open_database
from pipeline.review.outbox import What, take_back, tell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from pipeline.review.accounts import User
    from pipeline.settings import Settings

MORNING = time(8)
"""Before this nobody is told that coaching is due."""


def of_appeal(
    connection: Connection, settings: Settings, number: int, spoken: Collection[str] = ()
) -> None:
    """Tell of an appeal as it stands; ``spoken`` have given verdicts on what is contested."""
    appeal = next(one for one in appeals(connection) if one.number == number)
    take_back(connection, (What.APPEAL, What.AGAIN, What.HANDED), number)
    every = users(connection)
    if hand := hand_of(appeal, every, settings, spoken):
        tell(connection, settings.mail, [hand.person], What.HANDED, number)
    elif appeal.open:
        own = [user.name for user in every if can_be_given(user, appeal, settings, spoken)]
        what = What.AGAIN if appeal.last.step is Step.AGAIN else What.APPEAL
        tell(connection, settings.mail, own, what, number)
    elif appeal.last.step is not Step.WITHDRAWN:
        own = _agents(every, appeal.about.agent_id)
        tell(connection, settings.mail, own, What.DECIDED, number)


def of_reopened(
    connection: Connection, settings: Settings, spoken: Mapping[int, Collection[str]]
) -> None:
    """Tell once of each appeal that was handed to somebody who may not decide it any more.

    ``spoken``: by the number of an appeal, who has given verdicts on what is contested.
    """
    every = users(connection)
    for one in appeals(connection):
        own, hand = spoken.get(one.number, ()), one.hand
        if hand is None or not (one.open and hand.person) or hand_of(one, every, settings, own):
            continue
        if note_told(connection, hand, one):
            of_appeal(connection, settings, one.number, own)


def _agents(every: Iterable[User], agent_id: str) -> list[str]:
    return [u.name for u in every if u.duty is Duty.AGENT and u.agent_id == agent_id]


def of_note(connection: Connection, settings: Settings, number: int, agent_id: str) -> None:
    """Tell an agent of a note for him."""
    own = _agents(users(connection), agent_id)
    tell(connection, settings.mail, own, What.NOTE, number)


def of_follow_ups(connection: Connection, settings: Settings) -> None:
    """Tell team leads once of each note that is to be come back to, in the morning of its day."""
    today = datetime.now(settings.zone).date()
    every = users(connection)
    for note in notes(connection):
        if note.due(today) and not note.reminded:
            own = [u.name for u in every if u.duty is Duty.LEAD and u.team == note.team]
            begins = datetime.combine(today, MORNING, settings.zone)
            told = tell(
                connection, settings.mail, own, What.FOLLOW_UP, note.number, not_before=begins
            )
            if told:
                step(connection, note.number, NoteStep.REMINDED, "callqa")


def of_work(out: Path, settings: Settings, inspectors: Iterable[str]) -> None:
    """Tell inspectors who have accounts of new work lists."""
    database = open_database(out, settings)
    try:
        with database.writing() as connection:
            tell(connection, settings.mail, inspectors, What.WORK)
    finally:
        database.close()
