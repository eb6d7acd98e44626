"""``rate``: how fast the agent speaks, in spoken characters a minute over his turns.

    kind: rate
    norm: [180, 200]
    tolerance: 0.05          # the norm says "about"
    bands:                   # from the norm outwards; the first that the rate lies in counts
      - {from: 160, to: 240, deduct: 1}
      - {from: 0, to: 1000, deduct: 3}

The customer who asks for another rate sets the norm: after that only going against him counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, NonNegativeFloat, model_validator

from pipeline.conversation.timing import SHORTEST_RATED_TURN, rates
from pipeline.detect.base import Kind, Scene, event, verdict
from pipeline.messages import tr
from pipeline.records import Finding, Outcome, Role, Seconds, Severity, Turn
from pipeline.rubric.load import Rule
from pipeline.rubric.schema import Params, Phrases
from pipeline.yamlfile import Meaning, Strict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Band(Strict):
    """What a rate from ``from`` to under ``to`` costs."""

    low: NonNegativeFloat = Field(alias="from")
    to: NonNegativeFloat
    deduct: NonNegativeFloat
    severity: Severity | None = None

    @model_validator(mode="after")
    def _rising(self) -> Band:
        if self.low >= self.to:
            msg = tr("from {low:g} must be less than to {to:g}", low=self.low, to=self.to)
            raise ValueError(msg)
        return self


class RateParams(Params):
    """The norm, how far "about" reaches (a share of it), what lies outside, and the exceptions."""

    fields: ClassVar[frozenset[str]] = frozenset({"quote", "rate", "low", "high", "what"})

    norm: Annotated[
        tuple[float, float],
        Meaning(
            "`[180, 200]`",
            "规范，如 `[180, 200]`",
        ),
    ]
    tolerance: Annotated[
        NonNegativeFloat,
        Meaning(
            "a share on either side that passes; default 0",
            "上下容许的比例，0.05 就是 5%；默认 0",
        ),
    ] = 0.0
    bands: Annotated[
        list[Band],
        Meaning(
            "from the norm outwards, `{from: 160, to: 230, deduct: 1, severity: minor}`; the "
            "first that holds the rate counts",
            "从规范往外一档一档写，`{from: 160, to: 230, deduct: 1, severity: minor}`，"
            "落在哪一档按哪一档扣",
        ),
    ] = Field(min_length=1)
    asked_slower: Annotated[
        Phrases,
        Meaning(
            "customer's words (请慢些) after which only speaking faster counts",
            "客户说了这些（请慢些），此后只有反而更快才扣",
        ),
    ]
    asked_faster: Annotated[
        Phrases,
        Meaning(
            "customer's words (请快些) after which only speaking slower counts",
            "客户说了这些（请快些），此后只有反而更慢才扣",
        ),
    ]

    @model_validator(mode="after")
    def _in_order(self) -> RateParams:
        if not 0 < self.norm[0] < self.norm[1]:
            msg = tr("norm: expected two rising numbers of characters a minute")
            raise ValueError(msg)
        return self


def detect(rule: Rule, params: RateParams, scene: Scene) -> Iterator[Finding]:
    """One row: the rate of the call lies in the norm, or in which band outside it."""
    turns = scene.call.side(Role.AGENT)
    if rates(turns).rate_turn is None:
        yield verdict(rule, Outcome.NOT_MEASURABLE)
        return
    asked = _request_for_another_rate(scene, params)
    if asked is None:
        yield _judge(rule, params, scene, turns)
        return
    at, slower = asked
    before = [t for t in turns if t.start < at]
    after = [t for t in turns if t.start >= at]
    yield _against(rule, params, scene, before, after, slower=slower)
    if rates(before).rate_turn is not None:
        yield _judge(rule, params, scene, before)


def _request_for_another_rate(scene: Scene, params: RateParams) -> tuple[Seconds, bool] | None:
    """When the customer first asked for another rate, and whether for a slower one."""
    for turn in scene.call.side(Role.CUSTOMER):
        if params.asked_slower.hits(turn.text):
            return turn.end, True
        if params.asked_faster.hits(turn.text):
            return turn.end, False
    return None


def _judge(rule: Rule, params: RateParams, scene: Scene, turns: Sequence[Turn]) -> Finding:
    rate = rates(turns).rate_turn or 0.0
    low, high = params.norm
    if low * (1 - params.tolerance) <= rate <= high * (1 + params.tolerance):
        return verdict(rule, Outcome.PASS)
    band = next((b for b in params.bands if b.low <= rate < b.to), params.bands[-1])
    return _event(rule, params, scene, turns, rate, fast=rate > high, band=band)


def _against(
    rule: Rule,
    params: RateParams,
    scene: Scene,
    before: Sequence[Turn],
    after: Sequence[Turn],
    *,
    slower: bool,
) -> Finding:
    """A violation where the agent went against the request, else not applicable from then on."""
    now, then = rates(after).rate_turn, rates(before).rate_turn
    if now is None or then is None:
        return verdict(rule, Outcome.NOT_APPLICABLE)
    low, high = params.norm
    against = now > max(then, high) if slower else now < min(then, low)
    if not against:
        return verdict(rule, Outcome.NOT_APPLICABLE)
    return _event(rule, params, scene, after, now, fast=slower, band=params.bands[0])


def _event(
    rule: Rule,
    params: RateParams,
    scene: Scene,
    turns: Sequence[Turn],
    rate: float,
    *,
    fast: bool,
    band: Band,
) -> Finding:
    """The finding points at the turn that shows it best."""
    rated = [t for t in turns if t.characters >= SHORTEST_RATED_TURN and t.duration > 0]
    shown = (max if fast else min)(rated, key=lambda t: t.characters / t.duration)
    return event(
        rule,
        scene,
        shown,
        doubt=scene.doubt(*rated),
        severity=band.severity,
        deduct=band.deduct,
        rate=round(rate),
        low=params.norm[0],
        high=params.norm[1],
        what="偏快" if fast else "偏慢",
    )


KIND = Kind(params=RateParams, look=detect, needs_agent=False, literal=True)
