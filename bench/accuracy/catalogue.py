"""Which rule is in which rubric: as the rule files say."""

from __future__ import annotations

import yaml

from pipeline.resources import rule_files
from pipeline.rulebook import documents, members

FILES = rule_files()
RUBRICS = documents(FILES)
"""The rubrics and the document that each is made of."""
_MEMBERS = members(FILES)
DOCUMENTS = {
    rule: "".join(RUBRICS[rubric] for rubric, own in _MEMBERS.items() if rule in own)
    for rule in sorted({rule for own in _MEMBERS.values() for rule in own})
}
"""Every rule that judges one call, with its documents."""


def _only_reviewed(rule: str) -> bool:
    """Whether a rule never takes points on a transcript: judged by people, or by the sound."""
    said = yaml.safe_load(FILES.rules[rule].read_text(encoding="utf-8"))
    by_sound = said["kind"] == "prosody" and said["measure"] != "drawl"
    return said["kind"] == "disclosure" or by_sound or bool(said.get("judgement"))


REVIEW_ONLY = frozenset(filter(_only_reviewed, DOCUMENTS))


def rules_of(rubric: str) -> list[str]:
    """The rules of a rubric, by id."""
    return sorted(_MEMBERS[rubric])
