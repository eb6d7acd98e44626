"""Calls that a change of lists does not touch: what rules said of them they would say again.

Who changes a phrase changes the key of each rule that names its list (``judging.answers``), and yet of a
hundred calls the phrase stands in one. Kinds that ask of their lists only where the phrases stand in
turns, by characters or by sound, say the same of a call in which none stands that came, went or changed
its mark. Other kinds ask more of a phrase (whether it was nearly said, or misheard), and so does an
exception beside a misheard word: their rules are asked again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.detect import KINDS
from pipeline.judging.answers import Answers, leaning, lists_named
from pipeline.text.phrases import PhraseSet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.judging.answers import Told
    from pipeline.rubric.load import Rubric
    from pipeline.text.lexicon import Lexicon


@dataclass(frozen=True)
class Relisted:
    """A rubric of which some lists were others ``before``; ``changed`` are the phrases that differ."""

    now: Answers
    before: Answers
    changed: PhraseSet

    @classmethod
    def of(cls, rubric: Rubric, now: Answers, lists: Mapping[str, Lexicon]) -> Relisted | None:
        """What there is to tell by, where a rubric had ``lists`` before; None where that is nothing."""
        before = Answers.of(replace(rubric, lexicons=lists))
        others = _changed_phrases(rubric.lexicons, lists)
        renewed = {rule_id for rule_id, key in now.keys.items() if key != before.keys[rule_id]}
        if now.figures != before.figures or renewed & _unsure(rubric, others):
            return None
        phrases = sorted({phrase for own in others.values() for _, phrase in own})
        return cls(now, before, PhraseSet(tuple(phrases), names=rubric.names))

    def still_said(self, told: Told, others: str, texts: Sequence[str]) -> Told | None:
        """What was told of a call whose turns have these ``texts``, under the keys of today.

        None where it may be something else now. ``others`` tells of the customer's other calls.
        """
        if not self.before.hold(told, others) or self.changed.may_be_said_in(texts):
            return None
        return self.now.rekey(told, self.before)


def _changed_phrases(
    now: Mapping[str, Lexicon], before: Mapping[str, Lexicon]
) -> dict[str, set[tuple[str, str]]]:
    """By list, the phrases that only one of the two has, each with its mark."""
    found = {
        name: _marked_phrases(now.get(name)) ^ _marked_phrases(before.get(name))
        for name in now.keys() | before.keys()
    }
    return {name: own for name, own in found.items() if own}


def _marked_phrases(lexicon: Lexicon | None) -> set[tuple[str, str]]:
    if lexicon is None:
        return set()
    return {(mark, phrase) for mark in _MARKS for phrase in getattr(lexicon, mark)}


_SPARING = "exceptions"
_MARKS = ("phrases", "review", _SPARING)


def _unsure(rubric: Rubric, others: Mapping[str, set[tuple[str, str]]]) -> set[str]:
    """The rules whose word on a call may hang on a list that was another, wherever its phrases stand."""
    sparing = {n for n, own in others.items() if any(mark == _SPARING for mark, _ in own)}
    unsure: set[str] = set()
    for rule_id, leans in leaning(rubric).items():
        rule = rubric.rules[rule_id]
        named = lists_named(rule.data) & others.keys()
        exceptions = named & {*sparing, *_spared_by(rule.data)}
        literal = KINDS[rule.file.kind].literal and not exceptions
        looked = any(
            lists_named(rubric.rules[other].data) & others.keys() for other in leans.looks_at
        )
        if (named and not literal) or looked or not unsure.isdisjoint(leans.asks_about):
            unsure.add(rule_id)
    return unsure


def _spared_by(data: object) -> set[str]:
    """The lists that a rule's data name as exceptions."""
    if isinstance(data, list):
        return set[str]().union(*map(_spared_by, data))
    if not isinstance(data, dict):
        return set()
    inner = (lists_named(v) if key == "unless" else _spared_by(v) for key, v in data.items())
    return set[str]().union(*inner)
