"""Appeals in the browser: what an agent contests, what others decide, how often they overturn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.appeals import Overturned, by_reviewer, by_rule
from pipeline.report import names
from pipeline.review import audit, told
from pipeline.review.accounts import Duty
from pipeline.review.appeals import (
    Appeal,
    AppealRefusedError,
    Contested,
    Ground,
    Step,
    again,
    appeal_rows,
    appeals,
    contest,
    decide,
    withdraw,
)
from pipeline.review.handing import hand_of, hold
from pipeline.review.said import WHOLE_CALL, TakenError
from pipeline.review.whole import decide_whole
from pipeline.serve.call import called_of, conversation, may_contest, refuse_barred
from pipeline.serve.chosen import people
from pipeline.serve.desk import WrongError, leads, page
from pipeline.serve.inspecting import InspectedView, inspected_view
from pipeline.serve.people import Reach, Subject, holds
from pipeline.serve.rating import refuse_unrated
from pipeline.serve.reviewing import LONGEST
from pipeline.serve.spots import spoken_of, spots_of
from pipeline.serve.whole import EXCLUDED, ruling_of, told_of
from pipeline.serve.words import GROUNDS, STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from starlette.responses import Response

    from pipeline.report.norms import Norms
    from pipeline.review.appeals import Hand
    from pipeline.serve.desk import Asked, Desk
    from pipeline.serve.live import Called
    from pipeline.serve.spots import Spot, Spots


@dataclass(frozen=True, kw_only=True)
class AppealsView:
    """The appeals that somebody may see, and how often they were granted.

    First come those that were handed to him, then the others that are open. ``hands``: by the number of
    one that was handed to somebody.
    """

    appeals: Sequence[Appeal]
    hands: Mapping[int, Hand]
    name: str
    names_shown: bool
    norms: Norms
    by_rule: Sequence[Overturned]
    by_reviewer: Sequence[Overturned]
    figures: bool
    inspected: InspectedView | None
    """What inspectors got through, for whoever sees how often each is overturned."""
    grounds: Mapping[Ground, str]
    states: Mapping[str, str]


def overview(asked: Asked) -> Response:
    """All that he may see."""
    with asked.desk.open.reading() as connection:
        every = appeals(connection)
    own = [a for a in every if _is_visible(asked, a)]
    hands = _hands(asked, own)
    mine = {number for number, hand in hands.items() if hand.person == asked.visitor.name}
    ordered = sorted(own, key=lambda a: (a.number not in mine, not a.open, -a.last.at.timestamp()))
    table = appeal_rows(own)
    norms = asked.live.once("norms", lambda days: days.norms)
    view = AppealsView(
        appeals=ordered,
        hands=hands,
        name=asked.visitor.name,
        names_shown=asked.duty is not Duty.AGENT,
        norms=norms,
        by_rule=by_rule(table),
        by_reviewer=by_reviewer(table),
        figures=asked.reach is Reach.ALL,
        inspected=inspected_view(asked.desk) if asked.reach is Reach.ALL else None,
        grounds=GROUNDS,
        states=STATES,
    )
    return page(asked, "serve/appeals.html", view, "appeals.html")


def _hands(asked: Asked, own: Sequence[Appeal]) -> dict[int, Hand]:
    """By number: to whom one is handed. The call's page knows verdicts in tables too, this does not."""
    handed = [one for one in own if one.open and one.hand]
    if not handed:
        return {}
    spoken = spoken_of(asked.desk, handed)
    every, settings = people(asked.desk), asked.desk.settings
    held = ((one, hand_of(one, every, settings, spoken[one.number])) for one in handed)
    return {one.number: hand for one, hand in held if hand is not None}


def _is_visible(asked: Asked, one: Appeal) -> bool:
    """Whether an appeal is within his reach, and against no call that he has to rate blind."""
    hidden = one.about.call_id in asked.live.unrated
    return not hidden and holds(asked.reach, asked.visitor.user, _whose(one.about))


def _whose(about: Contested) -> Subject:
    return Subject(agent_id=about.agent_id, team=about.team)


def appeal(asked: Asked) -> Response:
    """An agent contests a place of his call, or its evaluation as a whole."""
    called = called_of(asked)
    spots = spots_of(asked.desk, conversation(asked, called))
    place = asked.form.get("place", "")
    spot = next((one for one in spots.contested if one.place == place), None)
    if spot is None or not may_contest(asked, called, spot):
        raise WrongError(409, "不能申诉：不扣分、已经申诉过，或过了申诉期。")
    about, comment = spot.as_contested(called), _comment(asked)
    ground = _ground(asked, about, comment)
    try:
        with asked.desk.open.writing() as connection:
            number = contest(connection, about, ground, asked.user, comment)
            told.of_appeal(connection, asked.desk.settings, number, spot.reviewers)
            _note(asked, connection, "appeal", about, ground)
    except AppealRefusedError as error:
        raise WrongError(409, str(error)) from error
    return to_call(asked.desk, about)


def _ground(asked: Asked, about: Contested, comment: str) -> Ground:
    """Why he contests it: a finding for a reason that can be chosen, the whole in words of his."""
    if about.whole and not comment:
        raise WrongError(400, "对整通的评分申诉，要写明理由。")
    chosen = Ground.WHOLE if about.whole else asked.form.get("ground", "")
    if chosen not in set(Ground) or (chosen == Ground.WHOLE) != about.whole:
        raise WrongError(400, "没有这种申诉理由。")
    return Ground(chosen)


