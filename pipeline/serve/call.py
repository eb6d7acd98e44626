"""A call's page: as the static one, with what people say of it, and what the visitor may do there."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from starlette.responses import Response

from pipeline.errors import ConfigurationError
from pipeline.night.explain import judged_again
from pipeline.records import Outcome
from pipeline.report import names
from pipeline.report.call import Beside, CallView, call_view
from pipeline.review import audit
from pipeline.review.accounts import Duty
from pipeline.review.acknowledged import Nod
from pipeline.review.appeals import Ground
from pipeline.review.found import place_of_answer, question_at
from pipeline.serve import sound
from pipeline.serve.chosen import HANDERS, candidates
from pipeline.serve.desk import WrongError, page
from pipeline.serve.people import DUTIES, Subject, holds
from pipeline.serve.questions import Question, asked_about, questions_of, without_answer
from pipeline.serve.spots import Spot, Spots, spots_of
from pipeline.serve.whole import Fall, falls_of
from pipeline.serve.words import BARRED, GROUNDS, NODS, REASONS, STATES, STEPS, WHY
from pipeline.store import rows
from pipeline.store.parts import TurnSaid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.records import Finding, ScoredFinding, Seconds
    from pipeline.report.norms import Norms
    from pipeline.review.accounts import User
    from pipeline.review.standing import Standing
    from pipeline.serve.desk import Asked
    from pipeline.serve.live import Called, Live
    from pipeline.store.queries import Conversation

REVIEWERS = frozenset({Duty.INSPECTOR, Duty.OWNER})
"""Who gives verdicts."""


@dataclass(frozen=True, kw_only=True)
class DeskCall(CallView):
    """A call's page at somebody's desk.

    ``spots`` are in the order of ``found``; ``rules`` are those that can be found missed; ``contest``,
    ``decide``, ``again`` and ``withdraw`` are the places that he may contest, whose appeals he may
    decide, of which he may ask the norm owner, and whose appeals he may take back.
    """

    spots: Spots
    name: str
    reviews: bool
    barred: bool
    """Whether he may review, but no call of this agent."""
    questions: Sequence[Question]
    """The house's own; of those that he does not answer, those with an answer."""
    rules: Sequence[tuple[str, str]]
    contest: frozenset[str]
    windows: Mapping[str, date]
    """By place that he could contest: until when."""
    hands: Mapping[str, Sequence[User]]
    """By place whose appeal he may hand to somebody: to whom."""
    falls: Sequence[Fall]
    """What an appeal against the whole may let fall, or has."""
    decide: frozenset[str]
    again: frozenset[str]
    withdraw: frozenset[str]
    nods: Sequence[Nod]
    """What he may say of the whole: it is his call."""
    plain: bool
    shown_plain: bool
    names_shown: bool

    @property
    def standing(self) -> Standing:
        """How the call stands after people."""
        return self.spots.standing

    @property
    def words(self) -> Mapping[str, object]:
        """What verdicts, reasons and grounds are called."""
        return {
            "verdicts": names.VERDICTS,
            "verdict": names.verdict,
            "reasons": REASONS,
            "why": WHY,
            "grounds": GROUNDS,
            "offered": {g: said for g, said in GROUNDS.items() if g is not Ground.WHOLE},
            "steps": STEPS,
            "states": STATES,
            "barred": BARRED,
            "duties": DUTIES,
            "nods": NODS,
        }

    @property
    def unanswered(self) -> int:
        """Questions that wait for an answer."""
        return len(without_answer(self.questions))

    def found_by(self, question: Question) -> Spot | None:
        """What the answer to a question found."""
        return self.spots.at(place_of_answer(question.id))

    def asked_at(self, spot: Spot) -> Question | None:
        """The question whose answer found a place, while it is asked."""
        wanted = question_at(spot.place)
        return next((q for q in self.questions if q.asked and q.id == wanted), None)

    def charge(self, spot: Spot) -> ScoredFinding | None:
        """What a fault that a person found costs, after all caps."""
        card = self.standing.card
        added = (one for one in (card.findings if card else ()) if one.finding.absent)
        own = spot.rule_id, spot.start, Outcome.VIOLATION
        return next((one for one in added if _which(one.finding) == own), None)

    def words_at(self, spot: Spot) -> str:
        """What was said in the turn that a place points at."""
        own = (s.row.text for s in self.spoken if s.row.turn == spot.turn)
        return next(own, "")

    def who(self, reviewer: str) -> str:
        """Who said something: an agent is not told."""
        return reviewer if self.names_shown else "质检"


