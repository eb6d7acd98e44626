"""The pages that are there without a network too, made at the moment they are asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from pipeline.figures.periods import PeriodKind
from pipeline.report import html, listing, names, scorecard
from pipeline.report.days import EVERYBODY, Scope
from pipeline.report.record import record_view
from pipeline.report.team import front, page_of, recent, standings, team_view
from pipeline.report.workbook import workbook
from pipeline.resources import REPORTS
from pipeline.review.accounts import Duty
from pipeline.review.acknowledged import Nod
from pipeline.serve import acknowledging
from pipeline.serve.desk import PRIVATE, WrongError, answer, page
from pipeline.serve.people import Reach, Subject
from pipeline.serve.search import search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.figures.periods import Period
    from pipeline.report.days import Days
    from pipeline.report.team import TeamView
    from pipeline.serve.desk import Asked
    from pipeline.serve.live import Live

_SCOPED = re.compile(r"(?P<kind>team|queue|shift)-(?P<name>.+)")
_MONTH = re.compile(r"\d{4}-\d{2}")


def start(asked: Asked) -> Response:
    """Where somebody's day begins."""
    if asked.reach is Reach.ALL:
        return whole(asked)
    if asked.duty is Duty.AGENT:
        return RedirectResponse(names.link(names.agent_page(asked.user.agent_id)), 303)
    scope = Scope("team", asked.user.team)
    with asked.live.lock:
        calendar = asked.live.days().calendar
        return RedirectResponse(names.link(page_of(calendar, front(calendar), scope)), 303)


def whole(asked: Asked) -> Response:
    """The team's page of the newest days, of everybody."""
    return page(asked, "team.html", front_view(asked.live), "index.html")


def front_view(live: Live) -> TeamView:
    """What the team's page of the newest days shows, of everybody."""
    return live.once("front", lambda days: _team(live, days, front(days.calendar), EVERYBODY))


def _team(live: Live, days: Days, wanted: Period, scope: Scope) -> TeamView:
    return team_view(days, wanted, scope, live.overall())


def subject_of_scope(live: Live, parts: Mapping[str, str]) -> Subject | None:
    """Whose a page of a period is; only a team's is a team lead's."""
    scope = _scope(live, parts.get("scope", ""))
    if scope is None:
        return None
    return Subject(team=scope.name if scope.kind == "team" else "")


def _scope(live: Live, written: str) -> Scope | None:
    """The scope whose pages have this name; None where there is none."""
    if not written:
        return EVERYBODY
    match = _SCOPED.fullmatch(written)
    if match is None:
        return None
    kind = match["kind"]
    known = live.once(("scopes", kind), lambda days: days.by(kind, days.calendar.whole))
    name = next((n for n in known if n and names.safe_name(n) == match["name"]), None)
    return None if name is None else Scope(match["kind"], name)


def period(asked: Asked) -> Response:
    """The team's page of a period, of everybody or of a team, queue or shift."""
    parts = asked.request.path_params
    live, key = asked.live, asked.part("key")
    scope = _scope(live, str(parts.get("scope", ""))) or EVERYBODY
    view = live.once(
        ("team", key, scope), lambda days: _team(live, days, _period(days, key), scope)
    )
    wanted = view.period
    if asked.reach is not Reach.ALL:  # other teams are none of his business
        view = replace(view, chooser=replace(view.chooser, scopes={}))
    return page(asked, "team.html", view, names.period_page(wanted.key, scope.kind, scope.name))


def _period(days: Days, key: str) -> Period:
    found = [one for kind in PeriodKind for one in days.calendar.kind(kind) if one.key == key]
    if not found:
        raise WrongError(404, "没有这段时间。")
    return found[0]


def subject_of_agent(live: Live, parts: Mapping[str, str]) -> Subject | None:
    """Whose a scorecard is."""
    own = live.once("agents", lambda days: days.agents(days.calendar.whole))
    wanted = parts["agent"]
    found = [one.agent for agent_id, one in own.items() if names.safe_name(agent_id) == wanted]
    return Subject(agent_id=found[0].agent_id, team=found[0].team) if found else None


def card_of(asked: Asked) -> scorecard.AgentView | None:
    """An agent's scorecard of the newest dates, or of a month; None where he has no call in them."""
    agent_id, live = asked.subject.agent_id, asked.live
    month = str(asked.request.path_params.get("month", ""))
    return live.once(("card", agent_id, month), lambda days: _card(live, days, agent_id, month))


def _card(live: Live, days: Days, agent_id: str, month: str) -> scorecard.AgentView | None:
    wanted = _period(days, month) if _MONTH.fullmatch(month) else recent(days)
    team = live.once(("peers", wanted.key), lambda days: _peers(live, days, wanted))
    own = next((one for one in team.standings if one.figures.agent_id == agent_id), None)
    if own is None:
        return None
    rows = scorecard.own_rows(days, wanted, [agent_id])[agent_id]
    return scorecard.agent_view(days, wanted, own, team, rows)


