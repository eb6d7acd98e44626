"""Review: an inspector's work list, and his verdicts, each on the disk before it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.records import Review, Verdict
from pipeline.report import names
from pipeline.review import audit
from pipeline.review.found import question_at
from pipeline.review.said import WHOLE_CALL, Said, TakenError, place_of, say
from pipeline.serve.call import REVIEWERS, called_of, conversation, refuse_barred
from pipeline.serve.desk import WrongError, answer, page
from pipeline.serve.questions import asked_about, questions_of, without_answer
from pipeline.serve.rating import tasks_of
from pipeline.serve.spots import Spots, done_calls, opinions, spots_of
from pipeline.serve.words import REASONS, WHY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from pipeline.serve.desk import Asked
    from pipeline.serve.live import Called
    from pipeline.serve.rating import SessionTask
    from pipeline.store.queries import Conversation

LONGEST = 2000
"""Characters of a comment."""


@dataclass(frozen=True, kw_only=True)
class WorkListCall:
    """A call on a work list; ``waits``: he has first to rate it, blind."""

    called: Called
    week: str
    why: Sequence[str]
    done: bool
    waits: bool


@dataclass(frozen=True, kw_only=True)
class WorkView:
    """Somebody's work: what he ``reviews``, what is to be done first, and what he rates."""

    tasks: Sequence[WorkListCall]
    reviews: bool
    sessions: Sequence[SessionTask]

    @property
    def to_do(self) -> Sequence[WorkListCall]:
        """The calls that he has not looked through."""
        return [one for one in self.tasks if not one.done]

    @property
    def done(self) -> Sequence[WorkListCall]:
        """Those that he has."""
        return [one for one in self.tasks if one.done]


def work(asked: Asked) -> Response:
    """The work list."""
    reviews = asked.duty in REVIEWERS
    view = WorkView(
        tasks=_tasks(asked) if reviews else (), reviews=reviews, sessions=tasks_of(asked)
    )
    return page(asked, "serve/work.html", view, "work.html")


def _tasks(asked: Asked) -> list[WorkListCall]:
    drawn = asked.live.calls_drawn(asked.user.name)
    done = done_calls(opinions(asked.desk, [row.call_id for _, row in drawn]))
    found = []
    for date, row in drawn:
        called = asked.live.calls(date).get(names.safe_name(row.call_id))
        if called is not None:
            waits = row.call_id in asked.live.unrated
            ended = row.call_id in done and not waits
            found.append(
                WorkListCall(called=called, week=row.week, why=row.why, done=ended, waits=waits)
            )
    return found


def next_call(asked: Asked, after: Called) -> str:
    """The page of the next call on his work list that is not done; empty where none is."""
    tasks = _tasks(asked)
    at = next((n for n, one in enumerate(tasks) if one.called == after), -1)
    left = [one for one in (*tasks[at + 1 :], *tasks[: at + 1]) if not one.done]
    return next((one.called.page for one in left if one.called != after), "")


def judge(asked: Asked) -> Response:
    """A verdict; the answer says how the call stands then.

    409, with what was said, where somebody else has spoken of the same place since he looked.
    """
    called = called_of(asked)
    refuse_barred(asked, called)
    one = conversation(asked, called)
    spots = spots_of(asked.desk, one)
    review, place, seen = _word_said(asked, one, spots)
    if review.verdict is Verdict.DONE:
        _check_answered(asked, one)
    try:
        with asked.desk.open.writing() as connection:
            say(connection, review, date=called.date, place=place, seen=seen)
            detail = f"{review.verdict} {review.rule_id} {review.reason}".strip()
            about = f"{called.date} {called.call_id}"
            audit.note(connection, asked.user.name, "verdict", about, detail, asked.visitor.address)
    except TakenError:
        return answer({"taken": True, **_state_of_call(asked, called, one, place)}, 409)
    return answer(_state_of_call(asked, called, one, place))


def _check_answered(asked: Asked, one: Conversation) -> None:
    """409 while a question that has to be answered is not."""
    left = [q.text for q in without_answer(questions_of(asked.desk, one)) if q.required]
    if left:
        raise WrongError(409, f"先答必答的问题：{'；'.join(left)}")


