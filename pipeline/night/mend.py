"""Proposals written into a copy of the rules, tried there, and held against what people said."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import yaml

from pipeline.errors import ConfigurationError
from pipeline.judging.examples import run_examples
from pipeline.judging.judge import Judge, the_rubric
from pipeline.messages import tr
from pipeline.night.suggest import ADDED, EXCEPTION, PART, SUPPORT
from pipeline.records import Outcome, Role
from pipeline.yamlfile import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipeline.night.compare import Comparison
    from pipeline.night.judged import Judged, JudgedPlace
    from pipeline.night.suggest import Proposal
    from pipeline.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What was written into a folder of rules, and what was not because the rule did not bear it."""

    written: Sequence[Proposal]
    refused: Sequence[tuple[Proposal, str]]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Of a rule's judged findings: how many of those rejected go, and how many of those that stood."""

    rule_id: str
    rejected: int
    rejected_gone: int
    stood: int
    stood_gone: int


def apply(folder: Path, found: Sequence[Proposal], settings: Settings) -> Applied:
    """Write proposals into a folder of rules, one after the other.

    One that the rule does not bear, for it cannot be read or its examples fail, is not written; nor
    is a number that the rubric sets itself.
    """
    own = settings.model_copy(update={"rules": folder})
    rubric = the_rubric(None, own)
    written, refused = [], []
    for one in found:
        path = folder / "rubrics" / "rules" / f"{one.rule_id}.yml"
        if _has(rubric.file.rules.get(one.rule_id, {}), one.key):
            refused.append((one, f"{rubric.name}.yml: rules.{one.rule_id}.{one.key}"))
            continue
        before = path.read_text(encoding="utf-8")
        fault = ""
        for text in (_with_examples(before, one, path), apply_proposal(before, one, path)):
            path.write_text(text, encoding="utf-8")
            fault = _fault(one.rule_id, own)
            if not fault:
                written.append(one)
                break
        else:
            path.write_text(before, encoding="utf-8")
            refused.append((one, fault))
    return Applied(written=written, refused=refused)


def _has(data: Any, key: str) -> bool:
    """Whether a rubric says something of a rule's key itself."""
    for part in key.split("."):
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return True


def _fault(rule_id: str, settings: Settings) -> str:
    """What is wrong with a rule as it stands in the folder; empty where nothing is."""
    try:
        rubric = the_rubric(None, settings)
        how = Judge.of(rubric, settings).how
        failed = (r for r in run_examples(rubric, how, rule_id) if r.fault)
        return next((tr("{what}: {why}", what=r.example, why=r.fault) for r in failed), "")
    except ConfigurationError as error:
        return str(error)


def apply_proposal(text: str, one: Proposal, path: Path) -> str:
    """A rule file's text with a proposal in it; nothing else of it moves."""
    if one.what == PART:
        return _add_wording(text, one)
    data, _ = load(path)
    value = one.value
    if one.key == "phrases":
        there = data["phrases"]
        phrases = dict(there) if isinstance(there, dict) else {"any": there}
        key = "unless" if one.what == EXCEPTION else "any"
        value = phrases | {key: [*phrases.get(key, ()), one.value]}
    line = f"{one.key}: {_flow(value)}\n"
    if one.key in data:
        first, end = _block(text, one.key)
        return text[:first] + line + text[end:]
    _, end = _block(text, "kind")
    return text[:end] + line + _only_review(text[end:])


def _add_wording(text: str, one: Proposal) -> str:
    """A rule's file with another wording of one part, behind those that are there."""
    node = cast("yaml.Node", yaml.compose(text, Loader=yaml.SafeLoader))
    for key in one.key.split("."):
        node = _child(node, key)
    phrase = _flow(one.value)
    while isinstance(node, yaml.MappingNode):
        if not any(k.value == "any" for k, _ in node.value):
            return _with_key(text, node, f"any: [{phrase}]")
        node = _child(node, "any")
    first, last = node.start_mark.index, node.end_mark.index
    if not isinstance(node, yaml.SequenceNode):
        return f"{text[:first]}[{text[first:last]}, {phrase}]{text[last:]}"
    if node.flow_style:
        return f"{text[: last - 1]}, {phrase}{text[last - 1 :]}"
    behind = text.index("\n", node.value[-1].end_mark.index - 1) + 1
    return f"{text[:behind]}{' ' * node.start_mark.column}- {phrase}\n{text[behind:]}"


