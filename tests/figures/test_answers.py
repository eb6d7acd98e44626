"""Answers to the house's own questions, counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.figures.answers import Given, count, counted_by
from pipeline.records import AnswerKind

YES = Given(
    question="solved",
    kind=AnswerKind.CHOICE,
    answer="是",
    agent_id="0008",
    agent_name="李静",
    team="客服一组",
    queue="",
    shift="",
)
NO = replace(YES, answer="否", agent_id="0012", team="客服二组")


def test_each_answer_s_share_is_of_those_that_were_chosen() -> None:
    """What was written is counted apart."""
    wrote = replace(YES, kind=AnswerKind.TEXT, answer="等配件")
    whole = count([YES, YES, YES, NO, wrote])
    assert {a: (s.count, s.of) for a, s in whole.shares.items()} == {"是": (3, 4), "否": (1, 4)}
    assert whole.shares["是"].value == pytest.approx(0.75)
    assert (whole.chosen, whole.written) == (4, 1)
    assert count([wrote]).shares == {}


def test_they_are_counted_for_each_team_the_most_first() -> None:
    """A team in which everybody said no has no share of yes."""
    two, one = counted_by([NO, YES, NO], lambda given: given.team)
    assert (two.name, two.chosen, set(two.shares)) == ("客服二组", 2, {"否"})
    assert (one.name, one.chosen) == ("客服一组", 1)
