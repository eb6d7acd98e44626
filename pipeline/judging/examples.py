"""The examples inside the rule files: short calls, and whether a rule says of them what it must."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.conversation.cues import Cues
from pipeline.conversation.timing import measure
from pipeline.conversation.turns import Assembly, assemble
from pipeline.detect import detect
from pipeline.detect.base import first_present
from pipeline.detect.history import Attempt, History
from pipeline.messages import tr
from pipeline.records import (
    Call,
    Finding,
    Prosody,
    Recording,
    Role,
    Span,
    Tone,
    Transcript,
    Utterance,
    Word,
)
from pipeline.rubric.load import Rubric, Rule
from pipeline.rubric.schema import Example, ExampleLine

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class ExampleResult:
    """One example of one rule; ``fault`` is empty where the rule says what it must."""

    rule_id: str
    example: str
    fault: str


def run_examples(
    rubric: Rubric, how: Assembly, rule_id: str | None = None
) -> Iterator[ExampleResult]:
    """Every example of the rubric's rules, or of one rule."""
    cues = Cues.of(rubric.lexicons, rubric.index)
    for rule in rubric.rules.values():
        if rule_id not in {None, rule.rule_id}:
            continue
        for example in rule.file.examples:
            if example.rubric is None or rubric.name in example.rubric:
                found = findings_of_example(rule, example, rubric, how, cues)
                fault = _fault(rule, example, found)
                yield ExampleResult(rule_id=rule.rule_id, example=example.name, fault=fault)


def findings_of_example(
    rule: Rule, example: Example, rubric: Rubric, how: Assembly, cues: Cues
) -> list[Finding]:
    """What a rule of the rubric says of an example."""
    narrow = replace(rubric, rules={r: rubric.rules[r] for r in _with_asked(rubric, rule.rule_id)})
    call = example_call(example, rubric, how)
    found = detect(call, measure(call, cues), narrow, cues, example_history(example))
    return [f for f in found if f.rule_id == rule.rule_id]


def _with_asked(rubric: Rubric, rule_id: str) -> list[str]:
    """A rule and, before it, those whose findings it asks about."""
    before = rubric.rules[rule_id].asks_about
    return [
        *dict.fromkeys(r for other in sorted(before) for r in _with_asked(rubric, other)),
        rule_id,
    ]


def example_call(example: Example, rubric: Rubric, how: Assembly) -> Call:
    """The call that an example describes; ``{organisation}`` is the rubric's first name."""
    utterances = tuple(_utterance(line, example, rubric) for line in example.turns)
    last = max((u.end for u in utterances), default=0.0)
    transcript = Transcript(
        duration=example.call.duration or last + 1.0,
        channels=example.call.channels,
        utterances=utterances,
        audio_notes=example.call.audio_notes,
        tones=None
        if example.call.tones is None
        else tuple(Tone(t.key, t.start, t.end) for t in example.call.tones),
    )
    record = example.call.record()
    recording = Recording(file="", path="", content_id="example", record=record, audio=False)
    call = assemble(recording, transcript, how)
    return replace(call, shift=example.call.shift or call.shift)


def example_history(example: Example) -> History:
    """The later calls of an example; its customer stands for himself."""
    customer = example.call.customer or ""
    attempts = [
        Attempt(
            customer=customer,
            direction=later.direction,
            started_at=later.started_at,
        )
        for later in example.later
    ]
    return History.of(attempts, until=example.data_until)


def _utterance(line: ExampleLine, example: Example, rubric: Rubric) -> Utterance:
    text = line.text
    for name, values in rubric.file.names.items():
        text = text.replace(f"{{{name}}}", values[0])
    start, end = line.spans[0][0], line.spans[-1][1]
    step = (end - start) / len(text)
    words = tuple(
        Word(character, start + i * step, start + (i + 1) * step, line.probability)
        for i, character in enumerate(text)
    )
    return Utterance(
        start=start,
        end=end,
        text=text,
        words=words,
        spans=tuple(Span(a, b) for a, b in line.spans),
        role=None if line.role is Role.UNKNOWN else line.role,
        sound=_sound(example) if line.role is Role.AGENT else None,
    )


def _sound(example: Example) -> Prosody | None:
    if example.call.loudness is None:
        return None
    return Prosody(example.call.loudness, example.call.pitch_spread)


def _fault(rule: Rule, example: Example, found: list[Finding]) -> str:
    """What differs from what the example asks; empty where nothing does."""
    outcome = first_present(found)
    if outcome is not example.outcome:
        said = "；".join(f.message for f in found if f.message)
        told = tr(
            "expected {expected}, the rule says {outcome}",
            expected=example.outcome,
            outcome=outcome,
        )
        return told + (f": {said}" if said else "")
    same = [f for f in found if f.outcome is outcome]
    if example.events is not None and len(same) != example.events:
        return tr("expected {n} findings, there are {found}", n=example.events, found=len(same))
    if example.quote is not None and example.quote not in {f.quote for f in same}:
        return tr(
            "expected the quote {quote!r}, got {found}",
            quote=example.quote,
            found=[f.quote for f in same],
        )
    if example.severity is not None and example.severity not in {f.severity for f in same}:
        return tr(
            "expected severity {severity} of {rule_id}, got {found}",
            severity=example.severity,
            rule_id=rule.rule_id,
            found=same[0].severity,
        )
    if example.message is not None and not any(example.message in f.message for f in same):
        return tr(
            "expected a message with {message!r}, got {found}",
            message=example.message,
            found=[f.message for f in same],
        )
    return ""