def subject_of_appeal(desk: Desk, parts: Mapping[str, str]) -> Subject | None:
    """Whose an appeal is."""
    found = appeal_of(desk, parts["number"])
    return None if found is None else _whose(found.about)


def appeal_of(desk: Desk, number: str) -> Appeal | None:
    """An appeal by its number; None where there is none."""
    if desk.database is None or not number.isdecimal() or len(number) > 9:
        return None
    with desk.database.reading() as connection:
        return next((a for a in appeals(connection) if a.number == int(number)), None)


def show(asked: Asked) -> Response:
    """To the call whose finding is contested: what a mail leads to names no call."""
    found = appeal_of(asked.desk, asked.part("number"))
    if found is None:
        raise WrongError(404, "没有这件申诉。")
    refuse_unrated(asked, found.about.call_id)
    return to_call(asked.desk, found.about)


def step(asked: Asked) -> Response:
    """A decision on an appeal; or its agent asks the norm owner about a refusal, or takes it back."""
    found = appeal_of(asked.desk, asked.part("number"))
    wanted = asked.form.get("step", "")
    if found is None or wanted not in _STEPS:
        raise WrongError(400, "没有这种处理。")
    refuse_unrated(asked, found.about.call_id)
    try:
        _STEPS[wanted](asked, found)
    except (AppealRefusedError, TakenError) as error:
        raise WrongError(409, "刚刚有人处理了，请刷新再看。") from error
    return to_call(asked.desk, found.about)


def _ask_again(asked: Asked, found: Appeal) -> None:
    if asked.reach is not Reach.OWN:
        raise WrongError(403, "只有客服本人可以申请复议。")
    days = asked.desk.settings.review.appeal_days
    with asked.desk.open.writing() as connection:
        again(connection, found, asked.user, _comment(asked), days)
        told.of_appeal(connection, asked.desk.settings, found.number)
        _note(asked, connection, "appeal_again", found.about, "")


def _withdraw(asked: Asked, found: Appeal) -> None:
    if asked.reach is not Reach.OWN:
        raise WrongError(403, "只有客服本人可以撤回申诉。")
    with asked.desk.open.writing() as connection:
        withdraw(connection, found, asked.user, _comment(asked))
        told.of_appeal(connection, asked.desk.settings, found.number)
        _note(asked, connection, "appeal_withdrawn", found.about, "")


def _call_contested(asked: Asked, about: Contested) -> Called:
    called = asked.live.calls(about.date).get(names.safe_name(about.call_id))
    if called is None:
        raise WrongError(409, "这通电话已经撤下。")
    return called


def spot_of(asked: Asked, found: Appeal) -> Spot:
    """What an appeal is against; ``WrongError`` where it is not there any more."""
    return _of_appeal(_spots(asked, found), found)


def _spots(asked: Asked, found: Appeal) -> Spots:
    return spots_of(asked.desk, conversation(asked, _call_contested(asked, found.about)))


def _of_appeal(spots: Spots, found: Appeal) -> Spot:
    own = (s for s in spots.contested if s.appeal and s.appeal.number == found.number)
    spot = next(own, None)
    if spot is None:
        raise WrongError(409, "申诉的这一处已经不在了：规则或转写改过。")
    return spot


def _decide(asked: Asked, found: Appeal) -> None:
    called = _call_contested(asked, found.about)
    refuse_barred(asked, called)
    spots = _spots(asked, found)
    if not _of_appeal(spots, found).may_decide(asked.user):
        raise WrongError(403, "不能由复核过这一处的人处理，或交给了别人，或已是最终裁定。")
    comment, wanted = _comment(asked), asked.form["step"]
    ruling = ruling_of(asked.form, spots, called) if found.about.whole else None
    if ruling is None and wanted == EXCLUDED:
        raise WrongError(400, "没有这种处理。")
    with asked.desk.open.writing() as connection:
        hold(connection, found)
        if ruling is None:
            granted = wanted == Step.GRANTED
            decide(connection, found, asked.user, granted=granted, comment=comment)
        else:
            decide_whole(connection, found, asked.user, ruling, comment)
        told.of_appeal(connection, asked.desk.settings, found.number)
        detail = wanted if ruling is None else told_of(ruling)
        _note(asked, connection, "appeal_decided", found.about, detail)


_STEPS: Mapping[str, Callable[[Asked, Appeal], None]] = {
    Step.GRANTED: _decide,
    Step.REFUSED: _decide,
    EXCLUDED: _decide,
    Step.AGAIN: _ask_again,
    Step.WITHDRAWN: _withdraw,
}
"""What can be done with an appeal."""


def _comment(asked: Asked) -> str:
    comment = asked.form.get("comment", "").strip()
    if len(comment) > LONGEST:
        raise WrongError(400, "说明太长。")
    return comment


def _note(asked: Asked, connection: Connection, act: str, about: Contested, detail: str) -> None:
    where = f"{about.date} {about.call_id} {about.rule_id}".rstrip()
    audit.note(connection, asked.user.name, act, where, detail, asked.visitor.address)


def to_call(desk: Desk, about: Contested) -> Response:
    """To the call's page."""
    path = names.link(names.call_page(about.date, about.call_id))
    return leads(desk, f"{path}#{WHOLE_CALL if about.whole else 'people'}")
