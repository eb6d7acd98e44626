"""Scoring what is kept, date by date, and publishing it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline import ending
from pipeline.detect.history import NOTHING
from pipeline.judging.judge import Judges
from pipeline.judging.reviewed import left_out
from pipeline.messages import tr
from pipeline.night.contacts import history, open_promises, publish_attempts
from pipeline.night.date import TABLES, Counted, Scoring
from pipeline.night.failures import list_failures, publish_failures
from pipeline.night.made_of import MadeOf
from pipeline.night.ratings import publish_acknowledgements, publish_answers, publish_ratings
from pipeline.night.scorer import unreadable
from pipeline.privacy.masking import MASKED
from pipeline.records import Failure, Night
from pipeline.resources import rule_files
from pipeline.review.calibration import sessions
from pipeline.review.verdicts import all_reviews, appeals_by_date, by_call
from pipeline.store import space
from pipeline.store.files import Store
from pipeline.store.manifest import wordless
from pipeline.store.schema import AppealRow, CallRow
from pipeline.store.state import CALLS, PAGES, reading, writing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from pipeline.detect.history import History
    from pipeline.progress import Progress
    from pipeline.records import Review
    from pipeline.settings import Settings


_PUBLISHED = "published"
"""Where an output folder remembers how it was masked."""
_SCORING = "scoring"
"""Where a call failed that had been heard well."""
_DATED = (*TABLES, AppealRow)
"""The tables that have a part for each date."""


def score_kept(
    out: Path,
    settings: Settings,
    *,
    progress: Progress,
    rubric: str | None = None,
    dates: Sequence[str] | None = None,
    jobs: int = 0,
    anew: bool = True,
) -> Night:
    """Score what is kept, date by date, each replaced whole; ``dates`` None: all of it.

    Dates that an earlier run heard and did not score are scored too, those whose publication broke off
    before all others, and earlier ones on which a promise to call back was still open. Each call is
    scored against the rubric that was last named for it: its folder's, or here ``rubric`` for all. At
    most ``jobs`` processes score; 0: as many as there are processors. Where what is masked has changed,
    every date is published again. Unless it is to be ``anew``, a date stays that would come out as it
    is.
    """
    store = Store.of(out, settings)
    store.take(progress)
    judges = _judges(store, settings, rubric, progress)
    found = _dates_to_score(store, settings, dates)
    _withdraw(store, found)
    publish_failures(store, settings, found.broken)
    publish_attempts(store, found.broken)
    wanted = sorted({*found.asked, *open_promises(store, found.asked)})
    counted = Counted(failures=_unreadable(store, found.damaged, wanted))
    made_of = MadeOf(store, settings)
    same = {} if anew else made_of.dates_unchanged(d for d in wanted if d not in found.broken)
    for date, before in same.items():
        counted.count(before)
        _settle(store, date, pages=False)
    to_score = [d for d in sorted(wanted, key=found.rank) if d not in same]
    known = history(store, wanted, settings) if to_score else NOTHING
    scoring = _make_scoring(store, judges, known, rubric, progress, jobs)
    for date, own in _score_dates(scoring, to_score).items():
        counted.add(own)
        if not own.failures:
            made_of.keep(date, scored=own.scored, not_scored=own.not_scored, review=own.review)
    publish_ratings(store, settings)
    publish_acknowledgements(store, settings)
    publish_answers(store, settings)
    list_failures(store, _SCORING, counted.failures, settings)
    store.remember(_PUBLISHED, _masking_versions(settings))
    return _night(counted, wanted)


def _judges(store: Store, settings: Settings, rubric: str | None, progress: Progress) -> Judges:
    """Who judges; every call is scored by ``rubric`` from now on, where one is named."""
    if settings.privacy.publish == "plain":
        progress.tell(tr('privacy.publish = "plain": what is published is not masked'))
    judges = Judges(settings)
    if rubric is not None:
        judges.of(rubric)
        _score_by(store, rubric)
    return judges


def _make_scoring(
    store: Store,
    judges: Judges,
    known: History,
    rubric: str | None,
    progress: Progress,
    jobs: int,
) -> Scoring:
    """What scores a date, by all that people have said so far."""
    verdicts = all_reviews(store.out, judges.settings)
    _tell_unknown(verdicts, judges, rubric, progress)
    return Scoring(
        store=store,
        judges=judges,
        history=known,
        reviews=by_call(verdicts),
        apart={call for one in sessions(store.out) for call in one.calls} | left_out(verdicts),
        progress=progress,
        jobs=jobs,
    )


def _score_dates(scoring: Scoring, dates: Iterable[str]) -> dict[str, Counted]:
    """What came of each date, scored and published with its appeals."""
    store, settings = scoring.store, scoring.judges.settings
    contested = appeals_by_date(store.out, settings)
    found: dict[str, Counted] = {}
    for date in dates:
        ending.check()
        space.check(store.out, settings.night)
        found[date] = scoring.score(date)
        _publish_appeals(store, date, contested.get(date, ()))
        _settle(store, date, pages=True)
    return found


def _night(counted: Counted, dates: Iterable[str]) -> Night:
    """What the scoring of ``dates`` came to; nothing was heard."""
    return Night(
        found=0,
        transcribed=0,
        scored=counted.scored,
        not_scored=counted.not_scored,
        review=counted.review,
        failures=tuple(counted.failures),
        dates=tuple(dates),
    )


@dataclass(frozen=True, kw_only=True)
class _Dates:
    """The dates that are ``asked`` for, and of all dates: those of which calls are there, and others."""

    asked: Sequence[str]
    there: Sequence[str]
    damaged: Sequence[str]
    broken: Collection[str]
    """Those whose publication broke off."""
    due: Collection[str]
    """Those of which calls were heard, or went, since they were last scored."""

    def rank(self, date: str) -> tuple[bool, str]:
        """Where a date stands among those to be scored: what broke off comes first."""
        return date not in self.broken, date


def _dates_to_score(store: Store, settings: Settings, dates: Sequence[str] | None) -> _Dates:
    """What there is, and what ``dates`` come to; None, or where the masking is another: all of it."""
    there, broken, due = store.transcripts.dates(), store.not_whole(), _due(store.out)
    if masked_otherwise(store, settings):
        dates = None
    return _Dates(
        asked=there if dates is None else [d for d in there if d in {*dates, *broken, *due}],
        there=there,
        damaged=sorted(set(store.transcripts.damaged_dates()) - set(there)),
        broken=broken,
        due=due,
    )


def _unreadable(store: Store, damaged: Iterable[str], wanted: Iterable[str]) -> list[Failure]:
    """What cannot be read any more, when each date's calls have been put into one file."""
    failures = [unreadable(f"transcripts/{date}.parquet") for date in damaged]
    for date in wanted:
        failures += map(unreadable, store.transcripts.fold(date))
    return failures


