"""What raters of calibration sessions say in the web application, in the database.

Each word is a line of its own, and none is changed: of one rater, call and rule the last one counts. It
names the session by when it was drawn too, so that none of an earlier session of the same name counts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, inspect, select

from pipeline.records import Judgement
from pipeline.review.database import ACKNOWLEDGEMENTS, ANSWERS, RATINGS, now, timestamp
from pipeline.review.said import read_by_night

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sqlalchemy import Connection, Table

    from pipeline.review.calibration import CalibrationSession
    from pipeline.settings import Settings


@dataclass(frozen=True, kw_only=True)
class RaterWord:
    """What a rater says of a rule in a call, its ``value``; or of the call, its ``score`` (0 to 100)."""

    rater: str
    call_id: str
    rule_id: str | None
    value: Judgement | None = None
    score: float | None = None


def rate(connection: Connection, session: CalibrationSession, word: RaterWord) -> None:
    """Write down what a rater says."""
    values = {
        "session": session.name,
        "drawn": timestamp(session.drawn_at),
        "call_id": word.call_id,
        "rater": word.rater,
        "rule_id": word.rule_id,
        "value": word.value,
        "score": word.score,
        "at": now(),
    }
    connection.execute(RATINGS.insert().values(values))


def words_of(
    connection: Connection, wanted: Iterable[CalibrationSession], rater: str = ""
) -> Mapping[tuple[str, str], list[RaterWord]]:
    """By session and rater: what was said, or what one said; nothing before the database knew of it."""
    drawn = {one.name: timestamp(one.drawn_at) for one in wanted}
    found: dict[tuple[str, str], list[RaterWord]] = defaultdict(list)
    if not (drawn and there(connection, RATINGS)):
        return found
    said = select(RATINGS).where(RATINGS.c.session.in_(drawn)).order_by(RATINGS.c.id)
    said = said.where(RATINGS.c.rater == rater) if rater else said
    for row in connection.execute(said):
        if row.drawn == drawn[row.session]:
            found[row.session, row.rater].append(
                RaterWord(
                    rater=row.rater,
                    call_id=row.call_id,
                    rule_id=row.rule_id,
                    value=None if row.value is None else Judgement(row.value),
                    score=row.score,
                )
            )
    return found


def there(connection: Connection, table: Table) -> bool:
    """Whether the database has a table: in one of an earlier version nobody can have said anything.

    It is brought up to date by ``callqa serve`` and ``callqa user``; a night does not wait for that.
    """
    return inspect(connection).has_table(table.name)


def everything(
    out: Path, settings: Settings, wanted: Iterable[CalibrationSession]
) -> Mapping[tuple[str, str], list[RaterWord]]:
    """All that was said in an output folder's sessions, for whoever publishes it."""
    with read_by_night(out, settings) as connection:
        return words_of(connection, wanted)


def last_number(connection: Connection, table: Table) -> int:
    """The number of the last line of a table: it grows with every one."""
    if not there(connection, table):
        return 0
    return connection.execute(select(func.max(table.c.id))).scalar_one() or 0


def last_numbers(out: Path, settings: Settings) -> str:
    """What tells whether a rater or an agent has said anything since, or anybody answered a question."""
    tables = (RATINGS, ACKNOWLEDGEMENTS, ANSWERS)
    with read_by_night(out, settings) as connection:
        return " ".join(str(last_number(connection, table)) for table in tables)
