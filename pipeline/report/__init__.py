"""The pages and the workbook: laid out from the tables, nothing is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.messages import tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.figures.ratings import Rating
    from pipeline.progress import Progress
    from pipeline.report.days import Days
    from pipeline.report.html import Site
    from pipeline.report.overall import Overall
    from pipeline.settings import Settings


def write_reports(
    out: Path,
    settings: Settings,
    *,
    progress: Progress,
    dates: Sequence[str] | None = None,
) -> None:
    """Write ``OUT/reports/`` from ``OUT/data/`` and the kept recordings.

    Titles and levels are those of the rubric that scored a call, as it is kept. ``dates`` are those
    whose calls have changed (None: all): only their calls' pages and lists are written again, and those
    that are missing.
    The same tables give the same bytes. ``OUT/ratings.csv``, where people put their own scores, is
    read before anything is written; a wrong line in it is a ``ConfigurationError``.
    """
    from pipeline.figures.ratings import RATINGS, read_ratings
    from pipeline.report.calls import write_calls
    from pipeline.store.files import Store

    ratings = read_ratings(out / RATINGS)
    Store.of(out, settings).take(progress)
    site, days = site_and_days(out, settings)
    site.assets()
    write_calls(site, days, settings, dates, progress)
    _write_lists(site, days, dates)
    _write_agents(site, days, settings, progress)
    _write_team(site, days, settings, _overall(site, days, settings, ratings), progress)


def site_and_days(out: Path, settings: Settings) -> tuple[Site, Days]:
    """The folder of pages, and what there is to write on them."""
    from pipeline.report.days import Days
    from pipeline.report.html import Site
    from pipeline.report.norms import Library
    from pipeline.report.worth import Worth
    from pipeline.store.files import Store
    from pipeline.store.queries import Query

    store = Store.of(out, settings)
    library = Library(store.kept_rubric, settings.report.levels)
    worth = Worth(store, settings.report.pages)
    site = Site.at(out / "reports", store.access, settings.report)
    return site, Days(Query(store), library, worth, settings.report.mean)


def _write_lists(site: Site, days: Days, dates: Sequence[str] | None) -> None:
    """The page of all calls, and its data: of ``dates``, and of others that have none yet."""
    from pipeline.report.listing import INDEX, calls_view, index, parts, parts_of

    listed = {}
    for date in days.calendar.whole.dates:
        there = parts_of(date, site.files("lists"))
        if dates is None or date in dates or not there:
            made = parts(days, date)
            for part in made:
                site.write(part.path, part.content)
            there = [part.path for part in made]
        listed[date] = there
    site.write(INDEX, index(days, listed))
    site.only("lists", [INDEX, *(path for own in listed.values() for path in own)])
    site.page("calls.html", "calls.html", calls_view(days))


def _write_agents(site: Site, days: Days, settings: Settings, progress: Progress) -> None:
    """Each agent's scorecards: of the newest dates, and of the newest months."""
    from pipeline.report import scorecard
    from pipeline.report.team import standings

    written = []
    periods = scorecard.periods(days)
    progress.begin(tr("scorecards"), sum(len(days.agents(p)) for p in periods))
    for period in periods:
        listed = standings(days, period)
        team = scorecard.Team(
            whole=days.total(period),
            standings=listed,
            examples=scorecard.examples(days, period),
            questions=settings.review.questions,
        )
        by_id = {one.figures.agent_id: one for one in listed}
        for wanted in scorecard.batches(days, period):
            rows = scorecard.own_rows(days, period, wanted)
            for agent_id in wanted:
                view = scorecard.agent_view(days, period, by_id[agent_id], team, rows[agent_id])
                path = scorecard.page_of(period, agent_id)
                site.page(path, "agent.html", view)
                written.append(path)
                progress.step(agent_id)
    site.only("agents", written)


def _overall(site: Site, days: Days, settings: Settings, ratings: Sequence[Rating]) -> Overall:
    """What no period changes; the pages of calibration sessions and of the machine's record with it."""
    from pipeline.report.calibration import write_sessions
    from pipeline.report.overall import read_overall
    from pipeline.report.record import write_record

    return read_overall(
        days.query,
        settings.shifts,
        ratings,
        write_sessions(site, days),
        record=write_record(site, days),
        questions=settings.review.questions,
    )


def _write_team(
    site: Site,
    days: Days,
    settings: Settings,
    overall: Overall,
    progress: Progress,
) -> None:
    """The team's page of each period, of everybody and of teams, queues and shifts; the workbook."""
    from pipeline.figures.periods import PeriodKind
    from pipeline.report.days import EVERYBODY
    from pipeline.report.team import page_of, periods_with_page, team_view
    from pipeline.report.workbook import workbook

    calendar = days.calendar
    every = [EVERYBODY, *(scope for own in days.scopes.values() for scope in own)]
    wanted = [
        (period, scope)
        for scope in every
        for kind in PeriodKind
        for period in periods_with_page(calendar, kind, scope)
    ]
    progress.begin(tr("team pages"), len(wanted))
    for period, scope in wanted:
        path = page_of(calendar, period, scope)
        site.page(path, "team.html", team_view(days, period, scope, overall))
        progress.step(path)
    paths = [page_of(calendar, period, scope) for period, scope in wanted]
    site.only("periods", [path for path in paths if path != "index.html"])
    site.write("scores.xlsx", workbook(days, overall, settings.report.base_url))
