"""Calibration: some raters score the same calls, blind to each other, and what they say is read back.

A session lies in ``OUT/calibration/<name>/``: what was asked of whom in ``session.json``, and a CSV for
each rater with a line for each call and rule and one for the call's score. Every rule that is asked is
asked of every call, so that a line tells nothing of what the machine found in it. A rater with an
account may answer in the web application: that is in the database, and counts over his file.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from pipeline.errors import ConfigurationError
from pipeline.judging.reviewed import MACHINE, QUESTIONED, said_of
from pipeline.messages import tr
from pipeline.records import Judgement, Status
from pipeline.review.verdicts import has_database
from pipeline.review.worklists import week_of
from pipeline.store.access import atomic
from pipeline.store.parts import CallDrawn, FindingOutcome
from pipeline.store.schema import CallRow, RatingRow
from pipeline.text.csvfile import file_name, lines, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.records import Outcome
    from pipeline.review.rated import RaterWord
    from pipeline.settings import Settings
    from pipeline.store.files import Store

FOLDER = "calibration"
"""Where the sessions lie in the output folder."""
_FILE = "session.json"
_COLUMNS = ("call_id", "rule_id", "value", "score", "rater")
_TOLD = ("date", "rule", "machine", "hint")
"""What a rater's file says besides, for the eye."""
_RULE = "value 填 fault（违规）、no_fault（没有）或 cannot_tell（说不准）"
_WHOLE = "score 填整通的得分，0–100"


@dataclass(frozen=True, kw_only=True)
class CalibrationSession:
    """What was asked: of whom, of which calls (each with its date) and rules.

    ``expert`` is the rater whose word is the index, empty where nobody's is; ``shown``: the raters saw
    what the machine said.
    """

    name: str
    drawn_at: datetime
    raters: tuple[str, ...]
    expert: str
    shown: bool
    calls: Mapping[str, str]
    rules: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a session is to be: ``calls`` by their ids, else ``count`` of the latest week by chance.

    Without ``rules`` all are asked of which the machine has a violation or a doubt in some of the calls.
    """

    name: str
    raters: tuple[str, ...]
    expert: str = ""
    shown: bool = False
    count: int = 10
    calls: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A session that was drawn, and its files by rater."""

    session: CalibrationSession
    files: Mapping[str, Path]


_SESSION = TypeAdapter(CalibrationSession)


def draw_session(store: Store, settings: Settings, wanted: Wanted) -> Drawn:
    """Draw a session and write its files.

    Raises ``ConfigurationError`` for a name that is taken or none, raters that cannot be told apart, a
    call that is not there or not scored, and a week without calls.
    """
    _check(store.out, wanted)
    calls = _calls(store, settings, wanted)
    outcomes = _outcomes(store, calls)
    found = {rule for (_, rule), own in outcomes.items() if not QUESTIONED.isdisjoint(own)}
    session = CalibrationSession(
        name=wanted.name,
        drawn_at=datetime.now(UTC).replace(microsecond=0),
        raters=wanted.raters,
        expert=wanted.expert,
        shown=wanted.shown,
        calls={call.call_id: date for date, call in calls},
        rules=wanted.rules or tuple(sorted(found)),
    )
    folder = store.out / FOLDER / session.name
    rows = list(_lines_of_file(store, session, outcomes))
    files = {rater: folder / f"{file_name(rater)}.csv" for rater in session.raters}
    for rater, path in files.items():
        own = [(*row[:4], rater, *row[4:]) for row in rows]
        with atomic(path, store.access) as partial:
            partial.write_bytes(table((*_COLUMNS, *_TOLD), own))
    _write(store, session)
    return Drawn(session=session, files=files)


def _check(out: Path, wanted: Wanted) -> None:
    named = wanted.name.strip(".")
    if not named or not all(c.isalnum() or c in "-_." for c in wanted.name):
        raise ConfigurationError(
            tr(
                "{name!r} is no name of a session; expected letters, digits, - and _",
                name=wanted.name,
            )
        )
    if (out / FOLDER / wanted.name / _FILE).is_file():
        raise ConfigurationError(tr("there is a session {name} already", name=wanted.name))
    files = {file_name(rater) for rater in wanted.raters if rater not in {"", MACHINE}}
    if len(files) < len(wanted.raters) or len(files) < 2:
        raise ConfigurationError(
            tr(
                "raters: expected two or more, no two alike, none of them called {machine}",
                machine=MACHINE,
            )
        )
    if wanted.expert and wanted.expert not in wanted.raters:
        raise ConfigurationError(tr("index: {rater} is none of the raters", rater=wanted.expert))


