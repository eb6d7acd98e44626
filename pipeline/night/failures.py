"""The list of what could not be used, and why."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.messages import tr
from pipeline.privacy.files import shown_as
from pipeline.records import Failure
from pipeline.settings import Settings
from pipeline.store.columns import from_values
from pipeline.store.files import Store
from pipeline.store.schema import FailureRow
from pipeline.store.state import FAILURES, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


def failure_line(failure: Failure) -> str:
    """A failure on one line, for whoever runs callqa."""
    return tr("{what}: {why}", what=f"✗ {failure.file}", why=failure.message)


def list_failures(
    store: Store, place: str, failures: Sequence[Failure], settings: Settings
) -> None:
    """Bring the list of failures of a place up to date: what works now goes, the rest stays."""
    now = datetime.now(settings.zone).replace(microsecond=0).isoformat()
    by_file: dict[str, list[Failure]] = defaultdict(list)
    for one in sorted(failures, key=lambda f: f.file):
        by_file[one.file].append(one)
    with writing(store.out, store.access) as state:
        before = {
            line["file"]: line["first_seen"] for line in state.lines_of(FAILURES, place=place)
        }
        lines = [
            {
                "file": file,
                "stage": own[0].stage,
                "error": own[0].error,
                "message": "；".join(dict.fromkeys(str(f.message) for f in own)),
                "first_seen": before.get(file, now),
                "last_seen": now,
            }
            for file, own in by_file.items()
        ]
        state.relist(FAILURES, place, [(line["first_seen"][:10], line) for line in lines])
    publish_failures(store, settings)


def publish_failures(store: Store, settings: Settings, broken: Iterable[str] = ()) -> None:
    """Publish the dates that are due, over all places, those ``broken``, and those without a table.

    A table is missing where ``data`` was made again of a backup.
    """
    shown = shown_as(settings)
    with writing(store.out, store.access) as state:
        missing = state.listed_dates(FAILURES).difference(store.table_dates(FailureRow))
        for date in sorted({*state.due(FAILURES), *missing, *broken}):
            rows = [_row(line, shown) for line in state.listed_on(FAILURES, date)]
            ordered = sorted(rows, key=lambda row: row.file)
            store.publish(date, {FailureRow: ordered or None})
            state.set_done(FAILURES, [date])


def _row(line: Mapping[str, Any], shown: Callable[[str], str]) -> FailureRow:
    """A failure as it is published: names of files and messages may hold a customer's number."""
    words = {"file": shown(line["file"]), "message": shown(line["message"])}
    return from_values(FailureRow, {**line, **words})