def _word_said(asked: Asked, one: Conversation, spots: Spots) -> tuple[Review, str, int]:
    """What he says, of which place, and the number of the last word on it that he has seen."""
    form = asked.form
    if form.get("verdict") not in set(Verdict):
        raise WrongError(400, "没有这种结论。")
    verdict = Verdict(form["verdict"])
    reason, comment = form.get("reason", ""), form.get("comment", "").strip()
    if reason not in {"", *WHY.get(verdict, ())} or len(comment) > LONGEST:
        raise WrongError(400, "没有这种理由，或备注太长。")
    call_id, reviewer = one.call.call_id, asked.user.name
    if verdict in {Verdict.DONE, Verdict.EXCLUDED}:
        own = Review(
            call_id=call_id, reviewer=reviewer, verdict=verdict, reason=reason, comment=comment
        )
        return own, WHOLE_CALL, _whole_seen(spots)
    if verdict is Verdict.MISSED:
        return _missed_fault(asked, one, comment)
    spot = spots.at(form.get("place", ""))
    if spot is None or not spot.place:
        raise WrongError(409, "这一处已经不在了，请刷新页面。")
    if question_at(spot.place) in {q.id for q in questions_of(asked.desk, one) if q.asked}:
        raise WrongError(409, "这一处来自问题的回答：改回答就行。")
    said = Review(
        call_id=call_id,
        reviewer=reviewer,
        verdict=verdict,
        rule_id=spot.rule_id,
        turn=spot.turn,
        comment=comment,
        reason=reason,
        start=spot.start,
        end=spot.end,
        quote=spot.quote,
    )
    return said, spot.place, number_seen(form)


def number_seen(form: Mapping[str, str]) -> int:
    """The number of the last word that somebody has seen, as his form says it."""
    seen = form.get("seen", "0")
    return int(seen) if seen.isdecimal() and len(seen) < 7 else 0


def _whole_seen(spots: Spots) -> int:
    return max((one.number for one in spots.standing.whole), default=0)


def _missed_fault(asked: Asked, one: Conversation, comment: str) -> tuple[Review, str, int]:
    """A fault that the machine did not find, by its rule and its time."""
    rule, norms = (
        asked.form.get("rule", ""),
        asked.live.library(one.call.rubric, one.call.rubric_version),
    )
    start, end = _seconds(asked.form, "start"), _seconds(asked.form, "end")
    if rule not in norms.rules:
        raise WrongError(400, "没有这条规则。")
    if rule in asked_about(questions_of(asked.desk, one)):
        raise WrongError(400, "这条规则有问题来问：答问题就行。")
    if start is None or end is None or not 0 <= start <= end <= one.call.duration_s + 1:
        raise WrongError(400, "起止时间不对。")
    said = Review(
        call_id=one.call.call_id,
        reviewer=asked.user.name,
        verdict=Verdict.MISSED,
        rule_id=rule,
        comment=comment,
        start=start,
        end=end,
    )
    return said, f"missed {place_of(rule, None, start)}", 0


def _seconds(form: Mapping[str, str], name: str) -> float | None:
    try:
        return round(float(form.get(name, "")), 3)
    except ValueError:
        return None


def _state_of_call(
    asked: Asked, called: Called, one: Conversation, place: str
) -> dict[str, object]:
    """How a call stands, for its page's script."""
    spots = spots_of(asked.desk, one)
    spot = spots.at(place)
    card = spots.standing.card
    norms = asked.live.library(one.call.rubric, one.call.rubric_version)
    return {
        "place": place,
        "seen": spot.seen if spot else 0,
        "said": [_line(s) for s in (spot.said if spot else spots.standing.whole)],
        "final": spots.standing.final,
        "level": norms.shown(card.level) if card else "",
        "excluded": spots.standing.excluded,
        "left": spots.left,
        "done": spots.standing.done,
        "next": next_call(asked, called),
    }


def _line(said: Said) -> dict[str, str]:
    review = said.review
    return {
        "verdict": str(review.verdict),
        "text": names.verdict(review.verdict, review.reason),
        "who": review.reviewer,
        "reason": REASONS.get(review.reason, review.reason),
        "comment": review.comment,
    }
