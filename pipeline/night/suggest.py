"""What people's verdicts would have changed in the rules: exceptions, phrases, numbers, only reviews.

Every proposal is tried before it is made: the rule is read strictly, its examples are run, and what
breaks them is not proposed. What it does to the calls of the past is told by ``compare``.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import yaml

from pipeline.errors import ConfigurationError
from pipeline.figures.record import latest, surely_worse
from pipeline.judging.examples import run_examples
from pipeline.judging.judge import Judge, the_rubric
from pipeline.records import Outcome, Role, Verdict
from pipeline.store.parts import FindingPlace, TurnSaid
from pipeline.store.schema import ReviewRow
from pipeline.text.normal import normalise
from pipeline.yamlfile import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.night.compare import Comparison
    from pipeline.rubric.load import Rule
    from pipeline.settings import Settings
    from pipeline.store.files import Store

SUPPORT = 3
"""Rejected or missed places of different calls that words have to be common to."""
AROUND = 6
"""Characters of what was said around a hit that an exception may take in, on either side."""
SHORTEST, LONGEST = 4, 16
"""Characters of a new phrase."""
LOST = 0.05
"""The share of the findings that stood which a new number may lose."""
STEP = 0.5
"""Seconds: numbers in rules are rounded up to these."""
_NUMBERS = {"silence": "longer_than", "hold": "longer_than", "delay": "worst"}
"""By kind: the number that a finding's length was held against."""
_PHRASE = "phrase"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A finding that a person judged, or one that was missed: its words, the turn's, its length, s.

    ``role`` says the turn, ``before`` is what the other side said before it.
    """

    row: ReviewRow
    role: Role
    quote: str
    text: str
    before: str
    seconds: float | None

    @property
    def rejected(self) -> bool:
        """Whether it did not stand."""
        return self.row.verdict is Verdict.WRONG

    @property
    def stood(self) -> bool:
        """Whether it did, or was there and missed."""
        return self.row.verdict in {Verdict.STANDS, Verdict.MISSED}

    @property
    def missed(self) -> bool:
        """Whether the machine did not have it."""
        return self.row.verdict is Verdict.MISSED


EXCEPTION, ADDED, NUMBER, ONLY_REVIEW = "exception", "phrase", "number", "judgement"
"""What a proposal is."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A change of one key of one rule.

    It mends ``mends`` of ``of`` rejected or missed places, and of those that stood it loses ``loses``.
    ``shown`` are the places that it was made from.
    """

    rule_id: str
    key: str
    what: str
    value: Any
    mends: int
    of: int
    loses: int
    shown: Sequence[Place] = ()


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


@dataclass(frozen=True)
class Judged:
    """Everything that people said of findings, by rule, and what was said in the calls they heard whole.

    ``heard``: by role, the turns of these calls in which nobody found anything missed.
    """

    places: Mapping[str, Sequence[Place]]
    heard: Mapping[Role, Sequence[str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Verdicts, but for those on whole calls."""
        return sum(map(len, self.places.values()))


def judged(store: Store) -> Judged:
    """What people said, from the tables."""
    places: dict[str, list[Place]] = defaultdict(list)
    heard: dict[Role, list[str]] = defaultdict(list)
    for date in store.table_dates(ReviewRow):
        rows = store.read(ReviewRow, date)
        called = {row.call_id for row in rows}
        turns = _turns(store, date, called)
        lengths = {
            (f.call_id, f.rule_id, f.turn): f.end_s - f.start_s
            for f in store.read(FindingPlace, date, {"call_id": called})
            if f.start_s is not None and f.end_s is not None
        }
        last = latest(rows)
        for row in last:
            places[row.rule_id].append(_place(row, turns[row.call_id], lengths))
        missed = {(r.call_id, r.turn) for r in last if r.verdict is Verdict.MISSED}
        for call_id in sorted({r.call_id for r in rows if r.verdict is Verdict.DONE}):
            for number, turn in turns[call_id].items():
                if (call_id, number) not in missed:
                    heard[turn.role].append(normalise(turn.text).text)
    return Judged(places, heard)


