"""Accounts, verdicts, appeals and the log in real databases: SQLite, and PostgreSQL."""

from __future__ import annotations

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipeline.errors import ConfigurationError
from pipeline.records import AnswerKind, Judgement, Review, Verdict
from pipeline.review import accounts, audit, company
from pipeline.review.accounts import Duty, User
from pipeline.review.acknowledged import Acknowledgement, Nod, acknowledge, last_words, may_say
from pipeline.review.answered import About, forget_answers, give, last_answers
from pipeline.review.appeals import (
    AppealRefusedError,
    Contested,
    Ground,
    appeal_rows,
    appeals,
    contest,
    decide,
    may_decide,
    withdraw,
)
from pipeline.review.appeals import again as ask_again
from pipeline.review.calibration import CalibrationSession, all_rows
from pipeline.review.coaching import NoteStep, due, notes, step, write_note
from pipeline.review.database import METADATA, Database
from pipeline.review.migrate import open_database
from pipeline.review.rated import RaterWord, rate
from pipeline.review.said import TakenError, forget_words, of_calls, say
from pipeline.review.verdicts import (
    acknowledged_by_date,
    all_reviews,
    answers_by_date,
    appeals_by_date,
    stamp,
    stamp_beside,
)
from pipeline.settings import ServeSettings, Settings
from tests.postgresql import cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "vier worte sind genug"  # noqa: S105  of an account of a test
INSPECTOR, OTHER = (User(name=name, duty=Duty.INSPECTOR) for name in ("张三", "李四"))
OWNER = User(name="owner", duty=Duty.OWNER)
AGENT = User(name="a1", duty=Duty.AGENT, agent_id="0001")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of a cluster."""
    with cluster() as (_, url):
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def settings(request: pytest.FixtureRequest) -> Settings:
    """The settings that keep it in one of them."""
    if request.param == "sqlite":
        return Settings()
    url = str(request.getfixturevalue("postgres"))
    return Settings(serve=ServeSettings(database=url))


@pytest.fixture
def database(tmp_path: Path, settings: Settings) -> Iterator[Database]:
    """An empty one."""
    opened = open_database(tmp_path, settings)
    yield opened
    if opened.engine.dialect.name == "postgresql":
        with opened.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    opened.close()


def verdict(what: Verdict = Verdict.WRONG, reviewer: str = "张三", call_id: str = "c1") -> Review:
    """A verdict on a finding."""
    return Review(
        call_id=call_id,
        reviewer=reviewer,
        verdict=what,
        rule_id="hold.warn",
        turn=3,
        comment="电话 138",
        reason="misheard",
        start=1.0,
        end=2.5,
        quote="转一下",
    )


def told(database: Database, review: Review, *, seen: int = 0, day: str = "2026-11-20") -> None:
    """Say it."""
    with database.writing() as connection:
        say(connection, review, date=day, place="p", seen=seen)


def test_migrations_lead_to_what_the_code_knows(database: Database) -> None:
    """Table by table; and whoever opens it again changes nothing."""
    with database.reading() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []


def test_the_file_is_its_owner_s(tmp_path: Path) -> None:
    """Its log too."""
    database = open_database(tmp_path, Settings())
    accounts.add(database, INSPECTOR, "")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("review.db*")}
    assert modes == {0o600}
    database.close()


def test_a_password_opens_and_another_does_not(database: Database) -> None:
    """It is not kept; a new one, and a disabled account, end the session."""
    accounts.add(database, INSPECTOR, PASSWORD)
    with pytest.raises(ConfigurationError, match="already"):
        accounts.add(database, INSPECTOR, PASSWORD)
    assert accounts.log_in(database, "张三", "another one", "::1", 1) is None
    assert accounts.log_in(database, "nobody", PASSWORD, "::1", 1) is None
    token = accounts.log_in(database, "张三", PASSWORD, "::1", 1)
    assert token is not None
    with database.reading() as connection:
        session = accounts.session(connection, token)
        assert session is not None
        assert session.user == INSPECTOR
        kept = connection.execute(text("SELECT password FROM users")).scalar_one()
        assert kept.startswith("$argon2id$")
        assert token not in str(connection.execute(text("SELECT * FROM sessions")).all())
    accounts.set_password(database, "张三", PASSWORD + "!")
    with database.reading() as connection:
        assert accounts.session(connection, token) is None
    again = accounts.log_in(database, "张三", PASSWORD + "!", "::1", 1)
    assert again is not None
    accounts.disable(database, "张三")
    assert accounts.log_in(database, "张三", PASSWORD + "!", "::1", 1) is None
    with database.reading() as connection:
        assert accounts.session(connection, again) is None
        assert not accounts.any_user(connection)


@pytest.mark.parametrize(
    ("user", "password"),
    [
        (User(name="", duty=Duty.ADMIN), PASSWORD),
        (User(name="a\nb", duty=Duty.ADMIN), PASSWORD),
        (User(name="x", duty=Duty.LEAD), PASSWORD),
        (User(name="x", duty=Duty.AGENT), PASSWORD),
        (User(name="x", duty=Duty.ADMIN), "short"),
    ],
)
def test_what_is_no_account_is_refused(tmp_path: Path, user: User, password: str) -> None:
    """A name, a team or an id that is missing; a password that is too short."""
    database = open_database(tmp_path, Settings())
    with pytest.raises(ConfigurationError):
        accounts.add(database, user, password)
    database.close()


def test_the_log_is_only_added_to(database: Database) -> None:
    """The database itself refuses anything else."""
    with database.writing() as connection:
        audit.note(connection, "张三", "verdict", "c1", "wrong", "::1")
    for statement in ("UPDATE audit SET name = 'x'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="only added to"), database.writing() as connection:
            connection.execute(text(statement))
    with database.reading() as connection:
        assert [one.about for one in audit.entries(connection, 10)] == ["c1"]


def test_of_many_at_once_one_is_first_and_nothing_is_lost(database: Database) -> None:
    """Eight reviewers speak of one place: one verdict stands, seven learn of it and speak again."""

    def speak(number: int) -> int:
        seen = tries = 0
        while True:
            try:
                told(database, verdict(reviewer=f"r{number}"), seen=seen)
            except TakenError:
                tries += 1
                with database.reading() as connection:
                    seen = max((one.number for one in of_calls(connection, ["c1"])), default=0)
            else:
                return tries

    with ThreadPoolExecutor(8) as pool:
        tries = list(pool.map(speak, range(8)))
    with database.reading() as connection:
        said = of_calls(connection)
    assert sorted(one.review.reviewer for one in said) == [f"r{n}" for n in range(8)]
    assert [one.number for one in said] == list(range(1, 9))
    assert sum(tries) >= 7


def test_the_night_reads_what_was_said(
    tmp_path: Path, settings: Settings, database: Database
) -> None:
    """With its words, its reason and its time; and knows that there is more than before."""
    before = stamp(tmp_path, settings)
    told(database, verdict())
    (read,) = all_reviews(tmp_path, settings)
    assert read.at is not None
    assert (read.quote, read.reason, read.start, read.end) == ("转一下", "misheard", 1.0, 2.5)
    assert stamp(tmp_path, settings) != before


def test_a_purge_takes_the_words_and_leaves_the_verdicts(
    tmp_path: Path, settings: Settings, database: Database
) -> None:
    """Of calls before the date; those after it keep theirs."""
    told(database, verdict(), day="2026-11-19")
    told(database, verdict(call_id="c2"), day="2026-11-20")
    forget_words(tmp_path, settings, "2026-11-20")
    old, new = all_reviews(tmp_path, settings)
    assert (old.verdict, old.quote, old.comment) == (Verdict.WRONG, "", "")
    assert (new.quote, new.comment) == ("转一下", "电话 138")


ABOUT = Contested(
    call_id="c1",
    date="2026-11-20",
    agent_id="0001",
    team="一组",
    place="p",
    rule_id="hold.warn",
    turn=3,
    start=1.0,
    end=2.5,
    quote="转一下",
    reviewer="张三",
)


def test_the_company_makes_accounts_and_keeps_them(database: Database) -> None:
    """Also where somebody comes twice at once for the first time; what was made by hand stays."""
    new = User(name="新人", duty=Duty.INSPECTOR)
    with ThreadPoolExecutor(4) as several:
        tokens = set(several.map(lambda _: company.let_in(database, new, "::1", 1), range(8)))
    assert len(tokens) == 8
    lead = User(name="新人", duty=Duty.LEAD, team="一组")
    token = company.let_in(database, lead, "::1", 1)
    accounts.add(database, User(name="root", duty=Duty.ADMIN), PASSWORD)
    with pytest.raises(company.NotLetInError, match="by_hand"):
        company.let_in(database, User(name="root", duty=Duty.INSPECTOR), "::1", 1)
    with database.reading() as connection:
        assert accounts.users(connection) == [User(name="root", duty=Duty.ADMIN), lead]
        acts = [one.act for one in audit.entries(connection, 50)]
    assert (acts.count("login"), acts.count("user_changed")) == (9, 1)
    company.turn_away(database, "新人", company.Why.NO_GROUP, "::1")
    with database.reading() as connection:
        assert accounts.session(connection, token) is None
        assert not accounts.is_locked(connection, "新人", "::1")


def test_an_appeal_goes_its_way(tmp_path: Path, settings: Settings, database: Database) -> None:
    """Contested once, decided by another, asked again, and the norm owner's word is the last."""
    with database.writing() as connection:
        contest(connection, ABOUT, Ground.MISHEARD, AGENT, "没说过")
    with pytest.raises(AppealRefusedError), database.writing() as connection:
        contest(connection, ABOUT, Ground.OTHER, AGENT, "再来")
    with database.reading() as connection:
        (first,) = appeals(connection, call_id="c1")
    assert not may_decide(first, INSPECTOR, {"张三"})
    assert not may_decide(first, AGENT, set())
    assert may_decide(first, OTHER, {"张三"})
    with database.writing() as connection:
        decide(connection, first, OTHER, granted=False, comment="听清了")
    with pytest.raises(AppealRefusedError), database.writing() as connection:
        decide(connection, first, OWNER, granted=True, comment="晚了一步")
    with database.writing() as connection:
        (refused,) = appeals(connection)
        ask_again(connection, refused, AGENT, "请再听", 7)
    with database.reading() as connection:
        (second,) = appeals(connection)
    assert not may_decide(second, OTHER, set())
    assert may_decide(second, OWNER, set())
    with database.writing() as connection:
        decide(connection, second, OWNER, granted=True, comment="成立")
    with database.reading() as connection:
        (ended,) = appeals(connection)
        said = [one.review.verdict for one in of_calls(connection)]
    assert not may_decide(ended, OWNER, set())
    assert said == [Verdict.STANDS, Verdict.WRONG]
    (row,) = appeals_by_date(tmp_path, settings)["2026-11-20"]
    assert (row.state, row.final, row.decided_by, row.reviewer) == (
        "granted",
        True,
        "owner",
        "张三",
    )
    assert [row] == appeal_rows([ended])


