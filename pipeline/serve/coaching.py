"""An agent's scorecard with the notes of his coaching."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TYPE_CHECKING

from pipeline.report import names
from pipeline.report.scorecard import AgentView
from pipeline.review import audit, told
from pipeline.review.accounts import Duty
from pipeline.review.appeals import Appeal, Ground, appeals
from pipeline.review.coaching import Note, NoteStep, notes, write_note
from pipeline.review.coaching import step as take_step
from pipeline.serve.desk import WrongError, leads, page
from pipeline.serve.pages import card_of
from pipeline.serve.people import Subject
from pipeline.serve.reviewing import LONGEST
from pipeline.serve.words import GROUNDS, STATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection
    from starlette.responses import Response

    from pipeline.serve.desk import Asked, Desk


@dataclass(frozen=True, kw_only=True)
class DeskCard(AgentView):
    """A scorecard at somebody's desk: with notes and appeals, and what he may do with them."""

    notes: Sequence[Note]
    appeals: Sequence[Appeal]
    agent_id: str
    writes: bool
    acknowledges: bool
    today: date
    grounds: Mapping[Ground, str]
    states: Mapping[str, str]


def card(asked: Asked) -> Response:
    """The scorecard."""
    view, agent_id = card_of(asked), asked.subject.agent_id
    path = names.agent_page(agent_id, str(asked.request.path_params.get("month", "")))
    if view is None:
        raise WrongError(404, "这段时间里没有他的通话。")
    own, contested = _notes(asked.desk, agent_id), _appeals(asked, agent_id)
    shown = DeskCard(
        **{field.name: getattr(view, field.name) for field in fields(view)},
        notes=own,
        appeals=contested,
        agent_id=agent_id,
        writes=asked.duty is Duty.LEAD,
        acknowledges=asked.duty is Duty.AGENT,
        today=_today(asked),
        grounds=GROUNDS,
        states=STATES,
    )
    return page(asked, "serve/agent.html", shown, path)


def _today(asked: Asked) -> date:
    return datetime.now(asked.desk.settings.zone).date()


def _notes(desk: Desk, agent_id: str) -> Sequence[Note]:
    if desk.database is None:
        return ()
    with desk.database.reading() as connection:
        return notes(connection, agent_id)


def _appeals(asked: Asked, agent_id: str) -> Sequence[Appeal]:
    if asked.desk.database is None:
        return ()
    with asked.desk.database.reading() as connection:
        own = [one for one in appeals(connection) if one.about.agent_id == agent_id]
    return [one for one in own if one.about.call_id not in asked.live.unrated]


def add_note(asked: Asked) -> Response:
    """A team lead writes down what was talked about, and when to come back to it."""
    text, when = asked.form.get("text", "").strip(), asked.form.get("follow_up", "")
    if not 0 < len(text) <= LONGEST:
        raise WrongError(400, "辅导记录不能空，也不能太长。")
    try:
        follow_up = date.fromisoformat(when) if when else None
    except ValueError as error:
        raise WrongError(400, "跟进日期不对。") from error
    own = asked.subject
    with asked.desk.open.writing() as connection:
        number = write_note(connection, asked.user, own.agent_id, own.team, text, follow_up)
        told.of_note(connection, asked.desk.settings, number, own.agent_id)
        _audit(asked, connection, "note", own.agent_id)
    return _back(asked, own.agent_id)


def subject_of_note(desk: Desk, parts: Mapping[str, str]) -> Subject | None:
    """Whose a note is."""
    found = _find(desk, parts["number"])
    return None if found is None else Subject(agent_id=found.agent_id, team=found.team)


def _find(desk: Desk, number: str) -> Note | None:
    if desk.database is None or not number.isdecimal() or len(number) > 9:
        return None
    with desk.database.reading() as connection:
        return next((one for one in notes(connection) if one.number == int(number)), None)


def show_note(asked: Asked) -> Response:
    """To the scorecard that a note is on: what a mail leads to names no agent."""
    found = _find(asked.desk, asked.part("number"))
    if found is None:
        raise WrongError(404, "没有这条记录。")
    return _back(asked, found.agent_id)


def note_step(asked: Asked) -> Response:
    """The agent acknowledges a note; the team lead closes it."""
    found = _find(asked.desk, asked.part("number"))
    if found is None:
        raise WrongError(404, "没有这条记录。")
    what = NoteStep.ACKNOWLEDGED if asked.duty is Duty.AGENT else NoteStep.CLOSED
    with asked.desk.open.writing() as connection:
        take_step(connection, found.number, what, asked.user.name)
        _audit(asked, connection, "note_step", f"{found.agent_id} {found.number} {what}")
    return _back(asked, found.agent_id)


def _audit(asked: Asked, connection: Connection, act: str, about: str) -> None:
    audit.note(connection, asked.user.name, act, about, address=asked.visitor.address)


def _back(asked: Asked, agent_id: str) -> Response:
    return leads(asked.desk, f"{names.link(names.agent_page(agent_id))}#coaching")
