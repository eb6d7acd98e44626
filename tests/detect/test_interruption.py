"""The agent speaks into the customer's words."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Severity
from tests.helpers import findings_of

STORY = "我家的燃气表好像坏了，我昨天看它一直不走"


def interrupted(turns: str) -> list[Finding]:
    """What the rule says of a call that begins with the agent's greeting."""
    return findings_of("listening.interrupt", f"A 0.0-2.0 您好，请讲。\n{turns}")


def test_the_finding_is_the_agents_turn_with_its_figures() -> None:
    """When the customer had spoken for how long, for how long both spoke, and who gave way."""
    (found,) = interrupted(f"C 2.5-7.0 {STORY}\nA 5.0-9.0 您先告诉我户号是多少？")
    assert (found.kind, found.outcome) == ("interruption", Outcome.VIOLATION)
    assert (found.turn, found.start, found.end) == (2, 5.0, 9.0)
    assert "第2.5秒时插话，重叠2秒，客户停下" in found.message


@pytest.mark.parametrize(
    ("agent", "told", "severity", "deduct"),
    [
        ("5.0-9.0", "客户停下", Severity.MAJOR, 4),
        ("5.0-7.25", "双方同时停下", Severity.MAJOR, 4),
        ("5.0-6.5", "客户继续说", Severity.MINOR, 2),
    ],
)
def test_who_keeps_the_floor(agent: str, told: str, severity: Severity, deduct: float) -> None:
    """The customer who goes on was disturbed less."""
    (found,) = interrupted(f"C 2.5-7.0 {STORY}\nA {agent} 您先告诉我户号。")
    assert told in found.message
    assert (found.severity, found.deduct) == (severity, deduct)


@pytest.mark.parametrize(
    ("customer", "agent", "outcome"),
    [
        ("2.5-7.0", "6.5-9.0 您的户号？", Outcome.VIOLATION),  # half a second of both
        ("2.5-7.0", "6.75-9.0 您的户号？", Outcome.PASS),  # the end was near
        ("2.5-7.0", "3.5-9.0 您的户号？", Outcome.VIOLATION),  # a second into the story
        ("2.5-7.0", "3.25-9.0 您的户号？", Outcome.PASS),  # both began
        ("2.5-7.0", "5.0-6.0 户号呢？", Outcome.PASS),  # three characters
    ],
)
def test_from_when_on_it_counts(customer: str, agent: str, outcome: Outcome) -> None:
    """Each limit is met exactly, and then just missed."""
    assert [f.outcome for f in interrupted(f"C {customer} {STORY}\nA {agent}")] == [outcome]


def test_each_interruption_is_a_row() -> None:
    """In the order of the call, the harmless one in between left out."""
    found = interrupted(
        f"C 2.5-9.0 {STORY}\nA 5.0-6.5 您先说户号。\nA 7.5-8.0 嗯。\n"
        f"C 12.0-18.0 {STORY}\nA 15.0-20.0 我问的是您的户号。"
    )
    assert [(f.turn, f.severity) for f in found] == [(2, Severity.MINOR), (5, Severity.MAJOR)]


@pytest.mark.parametrize("words", ["好的好的谢谢你啊再见", "你等一下啊我去找一支笔来"])
def test_words_into_a_goodbye_or_a_pause_the_customer_asked_for(words: str) -> None:
    """He was not telling anything."""
    found = interrupted(f"C 2.5-6.0 {words}\nA 4.5-8.0 不客气，您慢慢找。")
    assert [f.outcome for f in found] == [Outcome.PASS]


def test_two_sides_have_to_speak() -> None:
    """With the agent's voice alone there is nobody to interrupt."""
    assert [f.outcome for f in interrupted("A 5.0-6.0 喂？")] == [Outcome.NOT_MEASURABLE]
