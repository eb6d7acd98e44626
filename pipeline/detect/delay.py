"""``delay``: how long the customer waits for an answer.

    kind: delay
    mean: 3                  # seconds from the end of his turn to the agent's, on average at most
    worst: 5                 # and at worst

    wrong:  C 3.0-5.0 我的订单到哪了？  /  A 12.0-14.0 在路上。
    right:  C 3.0-5.0 我的订单到哪了？  /  A 5.6-8.0 在路上。

Only words that need an answer are counted, and no wait that the agent announced.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import PositiveFloat

from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.records import Finding, Outcome, Role, Seconds, Span, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator


class DelayParams(Params):
    """The limits, s."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "mean", "worst"})

    mean: Annotated[
        PositiveFloat,
        Meaning(
            "s on average, at most",
            "平均不超过几秒",
        ),
    ]
    worst: Annotated[
        PositiveFloat,
        Meaning(
            "s in the worst case, at most",
            "最长不超过几秒",
        ),
    ]


def detect(rule: Rule, params: DelayParams, scene: Scene) -> Iterator[Finding]:
    """One row: the longest wait where a limit is broken, else a pass."""
    waits = list(_waits(scene))
    if not waits:
        yield verdict(rule, Outcome.NOT_APPLICABLE)
        return
    worst, asked, answer = max(waits, key=lambda w: w[0])
    mean = statistics.fmean(seconds for seconds, _, _ in waits)
    if worst <= params.worst and mean <= params.mean:
        yield verdict(rule, Outcome.PASS)
        return
    yield event(
        rule,
        scene,
        asked,
        span=Span(asked.end, answer.start),
        doubt=scene.doubt(asked),
        mean=mean,
        worst=worst,
    )


def _waits(scene: Scene) -> Iterator[tuple[Seconds, Turn, Turn]]:
    """Each wait, the customer's turn before it and the agent's after it."""
    turns = scene.call.turns
    for index, turn in enumerate(turns):
        if turn.role is not Role.CUSTOMER or not scene.cues.needs_answer(turn):
            continue
        if scene.cues.customer_wait.hits(turn.text):
            continue
        following = next((t for t in turns[index + 1 :] if t.end > turn.end), None)
        if following is None or following.role is not Role.AGENT:
            continue
        before = [t for t in turns[:index] if t.role is Role.AGENT]
        if not (before and scene.cues.announces_hold(before[-1])):
            yield max(0.0, following.start - turn.end), turn, following


KIND = Kind(params=DelayParams, look=detect)