def test_an_appeal_is_taken_back(database: Database) -> None:
    """By its agent, until somebody has decided; nobody decides it then, and no verdict follows."""
    with database.writing() as connection:
        contest(connection, ABOUT, Ground.OTHER, AGENT, "")
    with database.reading() as connection:
        (first,) = appeals(connection)
    with database.writing() as connection:
        withdraw(connection, first, AGENT, "")
    with pytest.raises(AppealRefusedError), database.writing() as connection:
        decide(connection, first, OTHER, granted=True, comment="晚了一步")
    with database.reading() as connection:
        (back,) = appeals(connection)
        assert of_calls(connection) == []
    assert (back.state, back.open, back.decision) == ("withdrawn", False, None)
    assert not may_decide(back, OWNER, set())
    with pytest.raises(AppealRefusedError), database.writing() as connection:
        withdraw(connection, back, AGENT, "")
    with pytest.raises(AppealRefusedError), database.writing() as connection:
        contest(connection, ABOUT, Ground.OTHER, AGENT, "")


def test_bad_sound_takes_the_call_out(database: Database) -> None:
    """The verdict is on the whole call, and not on the finding."""
    with database.writing() as connection:
        contest(connection, ABOUT, Ground.BAD_SOUND, AGENT, "听不清")
    with database.writing() as connection:
        (appeal,) = appeals(connection)
        decide(connection, appeal, OTHER, granted=True, comment="")
        (said,) = of_calls(connection)
    assert (said.review.verdict, said.review.rule_id) == (Verdict.EXCLUDED, "")


