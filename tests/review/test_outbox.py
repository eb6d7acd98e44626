"""What people are to be told by mail, in real databases: it is gone once it was sent, and not before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from pipeline.review import accounts, company
from pipeline.review.accounts import Duty, User
from pipeline.review.migrate import open_database
from pipeline.review.outbox import (
    GIVEN_UP,
    HELD,
    LONGEST,
    Way,
    What,
    due,
    hold,
    name_of,
    take_back,
    take_out,
    tell,
    try_later,
    waiting,
    ways,
)
from pipeline.settings import MailSettings
from tests.review.test_database import database, postgres, settings

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.review.database import Database
    from pipeline.review.outbox import Item
    from pipeline.settings import Settings

__all__ = ["database", "postgres", "settings"]

MAIL = MailSettings(
    server="smtp://127.0.0.1:25", sender="c@example.com", address="http://c", gather_minutes=0
)


@pytest.fixture
def people(database: Database) -> Database:
    """Three of whom one has no address, and one is disabled."""
    addresses = {"张三": "z@example.com", "李四": "", "王五": "w@example.com"}
    for name, address in addresses.items():
        accounts.add(database, User(name=name, duty=Duty.INSPECTOR, mail=address), "")
    accounts.disable(database, "王五")
    return database


def told(people: Database, *names: str, what: What = What.APPEAL, number: int = 1) -> int:
    """Tell somebody of an appeal."""
    with people.writing() as connection:
        return tell(connection, MAIL, names, what, number)


def held(people: Database, name: str = "张三") -> list[Item]:
    """Hold what is to be sent to him."""
    with people.writing() as connection:
        return hold(connection, name, Way.MAIL)


def moved(people: Database, by: timedelta, *columns: str) -> None:
    """Let so much time have gone by since these."""
    at = (datetime.now(UTC) - by).isoformat(timespec="milliseconds")
    with people.writing() as connection:
        for column in columns:
            connection.execute(text(f"UPDATE outbox SET {column} = :at"), {"at": at})  # noqa: S608


def test_only_who_can_be_reached_is_told(people: Database) -> None:
    """Each once; nobody where no mail is sent."""
    assert told(people, "张三", "李四", "王五", "nobody", "张三") == 1
    with people.writing() as connection:
        assert tell(connection, MailSettings(), ["张三"], What.WORK) == 0
        accounts.switch_mail(connection, "张三", "张三", off=True)
        assert tell(connection, MAIL, ["张三"], What.WORK) == 0


def test_of_two_who_send_one_has_it(people: Database) -> None:
    """And who dies lets it go: it is sent again, and told to be the same."""
    for number in range(3):
        told(people, "张三", number=number)
    with ThreadPoolExecutor(4) as several:
        found = list(several.map(lambda _: held(people), range(4)))
    assert sorted(map(len, found)) == [0, 0, 0, 3]
    with people.reading() as connection:
        assert due(connection) == []
    moved(people, HELD, "held")
    with people.reading() as connection:
        assert due(connection) == [("张三", Way.MAIL)]
    again = held(people)
    assert name_of(again) == name_of(max(found, key=len))
    with people.writing() as connection:
        take_out(connection, again)
    with people.reading() as connection:
        assert (due(connection), waiting(connection)) == ([], [])


def test_what_is_refused_waits_longer_each_time_and_is_given_up(people: Database) -> None:
    """At most an hour between tries, three days in all; what came later is tried on."""
    told(people, "张三")
    waits = []
    for _ in range(9):
        items = held(people)
        with people.writing() as connection:
            assert not try_later(connection, items, "550 no such user")
            (at,) = connection.execute(text("SELECT due FROM outbox")).scalars()
        waits.append(round((datetime.fromisoformat(at) - datetime.now(UTC)).total_seconds()))
        moved(people, timedelta(0), "due")
    assert waits == sorted(waits)
    assert waits[0] == pytest.approx(60, abs=5)
    assert waits[-1] == pytest.approx(LONGEST.total_seconds(), abs=5)
    with people.reading() as connection:
        assert [(one.tries, one.wrong) for one in waiting(connection)] == [(9, "550 no such user")]
    moved(people, GIVEN_UP, "at")
    told(people, "张三", number=2)
    items = held(people)
    with people.writing() as connection:
        assert try_later(connection, items, "550 no such user")
        assert [one.number for one in waiting(connection)] == [2]


def test_what_is_over_is_taken_back(people: Database) -> None:
    """Of that appeal, and not what is being sent."""
    told(people, "张三", number=1)
    told(people, "张三", number=2)
    told(people, "张三", what=What.DECIDED, number=1)
    with people.writing() as connection:
        take_back(connection, (What.APPEAL, What.AGAIN), 1)
    assert [(one.what, one.number) for one in held(people)] == [(What.APPEAL, 2), (What.DECIDED, 1)]
    with people.writing() as connection:
        take_back(connection, (What.APPEAL,), 2)
        assert len(list(connection.execute(text("SELECT id FROM outbox")))) == 2


def test_the_company_says_where_mail_goes(people: Database) -> None:
    """By its groups or to an account that was there; what it does not say stays."""
    new = User(name="新人", duty=Duty.INSPECTOR, mail="n@example.com")
    company.let_in(people, new, "::1", 1)
    company.let_in(people, User(name="新人", duty=Duty.INSPECTOR), "::1", 1)
    accounts.let_in(people, "李四", "::1", 1, "l@example.com")
    accounts.let_in(people, "李四", "::1", 1)
    with people.reading() as connection:
        found = {user.name: user.mail for user in accounts.users(connection)}
    assert (found["新人"], found["李四"]) == ("n@example.com", "l@example.com")


def test_accounts_of_before_there_was_mail_stay_as_they_are(
    tmp_path: Path, settings: Settings, database: Database
) -> None:
    """Opened by this version they have no address, and want mail once they have one."""
    with database.writing() as connection:
        for statement in (
            "DROP TABLE appeal_hands",
            "DROP TABLE outbox",
            "ALTER TABLE users DROP COLUMN mail",
            "ALTER TABLE users DROP COLUMN mail_off",
            "ALTER TABLE users DROP COLUMN chat",
            "UPDATE alembic_version SET version_num = '0003'",
            "INSERT INTO users VALUES ('old', 'lead', '', 'T', '', false, '2026-01-01')",
        ):
            connection.execute(text(statement))
    with database.reading() as connection:
        assert waiting(connection) == []
    again = open_database(tmp_path, settings)
    with again.reading() as connection:
        (user,) = accounts.users(connection)
    again.close()
    assert user == User(name="old", duty=Duty.LEAD, team="T")
    assert ways(user, MAIL) == []