def _calls(store: Store, settings: Settings, wanted: Wanted) -> list[tuple[str, CallDrawn]]:
    """The session's calls with their dates: those that are named, else some of the latest week's."""
    dates = store.table_dates(CallRow)
    if wanted.calls:
        return _calls_named(store, dates, wanted.calls)
    week = [d for d in dates if week_of(d) == week_of(max(dates))]
    before = {call for session in sessions(store.out) for call in session.calls}
    there = [
        (date, call)
        for date in week
        for call in sorted(store.read(CallDrawn, date), key=lambda c: c.call_id)
        if call.status is Status.SCORED and call.call_id not in before
    ]
    if not there:
        raise ConfigurationError(
            tr("{out}: no scored call that is in no session yet", out=store.out)
        )
    chance = random.Random(f"{settings.sampling.seed} calibration {wanted.name}")  # noqa: S311  no secret
    return sorted(
        chance.sample(there, min(wanted.count, len(there))), key=lambda one: one[1].call_id
    )


def _calls_named(
    store: Store, dates: Sequence[str], wanted: Sequence[str]
) -> list[tuple[str, CallDrawn]]:
    where = {"call_id": wanted}
    found = {c.call_id: (d, c) for d in dates for c in store.read(CallDrawn, d, where)}
    for call_id in wanted:
        if call_id not in found or found[call_id][1].status is not Status.SCORED:
            raise ConfigurationError(
                tr("{out} has no scored call {call_id}", out=store.out, call_id=call_id)
            )
    return [found[call_id] for call_id in dict.fromkeys(wanted)]


def _outcomes(
    store: Store, calls: Sequence[tuple[str, CallDrawn]]
) -> dict[tuple[str, str], set[Outcome]]:
    """By call and rule: what the machine found."""
    found: dict[tuple[str, str], set[Outcome]] = defaultdict(set)
    for date in {date for date, _ in calls}:
        where = {"call_id": [call.call_id for own, call in calls if own == date]}
        for row in store.read(FindingOutcome, date, where):
            found[row.call_id, row.rule_id].add(row.outcome)
    return found


def _lines_of_file(
    store: Store, session: CalibrationSession, outcomes: Mapping[tuple[str, str], set[Outcome]]
) -> Iterator[tuple[object, ...]]:
    """The lines of a rater's file, but for his name."""
    titles: dict[str, str] = {}
    calls = {}
    for call_id, date in session.calls.items():
        (calls[call_id],) = store.read(CallRow, date, {"call_id": (call_id,)})
        kept = store.kept_rubric(calls[call_id].rubric, calls[call_id].rubric_version)
        titles |= {rule: own.title for rule, own in (kept.rules.items() if kept else ())}
    if unknown := [rule for rule in session.rules if rule not in titles]:
        raise ConfigurationError(
            tr("{rule}: no rubric of these calls has such a rule", rule=unknown[0])
        )
    for call_id, date in session.calls.items():
        for rule in session.rules:
            said = (said_of(outcomes.get((call_id, rule), set())) or "") if session.shown else ""
            yield call_id, rule, "", "", date, titles[rule], said, _RULE
        score = calls[call_id].score if session.shown else ""
        yield call_id, "", "", "", date, "", score, _WHOLE


def sessions(out: Path) -> list[CalibrationSession]:
    """The sessions of an output folder, the earliest first."""
    found = (
        _SESSION.validate_json(path.read_bytes()) for path in (out / FOLDER).glob(f"*/{_FILE}")
    )
    return sorted(found, key=lambda one: (one.drawn_at, one.name))


