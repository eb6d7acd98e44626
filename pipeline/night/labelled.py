"""People's verdicts as what benches and models read: labelled calls, and lines with their tone.

A labelled call is one that somebody looked through from beginning to end, in the notation of
``bench/accuracy``: what is not said of a rule there is that it has no fault. A line is a turn with a
verdict on a rule of one tone, as ``models/text/data`` has them. All words are as they are published.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from pipeline.figures.record import latest
from pipeline.judging.judge import the_rubric
from pipeline.records import Outcome, Role, Verdict
from pipeline.store.access import atomic
from pipeline.store.parts import TurnSaid
from pipeline.store.queries import by_call
from pipeline.store.schema import CallRow, FindingRow, ReviewRow
from pipeline.text.normal import spoken_characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.records import CallRecord
    from pipeline.rubric.load import Rubric, Rule
    from pipeline.settings import Settings
    from pipeline.store.files import Store

CALLS, LINES = "calls", "lines"
"""The folders of what is exported: a file a rubric, and a file a label."""
AGENT, CUSTOMER = "agent", "customer"
"""The labels of turns that were taken for a tone and have none."""
_WHO = {Role.AGENT: "A", Role.CUSTOMER: "C", Role.IVR: "I"}
_PACE = {Role.AGENT: 190.0, Role.CUSTOMER: 230.0, Role.IVR: 190.0}
"""Spoken characters a minute of a line that says nothing of its pace, as in bench/accuracy."""
_BY_SOUND = frozenset({"prosody", "rate"})
"""Kinds of rules that no transcript decides."""
_ONLY_REVIEW = "disclosure"
"""The kind whose findings never take points."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """How many calls were written by rubric, and how many lines by label."""

    calls: Mapping[str, int]
    lines: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class _JudgedCall:
    """A call that somebody judged: its rows, and what the phone system knew of it."""

    call: CallRow
    turns: Sequence[TurnSaid]
    findings: Sequence[FindingRow]
    verdicts: Sequence[ReviewRow]
    whole: bool
    record: CallRecord | None


def export(store: Store, settings: Settings, folder: Path) -> Exported:
    """Write everything that people said into ``folder``, over what was written there before."""
    rubrics: dict[str, Rubric] = {}
    calls: dict[str, list[str]] = defaultdict(list)
    lines: dict[str, dict[str, None]] = defaultdict(dict)
    for date in store.table_dates(ReviewRow):
        for one in _judged_calls(store, date):
            name = one.call.rubric
            if name not in rubrics:
                rubrics[name] = the_rubric(name, settings)
            if one.whole:
                calls[rubrics[name].name].append(_entry(one, rubrics[name].rules))
            for label, text in _lines(one, rubrics[name].rules):
                lines[label][text] = None
    written = {f"{CALLS}/{name}.yml": "\n".join(own) for name, own in calls.items()}
    for label, texts in lines.items():
        written[f"{LINES}/{label}.tsv"] = "".join(f"{label}\t{text}\n" for text in sorted(texts))
    for path, text in written.items():
        with atomic(folder / path, store.access) as partial:
            partial.write_text(text, encoding="utf-8")
    return Exported(
        calls={name: len(own) for name, own in calls.items()},
        lines={label: len(own) for label, own in lines.items()},
    )


def _judged_calls(store: Store, date: str) -> Iterator[_JudgedCall]:
    """The calls of a date on which there is a verdict, by their ids."""
    reviews = by_call(store.read(ReviewRow, date))
    where = {"call_id": reviews}
    turns = by_call(store.read(TurnSaid, date, where))
    findings = by_call(store.read(FindingRow, date, where))
    records = {
        r.call_id: r for head in store.transcripts.heads(date) for r in [head.recording.record]
    }
    for call in sorted(store.read(CallRow, date, where), key=lambda c: c.call_id):
        own = reviews[call.call_id]
        yield _JudgedCall(
            call=call,
            turns=sorted(turns[call.call_id], key=lambda t: (t.start_s, t.turn)),
            findings=findings[call.call_id],
            verdicts=latest(own),
            whole=any(r.verdict is Verdict.DONE for r in own),
            record=records.get(call.call_id),
        )


def _entry(one: _JudgedCall, rules: Mapping[str, Rule]) -> str:
    """A labelled call in YAML."""
    call, record = one.call, one.record
    facts: dict[str, Any] = {"direction": call.direction or None, "channels": call.channels}
    facts["started_at"] = call.started_at.isoformat() if call.started_at else None
    if record is not None:
        facts |= {"ended_by": record.ended_by, "ring_seconds": record.ring_seconds}
        facts["answered"] = record.answered
    expect, unsure = _labels(one, rules)
    said = [r.comment for r in one.verdicts if r.comment]
    head = _flow({"id": call.call_id, "about": "；".join(said) or "人工复核"})
    about = {"call": {k: v for k, v in facts.items() if v is not None}}
    labels = {"expect": expect} | ({"unsure": unsure} if unsure else {})
    turns = "".join(f"    {line}\n" for line in _turns(one.turns))
    first, *rest = head.splitlines()
    lines = [
        f"- {first}",
        *(f"  {line}" for line in rest),
        f"  {_flow(about).strip()}",
        "  turns: |",
    ]
    return "\n".join(lines) + f"\n{turns}" + "".join(f"  {x}\n" for x in _flow(labels).splitlines())


def _flow(values: Mapping[str, Any]) -> str:
    """A key a line, each value in YAML's short form."""
    return "".join(f"{key}: {_value(value)}\n" for key, value in values.items())


