"""A week's draw: into the table of samples, and onto a work list for each inspector.

A work list is a CSV with a line a finding and a last line for the call as a whole. Its first columns
are those of ``reviews.csv``: whoever fills in ``verdict`` and ``comment`` has written his reviews, and
a line without a verdict is one that nobody has judged yet.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.judging.reviewed import QUESTIONED
from pipeline.messages import tr
from pipeline.records import Outcome, Status, Verdict
from pipeline.review.draw import Candidate, Draw, draw, shared_out
from pipeline.review.verdicts import COLUMNS, FOLDER
from pipeline.store.access import atomic
from pipeline.store.parts import AgentSeen, CallDrawn, FindingAsked
from pipeline.store.schema import CallRow, SampleRow
from pipeline.text.csvfile import file_name, lines, table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.settings import Settings
    from pipeline.store.files import Store

_TOLD = ("date", "agent_id", "agent_name", "score", "why", "at_s", "quote", "message")
"""What a work list says besides, for the eye."""
NOBODY = "未分配"
"""The name of the list of calls that no inspector may judge, or for which there is none."""


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """What a draw came to: the week, the scored calls in it, those drawn, and the lists by inspector.

    ``stood`` are lists that were there already and were left alone.
    """

    week: str
    calls: int
    drawn: int
    by_chance: int
    lists: Mapping[str, Path]
    stood: Sequence[Path]


def sample(
    store: Store, settings: Settings, week: str | None, proven: Collection[str] = ()
) -> Sampled:
    """Draw a week's calls (None: the latest that has any), and write table and work lists.

    Of rules that are ``proven`` the violations are on a list only where chance took the call.

    Raises ``ConfigurationError`` for what is no week and for one without scored calls.
    """
    dates = store.table_dates(CallRow)
    wanted = week or (week_of(max(dates)) if dates else "")
    own = [day for day in _days(wanted) if day in dates] if wanted else []
    calls = {day: store.read(CallDrawn, day) for day in own}
    asked = {day: _findings_asked(store, day) for day in own}
    candidates = list(_candidates(calls, asked, _new_agents(store, dates, own, settings)))
    if not candidates:
        raise ConfigurationError(
            tr("{out}: no scored calls in {week}", out=store.out, week=wanted or tr("any week"))
        )
    how = settings.sampling
    drawn = draw(candidates, how, wanted)
    dealt = shared_out(drawn, how.inspectors, wanted, how.seed)
    for day in own:
        rows = [_row(one, wanted, dealt) for one in drawn if one.call.date == day]
        store.write(SampleRow, day, rows)
    known = {call.call_id: call for day in own for call in calls[day]}
    lists: dict[str, Path] = {}
    stood: list[Path] = []
    for name in sorted(set(dealt.values())):
        path = store.out / FOLDER / wanted / f"{file_name(name or NOBODY)}.csv"
        if path.exists():
            stood.append(path)
            continue
        mine = [one for one in drawn if one.why and dealt[one.call.call_id] == name]
        with atomic(path, store.access) as partial:
            partial.write_bytes(_work_list(mine, name, known, asked, proven))
        lists[name or NOBODY] = path
    return Sampled(
        week=wanted,
        calls=len(drawn),
        drawn=sum(bool(one.why) for one in drawn),
        by_chance=sum(one.random for one in drawn),
        lists=lists,
        stood=stood,
    )


def week_of(day: str) -> str:
    """The ISO week of a date, as 2026-W47."""
    year, number, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{number:02d}"


def _days(week: str) -> list[str]:
    """The seven dates of a week."""
    try:
        year, number = week.split("-W")
        monday = date.fromisocalendar(int(year), int(number), 1)
    except ValueError as error:
        raise ConfigurationError(
            tr("week: {week!r} is none; expected one such as 2026-W47", week=week)
        ) from error
    return [(monday + timedelta(days=n)).isoformat() for n in range(7)]


def _findings_asked(store: Store, day: str) -> dict[str, list[FindingAsked]]:
    """What a person is asked about, by call."""
    found: dict[str, list[FindingAsked]] = defaultdict(list)
    for finding in store.read(FindingAsked, day):
        if finding.outcome in QUESTIONED:
            found[finding.call_id].append(finding)
    return found


def _new_agents(
    store: Store, dates: Sequence[str], week: Sequence[str], settings: Settings
) -> set[str]:
    """The agents whose first call lies in the days in which they count as new.

    None where the tables do not reach back further: nobody knows then who is new.
    """
    days = settings.sampling.new_agent_days
    if not (week and days):
        return set()
    since = (date.fromisoformat(week[0]) - timedelta(days=days)).isoformat()
    if not any(day < since for day in dates):
        return set()
    seen = {a.agent_id for day in dates if day < since for a in store.read(AgentSeen, day)}
    return {a.agent_id for day in week for a in store.read(AgentSeen, day)} - seen


def _candidates(
    calls: Mapping[str, Sequence[CallDrawn]],
    asked: Mapping[str, Mapping[str, Sequence[FindingAsked]]],
    new: set[str],
) -> Iterator[Candidate]:
    for day, own in calls.items():
        for call in own:
            if call.status is Status.SCORED:
                findings = asked[day].get(call.call_id, ())
                yield Candidate(
                    call_id=call.call_id,
                    date=day,
                    agent_id=call.agent_id,
                    team=call.team,
                    new_agent=call.agent_id in new,
                    vetoed=call.vetoed,
                    confidence=call.asr_confidence,
                    duration=call.duration_s,
                    rules=frozenset(finding.rule_id for finding in findings),
                )


def forget(store: Store, before: str) -> None:
    """Take the lines of calls before a date out of the work lists: they hold words of them.

    A list of which nothing is left goes.
    """
    for path in sorted((store.out / FOLDER).glob("*/*.csv")):
        kept = [v for _, v in lines(path, (*COLUMNS, *_TOLD)) if v["date"] >= before]
        if kept:
            with atomic(path, store.access) as partial:
                partial.write_bytes(table((*COLUMNS, *_TOLD), (v.values() for v in kept)))
        else:
            path.unlink()


def _row(one: Draw, week: str, dealt: Mapping[str, str]) -> SampleRow:
    return SampleRow(
        call_id=one.call.call_id,
        agent_id=one.call.agent_id,
        week=week,
        drawn=bool(one.why),
        probability=one.probability,
        random=one.random,
        why=one.why,
        inspector=dealt.get(one.call.call_id, ""),
    )


def _work_list(
    drawn: Sequence[Draw],
    inspector: str,
    calls: Mapping[str, CallDrawn],
    asked: Mapping[str, Mapping[str, Sequence[FindingAsked]]],
    proven: Collection[str],
) -> bytes:
    """A work list, a call's lines together."""
    rows: list[Iterable[object]] = []
    for one in drawn:
        call = calls[one.call.call_id]
        about = (one.call.date, call.agent_id, call.agent_name, call.score, " ".join(one.why))
        for finding in asked[one.call.date].get(call.call_id, ()):
            sure = finding.outcome is Outcome.VIOLATION and finding.rule_id in proven
            if sure and not one.random:
                continue
            place = (call.call_id, finding.rule_id, "", inspector, finding.turn, "")
            rows.append((*place, *about, finding.start_s, finding.quote, finding.message))
        rows.append((call.call_id, "", "", inspector, None, "", *about, None, "", _WHOLE))
    return table((*COLUMNS, *_TOLD), rows)


_WHOLE = f"整通听完填 {Verdict.DONE}；漏检的另加一行：rule_id 填规则，verdict 填 {Verdict.MISSED}"
