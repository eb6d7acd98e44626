"""Which files are the two sides of one call, and whose each is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.ingest.sides import pairs
from tests.ingest.folder import audio, csv, found
from tests.sounds import save


@pytest.mark.parametrize(
    ("first", "second", "agent", "pbx"),
    [
        ("1763428500.12-in.wav", "1763428500.12-out.wav", None, "asterisk"),
        ("call_7_agent.wav", "call_7_caller.wav", 0, None),
        ("录音1-坐席.mp3", "录音1-客户.mp3", 0, None),
        ("call.left.WAV", "call.right.wav", None, None),
        ("x_rx.wav", "x_tx.wav", None, "asterisk"),
    ],
)
def test_two_files_of_one_call(first: str, second: str, agent: int | None, pbx: str | None) -> None:
    """Told apart by the end of their names, in either order; what the names say is kept."""
    (pair,) = pairs([Path("d") / second, Path("d") / first])
    assert (pair.first.name, pair.second.name) == (first, second)
    assert (pair.told.agent_channel, pair.told.pbx) == (agent, pbx)


def test_what_is_no_pair_stays_alone() -> None:
    """One side only; sides of different calls, folders or kinds of file; ends that fit nothing."""
    names = ["a-in.wav", "b-out.wav", "c-in.wav", "d/c-out.wav", "e-in.wav", "e-out.mp3", "in.wav"]
    assert pairs(map(Path, names)) == []
    assert pairs([Path("f-agent.wav"), Path("f-out.wav")]) == []


def test_the_shared_name_is_without_the_side() -> None:
    """As call records and patterns know the call."""
    (pair,) = pairs([Path("n/2026-q-out.wav"), Path("n/2026-q-in.wav")])
    assert pair.name == Path("n/2026-q.wav")


def test_two_files_of_one_call_are_one_recording(tmp_path: Path) -> None:
    """Its record is found under the name that both share, and it stands under the first."""
    audio(tmp_path, "q/77-out.wav")
    audio(tmp_path, "q/77-in.wav")
    audio(tmp_path, "lone-in.wav")
    csv(tmp_path, "file,call_id,agent_id,direction", "q/77.wav,c77,0008,outbound")
    result = found(tmp_path)
    pair = next(r for r in result.recordings if r.more_paths)
    assert (pair.file, pair.record.call_id, pair.record.agent_id) == ("q/77-in.wav", "c77", "0008")
    assert pair.record.pbx == "asterisk"
    assert [p.rsplit("/", 1)[1] for p in pair.more_paths] == ["77-out.wav"]
    assert [r.file for r in result.recordings] == ["lone-in.wav", "q/77-in.wav"]
    assert result.failures == ()
    before = pair.content_id
    audio(tmp_path, "q/77-out.wav", b"another customer")
    assert next(r for r in found(tmp_path).recordings if r.more_paths).content_id != before


def noise(path: Path, *, seconds: float, channels: int) -> Path:
    """A sound file that decodes; no two are equal."""
    draw = np.random.default_rng(list(path.name.encode()))
    lines = [draw.normal(0, 0.1, round(seconds * 16000)).astype(np.float32)] * channels
    return save(path, *lines)


@pytest.mark.parametrize(("first", "second"), [("x_agent", "x_customer"), ("x-in", "x-out")])
@pytest.mark.parametrize(
    ("lengths", "channels"),
    [((5, 5), (2, 2)), ((5, 5), (1, 2)), ((5, 8), (1, 1)), ((60, 67), (1, 1))],
    ids=["two whole calls", "one whole call", "3 s apart", "over 10 % apart"],
)
def test_files_that_only_sound_like_two_sides_are_two_recordings(
    tmp_path: Path, first: str, second: str, lengths: tuple[int, int], channels: tuple[int, int]
) -> None:
    """Two channels each, or quite another length: neither call is lost."""
    for name, seconds, sides in zip((first, second), lengths, channels, strict=True):
        noise(tmp_path / f"{name}.wav", seconds=seconds, channels=sides)
    result = found(tmp_path)
    assert [r.file for r in result.recordings] == [f"{first}.wav", f"{second}.wav"]
    assert [r.more_paths for r in result.recordings] == [(), ()]


@pytest.mark.parametrize("lengths", [(5, 6.5), (60, 65)])
def test_the_sides_of_a_call_may_differ_a_little_in_length(
    tmp_path: Path, lengths: tuple[float, float]
) -> None:
    """Up to 2 s or a tenth: a recorder begins each with its first sound."""
    for name, seconds in zip(("x_agent", "x_customer"), lengths, strict=True):
        noise(tmp_path / f"{name}.wav", seconds=seconds, channels=1)
    (one,) = found(tmp_path).recordings
    assert len(one.more_paths) == 1


def test_a_file_with_a_row_or_a_transcript_of_its_own_is_a_recording_of_its_own(
    tmp_path: Path,
) -> None:
    """Although both are mono and equally long."""
    for name in ("a_agent.wav", "a_customer.wav", "b_agent.wav", "b_customer.wav"):
        noise(tmp_path / name, seconds=3, channels=1)
    csv(tmp_path, "file,agent_id", "a_agent.wav,0008", "a_customer.wav,0009")
    (tmp_path / "b_customer.json").write_text('{"turns": []}', encoding="utf-8")
    result = found(tmp_path)
    agents = {r.file: r.record.agent_id for r in result.recordings}
    assert agents == {
        "a_agent.wav": "0008",
        "a_customer.wav": "0009",
        "b_agent.wav": None,
        "b_customer.wav": None,
    }
    assert result.failures == ()


@pytest.mark.parametrize("named", ["x-in.wav", "x-out.wav", "x.wav"])
def test_one_row_is_the_calls_whichever_of_its_files_it_names(tmp_path: Path, named: str) -> None:
    """A phone system notes one of the two, or the name that both share."""
    noise(tmp_path / "x-in.wav", seconds=3, channels=1)
    noise(tmp_path / "x-out.wav", seconds=3, channels=1)
    csv(tmp_path, "file,agent_id", f"{named},0008")
    result = found(tmp_path)
    assert [r.record.agent_id for r in result.recordings] == ["0008"]
    assert result.failures == ()


def test_a_damaged_side_stays_with_the_other(tmp_path: Path) -> None:
    """Half a call is not judged as a whole one: the run says what does not decode."""
    noise(tmp_path / "x-in.wav", seconds=3, channels=1)
    audio(tmp_path, "x-out.wav", b"RIFF\x00\x00 nothing more")
    (one,) = found(tmp_path).recordings
    assert len(one.more_paths) == 1


def test_one_empty_side_fails_the_call(tmp_path: Path) -> None:
    """And says which file it is."""
    audio(tmp_path, "1_agent.wav")
    (tmp_path / "1_caller.wav").touch()
    (failure,) = found(tmp_path).failures
    assert failure.file == "1_agent.wav"
    assert "1_caller.wav" in str(failure.message)