def _turns(store: Store, date: str, called: set[str]) -> dict[str, dict[int, TurnSaid]]:
    found: dict[str, dict[int, TurnSaid]] = defaultdict(dict)
    for turn in store.read(TurnSaid, date, {"call_id": called}):
        found[turn.call_id][turn.turn] = turn
    return found


def _place(
    row: ReviewRow,
    turns: Mapping[int, TurnSaid],
    lengths: Mapping[tuple[str, str, int | None], float],
) -> Place:
    own = turns.get(row.turn) if row.turn is not None else None
    earlier = [t for t in turns.values() if own and t.end_s <= own.start_s and t.role != own.role]
    return Place(
        row=row,
        role=own.role if own else Role.UNKNOWN,
        quote=row.quote,
        text=own.text if own else "",
        before=max(earlier, key=lambda t: t.end_s).text if earlier else "",
        seconds=lengths.get((row.call_id, row.rule_id, row.turn)),
    )


def proposals(known: Judged, rules: Mapping[str, Rule]) -> list[Proposal]:
    """What to change, rule by rule; nothing of a rule that there is not."""
    return [
        one
        for rule_id in sorted(known.places.keys() & rules.keys())
        for one in _of_rule(rules[rule_id], known)
    ]


def _of_rule(rule: Rule, known: Judged) -> Iterator[Proposal]:
    places = known.places[rule.rule_id]
    found = [*_number(rule, places), *_exceptions(rule, places), *_phrases(rule, places, known)]
    yield from found
    mended = sum(one.mends for one in found if one.what in {NUMBER, EXCEPTION})
    lost = sum(one.loses for one in found)
    charged = [p for p in places if p.row.outcome is Outcome.VIOLATION]
    wrong = sum(p.rejected for p in charged) - mended
    stood = sum(p.stood for p in charged) - lost
    if rule.file.judgement or wrong < SUPPORT or stood < 0:
        return
    if surely_worse(stood, stood + wrong):
        yield Proposal(
            rule_id=rule.rule_id,
            key="judgement",
            what=ONLY_REVIEW,
            value=True,
            mends=wrong,
            of=wrong,
            loses=0,
        )


def _number(rule: Rule, places: Sequence[Place]) -> Iterator[Proposal]:
    """A greater number, where it lets go of rejected findings and of hardly any that stood."""
    key = _NUMBERS.get(rule.file.kind, "")
    if rule.data.get(key) is None:
        return
    wrong = sorted(p.seconds for p in places if p.rejected and p.seconds is not None)
    right = [p.seconds for p in places if p.stood and p.seconds is not None]
    tried = {math.ceil(seconds / STEP) * STEP for seconds in wrong}
    best = max(
        ((_let_go(wrong, n) - _let_go(right, n), -n) for n in tried if _bears(right, n)),
        default=(0, 0.0),
    )
    number = -best[1]
    if best[0] < SUPPORT or number <= rule.data[key]:
        return
    yield Proposal(
        rule_id=rule.rule_id,
        key=key,
        what=NUMBER,
        value=number,
        mends=_let_go(wrong, number),
        of=len(wrong),
        loses=_let_go(right, number),
    )


def _let_go(values: Iterable[float], number: float) -> int:
    return sum(value <= number for value in values)


def _bears(right: Sequence[float], number: float) -> bool:
    return _let_go(right, number) <= LOST * len(right)


def _exceptions(rule: Rule, places: Sequence[Place]) -> Iterator[Proposal]:
    """Words around the hits that were rejected, and around none that stood."""
    if rule.file.kind != _PHRASE:
        return
    wrong = [p for p in places if p.rejected and p.quote and p.text]
    right = [normalise(p.text).text for p in places if p.stood and p.text]
    left = list(wrong)
    while left:
        covered: dict[str, set[str]] = defaultdict(set)
        for place in left:
            for words in _around(place):
                if not any(words in text for text in right):
                    covered[words].add(place.row.call_id)
        enough = [w for w, calls in covered.items() if len(calls) >= SUPPORT]
        if not enough:
            return
        words = min(enough, key=lambda w: (-len(covered[w]), len(w), w))
        mended = [p for p in left if words in _around(p)]
        left = [p for p in left if p not in mended]
        yield Proposal(
            rule_id=rule.rule_id,
            key="phrases",
            what=EXCEPTION,
            value=words,
            mends=sum(p.row.outcome is Outcome.VIOLATION for p in mended),
            of=len(wrong),
            loses=0,
            shown=mended,
        )