def test_notes_are_due_until_they_are_closed(
    tmp_path: Path, settings: Settings, database: Database
) -> None:
    """On their day and after it; acknowledged twice is once."""
    lead = User(name="lead", duty=Duty.LEAD, team="一组")
    with database.writing() as connection:
        write_note(connection, lead, "0001", "一组", "先问姓氏", date(2026, 11, 27))
    assert due(tmp_path, settings, date(2026, 11, 26)).follow_ups == []
    waiting = due(tmp_path, settings, date(2026, 11, 27))
    assert ([one.text for one in waiting.follow_ups], waiting.unread) == (["先问姓氏"], 1)
    number = waiting.follow_ups[0].number
    for what in (NoteStep.ACKNOWLEDGED, NoteStep.ACKNOWLEDGED, NoteStep.CLOSED):
        with database.writing() as connection:
            step(connection, number, what, AGENT.name)
    with database.reading() as connection:
        (note,) = notes(connection, "0001")
    assert note.acknowledged is not None
    assert note.closed is not None
    assert due(tmp_path, settings, date(2026, 11, 28)).nothing


def test_a_rater_s_last_word_counts_over_his_file_and_nothing_of_an_older_session(
    tmp_path: Path, settings: Settings, database: Database
) -> None:
    """A session that was drawn again under its name begins anew."""
    session = CalibrationSession(
        name="w47",
        drawn_at=datetime(2026, 11, 20, 8, tzinfo=UTC),
        raters=("甲", "乙"),
        expert="",
        shown=False,
        calls={"c1": "2026-11-20"},
        rules=("hold.warn", "hold.long"),
    )
    folder = tmp_path / "calibration/w47"
    folder.mkdir(parents=True)
    (folder / "session.json").write_bytes(TypeAdapter(CalibrationSession).dump_json(session))
    lines = "call_id,rule_id,value,score,rater\nc1,hold.warn,fault,,甲\nc1,hold.long,fault,,甲\n"
    (folder / "甲.csv").write_text(lines, encoding="utf-8")
    before = stamp(tmp_path, settings), stamp_beside(tmp_path, settings)
    older = replace(session, drawn_at=session.drawn_at - timedelta(days=1))
    of = partial(RaterWord, rater="甲", call_id="c1")
    for own, word in (
        (session, of(rule_id="hold.warn", value=Judgement.CANNOT_TELL)),
        (session, of(rule_id="hold.warn", value=Judgement.NO_FAULT)),
        (session, of(rule_id=None, score=87.5)),
        (older, of(rule_id="hold.warn", value=Judgement.FAULT)),
    ):
        with database.writing() as connection:
            rate(connection, own, word)
    rows = all_rows(tmp_path, settings)["2026-11-20"]
    said = {(r.rater, r.rule_id): r.value or r.score for r in rows}
    assert said == {
        ("甲", "hold.warn"): Judgement.NO_FAULT,
        ("甲", "hold.long"): Judgement.FAULT,
        ("甲", None): 87.5,
        **{("乙", rule): None for rule in ("hold.warn", "hold.long", None)},
    }
    assert stamp(tmp_path, settings) == before[0]
    assert stamp_beside(tmp_path, settings) != before[1]


