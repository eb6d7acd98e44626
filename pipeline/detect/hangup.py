"""``hangup``: who ended the call.

    kind: hangup
    permitted: ["请您换一部电话"]
    prompts: ["没有…请挂机"]
    wait: 2.5

    wrong:  the call record says that the agent ended the call
    right:  it says that the customer did

The call record has to say it: without ``ended_by`` nothing is measurable. An agent who asked twice
whether there was anything else, and waited each time, may hang up. Words by which he announces
another permitted way (a silent line) make it a review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import PositiveFloat

from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.records import Finding, Outcome, Role, Span
from pipeline.rubric import Rule
from pipeline.rule_files import Params, Phrases

if TYPE_CHECKING:
    from collections.abc import Iterator


class HangupParams(Params):
    """The words that go before a permitted hang-up, and the wait after each of two prompts, s."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote"})

    permitted: Phrases
    prompts: Phrases
    wait: PositiveFloat


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
    if _prompted_twice(params, scene):
        yield verdict(rule, Outcome.PASS, why="两次提示并等候之后才挂机")
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


def _prompted_twice(params: HangupParams, scene: Scene) -> bool:
    """Whether the last two things said were the agent's prompts, each with its wait behind it."""
    turns = scene.call.turns[-2:]
    ends = [*(turn.start for turn in turns[1:]), scene.call.duration]
    return len(turns) == 2 and all(
        turn.role is Role.AGENT and params.prompts.hits(turn.text) and end - turn.end >= params.wait
        for turn, end in zip(turns, ends, strict=True)
    )


KIND = Kind(params=HangupParams, detect=detect)
