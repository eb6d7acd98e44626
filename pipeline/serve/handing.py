"""An appeal is handed to one person who may decide it, handed on, or opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.review import audit, told
from pipeline.review.appeals import AppealRefusedError
from pipeline.review.handing import hand_over
from pipeline.serve.appealing import appeal_of, spot_of, to_call
from pipeline.serve.chosen import candidates
from pipeline.serve.desk import WrongError
from pipeline.serve.rating import refuse_unrated

if TYPE_CHECKING:
    from starlette.responses import Response

    from pipeline.serve.desk import Asked


_TAKEN = "刚刚有人处理了，请刷新再看。"


def hand(asked: Asked) -> Response:
    """Somebody hands an appeal to a person, or opens it again where he names nobody."""
    found = appeal_of(asked.desk, asked.part("number"))
    if found is None or not found.open:
        raise WrongError(409, "这件申诉已经处理过。")
    refuse_unrated(asked, found.about.call_id)
    spot, person = spot_of(asked, found), asked.form.get("person", "")
    if spot.appeal != found:
        raise WrongError(409, _TAKEN)
    if person == (spot.hand.person if spot.hand else ""):
        raise WrongError(409, "已经是这样了，请刷新再看。")
    if person and person not in {user.name for user in candidates(asked.desk, spot)}:
        raise WrongError(400, "不能交给他：他不能处理这件申诉，或对它给过结论。")
    try:
        with asked.desk.open.writing() as connection:
            hand_over(connection, found, person, asked.user)
            told.of_appeal(connection, asked.desk.settings, found.number, spot.reviewers)
            about = f"{found.about.date} {found.about.call_id} {found.about.rule_id}".rstrip()
            act = "appeal_handed" if person else "appeal_opened"
            audit.note(connection, asked.user.name, act, about, person, asked.visitor.address)
    except AppealRefusedError as error:
        raise WrongError(409, _TAKEN) from error
    return to_call(asked.desk, found.about)
