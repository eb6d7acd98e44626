"""Who may read what is kept and published: modes as they are on the disk after real runs."""

from __future__ import annotations

import grp
import os
import stat
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ConfigurationError
from pipeline.settings import load_settings
from pipeline.sound import playback
from pipeline.store.access import OWNER, atomic
from tests.conftest import callqa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

CALLS = ("g01", "g12", "g36")
"""An MP3 and an Opus file that are played as they are, and PCM that is converted."""


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """Sets it, and puts it back."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def modes(out: Path) -> set[tuple[str, int]]:
    """What there is: ``d`` or ``f`` with its mode; ``ratings.csv`` and what else is not ours aside."""
    there = [
        out,
        *(path for path in out.rglob("*") if path.name not in {"ratings.csv", "callqa.lock"}),
    ]
    return {("d" if p.is_dir() else "f", stat.S_IMODE(p.stat().st_mode)) for p in there}


def a_group() -> grp.struct_group:
    """A group that files can be given here, another than they have by themselves where there is one."""
    own = os.getgroups() if os.geteuid() else [group.gr_gid for group in grp.getgrall()]
    others = [number for number in own if number != os.getegid()]
    return grp.getgrgid((others or [os.getegid()])[-1])


@pytest.mark.usefixtures("in_processes")
@pytest.mark.parametrize("mask", [0o000, 0o277])
def test_everything_is_for_the_owner_alone(
    tmp_path: Path,
    brought: Callable[[Sequence[str]], Path],
    umask: Callable[[int], int],
    mask: int,
) -> None:
    """After a whole run, whatever the umask; the recordings keep the modes they had.

    The one that takes nothing away shows what would be too open, the other what would be too closed.
    """
    folder = brought(CALLS)
    for recording in folder.iterdir():
        recording.chmod(0o644)
    umask(mask)
    out = tmp_path / "out"
    done = callqa("score", folder, "--out", out, "--jobs", "2" if mask == 0 else "1")
    assert done.returncode == 0, done.stderr
    assert modes(out) == {("d", 0o700), ("f", 0o600)}
    assert {"transcripts", "answers", "data", "rubrics", "reports", "state.db"} == {
        path.name for path in out.iterdir()
    }
    assert len(list((out / "reports" / "audio").iterdir())) == len(CALLS)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}


def test_a_group_may_read_and_nobody_else(
    tmp_path: Path, brought: Callable[[Sequence[str]], Path], umask: Callable[[int], int]
) -> None:
    """A folder of an earlier version is brought up to date, there and back; people's own files stay."""
    folder, group = brought(CALLS), a_group()
    umask(0o022)
    out = tmp_path / "out"
    plain = tmp_path / "plain.toml"
    plain.write_text('[privacy]\npublish = "plain"\n', encoding="utf-8")
    assert callqa("score", folder, "--out", out, "--config", plain).returncode == 0
    for path in (out, *out.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    sound = next((out / "reports" / "audio").glob("*.mp3"))
    sound.unlink()
    os.link(folder / "g01.mp3", sound)  # as versions up to 0.5 did
    (folder / "g01.mp3").chmod(0o604)
    (out / "ratings.csv").write_text("call_id,rater,score\n", encoding="utf-8")
    shared = tmp_path / "shared.toml"
    shared.write_text(
        f'[privacy]\npublish = "plain"\ngroup = "{group.gr_name}"\n', encoding="utf-8"
    )
    done = callqa("report", "--out", out, "--config", shared)
    assert done.returncode == 0, done.stderr
    assert modes(out) == {("d", 0o750), ("f", 0o640)}
    ours = [out, *(path for path in out.rglob("*") if path.name != "ratings.csv")]
    assert {path.stat().st_gid for path in ours} == {group.gr_gid}
    assert stat.S_IMODE((folder / "g01.mp3").stat().st_mode) == 0o604
    assert stat.S_IMODE((out / "ratings.csv").stat().st_mode) == 0o644
    assert callqa("report", "--out", out).returncode == 0
    assert modes(out) == {("d", 0o700), ("f", 0o600)}


def test_a_group_that_is_not_there_is_named_with_its_line(tmp_path: Path) -> None:
    """Before anything is written, on the command line too; one that went later by its key."""
    path = tmp_path / "callqa.toml"
    path.write_text('rubric = "mall"\n\n[privacy]\ngroup = "no-such-group"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"privacy.group: .*no-such-group") as caught:
        load_settings(path)
    assert (caught.value.path, caught.value.line) == (path, 4)
    done = callqa("score", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert f"{path}:4: privacy.group: 这台机器上没有用户组 'no-such-group'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_file_has_its_mode_before_its_name(tmp_path: Path, umask: Callable[[int], int]) -> None:
    """While it is written nobody else can read it, and taking the place of an open one closes it."""
    umask(0o000)
    path = tmp_path / "made" / "a.txt"
    for _ in range(2):
        with atomic(path, OWNER) as partial:
            assert stat.S_IMODE(partial.stat().st_mode) == 0o600
            partial.write_text("x", encoding="utf-8")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        path.chmod(0o666)


def test_a_recording_is_linked_only_where_its_mode_fits(tmp_path: Path) -> None:
    """Its other name would show it to everybody, or its own mode would have to be changed."""
    source = tmp_path / "a.mp3"
    source.write_bytes(b"x")
    for mode, names in ((0o644, 1), (0o600, 2)):
        source.chmod(mode)
        with atomic(tmp_path / "copy.mp3", OWNER) as partial:
            playback.copy(source, partial, link=OWNER.fits(source))
        assert source.stat().st_nlink == names
        assert stat.S_IMODE(source.stat().st_mode) == mode
        assert stat.S_IMODE((tmp_path / "copy.mp3").stat().st_mode) == 0o600
