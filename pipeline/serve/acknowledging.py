"""An agent's word on a call of his that has findings, and how the lists of calls show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.review import audit
from pipeline.review.acknowledged import Acknowledgement, Nod, acknowledge, last_words
from pipeline.serve.call import called_of, conversation
from pipeline.serve.desk import WrongError, leads
from pipeline.serve.spots import opinions, spots_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from pipeline.serve.desk import Asked, Desk

UNREAD, RENEWED = "unread", "renewed"
"""What a list says of a call that its agent has not acknowledged, and of one of which people have said
more since."""


def nod(asked: Asked) -> Response:
    """An agent says that he has seen what was found in his call, or that he agrees."""
    called = called_of(asked)
    spots = spots_of(asked.desk, conversation(asked, called))
    wanted = asked.form.get("nod", "")
    if wanted not in set(Nod):
        raise WrongError(400, "没有这种确认。")
    if wanted not in spots.nods:
        raise WrongError(409, "已经确认过，或这通没有要确认的发现。")
    with asked.desk.open.writing() as connection:
        acknowledge(
            connection,
            Nod(wanted),
            call_id=called.call_id,
            date=called.date,
            agent_id=called.agent_id,
            name=asked.user.name,
        )
        about, address = f"{called.date} {called.call_id}", asked.visitor.address
        audit.note(connection, asked.user.name, "acknowledge", about, wanted, address)
    return leads(asked.desk, f"{called.page}#nod")


def all_nods(desk: Desk) -> Mapping[tuple[str, str], Acknowledgement]:
    """By call and agent: his last word."""
    if desk.database is None:
        return {}
    with desk.database.reading() as connection:
        return last_words(connection)


def states(desk: Desk, calls: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """By call: ``seen``, ``agreed`` or ``renewed``, of these calls and their agents."""
    if desk.database is None or not calls:
        return {}
    call_ids = [call_id for call_id, _ in calls]
    with desk.database.reading() as connection:
        known = last_words(connection, call_ids)
    said = opinions(desk, call_ids) if known else {}
    return {
        call: RENEWED if one.before(s.review for s in said.get(call, ())) else str(one.nod)
        for (call, agent), one in known.items()
        if (call, agent) in set(calls)
    }
