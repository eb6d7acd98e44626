"""What people are to be told by mail or chat: written down with what happened, taken out once sent.

Whoever sends holds what he sends for a while. One who dies lets it go by that, and it is sent again:
every mail is sent at least once, and the same one twice has the same Message-ID.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from pipeline.review.accounts import find
from pipeline.review.database import OUTBOX, now, timestamp
from pipeline.review.rated import there

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from pipeline.review.accounts import User
    from pipeline.settings import MailSettings

HELD = timedelta(minutes=5)
"""For so long nobody else sends what somebody has begun to send."""
FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
"""Between tries: at first, twice as long each time, and at most."""
GIVEN_UP = timedelta(days=3)
"""For so long a mail is tried."""


class What(StrEnum):
    """What somebody is told of."""

    APPEAL = "appeal"
    """One that he may decide."""
    AGAIN = "appeal_again"
    """One that only the owner of the norms decides."""
    HANDED = "appeal_handed"
    """One that was handed to him."""
    DECIDED = "appeal_decided"
    NOTE = "note"
    WORK = "work"
    FOLLOW_UP = "follow_up"


class Way(StrEnum):
    """How somebody is told."""

    MAIL = "mail"
    CHAT = "chat"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that somebody is told; ``number`` is that of the appeal or the note."""

    id: int
    what: What
    number: int
    at: datetime
    tries: int
    wrong: str


def tell(
    connection: Connection,
    mail: MailSettings,
    names: Iterable[str],
    what: What,
    number: int = 0,
    *,
    not_before: datetime | None = None,
) -> int:
    """Write down what these people are to be told, in the transaction of what happened; how many are.

    Each by every way that he has; nothing where none is open, to nobody who wants none.
    """
    if not mail.sends:
        return 0
    at = datetime.now(UTC)
    due = max(at + timedelta(minutes=mail.gather_minutes), not_before or at)
    users = (find(connection, name) for name in dict.fromkeys(names))
    told = {user.name: own for user in users if user and (own := ways(user, mail))}
    rest = {"what": what, "number": number, "at": timestamp(at), "due": timestamp(due)}
    for name, way in ((name, way) for name, own in told.items() for way in own):
        new = {"name": name, "way": way, "held": "", "tries": 0, "wrong": ""}
        connection.execute(OUTBOX.insert().values(**new, **rest))
    return len(told)


def ways(user: User, mail: MailSettings) -> list[Way]:
    """By which ways somebody is told."""
    if user.mail_off or user.disabled:
        return []
    open_ways = {Way.MAIL: bool(mail.server and user.mail), Way.CHAT: mail.chat and user.chat}
    return [way for way, there in open_ways.items() if there]


def take_back(connection: Connection, what: Iterable[What], number: int) -> None:
    """Tell nobody any more of what is over."""
    over = OUTBOX.c.what.in_(list(what)) & (OUTBOX.c.number == number) & (OUTBOX.c.held == "")
    connection.execute(OUTBOX.delete().where(over))


def due(connection: Connection) -> list[tuple[str, Way]]:
    """Whom something is due for that nobody is sending, and by which way, the longest waiting first."""
    own = OUTBOX.c
    free = select(own.name, own.way).where(own.due <= now(), own.held < now())
    found = connection.execute(free.order_by(own.due, own.id))
    return list(dict.fromkeys((row.name, Way(row.way)) for row in found))


def hold(connection: Connection, name: str, way: Way) -> list[Item]:
    """Everything that somebody is to be told so, held while it is sent; others of his are left out."""
    own, until = OUTBOX.c, timestamp(datetime.now(UTC) + HELD)
    free = (own.name == name) & (own.way == way) & (own.held < now())
    held = connection.execute(OUTBOX.update().where(free).values(held=until).returning(OUTBOX))
    return sorted(map(_item, held), key=lambda one: one.id)


def take_out(connection: Connection, items: Sequence[Item]) -> None:
    """It was sent, or nobody wants it any more."""
    connection.execute(OUTBOX.delete().where(OUTBOX.c.id.in_([one.id for one in items])))


def try_later(connection: Connection, items: Sequence[Item], wrong: str) -> bool:
    """It was not taken: another try later, or none of what is old; whether any was given up."""
    at, tries = datetime.now(UTC), min(one.tries for one in items)
    old = [one for one in items if one.at + GIVEN_UP < at]
    take_out(connection, old)
    wait = min(FIRST * 2 ** min(tries, 10), LONGEST)
    again = OUTBOX.update().where(OUTBOX.c.id.in_([one.id for one in items]))
    connection.execute(
        again.values(held="", due=timestamp(at + wait), tries=OUTBOX.c.tries + 1, wrong=wrong)
    )
    return bool(old)


def waiting(connection: Connection) -> list[Item]:
    """All that was tried in vain."""
    if not there(connection, OUTBOX):
        return []
    return [_item(row) for row in connection.execute(select(OUTBOX).where(OUTBOX.c.wrong != ""))]


def name_of(items: Sequence[Item]) -> str:
    """What tells a mail from all others, and does not change where it is sent again."""
    told = " ".join(f"{one.id} {one.at.isoformat()}" for one in items)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _item(row: Row[tuple[object, ...]]) -> Item:
    return Item(
        id=row.id,
        what=What(row.what),
        number=row.number,
        at=datetime.fromisoformat(row.at),
        tries=row.tries,
        wrong=row.wrong,
    )
