"""The house's own questions of a call, each with its last answer: those that are asked, then others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.records import ASKED, AnswerKind, Outcome, Status
from pipeline.review.answered import Answer, last_answers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pipeline.serve.desk import Desk
    from pipeline.settings import QuestionSettings
    from pipeline.store.queries import Conversation


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question of one call; ``asked``: it may be answered now, and not only have been.

    ``choices`` are empty where whoever answers writes a sentence; ``seen`` is the number of the last
    answer, ``given`` that answer unless it was taken back; ``finds``: by answer that costs points in
    this call, the rule that takes them.
    """

    id: str
    text: str
    choices: Sequence[str]
    required: bool
    asked: bool
    seen: int
    given: Answer | None
    finds: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> AnswerKind:
        """How it is answered."""
        return AnswerKind.CHOICE if self.choices else AnswerKind.TEXT


def questions_of(desk: Desk, one: Conversation) -> list[Question]:
    """The questions of a call: in the settings' order, then what is not asked any more."""
    review, last = desk.settings.review, _answers(desk, one.call.call_id)
    asked, judged = review.asked_of(one.call.rubric), _left_to_people(one)
    own = [_as_question(question, last.get(question.id), judged) for question in asked]
    gone = {id_: one for id_, one in last.items() if id_ not in {one.id for one in asked}}
    return [
        *own,
        *(_withdrawn_question(review.titles.get(id_, id_), one) for id_, one in gone.items()),
    ]


def _left_to_people(one: Conversation) -> set[str]:
    """The rules of which the machine says that people judge them in this call: others cost nothing."""
    return {
        f.rule_id
        for f in one.findings
        if f.kind == ASKED
        and f.outcome is Outcome.NOT_MEASURABLE
        and one.call.status == Status.SCORED
    }


def without_answer(questions: Iterable[Question]) -> list[Question]:
    """Those that are asked and have no answer."""
    return [one for one in questions if one.asked and one.given is None]


def asked_about(questions: Iterable[Question]) -> set[str]:
    """The rules that an answer finds broken."""
    return {rule for one in questions for rule in one.finds.values()}


def _answers(desk: Desk, call_id: str) -> Mapping[str, Answer]:
    if desk.database is None:
        return {}
    with desk.database.reading() as connection:
        found = last_answers(connection, [call_id])
    return {question: one for (_, question), one in found.items()}


def _as_question(one: QuestionSettings, last: Answer | None, judged: Collection[str]) -> Question:
    return Question(
        id=one.id,
        text=one.text,
        choices=one.answers,
        required=one.required,
        asked=True,
        seen=last.number if last else 0,
        given=last if last and last.words else None,
        finds={answer: rule for answer, rule in one.finds.items() if rule in judged},
    )


def _withdrawn_question(text: str, last: Answer) -> Question:
    return Question(
        id=last.about.question,
        text=text,
        choices=(),
        required=False,
        asked=False,
        seen=last.number,
        given=last if last.words else None,
    )
