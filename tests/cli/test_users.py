"""``callqa user``: accounts as they are made, listed, changed and closed; what waits for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.night.notify import waiting
from pipeline.night.remembered import remember_settings
from pipeline.review.accounts import Duty, User, log_in
from pipeline.review.coaching import write_note
from pipeline.review.migrate import open_database
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "vier worte sind genug"  # noqa: S105  of an account of a test


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder of results."""
    remember_settings(tmp_path / "out", Settings())
    return tmp_path / "out"


def user(out: Path, *arguments: str, told: str = "") -> tuple[int, str]:
    """A run: its exit code, and what it said."""
    done = CliRunner().invoke(app, ["user", *arguments, "--out", str(out)], input=told)
    return done.exit_code, done.output


def test_an_account_is_made_listed_and_closed(out: Path) -> None:
    """The password is asked for twice; a disabled account says so."""
    twice = f"{PASSWORD}\n{PASSWORD}\n"
    assert user(out, "add", "张三", "--role", "inspector", told=twice)[0] == 0
    lead = ("add", "王", "--role", "lead", "--team", "客服一组", "--password-stdin")
    assert user(out, *lead, told=f"{PASSWORD}\n")[0] == 0
    assert user(out, "passwd", "张三", "--password-stdin", told=f"{PASSWORD}!\n")[0] == 0
    assert user(out, "disable", "张三")[0] == 0
    lines = [line.split() for line in user(out, "list")[1].splitlines()]
    assert lines == [["张三", "inspector", "disabled"], ["王", "lead", "客服一组"]]
    assert user(out, "enable", "张三")[0] == 0
    assert "disabled" not in user(out, "list")[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "x", "--role", "chief", "--no-password"), "chief"),
        (("add", "x", "--role", "agent", "--no-password"), "--agent"),
        (("add", "x", "--role", "admin", "--password-stdin"), "--no-password"),
        (("disable", "nobody"), "nobody"),
        (("passwd", "nobody", "--password-stdin"), "--no-password"),
        (("passwd", "nobody", "--no-password"), "nobody"),
    ],
)
def test_what_cannot_be_is_said(out: Path, arguments: tuple[str, ...], told: str) -> None:
    """And no account is made."""
    code, output = user(out, *arguments)
    assert code == 2
    assert told in output
    assert user(out, "list") == (0, "")


def test_a_password_is_taken_away(out: Path) -> None:
    """The company's log-in may take the account over then."""
    told = f"{PASSWORD}\n"
    assert user(out, "add", "张三", "--role", "inspector", "--password-stdin", told=told)[0] == 0
    assert user(out, "passwd", "张三", "--password-stdin", told="short\n")[0] == 2
    assert "no password" in user(out, "passwd", "张三", "--no-password")[1]
    database = open_database(out, Settings())
    assert log_in(database, "张三", PASSWORD, "", 1) is None
    assert log_in(database, "张三", "", "", 1) is None
    database.close()


def test_what_waits_for_people_is_told(out: Path) -> None:
    """By the status and the digest; nothing where nobody has an account."""
    settings = Settings()
    assert waiting(out, settings) == []
    database = open_database(out, settings)
    lead = User(name="lead", duty=Duty.LEAD, team="一组")
    with database.writing() as connection:
        write_note(connection, lead, "0008", "一组", "先问姓氏", datetime.now(UTC).date())
    database.close()
    assert waiting(out, settings) == [
        "coaching to come back to today: agents 0008",
        "1 coaching notes not acknowledged",
    ]
