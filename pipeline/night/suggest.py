"""What people's verdicts would have changed in the rules: exceptions, phrases, numbers, only reviews.

Phrases are of what must not be said and was missed, or of what has to be said and was there in words
that the rule does not know.

A proposal is only made here; ``mend`` tries it, and ``compare`` tells what it does to calls of the past.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.figures.record import surely_worse
from pipeline.records import Outcome, Role
from pipeline.text.normal import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipeline.night.judged import Judged, JudgedPlace
    from pipeline.rubric.load import Rule

SUPPORT = 3
"""Rejected or missed places of different calls that words have to be common to."""
AROUND = 6
"""Characters of what was said around a hit that an exception may take in, on either side."""
SHORTEST, LONGEST = 4, 16
"""Characters of a new phrase."""
COMMON = 0.4
"""The share of the calls wrongly accused of leaving a part out that have to have its wording."""
LOST = 0.05
"""The share of the findings that stood which a new number may lose."""
STEP = 0.5
"""Seconds: numbers in rules are rounded up to these."""
_NUMBERS = {"silence": "longer_than", "hold": "longer_than", "delay": "worst"}
"""By kind: the number that a finding's length was held against."""
_PHRASE = "phrase"
EXCEPTION, ADDED, NUMBER, ONLY_REVIEW = "exception", "phrase", "number", "judgement"
PART = "part"
"""What a proposal is; a part is another wording of what a rule requires."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A change of one key of one rule; a key within another stands behind a dot.

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
    shown: Sequence[JudgedPlace] = ()


def proposals(known: Judged, rules: Mapping[str, Rule]) -> list[Proposal]:
    """What to change, rule by rule; nothing of a rule that there is not."""
    return [
        one
        for rule_id in sorted(known.places.keys() & rules.keys())
        for one in _of_rule(rules[rule_id], known)
    ]


def _of_rule(rule: Rule, known: Judged) -> Iterator[Proposal]:
    places = known.places[rule.rule_id]
    found = [
        *_number(rule, places),
        *_exceptions(rule, places),
        *_phrases(rule, places, known),
        *_parts(rule, places, known),
    ]
    yield from found
    mended = sum(one.mends for one in found if one.what in {NUMBER, EXCEPTION, PART})
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


def _number(rule: Rule, places: Sequence[JudgedPlace]) -> Iterator[Proposal]:
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


def _exceptions(rule: Rule, places: Sequence[JudgedPlace]) -> Iterator[Proposal]:
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


def _around(place: JudgedPlace) -> set[str]:
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


def _phrases(rule: Rule, places: Sequence[JudgedPlace], known: Judged) -> Iterator[Proposal]:
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


def _parts(rule: Rule, places: Sequence[JudgedPlace], known: Judged) -> Iterator[Proposal]:
    """Words of agents who, by people's word, did say a part that the rule found missing.

    They stand in no call in which it was missing, and hardly ever in others: what every agent says is
    no wording of what these are accused of not saying. What few of these say is as likely what their
    calls were about.
    """
    elements: Mapping[str, Any] = getattr(rule.params, "elements", {})
    guilty = {p.row.call_id for p in places if p.stood}
    for name, element in elements.items():
        wrong = [
            p for p in places if p.rejected and _missing_labels(p, elements) == [element.label]
        ]
        said = {call: _where_due(rule, turns) for call, turns in known.said.items()}
        left = {p.row.call_id for p in wrong} & said.keys()
        texts = {call: "\n".join(turns) for call, turns in said.items() if call not in left}
        never = [text for call, text in texts.items() if call in guilty]
        others = [text for call, text in texts.items() if call not in guilty]
        while len(left) >= SUPPORT and len(texts) >= SUPPORT:
            holding = _calls_by_words({call: said[call] for call in left})
            least = max(SUPPORT, COMMON * len(wrong))
            common = (words for words, calls in holding.items() if len(calls) >= least)
            best = sorted(common, key=lambda w: (-len(holding[w]), -len(w), w))
            words = next((w for w in best if _is_apart(w, never, others)), "")
            if not words:
                break
            mended = [p for p in wrong if p.row.call_id in holding[words]]
            left -= holding[words]
            yield Proposal(
                rule_id=rule.rule_id,
                key=f"elements.{name}.any",
                what=PART,
                value=words,
                mends=len(mended),
                of=len(wrong),
                loses=0,
            )


def _where_due(rule: Rule, turns: Sequence[str]) -> Sequence[str]:
    """Of an agent's turns those among which the rule looks, where it is at the beginning or the end."""
    window = getattr(rule.params, "window", None)
    if window is None or window.turns is None:
        return turns
    return turns[: window.turns] if window.side == "start" else turns[-window.turns :]


def _missing_labels(place: JudgedPlace, elements: Mapping[str, Any]) -> list[str]:
    """The labels of the parts that a finding says are missing."""
    return [e.label for e in elements.values() if e.label in place.message]


def _calls_by_words(said: Mapping[str, Sequence[str]]) -> Mapping[str, set[str]]:
    """By words, the calls in which they stand."""
    holding: dict[str, set[str]] = defaultdict(set)
    for call, turns in said.items():
        for turn in turns:
            for words in _pieces(turn):
                holding[words].add(call)
    return holding


def _is_apart(words: str, never: Iterable[str], seldom: Sequence[str]) -> bool:
    """Whether words stand in none of some calls, and in hardly any of others."""
    if any(words in text for text in never):
        return False
    return sum(words in text for text in seldom) <= LOST * len(seldom)


def _pieces(text: str) -> set[str]:
    return {
        text[first:last]
        for first in range(len(text))
        for last in range(first + SHORTEST, min(len(text), first + LONGEST) + 1)
        if "*" not in text[first:last]
    }
