"""The recordings behind the pages: which are made playable, and when."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.report import write_reports
from pipeline.report.names import call_page
from pipeline.settings import PrivacySettings
from pipeline.store.files import Store
from pipeline.store.schema import CallRow
from tests.fixtures_truth import BROKEN
from tests.report.conftest import CHOSEN
from tests.report.made_up import SETTINGS, Quiet
from tests.report.page import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.settings import Settings

SOUND = "playable recordings"


class Watched(Quiet):
    """Remembers the stages, and what each step was about."""

    def __init__(self) -> None:
        """Nothing has begun."""
        self.stages: dict[str, tuple[int, list[str]]] = {}

    def begin(self, stage: str, total: int) -> None:
        """A stage begins."""
        self.stages[stage] = (total, [])

    def step(self, what: str, *, failed: bool = False) -> None:  # noqa: ARG002
        """A step is done."""
        list(self.stages.values())[-1][1].append(what)


PLAIN = SETTINGS.model_copy(update={"privacy": PrivacySettings(publish="plain")})


def _reported(
    out: Path, dates: Sequence[str] | None = None, settings: Settings = SETTINGS
) -> Watched:
    watched = Watched()
    write_reports(out, settings, progress=watched, dates=dates)
    return watched


def _players(out: Path) -> set[str]:
    """What the calls' pages play, by the files' names."""
    pages = (out / "reports" / "calls").rglob("*.html")
    found = (re.search(r'<audio [^>]*src="([^"]+)"', p.read_text(encoding="utf-8")) for p in pages)
    return {match[1].rpartition("/")[2] for match in found if match}


def test_the_recordings_behind_the_pages_are_a_stage_of_their_own(
    sample_out: Path, tmp_path: Path
) -> None:
    """People see what takes how long; what is there already is not made again."""
    out = shutil.copytree(sample_out, tmp_path / "out")
    shutil.rmtree(out / "reports")
    total, steps = _reported(out).stages[SOUND]
    assert total == len(steps) == 6
    assert {Path(step).stem for step in steps} == set(CHOSEN)
    assert _reported(out).stages[SOUND] == (0, [])


def test_only_recordings_that_have_a_page_are_made_playable(
    sample_out: Path, tmp_path: Path
) -> None:
    """A kept recording whose call could not be scored has none; nor has another date's."""
    out = shutil.copytree(sample_out, tmp_path / "out")
    store = Store(out, SETTINGS.timezone)
    rows = store.read(CallRow, "2026-11-20")
    store.write(CallRow, "2026-11-20", [row for row in rows if row.call_id != "g36"])
    shutil.rmtree(out / "reports" / "audio")
    (out / "reports" / call_page("2026-11-20", "g36")).unlink()
    _, steps = _reported(out, ["2026-11-20"]).stages[SOUND]
    assert {Path(step).stem for step in steps} == {"g25", "g28"}


def test_a_broken_recording_is_a_page_without_a_player(sample_out: Path, tmp_path: Path) -> None:
    """And the others have theirs."""
    out = shutil.copytree(sample_out, tmp_path / "out")
    store = Store(out, SETTINGS.timezone)
    for kept in list(store.transcripts.of_date("2026-11-20")):
        if kept.recording.record.call_id == "g36":
            broken = replace(kept.recording, path=str(BROKEN / "text.wav"))
            store.transcripts.keep(replace(kept, recording=broken))
    shutil.rmtree(out / "reports")
    _reported(out)
    assert "没有可以播放的录音" in text(out / "reports" / call_page("2026-11-20", "g36"))
    assert len(_players(out)) == 5


def test_mp3_copies_of_earlier_runs_go(sample_out: Path, tmp_path: Path) -> None:
    """The page plays the new one; MP3s that were recorded as such stay, and so do lost ones' copies."""
    out = shutil.copytree(sample_out, tmp_path / "out")
    _reported(out, settings=PLAIN)
    audio = out / "reports" / "audio"
    before = {path.name for path in audio.iterdir()}
    (new,) = audio.glob("*.webm")
    old = new.rename(new.with_suffix(".mp3"))
    _reported(out, ["2026-11-20"], PLAIN)
    assert {path.name for path in audio.iterdir()} == before == _players(out)
    new.rename(old)
    store = Store(out, SETTINGS.timezone)
    for kept in list(store.transcripts.of_date("2026-11-20")):
        gone = replace(kept.recording, path=str(tmp_path / "gone.wav"))
        store.transcripts.keep(replace(kept, recording=gone))
    _reported(out, settings=PLAIN)
    assert old.name in _players(out)


def test_a_page_shows_how_loud_each_side_is(sample_out: Path) -> None:
    """The levels of what it plays, on the lane of the side that speaks; measured once and kept."""
    raw = (sample_out / "reports" / call_page("2026-11-18", "g08")).read_text(encoding="utf-8")
    assert raw.count('class="wave wave-agent"') == raw.count('class="wave wave-customer"') == 1
    kept = list((sample_out / "reports" / "levels").glob("*.txt"))
    played = {path.stem for path in (sample_out / "reports" / "audio").iterdir()}
    assert {path.stem for path in kept} == played
    for path in kept:
        assert set(path.read_text(encoding="utf-8")) <= set("0123456789\n")
