"""An inspector's answers to the house's own questions, each on the disk before it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.records import AnswerKind
from pipeline.review import audit
from pipeline.review.answered import About, give
from pipeline.review.said import TakenError
from pipeline.serve.call import called_of, heard, refuse_barred
from pipeline.serve.desk import WrongError, answer
from pipeline.serve.questions import questions_of, unanswered
from pipeline.serve.reviewing import LONGEST, number_seen

if TYPE_CHECKING:
    from starlette.responses import Response

    from pipeline.serve.desk import Asked
    from pipeline.serve.questions import Question
    from pipeline.store.schema import CallRow


def say(asked: Asked) -> Response:
    """An answer; 409, with what was answered, where somebody else has spoken since he looked."""
    called = called_of(asked)
    refuse_barred(asked, called)
    call = heard(asked, called).call
    question = _question(asked, call)
    words = _words(asked, question)
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
            where, told = f"{called.date} {called.call_id}", _told(question, words)
            address = asked.visitor.address
            audit.note(connection, asked.user.name, audit.ANSWERED, where, told, address)
    except TakenError:
        return answer({"taken": True, **_standing(asked, call, question.id)}, 409)
    return answer(_standing(asked, call, question.id))


def _question(asked: Asked, call: CallRow) -> Question:
    wanted, own = asked.form.get("question", ""), questions_of(asked.desk, call)
    found = next((one for one in own if one.asked and one.id == wanted), None)
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


def _told(question: Question, words: str) -> str:
    """What the log says: nothing that was written, for no purge reaches it there."""
    return f"{question.id} {words}" if question.kind is AnswerKind.CHOICE else question.id


def _standing(asked: Asked, call: CallRow, question: str) -> dict[str, object]:
    """How a question stands, for its page's script."""
    own = questions_of(asked.desk, call)
    one = next(q for q in own if q.id == question)
    return {
        "seen": one.seen,
        "answer": one.given.words if one.given else "",
        "who": one.given.reviewer if one.given else "",
        "left": len(unanswered(own)),
    }
