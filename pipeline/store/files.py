"""What is kept and what is published: transcripts as they were heard, and the Parquet tables.

``OUT/transcripts/`` holds one file a recording: what was expensive. ``OUT/data/`` holds the tables,
one file a table and date, written whole. Every write is atomic: a reader sees the old file or the
new one, and a killed run leaves nothing half-written behind.
"""

from __future__ import annotations

import gzip
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from pipeline.records import Recording, Transcript

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TEXT, _NUMBER, _COUNT, _FLAG = pa.string(), pa.float64(), pa.int64(), pa.bool_()
_WORD = pa.struct(
    [("text", _TEXT), ("start_s", _NUMBER), ("end_s", _NUMBER), ("probability", _NUMBER)]
)
_TOKEN = pa.struct([("text", _TEXT), ("start", pa.int32()), ("end", pa.int32())])
_SECTION = pa.struct([("section", _TEXT), ("mean", _NUMBER)])
_PER_RULE = pa.struct([("rule_id", _TEXT), ("per_100_calls", _NUMBER)])


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, its Arrow type, and what it means."""

    name: str
    type: pa.DataType
    meaning: str


def _c(name: str, kind: pa.DataType, meaning: str) -> Column:
    return Column(name, kind, meaning)


def tables(zone: str = "Asia/Shanghai") -> dict[str, tuple[Column, ...]]:
    """Every table and its columns, once for the writer, the documentation and the tests.

    ``zone`` is the time zone that clock times carry.
    """
    clock = pa.timestamp("s", tz=zone)
    return {
        "calls": (
            _c("call_id", _TEXT, "the call's id: from the call record, else the file's name"),
            _c("agent_id", _TEXT, "the agent's id, as text: 0008 keeps its zeros"),
            _c("agent_name", _TEXT, "the agent's name"),
            _c("team", _TEXT, "the agent's team"),
            _c("shift", _TEXT, "the shift in which the call began; empty where none is configured"),
            _c("direction", _TEXT, "inbound, outbound or callback"),
            _c("queue", _TEXT, "the queue of the phone system"),
            _c(
                "customer_key",
                _TEXT,
                "a keyed hash of the customer's number: the same customer, no number",
            ),
            _c("started_at", clock, "when the call began"),
            _c("duration_s", _NUMBER, "length of the recording, s"),
            _c(
                "channels",
                _COUNT,
                "sides that can be told apart: 1 for mono, dual mono, fake stereo",
            ),
            _c(
                "audio_notes",
                pa.list_(_TEXT),
                "what was odd about the sound: truncated, dual_mono …",
            ),
            _c("file", _TEXT, "the recording, relative to the folder that was scored"),
            _c("rubric", _TEXT, "the rubric it was scored against"),
            _c("rubric_version", _TEXT, "its version, with a digest of every rule and list in it"),
            _c("status", _TEXT, "scored or not_scored"),
            _c("reason", _TEXT, "why a call was not scored"),
            _c("score", _NUMBER, "0-100; null where not scored"),
            _c("level", _TEXT, "the level of the score"),
            _c("vetoed", _FLAG, "whether a critical violation set the score to 0"),
            _c("review", _FLAG, "whether a person has to look first"),
            _c("rate_turn", _NUMBER, "speaking rate over the agent's turns, characters a minute"),
            _c("rate_voiced", _NUMBER, "the same over voiced time only"),
            _c(
                "interruptions",
                _COUNT,
                "interruptions that are violations; null where the sides have no channels of their own",
            ),
            _c("overlap_s", _NUMBER, "all double talk, s; null likewise"),
            _c("agent_talk_s", _NUMBER, "summed length of the agent's turns, s"),
            _c("customer_talk_s", _NUMBER, "summed length of the customer's turns, s"),
            _c("silence_s", _NUMBER, "the call's length without either side's turns, s"),
            _c("hold_s", _NUMBER, "summed length of the holds, s"),
            _c(
                "unrecognised_s",
                _NUMBER,
                "speech of both sides in which no words were recognised, s",
            ),
            _c("asr_model", _TEXT, "the speech model; transcript where one was brought along"),
            _c("asr_confidence", _NUMBER, "mean probability of the call's words"),
        ),
        "findings": (
            _c("call_id", _TEXT, "the call"),
            _c("agent_id", _TEXT, "its agent"),
            _c("rule_id", _TEXT, "the rule, as the catalogue names it"),
            _c("kind", _TEXT, "the detector kind of the rule"),
            _c("section", _TEXT, "the rubric's section"),
            _c("severity", _TEXT, "minor, major or critical"),
            _c("outcome", _TEXT, "violation, pass, not_applicable, review or not_measurable"),
            _c("points", _NUMBER, "what it cost, 0 or less, after every cap"),
            _c(
                "reason",
                _TEXT,
                "why a person has to look, or why it could not be judged: low_confidence …",
            ),
            _c("turn", _COUNT, "the turn that it points at, as in transcripts"),
            _c("start_s", _NUMBER, "where it begins, s; null where it points nowhere"),
            _c("end_s", _NUMBER, "where it ends, s"),
            _c("role", _TEXT, "whose words the quote is"),
            _c("quote", _TEXT, "the transcript's own words"),
            _c("message", _TEXT, "what is wrong, for a person"),
            _c("source", _TEXT, "document and clause of the norm"),
            _c("confidence", _NUMBER, "mean word probability of the place"),
        ),
        "transcripts": (
            _c("call_id", _TEXT, "the call"),
            _c("turn", _COUNT, "the turn's number in the call, from 0"),
            _c("role", _TEXT, "agent, customer, ivr or unknown"),
            _c("channel", _COUNT, "the audio channel; null where there is none of its own"),
            _c("start_s", _NUMBER, "start of the turn, s"),
            _c("end_s", _NUMBER, "end of the turn, s"),
            _c("text", _TEXT, "what was said, in simplified characters"),
            _c("tokens", pa.list_(_TOKEN), "segmented words with their character offsets in text"),
            _c("words", pa.list_(_WORD), "recognised words with their times, s, and probability"),
            _c("confidence", _NUMBER, "mean word probability"),
            _c("voiced_s", _NUMBER, "speech inside the turn, pauses of 0.2 s and more left out, s"),
        ),
        "interruptions": (
            _c("call_id", _TEXT, "the call"),
            _c("agent_id", _TEXT, "its agent"),
            _c("start_s", _NUMBER, "when the agent starts inside the customer's turn, s"),
            _c("overlap_s", _NUMBER, "both voiced, inside the two turns, s"),
            _c("intrusion_s", _NUMBER, "from the agent's start to the earlier of the two ends, s"),
            _c("customer_spoke_s", _NUMBER, "since the customer's turn began, s"),
            _c("characters", _COUNT, "spoken characters of the agent's whole turn"),
            _c("backchannel", _FLAG, "whether the agent only showed that he listens"),
            _c("floor", _TEXT, "who goes on: agent, customer or both_stop"),
            _c("violation", _FLAG, "whether the rubric counts it"),
        ),
        "sides": (
            _c("call_id", _TEXT, "the call"),
            _c("agent_id", _TEXT, "its agent"),
            _c("role", _TEXT, "agent, customer, ivr or unknown"),
            _c(
                "channel", _COUNT, "the side's channel, from 0; null for mono and transcripts alone"
            ),
            _c(
                "told_by",
                _TEXT,
                "what the agent was told by: transcript, record, settings, convention, phrases, model",
            ),
            _c(
                "told_confidence",
                _NUMBER,
                "how sure that is, 0-1; null where the transcript says it",
            ),
            _c("by_voice", _FLAG, "whether the sides of a mono mix were told apart by voice"),
            _c("talk_s", _NUMBER, "summed length of the side's turns, s"),
            _c("unrecognised_s", _NUMBER, "of these, turns in which no words were recognised, s"),
            _c("loudness_lufs", _NUMBER, "integrated loudness of its turns (ITU-R BS.1770), LUFS"),
            _c("loudness_dbfs", _NUMBER, "root mean square of its voiced time, dBFS"),
            _c("clipped", _NUMBER, "share of its samples at full scale"),
            _c("pitch_spread", _NUMBER, "standard deviation of its pitch, semitones"),
        ),
        "holds": (
            _c("call_id", _TEXT, "the call"),
            _c("agent_id", _TEXT, "its agent"),
            _c("start_s", _NUMBER, "since when the agent has left the line, s"),
            _c("end_s", _NUMBER, "until when, s"),
            _c("announced", _FLAG, "whether the agent's last words before it said so"),
        ),
        "attempts": (
            _c("call_id", _TEXT, "the call's id where the phone system gives one"),
            _c("agent_id", _TEXT, "the agent whom it rang at, where known"),
            _c("agent_name", _TEXT, "his name"),
            _c("team", _TEXT, "his team"),
            _c("shift", _TEXT, "the shift in which it began"),
            _c("direction", _TEXT, "inbound, outbound or callback"),
            _c("queue", _TEXT, "the queue of the phone system"),
            _c("customer_key", _TEXT, "a keyed hash of the customer's number, as in calls"),
            _c("started_at", clock, "when it began"),
            _c("ring_seconds", _NUMBER, "how long it rang, s"),
            _c("answered", _FLAG, "whether anybody answered; null where not known"),
            _c("ended_by", _TEXT, "agent, customer or system"),
        ),
        "agents": (
            _c("agent_id", _TEXT, "the agent"),
            _c("agent_name", _TEXT, "his name"),
            _c("team", _TEXT, "his team"),
            _c("calls", _COUNT, "calls of the date"),
            _c("scored", _COUNT, "calls that could be judged"),
            _c("score", _NUMBER, "mean score of these; null where there is none"),
            _c(
                "score_low",
                _NUMBER,
                "lower bound of the mean's 95 % interval; null under two calls",
            ),
            _c("score_high", _NUMBER, "its upper bound"),
            _c("level", _TEXT, "the level of the mean score"),
            _c("sections", pa.list_(_SECTION), "mean score of each section, 0-100"),
            _c("violations", pa.list_(_PER_RULE), "violations by rule for each 100 scored calls"),
            _c("rate_turn", _NUMBER, "mean speaking rate, characters a minute"),
            _c(
                "interruptions",
                _COUNT,
                "interruptions that are violations; null where none of the calls can tell",
            ),
            _c("review", _COUNT, "calls that a person has to look at"),
            _c("vetoed", _COUNT, "calls vetoed by a critical violation"),
        ),
        "failures": (
            _c("file", _TEXT, "the recording, relative to the folder that was scored"),
            _c("stage", _TEXT, "where it failed: ingest, audio, transcript, asr, score"),
            _c("error", _TEXT, "the kind of failure"),
            _c("message", _TEXT, "the reason, for a person"),
            _c("first_seen", clock, "when a run first met it"),
            _c("last_seen", clock, "when a run last met it"),
        ),
    }


def schema(table: str, zone: str = "Asia/Shanghai") -> pa.Schema:
    """The Arrow schema of a table."""
    return pa.schema([(c.name, c.type) for c in tables(zone)[table]])


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of ``path`` when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield partial
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A recording and what was heard in it.

    ``heard_with`` tells when it has to be heard again, ``rubric`` what its folder is scored against.
    """

    recording: Recording
    transcript: Transcript
    heard_with: str
    rubric: str

    @property
    def date(self) -> str:
        """The call's date in the zone its start carries."""
        started = self.recording.record.started_at
        return "" if started is None else started.date().isoformat()