def _tell_unknown(
    verdicts: Iterable[Review], judges: Judges, rubric: str | None, progress: Progress
) -> None:
    """Say of which rules people spoke that there are none: a slip of the pen changes no score."""
    known = {
        *rule_files(judges.settings.rules).rules,
        *judges.of(rubric or judges.settings.rubric).rubric.rules,
    }
    counted = Counter(one.rule_id for one in verdicts if one.rule_id not in {"", *known})
    for rule_id, count in sorted(counted.items()):
        progress.tell(
            tr(
                "{n} verdicts on the rule {rule!r}: there is none, and they change nothing",
                n=count,
                rule=rule_id,
            )
        )


def _masking_versions(settings: Settings) -> dict[str, str]:
    what = settings.privacy.model_dump_json(exclude={"group", "audio"})
    return {"masking": MASKED, "settings": what}


def masked_otherwise(store: Store, settings: Settings) -> bool:
    """Whether what an output folder publishes was masked otherwise than it would be now, or never."""
    published = bool(store.table_dates(CallRow))
    return published and store.recall(_PUBLISHED) != _masking_versions(settings)


def _due(out: Path) -> set[str]:
    """The dates of which calls were heard, or went, since they were last scored."""
    with reading(out) as state:
        return state.due(CALLS)


def _settle(store: Store, date: str, *, pages: bool) -> None:
    """Remember that a date is published, and whether its ``pages`` are older."""
    with writing(store.out, store.access) as state:
        if pages:
            state.set_due(PAGES, [date])
        state.set_done(CALLS, [date])


def _withdraw(store: Store, found: _Dates) -> None:
    """Drop what was published of dates of which no call is kept any more, unless it was to stay."""
    published = {date for table in _DATED for date in store.table_dates(table)}
    gone = {*published, *found.broken, *found.due} - {*found.there, *found.damaged}
    for date in gone - wordless(store.out / "data", gone):
        store.publish(date, dict.fromkeys(_DATED))
        _settle(store, date, pages=True)


def _score_by(store: Store, rubric: str) -> None:
    """Remember with each call that it is scored against another rubric now, until one is named again."""
    for date in store.transcripts.dates():
        others = {
            head.recording.content_id: replace(head, rubric=rubric)
            for head in store.transcripts.heads(date)
            if head.rubric != rubric
        }
        if others:
            store.transcripts.change(date, others)


def _publish_appeals(store: Store, date: str, contested: Sequence[AppealRow]) -> None:
    """The appeals against a date's findings; a date without any has no such table."""
    if contested or store.part(AppealRow, date).is_file():
        store.publish(date, {AppealRow: contested or None})
