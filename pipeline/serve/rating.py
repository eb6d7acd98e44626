"""Calibration in the browser: a rater's sessions, and their calls one by one, blind.

A rater sees the words and hears the sound, and nothing that the machine found or anybody else said.
Once nobody is waited for, the session's page shows how far they agree, and no word changes any more.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from pipeline.judging.reviewed import said_of
from pipeline.records import Judgement
from pipeline.report import names
from pipeline.report.calibration import waiting
from pipeline.report.call import Beside, CallView, call_view
from pipeline.review import audit
from pipeline.review.accounts import Duty
from pipeline.review.calibration import CalibrationSession, is_score, rows_now, sessions
from pipeline.review.rated import RaterWord, rate, words_of
from pipeline.serve import sound
from pipeline.serve.blind import without_verdict
from pipeline.serve.call import called_of, conversation
from pipeline.serve.desk import WrongError, answer, page
from pipeline.serve.people import Subject
from pipeline.serve.unrated import rate_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection
    from starlette.responses import Response

    from pipeline.report.norms import Norms
    from pipeline.serve.desk import Asked
    from pipeline.serve.live import Called, Live
    from pipeline.store.queries import Conversation
    from pipeline.store.schema import RatingRow

RATERS = frozenset({Duty.INSPECTOR, Duty.OWNER, Duty.LEAD})
"""Who rates in the browser, where a session names him."""


@dataclass(frozen=True, kw_only=True)
class CallTask:
    """A call of a session: of so many questions that its rater was ``asked`` he has answered ``said``.

    ``page`` is empty where the call is not published any more.
    """

    call_id: str
    date: str
    page: str
    asked: int
    said: int

    @property
    def open(self) -> bool:
        """Whether there is anything left to say."""
        return self.said < self.asked and bool(self.page)


@dataclass(frozen=True, kw_only=True)
class SessionTask:
    """A session as one of its raters has it; ``waited_for`` are those who have not said everything."""

    session: CalibrationSession
    page: str
    calls: Sequence[CallTask]
    waited_for: Sequence[str]

    @property
    def to_do(self) -> Sequence[CallTask]:
        """The calls that he has not finished."""
        return [one for one in self.calls if one.open]

    @property
    def complete(self) -> bool:
        """Whether nobody is waited for."""
        return not self.waited_for

    def after(self, call_id: str) -> str:
        """The page of the next call that he has not finished; the session's where none is left."""
        at = next((n for n, one in enumerate(self.calls) if one.call_id == call_id), 0)
        left = [one for one in (*self.calls[at + 1 :], *self.calls[:at]) if one.open]
        return left[0].page if left else self.page


@dataclass(frozen=True, kw_only=True)
class RuleAsked:
    """A rule that is asked; ``machine`` is what the machine says of it, where raters are shown that."""

    rule_id: str
    title: str
    section: str
    why: str
    said: Judgement | None
    machine: Judgement | None


@dataclass(frozen=True, kw_only=True)
class RatingView(CallView):
    """A call as a rater sees it; ``machine`` is the machine's score, where raters are shown that."""

    task: SessionTask
    name: str
    number: int
    questions: Sequence[RuleAsked]
    score: float | None
    machine: float | None

    @property
    def left(self) -> int:
        """Questions that he has not answered."""
        return sum(one.said is None for one in self.questions) + (self.score is None)


def subject_of_session(live: Live, parts: Mapping[str, str]) -> Subject | None:
    """Whose a session is: its raters'; that of a call that it does not ask about is nobody's."""
    session = _find(live, parts["session"])
    if session is None or (
        "name" in parts and _call_of_session(live, session, parts["name"]) is None
    ):
        return None
    return Subject(raters=frozenset(session.raters))


def _find(live: Live, name: str) -> CalibrationSession | None:
    return next((s for s in sessions(live.out) if names.safe_name(s.name) == name), None)


