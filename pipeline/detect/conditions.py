"""Whether a rule's ``when`` holds for a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.detect.base import Scene
from pipeline.records import Role
from pipeline.text import entities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.records import CallRecord
    from pipeline.rubric.schema import Condition, FindingCondition, MentionCondition, SaidCondition


def holds(condition: Condition, scene: Scene) -> bool:
    """Whether everything that the condition asks is so."""
    record, duration = scene.call.record, scene.call.duration
    return (
        (condition.direction is None or record.direction in condition.direction)
        and (condition.queue is None or record.queue in condition.queue)
        and (condition.shift is None or scene.call.shift in condition.shift)
        and (condition.longer_than is None or duration > condition.longer_than)
        and (condition.shorter_than is None or duration < condition.shorter_than)
        and (condition.record is None or _record_says(condition.record, record))
        and (condition.mentions is None or _is_mentioned(condition.mentions, scene))
        and (condition.said is None or _phrase_was_said(condition.said, scene))
        and (condition.finding is None or _rule_came_to(condition.finding, scene))
        and (condition.all is None or all(holds(c, scene) for c in condition.all))
        and (condition.any is None or any(holds(c, scene) for c in condition.any))
        and (condition.none is None or not any(holds(c, scene) for c in condition.none))
    )


def _phrase_was_said(said: SaidCondition, scene: Scene) -> bool:
    return any(said.any.hits(turn.text) for turn in scene.call.side(Role(said.role)))


def _record_says(wanted: Mapping[str, Sequence[object]], record: CallRecord) -> bool:
    return all(getattr(record, name) in values for name, values in wanted.items())


def _is_mentioned(mention: MentionCondition, scene: Scene) -> bool:
    return any(
        entities.mentions(turn.text, mention.what, digits=mention.digits)
        for turn in scene.call.side(Role(mention.role))
    )


def _rule_came_to(found: FindingCondition, scene: Scene) -> bool:
    return scene.outcome_of(found.rule) in found.outcome
