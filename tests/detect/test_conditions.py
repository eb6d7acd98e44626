"""When a rule applies."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.conversation.timing import measure
from pipeline.detect.base import Scene
from pipeline.detect.conditions import holds
from pipeline.rubric.schema import Condition
from pipeline.text.index import PhraseIndex
from tests.helpers import call_of, findings_of, judge


def holds_for(condition: dict[str, Any], **call: Any) -> bool:
    """Whether a condition, as a file writes it, holds for a call."""
    turns = "A 0.0-2.0 您好\nC 2.5-4.0 我要投诉"
    one = call_of(turns, **call)
    scene = Scene(
        call=one,
        measures=measure(one, judge().cues),
        cues=judge().cues,
        rubric=judge().rubric,
        findings={"wording.insult": tuple(findings_of("wording.insult", turns, **call))},
    )
    context = {"lexicons": judge().rubric.lexicons, "names": {}, "index": PhraseIndex()}
    return holds(Condition.model_validate(condition, context=context), scene)


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ({}, True),
        ({"direction": ["inbound"]}, True),
        ({"direction": ["outbound", "callback"]}, False),
        ({"queue": ["报修"]}, True),
        ({"queue": ["报装"]}, False),
        ({"longer_than": 59}, True),
        ({"shorter_than": 60}, False),
        ({"said": {"role": "customer", "any": ["投诉"]}}, True),
        ({"said": {"role": "agent", "any": ["投诉"]}}, False),
        ({"finding": {"rule": "wording.insult", "outcome": ["pass"]}}, True),
        ({"finding": {"rule": "wording.insult"}}, False),
        ({"not": [{"direction": ["outbound"]}]}, True),
        ({"any": [{"direction": ["outbound"]}, {"queue": ["报修"]}]}, True),
        ({"all": [{"direction": ["inbound"]}, {"queue": ["报装"]}]}, False),
        ({"direction": ["inbound"], "queue": ["报装"]}, False),
    ],
)
def test_condition(condition: dict[str, Any], outcome: bool) -> None:
    """Every key given must hold; all, any and not combine them."""
    assert holds_for(condition, duration=60, queue="报修") is outcome
