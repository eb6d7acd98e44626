"""``interruption``: the agent starts to speak inside a customer's turn.

    kind: interruption
    characters: 4            # of the agent's turn, at least
    customer_spoke: 1.0      # s the customer had been speaking, at least
    overlap: 0.5             # s of double talk, at least; or
    intrusion: 1.5           # s from the agent's start to the earlier end, at least

    wrong:  C 3.0-9.0 我家的燃气表坏了…  /  A 5.0-8.0 您先听我说。
    right:  C 3.0-9.0 我家的燃气表坏了…  /  A 5.0-5.4 嗯。

Back-channels are no interruption, nor is a word into the customer's thanks or goodbye.
Where the customer keeps the floor it is ``minor``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.records import Finding, Floor, Interruption, Outcome, Role, Severity, Span
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLOOR = {Floor.AGENT: "客户停下", Floor.CUSTOMER: "客户继续说", Floor.BOTH_STOP: "双方同时停下"}


class InterruptionParams(Params):
    """From when on an event counts; ``minor_deduct`` is for one where the customer goes on."""

    fields: ClassVar[frozenset[str]] = frozenset(
        {"quote", "overlap", "intrusion", "customer_spoke", "floor"}
    )

    characters: Annotated[
        PositiveInt,
        Meaning(
            "of the agent's turn, at least; default 4",
            "客服这段话至少几个字，默认 4",
        ),
    ] = 4
    customer_spoke: Annotated[
        PositiveFloat,
        Meaning(
            "s that the customer had been speaking, at least; default 1.0",
            "客户至少说了几秒，默认 1.0",
        ),
    ] = 1.0
    overlap: Annotated[
        PositiveFloat,
        Meaning(
            "s in which both are heard, at least; default 0.5 …",
            "两边同时出声至少几秒，默认 0.5；**或者**",
        ),
    ] = 0.5
    intrusion: Annotated[
        PositiveFloat,
        Meaning(
            "… or s from the agent's start to the earlier end, at least; default 1.5",
            "从客服开口到一方停下至少几秒，默认 1.5",
        ),
    ] = 1.5
    minor_deduct: Annotated[
        NonNegativeFloat,
        Meaning(
            "points where the customer goes on speaking; such a finding is `minor`",
            "客户没有让、接着说完了，算轻微，扣这么多",
        ),
    ]


def detect(rule: Rule, params: InterruptionParams, scene: Scene) -> Iterator[Finding]:
    """A row for each event that counts, else one ``pass``; not measurable without two live sides."""
    both = scene.call.side(Role.AGENT) and scene.call.side(Role.CUSTOMER)
    if not scene.sides_told_apart() or not both:
        yield verdict(rule, Outcome.NOT_MEASURABLE)
        return
    found = [
        _event(rule, params, scene, interruption)
        for interruption in scene.measures.interruptions
        if _counts(interruption, params)
    ]
    yield from found or [verdict(rule, Outcome.PASS)]


def _counts(found: Interruption, params: InterruptionParams) -> bool:
    long_enough = found.overlap >= params.overlap or found.intrusion >= params.intrusion
    return (
        not found.backchannel
        and not found.courtesy
        and found.characters >= params.characters
        and found.customer_spoke >= params.customer_spoke
        and long_enough
    )


def _event(rule: Rule, params: InterruptionParams, scene: Scene, found: Interruption) -> Finding:
    minor = found.floor is Floor.CUSTOMER
    return event(
        rule,
        scene,
        scene.call.turns[found.turn],
        span=Span(found.start, found.end),
        severity=Severity.MINOR if minor else None,
        deduct=params.minor_deduct if minor else None,
        overlap=found.overlap,
        intrusion=found.intrusion,
        customer_spoke=found.customer_spoke,
        floor=_FLOOR[found.floor],
    )


NAME = "interruption"
"""What the kind is called in rule files, and in the ``kind`` of its findings."""

KIND = Kind(params=InterruptionParams, look=detect, needs_agent=False)