def _which(finding: Finding) -> tuple[str, Seconds | None, Outcome]:
    return finding.rule_id, finding.start, finding.outcome


def subject_of_call(live: Live, parts: Mapping[str, str]) -> Subject | None:
    """Whose a call is."""
    called = live.calls(parts["date"]).get(parts["name"])
    return None if called is None else Subject(agent_id=called.agent_id, team=called.team)


def called_of(asked: Asked) -> Called:
    """The call that a request is about."""
    return asked.live.calls(asked.part("date"))[asked.part("name")]


def is_barred(asked: Asked, called: Called) -> bool:
    """Whether the settings say that he does not judge this agent's calls."""
    name = asked.visitor.user.name if asked.visitor.user else ""
    return not asked.desk.settings.sampling.may_judge(name, called.agent_id, called.team)


def refuse_barred(asked: Asked, called: Called) -> None:
    """403 for whoever does not judge this agent's calls."""
    if is_barred(asked, called):
        raise WrongError(403, BARRED)


def conversation(asked: Asked, called: Called) -> Conversation:
    """All that is published of it."""
    one = asked.live.conversation(called)
    if one is None:
        raise WrongError(404, "这通电话刚刚撤下了。")
    return one


def show(asked: Asked) -> Response:
    """The page, masked as everything that is published."""
    called = called_of(asked)
    path, loud = sound.masked_sound(asked.desk, called)
    audio = f"sound/{called.date}/{asked.part('name')}" if path else ""
    one = conversation(asked, called)
    norms = asked.live.library(one.call.rubric, one.call.rubric_version)
    view = call_view(one, called.date, norms, _beside(asked, called, audio), loud)
    shown = _at_desk(asked, called, one, view)
    if shown.reviews:
        _write_down(asked, called, audit.OPENED)
    return page(asked, "serve/call.html", shown, called.page)


def _beside(asked: Asked, called: Called, audio: str) -> Beside:
    """The calls before and after it that he may see."""
    own = [
        one.page
        for one in asked.live.calls(called.date).values()
        if holds(asked.reach, asked.visitor.user, Subject(agent_id=one.agent_id, team=one.team))
    ]
    at = own.index(called.page)
    return Beside(
        audio=audio,
        earlier=own[at - 1] if at else "",
        later=own[at + 1] if at + 1 < len(own) else "",
    )


def _at_desk(
    asked: Asked, called: Called, one: Conversation, view: CallView, *, plain: bool = False
) -> DeskCall:
    spots = spots_of(asked.desk, one)
    user, settings = asked.visitor.user, asked.desk.settings
    every = spots.contested
    reviewer = user is not None and user.duty in REVIEWERS
    barred = reviewer and is_barred(asked, called)
    reviews = reviewer and not barred
    norms, questions = view.norms, questions_of(asked.desk, one)
    return DeskCall(
        **{field.name: getattr(view, field.name) for field in fields(view)},
        spots=spots,
        name=names.safe_name(called.call_id),
        reviews=reviews,
        barred=barred,
        questions=[q for q in questions if q.given or (q.asked and reviews)],
        rules=_rules_to_report(norms, questions) if reviews else (),
        contest=_places(every, lambda s: may_contest(asked, called, s)),
        windows=_windows(asked, called, every),
        hands=_hands(asked, every),
        falls=falls_of(spots),
        decide=_places(every, lambda s: user is not None and not barred and s.may_decide(user)),
        again=_places(every, lambda s: may_ask_again(asked, s)),
        withdraw=_places(every, lambda s: may_withdraw(asked, s)),
        nods=[n for n in Nod if n in spots.nods] if asked.duty is Duty.AGENT else (),
        plain=user is not None and user.duty in settings.serve.plain_for and not plain,
        shown_plain=plain,
        names_shown=user is None or user.duty is not Duty.AGENT,
    )


