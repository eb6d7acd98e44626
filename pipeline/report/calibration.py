"""The page of a calibration session: how well its raters agree, and where they do not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures.calibration import drifts, session_figures
from pipeline.judging.reviewed import said_of
from pipeline.report import names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.figures.calibration import Drift, SessionFigures
    from pipeline.records import Judgement, Outcome
    from pipeline.report.days import Days
    from pipeline.report.html import Site
    from pipeline.report.norms import Norms
    from pipeline.store.parts import CallScore, FindingOutcome
    from pipeline.store.schema import RatingRow


@dataclass(frozen=True, kw_only=True)
class Split:
    """A call and a rule of which the raters do not say the same; ``machine`` None: it says nothing."""

    call_id: str
    page: str
    rule_id: str
    said: Mapping[str, Judgement]
    machine: Judgement | None


@dataclass(frozen=True, kw_only=True)
class CallScores:
    """A call's scores by the raters and by the machine."""

    call_id: str
    page: str
    scores: Mapping[str, float]
    machine: float | None


@dataclass(frozen=True, kw_only=True)
class CalibrationView:
    """The page; ``drift`` has every rater over all sessions up to this one."""

    session: SessionFigures
    day: str
    norms: Norms
    drift: Sequence[Drift]
    splits: Sequence[Split]
    scored: Sequence[CallScores]


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """The sessions of an output folder, the earliest first, and what the machine says of their calls."""

    rows: Mapping[str, Sequence[RatingRow]]
    findings: Sequence[FindingOutcome]
    calls: Sequence[tuple[str, CallScore]]

    @classmethod
    def of(cls, days: Days, newer: Sequence[RatingRow] = ()) -> Sessions:
        """Those whose ratings are published; ``newer`` count in place of those of the same calls."""
        rows: dict[str, list[RatingRow]] = defaultdict(list)
        known = {(row.session, row.call_id) for row in newer}
        published = (r for r in days.query.ratings() if (r.session, r.call_id) not in known)
        for row in (*published, *newer):
            if row.session:
                rows[row.session].append(row)
        called = {row.call_id for own in rows.values() for row in own}
        return cls(
            rows={
                name: rows[name]
                for name in sorted(rows, key=lambda n: (_what_was_asked(rows[n]), n))
            },
            findings=days.query.outcomes(called),
            calls=days.query.scores(called),
        )

    def figures(self, name: str) -> SessionFigures:
        """What a session shows."""
        return session_figures(self.rows[name], self.findings, [row for _, row in self.calls])

    def until(self, name: str) -> list[SessionFigures]:
        """The sessions up to one of them; none before it in which somebody is still waited for."""
        earlier = list(self.rows)[: list(self.rows).index(name)]
        done = [own for own in earlier if not waiting(self.rows[own])]
        return [self.figures(own) for own in (*done, name)]


def _what_was_asked(rows: Sequence[RatingRow]) -> str:
    return str(rows[0].asked_at)


def write_sessions(site: Site, days: Days) -> list[str]:
    """The pages of the sessions in which nobody is waited for, and of those that have one already.

    A rater who is still at it could read there what the others said. The names of those that have a
    page, the newest first.
    """
    known = Sessions.of(days)
    done = [
        name
        for name, rows in known.rows.items()
        if site.has(names.session_page(name)) or not waiting(rows)
    ]
    for name in done:
        write_session(site, days, known, name)
    site.only("calibration", map(names.session_page, done))
    return done[::-1]


def waiting(rows: Sequence[RatingRow]) -> int:
    """Lines that are not filled in yet."""
    return sum(row.value is None and row.score is None for row in rows)


def write_session(site: Site, days: Days, known: Sessions, name: str) -> SessionFigures:
    """One session's page."""
    view = calibration_view(days, known, name)
    site.page(names.session_page(name), "calibration.html", view)
    return view.session


def calibration_view(days: Days, known: Sessions, name: str) -> CalibrationView:
    """The view of a session's page."""
    rows, past = known.rows[name], known.until(name)
    pages = {
        row.call_id: names.call_page(date, row.call_id)
        for date, row in known.calls
        if days.worth.has_page(date, row.call_id)
    }
    return CalibrationView(
        session=past[-1],
        day=_what_was_asked(rows)[:10],
        norms=days.norms,
        drift=[d for d in drifts(past) if d.sessions[-1][0] == name],
        splits=_splits(rows, known.findings, pages),
        scored=_call_scores(rows, [row for _, row in known.calls], pages),
    )


def _splits(
    rows: Sequence[RatingRow], findings: Sequence[FindingOutcome], pages: Mapping[str, str]
) -> list[Split]:
    said: dict[tuple[str, str], dict[str, Judgement]] = defaultdict(dict)
    for row in rows:
        if row.rule_id is not None and row.value is not None:
            said[row.call_id, row.rule_id][row.rater] = row.value
    machine: dict[tuple[str, str], set[Outcome]] = defaultdict(set)
    for finding in findings:
        machine[finding.call_id, finding.rule_id].add(finding.outcome)
    return [
        Split(
            call_id=call_id,
            page=pages.get(call_id, ""),
            rule_id=rule_id,
            said=own,
            machine=said_of(machine.get((call_id, rule_id), set())),
        )
        for (call_id, rule_id), own in sorted(said.items())
        if len(set(own.values())) > 1
    ]


def _call_scores(
    rows: Sequence[RatingRow], calls: Sequence[CallScore], pages: Mapping[str, str]
) -> list[CallScores]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.rule_id is None and row.score is not None:
            found[row.call_id][row.rater] = row.score
    machine = {call.call_id: call.score for call in calls}
    listed = [
        CallScores(
            call_id=call_id, page=pages.get(call_id, ""), scores=own, machine=machine.get(call_id)
        )
        for call_id, own in sorted(found.items())
    ]
    return sorted(listed, key=lambda s: min(s.scores.values()) - max(s.scores.values()))
