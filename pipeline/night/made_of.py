"""What a date's tables were made of, so that nothing is scored again that would come out the same."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import __version__
from pipeline.night.stamps import beside, digest_of, file, files, lines, program
from pipeline.resources import ROOT
from pipeline.review.calibration import sessions
from pipeline.review.verdicts import FOLDER, REVIEWS, stamp
from pipeline.store.schema import CallRow
from pipeline.store.state import ATTEMPTS, Scored, reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.settings import Settings
    from pipeline.store.files import Store


class MadeOf:
    """Digests of what dates are made of: program, settings, rules, words, verdicts, the history."""

    def __init__(self, store: Store, settings: Settings) -> None:
        """What is the same for every date is looked at once."""
        self._store = store
        self._same = [
            __version__,
            settings.model_dump_json(),
            *lines(program(), ROOT),
            *lines(beside(settings, settings.rubric, Path()), Path("/")),
            *lines((*files(store.out / FOLDER), *file(store.out / REVIEWS)), store.out),
            *(f"{one.name} {sorted(one.calls)}" for one in sessions(store.out)),
            stamp(store.out, settings),
        ]

    def digest(self, day: str) -> str:
        """Of one date: history is every call from the day before on, kept, published or attempted."""
        since = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        folder = self._store.transcripts.folder
        later = [d for d in self._store.transcripts.every_date() if d >= since]
        published = [d for d in self._store.table_dates(CallRow) if d >= since and d != day]
        words = [one for d in later for one in (*file(folder / f"{d}.parquet"), *files(folder / d))]
        others = [one for d in published for one in file(self._store.part(CallRow, d))]
        paths = {Path(name).parent for name in self._store.transcripts.rubrics(day) if "/" in name}
        rules = [one for path in sorted(paths) for one in files(path)]
        with reading(self._store.out) as state:
            attempts = [repr(line) for line in state.listed_since(ATTEMPTS, since)]
        seen = [*lines(words, folder), *lines(others, self._store.out), *lines(rules, Path("/"))]
        return digest_of([*self._same, *seen, *attempts])

    def dates_unchanged(self, days: Iterable[str]) -> dict[str, Scored]:
        """Those of the dates that would come out as they did, and how they did."""
        with reading(self._store.out) as state:
            before = {day: scored for day in days if (scored := state.last_scored(day)) is not None}
        return {d: scored for d, scored in before.items() if scored.made_of == self.digest(d)}

    def keep(self, day: str, *, scored: int, not_scored: int, review: int) -> None:
        """Note what a date was made of, and how it came out."""
        made_of = self.digest(day)
        with writing(self._store.out, self._store.access) as state:
            state.set_scored(day, Scored(made_of, scored, not_scored, review))