def _call_of_session(live: Live, session: CalibrationSession, name: str) -> Called | None:
    """A call of a session by the name of its page; None where it is not published any more."""
    date = next((d for c, d in session.calls.items() if names.safe_name(c) == name), "")
    return live.calls(date).get(name)


def session_of(asked: Asked) -> CalibrationSession:
    """The session that a request is about."""
    found = _find(asked.live, asked.part("session"))
    if found is None:
        raise WrongError(404, "没有这次校准。")
    return found


def _call_of(asked: Asked, session: CalibrationSession) -> Called:
    called = _call_of_session(asked.live, session, asked.part("name"))
    if called is None:
        raise WrongError(404, "这通电话刚刚撤下了。")
    return called


def tasks_of(asked: Asked) -> list[SessionTask]:
    """The sessions whose rater somebody is, the newest first."""
    own = [one for one in sessions(asked.live.out) if asked.user.name in one.raters]
    with asked.desk.open.reading() as connection:
        return [_task(asked, connection, one) for one in reversed(own)]


def _task(asked: Asked, connection: Connection, session: CalibrationSession) -> SessionTask:
    return _task_of(asked, session, _rows(asked.live, connection, session))


def _rows(live: Live, connection: Connection, session: CalibrationSession) -> list[RatingRow]:
    """What all raters have said up to now, in their files and here."""
    return rows_now(live.out, session, words_of(connection, [session]))


def _task_of(asked: Asked, session: CalibrationSession, rows: Sequence[RatingRow]) -> SessionTask:
    own: dict[str, list[RatingRow]] = defaultdict(list)
    for row in rows:
        if row.rater == asked.user.name:
            own[row.call_id].append(row)
    late = {row.rater for row in rows if row.value is None and row.score is None}
    return SessionTask(
        session=session,
        page=rate_page(session),
        calls=[_call_task(asked.live, session, call_id, own[call_id]) for call_id in session.calls],
        waited_for=[rater for rater in session.raters if rater in late],
    )


def _call_task(
    live: Live, session: CalibrationSession, call_id: str, rows: Sequence[RatingRow]
) -> CallTask:
    there = _call_of_session(live, session, names.safe_name(call_id)) is not None
    return CallTask(
        call_id=call_id,
        date=session.calls[call_id],
        page=rate_page(session, call_id) if there else "",
        asked=len(rows),
        said=len(rows) - waiting(rows),
    )


def closed_to_raters(enter: Callable[[Asked], Response]) -> Callable[[Asked], Response]:
    """A door of a call that shows what was found in it: for its rater once its session is done."""

    def entered(asked: Asked) -> Response:
        refuse_unrated(asked, called_of(asked).call_id)
        return enter(asked)

    return entered


def refuse_unrated(asked: Asked, call_id: str) -> None:
    """403, with the way to its blind page, for a call of a session that he has not finished."""
    if own := asked.live.unrated.get(call_id):
        raise WrongError(
            403, "这通电话在您没评完的校准里：先全部评完，再看别人和机器怎么判。", own.page
        )


def overview(asked: Asked) -> Response:
    """A rater's page of a session: his calls; once nobody is waited for, how far all agree."""
    session = session_of(asked)
    with asked.desk.open.reading() as connection:
        task = _task(asked, connection, session)
    if task.complete and session.name in asked.live.sessions():
        return page(asked, "calibration.html", asked.live.session(session.name), task.page)
    return page(asked, "serve/session.html", task, task.page)


def show(asked: Asked) -> Response:
    """A call of a session, blind; once nobody is waited for, what everybody said is on the session's."""
    session = session_of(asked)
    called = _call_of(asked, session)
    with asked.desk.open.reading() as connection:
        rows = _rows(asked.live, connection, session)
    view = _rated_call(asked, called, session, rows)
    return page(asked, "serve/rate.html", view, rate_page(session, called.call_id))


