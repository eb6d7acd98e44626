"""The list of calls over all nights: what is chosen is asked of the tables by DuckDB."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb

from pipeline.store.manifest import table_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.report.days import Scope

PAGE = 50
"""Calls of a page, as ``reports/static/calls.js`` turns them."""
_WORDS = 8
"""Words that are looked for; more say nothing more."""
_SORT = {
    "time": "started_at",
    "call": "call_id",
    "agent": "coalesce(nullif(agent_name, ''), agent_id)",
    "queue": "queue",
    "length": "duration_s",
    "score": "score",
}
_EQUAL = {
    "team": "team",
    "queue": "queue",
    "shift": "shift",
    "agent": "agent_id",
    "level": "level",
}
_EVENTS = "SELECT 1 FROM findings f WHERE f.date = calls.date AND f.call_id = calls.call_id"
_STATES = {
    "needed": "(review OR vetoed OR status <> 'scored')",
    "review": "review",
    "vetoed": "vetoed",
    "not_scored": "status <> 'scored'",
    "clean": f"NOT (review OR vetoed OR status <> 'scored') AND NOT EXISTS ({_EVENTS})",
}
_TEXT = "concat_ws(' ', call_id, agent_id, agent_name, team, queue, reason)"
_FROM = """
WITH calls AS (SELECT {columns} FROM read_parquet($calls, hive_partitioning = true,
    hive_types = {{'date': VARCHAR}}, union_by_name = true)),
findings AS (SELECT date, call_id, rule_id, lower(concat(message, ' ', quote)) AS words
    FROM read_parquet($findings, hive_partitioning = true, hive_types = {{'date': VARCHAR}},
    union_by_name = true) WHERE outcome IN ('violation', 'review'){events})
"""
_COLUMNS = (
    "date, call_id, agent_id, agent_name, team, queue, shift, level, started_at, duration_s, score, "
    "status, review, vetoed, reason"
)


_BLIND = "list_contains($blind, call_id)"
_SEEN = f" AND NOT {_BLIND}"
_UNJUDGED = {
    "level": "''",
    "score": "NULL",
    "status": "'scored'",
    "review": "false",
    "vetoed": "false",
    "reason": "''",
    "tags": "[]",
}
"""What of a call was found, and what stands in its place where that is not shown."""


@dataclass(frozen=True, kw_only=True)
class SearchPage:
    """How many calls there are, and those of one page, each with its date."""

    total: int
    calls: Sequence[tuple[str, str]]


NONE = SearchPage(total=0, calls=())


@dataclass
class _Wanted:
    """Conditions and their values."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, value: Any) -> None:
        """One more; its value stands at ``{}``."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        self.conditions.append(condition.format(f"${name}"))


def search(
    data: Path,
    dates: Sequence[str],
    asked: Mapping[str, str],
    scope: Scope,
    page: int,
    nods: Sequence[tuple[str, str]] | None = None,
    blind: Sequence[str] = (),
) -> SearchPage:
    """The calls of these dates that are as ``asked``, of a scope, one page of them.

    ``nods``: where their agents' word is asked for, the calls (each with its agent) that have it; those
    that have any, where ones with findings and without a word are asked for. Of ``blind`` calls it is
    not looked at what was found in them.
    What is asked for in a way that there is not (a bad number, an unknown order) is left out.
    """
    own = [d for d in dates if _within(d, asked) and (data / table_path("calls", d)).is_file()]
    if not own:
        return NONE
    wanted = _conditions(asked, scope)
    if nods is not None:
        _add_acknowledged(wanted, asked["state"], nods)
    where = " AND ".join(wanted.conditions) or "true"
    order, way = _SORT.get(asked.get("sort", ""), "started_at"), "DESC" if asked.get("down") else ""
    columns = f"{_COLUMNS}, tags" if asked.get("tag") else _COLUMNS
    begin = _FROM.format(
        columns=_blind_columns(columns) if blind else columns, events=_SEEN if blind else ""
    )
    query = (
        f"{begin} SELECT date, call_id, count(*) OVER () FROM calls "  # noqa: S608  our own words
        f"WHERE {where} ORDER BY {order} {way} NULLS LAST, started_at, call_id "
        f"LIMIT {PAGE} OFFSET $offset"
    )
    values = {
        **wanted.values,
        "calls": [str(data / table_path("calls", d)) for d in own],
        "findings": [str(data / table_path("findings", d)) for d in own],
        "offset": max(0, page) * PAGE,
        **({"blind": list(blind)} if blind else {}),
    }
    rows = _rows_of(query, values)
    total = rows[0][2] if rows else 0
    return SearchPage(total=total, calls=[(str(date), call_id) for date, call_id, _ in rows])


def _rows_of(query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with _database().cursor() as cursor:
        try:
            return cursor.execute(query, dict(values)).fetchall()
        except duckdb.BinderException:  # tables of a version that had no tags
            return []
        except duckdb.IOException:  # a date was published this moment: its files are others now
            return cursor.execute(query, dict(values)).fetchall()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """A database with nothing in it, whose cursors read the tables' files."""
    return duckdb.connect(config={"threads": 2, "autoinstall_known_extensions": False})


def _blind_columns(columns: str) -> str:
    """Columns in which nothing stands that was found in ``$blind`` calls."""
    return ", ".join(
        f"CASE WHEN {_BLIND} THEN {_UNJUDGED[one]} ELSE {one} END AS {one}"
        if one in _UNJUDGED
        else one
        for one in columns.split(", ")
    )


def _within(date: str, asked: Mapping[str, str]) -> bool:
    return asked.get("from", "") <= date <= (asked.get("to") or "~")


def _conditions(asked: Mapping[str, str], scope: Scope) -> _Wanted:
    wanted = _Wanted()
    if scope.kind:
        wanted.add({"team": "team", "agent_id": "agent_id"}[scope.kind] + " = {}", scope.name)
    for name, column in _EQUAL.items():
        if asked.get(name):
            wanted.add(f"{column} = {{}}", asked[name])
    if asked.get("tag"):
        wanted.add("list_contains(tags, {})", asked["tag"])
    if asked.get("rule"):
        wanted.add(f"EXISTS ({_EVENTS} AND f.rule_id = {{}})", asked["rule"])
    if asked.get("state") in _STATES:
        wanted.conditions.append(_STATES[asked["state"]])
    for name, compared in (("least", ">="), ("most", "<=")):
        if (number := _number(asked.get(name, ""))) is not None:
            wanted.add(f"score {compared} {{}}", number)
    for word in asked.get("q", "").lower().split()[:_WORDS]:
        wanted.add(
            f"(contains(lower({_TEXT}), {{0}}) OR EXISTS ({_EVENTS} AND contains(f.words, {{0}})))",
            word,
        )
    return wanted


def _add_acknowledged(wanted: _Wanted, state: str, nods: Sequence[tuple[str, str]]) -> None:
    """Calls whose agents have said something of them; ``unread``: those of which they still might."""
    pairs = [f"{agent} {call}" for call, agent in nods]
    said = "list_contains(CAST({} AS VARCHAR[]), concat(agent_id, ' ', call_id))"
    if state != "unread":
        wanted.add(said, pairs)
        return
    wanted.add(f"NOT {said}", pairs)
    wanted.conditions.append(f"status = 'scored' AND EXISTS ({_EVENTS})")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
