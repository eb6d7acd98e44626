"""Appeals against a finding or a whole evaluation: others decide, the norm owner has the last word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from pipeline.errors import CallqaError
from pipeline.records import Review, Verdict
from pipeline.review.accounts import Duty, User
from pipeline.review.database import APPEAL_HANDS, APPEAL_STEPS, APPEALS, now
from pipeline.review.rated import there
from pipeline.review.said import WHOLE_CALL, of_calls, read_by_night, say
from pipeline.store.schema import AppealRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Row

    from pipeline.records import Seconds
    from pipeline.settings import Settings


DECIDED = "appeal"
"""The reason of a verdict that follows of a decision on an appeal."""


class Ground(StrEnum):
    """Why a finding is contested; ``whole``: it is no finding, but the evaluation of the call."""

    NOT_SAID = "not_said"
    MISHEARD = "misheard"
    EXCEPTION = "exception"
    BAD_SOUND = "bad_sound"
    """Nobody can be judged by what is heard: granted, the whole call does not count."""
    OTHER = "other"
    WHOLE = "whole"
    """Why, his own words say."""


class Step(StrEnum):
    """What happens to an appeal."""

    CONTESTED = "contested"
    GRANTED = "granted"
    REFUSED = "refused"
    AGAIN = "again"
    """The agent asks the owner of the norms."""
    WITHDRAWN = "withdrawn"
    """The agent takes it back: that is the end of it."""


class AppealRefusedError(CallqaError):
    """An appeal, or a decision on one, that cannot be."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """One step of an appeal."""

    number: int
    step: Step
    name: str
    comment: str
    final: bool
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Hand:
    """That an appeal was handed to a ``person``, by ``name``; to nobody: it is open to all again."""

    number: int
    person: str
    name: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Contested:
    """What an appeal is about; ``reviewer`` first confirmed or found it, empty for the machine alone.

    One of the whole evaluation is about no rule, and its place is that of the call.
    """

    call_id: str
    date: str
    agent_id: str
    team: str
    place: str
    rule_id: str
    turn: int | None
    start: Seconds | None
    end: Seconds | None
    quote: str
    reviewer: str = ""

    @property
    def whole(self) -> bool:
        """Whether it is the call's evaluation as a whole."""
        return self.place == WHOLE_CALL


@dataclass(frozen=True, kw_only=True)
class Appeal:
    """An appeal with its steps, the first of which contested it, and to whom it was handed last."""

    number: int
    about: Contested
    ground: Ground
    steps: Sequence[Done]
    hand: Hand | None = None

    @property
    def last(self) -> Done:
        """The step that counts."""
        return self.steps[-1]

    @property
    def open(self) -> bool:
        """Whether somebody has to decide."""
        return self.last.step in {Step.CONTESTED, Step.AGAIN}

    @property
    def undecided(self) -> bool:
        """Whether nobody has decided it yet, and its agent may take it back."""
        return self.last.step is Step.CONTESTED

    @property
    def state(self) -> str:
        """``open``, ``granted``, ``refused`` or ``withdrawn``."""
        return "open" if self.open else str(self.last.step)

    @property
    def decision(self) -> Done | None:
        """The last decision."""
        decided = [one for one in self.steps if one.step in {Step.GRANTED, Step.REFUSED}]
        return decided[-1] if decided else None


def until(call_date: str, spoken: Sequence[Review], days: int) -> date:
    """The last day on which a finding may be contested: counted from the call, or the last verdict."""
    said = [one.at.astimezone().date() for one in spoken if one.at is not None]
    return max([date.fromisoformat(call_date), *said]) + timedelta(days=days)


def contest(
    connection: Connection, about: Contested, ground: Ground, user: User, comment: str
) -> int:
    """Contest something: the appeal's number; ``AppealRefusedError`` where it is contested already."""
    values = {
        "call_id": about.call_id,
        "date": about.date,
        "agent_id": about.agent_id,
        "team": about.team,
        "place": about.place,
        "rule_id": about.rule_id,
        "turn": about.turn,
        "start_s": about.start,
        "end_s": about.end,
        "quote": about.quote,
        "reason": ground,
        "reviewer": about.reviewer,
    }
    try:
        made = connection.execute(APPEALS.insert().values(values))
    except IntegrityError as error:
        raise AppealRefusedError("已经申诉过，不能再申诉。") from error
    (number,) = made.inserted_primary_key or (0,)
    write_step(connection, number, 1, Step.CONTESTED, user, comment, final=False)
    return int(number)


def again(connection: Connection, appeal: Appeal, user: User, comment: str, days: int) -> None:
    """Ask the owner of the norms about a refusal; ``AppealRefusedError`` where that cannot be."""
    late = datetime.now(UTC) > appeal.last.at + timedelta(days=days)
    if appeal.last.step is not Step.REFUSED or appeal.last.final or late:
        raise AppealRefusedError("这一处不能再申诉")
    number = appeal.last.number + 1
    write_step(connection, appeal.number, number, Step.AGAIN, user, comment, final=False)


def withdraw(connection: Connection, appeal: Appeal, user: User, comment: str) -> None:
    """Take an appeal back that nobody has decided; ``AppealRefusedError`` where somebody has."""
    if not appeal.undecided:
        raise AppealRefusedError("这件申诉已经处理过")
    number = appeal.last.number + 1
    write_step(connection, appeal.number, number, Step.WITHDRAWN, user, comment, final=True)


def may_decide(appeal: Appeal, user: User, spoken: Collection[str]) -> bool:
    """Whether somebody may decide an appeal; ``spoken`` have given verdicts on what is contested."""
    if appeal.last.final:
        return False
    if user.duty is Duty.OWNER:
        return True
    judges = user.duty in {Duty.INSPECTOR, Duty.LEAD}
    return judges and appeal.last.step is Step.CONTESTED and user.name not in spoken