def _around(place: Place) -> set[str]:
    """The quote with so many characters before and after it, the quote itself among them."""
    text, quote = normalise(place.text).text, normalise(place.quote).text
    at = text.find(quote)
    if at < 0 or not quote:
        return set()
    end = at + len(quote)
    return {
        text[first:last]
        for first in range(max(0, at - AROUND), at + 1)
        for last in range(end, min(len(text), end + AROUND) + 1)
        if "*" not in text[first:last]
    }


def _phrases(rule: Rule, places: Sequence[Place], known: Judged) -> Iterator[Proposal]:
    """Words that missed places have in common, and that nobody said elsewhere in calls heard whole."""
    if rule.file.kind != _PHRASE:
        return
    role = getattr(rule.params, "role", Role.AGENT)
    elsewhere = "\n".join(known.heard.get(role, ()))
    refused = "\n".join(normalise(p.text).text for p in places if p.rejected)
    left = [p for p in places if p.missed and p.text]
    total = len(left)
    while left:
        holding: dict[str, set[str]] = defaultdict(set)
        for place in left:
            for words in _pieces(normalise(place.text).text):
                holding[words].add(place.row.call_id)
        enough = [
            words
            for words, calls in holding.items()
            if len(calls) >= SUPPORT and words not in elsewhere and words not in refused
        ]
        if not enough:
            return
        words = min(enough, key=lambda w: (-len(holding[w]), -len(w), w))
        mended = [p for p in left if words in normalise(p.text).text]
        left = [p for p in left if p not in mended]
        yield Proposal(
            rule_id=rule.rule_id,
            key="phrases",
            what=ADDED,
            value=words,
            mends=len(mended),
            of=total,
            loses=0,
            shown=mended,
        )


def _pieces(text: str) -> set[str]:
    return {
        text[first:last]
        for first in range(len(text))
        for last in range(first + SHORTEST, min(len(text), first + LONGEST) + 1)
        if "*" not in text[first:last]
    }


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
        if one.key in rubric.file.rules.get(one.rule_id, {}):
            refused.append((one, f"{rubric.name}.yml: rules.{one.rule_id}.{one.key}"))
            continue
        before = path.read_text(encoding="utf-8")
        fault = ""
        for text in (_with_examples(before, one, path), _changed(before, one, path)):
            path.write_text(text, encoding="utf-8")
            fault = _fault(one.rule_id, own)
            if not fault:
                written.append(one)
                break
        else:
            path.write_text(before, encoding="utf-8")
            refused.append((one, fault))
    return Applied(written=written, refused=refused)


def _fault(rule_id: str, settings: Settings) -> str:
    """What is wrong with a rule as it stands in the folder; empty where nothing is."""
    try:
        rubric = the_rubric(None, settings)
        how = Judge.of(rubric, settings).how
        failed = (r for r in run_examples(rubric, how, rule_id) if r.fault)
        return next((f"{r.example}：{r.fault}" for r in failed), "")
    except ConfigurationError as error:
        return str(error)


def _changed(text: str, one: Proposal, path: Path) -> str:
    """A rule file's text with a proposal in it; nothing else of it moves."""
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
    changed = _changed(text, one, path)
    outcome = Outcome.VIOLATION if one.what == ADDED else Outcome.PASS
    lines = [_example(place, outcome, n) for n, place in enumerate(one.shown[:SUPPORT], start=1)]
    _, end = _block(changed, "examples")
    kept = changed[:end] if changed[:end].endswith("\n") else f"{changed[:end]}\n"
    return kept + "".join(lines) + changed[end:]


def _example(place: Place, outcome: Outcome, number: int) -> str:
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


def _effect(rule: str, places: Sequence[Place], gone: set[tuple[str, str, int | None]]) -> Effect:
    def count(which: Iterable[Place]) -> tuple[int, int]:
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
