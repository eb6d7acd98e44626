"""An inspector's answers to the house's own questions, each on the disk before it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.records import AnswerKind
from pipeline.review import audit
from pipeline.review.answered import About, give
from pipeline.review.appeals import AppealRefusedError
from pipeline.review.found import Evidence, place_of_answer, settle
from pipeline.review.said import TakenError
from pipeline.serve.call import called_of, conversation, refuse_barred
from pipeline.serve.desk import WrongError, answer
from pipeline.serve.questions import questions_of, without_answer
from pipeline.serve.reviewing import LONGEST, number_seen
from pipeline.serve.spots import spots_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from pipeline.serve.desk import Asked
    from pipeline.serve.questions import Question
    from pipeline.store.queries import Conversation


def say(asked: Asked) -> Response:
    """An answer; 409, with what was answered, where somebody else has spoken since he looked."""
    called = called_of(asked)
    refuse_barred(asked, called)
    one = conversation(asked, called)
    question = _question(asked, one)
    words = _words(asked, question)
    where = _evidence(asked, one, costs=words in question.finds)
    about = About(
        call_id=called.call_id,
        date=called.date,
        agent_id=called.agent_id,
        question=question.id,
        kind=question.kind,
    )
    try:
        with asked.desk.open.writing() as connection:
            give(connection, about, words, asked.user.name, seen=number_seen(asked.form))
            settle(connection, about, question.finds.get(words, ""), where, asked.user.name)
            on, told = f"{called.date} {called.call_id}", _for_the_log(question, words)
            address = asked.visitor.address
            audit.note(connection, asked.user.name, audit.ANSWERED, on, told, address)
    except TakenError:
        return answer({"taken": True, **_state_of_question(asked, one, question.id)}, 409)
    except AppealRefusedError as error:
        raise WrongError(409, f"{error}。") from error
    return answer(_state_of_question(asked, one, question.id))


def _question(asked: Asked, one: Conversation) -> Question:
    wanted, own = asked.form.get("question", ""), questions_of(asked.desk, one)
    found = next((q for q in own if q.asked and q.id == wanted), None)
    if found is None:
        raise WrongError(400, "这通电话没有问这个问题。")
    return found


def _words(asked: Asked, question: Question) -> str:
    words = asked.form.get("answer", "").strip()
    if question.choices and words not in question.choices:
        raise WrongError(400, "没有这种答案。")
    if len(words) > LONGEST:
        raise WrongError(400, "写得太长。")
    return words


def _evidence(asked: Asked, one: Conversation, *, costs: bool) -> Evidence:
    """Where he points at, and what he writes of it; only what costs points has any."""
    comment, turn = asked.form.get("comment", "").strip(), asked.form.get("turn", "")
    if len(comment) > LONGEST:
        raise WrongError(400, "说明太长。")
    if not costs:
        return Evidence()
    if not turn:
        return Evidence(comment=comment)
    found = next((t for t in one.turns if str(t.turn) == turn), None)
    if found is None:
        raise WrongError(400, "没有这段话。")
    return Evidence(turn=found.turn, start=found.start_s, end=found.end_s, comment=comment)


def _for_the_log(question: Question, words: str) -> str:
    """What the log says: nothing that was written, for no purge reaches it there."""
    if question.kind is AnswerKind.TEXT:
        return question.id
    return f"{question.id} {words} {question.finds.get(words, '')}".strip()


def _state_of_question(asked: Asked, one: Conversation, question: str) -> dict[str, object]:
    """How a question stands, and the call, for its page's script."""
    own, spots = questions_of(asked.desk, one), spots_of(asked.desk, one)
    given = next(q for q in own if q.id == question)
    norms = asked.live.library(one.call.rubric, one.call.rubric_version)
    found = spots.at(place_of_answer(question))
    return {
        "seen": given.seen,
        "answer": given.given.words if given.given else "",
        "who": given.given.reviewer if given.given else "",
        "charged": norms.rule(found.rule_id) if found else "",
        "left": len(without_answer(own)),
        "final": spots.standing.final,
        "excluded": spots.standing.excluded,
    }
