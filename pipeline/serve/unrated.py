"""The calls of the calibration sessions that somebody has still to finish, blind to the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.report import names
from pipeline.review.calibration import rows_now, sessions
from pipeline.review.rated import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from pipeline.review.calibration import CalibrationSession


@dataclass(frozen=True, kw_only=True)
class Unrated:
    """A call of a session that he has not finished: its date, and the page on which he rates it."""

    date: str
    page: str


def rate_page(session: CalibrationSession, call_id: str = "") -> str:
    """Where a rater's page of a session lies, or of one of its calls."""
    own = names.safe_name(session.name)
    return f"rate/{own}/{names.safe_name(call_id)}.html" if call_id else f"rate/{own}.html"


def unrated_of(connection: Connection, out: Path, name: str) -> Mapping[str, Unrated]:
    """By call: all of each session that a rater has not finished, in his files or here.

    Those too that he has rated: what the machine found in one call is no word on the next.
    """
    own = [one for one in sessions(out) if name in one.raters and not one.shown]
    words = words_of(connection, own, name)
    return {
        call_id: Unrated(date=date, page=rate_page(one, call_id))
        for one in own
        if any(
            row.value is None and row.score is None
            for row in rows_now(out, replace(one, raters=(name,)), words)
        )
        for call_id, date in one.calls.items()
    }
