"""What an answer to a question of the house's own finds: a fault that a person found, as any missed one.

It is a verdict ``missed`` on a place of the question's own, and taken back by a ``wrong`` there: the
table, its history, the score after people and appeals are those of every other missed finding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.judging.reviewed import BY_ANSWER
from pipeline.records import Review, Verdict
from pipeline.review.appeals import AppealRefusedError, appeals
from pipeline.review.said import of_calls, say
from pipeline.review.whole import BY_WHOLE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pipeline.records import Seconds
    from pipeline.review.answered import About
    from pipeline.review.said import Said

_PLACE = "answer "


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Where in the call it is, and a sentence of it; without a turn: the whole conversation."""

    turn: int | None = None
    start: Seconds | None = None
    end: Seconds | None = None
    comment: str = ""


def place_of_answer(question: str) -> str:
    """The place of what a question's answer finds."""
    return f"{_PLACE}{question}"


def question_at(place: str) -> str:
    """The question whose answer found what is at a place; empty where none did."""
    return place.removeprefix(_PLACE) if place.startswith(_PLACE) else ""


def settle(
    connection: Connection, about: About, rule_id: str, where: Evidence, reviewer: str
) -> None:
    """Let what a question finds in a call be what its answer says now: a rule, or nothing.

    Raises ``AppealRefusedError`` where the agent has contested it, ``TakenError`` where somebody was
    quicker.
    """
    place = place_of_answer(about.question)
    own = [one for one in of_calls(connection, [about.call_id]) if one.place == place]
    now = Review(
        call_id=about.call_id,
        reviewer=reviewer,
        verdict=Verdict.MISSED,
        rule_id=rule_id,
        turn=where.turn,
        start=where.start,
        end=where.end,
        comment=where.comment,
        reason=BY_ANSWER,
    )
    standing = _last_fault(own)
    if _alike(standing, now):
        return
    _refuse_contested(connection, about.call_id, place)
    if any(one.review.reason == BY_WHOLE for one in own):
        raise AppealRefusedError("客服就整通的评分申诉过，这一处已有裁定，答案不能再改")
    seen = own[-1].number if own else 0
    if standing is not None:
        back = replace(standing, reviewer=reviewer, verdict=Verdict.WRONG, comment="", at=None)
        seen = say(connection, back, date=about.date, place=place, seen=seen).number
    if rule_id:
        say(connection, now, date=about.date, place=place, seen=seen)


def _last_fault(own: list[Said]) -> Review | None:
    """What the last answer found, unless it was taken back or an appeal was granted."""
    found = None
    for one in own:
        if one.review.verdict is Verdict.MISSED:
            found = one.review
        elif one.review.verdict is Verdict.WRONG:
            found = None
    return found


def _alike(standing: Review | None, now: Review) -> bool:
    if standing is None:
        return not now.rule_id
    return (standing.rule_id, standing.turn, standing.start, standing.comment) == (
        now.rule_id,
        now.turn,
        now.start,
        now.comment,
    )


def _refuse_contested(connection: Connection, call_id: str, place: str) -> None:
    """An appeal is decided by whoever hears it, and not by another answer."""
    contested = [a for a in appeals(connection, call_id=call_id) if a.about.place == place]
    if any(one.state != "withdrawn" for one in contested):
        raise AppealRefusedError("客服已就这一处申诉，由裁定来定，答案不能再改")
