"""Whether a rule's ``when`` holds for a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.detect.base import Scene
from pipeline.records import Role

if TYPE_CHECKING:
    from pipeline.rubric.schema import Condition, Found, Said


def holds(condition: Condition, scene: Scene) -> bool:
    """Whether everything that the condition asks is so."""
    record, duration = scene.call.record, scene.call.duration
    return all(
        (
            condition.direction is None or record.direction in condition.direction,
            condition.queue is None or record.queue in condition.queue,
            condition.shift is None or scene.call.shift in condition.shift,
            condition.longer_than is None or duration > condition.longer_than,
            condition.shorter_than is None or duration < condition.shorter_than,
            condition.said is None or _phrase_was_said(condition.said, scene),
            condition.finding is None or _rule_came_to(condition.finding, scene),
            condition.all is None or all(holds(c, scene) for c in condition.all),
            condition.any is None or any(holds(c, scene) for c in condition.any),
            condition.none is None or not any(holds(c, scene) for c in condition.none),
        )
    )


def _phrase_was_said(said: Said, scene: Scene) -> bool:
    return any(said.any.hits(turn.text) for turn in scene.call.side(Role(said.role)))


def _rule_came_to(found: Found, scene: Scene) -> bool:
    return scene.outcome_of(found.rule) in found.outcome
