"""``hangup``: who ended the call.

    kind: hangup
    permitted: ["请您换一部电话", "如果没有请挂机"]

    wrong:  the call record says that the agent ended the call
    right:  it says that the customer did

The call record has to say it: without ``ended_by`` nothing is measurable. Words by which an agent
announces a permitted way of hanging up (a silent line, two prompts) make it a review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.records import Finding, Outcome, Role, Span
from pipeline.rubric import Params, Phrases, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator


class HangupParams(Params):
    """The words that go before a permitted hang-up."""

    fields: ClassVar[set[str]] = {"quote"}

    permitted: Phrases


def detect(rule: Rule, scene: Scene) -> Iterator[Finding]:
    """One row, from the call record."""
    params = rule.params
    assert isinstance(params, HangupParams)  # noqa: S101  the loader pairs kinds with parameters
    ended_by = scene.call.record.ended_by
    turns = scene.call.side(Role.AGENT) or scene.call.turns
    if ended_by != "agent" or not turns:
        outcomes = {"customer": Outcome.PASS, "system": Outcome.NOT_APPLICABLE}
        why = "" if ended_by else "话单没有记录挂机方"
        yield verdict(rule, outcomes.get(ended_by or "", Outcome.NOT_MEASURABLE), why=why)
        return
    last = turns[-1]
    permitted = params.permitted.hits("".join(turn.text for turn in turns))
    yield event(
        rule,
        Span(last.start, max(last.end, scene.call.duration)),
        last.text,
        outcome=Outcome.REVIEW if permitted else Outcome.VIOLATION,
        note="可能属于允许先挂机的情形" if permitted else "",
    )


KIND = Kind(params=HangupParams, detect=detect)
