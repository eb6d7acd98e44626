"""The list of what could not be used, and why."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.privacy.files import shown_as
from pipeline.records import Failure
from pipeline.settings import Settings
from pipeline.store.columns import from_values
from pipeline.store.files import Store
from pipeline.store.schema import FailureRow

if TYPE_CHECKING:
    from collections.abc import Sequence


def list_failures(
    store: Store, place: str, failures: Sequence[Failure], settings: Settings
) -> None:
    """Bring the list of failures of a place up to date: what works now goes, the rest stays."""
    now = datetime.now(settings.zone).replace(microsecond=0).isoformat()
    before = store.remembered("failures")
    here = before.get(place, {})
    by_file: dict[str, list[Failure]] = defaultdict(list)
    for one in sorted(failures, key=lambda f: f.file):
        by_file[one.file].append(one)
    listed = {
        file: {
            "stage": own[0].stage,
            "error": own[0].error,
            "message": "；".join(dict.fromkeys(f.message for f in own)),
            "first_seen": here.get(file, {}).get("first_seen", now),
            "last_seen": now,
        }
        for file, own in by_file.items()
    }
    state = {name: files for name, files in {**before, place: listed}.items() if files}
    if state or before:
        store.remember("failures", state)
    _publish_failures(store, state, settings)


def _publish_failures(store: Store, state: dict[str, Any], settings: Settings) -> None:
    shown = shown_as(settings)
    by_date: dict[str, list[FailureRow]] = defaultdict(list)
    for files in state.values():
        for file, seen in files.items():
            words = {"file": shown(file), "message": shown(seen["message"])}
            row = from_values(FailureRow, {**seen, **words})
            by_date[row.first_seen.date().isoformat()].append(row)
    for stale in set(store.table_dates(FailureRow)) - set(by_date):
        store.drop(FailureRow, stale)
    for date, own in by_date.items():
        store.write(FailureRow, date, sorted(own, key=lambda r: r.file))
