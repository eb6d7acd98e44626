"""The list of what could not be used, and why."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.records import Failure
from pipeline.settings import Settings
from pipeline.store.files import Store

if TYPE_CHECKING:
    from collections.abc import Sequence


def list_failures(kept: Store, place: str, failures: Sequence[Failure], settings: Settings) -> None:
    """Bring the list of failures of a place up to date: what works now goes, the rest stays."""
    now = datetime.now(settings.zone).replace(microsecond=0).isoformat()
    before = kept.remembered("failures")
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
        kept.remember("failures", state)
    _publish_failures(kept, state)


def _publish_failures(kept: Store, state: dict[str, Any]) -> None:
    by_date: dict[str, list[dict[str, Any]]] = {}
    for files in state.values():
        for file, row in files.items():
            clock = {n: datetime.fromisoformat(row[n]) for n in ("first_seen", "last_seen")}
            by_date.setdefault(row["first_seen"][:10], []).append({"file": file, **row, **clock})
    for stale in set(kept.table_dates("failures")) - set(by_date):
        kept.drop("failures", stale)
    for date, own in by_date.items():
        kept.write("failures", date, sorted(own, key=lambda r: str(r["file"])))
