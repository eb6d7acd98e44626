"""How often each answer was given to a question of the house's own."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.shares import Share, share
from pipeline.records import AnswerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pipeline.store.schema import AnswerRow, CallRow


@dataclass(frozen=True, kw_only=True)
class Given:
    """An answer, and whose the call is that it is about."""

    question: str
    kind: AnswerKind
    answer: str
    agent_id: str
    agent_name: str
    team: str
    queue: str
    shift: str


@dataclass(frozen=True, kw_only=True)
class AnswerShares:
    """The answers to one question: of those that were chosen each one's share; ``written`` in words.

    ``name`` is whose calls they are about: a team's or an agent's; empty for all.
    """

    name: str
    shares: Mapping[str, Share]
    written: int

    @property
    def chosen(self) -> int:
        """How many calls have an answer that was chosen."""
        return sum(one.count for one in self.shares.values())


def given_answers(rows: Iterable[AnswerRow], calls: Iterable[CallRow]) -> list[Given]:
    """The answers about these calls; one about a call that is not among them is left out."""
    by_id = {call.call_id: call for call in calls}
    return [_given_answer(row, by_id[row.call_id]) for row in rows if row.call_id in by_id]


def _given_answer(row: AnswerRow, call: CallRow) -> Given:
    return Given(
        question=row.question,
        kind=row.kind,
        answer=row.answer,
        agent_id=call.agent_id,
        agent_name=call.agent_name,
        team=call.team,
        queue=call.queue,
        shift=call.shift,
    )


def count(answers: Iterable[Given], name: str = "") -> AnswerShares:
    """The answers to one question, counted."""
    own = list(answers)
    chosen = Counter(one.answer for one in own if one.kind is AnswerKind.CHOICE)
    shares = {answer: share(n, chosen.total()) for answer, n in chosen.items()}
    return AnswerShares(
        name=name,
        shares={answer: one for answer, one in shares.items() if one is not None},
        written=len(own) - chosen.total(),
    )


def counted_by(answers: Iterable[Given], name: Callable[[Given], str]) -> Sequence[AnswerShares]:
    """The answers to one question, counted for each name, the most first."""
    grouped: dict[str, list[Given]] = defaultdict(list)
    for one in answers:
        grouped[name(one)].append(one)
    found = [count(own, key) for key, own in grouped.items()]
    return sorted(found, key=lambda one: (-one.chosen - one.written, one.name))
