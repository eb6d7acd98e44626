"""What a night cannot use: listed with its reason, and no harm to any other call."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pipeline.night.engines import ENGINES
from pipeline.night.how import How
from pipeline.night.transcribe import find, hear
from pipeline.settings import Settings
from tests.conftest import callqa
from tests.fixtures_truth import BROKEN
from tests.helpers import Nobody
from tests.night.short_calls import write_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pipeline.night.engines import Result, Task
    from pipeline.records import Failure

    Brought = Callable[[Sequence[str]], Path]


def test_one_calls_failure_never_touches_another(brought: Brought, tmp_path: Path) -> None:
    """The broken ones are listed with a reason, the good one is scored, exit 3."""
    folder, out = brought(["g01"]), tmp_path / "out"
    for name in ("zero-byte.wav", "text.wav", "header-only.wav", "picture.mp3"):
        shutil.copy(BROKEN / name, folder)
    (folder / "picture.json").write_text("{", encoding="utf-8")
    (folder / "text.json").write_text('{"turns": []}', encoding="utf-8")
    (folder / "header-only.json").write_text('{"turns": []}', encoding="utf-8")
    done = callqa("score", folder, "--out", out)
    assert done.returncode == 3, done.stderr
    failures = pd.read_parquet(out / "data/failures").set_index("file")
    assert set(failures.index) == {"zero-byte.wav", "text.wav", "header-only.wav", "picture.mp3"}
    assert all(name in done.stderr for name in failures.index)
    assert failures.message.str.contains(r"[\u4e00-\u9fff]").all()
    assert len(pd.read_parquet(out / "data/calls")) == 1


def test_a_missing_model_stops_only_what_needs_it(brought: Brought, tmp_path: Path) -> None:
    """The recordings without a transcript are listed with the ways out, tonight and tomorrow."""
    folder, out = brought(["g01", "g08"]), tmp_path / "out"
    (folder / "callqa.toml").write_text('[asr]\nmodel = "nowhere"\n', encoding="utf-8")
    alone = next(folder.glob("*.json"))
    alone.unlink()
    for _ in range(2):
        done = callqa("score", folder, "--out", out)
        assert done.returncode == 3, done.stderr
        (failure,) = pd.read_parquet(out / "data/failures").itertuples()
        assert (str(failure.file).rsplit(".", 1)[0], failure.stage) == (alone.stem, "asr")
        for part in ("nowhere", "models/", "HF_ENDPOINT", ".json"):
            assert part in str(failure.message)
        assert len(pd.read_parquet(out / "data/calls")) == 1


def test_a_failure_that_was_mended_leaves_the_list(brought: Brought, tmp_path: Path) -> None:
    """And one that stays keeps the day it was first seen."""
    folder, out = brought(["g01"]), tmp_path / "out"
    shutil.copy(BROKEN / "zero-byte.wav", folder / "a.wav")
    shutil.copy(BROKEN / "zero-byte.wav", folder / "b.wav")
    callqa("score", folder, "--out", out)
    first = pd.read_parquet(out / "data/failures").set_index("file").first_seen["b.wav"]
    (folder / "a.wav").unlink()
    callqa("score", folder, "--out", out)
    left = pd.read_parquet(out / "data/failures").set_index("file")
    assert list(left.index) == ["b.wav"]
    assert left.first_seen["b.wav"] == first


def test_every_bad_line_of_a_table_is_listed(tmp_path: Path) -> None:
    """Two that do not even name their file stand under the table's name."""
    folder, out = tmp_path / "calls", tmp_path / "out"
    write_call(folder, "a.json", "您好，江城中燃。")
    table = 'file,agent_id\n"x.wav,1\na.json,0009\n"y.wav,2\n'
    (folder / "calls.csv").write_text(table, encoding="utf-8")
    assert callqa("score", folder, "--out", out).returncode == 3
    (failure,) = pd.read_parquet(out / "data/failures").itertuples()
    assert failure.file == "calls.csv"
    assert "calls.csv:2：" in str(failure.message)
    assert "calls.csv:4：" in str(failure.message)
    assert list(pd.read_parquet(out / "data/calls").agent_id) == ["0009"]


def test_what_a_fault_of_the_program_loses_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine forgets one of two recordings without a word: it is a failure all the same."""

    def forgetful(
        tasks: Sequence[Task], out: Path, settings: Settings, jobs: int
    ) -> Iterator[Result]:
        return ENGINES["local"](tasks[1:], out, settings, jobs)

    monkeypatch.setitem(ENGINES, "forgetful", forgetful)
    folder, out = tmp_path / "calls", tmp_path / "out"
    for name in ("a.json", "b.json"):
        write_call(folder, name, f"您好，{name}。")

    def failures_of(engine: str) -> Sequence[Failure]:
        how = How(engine=engine)
        plan = find(folder, out, Settings(), rubric="gas-hotline", how=how, progress=Nobody())
        return hear(plan, out, how=how, progress=Nobody()).failures

    (failure,) = failures_of("forgetful")
    assert (failure.file, failure.error) == ("a.json", "Lost")
    assert list(pd.read_parquet(out / "data/failures").file) == ["a.json"]
    assert failures_of("local") == ()


def test_what_was_kept_and_cannot_be_read_is_listed(tmp_path: Path) -> None:
    """Nothing is lost silently; the next run hears it again."""
    folder, out = tmp_path / "calls", tmp_path / "out"
    write_call(folder, "a.json", "您好，江城中燃。")
    callqa("score", folder, "--out", out)
    (kept,) = (out / "transcripts").glob("*.parquet")
    kept.write_bytes(b"damaged")
    done = callqa("rescore", "--out", out)
    assert done.returncode == 3, done.stderr
    assert "读不出来" in done.stderr
    assert callqa("score", folder, "--out", out).returncode == 0
    assert len(pd.read_parquet(out / "data/calls")) == 1


@pytest.mark.service
def test_the_broken_folder(tmp_path: Path) -> None:
    """Through the real recogniser: five files are listed, three are scored as far as they go."""
    out = tmp_path / "out"
    done = callqa("score", BROKEN, "--out", out)
    assert done.returncode == 3, done.stderr
    failures = pd.read_parquet(out / "data/failures").set_index("file")
    assert set(failures.index) == {
        "broken-sidecar.ogg",
        "header-only.wav",
        "picture.mp3",
        "text.wav",
        "zero-byte.wav",
    }
    calls = pd.read_parquet(out / "data/calls").set_index("file")
    assert set(calls.index) == {"good.mp3", "truncated.mp3", "truncated.wav"}
    assert list(calls.audio_notes["truncated.wav"]) == ["truncated"]
    assert list(calls.audio_notes["truncated.mp3"]) == ["truncated"]
    assert list(calls.audio_notes["good.mp3"]) == []
    assert calls.duration_s["truncated.wav"] < 30


def test_a_restored_folder_has_its_list_again(tmp_path: Path) -> None:
    """Of the backup that docs/operating names: what is heard, the state, the rubrics."""
    folder, out, restored = tmp_path / "calls", tmp_path / "out", tmp_path / "restored"
    write_call(folder, "a.json", "您好，江城中燃。")
    shutil.copy(BROKEN / "zero-byte.wav", folder)
    assert callqa("score", folder, "--out", out).returncode == 3
    for name in ("transcripts", "rubrics"):
        shutil.copytree(out / name, restored / name)
    shutil.copy(out / "state.db", restored)
    assert callqa("rescore", "--out", restored).returncode == 0
    listed = [list(pd.read_parquet(one / "data/failures").file) for one in (out, restored)]
    assert listed == [["zero-byte.wav"]] * 2
