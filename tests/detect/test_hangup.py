"""Who hung up first."""

from __future__ import annotations

import pytest

from pipeline.records import Finding, Outcome, Role
from tests.helpers import findings_of


def ended(turns: str, duration: float = 20, by: str = "agent") -> Finding:
    """The one row of the rule about hanging up."""
    (found,) = findings_of("closing.hangup_first", turns, ended_by=by, duration=duration)
    return found


def test_the_finding_runs_from_the_agents_last_words_to_the_end_of_the_call() -> None:
    """The customer was still speaking."""
    found = ended("A 0.5-3.0 就这样吧。\nC 4.0-9.0 哎，我还没有说完呢。", duration=9.5)
    assert (found.kind, found.outcome) == ("hangup", Outcome.VIOLATION)
    assert (found.turn, found.quote) == (0, "就这样吧。")
    assert (found.start, found.end, found.deduct) == (0.5, 9.5, 10)


def test_badly_heard_words_change_nothing() -> None:
    """The phone system says who hung up, not the recogniser."""
    assert ended("A 0.5-3.0 (0.2) 就这样吧。\nC 4.0-5.0 (0.2) 哎。").outcome is Outcome.VIOLATION


@pytest.mark.parametrize(
    ("duration", "outcome"), [(18.5, Outcome.PASS), (18.25, Outcome.VIOLATION)]
)
def test_two_and_a_half_seconds_after_the_second_question(
    duration: float, outcome: Outcome
) -> None:
    """Measured to the end of the call."""
    found = ended(
        "C 0.1-0.4 再见。\nA 6.0-9.0 请问您还有什么问题吗？\nA 12.0-16.0 没有的话请您挂机。",
        duration,
    )
    assert found.outcome is outcome


def test_the_permitted_way_is_told() -> None:
    """A pass says why the agent was allowed to go."""
    asked = "A 6.0-9.0 请问您还有什么问题吗？\nA 12.0-16.0 没有的话请您挂机。"
    assert "两次提示并等候" in ended(f"C 0.1-0.4 再见。\n{asked}").message
    silent = "A 0.5-3.0 您好，请讲。\nA 6.0-8.0 您好，请讲。\nA 11.0-13.0 听不见您的声音，再见。"
    assert "无声电话" in ended(silent).message
    assert "重拨" in ended("C 0.1-0.4 喂。\nA 1.0-4.0 听不清，请您重新再拨一下。").message


def test_a_question_before_the_customers_last_words_was_not_in_vain() -> None:
    """He answered it; only one was left unanswered."""
    turns = (
        "A 0.5-3.0 请问您还有什么问题吗？\nC 6.0-7.0 没有了。\nA 8.0-10.0 请问您还有什么问题吗？"
    )
    assert ended(turns).outcome is Outcome.VIOLATION


def test_without_an_agents_word_the_last_one_who_spoke_is_quoted() -> None:
    """The agent took the call and hung up on the customer."""
    found = ended("C 0.5-2.0 喂？\nC 4.0-6.0 有人吗？", duration=7)
    assert (found.outcome, found.role) == (Outcome.VIOLATION, Role.CUSTOMER)
    assert (found.turn, found.quote, found.end) == (1, "有人吗？", 7.0)


GREETING = "A 0.5-4.0 您好，江城中燃，八号为您服务，请问有什么可以帮您？"
PROMPTS = "A 7.0-9.0 您好，请讲话。\nA 12.0-14.0 喂，听得到吗？"
EXPLAINED = "A 17.0-20.0 听不见您的声音，请您换一部电话再拨，再见。"


@pytest.mark.parametrize(
    ("turns", "duration", "outcome"),
    [
        (f"{GREETING}\n{PROMPTS}\n{EXPLAINED}", 22, Outcome.PASS),
        (f"{GREETING}\n{PROMPTS}\n{EXPLAINED}", 20.5, Outcome.VIOLATION),
        (f"{GREETING}\n{PROMPTS}", 20, Outcome.VIOLATION),
        (f"{PROMPTS}\n{EXPLAINED}", 22, Outcome.PASS),
        (f"{GREETING}\nA 7.0-9.0 您好，请讲话。\n{EXPLAINED}", 22, Outcome.VIOLATION),
        (f"{PROMPTS}\nA 17.0-20.0 (0.2) 江边的鱼。", 22, Outcome.REVIEW),
        ("A 0.5-3.0 喂？没人我挂了。", 12, Outcome.VIOLATION),
    ],
)
def test_a_silent_line_is_one_thing_to_both_rules(
    turns: str, duration: float, outcome: Outcome
) -> None:
    """Whoever does all that the norm asks may go; a greeting is no prompt."""
    assert ended(turns, duration).outcome is outcome
    (other,) = findings_of("procedure.no_voice", turns, ended_by="agent", duration=duration)
    assert other.outcome is outcome
