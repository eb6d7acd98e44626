"""What follows of an appeal against a call's evaluation: findings that fall, or that it counts nowhere.

No number is given: a finding that falls is rejected as if it had been contested by itself, and the score
after people follows. Where the norm owner then decides otherwise, what fell stands again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.records import Review, Verdict
from pipeline.review.accounts import Duty
from pipeline.review.appeals import Step, write_step
from pipeline.review.said import WHOLE_CALL, of_calls, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from pipeline.review.accounts import User
    from pipeline.review.appeals import Appeal, Contested
    from pipeline.review.said import Said

BY_WHOLE = "appeal_whole"
"""The reason of a verdict that follows of a decision on an appeal against the whole evaluation."""


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What a decision changes: the findings that fall, or that the call is ``excluded``; or nothing."""

    falls: Sequence[Contested] = ()
    excluded: bool = False

    @property
    def granted(self) -> bool:
        """Whether it upholds the appeal."""
        return self.excluded or bool(self.falls)


def fallen(said: Iterable[Said]) -> dict[str, Said]:
    """By place: the last word, where it let a finding fall or left the call out by such an appeal."""
    last = {one.place: one for one in said if one.place}
    gone = {Verdict.WRONG, Verdict.EXCLUDED}
    return {
        place: one
        for place, one in last.items()
        if one.review.reason == BY_WHOLE and one.review.verdict in gone
    }


def decide_whole(
    connection: Connection, appeal: Appeal, user: User, ruling: Ruling, comment: str
) -> None:
    """Decide such an appeal, with the verdicts of it; ``AppealRefusedError`` as ``decide``."""
    step = Step.GRANTED if ruling.granted else Step.REFUSED
    final = user.duty is Duty.OWNER
    number = appeal.last.number + 1
    write_step(connection, appeal.number, number, step, user, comment, final=final)
    about = appeal.about
    own = of_calls(connection, [about.call_id])
    for place, word in _words(own, about.call_id, ruling).items():
        review = replace(word, reviewer=user.name, reason=BY_WHOLE, comment=comment, at=None)
        seen = max((one.number for one in own if one.place == place), default=0)
        say(connection, review, date=about.date, place=place, seen=seen)


def _words(own: Sequence[Said], call_id: str, ruling: Ruling) -> Mapping[str, Review]:
    """By place: what is to be said anew, of what falls now and of what fell before and stands again."""
    wanted = {one.place: _falls(one) for one in ruling.falls}
    if ruling.excluded:
        wanted = {WHOLE_CALL: Review(call_id=call_id, reviewer="", verdict=Verdict.EXCLUDED)}
    before = fallen(own)
    new = {place: word for place, word in wanted.items() if place not in before}
    back = {place: _again(own, one) for place, one in before.items() if place not in wanted}
    return {**back, **new}


def _falls(about: Contested) -> Review:
    return Review(
        call_id=about.call_id,
        reviewer="",
        verdict=Verdict.WRONG,
        rule_id=about.rule_id,
        turn=about.turn,
        start=about.start,
        end=about.end,
        quote=about.quote,
    )


def _again(own: Iterable[Said], one: Said) -> Review:
    """The word by which what fell stands again: a call counts, what was found missed was missed."""
    if one.place == WHOLE_CALL:
        return replace(one.review, verdict=Verdict.DONE)
    said = {s.review.verdict for s in own if s.place == one.place}
    missed = Verdict.MISSED in said
    return replace(one.review, verdict=Verdict.MISSED if missed else Verdict.STANDS)