def stamps_of(out: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells whether a session was drawn, or a file filled in, since: names, times (ns), sizes."""
    found = ((path, path.stat()) for path in sorted((out / FOLDER).glob("*/*")))
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in found)


def all_rows(out: Path, settings: Settings) -> dict[str, list[RatingRow]]:
    """By date: what was asked in all sessions, and answered so far.

    Raises ``ConfigurationError`` with file and line for what cannot be read.
    """
    found: dict[str, list[RatingRow]] = defaultdict(list)
    known = sessions(out)
    words = _in_database(out, settings, known)
    for session in known:
        for rater in session.raters:
            said = {**_in_file(out, session, rater), **last_said(words.get((session.name, rater)))}
            for row in _rows(session, rater, said):
                found[session.calls[row.call_id]].append(row)
    return found


def _in_database(
    out: Path, settings: Settings, known: Sequence[CalibrationSession]
) -> Mapping[tuple[str, str], Sequence[RaterWord]]:
    """By session and rater: what was said in the web application."""
    if not (known and has_database(out, settings)):
        return {}
    from pipeline.review.rated import everything

    return everything(out, settings, known)


def last_said(words: Sequence[RaterWord] | None) -> dict[tuple[str, str | None], _Said]:
    """By call and rule: the last word on it."""
    return {(one.call_id, one.rule_id): (one.value, one.score) for one in words or ()}


def rows_now(
    out: Path, session: CalibrationSession, words: Mapping[tuple[str, str], Sequence[RaterWord]]
) -> list[RatingRow]:
    """What was asked in a session and answered up to now, in the files and in these ``words``.

    A file that cannot be read says nothing yet: it is being filled in.
    """
    found: list[RatingRow] = []
    for rater in session.raters:
        said = last_said(words.get((session.name, rater)))
        with suppress(ConfigurationError):
            said = {**_in_file(out, session, rater), **said}
        found += _rows(session, rater, said)
    return found


def _rows(
    session: CalibrationSession, rater: str, said: Mapping[tuple[str, str | None], _Said]
) -> Iterator[RatingRow]:
    """What one rater was asked; null where he has not said yet."""
    for call_id in session.calls:
        for rule in (*session.rules, None):
            value, score = said.get((call_id, rule), (None, None))
            yield RatingRow(
                session=session.name,
                asked_at=session.drawn_at,
                call_id=call_id,
                rater=rater,
                expert=rater == session.expert,
                rule_id=rule,
                value=value,
                score=score,
            )


_Said = tuple[Judgement | None, float | None]


def _in_file(
    out: Path, session: CalibrationSession, rater: str
) -> dict[tuple[str, str | None], _Said]:
    """What a rater has filled in."""
    path = out / FOLDER / session.name / f"{file_name(rater)}.csv"
    found: dict[tuple[str, str | None], _Said] = {}
    for line, values in lines(path, _COLUMNS):
        if not values["value"] and not values["score"]:
            continue
        place = values["call_id"].removeprefix("'"), values["rule_id"] or None
        fault = _fault(place, values, session, rater)
        if place in found:
            fault = tr("asked and answered in an earlier line")
        if fault:
            raise ConfigurationError(fault, path=path, line=line)
        value, score = values["value"], values["score"]
        found[place] = Judgement(value) if value else None, float(score) if score else None
    return found


def _fault(
    place: tuple[str, str | None],
    values: Mapping[str, str],
    session: CalibrationSession,
    rater: str,
) -> str:
    """What is wrong with a line; empty where nothing is."""
    call_id, rule = place
    if call_id not in session.calls or rule not in {None, *session.rules}:
        return tr(
            "the session does not ask about {call_id} {rule}", call_id=call_id, rule=rule or ""
        )
    if values["rater"].removeprefix("'") != rater:
        return tr("rater: {rater!r} is not whose file this is", rater=values["rater"])
    if rule is None:
        wrong = values["value"] or not is_score(values["score"])
        return (
            tr("score: {score!r} is none; expected a number from 0 to 100", **values)
            if wrong
            else ""
        )
    if values["score"] or values["value"] not in set(Judgement):
        known = ", ".join(Judgement)
        return tr("value: {value!r} is none; expected one of {known}", **values, known=known)
    return ""


def is_score(text: str) -> bool:
    """Whether something is a number from 0 to 100."""
    try:
        return 0 <= float(text) <= 100
    except ValueError:
        return False


def forget(store: Store, before: str) -> None:
    """Take the calls before a date out of the sessions; one without calls goes."""
    for session in sessions(store.out):
        folder = store.out / FOLDER / session.name
        kept = {call: date for call, date in session.calls.items() if date >= before}
        if len(kept) == len(session.calls):
            continue
        for rater in session.raters:
            path = folder / f"{file_name(rater)}.csv"
            own = [
                v
                for _, v in lines(path, (*_COLUMNS, *_TOLD))
                if v["call_id"].removeprefix("'") in kept
            ]
            if kept:
                with atomic(path, store.access) as partial:
                    partial.write_bytes(table((*_COLUMNS, *_TOLD), (v.values() for v in own)))
            else:
                path.unlink(missing_ok=True)
        if kept:
            _write(store, replace(session, calls=kept))
        else:
            (folder / _FILE).unlink()


def _write(store: Store, session: CalibrationSession) -> None:
    with atomic(store.out / FOLDER / session.name / _FILE, store.access) as partial:
        partial.write_bytes(_SESSION.dump_json(session, indent=1) + b"\n")
