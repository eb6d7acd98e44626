"""The places of a call that people speak of: its findings, and what somebody found missed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from pipeline.records import Outcome, Review, Seconds, Status, Verdict
from pipeline.review.accounts import Duty
from pipeline.review.acknowledged import Acknowledgement, Nod, last_words, may_say
from pipeline.review.appeals import Appeal, Contested, Hand, appeals, may_decide, until
from pipeline.review.said import WHOLE_CALL, Said, of_calls, place_of
from pipeline.review.standing import Standing, place_in, standing_of
from pipeline.review.verdicts import REVIEWS, read_reviews, work_lists
from pipeline.review.whole import fallen
from pipeline.serve.chosen import holders
from pipeline.store.queries import in_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.review.accounts import User
    from pipeline.serve.desk import Desk
    from pipeline.serve.live import Called, Live
    from pipeline.store.queries import Conversation
    from pipeline.store.schema import CallRow, FindingRow


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A place of which people speak; ``seen`` is the number of the last word on it.

    ``charged``: it costs points as things stand.
    """

    place: str
    seen: int
    rule_id: str
    turn: int | None
    start: Seconds | None
    end: Seconds | None
    quote: str
    said: Sequence[Said]
    charged: bool
    appeal: Appeal | None = None
    hand: Hand | None = None
    """To whom the appeal is handed, while he may decide it."""

    @property
    def last(self) -> Said | None:
        """The last word."""
        return self.said[-1] if self.said else None

    @property
    def reviewers(self) -> set[str]:
        """Who has spoken of it."""
        return {one.review.reviewer for one in self.said}

    @property
    def confirmed_by(self) -> str:
        """Who first confirmed it, found it or looked through it; empty for the machine alone."""
        firm = {Verdict.STANDS, Verdict.MISSED, Verdict.DONE}
        return next((s.review.reviewer for s in self.said if s.review.verdict in firm), "")

    def as_contested(self, called: Called) -> Contested:
        """What an appeal against it is about."""
        return Contested(
            call_id=called.call_id,
            date=called.date,
            agent_id=called.agent_id,
            team=called.team,
            place=self.place,
            rule_id=self.rule_id,
            turn=self.turn,
            start=self.start,
            end=self.end,
            quote=self.quote,
            reviewer=self.confirmed_by,
        )

    def contested_until(self, called: Called, days: int) -> date | None:
        """The last day on which its agent may contest it; None where there is nothing to contest."""
        if not self.charged or self.appeal is not None:
            return None
        return until(called.date, [one.review for one in self.said], days)

    @property
    def is_contested(self) -> bool:
        """Whether an appeal against it waits or was decided."""
        return self.appeal is not None and self.appeal.state != "withdrawn"

    def may_decide(self, user: User) -> bool:
        """Whether somebody may decide the appeal against it."""
        others = self.hand is not None and self.hand.person != user.name
        if self.appeal is None or (others and user.duty is not Duty.OWNER):
            return False
        return may_decide(self.appeal, user, self.reviewers)


@dataclass(frozen=True, kw_only=True)
class Spots:
    """A call's places: ``found`` in the order of its page, then what was found missed.

    ``whole`` is its evaluation as one that is contested, of which all is said that is said of the call;
    ``fallen`` are the places that fell by such an appeal. ``nod`` is its agent's last word on it,
    ``spoken`` all that people have said of it.
    """

    found: Sequence[Spot]
    missed: Sequence[Spot]
    whole: Spot
    fallen: Sequence[Spot]
    standing: Standing
    scored: bool
    nod: Acknowledgement | None
    spoken: Sequence[Review]

    def at(self, place: str) -> Spot | None:
        """The spot of a place that people judge."""
        return next((one for one in (*self.found, *self.missed) if one.place == place), None)

    @property
    def contested(self) -> Sequence[Spot]:
        """All that can be contested: every place, and the whole."""
        return (*self.found, *self.missed, self.whole)

    @property
    def may_fall(self) -> Sequence[Spot]:
        """What an appeal against the whole can let fall, or has: nothing that is contested singly."""
        every = (*self.found, *self.missed)
        free = [s for s in every if s.charged and s.place and not s.is_contested]
        return (*free, *self.fallen)

    @property
    def nods(self) -> frozenset[Nod]:
        """What its agent may say of it: something, where it has a score and findings."""
        if not (self.scored and (self.found or self.missed)):
            return frozenset()
        return may_say(self.nod, self.spoken)

    @property
    def renewed(self) -> bool:
        """Whether people have said more of it since its agent's word."""
        return self.nod is not None and self.nod.before(self.spoken)

    @property
    def left(self) -> int:
        """Findings of which nobody has said anything."""
        return sum(not one.said for one in self.found)


def spots_of(desk: Desk, one: Conversation) -> Spots:
    """The places of a call, with all that was said of them."""
    live, call = desk.live, one.call
    said = opinions(desk, [call.call_id]).get(call.call_id, [])
    kept = live.library(call.rubric, call.rubric_version).rubric
    stands = standing_of(call, one.findings, said, kept)
    contested = _appeals(desk, call.call_id)
    number = {id(row): index for index, row in enumerate(one.findings)}
    on = {place_in(one.findings, _as_review(a.about)): a for a in contested}
    by_place = {a.about.place: a for a in contested}
    found = [
        _spot_of_finding(row, stands.said.get(number[id(row)], ()), on.get(number[id(row)]))
        for row in in_order(one.findings)
    ]
    missed = [_spot_of_missed(last, said, by_place.get(last.place)) for last in stands.missed]
    costs = call.status == Status.SCORED and any(s.charged for s in (*found, *missed))
    held = holders(desk, contested)
    return Spots(
        found=[held(one) for one in found],
        missed=[held(one) for one in missed],
        whole=held(_of_whole(said, by_place.get(WHOLE_CALL), costs=costs and not stands.excluded)),
        fallen=_fallen(found, said),
        standing=stands,
        scored=call.status == Status.SCORED,
        nod=_nod(desk, call),
        spoken=[one.review for one in said],
    )