def _peers(live: Live, days: Days, wanted: Period) -> scorecard.Team:
    """What the scorecards of a period share."""
    return scorecard.Team(
        whole=days.total(wanted),
        standings=standings(days, wanted),
        examples=scorecard.examples(days, wanted),
        questions=live.settings.review.questions,
    )


def record(asked: Asked) -> Response:
    """How right each rule is, by what people said."""
    return page(asked, "record.html", asked.live.once("record", record_view), names.RECORD_PAGE)


def session(asked: Asked) -> Response:
    """How far the raters of a calibration session agree."""
    live, wanted = asked.live, f"calibration/{asked.part('session')}.html"
    name = next((one for one in live.sessions() if names.session_page(one) == wanted), None)
    if name is None:
        raise WrongError(404, "没有这次校准，或还有人没评完。")
    return page(asked, "calibration.html", live.session(name), wanted)


def calls(asked: Asked) -> Response:
    """The list of calls; what is chosen in it is asked for by its script."""
    scope = asked.scope
    view = asked.live.once(
        ("calls", scope), lambda days: listing.calls_view(days, scope, "search.json")
    )
    return page(asked, "calls.html", view, "calls.html")


def index(asked: Asked) -> Response:
    """The script that says how rules and levels are called."""
    content = asked.live.once("index", lambda days: listing.index(days, {}))
    return Response(content, media_type="text/javascript", headers=PRIVATE)


def page_of_calls(asked: Asked) -> Response:
    """One page of the calls that are asked for, as the list's script reads them."""
    chosen = dict(asked.request.query_params)
    number = chosen.get("page", "")
    wanted = int(number) if number.isdecimal() and len(number) < 7 else 0
    live = asked.live
    nods = _nods(asked, chosen.get("state", ""))
    dates, blind = list(live.stamps()), list(live.unrated)
    result = search(live.out / "data", dates, chosen, asked.scope, wanted, nods, blind)
    return answer({"total": result.total, "rows": _lines(asked, result.calls)})


def _nods(asked: Asked, state: str) -> Sequence[tuple[str, str]] | None:
    """The calls of a state by their agents' words, each with its agent; None: of no such state."""
    if state == acknowledging.UNREAD:
        return list(acknowledging.all_nods(asked.desk))
    if state not in set(Nod):
        return None
    own = [w for w, one in acknowledging.all_nods(asked.desk).items() if one.nod == state]
    return [(call, agent) for call, agent in own if call not in asked.live.unrated]


def _lines(asked: Asked, calls: Sequence[tuple[str, str]]) -> list[list[object]]:
    """Calls as the list shows them, each with its date; the state of a call has its agent's word too."""
    live = asked.live
    wanted: dict[str, list[str]] = {}
    for date, call_id in calls:
        wanted.setdefault(date, []).append(call_id)
    with live.lock:
        days = live.days()
        lines = {
            (date, call.call_id): listing.line(days, date, call, events[call.call_id])
            for date, own in wanted.items()
            for events in [live.query.events_of(date, own)]
            for call in live.query.calls_of(date, own)
        }
    shown = [(date, lines[date, call_id]) for date, call_id in calls if (date, call_id) in lines]
    own = [(line[_CALL], line[_AGENT]) for _, line in shown if line[_CALL] not in live.unrated]
    states = acknowledging.states(asked.desk, own)
    for _, line in shown:
        line[_STATE] = [*line[_STATE], *([states[line[_CALL]]] if line[_CALL] in states else ())]
    return [[date, line] for date, line in shown]


_CALL, _AGENT, _STATE = 0, 3, 12
"""Where a line of the list has them."""


def sheet(asked: Asked) -> Response:
    """The workbook: whole, since it is passed on, and so not for whoever has calls to rate blind."""
    if asked.live.unrated:
        instead = next(iter(asked.live.unrated.values())).page
        raise WrongError(
            403, "表格里有您没评完的校准里的通话，连同机器的评分：先评完，再下载。", instead
        )
    live, base = asked.live, asked.desk.settings.report.base_url
    content = live.once("sheet", lambda days: workbook(days, live.overall(), base))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(content, media_type=kind, headers=PRIVATE)


_KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}


def asset(asked: Asked) -> Response:
    """A style sheet, a script, the house's colours or logo."""
    name, report = asked.part("name"), asked.desk.settings.report
    if name == html.HOUSE:
        return _file(name, html.colours(report.colours).encode())
    if report.logo is not None and name == html.logo(report):
        return _file(name, report.logo.read_bytes())
    path = next((p for p in (REPORTS / "static").iterdir() if p.name == name), None)
    if path is None or not path.is_file():
        raise WrongError(404, "没有这个文件。")
    return _file(name, path.read_bytes())


def _file(name: str, content: bytes) -> Response:
    kind = _KINDS.get(name[name.rfind(".") :].lower(), "application/octet-stream")
    return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})
