"""What inspectors answered to the house's own questions in a period, by team and by agent."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.answers import count, counted_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.figures.answers import AnswerShares, Given
    from pipeline.figures.periods import Period
    from pipeline.report.days import Days, Scope
    from pipeline.settings import QuestionSettings


@dataclass(frozen=True, kw_only=True)
class QuestionLine:
    """A question's answers; ``title`` is its id where the settings have it no more.

    ``answers`` are those to choose from, in the settings' order, then others that were given; ``teams``
    are empty where there is one alone, or the page is a team's. ``names`` are the agents' by their ids.
    """

    title: str
    answers: Sequence[str]
    whole: AnswerShares
    teams: Sequence[AnswerShares]
    agents: Sequence[AnswerShares]
    names: Mapping[str, str]


def question_lines(
    days: Days, period: Period, scope: Scope, asked: Sequence[QuestionSettings]
) -> list[QuestionLine]:
    """The questions of which anybody answered any: in the settings' order, then by id."""
    grouped: dict[str, list[Given]] = defaultdict(list)
    for one in days.answers(period, scope):
        grouped[one.question].append(one)
    known = {one.id: one for one in asked}
    order = [*(id_ for id_ in known if id_ in grouped), *sorted(grouped.keys() - known.keys())]
    return [_line(id_, grouped[id_], known.get(id_)) for id_ in order]


def _line(id_: str, own: Sequence[Given], asked: QuestionSettings | None) -> QuestionLine:
    whole = count(own)
    teams = counted_by(own, lambda one: one.team)
    return QuestionLine(
        title=asked.text if asked else id_,
        answers=list(dict.fromkeys([*(asked.answers if asked else ()), *whole.shares])),
        whole=whole,
        teams=teams if len(teams) > 1 else (),
        agents=counted_by(own, lambda one: one.agent_id),
        names={one.agent_id: one.agent_name for one in own},
    )