def _value(value: Any) -> str:
    listed = yaml.safe_dump(
        [value], default_flow_style=True, allow_unicode=True, sort_keys=True, width=float("inf")
    )
    return str(listed).strip()[1:-1]


_FAULTS = frozenset({Verdict.STANDS, Verdict.MISSED})


def _labels(one: _JudgedCall, rules: Mapping[str, Rule]) -> tuple[dict[str, str], list[str]]:
    """What each rule must say, and the rules of which nobody can be sure."""
    said: dict[str, set[Verdict]] = defaultdict(set)
    for row in one.verdicts:
        said[row.rule_id].add(row.verdict)
    judged = {(r.rule_id, r.turn) for r in one.verdicts}
    asked = {Outcome.VIOLATION, Outcome.REVIEW}
    open_ = {
        f.rule_id
        for f in one.findings
        if f.outcome is Outcome.NOT_MEASURABLE
        or (f.outcome in asked and (f.rule_id, f.turn) not in judged)
    }
    expect, unsure = {}, []
    for rule_id, rule in sorted(rules.items()):
        own = said.get(rule_id, set())
        if rule.file.kind in _BY_SOUND or (rule_id in open_ and not own & _FAULTS):
            unsure.append(rule_id)
        elif own & _FAULTS:
            only = rule.file.judgement or rule.file.kind == _ONLY_REVIEW
            expect[rule_id] = str(Outcome.REVIEW if only else Outcome.VIOLATION)
        elif Verdict.CANNOT_TELL in own:
            unsure.append(rule_id)
    return expect, unsure


def _turns(turns: Iterable[TurnSaid]) -> Iterator[str]:
    """The turns in the notation of bench/accuracy, with their places and pace."""
    latest_end = 0.0
    for turn in turns:
        who = _WHO.get(turn.role)
        count = spoken_characters(turn.text)
        if who is None or not count:
            continue
        gap = round(turn.start_s - latest_end, 2)
        usual = 60 * count / _PACE[turn.role]
        tempo = max(0.01, round(usual / max(0.01, turn.end_s - turn.start_s), 2))
        start = max(0.0, latest_end + gap)
        latest_end = max(latest_end, start + usual / tempo)
        text = turn.text.replace("{", "").replace("}", "").replace("\n", " ")
        yield f"{who} {gap:+g} *{tempo:g} {text}"


def _lines(one: _JudgedCall, rules: Mapping[str, Rule]) -> Iterator[tuple[str, str]]:
    """Turns with a verdict on a rule of one tone: the tone, or none where it was rejected."""
    turns = {turn.turn: turn for turn in one.turns}
    for row in one.verdicts:
        rule = rules.get(row.rule_id)
        turn = turns.get(row.turn) if row.turn is not None else None
        tones: tuple[str, ...] = getattr(rule.params, "tone", ()) if rule else ()
        if turn is None or len(tones) != 1 or "*" in turn.text or not turn.text.strip():
            continue
        text = " ".join(turn.text.split())
        if row.verdict in _FAULTS and turn.role is Role.AGENT:
            yield tones[0], text
        elif row.verdict is Verdict.WRONG and turn.role in {Role.AGENT, Role.CUSTOMER}:
            yield AGENT if turn.role is Role.AGENT else CUSTOMER, text
