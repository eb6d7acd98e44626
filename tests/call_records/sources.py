"""A folder of recordings with its call records, as the tests of all sources need it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.call_records import name_pattern, named_record
from pipeline.ingest.find import Found, find_recordings
from pipeline.records import CallRecord
from pipeline.settings import Settings, load_settings

ZONE = ZoneInfo("Asia/Shanghai")
UUID = "3f2b8c1e-77a1-4c1e-9d0e-2b6f5a1c9e10"
OTHER = "9a7d1c55-0b8e-4f6f-8d6b-61b2a7f0c3d4"
TAIL = "20261118-091500-1763428500.12"
MOMENT = datetime(2026, 11, 20, 9, 15, 30, tzinfo=ZONE)


def audio(folder: Path, name: str) -> None:
    """A file that counts as audio by its name; ingest does not decode."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(name.encode())


def found(folder: Path, settings: str = "") -> Found:
    """What a folder holds, with these lines in its settings file."""
    (folder / "callqa.toml").write_text(settings, encoding="utf-8")
    return find_recordings(folder, load_settings(folder / "callqa.toml"))


def only(folder: Path, settings: str = "") -> CallRecord:
    """What is known of the folder's one recording."""
    result = found(folder, settings)
    assert result.failures == ()
    (recording,) = result.recordings
    return recording.record


def told_by_name(file: str, settings: Settings | None = None) -> CallRecord:
    """What a recording's name tells."""
    settings = settings or Settings()
    return named_record(file, name_pattern(settings.file_name), settings)


def clock(record: CallRecord) -> str:
    """When the call began, as the settings' zone tells it."""
    assert record.started_at is not None
    return record.started_at.isoformat()


def master(*cells: str) -> str:
    """A line of Asterisk's Master.csv: every text in quotes."""
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
