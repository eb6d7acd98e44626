"""The house's own questions of a call, each with its last answer: those that are asked, then others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.records import AnswerKind
from pipeline.review.answered import Answer, answered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.serve.desk import Desk
    from pipeline.settings import QuestionSettings
    from pipeline.store.schema import CallRow


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question of one call; ``asked``: it may be answered now, and not only have been.

    ``choices`` are empty where whoever answers writes a sentence; ``seen`` is the number of the last
    answer, ``given`` that answer unless it was taken back.
    """

    id: str
    text: str
    choices: Sequence[str]
    required: bool
    asked: bool
    seen: int
    given: Answer | None

    @property
    def kind(self) -> AnswerKind:
        """How it is answered."""
        return AnswerKind.CHOICE if self.choices else AnswerKind.TEXT


def questions_of(desk: Desk, call: CallRow) -> list[Question]:
    """The questions of a call: in the settings' order, then what is not asked any more."""
    review, last = desk.settings.review, _answers(desk, call.call_id)
    asked = review.asked_of(call.rubric)
    own = [_asked(one, last.get(one.id)) for one in asked]
    gone = {id_: one for id_, one in last.items() if id_ not in {one.id for one in asked}}
    return [*own, *(_gone(review.titles.get(id_, id_), one) for id_, one in gone.items())]


def unanswered(questions: Iterable[Question]) -> list[Question]:
    """Those that are asked and have no answer."""
    return [one for one in questions if one.asked and one.given is None]


def _answers(desk: Desk, call_id: str) -> Mapping[str, Answer]:
    if desk.database is None:
        return {}
    with desk.database.reading() as connection:
        found = answered(connection, [call_id])
    return {question: one for (_, question), one in found.items()}


def _asked(one: QuestionSettings, last: Answer | None) -> Question:
    return Question(
        id=one.id,
        text=one.text,
        choices=one.answers,
        required=one.required,
        asked=True,
        seen=last.number if last else 0,
        given=last if last and last.words else None,
    )


def _gone(text: str, last: Answer) -> Question:
    return Question(
        id=last.about.question,
        text=text,
        choices=(),
        required=False,
        asked=False,
        seen=last.number,
        given=last if last.words else None,
    )
