"""``record``: a figure of the call record, or the call's length, over a limit.

    kind: record
    figure: ring_seconds     # or: duration
    limits:                  # rising; the last one that is passed counts
      - {over: 9, deduct: 2}
    excused_by: {role: agent, any: ["@apology"], turns: 1}   # said in his first turns, it is no fault

    wrong:  the call record says that it rang for 18 s
    right:  it says 6 s

A figure that the call record does not hold is not measurable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, model_validator

from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.messages import tr
from pipeline.records import Finding, Outcome, Role, Severity, Span
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Nearby, Params
from pipeline.yamlfile import Meaning, Strict

if TYPE_CHECKING:
    from collections.abc import Iterator


class RecordLimit(Strict):
    """What it costs to be ``over`` so many seconds."""

    over: NonNegativeFloat
    deduct: NonNegativeFloat
    severity: Severity | None = None


class RecordParams(Params):
    """The figure, its limits, and what the call is below them."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "value", "limit", "hold"})

    figure: Annotated[
        Literal["ring_seconds", "duration"],
        Meaning(
            "`ring_seconds` or `duration`",
            "`ring_seconds` 响铃秒数，`duration` 通话秒数",
        ),
    ]
    limits: Annotated[
        list[RecordLimit],
        Meaning(
            "rising: `{over: 180, deduct: 2, severity: minor}`; the last one passed counts",
            "从小到大，`{over: 180, deduct: 2, severity: minor}`；按超过的最后一档扣",
        ),
    ] = Field(min_length=1)
    below: Annotated[
        Literal["pass", "not_applicable"],
        Meaning(
            "what the call is under all limits: `pass` (default), `not_applicable`",
            "没超过时判什么：`pass`（默认）或 `not_applicable`",
        ),
    ] = "pass"
    excused_by: Annotated[
        Nearby | None,
        Meaning(
            "`{role, any, turns}`: said in the first turns, it is no fault",
            "`{role, any, turns}`：头几段里说了这些，就不算",
        ),
    ] = None

    @model_validator(mode="after")
    def _rising(self) -> RecordParams:
        bounds = [limit.over for limit in self.limits]
        if bounds != sorted(set(bounds)):
            msg = tr("limits: expected rising bounds")
            raise ValueError(msg)
        return self


def detect(rule: Rule, params: RecordParams, scene: Scene) -> Iterator[Finding]:
    """One row, from the call record."""
    call = scene.call
    ring = params.figure == "ring_seconds"
    value = call.record.ring_seconds if ring else call.duration
    spoken = call.side(Role.AGENT) or call.turns
    if value is None or not spoken:
        yield verdict(rule, Outcome.NOT_MEASURABLE, why="话单没有记录振铃时长" if ring else "")
        return
    broken = [limit for limit in params.limits if value > limit.over]
    if not broken:
        yield verdict(rule, Outcome(params.below))
    elif params.excused_by is not None and _is_excused(params.excused_by, scene):
        yield verdict(rule, Outcome.PASS)
    else:
        yield _event(rule, scene, value, broken[-1], ring=ring)


def _is_excused(excuse: Nearby, scene: Scene) -> bool:
    said = [t.text for t in scene.call.side(excuse.role)[: excuse.turns]]
    return any(excuse.any.says(text) or excuse.any.is_acted(text) for text in said)


def _event(rule: Rule, scene: Scene, value: float, limit: RecordLimit, *, ring: bool) -> Finding:
    """The finding quotes the agent's first words for the ringing, his last for the length."""
    spoken = scene.call.side(Role.AGENT) or scene.call.turns
    shown = spoken[0] if ring else spoken[-1]
    return event(
        rule,
        scene,
        shown,
        span=None if ring else Span(limit.over, max(value, limit.over)),
        severity=limit.severity,
        deduct=limit.deduct,
        value=value,
        limit=limit.over,
        hold=scene.measures.hold,
    )


KIND = Kind(params=RecordParams, look=detect, needs_agent=False)
