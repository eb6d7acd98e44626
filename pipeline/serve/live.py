"""What is published, as it stands at the moment: read when asked for, again when it was renewed."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.figures.ratings import RATINGS, read_ratings
from pipeline.report import names
from pipeline.report.calibration import CalibrationView, Sessions, calibration_view, waiting
from pipeline.report.days import Days
from pipeline.report.norms import Library
from pipeline.report.overall import read_overall
from pipeline.report.record import record_view
from pipeline.report.worth import Worth
from pipeline.review.calibration import rows_now, sessions, stamps_of
from pipeline.review.database import RATINGS as RATED
from pipeline.review.rated import last_number, words_of
from pipeline.serve.unrated import unrated_of
from pipeline.store.files import Store
from pipeline.store.manifest import FOLDER
from pipeline.store.parts import CallWhose
from pipeline.store.queries import Query
from pipeline.store.schema import SampleRow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
    from pathlib import Path

    from pipeline.records import Seconds
    from pipeline.report.overall import Overall
    from pipeline.review.calibration import CalibrationSession
    from pipeline.review.database import Database
    from pipeline.review.rated import RaterWord
    from pipeline.serve.unrated import Unrated
    from pipeline.settings import Settings
    from pipeline.store.queries import Conversation
    from pipeline.store.schema import RatingRow

STALE: Seconds = 1.0
"""For so long nobody looks whether anything new was published."""
DATES = 60
"""Dates whose calls are remembered by name."""
Stamp = tuple[int, int]
T = TypeVar("T")
_Rated = tuple[Sessions, dict[str, CalibrationView]]
MADE = 200
"""Views that are remembered."""


@dataclass(frozen=True, kw_only=True)
class Called:
    """A published call: whose it is, and where its page lies."""

    date: str
    call_id: str
    agent_id: str
    agent_name: str
    team: str
    file: str
    page: str


class Live:
    """The published dates of an output folder."""

    def __init__(self, out: Path, settings: Settings, database: Database | None = None) -> None:
        """Nothing is read before it is asked for; ``database``: what raters say in the browser."""
        self.out, self.settings, self.database = out, settings, database
        self.store = Store.of(out, settings)
        self.query = Query(self.store)
        self.lock = threading.RLock()
        self._own = threading.RLock()
        """For what is quickly looked up: nobody waits for the figures who wants one call."""
        self.state: tuple[Days, dict[Hashable, Any]] = self._new_days(), {}
        """The dates as they are now, and what was made of them."""
        self._stamps: dict[str, Stamp] = {}
        self._looked = 0.0
        self._calls: OrderedDict[tuple[str, Stamp | None], Mapping[str, Called]] = OrderedDict()
        self._drawn: tuple[object, Mapping[str, Sequence[tuple[str, SampleRow]]]] = None, {}
        self.unrated: Mapping[str, Unrated] = {}
        """The calls of which nothing that was found is shown: whoever looks has to rate them blind."""
        self._raters: tuple[Hashable, Collection[str]] = (), ()
        self._known_unrated: dict[str, tuple[Hashable, Mapping[str, Unrated]]] = {}

    def _new_days(self) -> Days:
        return Days(self.query, *self._fresh(), self.settings.report.mean)

    def _fresh(self) -> tuple[Library, Worth]:
        library = Library(self.store.kept_rubric, self.settings.report.levels)
        return library, Worth(self.store, "all")

    def stamps(self) -> Mapping[str, Stamp]:
        """By date: what tells its publication from any other."""
        if time.monotonic() - self._looked > STALE:
            with self._own:
                self._look()
        return self._stamps

    def _look(self) -> None:
        now = _stamps(self.out / "data" / FOLDER)
        if now != self._stamps:
            known = self._stamps
            stale = {date for date in {*now, *known} if now.get(date) != known.get(date)}
            library, worth = self._fresh()
            self.state = self.state[0].renew(worth, library, stale), {}
            self._stamps = now
        self._looked = time.monotonic()

    def days(self) -> Days:
        """What each date comes to; hold ``lock`` while it is asked."""
        self.stamps()
        return self.state[0]

    def once(self, key: Hashable, make: Callable[[Days], T]) -> T:
        """What is made of the dates as they are now, made once until others are published."""
        with self.lock:
            self.stamps()
            days, made = self.state
            if key not in made:
                if len(made) >= MADE:
                    made.clear()
                made[key] = make(days)
            found: T = made[key]
            return found

    def overall(self) -> Overall:
        """What no period changes."""
        return self.once("overall", lambda _: self._read_overall())

    def _read_overall(self) -> Overall:
        ratings = read_ratings(self.out / RATINGS)
        return read_overall(
            self.query,
            self.settings.shifts,
            ratings,
            self.sessions()[::-1],
            record=bool(self.once("record", record_view).rules),
            questions=self.settings.review.questions,
        )

    def sessions(self) -> list[str]:
        """The calibration sessions in which nobody is waited for: whoever still rates sees nothing."""
        return [name for name, rows in self._sessions_so_far()[0].rows.items() if not waiting(rows)]

    def session(self, name: str) -> CalibrationView:
        """What the page of such a session shows."""
        with self.lock:
            known, views = self._sessions_so_far()
            if name not in views:
                views[name] = calibration_view(self.days(), known, name)
            return views[name]

    def forget(self) -> None:
        """Make anew what was made: a session is complete, and pages lead to it now."""
        with self.lock:
            self.state = self.state[0], {}

    def in_session(self, name: str) -> set[str]:
        """The calls of a session."""
        return {row.call_id for row in self._sessions_so_far()[0].rows[name]}

    def unrated_of(self, name: str) -> Mapping[str, Unrated]:
        """By call: what somebody has still to rate, blind; looked up when any rater has said more."""
        if self.database is None or name not in self._blind_raters():
            return {}
        state, known = self._ratings_state(), self._known_unrated.get(name)
        if known is None or known[0] != state:
            with self.database.reading() as connection:
                known = state, unrated_of(connection, self.out, name)
            self._known_unrated[name] = known
        return known[1]

    def _blind_raters(self) -> Collection[str]:
        """Whoever a blind session names: of all others nothing is looked up."""
        now = stamps_of(self.out)
        if self._raters[0] != now:
            blind = (one for one in sessions(self.out) if not one.shown)
            self._raters = now, {rater for one in blind for rater in one.raters}
        return self._raters[1]

    def _sessions_so_far(self) -> _Rated:
        """The sessions with all that their raters have said up to now, and the views made of them."""
        with self.lock:
            held: dict[Hashable, _Rated] = self.once("rated", lambda _: {})
            said = self._ratings_state()
            if said not in held:
                held.clear()
                held[said] = Sessions.of(self.days(), self._ratings()), {}
            return held[said]

    def _ratings_state(self) -> Hashable:
        """What tells whether a rater has said anything since."""
        if self.database is None:
            return stamps_of(self.out)
        with self.database.reading() as connection:
            return stamps_of(self.out), last_number(connection, RATED)

    def _ratings(self) -> list[RatingRow]:
        """What the sessions ask of published calls, and what was said up to now."""
        own = sessions(self.out)
        words = self._words(own)
        dated = {call: date for one in own for call, date in one.calls.items()}
        there = self.stamps()
        rows = (row for one in own for row in rows_now(self.out, one, words))
        return [row for row in rows if dated[row.call_id] in there]

    def _words(
        self, own: Sequence[CalibrationSession]
    ) -> Mapping[tuple[str, str], Sequence[RaterWord]]:
        if self.database is None:
            return {}
        with self.database.reading() as connection:
            return words_of(connection, own)

    def calls(self, date: str) -> Mapping[str, Called]:
        """The calls of a date by the name of their page, in the order in which they began."""
        stamp = self.stamps().get(date)
        if stamp is None:
            return {}
        key = date, stamp
        with self._own:
            if key not in self._calls:
                self._calls[key] = self._read(date)
                if len(self._calls) > DATES:
                    self._calls.popitem(last=False)
            return self._calls[key]

    def _read(self, date: str) -> Mapping[str, Called]:
        rows = self.store.read(CallWhose, date)
        ordered = sorted(rows, key=lambda row: (str(row.started_at), row.call_id))
        return {
            names.safe_name(row.call_id): Called(
                date=date,
                call_id=row.call_id,
                agent_id=row.agent_id,
                agent_name=row.agent_name,
                team=row.team,
                file=row.file,
                page=names.call_page(date, row.call_id),
            )
            for row in ordered
        }

    def calls_drawn(self, inspector: str) -> Sequence[tuple[str, SampleRow]]:
        """The calls on somebody's work list, each with its date."""
        stamps = self.stamps()
        with self._own:
            if self._drawn[0] is not stamps:
                self._drawn = stamps, self._all_drawn()
            return self._drawn[1].get(inspector, ())

    def _all_drawn(self) -> Mapping[str, list[tuple[str, SampleRow]]]:
        found: dict[str, list[tuple[str, SampleRow]]] = {}
        for date in self.store.table_dates(SampleRow):
            for row in self.store.read(SampleRow, date):
                if row.drawn:
                    found.setdefault(row.inspector, []).append((date, row))
        return found

    def conversation(self, called: Called) -> Conversation | None:
        """All that there is of a call; None where it has just gone."""
        found = self.query.conversations(called.date, [called.call_id])
        return found[0] if found else None

    @cached_property
    def library(self) -> Library:
        """The rubrics of calls' pages: one that was kept never changes."""
        return Library(self.store.kept_rubric, self.settings.report.levels)


def _stamps(folder: Path) -> dict[str, Stamp]:
    if not folder.is_dir():
        return {}
    with os.scandir(folder) as entries:
        own = {
            e.name.removeprefix("date=").removesuffix(".json"): e.stat()
            for e in entries
            if e.name.startswith("date=") and e.name.endswith(".json")
        }
    return {date: (stat.st_mtime_ns, stat.st_size) for date, stat in sorted(own.items())}
