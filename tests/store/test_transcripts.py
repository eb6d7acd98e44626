"""What is kept of calls: files as they are heard, folded into one a date."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from pipeline.records import CallRecord, Recording, Role, Span, Transcript, Utterance, Word
from pipeline.store.access import OWNER
from pipeline.store.kept import Kept, Made
from pipeline.store.ready import Packed
from pipeline.store.transcripts import BATCH, Transcripts

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2026-11-18"
A, B = "a" * 64, "b" * 64


def kept(content_id: str = A, day: int = 18, minute: int = 0) -> Kept:
    """A recording and what was heard in it."""
    utterance = Utterance(
        start=0.4,
        end=1.2,
        text="您好",
        words=(Word("您", 0.4, 0.8, 0.9), Word("好", 0.8, 1.2, None)),
        spans=(Span(0.4, 1.2),),
        role=Role.AGENT,
        channel=0,
    )
    started = datetime(2026, 11, day, 9, minute, tzinfo=ZoneInfo("Asia/Shanghai"))
    return Kept(
        recording=Recording(
            file=f"{content_id[:4]}.wav",
            path="/a.wav",
            content_id=content_id,
            record=CallRecord(call_id=content_id[:4], started_at=started),
            audio=True,
        ),
        transcript=Transcript(duration=30.0, channels=2, utterances=(utterance,)),
        heard_with="x",
        rubric="gas-hotline",
    )


def of(folder: Path, *calls: Kept) -> Transcripts:
    """A folder that holds some calls."""
    transcripts = Transcripts(folder, OWNER)
    for call in calls:
        transcripts.keep(call)
    return transcripts


def test_what_was_heard_comes_back_as_it_was(tmp_path: Path) -> None:
    """Every field, the zone of the clock time too; folded or not."""
    transcripts = of(tmp_path, kept())
    for _ in range(2):
        assert transcripts.dates() == [DAY]
        assert list(transcripts.of_date(DAY)) == [kept()]
        assert list(transcripts.heads(DAY)) == [kept().known]
        assert transcripts.content_ids() == {A}
        assert transcripts.fold(DAY) == []
    assert not (tmp_path / DAY).exists()


def test_the_same_is_kept_byte_for_byte(tmp_path: Path) -> None:
    """Whatever the order in which it was heard, folded once or twice."""
    calls = [kept(f"{n:064x}", minute=n % 7) for n in range(40)]
    one = of(tmp_path / "one", *calls)
    two = of(tmp_path / "two", *calls[::-2])
    two.fold(DAY)
    for call in calls:
        two.keep(call)
    for transcripts in (one, two):
        transcripts.fold(DAY)
    first, second = ((tmp_path / n / f"{DAY}.parquet").read_bytes() for n in ("one", "two"))
    assert first == second


def test_calls_are_read_in_batches_in_the_order_in_which_they_began(tmp_path: Path) -> None:
    """Not in that of their digests."""
    calls = [kept(f"{n:064x}", minute=59 - n % 60) for n in range(BATCH + 3)]
    transcripts = of(tmp_path, *calls)
    transcripts.fold(DAY)
    assert transcripts.batches(DAY) == 2
    read = [one for number in range(2) for one in transcripts.batch(DAY, number)]
    assert len(read) == BATCH + 3
    starts = [one.known.recording.record.started_at for one in read]
    assert starts == sorted(starts)  # type: ignore[type-var]
    kept_ones = list(transcripts.of_date(DAY))
    assert [one.known for one in read] == [one.known for one in kept_ones]
    assert [one.transcript for one in read] == [one.transcript for one in kept_ones]


def test_what_is_heard_again_takes_the_place_of_what_was_folded(tmp_path: Path) -> None:
    """Before the next fold and after it."""
    transcripts = of(tmp_path, kept(A), kept(B))
    transcripts.fold(DAY)
    again = replace(kept(A), heard_with="y")
    transcripts.keep(again)
    for _ in range(2):
        assert list(transcripts.of_date(DAY)) == [again, kept(B)]
        transcripts.fold(DAY)


def test_a_fold_that_was_killed_before_it_took_the_files_away(tmp_path: Path) -> None:
    """Both are there: the call is there once."""
    transcripts = of(tmp_path, kept(A), kept(B))
    shutil.copytree(tmp_path / DAY, tmp_path / "copy")
    transcripts.fold(DAY)
    shutil.copytree(tmp_path / "copy", tmp_path / DAY)
    shutil.rmtree(tmp_path / "copy")
    assert list(transcripts.of_date(DAY)) == [kept(A), kept(B)]
    transcripts.fold(DAY)
    assert list(transcripts.of_date(DAY)) == [kept(A), kept(B)]
    assert not (tmp_path / DAY).exists()


def test_a_dropped_call_is_gone_at_once(tmp_path: Path) -> None:
    """A date whose last call goes is no date any more."""
    transcripts = of(tmp_path, kept(A), kept(B))
    transcripts.fold(DAY)
    transcripts.drop(DAY, A)
    assert transcripts.content_ids() == {B}
    assert list(transcripts.of_date(DAY)) == [kept(B)]
    transcripts.drop(DAY, B)
    assert transcripts.dates() == []
    transcripts.fold(DAY)
    assert list(tmp_path.rglob("*")) == []


def test_a_call_record_can_change(tmp_path: Path) -> None:
    """In its place, or to another date, where it leaves no copy; the words stay."""
    transcripts = of(tmp_path, kept(A), kept(B))
    transcripts.fold(DAY)
    named = replace(kept(A).known, rubric="mobile-operator")
    transcripts.change(DAY, {A: named, B: kept(B, day=19).known})
    assert list(transcripts.of_date(DAY)) == [replace(kept(A), rubric="mobile-operator")]
    assert list(transcripts.of_date("2026-11-19")) == [kept(B, day=19)]
    assert transcripts.heads_of({A, B}) == [named, kept(B, day=19).known]


def made(text: str) -> Made:
    """What was made of a call."""
    return Made(shown=f"seen {text}", ready=Packed(made_of=text, call="[]", words=("[]", text)))


def test_what_was_made_of_calls_is_kept_beside_their_words(tmp_path: Path) -> None:
    """Of the calls that it was made of, in whatever batch; another record of a call changes nothing."""
    calls = [kept(f"{n:064x}", minute=n) for n in range(5)]
    transcripts = of(tmp_path, *calls)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.store.transcripts.BATCH", 2)
        transcripts.fold(DAY)
    ids = [one.recording.content_id for one in calls]
    with transcripts.renewing(DAY) as renewal:
        renewal.add(1, {ids[2]: made("two")})
        renewal.add(2, {ids[4]: made("four")})
    transcripts.change(DAY, {ids[4]: replace(calls[4].known, rubric="mall")})
    read = [one.made for n in range(transcripts.batches(DAY)) for one in transcripts.batch(DAY, n)]
    assert read == [Made(), Made(), made("two"), Made(), made("four")]
    assert [one.recording.content_id for one in transcripts.of_date(DAY)] == ids


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    """The file is the same one."""
    transcripts = of(tmp_path, kept())
    transcripts.fold(DAY)
    before = (tmp_path / f"{DAY}.parquet").stat().st_ino
    with transcripts.renewing(DAY) as renewal:
        renewal.add(0, {})
    assert (tmp_path / f"{DAY}.parquet").stat().st_ino == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{DAY}.parquet"]


def test_a_damaged_file_counts_as_not_heard(tmp_path: Path) -> None:
    """It will be heard again instead of stopping the night; until then it is named."""
    transcripts = of(tmp_path, kept(A), kept(B))
    path = tmp_path / DAY / f"{A}.json.gz"
    path.write_bytes(gzip.compress(b"{}")[:-4])
    assert transcripts.heads_of({A, B}) == [kept(B).known]
    assert transcripts.fold(DAY) == [path.name]
    assert list(transcripts.of_date(DAY)) == [kept(B)]
    transcripts.keep(kept(A))
    assert transcripts.fold(DAY) == []
    assert list(transcripts.of_date(DAY)) == [kept(A), kept(B)]


def test_a_damaged_folded_file_is_set_aside(tmp_path: Path) -> None:
    """Its calls are heard again; what can be saved of it by hand is not thrown away."""
    transcripts = of(tmp_path, kept(A))
    transcripts.fold(DAY)
    path = tmp_path / f"{DAY}.parquet"
    half = path.read_bytes()[:-40]
    path.write_bytes(half)
    assert transcripts.heads_of({A}) == []
    transcripts.keep(kept(A))
    transcripts.fold(DAY)
    assert list(transcripts.of_date(DAY)) == [kept(A)]
    assert path.with_suffix(".damaged").read_bytes() == half


def test_flipped_bits_in_the_words_are_seen(tmp_path: Path) -> None:
    """Nothing wrong is scored: the calls are named, to be heard again."""
    transcripts = of(tmp_path, *(kept(f"{n:064x}") for n in range(3)))
    transcripts.fold(DAY)
    path = tmp_path / f"{DAY}.parquet"
    column = pq.ParquetFile(path).metadata.row_group(0).column(5)
    assert column.path_in_schema == "transcript"
    data = bytearray(path.read_bytes())
    data[column.data_page_offset + column.total_compressed_size - 20] ^= 0x10
    path.write_bytes(data)
    read = transcripts.batch(DAY, 0)
    assert [one.known.recording.content_id for one in read] == [f"{n:064x}" for n in range(3)]
    assert [one.transcript for one in read] == [None] * 3
    assert transcripts.damaged_files(DAY) == [path]
    with transcripts.renewing(DAY) as renewal:
        renewal.add(0, {f"{0:064x}": made("one")})
    assert path.read_bytes() == data
