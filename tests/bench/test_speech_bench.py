"""The figures of the speech bench are computed right, and its page is that of its results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import bench.speech
from bench.speech.cost import taken
from bench.speech.disturbances import DISTURBANCES
from bench.speech.encodings import ENCODINGS, MULAW, write
from bench.speech.page import cost_table, page, parts_table, right_table
from bench.speech.parts import STEPS, best
from bench.speech.right import (
    ROWS,
    Score,
    compare,
    false_speech,
    figures,
    judge_verdict,
    measured,
    starts_inside,
)
from bench.speech.scenes import CALLS, later, moved, scene_of, scenes
from pipeline.records import Span
from pipeline.sound.decode import decode
from tests.sounds import scripted

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(bench.speech.__file__).with_name("results.json")
TWO_CALLS = ("g08", "g04")
"""One as it was scripted, one with the customer later."""


def scored(truth: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]]) -> dict[str, object]:
    """The figures of one call."""
    total = Score()
    compare(total, "c1", truth, found)
    return figures(total)


@pytest.mark.parametrize("call_id", TWO_CALLS)
def test_the_truth_itself_is_without_error(call_id: str) -> None:
    """Every event found, none invented, no second too many or too few."""
    turns = scene_of(call_id).turns
    right = scored(turns, turns)
    assert right["events"] == len(starts_inside(turns)) >= 2
    assert (right["recall"], right["precision"], right["events_invented"]) == (1.0, 1.0, 0)
    assert (right["start_error_s"], right["talk_time_error"]) == ([0.0, 0.0], [0.0, 0.0])
    assert (right["false_speech_s"], right["cases"]) == (0.0, [])


def test_a_shift_is_the_error_of_every_start() -> None:
    """0.25 s late is right and 0.25 s off; 0.4 s late is missed once and invented once."""
    turns = scene_of("g04").turns
    late = scored(turns, [moved(side, 0.25) for side in turns])
    assert (late["recall"], late["precision"]) == (1.0, 1.0)
    assert late["start_error_s"] == [0.25, 0.25]
    assert late["talk_time_error"] == [0.0, 0.0]
    too_late = scored(turns, [moved(side, 0.4) for side in turns])
    assert (too_late["recall"], too_late["precision"]) == (0.0, 0.0)
    assert too_late["events_invented"] == too_late["events"]
    assert too_late["start_error_s"] is None


def test_a_shifted_truth_is_an_error_in_what_is_measured() -> None:
    """The sound stays where it is: the error is the shift less what the bench finds without it."""
    scene = scene_of("g08")
    turns = [moved(side, 0.2) for side in scene.turns]
    found = scored(turns, scene.turns)["start_error_s"]
    assert found == [0.2, 0.2]


def test_speech_that_nobody_said_is_false() -> None:
    """Farther than 0.2 s from a turn, to the hundredth; it is talk time too much as well."""
    truth = [[Span(1.0, 11.0)], [Span(12.0, 14.0)]]
    found = [[Span(0.9, 11.1)], [Span(12.0, 14.0), Span(20.0, 21.0)]]
    assert false_speech(truth[0], found[0]) == []
    assert false_speech([Span(1.0, 2.0)], [Span(1.5, 3.0)]) == [Span(2.2, 3.0)]
    right = scored(truth, found)
    assert right["false_speech_s"] == 1.0
    assert right["talk_time_error"] == [pytest.approx(0.26), 0.5]
    assert right["cases"] == [
        "c1: customer's talk time +50 %",
        "c1: false speech of the customer at 20.00 to 21.00 s",
    ]


def test_an_event_is_the_sides_own() -> None:
    """Who starts inside whose turn is not the same; a start within 0.1 s of the other's is none."""
    truth = [[Span(0.0, 5.0)], [Span(4.0, 8.0)]]
    assert [tuple(event) for event in starts_inside(truth)] == [(1, 4.0)]
    assert starts_inside([[Span(0.0, 5.0)], [Span(0.1, 4.0)]]) == []
    other_way = scored(truth, [truth[1], truth[0]])
    assert (other_way["recall"], other_way["events_invented"]) == (0.0, 1)


def test_a_verdict_is_right_where_just_that_was_named() -> None:
    """The number of sides counts, and what was named too much."""
    fake = next(d for d in DISTURBANCES if d.name == "fake stereo")
    total = Score()
    judge_verdict(total, "c1", fake, frozenset({"fake_stereo"}), 1)
    judge_verdict(total, "c2", fake, frozenset({"fake_stereo", "clipped"}), 1)
    judge_verdict(total, "c3", fake, frozenset({"fake_stereo"}), 2)
    judge_verdict(total, "c4", fake, frozenset(), 2)
    assert total.verdicts == 1
    assert total.cases == [
        "c2: 1 sides, clipped, fake_stereo",
        "c3: 2 sides, fake_stereo",
        "c4: 2 sides, nothing odd",
    ]


