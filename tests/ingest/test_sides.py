"""Which files are the two sides of one call, and whose each is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.ingest.sides import pairs


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
