"""The rows of all sources, joined to the recordings they are about."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline.call_records.fields import FIELDS, first_of
from pipeline.call_records.names import UNIQUEID, UUID
from pipeline.call_records.tables import OWN
from pipeline.messages import Cause, cause
from pipeline.records import CallRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date

_ID = re.compile(rf"{UUID}|{UNIQUEID}")
_SHORTEST_ID = 8
"""Characters: a shorter part of a name could be an extension or a date's."""


_UNKNOWN = CallRecord()


@dataclass(frozen=True)
class RecordRow:
    """What a table says of a recording, or why its row cannot be read."""

    record: CallRecord = _UNKNOWN
    fault: Cause | None = None
    source: str = ""


@dataclass(frozen=True)
class Entry:
    """A row before it is joined: its recording, empty where there is none, and its call."""

    row: RecordRow
    where: str
    file: str = ""
    call: str = ""


@dataclass
class Table:
    """What the call records hold; rows of one key are in the order of their ``sources``.

    ``rows``: by file, relative to the folder. ``names``: by the recording's name without folder and
    suffix, as a phone system knows it. ``calls``: by call id alone. ``unrecorded``: calls of which
    there is no recording. ``faults``: the table and what is wrong in it.
    """

    rows: dict[str, list[RecordRow]] = field(default_factory=dict)
    names: dict[str, list[RecordRow]] = field(default_factory=dict)
    calls: dict[str, list[RecordRow]] = field(default_factory=dict)
    unrecorded: list[CallRecord] = field(default_factory=list)
    faults: list[tuple[str, Cause]] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    _joined: set[str] = field(default_factory=set)

    def take(self, file: str, named: CallRecord) -> RecordRow:
        """What is told of a recording, field by field the first source that knows; it is used up.

        A row may name the file without its suffix, or the recording of a transcript that stands
        alone. ``named`` is what the file's name tells. A row by call id stays: several recordings
        can be of one call.
        """
        path = PurePosixPath(file)
        found = [row for key in self._keys(file) for row in self.rows.pop(key)]
        found += [row for name in (path.name, path.stem) for row in self.names.pop(name, ())]
        call = next((c for c in _ids(path, named) if c in self.calls), "")
        if call:
            self._joined.add(call)
            found += self.calls[call]
        return _merge(sorted(found, key=lambda row: self.sources.index(row.source)))

    def names_file(self, file: str) -> bool:
        """Whether a row is about this very file; one by call id is about all of the call's."""
        path = PurePosixPath(file)
        return bool(self._keys(file)) or path.name in self.names or path.stem in self.names

    def missing(self) -> list[tuple[str, RecordRow]]:
        """The files that a table of this folder names and no recording has been found for."""
        left = [(file, _merge(rows)) for file, rows in self.rows.items()]
        return [(file, row) for file, row in left if row.source in OWN]

    def close(self, days: Collection[date]) -> None:
        """What other tables know and no recording was found for becomes a call without one.

        They hold more than this folder's calls: only those of ``days`` count, where there are any.
        """
        left = [_merge(rows) for rows in (*self.rows.values(), *self.names.values())]
        left = [row for row in left if row.source not in OWN]
        left += [_merge(rows) for call, rows in self.calls.items() if call not in self._joined]
        for row in left:
            at = row.record.started_at
            if at is None or not days or at.date() in days:
                self.without_recording(row)

    def without_recording(self, row: RecordRow) -> None:
        """A call, where it is known when it was; a fault, where the row cannot be read."""
        if row.fault:
            self.faults.append((row.source, row.fault))
        elif row.record.started_at is not None:
            self.unrecorded.append(row.record)

    def _keys(self, file: str) -> list[str]:
        stem = str(PurePosixPath(file).with_suffix(""))
        if exact := [k for k in dict.fromkeys((file, stem)) if k in self.rows]:
            return exact
        others = [k for k in self._stems.get(stem, ()) if k in self.rows]
        return others if len(others) == 1 else []

    @cached_property
    def _stems(self) -> dict[str, list[str]]:
        stems: dict[str, list[str]] = defaultdict(list)
        for name in self.rows:
            stems[str(PurePosixPath(name).with_suffix(""))].append(name)
        return stems


def add_by_file(table: Table, entries: Iterable[Entry]) -> None:
    """The rows of a table made for this folder: each names one file, and none twice.

    A row without a file is a call of which there is no recording: unanswered, or not recorded.
    """
    rows: dict[str, RecordRow] = {}
    for entry in entries:
        if not entry.file:
            table.without_recording(entry.row)
        elif entry.file in rows:
            twice = cause("{where}: {file} stands twice", where=entry.where, file=entry.file)
            rows[entry.file] = RecordRow(fault=twice, source=entry.row.source)
        else:
            rows[entry.file] = entry.row
    for file, row in rows.items():
        table.rows.setdefault(file, []).append(row)


def add_by_call(table: Table, entries: Iterable[Entry]) -> None:
    """The rows of a phone system: several can be of one call, and none need be in this folder."""
    calls: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if key := entry.call or entry.row.record.call_id or entry.file:
            calls[key].append(entry)
        else:
            table.without_recording(entry.row)
    for legs in calls.values():
        files = dict.fromkeys(_name(leg.file) for leg in legs if leg.file)
        for name in files:
            own = [leg.row for leg in legs if not leg.file or _name(leg.file) == name]
            table.names.setdefault(name, []).append(_one_call(own))
        if not files:
            row = _one_call([leg.row for leg in legs])
            table.calls.setdefault(row.record.call_id or legs[0].call, []).append(row)


def _name(file: str) -> str:
    """The file's name, as it may stand on another machine, without a suffix that sounds like one."""
    path = PurePosixPath(file.replace("\\", "/"))
    return path.stem if re.fullmatch(r"\.[A-Za-z]\w{1,4}", path.suffix) else path.name


def _merge(rows: Sequence[RecordRow]) -> RecordRow:
    if not rows:
        return RecordRow()
    fault = next((row.fault for row in rows if row.fault), None)
    return RecordRow(first_of(*(row.record for row in rows)), fault, rows[0].source)


def _one_call(rows: Sequence[RecordRow]) -> RecordRow:
    """A call out of its legs: it began with the first, and holds what the answered ones agree on."""
    if len(rows) == 1 or any(row.fault for row in rows):
        return next((row for row in rows if row.fault), rows[0])
    legs = [row.record for row in rows]
    began = [leg.started_at for leg in legs if leg.started_at is not None]
    told = (
        [leg for leg in legs if leg.answered]
        or [leg for leg in legs if leg.answered is None]
        or legs
    )
    values = {name: {v for leg in told if (v := getattr(leg, name)) is not None} for name in FIELDS}
    agreed = {name: known.pop() for name, known in values.items() if len(known) == 1}
    agreed["started_at"] = min(began, default=None)
    agreed.setdefault("call_id", legs[0].call_id)
    return RecordRow(CallRecord(**agreed), None, rows[0].source)


def _ids(path: PurePosixPath, named: CallRecord) -> Iterator[str]:
    """The call ids that a recording's name may hold, the likeliest first."""
    if named.call_id:
        yield named.call_id
    yield path.stem
    yield from _ID.findall(path.stem)
    yield from (p for p in re.split(r"[_\s-]", path.stem) if len(p) >= _SHORTEST_ID)
