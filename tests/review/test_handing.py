"""An appeal is handed to one person, in real databases: for as long as he may decide it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from pipeline.review import accounts
from pipeline.review.accounts import Duty, User
from pipeline.review.appeals import AppealRefusedError, Ground, appeals, contest, decide
from pipeline.review.appeals import again as ask_again
from pipeline.review.handing import can_be_given, hand_of, hand_over, hold, note_told
from pipeline.review.migrate import open_database
from pipeline.review.outbox import What
from pipeline.review.told import of_reopened
from pipeline.review.verdicts import appeals_by_date
from pipeline.settings import InspectorSettings, MailSettings, SamplingSettings, Settings
from tests.review.test_database import (
    ABOUT,
    AGENT,
    INSPECTOR,
    OTHER,
    OWNER,
    database,
    postgres,
    settings,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from pipeline.review.appeals import Appeal
    from pipeline.review.database import Database

__all__ = ["database", "postgres", "settings"]

LEAD = User(name="lead", duty=Duty.LEAD, team="一组")
AWAY = replace(LEAD, name="away", team="二组")


@pytest.fixture
def contested(database: Database) -> Database:
    """One appeal."""
    with database.writing() as connection:
        contest(connection, ABOUT, Ground.MISHEARD, AGENT, "")
    return database


def appeal(database: Database) -> Appeal:
    """As it is now."""
    with database.reading() as connection:
        (one,) = appeals(connection)
    return one


def handed(database: Database, person: str) -> Appeal:
    """Handed to somebody, or opened."""
    before = appeal(database)
    with database.writing() as connection:
        hand_over(connection, before, person, LEAD)
    return appeal(database)


def test_it_is_with_somebody_while_he_may_decide_it(contested: Database) -> None:
    """Not once he is disabled, has another role or team, may not judge the agent, or has spoken."""
    one, nothing = handed(contested, "李四"), Settings()
    hand = hand_of(one, [INSPECTOR, OTHER], nothing)
    assert hand is not None
    assert (hand.person, hand.name) == ("李四", "lead")
    for user in (
        replace(OTHER, disabled=True),
        replace(OTHER, duty=Duty.ADMIN),
        replace(OTHER, duty=Duty.LEAD, team="二组"),
    ):
        assert hand_of(one, [user], nothing) is None
    assert hand_of(one, [], nothing) is None
    assert hand_of(one, [OTHER], nothing, {"李四"}) is None
    barred = SamplingSettings(inspectors=(InspectorSettings(name="李四", not_teams=("一组",)),))
    assert hand_of(one, [OTHER], Settings(sampling=barred)) is None
    assert hand_of(handed(contested, ""), [OTHER], nothing) is None


def test_who_can_be_given_it(contested: Database) -> None:
    """Whoever may decide it: the second time the owners of the norms alone."""
    one, every = appeal(contested), (INSPECTOR, OTHER, OWNER, AGENT, LEAD, AWAY)
    found = [u.name for u in every if can_be_given(u, one, Settings(), {"张三"})]
    assert found == ["李四", "owner", "lead"]
    one = handed(contested, "李四")
    with contested.writing() as connection:
        decide(connection, one, OTHER, granted=False, comment="")
        (one,) = appeals(connection)
        assert hand_of(one, every, Settings()) is None
        ask_again(connection, one, AGENT, "", 7)
    one = appeal(contested)
    assert hand_of(one, every, Settings()) is None
    assert [u.name for u in every if can_be_given(u, one, Settings())] == ["owner"]


def test_of_many_who_hand_it_over_one_does(contested: Database) -> None:
    """The others learn that it is done; and what was decided meanwhile is handed to nobody."""
    before = appeal(contested)

    def give(number: int) -> bool:
        try:
            with contested.writing() as connection:
                hand_over(connection, before, f"p{number}", LEAD)
        except AppealRefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(give, range(8))) == 1
    one = appeal(contested)
    assert one.hand is not None
    with pytest.raises(AppealRefusedError), contested.writing() as connection:
        hold(connection, before)
    with contested.writing() as connection:
        decide(connection, one, OWNER, granted=True, comment="")
    with pytest.raises(AppealRefusedError), contested.writing() as connection:
        hand_over(connection, one, "李四", LEAD)


MAIL = MailSettings(
    server="smtp://127.0.0.1:25", sender="c@example.com", address="http://c", gather_minutes=0
)


def looked(database: Database, spoken: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """Whoever looks for what is open again does; who is to be told of what after that."""
    with database.writing() as connection:
        of_reopened(connection, Settings(mail=MAIL), {1: spoken})
        told = connection.execute(text("SELECT name, what FROM outbox ORDER BY name"))
        return [(row.name, row.what) for row in told]


@pytest.mark.parametrize("lost", ["disabled", "role", "team", "spoken"])
def test_once_it_is_open_again_others_are_told_once(contested: Database, lost: str) -> None:
    """Whoever may decide it, as of a new one; nobody while he has it, or where it was opened."""
    chosen = LEAD if lost == "team" else OTHER
    for user in (INSPECTOR, OTHER, OWNER, LEAD, AWAY, replace(AGENT, name="agent")):
        accounts.add(contested, replace(user, mail=f"{user.duty}@example.com"), "")
    handed(contested, chosen.name)
    assert looked(contested) == []
    if lost == "disabled":
        accounts.disable(contested, chosen.name)
    elif lost != "spoken":
        change = {"role": "role = 'admin'", "team": "team = '二组'"}[lost]
        with contested.writing() as connection:
            own = {"name": chosen.name}
            connection.execute(text(f"UPDATE users SET {change} WHERE name = :name"), own)  # noqa: S608
    spoken = frozenset({"张三", *({chosen.name} if lost == "spoken" else ())})
    others = sorted({"李四", "lead", "owner"} - {chosen.name})
    assert looked(contested, spoken) == [(name, What.APPEAL) for name in others]
    with contested.writing() as connection:
        connection.execute(text("DELETE FROM outbox"))
    assert looked(contested, spoken) == []
    accounts.disable(contested, chosen.name, disabled=False)
    accounts.disable(contested, chosen.name)
    assert looked(contested, spoken) == []
    handed(contested, chosen.name)
    assert looked(contested, spoken) == [(name, What.APPEAL) for name in others]
    with contested.writing() as connection:
        connection.execute(text("DELETE FROM outbox"))
        decide(connection, appeal_in(connection), OWNER, granted=False, comment="")
    assert looked(contested, spoken) == []


def appeal_in(connection: Connection) -> Appeal:
    """The appeal, as a transaction sees it."""
    (one,) = appeals(connection)
    return one


def test_of_many_who_look_at_once_one_tells(contested: Database) -> None:
    """Each of several applications over one database looks."""
    accounts.add(contested, replace(OWNER, mail="o@example.com"), "")
    handed(contested, "nobody")
    with ThreadPoolExecutor(6) as several:
        list(several.map(lambda _: looked(contested), range(6)))
    assert looked(contested) == [("owner", What.APPEAL)]


def test_a_database_of_before_others_were_told_is_read_by_the_night(
    tmp_path: Path, settings: Settings, contested: Database
) -> None:
    """And brought up to date, with its hands."""
    handed(contested, "李四")
    with contested.writing() as connection:
        connection.execute(text("ALTER TABLE appeal_hands DROP COLUMN told"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))
    (row,) = appeals_by_date(tmp_path, settings)["2026-11-20"]
    assert row.state == "open"
    again = open_database(tmp_path, settings)
    one = appeal(again)
    assert one.hand
    with again.writing() as connection:
        assert note_told(connection, one.hand, one)
        assert not note_told(connection, one.hand, one)
    again.close()


def test_a_database_of_before_is_read_by_the_night_and_brought_up(
    tmp_path: Path, settings: Settings, contested: Database
) -> None:
    """Its appeals are handed to nobody."""
    with contested.writing() as connection:
        connection.execute(text("DROP TABLE appeal_hands"))
        connection.execute(text("ALTER TABLE users DROP COLUMN chat"))
        connection.execute(text("ALTER TABLE outbox DROP COLUMN way"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    (row,) = appeals_by_date(tmp_path, settings)["2026-11-20"]
    assert row.state == "open"
    again = open_database(tmp_path, settings)
    assert handed(again, "李四").hand is not None
    again.close()
