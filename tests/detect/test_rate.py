"""How fast the agent speaks."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Reason, Severity
from tests.helpers import findings_of


def spoken(turns: str, rubric: str = "gas-hotline") -> list[Finding]:
    """What the rule about the rate says."""
    return findings_of("voice.rate", turns, rubric=rubric)


def line(start: float, characters: int, seconds: float, heard: str = "") -> str:
    """A turn of the agent's with so many spoken characters."""
    return f"A {start}-{start + seconds} {heard} {'气' * characters}。"


@pytest.mark.parametrize(
    ("characters", "deduct", "severity"),
    [
        (210, 0, None),  # about 200: five in a hundred more
        (211, 1, Severity.MINOR),
        (230, 3, Severity.MINOR),
        (260, 5, Severity.MAJOR),
        (171, 0, None),
        (170, 1, Severity.MINOR),
        (159, 3, Severity.MINOR),
        (139, 5, Severity.MAJOR),
    ],
)
def test_the_bands_of_a_minute(characters: int, deduct: float, severity: Severity | None) -> None:
    """From the norm outwards, the lower end of each band its own, the upper the next one's."""
    (found,) = spoken(line(0, characters, 60))
    assert (found.outcome is Outcome.PASS) == (severity is None)
    assert (found.deduct, found.severity) == (deduct, severity or found.severity)


def test_the_finding_shows_the_fastest_turn_but_the_rate_of_the_call() -> None:
    """Short turns say too little and count for neither."""
    (found,) = spoken(f"{line(0, 40, 10)}\n{line(20, 50, 10)}\nA 40.0-40.2 好好好好。")
    assert (found.kind, found.turn, found.start, found.end) == ("rate", 1, 20.0, 30.0)
    assert "每分钟270字，偏快（规范180-200字）" in found.message


def test_the_slowest_turn_where_the_agent_was_slow() -> None:
    """The other way round."""
    (found,) = spoken(f"{line(0, 25, 10)}\n{line(20, 20, 10)}")
    assert (found.turn, "每分钟135字，偏慢" in found.message) == (1, True)


def test_other_houses_have_other_norms() -> None:
    """What the gas hotline calls fast is usual in the mall."""
    assert [f.outcome for f in spoken(line(0, 240, 60), "mall")] == [Outcome.PASS]
    (found,) = spoken(line(0, 270, 60), "mall")
    assert "适中：160-250字" in found.message


def test_a_request_splits_the_call() -> None:
    """After it only going against it counts; what was before is judged by the norm."""
    asked = "C 61.0-62.0 你说慢一点。"
    slowed = spoken(f"{line(0, 240, 60)}\n{asked}\n{line(63, 100, 60)}")
    assert [f.outcome for f in slowed] == [Outcome.NOT_APPLICABLE, Outcome.VIOLATION]
    assert slowed[1].turn == 0
    faster = spoken(f"{line(0, 190, 60)}\n{asked}\n{line(63, 250, 60)}")
    assert [(f.outcome, f.turn) for f in faster] == [(Outcome.VIOLATION, 2), (Outcome.PASS, None)]


def test_one_badly_heard_turn_makes_the_count_doubtful() -> None:
    """The recogniser may have dropped characters anywhere."""
    (found,) = spoken(f"{line(0, 240, 60, '(0.95)')}\n{line(70, 24, 6, '(0.4)')}")
    assert (found.outcome, found.reason) == (Outcome.REVIEW, Reason.LOW_CONFIDENCE)
