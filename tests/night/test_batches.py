"""Scoring a batch at a time: the same bytes by one process or two, and nothing made twice."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline.judging.judge import Judges
from pipeline.night import batches
from pipeline.night.prepare import Assembled, Preparation, Prepared
from pipeline.night.rescore import score_kept
from pipeline.resources import LEXICONS
from pipeline.settings import NAME, CallSettings, Settings, load_settings
from pipeline.store import transcripts
from pipeline.store.files import Store
from pipeline.store.folded import Held
from pipeline.store.kept import Made
from pipeline.store.schema import TranscriptRow
from tests.fixtures_truth import RECORDINGS
from tests.golden import keep_heard
from tests.helpers import Nobody

if TYPE_CHECKING:
    from collections.abc import Sequence

SETTINGS = load_settings(RECORDINGS / NAME)


def scored(
    out: Path,
    jobs: int = 1,
    settings: Settings = SETTINGS,
    dates: Sequence[str] | None = None,
) -> None:
    """Score what is kept."""
    score_kept(out, settings, progress=Nobody(), jobs=jobs, dates=dates)


def sums(out: Path, date: str = "*") -> dict[str, str]:
    """Every file of the tables, and what it holds."""
    files = sorted((out / "data").rglob(f"date={date}/*.parquet"))
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def turns(out: Path) -> dict[str, int]:
    """The files of the table of turns, by their inode: another one is another file."""
    files = (out / "data/transcripts").rglob("*.parquet")
    return {path.relative_to(out).as_posix(): path.stat().st_ino for path in files}


FEW = ("g03", "g04", "g05", "g10", "g11", "g14", "g17", "g19", "g27", "g28", "g29", "g36", "g37")
"""Calls of every date that are quick to judge: one without a word, one with a quarrel, some doubted."""


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few of the fixture calls, scored by one process in batches of two; no test changes it."""
    out = tmp_path_factory.mktemp("few") / "out"
    keep_heard(out, *FEW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transcripts, "BATCH", 2)
        scored(out)
    return out


@pytest.fixture(scope="module")
def by_one(judged_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture calls, scored by one process in batches of five."""
    return shutil.copytree(judged_out, tmp_path_factory.mktemp("by-one") / "out")


def test_two_processes_write_what_one_does(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte. Of the last date: each has processes of its own, which begin with nothing."""
    monkeypatch.setattr(transcripts, "BATCH", 2)
    monkeypatch.setattr(batches, "WORTH_A_PROCESS", 1)
    keep_heard(tmp_path, *FEW)
    kept = Store.of(few, SETTINGS).transcripts
    date = max(kept.dates())
    assert kept.batches(date) > 2
    scored(tmp_path, jobs=2, dates=[date])
    assert sums(tmp_path, date) == sums(few, date) != {}


@pytest.mark.parametrize(("table", "column"), [("calls", "rate_turn"), ("transcripts", "masked")])
def test_a_column_that_is_new_is_filled(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, column: str
) -> None:
    """Over tables of a version that did not write it yet, whose answers still stand."""
    out = shutil.copytree(few, tmp_path / "out")
    store = Store.of(out, SETTINGS)
    date = max(store.transcripts.dates())
    path = out / "data" / table / f"date={date}" / "part-0.parquet"
    with pq.ParquetFile(path) as file, store.publication(date) as older:
        about = file.metadata.metadata or {}
        groups = [file.read_row_group(n).drop_columns(column) for n in range(file.num_row_groups)]
        older.open(table, groups[0].schema.remove_metadata())
        for group in groups:
            older.add(table, group)
        older.note(table, {k.decode(): v.decode() for k, v in about.items() if b"callqa" in k})
    assert sums(out, date) != sums(few, date)
    monkeypatch.setattr(transcripts, "BATCH", 2)
    scored(out)
    assert sums(out, date) == sums(few, date)


_MANY = """
import sys
from pathlib import Path
from pipeline.night import batches
from pipeline.store import transcripts
from tests.night.test_batches import scored
transcripts.BATCH = 2
batches.WORTH_A_PROCESS = 1
scored(Path(sys.argv[1]), jobs=2)
"""


def test_a_killed_run_leaves_no_process(tmp_path: Path) -> None:
    """Those that score end with it, whatever they wait for."""
    keep_heard(tmp_path, *FEW)
    with subprocess.Popen([sys.executable, "-c", _MANY, tmp_path]) as run:
        while len(scoring := _children(run.pid)) < 3 and run.poll() is None:  # one tracks resources
            time.sleep(0.1)
        run.kill()
    assert run.returncode == -signal.SIGKILL
    until = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in scoring):
        assert time.monotonic() < until, scoring
        time.sleep(0.1)


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def test_scoring_again_changes_nothing_and_writes_no_turns(by_one: Path) -> None:
    """They are made of the same words; a new file would be another one."""
    before, files = sums(by_one), turns(by_one)
    scored(by_one)
    assert sums(by_one) == before
    assert turns(by_one) == files


