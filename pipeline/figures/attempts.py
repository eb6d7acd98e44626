"""The calls that were made or tried, recorded or not, as the tables know of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.records import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pipeline.store.parts import CallContact
    from pipeline.store.schema import AttemptRow, CallRow


NOT_CONNECTED = "未接通"
"""Why a recorded call that nobody answered is not scored (the ``reason`` of ``calls``)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """A call that the tables know of; ``answered`` is None where nothing says.

    ``recorded``: it has a row in ``calls``, and not only in ``attempts``.
    """

    at: datetime | None
    direction: str
    queue: str
    shift: str
    customer: str
    answered: bool | None
    recorded: bool
    call_id: str = ""
    team: str = ""

    @property
    def date(self) -> str:
        """The local date on which it began, empty where that is not known."""
        return "" if self.at is None else self.at.date().isoformat()


def contacts(
    calls: Iterable[CallRow | CallContact], attempts: Iterable[AttemptRow]
) -> list[Contact]:
    """The calls of ``calls`` and ``attempts`` rows, by their start; those without one come first.

    A phone system may write a line for each agent whom a call rang at: rows with the same
    ``call_id``, date and direction are one call, answered when any of them was.
    """
    known = [
        (c.call_id, _contact(c, answered=c.reason != NOT_CONNECTED, recorded=True)) for c in calls
    ]
    tried = [(a.call_id, _contact(a, answered=a.answered, recorded=False)) for a in attempts]
    grouped: dict[object, list[Contact]] = defaultdict(list)
    for call_id, one in known + tried:
        key = (call_id, one.date, one.direction) if call_id else len(grouped)
        grouped[key].append(one)
    found = [_one_call(own) for own in grouped.values()]
    return sorted(found, key=lambda c: "" if c.at is None else c.at.isoformat())


def _contact(
    row: CallRow | CallContact | AttemptRow, *, answered: bool | None, recorded: bool
) -> Contact:
    return Contact(
        at=row.started_at,
        direction=row.direction or Direction.INBOUND,
        queue=row.queue,
        shift=row.shift,
        customer=row.customer_key,
        answered=answered,
        recorded=recorded,
        call_id=row.call_id,
        team=row.team,
    )


def _one_call(own: Sequence[Contact]) -> Contact:
    """One call out of its rows: where it was answered counts, and then where it began."""
    if len(own) == 1:
        return own[0]
    known = {one.answered for one in own}
    first = next((one for one in own if one.answered), own[0])
    return Contact(
        at=first.at,
        direction=first.direction,
        queue=first.queue or next((one.queue for one in own if one.queue), ""),
        shift=first.shift,
        customer=first.customer or next((one.customer for one in own if one.customer), ""),
        answered=True if True in known else False if False in known else None,
        recorded=any(one.recorded for one in own),
        call_id=first.call_id,
        team=first.team or next((one.team for one in own if one.team), ""),
    )
