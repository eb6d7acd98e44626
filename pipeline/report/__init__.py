"""The pages and the workbook: laid out from the tables, nothing is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.messages import tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.progress import Progress
    from pipeline.report.html import Site
    from pipeline.report.norms import Library
    from pipeline.report.overall import Overall
    from pipeline.report.tables import Period
    from pipeline.settings import Settings
    from pipeline.store.files import Store
    from pipeline.store.schema import CallRow


def write_reports(
    out: Path,
    settings: Settings,
    *,
    progress: Progress,
    dates: Sequence[str] | None = None,
) -> None:
    """Write ``OUT/reports/`` from ``OUT/data/`` and the kept recordings.

    Titles and levels are those of the rubric that scored a call, as it is kept. ``dates`` are those
    whose calls have changed (None: all): only their calls' pages are written again, and those that
    are missing.
    The same tables give the same bytes. ``OUT/ratings.csv``, where people put their own scores, is
    read before anything is written; a wrong line in it is a ``ConfigurationError``.
    """
    from pipeline.figures.ratings import RATINGS, read_ratings
    from pipeline.report.html import Site
    from pipeline.report.norms import Library
    from pipeline.report.overall import read_overall
    from pipeline.report.tables import read_period
    from pipeline.store.files import Store

    ratings = read_ratings(out / RATINGS)
    store = Store.of(out, settings)
    store.take(progress)
    site = Site.at(out / "reports", store.access)
    library = Library(store.kept_rubric)
    site.assets()
    _write_calls(site, store, settings, library, dates, progress)
    period = read_period(store, library)
    overall = read_overall(store, period, settings.shifts, ratings)
    _write_people(site, period, overall, progress)


def _write_calls(
    site: Site,
    store: Store,
    settings: Settings,
    library: Library,
    dates: Sequence[str] | None,
    progress: Progress,
) -> None:
    """The calls' pages of ``dates``, and of other dates where one is missing."""
    from pipeline.report.call import call_view
    from pipeline.report.names import call_page
    from pipeline.report.sound import Playback

    there = _calls(store)
    paths = {date: [call_page(date, call_id) for call_id, _ in own] for date, own in there.items()}
    stale = [
        d for d, own in paths.items() if dates is None or d in dates or not all(map(site.has, own))
    ]
    sound = Playback(site, store, settings)
    playable = sound.of_pages({date: set(there[date]) for date in stale}, progress)
    progress.begin(tr("pages"), sum(len(there[date]) for date in stale))
    for date in stale:
        for view in call_view(store, date, library):
            call: CallRow = view["call"]
            audio = playable.get((date, call.call_id, call.file), "")
            site.page(call_page(date, call.call_id), "call.html", view | {"audio": audio})
            progress.step(call.call_id)
    site.only("calls", [path for own in paths.values() for path in own])
    sound.tidy()


def _calls(store: Store) -> dict[str, list[tuple[str, str]]]:
    """By date: every call's id and file."""
    from pipeline.store.parts import CallFile

    return {
        date: [(row.call_id, row.file) for row in store.read(CallFile, date)]
        for date in store.table_dates(CallFile)
    }


def _write_people(site: Site, period: Period, overall: Overall, progress: Progress) -> None:
    """The team's page, each agent's, and the workbook."""
    from pipeline.report.names import agent_page
    from pipeline.report.scorecard import Others, scorecard_view
    from pipeline.report.team import standings, team_view
    from pipeline.report.workbook import workbook

    listed = standings(period)
    others = Others.of(period, listed)
    progress.begin(tr("scorecards"), len(listed))
    for own in listed:
        agent_id = own.figures.agent_id
        site.page(agent_page(agent_id), "agent.html", scorecard_view(period, own, others))
        progress.step(agent_id)
    site.only("agents", [agent_page(own.figures.agent_id) for own in listed])
    site.write("scores.xlsx", workbook(period, listed, overall))
    site.page("index.html", "team.html", team_view(period, overall))