def test_calls_of_which_nothing_has_changed_are_not_read(
    by_one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their rows stand: nobody has to make them ready."""
    before = sums(by_one)
    with monkeypatch.context() as patch:
        patch.setattr(Preparation, "prepare", None)
        scored(by_one)
    assert sums(by_one) == before


def test_a_verdict_changes_the_rows_of_its_call_alone(few: Path, tmp_path: Path) -> None:
    """Byte for byte what a new night writes; the calls beside it are not read."""
    again, fresh = tmp_path / "again", tmp_path / "fresh"
    calls = pd.read_parquet(few / "data/calls")
    call = calls[calls.score < 100].iloc[0]
    found = pd.read_parquet(few / "data/findings")
    wrong = found[(found.call_id == call.call_id) & (found.outcome == "violation")].iloc[0]
    for out in (again, fresh):
        shutil.copytree(few, out)
        (out / "reviews.csv").write_text(
            f"call_id,rule_id,verdict,reviewer\n{call.call_id},{wrong.rule_id},wrong,me\n",
            encoding="utf-8",
        )
    shutil.rmtree(fresh / "answers")
    read: list[str | None] = []
    prepare = Preparation.prepare

    def noting(own: Preparation, held: Held) -> Prepared | Assembled | None:
        read.append(held.known.recording.record.call_id)
        return prepare(own, held)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Preparation, "prepare", noting)
        scored(again)
    scored(fresh)
    assert read == [call.call_id]
    assert sums(again) == sums(fresh) != sums(few)
    after = pd.read_parquet(again / "data/calls").set_index("call_id")
    assert after.score_final[call.call_id] > call.score_final


def test_rows_of_tables_that_are_not_those_of_the_answers_are_made_anew(
    few: Path, tmp_path: Path
) -> None:
    """The tables were written by another run: what is known of calls is no word about these."""
    out = tmp_path / "out"
    shutil.copytree(few, out)
    other = SETTINGS.model_copy(update={"customer_key": "another"})
    shutil.copytree(out / "answers", tmp_path / "answers")
    scored(out, settings=other)
    shutil.rmtree(out / "answers")
    shutil.copytree(tmp_path / "answers", out / "answers")
    scored(out)
    assert sums(out) == sums(few)


def test_what_was_made_of_calls_is_kept(by_one: Path) -> None:
    """Of every call, so that neither the model nor the words are asked again."""
    transcripts = Store.of(by_one, SETTINGS).transcripts
    held = [
        one
        for date in transcripts.dates()
        for number in range(transcripts.batches(date))
        for one in transcripts.batch(date, number)
    ]
    assert len(held) > 30
    assert all(one.made.ready.made_of for one in held)
    assert all(one.made.shown for one in held if one.transcript and one.transcript.utterances)


def heard_alone(held: Held) -> Held:
    """A call of which nothing was made yet."""
    other = replace(held)
    vars(other)["made"] = Made()
    return other


def test_a_call_kept_ready_is_the_call_that_is_made(by_one: Path) -> None:
    """Every turn, word, time and masked place of the fixture calls."""
    preparation = Preparation(Judges(SETTINGS))
    transcripts = Store.of(by_one, SETTINGS).transcripts
    for date in transcripts.dates():
        for one in transcripts.batch(date, 0):
            prepared = preparation.prepare(one)
            assembled = preparation.prepare(heard_alone(one))
            assert isinstance(prepared, Prepared)
            assert isinstance(assembled, Assembled)
            made = preparation.mask(assembled)
            assert prepared.kept is one.made.ready
            assert made.kept is not one.made.ready
            assert prepared.ready == made.ready


def test_turns_of_other_words_are_written_anew(by_one: Path) -> None:
    """One call was heard otherwise: its batch is made anew, the rest of its date stands."""
    store = Store.of(by_one, SETTINGS)
    date, *_ = store.transcripts.dates()
    first, *_ = store.transcripts.of_date(date)
    said, *others = first.transcript.utterances
    other = replace(said, text="喂，你好。", words=())
    store.transcripts.keep(
        replace(first, transcript=replace(first.transcript, utterances=(other, *others)))
    )
    before = pd.read_parquet(store.part(TranscriptRow, date))
    scored(by_one)
    after = pd.read_parquet(store.part(TranscriptRow, date))
    call = first.recording.record.call_id
    assert "喂，你好。" in "".join(after[after.call_id == call].text)
    kept = [frame[frame.call_id != call].text.tolist() for frame in (before, after)]
    assert kept[0] == kept[1]


def test_turns_are_masked_by_the_lists_of_today(tmp_path: Path) -> None:
    """The house's list of surnames has changed: the turns are those of an OUT that is new."""
    house = house_rules(tmp_path / "rules", "surname", "王")
    again, fresh = tmp_path / "again", tmp_path / "fresh"
    for out in (again, fresh):
        keep_heard(out, "g07", "g10")
    scored(again)
    assert any("林*" in text for text in published_turns(again))
    for out in (again, fresh):
        scored(out, settings=house)
    assert published_turns(again) == published_turns(fresh)
    assert not any("林*" in text for text in published_turns(again))


def published_turns(out: Path) -> list[str]:
    """The words of every turn, masked."""
    return [str(text) for text in pd.read_parquet(out / "data/transcripts").text]


def house_rules(folder: Path, name: str, *phrases: str) -> Settings:
    """The settings of a house that has one list of its own."""
    (folder / "lexicons").mkdir(parents=True)
    text = "".join(f"{phrase}\n" for phrase in phrases)
    (folder / "lexicons" / f"{name}.txt").write_text(text, encoding="utf-8")
    return SETTINGS.model_copy(update={"rules": folder})


@pytest.fixture(scope="module")
def other_rules(few: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """A house's rules, of which one is another, and what a new night comes to by them."""
    folder = tmp_path_factory.mktemp("other-rules")
    house, fresh = house_rules(folder / "rules", "quarrel", "再见"), folder / "fresh"
    shutil.copytree(few, fresh, ignore=shutil.ignore_patterns("answers"))
    scored(fresh, settings=house)
    assert len(list((fresh / "answers").glob("*.parquet"))) > 1
    return house, fresh


@pytest.mark.parametrize("spoilt", ["nothing", "flipped", "cut", "gone"])
def test_rules_of_which_one_has_changed_come_to_what_a_new_night_comes_to(
    few: Path, other_rules: tuple[Settings, Path], tmp_path: Path, spoilt: str
) -> None:
    """Byte for byte, whatever has become of what the rules said before."""
    house, fresh = other_rules
    again = tmp_path / "again"
    shutil.copytree(few, again)
    for path in (again / "answers").glob("*.parquet"):
        whole = path.read_bytes()
        middle = len(whole) // 3
        flipped = whole[:middle] + bytes([whole[middle] ^ 0x10]) + whole[middle + 1 :]
        path.write_bytes(
            {"flipped": flipped, "cut": whole[:middle], "gone": b""}.get(spoilt, whole)
        )
    scored(again, settings=house)
    assert sums(again) == sums(fresh) != sums(few)


def test_calls_that_hold_none_of_a_lists_new_words_are_not_read(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the next time; and what is published is what a new night publishes."""
    own = (LEXICONS / "quarrel.txt").read_text(encoding="utf-8")
    house = house_rules(tmp_path / "rules", "quarrel", own, "你爱上哪告上哪告")
    again, fresh = tmp_path / "again", tmp_path / "fresh"
    shutil.copytree(few, again)
    shutil.copytree(few, fresh, ignore=shutil.ignore_patterns("answers"))
    scored(fresh, settings=house)
    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(Preparation, "prepare", None)
            scored(again, settings=house)
        assert sums(again) == sums(fresh) != sums(few)


def test_of_a_call_whose_sides_only_voices_tell_apart_nothing_is_kept(tmp_path: Path) -> None:
    """What would veto was softened there: another rule that asks for it would not see it."""
    keep_heard(tmp_path, *FEW)
    store = Store.of(tmp_path, SETTINGS)
    date, *_ = store.transcripts.dates()
    first, *_ = store.transcripts.of_date(date)
    store.transcripts.keep(replace(first, transcript=replace(first.transcript, by_voice=True)))
    score_kept(tmp_path, SETTINGS, progress=Nobody(), jobs=1, dates=[date])
    answers = store.answers.batch(date, 0)
    assert [one for one, told in answers.items() if not told] == [first.recording.content_id]


def test_a_batch_with_flipped_bits_is_listed_and_heard_again(tmp_path: Path) -> None:
    """Its calls are failures once their words are needed, and not known to the next night."""
    keep_heard(tmp_path, *FEW)
    scored(tmp_path)
    store = Store.of(tmp_path, SETTINGS)
    date, *later = store.transcripts.dates()
    path = tmp_path / "transcripts" / f"{date}.parquet"
    column = pq.ParquetFile(path).metadata.row_group(0).column(5)
    data = bytearray(path.read_bytes())
    data[column.data_page_offset + column.total_compressed_size - 20] ^= 0x10
    path.write_bytes(data)
    lost = {head.recording.file for head in store.transcripts.heads(date)}
    before = sums(tmp_path)
    scored(tmp_path)
    assert sums(tmp_path) == before
    other = SETTINGS.model_copy(update={"call": CallSettings(turn_gap=0.6)})
    scored(tmp_path, settings=other)
    listed = pd.read_parquet(tmp_path / "data/failures")
    assert set(listed.file) == lost
    assert listed.message.str.contains("重新转写").all()
    assert store.transcripts.dates() == later