def test_an_agent_acknowledges_and_may_speak_again_once_people_have(
    tmp_path: Path, settings: Settings, database: Database
) -> None:
    """His last word is published; after he has agreed there is nothing more to say."""

    def say_so(nod: Nod) -> None:
        with database.writing() as connection:
            own = {"call_id": "c1", "date": "2026-11-20", "agent_id": "0001", "name": "a1"}
            acknowledge(connection, nod, **own)

    def last() -> Acknowledgement:
        with database.reading() as connection:
            return last_words(connection, ["c1"])["c1", "0001"]

    assert may_say(None, []) == set(Nod)
    say_so(Nod.SEEN)
    assert may_say(last(), []) == {Nod.AGREED}
    say_so(Nod.AGREED)
    assert may_say(last(), []) == set()
    (row,) = acknowledged_by_date(tmp_path, settings)["2026-11-20"]
    assert (row.call_id, row.agent_id, row.state) == ("c1", "0001", "agreed")
    time.sleep(0.002)
    told(database, verdict())
    with database.reading() as connection:
        spoken = [one.review for one in of_calls(connection)]
    assert last().before(spoken)
    assert may_say(last(), spoken) == set(Nod)


SOLVED = About(
    call_id="c1",
    date="2026-11-20",
    agent_id="0001",
    question="solved",
    kind=AnswerKind.CHOICE,
)
WHY = replace(SOLVED, question="why", kind=AnswerKind.TEXT)