def _with_key(text: str, node: yaml.MappingNode, line: str) -> str:
    """A mapping with one more key, before those that are there."""
    at = node.start_mark.index + bool(node.flow_style)
    end = ", " if node.flow_style else "\n" + " " * node.start_mark.column
    return f"{text[:at]}{line}{end}{text[at:]}"


def _child(node: yaml.Node, key: str) -> yaml.Node:
    found: yaml.Node = next(value for name, value in node.value if name.value == key)
    return found


def _only_review(text: str) -> str:
    """A rule's examples, where what was a violation is a review now."""
    return re.sub(r"(?m)^( +outcome: )violation$", rf"\g<1>{Outcome.REVIEW}", text)


def _block(text: str, key: str) -> tuple[int, int]:
    """Where a top-level key and its value stand in a text."""
    node = cast("yaml.MappingNode", yaml.compose(text, Loader=yaml.SafeLoader))
    marks = [(k.value, k.start_mark.index) for k, _ in node.value]
    place = next(n for n, (name, _) in enumerate(marks) if name == key)
    after = marks[place + 1][1] if place + 1 < len(marks) else len(text)
    lines = text[marks[place][1] : after].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].startswith("#")):
        lines.pop()
    return marks[place][1], marks[place][1] + len("".join(lines))


def _with_examples(text: str, one: Proposal, path: Path) -> str:
    """The same with the places that it was made from as examples, at the end of ``examples``."""
    made = apply_proposal(text, one, path)
    outcome = Outcome.VIOLATION if one.what == ADDED else Outcome.PASS
    lines = [_example(place, outcome, n) for n, place in enumerate(one.shown[:SUPPORT], start=1)]
    _, end = _block(made, "examples")
    kept = made[:end] if made[:end].endswith("\n") else f"{made[:end]}\n"
    return kept + "".join(lines) + made[end:]


def _example(place: JudgedPlace, outcome: Outcome, number: int) -> str:
    """A place as an example: what the other side said before it, and the turn."""
    said = "漏检" if outcome is Outcome.VIOLATION else "不成立"
    own, other = ("C", "A") if place.role is Role.CUSTOMER else ("A", "C")
    before = [f"      {other} 0.5-3.0 {place.before}\n"] if place.before else []
    turns = "".join([*before, f"      {own} 3.5-9.0 {place.text}\n"])
    name = f"复核{said}：{place.quote or place.text[:12]}（{number}）"
    return f"  - name: {_flow(name)}\n    turns: |\n{turns}    outcome: {outcome}\n"


def _flow(value: Any) -> str:
    """A value in YAML, on one line."""
    listed = yaml.safe_dump(
        [value], default_flow_style=True, allow_unicode=True, sort_keys=False, width=math.inf
    )
    return str(listed).strip()[1:-1]


def effects(known: Judged, found: Comparison) -> list[Effect]:
    """What the changed rules do to the findings that people judged."""
    gone = {
        (c.old.call.call_id, f.finding.rule_id, f.finding.turn)
        for c in found.changes
        for f in c.gone
        if f.finding.outcome is Outcome.VIOLATION
    }
    return [
        _effect(rule, [p for p in places if p.row.outcome is Outcome.VIOLATION], gone)
        for rule, places in sorted(known.places.items())
    ]


def _effect(
    rule: str, places: Sequence[JudgedPlace], gone: set[tuple[str, str, int | None]]
) -> Effect:
    def count(which: Iterable[JudgedPlace]) -> tuple[int, int]:
        own = [(p.row.call_id, rule, p.row.turn) for p in which]
        return len(own), sum(place in gone for place in own)

    rejected, rejected_gone = count(p for p in places if p.rejected)
    stood, stood_gone = count(p for p in places if p.stood)
    return Effect(
        rule_id=rule,
        rejected=rejected,
        rejected_gone=rejected_gone,
        stood=stood,
        stood_gone=stood_gone,
    )