_KEPT = TypeAdapter(Kept)


def _read(path: Path) -> Kept | None:
    """What a file holds; None where it is damaged, so that it will be heard again."""
    try:
        return _KEPT.validate_json(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, ValidationError):
        return None


class Store:
    """One output folder."""

    def __init__(self, out: Path, zone: str) -> None:
        """Nothing is written before the first write."""
        self.out = out
        self._zone = zone

    @property
    def _transcripts(self) -> Path:
        return self.out / "transcripts"

    def keep(self, kept: Kept) -> None:
        """Keep what was heard, under the call's date; a copy under another date goes."""
        path = self._transcripts / kept.date / f"{kept.recording.content_id}.json.gz"
        with atomic(path) as partial:
            data = gzip.compress(_KEPT.dump_json(kept), compresslevel=6, mtime=0)
            partial.write_bytes(data)
        for other in self._transcripts.glob(f"*/{path.name}"):
            if other != path:
                other.unlink()

    def kept(self, content_id: str) -> Kept | None:
        """What was kept of a recording; None where there is nothing, or nothing readable."""
        paths = sorted(self._transcripts.glob(f"*/{content_id}.json.gz"))
        return next((kept for path in paths if (kept := _read(path)) is not None), None)

    def forget(self, content_id: str) -> Kept | None:
        """Drop what was kept of a recording; what it was."""
        kept = self.kept(content_id)
        for path in self._transcripts.glob(f"*/{content_id}.json.gz"):
            path.unlink()
        return kept

    def unreadable(self, date: str) -> list[str]:
        """The files of one date that hold nothing that can be read."""
        paths = sorted((self._transcripts / date).glob("*.json.gz"))
        return [path.name for path in paths if _read(path) is None]

    def dates(self) -> list[str]:
        """The dates of which anything is kept."""
        return sorted({path.parent.name for path in self._transcripts.glob("*/*.json.gz")})

    def of_date(self, date: str) -> Iterator[Kept]:
        """Everything kept of one date, by the recording's file."""
        paths = (self._transcripts / date).glob("*.json.gz")
        found = [kept for path in paths if (kept := _read(path)) is not None]
        yield from sorted(found, key=lambda k: (k.recording.file, k.recording.content_id))

    def write(self, table: str, date: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace one date of one table."""
        data = pa.Table.from_pylist(list(rows), schema=schema(table, self._zone))
        folder = self.out / "data" / table / f"date={date}"
        with atomic(folder / "part-0.parquet") as partial:
            pq.write_table(data, partial, compression="zstd")

    def drop(self, table: str, date: str) -> None:
        """Forget one date of one table."""
        shutil.rmtree(self.out / "data" / table / f"date={date}", ignore_errors=True)

    def table_dates(self, table: str) -> list[str]:
        """The dates that a table holds."""
        folders = (self.out / "data" / table).glob("date=*")
        return sorted(folder.name.removeprefix("date=") for folder in folders)

    def read(
        self, table: str, date: str, columns: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """The rows of one date of one table, all their columns or some; none where there is none."""
        path = self.out / "data" / table / f"date={date}" / "part-0.parquet"
        if not path.is_file():
            return []
        wanted = None if columns is None else list(columns)
        rows: list[dict[str, Any]] = pq.read_table(
            path, partitioning=None, columns=wanted
        ).to_pylist()
        return rows

    def content_ids(self) -> set[str]:
        """What is kept, by content, without reading it."""
        return {p.name.removesuffix(".json.gz") for p in self._transcripts.glob("*/*.json.gz")}

    def remembered(self, name: str) -> dict[str, Any]:
        """A small state file of the store; empty where there is none."""
        path = self.out / "transcripts" / f"{name}.json"
        if not path.is_file():
            return {}
        state: dict[str, Any] = TypeAdapter(dict[str, Any]).validate_json(path.read_bytes())
        return state

    def remember(self, name: str, state: Mapping[str, Any]) -> None:
        """Write a small state file of the store."""
        with atomic(self.out / "transcripts" / f"{name}.json") as partial:
            partial.write_bytes(TypeAdapter(dict[str, Any]).dump_json(dict(state), indent=1))
