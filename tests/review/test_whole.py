"""What follows of an appeal against a whole evaluation, in real databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipeline.records import Verdict
from pipeline.review.appeals import AppealRefusedError, Ground, appeals, contest, may_decide
from pipeline.review.appeals import again as ask_again
from pipeline.review.said import WHOLE_CALL, TakenError, of_calls, say
from pipeline.review.whole import BY_WHOLE, Ruling, decide_whole, fallen
from tests.review.test_database import (
    ABOUT,
    AGENT,
    INSPECTOR,
    OTHER,
    OWNER,
    database,
    postgres,
    settings,
    verdict,
)

if TYPE_CHECKING:
    from pipeline.review.accounts import User
    from pipeline.review.appeals import Appeal
    from pipeline.review.database import Database

__all__ = ["database", "postgres", "settings"]

WHOLE = replace(
    ABOUT, place=WHOLE_CALL, rule_id="", turn=None, start=None, end=None, quote="", reviewer=""
)
FOUND = replace(ABOUT, place="p1")
MISSED = replace(ABOUT, place="missed p2", quote="", turn=None)


@pytest.fixture
def contested(database: Database) -> Database:
    """A call with a fault that somebody found missed, contested as a whole."""
    missed = replace(verdict(Verdict.MISSED), quote="", turn=None)
    with database.writing() as connection:
        say(connection, missed, date="2026-11-20", place=MISSED.place, seen=0)
        contest(connection, WHOLE, Ground.WHOLE, AGENT, "店里答应的")
    return database


def appeal(database: Database) -> Appeal:
    """The only one."""
    with database.reading() as connection:
        (one,) = appeals(connection)
    return one


def decided(database: Database, user: User, ruling: Ruling) -> dict[str, list[Verdict]]:
    """Somebody decides: what was said of each place, in its order."""
    before = appeal(database)
    with database.writing() as connection:
        decide_whole(connection, before, user, ruling, "因为")
    said: dict[str, list[Verdict]] = {}
    with database.reading() as connection:
        for one in of_calls(connection):
            said.setdefault(one.place, []).append(one.review.verdict)
    return said


def test_what_falls_is_rejected_and_stands_again_by_the_norm_owner(contested: Database) -> None:
    """What was found missed was missed again; who spoke of the call does not decide, the owner does."""
    one = appeal(contested)
    assert one.about.whole
    assert not may_decide(one, INSPECTOR, {"张三"})
    assert may_decide(one, OTHER, {"张三"})
    ruling = Ruling(falls=[FOUND, MISSED])
    assert decided(contested, OTHER, ruling) == {
        MISSED.place: [Verdict.MISSED, Verdict.WRONG],
        FOUND.place: [Verdict.WRONG],
    }
    with contested.reading() as connection:
        said = of_calls(connection)
    assert set(fallen(said)) == {FOUND.place, MISSED.place}
    assert {one.review.reason for one in said[1:]} == {BY_WHOLE}
    assert decided(contested, OWNER, Ruling(falls=[FOUND])) == {
        MISSED.place: [Verdict.MISSED, Verdict.WRONG, Verdict.MISSED],
        FOUND.place: [Verdict.WRONG],
    }
    last = appeal(contested)
    assert (last.state, last.last.final) == ("granted", True)
    assert not may_decide(last, OWNER, set())


def test_refused_it_goes_to_the_norm_owner_and_no_word_is_said(contested: Database) -> None:
    """The second time he says that the call counts nowhere, which is final."""
    assert decided(contested, OTHER, Ruling()) == {MISSED.place: [Verdict.MISSED]}
    refused = appeal(contested)
    assert refused.state == "refused"
    with contested.writing() as connection:
        ask_again(connection, refused, AGENT, "请再看", 7)
    said = decided(contested, OWNER, Ruling(excluded=True))
    assert said[WHOLE_CALL] == [Verdict.EXCLUDED]
    assert appeal(contested).last.final


def test_a_call_that_was_left_out_counts_again(contested: Database) -> None:
    """By the norm owner's word, with the findings that he lets fall in place of it."""
    decided(contested, OTHER, Ruling(excluded=True))
    said = decided(contested, OWNER, Ruling(falls=[FOUND]))
    assert said[WHOLE_CALL] == [Verdict.EXCLUDED, Verdict.DONE]
    assert said[FOUND.place] == [Verdict.WRONG]


def test_whoever_is_second_leaves_no_word(contested: Database) -> None:
    """His step is refused, and with it what he let fall."""
    before = appeal(contested)
    decided(contested, OTHER, Ruling())
    with (
        pytest.raises((AppealRefusedError, TakenError)),
        contested.writing() as connection,
    ):
        decide_whole(connection, before, OWNER, Ruling(falls=[FOUND]), "")
    with contested.reading() as connection:
        assert [one.place for one in of_calls(connection)] == [MISSED.place]
