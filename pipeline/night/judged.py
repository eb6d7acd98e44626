"""What people said of findings, beside the words that they said it of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.figures.record import latest
from pipeline.records import Role, Verdict
from pipeline.store.parts import FindingPlace, TurnSaid
from pipeline.store.schema import ReviewRow
from pipeline.text.normal import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.store.files import Store


@dataclass(frozen=True, kw_only=True)
class JudgedPlace:
    """A finding that a person judged, or one that was missed: its words, the turn's, its length, s.

    ``role`` says the turn, ``before`` is what the other side said before it; ``message`` is what the
    finding said, empty where it is not there any more.
    """

    row: ReviewRow
    role: Role
    quote: str
    text: str
    before: str
    seconds: float | None
    message: str = ""

    @property
    def rejected(self) -> bool:
        """Whether it did not stand."""
        return self.row.verdict is Verdict.WRONG

    @property
    def stood(self) -> bool:
        """Whether it did, or was there and missed."""
        return self.row.verdict in {Verdict.STANDS, Verdict.MISSED}

    @property
    def missed(self) -> bool:
        """Whether the machine did not have it."""
        return self.row.verdict is Verdict.MISSED


@dataclass(frozen=True)
class Judged:
    """Everything that people said of findings, by rule, and what was said in the calls they heard whole.

    ``heard``: by role, the turns of these calls in which nobody found anything missed; ``said``: by
    call of which anybody said anything, the agent's turns. Both are normal forms.
    """

    places: Mapping[str, Sequence[JudgedPlace]]
    heard: Mapping[Role, Sequence[str]] = field(default_factory=dict)
    said: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Verdicts, but for those on whole calls."""
        return sum(map(len, self.places.values()))


def people_said(store: Store) -> Judged:
    """What people said, from the tables."""
    places: dict[str, list[JudgedPlace]] = defaultdict(list)
    heard: dict[Role, list[str]] = defaultdict(list)
    said: dict[str, list[str]] = {}
    for date in store.table_dates(ReviewRow):
        rows = store.read(ReviewRow, date)
        called = {row.call_id for row in rows}
        turns = _turns(store, date, called)
        found = {
            (f.call_id, f.rule_id, f.turn): f
            for f in store.read(FindingPlace, date, {"call_id": called})
        }
        last = latest(rows)
        for row in last:
            places[row.rule_id].append(_place(row, turns[row.call_id], found))
        missed = {(r.call_id, r.turn) for r in last if r.verdict is Verdict.MISSED}
        for call_id in sorted({r.call_id for r in rows if r.verdict is Verdict.DONE}):
            for number, turn in turns[call_id].items():
                if (call_id, number) not in missed:
                    heard[turn.role].append(normalise(turn.text).text)
        for call_id, own in turns.items():
            agents = (turn.text for turn in own.values() if turn.role is Role.AGENT)
            said[call_id] = [normalise(text).text for text in agents]
    return Judged(places, heard, said)


def _turns(store: Store, date: str, called: set[str]) -> dict[str, dict[int, TurnSaid]]:
    found: dict[str, dict[int, TurnSaid]] = defaultdict(dict)
    for turn in store.read(TurnSaid, date, {"call_id": called}):
        found[turn.call_id][turn.turn] = turn
    return found


def _place(
    row: ReviewRow,
    turns: Mapping[int, TurnSaid],
    found: Mapping[tuple[str, str, int | None], FindingPlace],
) -> JudgedPlace:
    own = turns.get(row.turn) if row.turn is not None else None
    finding = found.get((row.call_id, row.rule_id, row.turn))
    earlier = [t for t in turns.values() if own and t.end_s <= own.start_s and t.role != own.role]
    return JudgedPlace(
        row=row,
        role=own.role if own else Role.UNKNOWN,
        quote=row.quote,
        text=own.text if own else "",
        before=max(earlier, key=lambda t: t.end_s).text if earlier else "",
        seconds=_length(finding),
        message=finding.message if finding else "",
    )


def _length(finding: FindingPlace | None) -> float | None:
    if finding is None or finding.start_s is None or finding.end_s is None:
        return None
    return finding.end_s - finding.start_s
