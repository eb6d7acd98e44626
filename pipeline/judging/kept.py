"""The numbers of a rubric as it was kept: what was published is added up again by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.judging.reviewed import Charge
from pipeline.judging.score import Scheme
from pipeline.records import Severity

if TYPE_CHECKING:
    from pipeline.rubric.kept import KeptRubric


def scheme_of_kept(kept: KeptRubric) -> Scheme:
    """The numbers of a rubric as it was when it scored."""
    rules = {rule_id: rule.data for rule_id, rule in kept.rules.items()}
    return Scheme(
        mode=kept.file.mode,
        sections={name: (s.title, s.cap) for name, s in kept.file.sections.items()},
        caps={
            rule_id: float(data["max_deduct"])
            for rule_id, data in rules.items()
            if data.get("max_deduct") is not None
        },
        weights={rule_id: float(data.get("weight", 1.0)) for rule_id, data in rules.items()},
        titles={rule_id: rule.title for rule_id, rule in kept.rules.items()},
        levels=[(level.name, level.at_least) for level in kept.file.levels],
    )


def charges_of_kept(kept: KeptRubric) -> dict[str, Charge]:
    """By rule: what it asks for a fault that a person found or confirmed."""
    return {
        rule_id: Charge(
            kind=str(rule.data["kind"]),
            section=str(rule.data["section"]),
            severity=Severity(rule.data["severity"]),
            source=rule.source,
            deduct=float(rule.data["deduct"]),
        )
        for rule_id, rule in kept.rules.items()
        if not rule.tags
    }
