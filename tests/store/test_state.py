"""What an output folder remembers: looked up and not loaded, carried over once, safe from kills."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.night.how import How
from pipeline.night.rescore import score_kept
from pipeline.night.run import write_pages
from pipeline.night.transcribe import find, hear
from pipeline.settings import Settings
from pipeline.store.access import OWNER
from pipeline.store.state import ATTEMPTS, CALLS, FAILURES, PAGES, reading, writing
from tests.night.killed import night
from tests.night.short_calls import write_call
from tests.report.made_up import Quiet

if TYPE_CHECKING:
    from pathlib import Path

SEEN = {"stage": "audio", "error": "AudioError", "message": "坏了"}
TIMES = {"first_seen": "2026-11-18T09:00:00+08:00", "last_seen": "2026-11-19T09:00:00+08:00"}
BEFORE = {
    "ledger": {"calls": {"c1": "a" * 64}, "paths": {"/night/c1.wav": "a" * 64}},
    "failures": {"/night": {"x.wav": {**SEEN, **TIMES}}},
    "attempts": {"/night": [{"call_id": "m1", "started_at": "2026-11-20T09:00:00+08:00"}]},
}


def remembered_before(out: Path) -> None:
    """An output folder as versions up to 0.6 left it."""
    (out / "transcripts").mkdir(parents=True)
    for name, state in BEFORE.items():
        (out / f"transcripts/{name}.json").write_text(json.dumps(state), encoding="utf-8")


def test_what_the_version_before_remembered_is_carried_over_once(tmp_path: Path) -> None:
    """A reader sees it without writing; the first writer keeps it, and the JSON files go."""
    remembered_before(tmp_path)
    with reading(tmp_path) as state:
        assert state.content_at("/night/c1.wav") == "a" * 64
    assert not (tmp_path / "state.db").exists()
    with writing(tmp_path, OWNER) as state:
        state.enter(calls={"c2": "b" * 64}, paths={}, gone=())
    assert list((tmp_path / "transcripts").iterdir()) == []
    with reading(tmp_path) as state:
        assert state.content_of_call("c1") == "a" * 64
        assert state.content_of_call("c2") == "b" * 64
        (failure,) = state.listed_on(FAILURES, "2026-11-18")
        assert failure["message"] == "坏了"
        (attempt,) = state.listed_since(ATTEMPTS, "2026-11-19")
        assert attempt["call_id"] == "m1"
        assert state.listed_since(ATTEMPTS, "2026-11-21") == []


def test_an_old_ledger_beside_a_new_state_counts_no_more(tmp_path: Path) -> None:
    """A run was killed after the state was made and before the old files were gone."""
    with writing(tmp_path, OWNER):
        pass
    remembered_before(tmp_path)
    with writing(tmp_path, OWNER) as state:
        assert state.content_of_call("c1") is None
    assert list((tmp_path / "transcripts").iterdir()) == []


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    """As everything in the output folder; it is brought up to date where it was not."""
    for _ in range(2):
        with writing(tmp_path, OWNER) as state:
            state.set_due(CALLS, ["2026-11-20"])
            modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        assert modes == {0o600}
        (tmp_path / "state.db").chmod(0o644)


def test_contents_that_are_gone_lose_their_ids(tmp_path: Path) -> None:
    """Another content may have them."""
    with writing(tmp_path, OWNER) as state:
        state.enter(calls={"c1": "old"}, paths={"/a": "old"}, gone=())
        state.enter(calls={"c2": "new"}, paths={"/a": "new"}, gone=["old"])
        assert state.content_of_call("c1") is None
        assert state.content_at("/a") == "new"


def test_what_is_due_stays_due_until_it_is_done(tmp_path: Path) -> None:
    """Each thing by itself; what is listed of a place makes its dates due, old ones too."""
    with writing(tmp_path, OWNER) as state:
        state.set_due(CALLS, ["2026-11-20", "2026-11-21"])
        state.set_due(PAGES, ["2026-11-20"])
        state.set_done(CALLS, ["2026-11-20"])
        state.relist(FAILURES, "/night", [("2026-11-18", {"file": "a"})])
        state.set_done(FAILURES, ["2026-11-18"])
        state.relist(FAILURES, "/night", [("2026-11-19", {"file": "b"})])
    with reading(tmp_path) as state:
        assert state.due(CALLS) == {"2026-11-21"}
        assert state.due(PAGES) == {"2026-11-20"}
        assert state.due(FAILURES) == {"2026-11-18", "2026-11-19"}


def test_a_call_that_left_a_date_is_missed_by_the_next_run_over_any_folder(tmp_path: Path) -> None:
    """The run that moved it ended before it scored; tables and pages of both dates come right."""
    out = tmp_path / "out"
    write_call(tmp_path / "a", "1.json", "您好，江城中燃。", day=20)
    night(tmp_path / "a", out)
    write_pages(out, Settings(), progress=Quiet())
    write_call(tmp_path / "a", "1.json", "您好，江城中燃，八号为您服务。", day=21)
    plan = find(tmp_path / "a", out, Settings(), rubric="gas-hotline", how=How(), progress=Quiet())
    hear(plan, out, how=How(), progress=Quiet())
    write_call(tmp_path / "b", "2.json", "您好，请讲。", day=22)
    night(tmp_path / "b", out)
    calls = pd.read_parquet(out / "data/calls")
    dates = dict(zip(calls.call_id, calls.date.astype(str), strict=True))
    assert dates == {"1": "2026-11-21", "2": "2026-11-22"}
    scored = score_kept(out, Settings(), progress=Quiet(), dates=[])
    assert scored.dates == ()
    write_pages(out, Settings(), progress=Quiet(), dates=scored.dates)
    assert "八号" in (out / "reports/calls/2026-11-21/1.html").read_text(encoding="utf-8")
    assert not (out / "reports/calls/2026-11-20/1.html").exists()
    with reading(out) as state:
        assert state.due(CALLS) == state.due(PAGES) == set()