def test_the_last_answer_counts_and_every_one_is_kept(
    tmp_path: Path, settings: Settings, database: Database
) -> None:
    """Of two at once the second learns of the first; an empty one takes back; words are masked."""
    before = stamp(tmp_path, settings), stamp_beside(tmp_path, settings)
    wrote = "客户电话13812345678，留了纸条"
    for about, words, seen in (
        (SOLVED, "否", 0),
        (SOLVED, "是", 1),
        (WHY, wrote, 0),
        (replace(SOLVED, call_id="c2"), "否", 0),
        (replace(SOLVED, call_id="c2"), "", 1),
    ):
        with database.writing() as connection:
            give(connection, about, words, "张三", seen=seen)
    with pytest.raises(TakenError), database.writing() as connection:
        give(connection, SOLVED, "否", "李四", seen=1)
    with database.reading() as connection:
        found = last_answers(connection, ["c1"])
        kept = connection.execute(text("SELECT answer FROM answers ORDER BY id")).scalars().all()
    assert {key: (one.words, one.number) for key, one in found.items()} == {
        ("c1", "solved"): ("是", 2),
        ("c1", "why"): (wrote, 1),
    }
    assert kept == ["否", "是", wrote, "否", ""]
    solved, why = answers_by_date(tmp_path, settings)["2026-11-20"]
    assert (solved.call_id, solved.agent_id, solved.answer, solved.reviewer) == (
        *("c1", "0001", "是", "张三"),
    )
    assert (why.kind, why.answer) == (AnswerKind.TEXT, "客户电话138****5678，留了纸条")
    assert stamp(tmp_path, settings) == before[0]
    assert stamp_beside(tmp_path, settings) != before[1]


def test_a_purge_takes_what_was_written_and_leaves_what_was_chosen(
    tmp_path: Path, settings: Settings, database: Database
) -> None:
    """Of calls before the date."""
    with database.writing() as connection:
        give(connection, SOLVED, "是", "张三", seen=0)
        give(connection, WHY, "留了纸条", "张三", seen=0)
        give(connection, replace(WHY, date="2026-11-21", call_id="c9"), "改天", "张三", seen=0)
    forget_answers(tmp_path, settings, "2026-11-21")
    rows = answers_by_date(tmp_path, settings)
    assert [row.answer for own in rows.values() for row in own] == ["是", "改天"]


def test_a_database_of_the_version_before_is_read_by_the_night(
    tmp_path: Path, settings: Settings, database: Database
) -> None:
    """It holds no rating, acknowledgement or answer: no night waits for somebody to bring it up."""
    with database.writing() as connection:
        connection.execute(text("DROP TABLE ratings"))
        connection.execute(text("DROP TABLE acknowledgements"))
        connection.execute(text("DROP TABLE answers"))
    assert acknowledged_by_date(tmp_path, settings) == {}
    assert answers_by_date(tmp_path, settings) == {}
    assert stamp_beside(tmp_path, settings) == "beside 0 0 0"
    forget_answers(tmp_path, settings, "2026-11-20")
