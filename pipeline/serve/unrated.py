"""The calls that somebody has still to rate in a calibration session, blind to the machine."""

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

    from pipeline.review.calibration import Session


@dataclass(frozen=True, kw_only=True)
class Unrated:
    """A call that he has still to rate: its date, and the page on which he does."""

    date: str
    page: str


def rate_page(session: Session, call_id: str = "") -> str:
    """Where a rater's page of a session lies, or of one of its calls."""
    own = names.safe_name(session.name)
    return f"rate/{own}/{names.safe_name(call_id)}.html" if call_id else f"rate/{own}.html"


def unrated_of(connection: Connection, out: Path, name: str) -> Mapping[str, Unrated]:
    """By call: what a rater has not finished, in his files or here."""
    own = [one for one in sessions(out) if name in one.raters and not one.shown]
    words = words_of(connection, own, name)
    return {
        row.call_id: Unrated(date=one.calls[row.call_id], page=rate_page(one, row.call_id))
        for one in own
        for row in rows_now(out, replace(one, raters=(name,)), words)
        if row.value is None and row.score is None
    }
