"""Who was chosen to decide an appeal, and who can be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.review.accounts import Duty, users
from pipeline.review.handing import can_be_given, hand_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.review.accounts import User
    from pipeline.review.appeals import Appeal
    from pipeline.serve.desk import Desk
    from pipeline.serve.spots import Spot

HANDERS = frozenset({Duty.LEAD, Duty.OWNER, Duty.ADMIN})
"""Who hands appeals to others."""


def holders(desk: Desk, contested: Sequence[Appeal]) -> Callable[[Spot], Spot]:
    """What gives a place the one to whom its appeal is handed; nobody is looked up where none is."""
    if desk.database is None or not any(one.open and one.hand for one in contested):
        return lambda spot: spot
    every = people(desk)

    def held(spot: Spot) -> Spot:
        if spot.appeal is None:
            return spot
        return replace(spot, hand=hand_of(spot.appeal, every, desk.settings, spot.reviewers))

    return held


def candidates(desk: Desk, spot: Spot) -> Sequence[User]:
    """Who may be given the appeal against a place; nobody where none waits."""
    appeal = spot.appeal
    if appeal is None or not appeal.open:
        return ()
    every = people(desk)
    return [u for u in every if can_be_given(u, appeal, desk.settings, spot.reviewers)]


def people(desk: Desk) -> list[User]:
    """Every account."""
    with desk.open.reading() as connection:
        return users(connection)