def test_no_event_is_a_matter_of_a_tenth_of_a_second() -> None:
    """The truth's events would be the same, were every start 0.15 s off."""
    for scene in scenes():
        for side in (0, 1):
            for own in scene.turns[side]:
                for other in scene.turns[1 - side]:
                    assert abs(own.start - other.end) >= 0.15, (scene.call_id, own.start)
                    assert abs(own.start - other.start - 0.1) >= 0.15, (scene.call_id, own.start)


def test_a_side_that_comes_later_keeps_its_sound() -> None:
    """The turns and the samples move together, and both channels stay of one length."""
    scene = scene_of("g08")
    moved_on = later(scene, 1, 1.5)
    assert len({len(channel) for channel in moved_on.channels}) == 1
    assert (moved_on.speech(1) == scene.speech(1)).all()
    assert (moved_on.speech(0) == scene.speech(0)).all()
    assert set(TWO_CALLS) <= set(CALLS)


@pytest.mark.parametrize("name", ["none", "dead channel", "equal channels"])
def test_two_calls_under_a_disturbance(name: str) -> None:
    """Nothing wrong where nothing is; the dead side and the lost sides are not counted."""
    (row,) = [row for row in ROWS["disturbances"] if row.name == name]
    found = measured(row, TWO_CALLS)
    assert (found["calls"], found["verdicts_right"], found["cases"]) == (2, 2, [])
    if name == "none":
        assert (found["events"], found["recall"], found["precision"]) == (7, 1.0, 1.0)
        assert found["start_error_s"][1] < 0.15
        assert found["false_speech_s"] == 0.0
    else:
        assert (found["events"], found["recall"]) == (0, None)
        assert (found["talk_time_error"] is None) == (name == "equal channels")


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda e: e.name)
def test_every_encoding_is_written_whole(tmp_path: Path, encoding: object) -> None:
    """Two channels, as long as they were; a quarter of a second is what codecs add."""
    channels = [channel[: 3 * 16000] for channel in scene_of("g08").channels]
    audio = decode(*write(tmp_path, "g08", channels, encoding))  # type: ignore[arg-type]
    assert len(audio.channels) == 2
    assert audio.duration == pytest.approx(3, abs=0.25)


def test_the_cost_of_a_command_is_its_own() -> None:
    """A process that works for a while and holds 64 MB."""
    idle, busy = taken("-c", "pass"), taken("-c", "sum(range(10**7)); bytearray(b'x' * (64 << 20))")
    assert busy.cpu_s > idle.cpu_s > 0
    assert busy.wall_s > 0
    assert busy.peak_mb > idle.peak_mb + 32
    with pytest.raises(SystemExit, match="ZeroDivisionError"):
        taken("-c", "1 / 0")


def test_each_step_takes_time(tmp_path: Path) -> None:
    """Of every step of a recording, over its length."""
    files = [write(tmp_path, "g08", scene_of("g08").channels, MULAW)]
    found = best(files, repeats=1)
    assert found["audio_s"] == pytest.approx(scripted("g08").data["duration"], abs=0.2)
    assert set(found["cpu_s"]) == set(STEPS)
    assert 0 < sum(found["cpu_s"].values()) < found["audio_s"]


def test_the_tables_show_the_figures() -> None:
    """Shares of the audio, the ratio of one way to the other, and a dash for what there is not."""
    cost = {
        "audio_s": 200.0,
        "callqa": {"wall_s": 10.0, "cpu_s": 15.0, "peak_mb": 300.0, "cer": 0.1},
        "batched": {"wall_s": 20.0, "cpu_s": 30.0, "peak_mb": 400.0, "cer": 0.2},
        "plain": {"wall_s": 40.0, "cpu_s": 30.0, "peak_mb": 200.0, "cer": 0.3},
    }
    assert cost_table(cost)[2:] == [
        "| wall time | 10.0 s, 5.0 % | 20.0 s, 10.0 % | 40.0 s, 20.0 % | 0.50 | 0.25 |",
        "| processor time | 15.0 s, 7.5 % | 30.0 s, 15.0 % | 30.0 s, 15.0 % | 0.50 | 0.50 |",
        "| peak memory | 300 MB | 400 MB | 200 MB | 0.75 | 1.50 |",
        "| character errors | 10.0 % | 20.0 % | 30.0 % |  |  |",
    ]
    parts = [{"name": "x", "audio_s": 100.0, "cpu_s": dict.fromkeys(STEPS, 0.1)}]
    assert parts_table(parts)[2] == "| x | 0.100 | 0.100 | 0.100 | 0.100 | 0.100 | 0.100 | 0.600 |"
    nothing = {"name": "x", **figures(Score(calls=2, verdicts=1))}
    assert right_table("row", [nothing])[2] == "| x | – | – | – | – | – | – | 1 of 2 |"


def test_the_page_is_that_of_the_results() -> None:
    """results.md is rendered from results.json, which has every row."""
    data = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert RESULTS.with_suffix(".md").read_text(encoding="utf-8") == page(data)
    for table, rows in ROWS.items():
        assert [row["name"] for row in data["right"][table]] == [row.name for row in rows]
