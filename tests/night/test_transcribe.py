"""A night's run: nothing heard twice, nothing lost."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from tests.conftest import callqa
from tests.night.short_calls import write_call
from tests.sounds import save, scripted, sides

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Brought = Callable[[Sequence[str]], Path]


def contents(out: Path) -> dict[str, bytes]:
    """Every published file but the lists of failures and runs, whose clocks go on."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and "failures" not in str(path) and path.name != "state.db"
    }


def test_running_again_changes_nothing(brought: Brought, tmp_path: Path) -> None:
    """Nothing is heard twice, and every byte stays."""
    folder, out = brought(["g01", "g08"]), tmp_path / "out"
    first = callqa("score", folder, "--out", out)
    assert first.returncode == 0, first.stderr
    assert "新转写 2 个" in first.stdout
    before = contents(out)
    again = callqa("score", folder, "--out", out)
    assert "新转写 0 个，以前转写过 2 个" in again.stdout
    assert contents(out) == before


def test_a_corrected_call_record_needs_no_second_hearing(brought: Brought, tmp_path: Path) -> None:
    """The call moves to its right agent; the recording is not heard again."""
    folder, out = brought(["g01"]), tmp_path / "out"
    callqa("score", folder, "--out", out)
    calls = folder / "calls.csv"
    text = calls.read_text(encoding="utf-8")
    agent = pd.read_parquet(out / "data/calls").agent_id[0]
    calls.write_text(text.replace(f",{agent},", ",0099,"), encoding="utf-8")
    done = callqa("score", folder, "--out", out)
    assert "新转写 0 个" in done.stdout
    assert list(pd.read_parquet(out / "data/calls").agent_id) == ["0099"]


def test_a_changed_transcript_is_read_again(brought: Brought, tmp_path: Path) -> None:
    """Somebody corrected a word by hand."""
    folder, out = brought(["g01"]), tmp_path / "out"
    callqa("score", folder, "--out", out)
    (sidecar,) = folder.glob("*.json")
    sidecar.write_text(
        sidecar.read_text(encoding="utf-8").replace("再见", "回头见"), encoding="utf-8"
    )
    assert "新转写 1 个" in callqa("score", folder, "--out", out).stdout


def test_another_night_leaves_the_first_as_it_is(brought: Brought, tmp_path: Path) -> None:
    """Two folders, one output: the dates stand side by side."""
    folder, out = brought(["g01"]), tmp_path / "out"
    callqa("score", folder, "--out", out)
    other = tmp_path / "other"
    other.mkdir()
    (other / "c9.json").write_text(
        '{"call": {"started_at": "2026-11-30T09:00:00+08:00", "agent_id": "0008"}, "turns": ['
        '{"role": "agent", "start": 0, "end": 8, "text": "您好，江城中燃，八号为您服务，请讲。"},'
        '{"role": "customer", "start": 9, "end": 12, "text": "我要报修。"}]}',
        encoding="utf-8",
    )
    callqa("score", other, "--out", out)
    calls = pd.read_parquet(out / "data/calls")
    assert set(calls.date.astype(str)) == {"2026-11-18", "2026-11-30"}


def test_rescoring_needs_neither_recordings_nor_model(brought: Brought, tmp_path: Path) -> None:
    """Only what was kept is read."""
    folder, out = brought(["g01", "g15"]), tmp_path / "out"
    callqa("score", folder, "--out", out)
    before = contents(out / "data")
    shutil.rmtree(folder)
    done = callqa("rescore", "--out", out)
    assert done.returncode == 0, done.stderr
    assert contents(out / "data") == before


@pytest.mark.usefixtures("in_processes")
def test_jobs_change_nothing_but_the_time(brought: Brought, tmp_path: Path) -> None:
    """The output is the same, byte for byte."""
    folder, found = brought(["g01", "g08"]), []
    for jobs in ("1", "2"):
        out = tmp_path / f"out-{jobs}"
        assert callqa("score", folder, "--out", out, "--jobs", jobs).returncode == 0
        found.append(contents(out / "data"))
    assert found[0] == found[1]


def test_a_corrected_transcript_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """One file is one call, whatever it held before."""
    folder, out = tmp_path / "calls", tmp_path / "out"
    write_call(folder, "a.json", "您好，江城中燃。")
    callqa("score", folder, "--out", out)
    write_call(folder, "a.json", "您好，江城中燃，八号为您服务，请讲。", day=21)
    callqa("score", folder, "--out", out)
    calls = pd.read_parquet(out / "data/calls")
    assert list(calls.call_id) == ["a"]
    assert list(calls.date.astype(str)) == ["2026-11-21"]


@pytest.mark.usefixtures("heard_here")
def test_who_speaks_over_whom_is_not_known_of_a_mono_recording(tmp_path: Path) -> None:
    """Null in the calls and no event, also where a transcript says the roles; the pages say so."""
    folder, out = tmp_path / "calls", tmp_path / "out"
    folder.mkdir()
    save(folder / "mix.wav", np.sum(sides("g08"), axis=0).astype(np.float32))
    text = json.dumps(scripted("g08").sidecar(), ensure_ascii=False)
    (folder / "mix.json").write_text(text, encoding="utf-8")
    done = callqa("score", folder, "--out", out)
    assert done.returncode == 0, done.stderr
    call = pd.read_parquet(out / "data/calls").iloc[0]
    assert (call.channels, call.status) == (1, "scored")
    assert pd.isna(call.interruptions)
    assert pd.isna(call.overlap_s)
    assert call.agent_talk_s > 5
    assert len(pd.read_parquet(out / "data/interruptions")) == 0
    assert pd.isna(pd.read_parquet(out / "data/agents").interruptions[0])
    pages = [page.read_text(encoding="utf-8") for page in (out / "reports").rglob("*.html")]
    assert not any(">None" in page for page in pages)


@pytest.mark.usefixtures("heard_here")
def test_both_sides_of_a_call_in_two_files_are_accounted_for(tmp_path: Path) -> None:
    """The second is in the first's recording, and is not missed."""
    folder = tmp_path / "calls"
    folder.mkdir()
    agent, customer = sides("g01")
    save(folder / "x-in.wav", customer)
    save(folder / "x-out.wav", agent)
    text = json.dumps(scripted("g01").sidecar(), ensure_ascii=False)
    (folder / "x.json").write_text(text, encoding="utf-8")
    done = callqa("transcribe", folder, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr


def test_a_call_id_stays_with_the_call_that_had_it_first(tmp_path: Path) -> None:
    """Another night's recording of the same name gets its content behind its id."""
    out = tmp_path / "out"
    write_call(tmp_path / "one", "1.json", "您好，江城中燃。")
    callqa("score", tmp_path / "one", "--out", out)
    write_call(tmp_path / "two", "1.json", "您好，请讲。", day=21)
    for _ in range(2):
        callqa("score", tmp_path / "two", "--out", out)
    ids = list(pd.read_parquet(out / "data/calls").call_id)
    assert ids[0] == "1"
    assert ids[1].startswith("1-")
    assert callqa("explain", ids[1], "--out", out).returncode == 0
