"""Somebody chosen to decide one appeal: it is handed to him, handed on, or opened again.

It counts for as long as he may decide it: whoever is disabled, gets another role or team, or speaks of
what is contested, has it no more, and it is open to all again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from pipeline.review.accounts import Duty
from pipeline.review.appeals import AppealRefusedError, appeals, may_decide
from pipeline.review.database import APPEAL_HANDS, APPEALS, now

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection

    from pipeline.review.accounts import User
    from pipeline.review.appeals import Appeal, Hand
    from pipeline.settings import Settings


def can_be_given(
    user: User, appeal: Appeal, settings: Settings, spoken: Collection[str] = ()
) -> bool:
    """Whether an appeal is somebody's to decide; ``spoken`` have given verdicts on what is contested."""
    about = appeal.about
    apart = user.disabled or (user.duty is Duty.LEAD and user.team != about.team)
    own = settings.sampling.may_judge(user.name, about.agent_id, about.team)
    return own and not apart and may_decide(appeal, user, spoken)


def hand_of(
    appeal: Appeal, users: Iterable[User], settings: Settings, spoken: Collection[str] = ()
) -> Hand | None:
    """To whom an appeal that waits is handed; None where it is open to all who may decide it."""
    hand = appeal.hand
    if hand is None or not appeal.open:
        return None
    chosen = (user for user in users if user.name == hand.person)
    return hand if any(can_be_given(u, appeal, settings, spoken) for u in chosen) else None


def hand_over(connection: Connection, appeal: Appeal, person: str, by: User) -> None:
    """Hand it to somebody, or open it where nobody is named; ``AppealRefusedError`` as ``hold``."""
    hold(connection, appeal)
    number = appeal.hand.number + 1 if appeal.hand else 1
    values = {"appeal": appeal.number, "number": number, "person": person, "name": by.name}
    connection.execute(APPEAL_HANDS.insert().values(at=now(), **values))


def note_told(connection: Connection, hand: Hand, appeal: Appeal) -> bool:
    """Write down that others know that he has it no more; whether nobody has done so before."""
    own = APPEAL_HANDS.c
    last = (own.appeal == appeal.number) & (own.number == hand.number) & (own.told == "")
    return connection.execute(APPEAL_HANDS.update().where(last).values(told=now())).rowcount > 0


def hold(connection: Connection, appeal: Appeal) -> None:
    """Keep others from an appeal until the transaction ends.

    Raises ``AppealRefusedError`` where it was decided, taken back or handed to anybody since it was
    read.
    """
    own = select(APPEALS.c.id).where(APPEALS.c.id == appeal.number)
    connection.execute(own.with_for_update())
    known = appeals(connection, call_id=appeal.about.call_id)
    if appeal not in known:
        raise AppealRefusedError("刚刚有人处理了这个申诉")
