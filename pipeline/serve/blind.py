"""What is published, as a rater sees it while he has calls to rate blind: nothing found in those.

The tables are read without it, and every list, page and figure is made of them as for anybody else.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, cast

from pipeline.figures.ratings import sum_up
from pipeline.records import Status
from pipeline.report.days import Day, Days
from pipeline.serve.live import Live
from pipeline.store.files import Store
from pipeline.store.queries import Query
from pipeline.store.schema import CallRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pipeline.report.calibration import CalibrationView
    from pipeline.report.overall import Overall
    from pipeline.serve.live import Called, Stamp
    from pipeline.serve.unrated import Unrated
    from pipeline.store.columns import R
    from pipeline.store.schema import SampleRow

REMEMBERED = 20
"""Raters' views that are remembered: each session that is drawn or done asks for a new one."""
_FOUND = frozenset(
    {"findings", "interruptions", "holds", "reviews", "answers", "appeals", "acknowledgements"}
)
"""The tables of what was found in a call, or said of it."""
_JUDGED: Mapping[str, Any] = {
    "status": Status.SCORED,
    "reason": "",
    "score": None,
    "score_final": None,
    "level": "",
    "vetoed": False,
    "review": False,
    "interruptions": None,
    "tags": None,
}
"""What of a call itself was found, and what stands in its place."""


def without_verdict(row: R) -> R:
    """A row of a call, and nothing that was found in it."""
    there = {one.name for one in fields(cast("Any", row))}
    own = {name: value for name, value in _JUDGED.items() if name in there}
    return cast("R", replace(cast("Any", row), **own))


class BlindStore(Store):
    """An output folder, and nothing that was found in some calls."""

    def __init__(self, whole: Store, unrated: Collection[str]) -> None:
        """Over the same folder."""
        super().__init__(whole.out, whole.zone, whole.access)
        self._unrated = unrated

    def read(
        self, row: type[R], date: str, where: Mapping[str, Collection[str | bool]] | None = None
    ) -> list[R]:
        """The rows of one date of a table."""
        rows = super().read(row, date, where)
        if row.TABLE in _FOUND:
            return [one for one in rows if not self._hides(one)]
        if row.TABLE == CallRow.TABLE:
            return [without_verdict(one) if self._hides(one) else one for one in rows]
        return rows

    def _hides(self, row: object) -> bool:
        return getattr(row, "call_id", "") in self._unrated


@dataclass(kw_only=True)
class BlindDays(Days):
    """The dates of an output folder; those ``apart`` have calls of which nothing is shown."""

    whole: Days
    apart: Collection[str]

    def day(self, date: str) -> Day:
        """What a date comes to."""
        return super().day(date) if date in self.apart else self.whole.day(date)


class BlindLive(Live):
    """What is published, beside the ``whole`` of it that others see, until others are published."""

    def __init__(self, whole: Live, unrated: Mapping[str, Unrated]) -> None:
        """Nothing is read before it is asked for."""
        super().__init__(whole.out, whole.settings, whole.database)
        self._whole, self.made_of, self.lock = whole, whole.state, whole.lock
        self.unrated = unrated
        self.store = BlindStore(whole.store, unrated)
        self.query = Query(self.store)
        self._apart = {one.date for one in unrated.values()}
        self.state = self._blind_days(), {}

    def _blind_days(self) -> Days:
        library, worth = self._fresh()
        return BlindDays(
            query=self.query,
            library=library,
            worth=worth,
            mean=self.settings.report.mean,
            unrated={call_id: one.page for call_id, one in self.unrated.items()},
            whole=self.made_of[0],
            apart=self._apart,
        )

    def stamps(self) -> Mapping[str, Stamp]:
        """By date: what tells its publication from any other."""
        return self._whole.stamps()

    def overall(self) -> Overall:
        """What no period changes, without what people scored the calls with."""
        found = self._whole.overall()
        rated = found.rated and sum_up(
            [one for one in found.rated.calls if one.call_id not in self.unrated]
        )
        return replace(found, rated=rated, sessions=self.sessions()[::-1])

    def sessions(self) -> list[str]:
        """Those in which nobody is waited for, and of which he has seen every call."""
        return [
            s for s in self._whole.sessions() if not self._whole.in_session(s) & {*self.unrated}
        ]

    def session(self, name: str) -> CalibrationView:
        """What the page of such a session shows."""
        return self._whole.session(name)

    def forget(self) -> None:
        """Make anew what was made."""
        self._whole.forget()

    def calls(self, date: str) -> Mapping[str, Called]:
        """The calls of a date; those that he has to rate lead to the page on which he does."""
        return super().calls(date) if date in self._apart else self._whole.calls(date)

    def _read(self, date: str) -> Mapping[str, Called]:
        return {name: self._with_own_page(one) for name, one in super()._read(date).items()}

    def _with_own_page(self, one: Called) -> Called:
        own = self.unrated.get(one.call_id)
        return one if own is None else replace(one, page=own.page)

    def calls_drawn(self, inspector: str) -> Sequence[tuple[str, SampleRow]]:
        """The calls on somebody's work list; of those that he has to rate it is not said why."""
        drawn = self._whole.calls_drawn(inspector)
        return [
            (d, replace(row, why=()) if row.call_id in self.unrated else row) for d, row in drawn
        ]


class Views:
    """What is published, for everybody and for each rater with calls left."""

    def __init__(self, whole: Live) -> None:
        """Nobody has asked yet."""
        self._whole = whole
        self._made: OrderedDict[frozenset[tuple[str, Unrated]], BlindLive] = OrderedDict()
        self._guard = threading.Lock()

    def of(self, name: str) -> Live:
        """As somebody may see it."""
        unrated = self._whole.unrated_of(name)
        if not unrated:
            return self._whole
        self._whole.stamps()
        key = frozenset(unrated.items())
        with self._guard:
            known = self._made.pop(key, None)
            if known is None or known.made_of is not self._whole.state:
                known = BlindLive(self._whole, unrated)
            self._made[key] = known
            if len(self._made) > REMEMBERED:
                self._made.popitem(last=False)
        return known
