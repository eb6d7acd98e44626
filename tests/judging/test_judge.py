"""Which calls are judged, and what is said of those that are not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.records import (
    CallRecord,
    Outcome,
    Reason,
    Recording,
    Role,
    ScoredCall,
    Status,
    Transcript,
)
from pipeline.records import Utterance as Said
from tests.helpers import judge

if TYPE_CHECKING:
    from collections.abc import Callable

AGENT = Said(start=0.5, end=4.0, text="您好，江城中燃，八号为您服务。", role=Role.AGENT)
CUSTOMER = Said(start=4.5, end=6.0, text="我要报修。", role=Role.CUSTOMER)


def judged(*said: Said, duration: float = 30.0, channels: int = 2, **record: Any) -> ScoredCall:
    """A call of these utterances, judged."""
    recording = Recording(
        file="a.wav", path="", content_id="c" * 64, record=CallRecord(**record), audio=False
    )
    transcript = Transcript(duration=duration, channels=channels, utterances=said)
    return judge().judge(judge().assemble(recording, transcript))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (judged, "录音里没有人说话"),
        (partial(judged, AGENT, CUSTOMER, duration=9.9), "短于 10 秒"),
        (partial(judged, AGENT, CUSTOMER, answered=False), "未接通"),
        (partial(judged, CUSTOMER), "录音里没有客服的声音"),
        (
            partial(judged, AGENT, Said(start=5, end=9, text="您拨打的用户忙。", role=Role.IVR)),
            "只有自动语音",
        ),
        (
            partial(judged, Said(start=0, end=2, text="喂"), Said(start=3, end=5, text="您好")),
            "分不清",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_call_that_cannot_be_judged_says_why(said: Callable[[], ScoredCall], reason: str) -> None:
    """No score and no points taken."""
    call = said()
    assert call.card.status is Status.NOT_SCORED
    assert reason in call.card.reason
    assert call.card.score is None
    assert all(item.points == 0 for item in call.card.findings)


def test_agent_speech_with_a_silent_customer_is_judged() -> None:
    """That is a silent line, and the agent can do it right or wrong."""
    assert judged(AGENT).card.status is Status.SCORED


def test_where_the_sides_are_unknown_nothing_is_more_than_a_review() -> None:
    """A banned word by nobody knows whom is for a person."""
    rude = Said(start=3.0, end=5.0, text="你有病吧。")
    card = judged(Said(start=0.0, end=2.0, text="喂"), rude).card
    outcomes = {item.finding.outcome for item in card.findings}
    assert Outcome.REVIEW in outcomes
    assert Outcome.VIOLATION not in outcomes
    assert card.review


def test_what_would_veto_is_for_a_person_where_only_voices_tell_the_sides_apart() -> None:
    """And the finding says by what that was decided."""
    rude = Said(start=7.0, end=10.0, text="你这个神经病。", role=Role.AGENT)
    recording = Recording(
        file="a.wav", path="", content_id="c" * 64, record=CallRecord(), audio=False
    )
    heard = Transcript(duration=30.0, channels=1, utterances=(AGENT, CUSTOMER, rude), by_voice=True)
    card = judge().judge(judge().assemble(recording, heard)).card
    (insult,) = (f.finding for f in card.findings if f.finding.rule_id == "wording.insult")
    assert (insult.outcome, insult.reason) == (Outcome.REVIEW, Reason.BY_VOICE)
    assert not card.vetoed


def test_the_version_of_the_rubric_is_told() -> None:
    """So that a score can be traced to the rules that made it."""
    call = judged(AGENT, CUSTOMER)
    assert (call.rubric, call.rubric_version) == ("gas-hotline", judge().rubric.version)
