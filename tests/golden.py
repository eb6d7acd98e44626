"""What the fixture calls come to, from transcripts that were heard once and kept.

Another processor's kernels may hear a word otherwise; what is decided of the same words must not
move. ``python -m tests.golden OUT`` takes a scored OUT of the fixture recordings as the golden one.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import TypeAdapter

from pipeline.ingest.find import find_recordings
from pipeline.night.ledger import enter
from pipeline.night.remembered import remember_settings
from pipeline.records import Transcript
from pipeline.settings import NAME, load_settings
from pipeline.store.files import Store
from pipeline.store.kept import Kept
from pipeline.store.state import writing
from tests.fixtures_truth import FIXTURES, RECORDINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = FIXTURES / "golden"
HEARD = GOLDEN / "transcripts"
STABLE = {
    "calls": [
        *("call_id", "agent_id", "team", "direction", "date", "channels", "status", "score"),
        *("level", "vetoed", "review", "interruptions", "rate_turn", "unrecognised_s"),
    ],
    "findings": [
        *("call_id", "rule_id", "section", "severity", "outcome", "points", "role"),
        *("start_s", "end_s", "quote"),
    ],
}
"""What is compared, row by row."""
_TRANSCRIPT = TypeAdapter(Transcript)


def keep_heard(out: Path, *only: str) -> None:
    """Put the fixture recordings with their kept transcripts into ``out``, ready to be scored.

    ``only``: these calls of them, where not all are needed.
    """
    settings = load_settings(RECORDINGS / NAME)
    store = Store(out, settings.timezone)
    found = find_recordings(RECORDINGS, settings).recordings
    chosen = [one for one in found if not only or one.record.call_id in only]
    with writing(out, store.access) as state:
        entries = enter(state, chosen)
        entries.keep(state)
    for recording in entries.recordings:
        text = gzip.decompress((HEARD / f"{recording.record.call_id}.json.gz").read_bytes())
        store.transcripts.keep(
            Kept(
                recording=recording,
                transcript=_TRANSCRIPT.validate_json(text),
                heard_with="golden",
                rubric=settings.rubric,
            )
        )
    remember_settings(out, settings)


def stable(out: Path, table: str) -> pd.DataFrame:
    """The columns that must not move, as text."""
    frame = pd.read_parquet(out / "data" / table)
    frame["date"] = frame["date"].astype(str)
    if table == "findings":
        frame = frame[frame.outcome.isin(["violation", "review"])]
    return frame[STABLE[table]].astype(object).fillna("").astype(str).reset_index(drop=True)


def _kept(out: Path) -> Iterator[Kept]:
    store = Store(out, load_settings(RECORDINGS / NAME).timezone)
    for date in store.transcripts.dates():
        yield from store.transcripts.of_date(date)


def main(out: Path) -> None:
    """Take over the transcripts of ``out`` and the tables that they come to."""
    HEARD.mkdir(parents=True, exist_ok=True)
    for one in _kept(out):
        text = _TRANSCRIPT.dump_json(one.transcript)
        path = HEARD / f"{one.recording.record.call_id}.json.gz"
        path.write_bytes(gzip.compress(text, mtime=0))
    for table in STABLE:
        stable(out, table).to_csv(GOLDEN / f"{table}.csv", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