def _nod(desk: Desk, call: CallRow) -> Acknowledgement | None:
    if desk.database is None:
        return None
    with desk.database.reading() as connection:
        return last_words(connection, [call.call_id]).get((call.call_id, call.agent_id))


def _appeals(desk: Desk, call_id: str) -> list[Appeal]:
    if desk.database is None:
        return []
    with desk.database.reading() as connection:
        return appeals(connection, call_id=call_id)


def _as_review(about: Contested) -> Review:
    return Review(
        call_id=about.call_id,
        reviewer="",
        verdict=Verdict.CANNOT_TELL,
        rule_id=about.rule_id,
        turn=about.turn,
        start=about.start,
        end=about.end,
        quote=about.quote,
    )


def _spot_of_finding(row: FindingRow, said: Sequence[Said], appeal: Appeal | None) -> Spot:
    """A finding's place: that of what was said of it in the application, or a new one."""
    own = [one for one in said if one.number]
    last = said[-1].review.verdict if said else None
    costs = last is Verdict.STANDS if row.outcome == Outcome.REVIEW else last is not Verdict.WRONG
    return Spot(
        place=own[-1].place if own else place_of(row.rule_id, row.turn, row.start_s, row.quote),
        seen=own[-1].number if own else 0,
        rule_id=row.rule_id,
        turn=row.turn,
        start=row.start_s,
        end=row.end_s,
        quote=row.quote,
        said=said,
        charged=costs,
        appeal=appeal,
    )


def _spot_of_missed(last: Said, said: Sequence[Said], appeal: Appeal | None) -> Spot:
    review = last.review
    own = [one for one in said if last.place and one.place == last.place]
    return Spot(
        place=last.place,
        seen=own[-1].number if own else 0,
        rule_id=review.rule_id,
        turn=review.turn,
        start=review.start,
        end=review.end,
        quote="",
        said=own or [last],
        charged=True,
        appeal=appeal,
    )


def _of_whole(said: Sequence[Said], appeal: Appeal | None, *, costs: bool) -> Spot:
    """The evaluation as one, of which whoever has spoken of the call has spoken."""
    return Spot(
        place=WHOLE_CALL,
        seen=0,
        rule_id="",
        turn=None,
        start=None,
        end=None,
        quote="",
        said=said,
        charged=costs,
        appeal=appeal,
    )


def _fallen(found: Sequence[Spot], said: Sequence[Said]) -> list[Spot]:
    """What fell by an appeal against the whole; a fault that was found missed is no spot any more."""
    gone = fallen(said)
    there = {one.place: one for one in found}
    return [
        there.get(place) or replace(_spot_of_missed(one, said, None), charged=False)
        for place, one in gone.items()
        if place != WHOLE_CALL
    ]


def opinions(desk: Desk, call_ids: Sequence[str]) -> dict[str, list[Said]]:
    """By call: what people said, in the order in which it counts."""
    wanted = set(call_ids)
    first, last = _of_tables(desk.live)
    said = [one for one in first if one.review.call_id in wanted]
    if desk.database is not None:
        with desk.database.reading() as connection:
            said += of_calls(connection, call_ids)
    said += [one for one in last if one.review.call_id in wanted]
    found: dict[str, list[Said]] = {}
    for one in said:
        found.setdefault(one.review.call_id, []).append(one)
    return found


def spoken_of(desk: Desk, contested: Sequence[Appeal]) -> dict[int, set[str]]:
    """By the number of an appeal: who has given verdicts on what is contested."""
    said = opinions(desk, [one.about.call_id for one in contested])
    return {
        one.number: {
            word.review.reviewer
            for word in said.get(one.about.call_id, ())
            if one.about.whole or word.place == one.about.place
        }
        for one in contested
    }


_Tables = tuple[list[Said], list[Said]]
_read: dict[tuple[object, ...], _Tables] = {}
"""What the tables of verdicts held when they were last looked at."""


def _of_tables(live: Live) -> _Tables:
    """The verdicts of the filled-in work lists, and those of ``reviews.csv``."""
    lists, last = work_lists(live.out), live.out / REVIEWS
    key = tuple(_state_of_file(path) for path in (*lists, last))
    if key not in _read:
        _read.clear()
        own = [Said(review=r) for path in lists for r in read_reviews(path)]
        _read[key] = own, [Said(review=r) for r in read_reviews(last)]
    return _read[key]


def _state_of_file(path: Path) -> tuple[str, int, int]:
    if not path.is_file():
        return str(path), 0, 0
    stat = path.stat()
    return str(path), stat.st_mtime_ns, stat.st_size


def done_calls(opinions: Mapping[str, Sequence[Said]]) -> set[str]:
    """The calls that somebody has looked through, or said not to count."""
    whole = {Verdict.DONE, Verdict.EXCLUDED}
    return {c for c, said in opinions.items() if any(s.review.verdict in whole for s in said)}