def _rules_to_report(norms: Norms, questions: Sequence[Question]) -> list[tuple[str, str]]:
    """The rules that somebody can find missed: of the others he is asked."""
    others = asked_about(questions)
    return [(rule, norms.rule(rule)) for rule in norms.rules if rule not in others]


def _places(spots: Sequence[Spot], may: Callable[[Spot], bool]) -> frozenset[str]:
    return frozenset(one.place for one in spots if one.place and may(one))


def may_contest(asked: Asked, called: Called, spot: Spot) -> bool:
    """Whether he may contest a place: his own call's, within the days for it."""
    settings = asked.desk.settings
    last = spot.contested_until(called, settings.review.appeal_days)
    today = datetime.now(settings.zone).date()
    return asked.duty is Duty.AGENT and last is not None and today <= last


def _windows(asked: Asked, called: Called, spots: Sequence[Spot]) -> dict[str, date]:
    """Until when an agent may contest each place of his call, or might have."""
    if asked.duty is not Duty.AGENT:
        return {}
    days = asked.desk.settings.review.appeal_days
    ends = ((one.place, one.contested_until(called, days)) for one in spots if one.place)
    return {place: last for place, last in ends if last is not None}


def _hands(asked: Asked, spots: Sequence[Spot]) -> dict[str, Sequence[User]]:
    """By place whose appeal he may hand to somebody: to whom."""
    if asked.duty not in HANDERS:
        return {}
    waiting = (one for one in spots if one.appeal is not None and one.appeal.open)
    return {one.place: candidates(asked.desk, one) for one in waiting}


def may_withdraw(asked: Asked, spot: Spot) -> bool:
    """Whether he may take the appeal back."""
    return asked.duty is Duty.AGENT and spot.appeal is not None and spot.appeal.undecided


def may_ask_again(asked: Asked, spot: Spot) -> bool:
    """Whether he may ask the norm owner about a refusal."""
    if asked.duty is not Duty.AGENT or spot.appeal is None:
        return False
    last, days = spot.appeal.last, asked.desk.settings.review.appeal_days
    late = (datetime.now(last.at.tzinfo) - last.at).days >= days
    return spot.appeal.state == "refused" and not last.final and not late


def listen(asked: Asked) -> Response:
    """The sound of a call, silent where it is masked."""
    return sound.listen(asked, called_of(asked))


def plainly(asked: Asked) -> Response:
    """The page with its words as they were said; that it was opened is written down first."""
    called = called_of(asked)
    _write_down_opening(asked, called, "plain_words")
    one = conversation(asked, called)
    try:
        scored = judged_again(asked.live.store, one.call, asked.desk.judges)
    except ConfigurationError as error:
        raise WrongError(409, str(error)) from error
    spoken = [
        TurnSaid(**{field.name: getattr(row, field.name) for field in fields(TurnSaid)})
        for row in rows.transcript_rows(scored)
    ]
    said = replace(one, turns=spoken, findings=rows.finding_rows(scored))
    norms = asked.live.library(one.call.rubric, one.call.rubric_version)
    there = sound.original(asked.desk, called) is not None
    audio = f"plain-sound/{called.date}/{asked.part('name')}" if there else ""
    view = call_view(said, called.date, norms, _beside(asked, called, audio))
    desk = _at_desk(asked, called, one, view, plain=True)
    given = [q for q in desk.questions if q.given]
    shown = replace(desk, reviews=False, barred=False, questions=given)
    return page(asked, "serve/call.html", shown, f"plain/{called.date}/{asked.part('name')}.html")


def listen_plainly(asked: Asked) -> Response:
    """The recording as it was made; that it was opened is written down first, once an opening."""
    called = called_of(asked)
    if asked.request.headers.get("range", "bytes=0-").startswith("bytes=0-"):
        _write_down_opening(asked, called, "plain_sound")
    return sound.play(sound.original(asked.desk, called))


def _write_down_opening(asked: Asked, called: Called, act: str) -> None:
    if asked.duty not in asked.desk.settings.serve.plain_for:
        raise WrongError(403, "设置里没有允许你的角色打开原话和原录音。")
    _write_down(asked, called, act)


def _write_down(asked: Asked, called: Called, act: str) -> None:
    with asked.desk.open.writing() as connection:
        about = f"{called.date} {called.call_id}"
        audit.note(connection, asked.user.name, act, about, address=asked.visitor.address)