def decide(
    connection: Connection, appeal: Appeal, user: User, *, granted: bool, comment: str
) -> None:
    """Decide an appeal against a finding, with the verdict that follows of it."""
    step = Step.GRANTED if granted else Step.REFUSED
    final = user.duty is Duty.OWNER
    number = appeal.last.number + 1
    write_step(connection, appeal.number, number, step, user, comment, final=final)
    about, bad = appeal.about, appeal.ground is Ground.BAD_SOUND
    if bad and not granted and appeal.decision is None:
        return
    own = of_calls(connection, [about.call_id])
    place = WHOLE_CALL if bad else about.place
    seen = max((one.number for one in own if one.place == place), default=0)
    say(connection, _verdict(about, user, comment, bad=bad, granted=granted), date=about.date,
        place=place, seen=seen)  # fmt: skip


def _verdict(about: Contested, user: User, comment: str, *, bad: bool, granted: bool) -> Review:
    """What a decision says of the finding, or, where the sound is bad, of the call."""
    if bad:
        verdict = Verdict.EXCLUDED if granted else Verdict.DONE
        return Review(
            call_id=about.call_id,
            reviewer=user.name,
            verdict=verdict,
            reason=DECIDED,
            comment=comment,
        )
    return Review(
        call_id=about.call_id,
        reviewer=user.name,
        verdict=Verdict.WRONG if granted else Verdict.STANDS,
        rule_id=about.rule_id,
        turn=about.turn,
        start=about.start,
        end=about.end,
        quote=about.quote,
        reason=DECIDED,
        comment=comment,
    )


def write_step(
    connection: Connection,
    appeal: int,
    number: int,
    step: Step,
    user: User,
    comment: str,
    *,
    final: bool,
) -> None:
    """Write a step down; ``AppealRefusedError`` where somebody was quicker."""
    values = {"step": step, "comment": comment, "name": user.name, "final": final, "at": now()}
    try:
        connection.execute(APPEAL_STEPS.insert().values(appeal=appeal, number=number, **values))
    except IntegrityError as error:
        raise AppealRefusedError("刚刚有人处理了这个申诉") from error


def appeals(connection: Connection, *, call_id: str | None = None) -> list[Appeal]:
    """Every appeal, or those of a call, the oldest first."""
    wanted = select(APPEALS).order_by(APPEALS.c.id)
    steps = select(APPEAL_STEPS).order_by(APPEAL_STEPS.c.appeal, APPEAL_STEPS.c.number)
    if call_id is not None:
        wanted = wanted.where(APPEALS.c.call_id == call_id)
        steps = steps.join(APPEALS, APPEALS.c.id == APPEAL_STEPS.c.appeal).where(
            APPEALS.c.call_id == call_id
        )
    done: dict[int, list[Done]] = {}
    for row in connection.execute(steps):
        done.setdefault(row.appeal, []).append(_as_done(row))
    hands = _last_hands(connection)
    return [_appeal(row, done[row.id], hands.get(row.id)) for row in connection.execute(wanted)]


_HANDED = ("appeal", "number", "person", "name", "at")
"""What there has always been: a night may read a database that is not brought up to date."""


def _last_hands(connection: Connection) -> dict[int, Hand]:
    """By appeal; none in a database of before there were any."""
    if not there(connection, APPEAL_HANDS):
        return {}
    known = select(*(APPEAL_HANDS.c[name] for name in _HANDED)).order_by(APPEAL_HANDS.c.id)
    every = connection.execute(known)
    return {row.appeal: _as_hand(row) for row in every}


def _as_hand(row: Row[tuple[object, ...]]) -> Hand:
    at = datetime.fromisoformat(row.at)
    return Hand(number=row.number, person=row.person, name=row.name, at=at)


def _as_done(row: Row[tuple[object, ...]]) -> Done:
    return Done(
        number=row.number,
        step=Step(row.step),
        name=row.name,
        comment=row.comment,
        final=row.final,
        at=datetime.fromisoformat(row.at),
    )


def _appeal(row: Row[tuple[object, ...]], steps: Sequence[Done], hand: Hand | None) -> Appeal:
    about = Contested(
        call_id=row.call_id,
        date=row.date,
        agent_id=row.agent_id,
        team=row.team,
        place=row.place,
        rule_id=row.rule_id,
        turn=row.turn,
        start=row.start_s,
        end=row.end_s,
        quote=row.quote,
        reviewer=row.reviewer,
    )
    ground = Ground(row.reason)
    return Appeal(number=row.id, about=about, ground=ground, steps=steps, hand=hand)


def rows_by_date(out: Path, settings: Settings) -> dict[str, list[AppealRow]]:
    """By date of the call: one row an appeal."""
    with read_by_night(out, settings) as connection:
        found = appeals(connection)
    dates = dict.fromkeys(one.about.date for one in found)
    return {day: appeal_rows([one for one in found if one.about.date == day]) for day in dates}


def appeal_rows(found: Sequence[Appeal]) -> list[AppealRow]:
    """One row an appeal."""
    return [
        AppealRow(
            call_id=one.about.call_id,
            agent_id=one.about.agent_id,
            rule_id=one.about.rule_id,
            turn=one.about.turn,
            start_s=one.about.start,
            reason=one.ground,
            state=one.state,
            final=one.last.final,
            reviewer=one.about.reviewer,
            decided_by=one.decision.name if one.decision else "",
            contested_at=one.steps[0].at,
            decided_at=one.decision.at if one.decision else None,
        )
        for one in found
    ]