def _rated_call(
    asked: Asked, called: Called, session: CalibrationSession, rows: Sequence[RatingRow]
) -> RatingView:
    one, task = conversation(asked, called), _task_of(asked, session, rows)
    path, loud = sound.masked_sound(asked.desk, called)
    own = [r for r in rows if r.rater == asked.user.name and r.call_id == called.call_id]
    norms = asked.live.library(one.call.rubric, one.call.rubric_version)
    view = call_view(_blind(one), called.date, norms, _beside(task, called, bool(path)), loud)
    return RatingView(
        **{field.name: getattr(view, field.name) for field in fields(view)},
        task=task,
        name=names.safe_name(called.call_id),
        number=list(session.calls).index(called.call_id) + 1,
        questions=_questions(norms, one, session, own),
        score=next((row.score for row in own if row.rule_id is None), None),
        machine=one.call.score if session.shown else None,
    )


def _blind(one: Conversation) -> Conversation:
    """What was said of a call, and nothing that was found in it: no finding, no score, no verdict."""
    return replace(
        one,
        call=without_verdict(one.call),
        findings=[],
        interruptions=[],
        holds=[],
        reviews=[],
        answers=[],
        sessions=[],
    )


def _beside(task: SessionTask, called: Called, sounds: bool) -> Beside:
    pages = [one.page for one in task.calls if one.page]
    own = rate_page(task.session, called.call_id)
    at = pages.index(own)
    return Beside(
        audio=f"{own.removesuffix('.html')}/sound" if sounds else "",
        earlier=pages[at - 1] if at else "",
        later=pages[at + 1] if at + 1 < len(pages) else "",
    )


def _questions(
    norms: Norms, one: Conversation, session: CalibrationSession, own: Sequence[RatingRow]
) -> list[RuleAsked]:
    said = {row.rule_id: row.value for row in own}
    sections = {} if norms.rubric is None else norms.rubric.rules
    found = defaultdict(set)
    for finding in one.findings:
        found[finding.rule_id].add(finding.outcome)
    return [
        RuleAsked(
            rule_id=rule,
            title=norms.rule(rule),
            section=norms.section(str(sections[rule].data.get("section", "")))
            if rule in sections
            else "",
            why=norms.why(rule),
            said=said.get(rule),
            machine=said_of(found[rule]) if session.shown else None,
        )
        for rule in session.rules
    ]


def listen(asked: Asked) -> Response:
    """The sound of a call, silent where it is masked."""
    return sound.listen(asked, _call_of(asked, session_of(asked)))


def say(asked: Asked) -> Response:
    """A rater's answer, on the disk before it is answered; 409 once nobody is waited for."""
    session = session_of(asked)
    called = _call_of(asked, session)
    word = _word(asked, session, called)
    with asked.desk.open.writing() as connection:
        if not waiting(_rows(asked.live, connection, session)):
            raise WrongError(409, "大家都评完了，不能再改。")
        rate(connection, session, word)
        # what he said is in the database: a log that others read would tell it to them
        about = f"{session.name} {called.date} {called.call_id}"
        detail, address = word.rule_id or "score", asked.visitor.address
        audit.note(connection, asked.user.name, "rating", about, detail, address)
        task = _task(asked, connection, session)
    if task.complete:
        asked.live.forget()
    own = next(one for one in task.calls if one.call_id == called.call_id)
    return answer(
        {
            "left": own.asked - own.said,
            "calls": len(task.to_do),
            "complete": task.complete,
            "next": task.after(called.call_id),
        }
    )


def _word(asked: Asked, session: CalibrationSession, called: Called) -> RaterWord:
    """What he says, of a rule or of the call."""
    form, rater = asked.form, asked.user.name
    rule, score = form.get("rule", ""), form.get("score", "").strip()
    if not rule:
        if not is_score(score):
            raise WrongError(400, "得分是 0 到 100 的数。")
        return RaterWord(rater=rater, call_id=called.call_id, rule_id=None, score=float(score))
    value = form.get("value", "")
    if rule not in session.rules or value not in set(Judgement):
        raise WrongError(400, "这次校准没有问这条规则，或没有这种说法。")
    return RaterWord(rater=rater, call_id=called.call_id, rule_id=rule, value=Judgement(value))
