"""Detectors: one file a kind. A kind is registered here, in the dict, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipeline.detect import (
    asked,
    backchannel,
    calendar,
    callback,
    delay,
    density,
    disclosure,
    elements,
    hangup,
    hold,
    interruption,
    phrase,
    prompts,
    prosody,
    rate,
    readback,
    record,
    repetition,
    reply,
    silence,
)
from pipeline.detect.base import Kind, Scene, verdict
from pipeline.detect.conditions import holds
from pipeline.detect.history import NOTHING, History
from pipeline.records import ASKED, Call, Finding, Measures, Outcome
from pipeline.rubric.load import Rubric, Rule
from pipeline.text import acts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.conversation.cues import Cues

KINDS: dict[str, Kind[Any]] = {
    ASKED: asked.KIND,
    "backchannel": backchannel.KIND,
    "calendar": calendar.KIND,
    "callback": callback.KIND,
    "delay": delay.KIND,
    "density": density.KIND,
    "disclosure": disclosure.KIND,
    "elements": elements.KIND,
    "hangup": hangup.KIND,
    "hold": hold.KIND,
    interruption.NAME: interruption.KIND,
    "phrase": phrase.KIND,
    "prompts": prompts.KIND,
    "prosody": prosody.KIND,
    "rate": rate.KIND,
    "readback": readback.KIND,
    "record": record.KIND,
    "repetition": repetition.KIND,
    "reply": reply.KIND,
    silence.NAME: silence.KIND,
}

PARAMETERS = {name: kind.params for name, kind in KINDS.items()}
"""What ``rubric.load_rubric`` needs to know of the kinds."""


def detect(
    call: Call,
    measures: Measures,
    rubric: Rubric,
    cues: Cues,
    history: History = NOTHING,
    known: Mapping[str, tuple[Finding, ...]] = MappingProxyType({}),
) -> list[Finding]:
    """What every rule of the rubric says of a call, in the order of the scorecard.

    ``known``: by rule, what it is known to say; it is not asked.
    """
    if not known:
        acts.look(turn.text for turn in call.turns)
    findings: dict[str, tuple[Finding, ...]] = {}
    scene = Scene(
        call=call,
        measures=measures,
        cues=cues,
        rubric=rubric,
        findings=findings,
        history=history,
    )
    for rule_id in rubric.order:
        rule = rubric.rules[rule_id]
        if rule_id in known:
            findings[rule_id] = known[rule_id]
        elif holds(rule.file.when, scene):
            found = tuple(KINDS[rule.file.kind].detect(rule, scene))
            findings[rule_id] = (tag(rule, found),) if rule.file.tags else found
        else:
            findings[rule_id] = (verdict(rule, Outcome.NOT_APPLICABLE),)
    return [finding for rule_id in rubric.rules for finding in findings[rule_id]]


def tag(rule: Rule, found: Sequence[Finding]) -> Finding:
    """What a rule that only tags says of a call: the first place that speaks for it beyond doubt."""
    places = [f for f in found if f.outcome is Outcome.VIOLATION]
    if places:
        first = min(places, key=lambda f: f.start or 0.0)
        return replace(first, outcome=Outcome.TAG, deduct=0.0)
    unknown = any(f.outcome is Outcome.NOT_MEASURABLE for f in found)
    return verdict(rule, Outcome.NOT_MEASURABLE if unknown else Outcome.NOT_APPLICABLE)
