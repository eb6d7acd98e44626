"""Every route of the application, and who may use it: the one table that decides.

``who`` names the duties, and how far each of them sees there. ``whose`` tells whose the thing is that a
route is about; what is out of somebody's reach is for him as if it were not there. ``anybody``: no
account is needed. Where there are no accounts at all, whoever reaches this machine's own address reads
what ``reading`` marks: what the static pages show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.review.accounts import Duty
from pipeline.serve import (
    account,
    acknowledging,
    answering,
    appealing,
    call,
    coaching,
    entrance,
    handing,
    oidc,
    pages,
    rating,
    reviewing,
)
from pipeline.serve.chosen import HANDERS
from pipeline.serve.people import Reach, Subject

if TYPE_CHECKING:
    from starlette.responses import Response

    from pipeline.serve.desk import Asked, Desk

_Enter = Callable[["Asked"], "Response"]
_Who = Mapping[Duty, Reach]
_Whose = Callable[["Desk", Mapping[str, str]], Subject | None]

SEEING = {
    Duty.INSPECTOR: Reach.ALL,
    Duty.OWNER: Reach.ALL,
    Duty.ADMIN: Reach.ALL,
    Duty.LEAD: Reach.TEAM,
    Duty.AGENT: Reach.OWN,
}
"""How far each duty sees."""
_NOT_AGENTS: _Who = {duty: reach for duty, reach in SEEING.items() if duty is not Duty.AGENT}
_EVERYTHING = {duty: reach for duty, reach in SEEING.items() if reach is Reach.ALL}
_REVIEWING = dict.fromkeys(call.REVIEWERS, Reach.ALL)
_RATING = dict.fromkeys(rating.RATERS, Reach.GIVEN)
_WORKING = {**_REVIEWING, **{duty: SEEING[duty] for duty in rating.RATERS}}
_HANDING = {duty: SEEING[duty] for duty in HANDERS}
_DECIDING = {duty: SEEING[duty] for duty in (Duty.INSPECTOR, Duty.OWNER, Duty.LEAD, Duty.AGENT)}


@dataclass(frozen=True, kw_only=True)
class Door:
    """A route."""

    method: str
    path: str
    enter: _Enter
    who: _Who = field(default_factory=dict)
    whose: _Whose | None = None
    reading: bool = False
    anybody: bool = False


def _call(desk: Desk, parts: Mapping[str, str]) -> Subject | None:
    return call.subject_of_call(desk.live, parts)


def _agent(desk: Desk, parts: Mapping[str, str]) -> Subject | None:
    return pages.subject_of_agent(desk.live, parts)


def _scope(desk: Desk, parts: Mapping[str, str]) -> Subject | None:
    return pages.subject_of_scope(desk.live, parts)


def _session(desk: Desk, parts: Mapping[str, str]) -> Subject | None:
    return rating.subject_of_session(desk.live, parts)


def _read(path: str, enter: _Enter, who: _Who = SEEING, whose: _Whose | None = None) -> Door:
    """A page that the static ones have too."""
    return Door(method="GET", path=path, enter=enter, who=who, whose=whose, reading=True)


def _get(path: str, enter: _Enter, who: _Who, whose: _Whose | None = None) -> Door:
    return Door(method="GET", path=path, enter=enter, who=who, whose=whose)


def _post(path: str, enter: _Enter, who: _Who, whose: _Whose | None = None) -> Door:
    return Door(method="POST", path=path, enter=enter, who=who, whose=whose)


def _open(method: str, path: str, enter: _Enter) -> Door:
    """A door for whoever comes."""
    return Door(method=method, path=path, enter=enter, anybody=True)


_closed = rating.closed_to_raters
_ONE_CALL = "{date}/{name}"
_ONE_RATED = "{session}/{name}"
DOORS: tuple[Door, ...] = (
    _open("GET", "/assets/{name}", pages.asset),
    _open("GET", "/login", entrance.login_page),
    _open("POST", "/login", entrance.log_in),
    _open("GET", "/oidc/login", entrance.to_company),
    _open("GET", f"/{oidc.BACK}", entrance.from_company),
    _post("/logout", entrance.log_out, who=SEEING),
    _read("/", pages.start),
    _read("/index.html", pages.start),
    _read("/periods/{key}.html", pages.period, who=_NOT_AGENTS, whose=_scope),
    _read("/periods/{key}/{scope}.html", pages.period, who=_NOT_AGENTS, whose=_scope),
    _read("/agents/{agent}.html", coaching.card, whose=_agent),
    _read("/agents/{agent}/{month}.html", coaching.card, whose=_agent),
    _read("/calls.html", pages.calls),
    _read("/lists/index.js", pages.index),
    _read("/search.json", pages.page_of_calls),
    _read("/scores.xlsx", pages.sheet, who=_EVERYTHING),
    _read("/record/index.html", pages.record, who=_EVERYTHING),
    _read("/calibration/{session}.html", pages.session, who=_EVERYTHING),
    _read(f"/calls/{_ONE_CALL}.html", _closed(call.show), whose=_call),
    _read(f"/sound/{_ONE_CALL}", call.listen, whose=_call),
    _get(f"/plain/{_ONE_CALL}.html", _closed(call.plainly), who=SEEING, whose=_call),
    _get(f"/plain-sound/{_ONE_CALL}", call.listen_plainly, who=SEEING, whose=_call),
    _get("/work.html", reviewing.work, who=_WORKING),
    _get("/rate/{session}.html", rating.overview, who=_RATING, whose=_session),
    _get(f"/rate/{_ONE_RATED}.html", rating.show, who=_RATING, whose=_session),
    _get(f"/rate/{_ONE_RATED}/sound", rating.listen, who=_RATING, whose=_session),
    _post(f"/rate/{_ONE_RATED}/word", rating.say, who=_RATING, whose=_session),
    _post(f"/calls/{_ONE_CALL}/answer", _closed(answering.say), who=_REVIEWING, whose=_call),
    _post(f"/calls/{_ONE_CALL}/verdict", _closed(reviewing.judge), who=_REVIEWING, whose=_call),
    _get("/appeals.html", appealing.overview, who=SEEING),
    _post(f"/calls/{_ONE_CALL}/appeal", appealing.appeal, who={Duty.AGENT: Reach.OWN}, whose=_call),
    _post(
        f"/calls/{_ONE_CALL}/acknowledge",
        acknowledging.nod,
        who={Duty.AGENT: Reach.OWN},
        whose=_call,
    ),
    _get("/appeals/{number}", appealing.show, who=SEEING, whose=appealing.subject_of_appeal),
    _post("/appeals/{number}", appealing.step, who=_DECIDING, whose=appealing.subject_of_appeal),
    _post("/appeals/{number}/hand", handing.hand, who=_HANDING, whose=appealing.subject_of_appeal),
    _post("/agents/{agent}/notes", coaching.add_note, who={Duty.LEAD: Reach.TEAM}, whose=_agent),
    _get("/notes/{number}", coaching.show_note, who=SEEING, whose=coaching.subject_of_note),
    _post(
        "/notes/{number}",
        coaching.note_step,
        who={Duty.LEAD: Reach.TEAM, Duty.AGENT: Reach.OWN},
        whose=coaching.subject_of_note,
    ),
    _get(f"/{account.PAGE}", account.show, who=SEEING),
    _post("/account", account.switch, who=SEEING),
    _get("/audit.html", entrance.log, who={Duty.ADMIN: Reach.ALL}),
)
