"""Short calls for tests, in the line notation of the rule files."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline.judging.examples import example_call
from pipeline.judging.judge import Judge, the_rubric
from pipeline.rubric.schema import Example
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.records import Call, Finding, Measures


@cache
def judge(rubric: str = "gas-hotline") -> Judge:
    """A rubric's judge with default settings."""
    settings = Settings()
    return Judge.of(the_rubric(rubric, settings), settings)


def call_of(turns: str, **call: Any) -> Call:
    """A call out of lines such as ``A 0.0-2.0 您好``; ``call`` sets direction, ended_by, duration."""
    example = Example.model_validate(
        {"name": "test", "call": call, "turns": turns, "outcome": "pass"}
    )
    return example_call(example, judge().rubric, judge().how)


def measured(turns: str, **call: Any) -> Measures:
    """The figures of such a call."""
    from pipeline.conversation.timing import measure

    return measure(call_of(turns, **call), judge().cues)


def findings_of(
    rule_id: str, turns: str, *, rubric: str = "gas-hotline", **call: Any
) -> list[Finding]:
    """What one rule of a rubric says of such a call."""
    return findings_in(rule_id, call_of(turns, **call), rubric)


def findings_in(rule_id: str, one: Call, rubric: str = "gas-hotline") -> list[Finding]:
    """What one rule of a rubric says of a call."""
    from pipeline.conversation.timing import measure
    from pipeline.detect import detect

    cues = judge(rubric).cues
    found = detect(one, measure(one, cues), judge(rubric).rubric, cues)
    return [f for f in found if f.rule_id == rule_id]


class Nobody:
    """Progress that nobody watches."""

    def begin(self, stage: str, total: int) -> None:
        """Nothing."""

    def step(self, what: str, *, failed: bool = False) -> None:
        """Nothing."""

    def tell(self, line: str) -> None:
        """Nothing."""
