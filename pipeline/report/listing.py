"""All calls as one list that is searched in the browser: a page, and its data beside it in parts.

A part is a script file, for a page that lies on a disk may load nothing else: ``lists/<date>-<n>.js``
calls ``callqa.part(...)`` with plain JSON. No part is larger than ``PART`` bytes; the page loads those
of the dates that are chosen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.records import Outcome, Status
from pipeline.report import names
from pipeline.report.days import EVERYBODY
from pipeline.report.team import front

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipeline.report.days import Days, Scope
    from pipeline.report.norms import Norms
    from pipeline.store.schema import CallRow, FindingRow

PART = 250_000
"""Bytes of a part: a few hundred calls, half of what a page may weigh."""
_WORDS = 400
"""Characters of a call's findings that can be searched."""


@dataclass(frozen=True, kw_only=True)
class ListingPart:
    """One script file of the list: the calls of a date, or some of them."""

    path: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Option:
    """Something to choose by: what stands in the address, and what people read."""

    value: str
    label: str


@dataclass(frozen=True, kw_only=True)
class CallsView:
    """The page of all calls; ``choices`` are what to choose by: teams, agents, rules and so on."""

    first: str
    last: str
    since: str
    """The date from which on calls are shown at first: the newest seven days'."""
    calls: int
    choices: Mapping[str, Sequence[Option]]
    norms: Norms
    search: str = ""
    """Where a web application is asked for what is chosen; empty: the page's own data hold it."""


def parts(days: Days, date: str) -> list[ListingPart]:
    """The script files of a date's calls, in order of their start."""
    events = days.query.events(date)
    calls = sorted(days.query.calls(date), key=lambda c: (str(c.started_at), c.call_id))
    lines = (_json(line(days, date, call, events[call.call_id])) for call in calls)
    return [_part(date, number, own) for number, own in enumerate(_in_parts(lines))]


def _in_parts(lines: Iterable[str]) -> Iterator[list[str]]:
    """Lines in groups that stay under the size of a part."""
    own: list[str] = []
    size = 0
    for line in lines:
        length = len(line.encode())
        if own and size + length > PART:
            yield own
            own, size = [], 0
        own.append(line)
        size += length + 2
    if own:
        yield own


def _part(date: str, number: int, lines: Sequence[str]) -> ListingPart:
    path = f"lists/{names.safe_name(date)}-{number}.js"
    rows = ",\n".join(lines)
    content = f"callqa.part({_json(path)}, {_json(date)}, [\n{rows}\n]);\n"
    return ListingPart(path=path, content=content.encode())


def line(days: Days, date: str, call: CallRow, events: Sequence[FindingRow]) -> list[Any]:
    """A call as ``reports/static/calls.js`` reads it."""
    broken = sorted({e.rule_id for e in events if e.outcome == Outcome.VIOLATION})
    doubted = sorted({e.rule_id for e in events if e.outcome == Outcome.REVIEW} - set(broken))
    words = " ".join(dict.fromkeys(f"{e.message} {e.quote}" for e in events))[:_WORDS]
    place = days.place(call, date)
    state = [
        *(["unrated"] if place.waits else []),
        *(["review"] if call.review else []),
        *(["vetoed"] if call.vetoed else []),
        *(["not_scored"] if call.status != Status.SCORED else []),
    ]
    return [
        call.call_id, names.link(place.page) if place.page else "", names.moment(call.started_at),
        call.agent_id, call.agent_name, call.team, call.queue, call.shift, call.direction,
        round(call.duration_s), call.score, call.level, state, broken, doubted, words,
        call.reason if call.status != Status.SCORED else "", call.tags or [],
        None if call.score_final == call.score else call.score_final,
    ]  # fmt: skip


INDEX = "lists/index.js"


def parts_of(date: str, files: Iterable[str]) -> list[str]:
    """Those of the ``files`` of the folder that are a date's parts, in their order."""
    begin = f"lists/{names.safe_name(date)}-"
    numbers = {f: f.removeprefix(begin).removesuffix(".js") for f in files if f.startswith(begin)}
    own = [(int(number), file) for file, number in numbers.items() if number.isdecimal()]
    return [file for _, file in sorted(own)]


def index(days: Days, listed: Mapping[str, Sequence[str]]) -> bytes:
    """The script that names the parts of each date, and says how rules and levels are called."""
    norms = days.norms
    own = {
        "parts": [[date, own] for date, own in listed.items() if own],
        "rules": {**_rules(days), **_tags(days)},
        "levels": {name: norms.shown(name) for name, _ in norms.levels},
        "ranks": {name: norms.rank(name) for name, _ in norms.levels},
        "directions": names.DIRECTIONS,
    }
    return f"callqa.index({_json(own)});\n".encode()


def calls_view(days: Days, scope: Scope = EVERYBODY, search: str = "") -> CallsView:
    """The view of the list: what there is to choose by, of everybody or of a team or an agent."""
    whole, norms = days.calendar.whole, days.norms
    cells = list(days.cells(whole, scope))
    agents = {c.agent.agent_id: c.agent.agent_name for c in cells}
    dated = [period.key for period in days.calendar.days]
    return CallsView(
        first=min(dated, default=""),
        last=max(dated, default=""),
        since=front(days.calendar).first,
        calls=days.total(whole, scope).calls,
        choices={
            "team": _options({c.team: c.team for c in cells}),
            "queue": _options({c.queue: c.queue for c in cells}),
            "shift": _options({c.shift: c.shift for c in cells}),
            "agent": _options({i: f"{n} {i}" if n and n != i else i for i, n in agents.items()}),
            "rule": _options(_rules(days)),
            "tag": _options(_tags(days)),
            "level": [Option(value=n, label=norms.shown(n)) for n, _ in norms.levels],
        },
        norms=norms,
        search=search,
    )


def _rules(days: Days) -> dict[str, str]:
    """What each rule is called: those of the rubric, and others that took points."""
    rules = {*days.norms.rules, *days.total(days.calendar.whole).rules}
    return {rule: days.norms.rule(rule) for rule in sorted(rules)}


def _tags(days: Days) -> dict[str, str]:
    """What calls are about, as people call it."""
    return {tag: days.norms.rule(tag) for tag in sorted(days.total(days.calendar.whole).tags)}


def _options(known: Mapping[str, str]) -> list[Option]:
    return [
        Option(value=value, label=label)
        for value, label in sorted(known.items(), key=lambda item: item[1])
        if value
    ]


def _json(value: Any) -> str:
    """Plain JSON that is a script as well: no line separators of its own, no end of a script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for harmful in ("\u2028", "\u2029", "<", ">", "&"):
        text = text.replace(harmful, f"\\u{ord(harmful):04x}")
    return text
