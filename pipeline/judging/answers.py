"""What rules said of calls, kept: a rule that is what it was is not asked of the same call again.

Whoever changes a phrase scores a month anew, and of fifty rules one is another. What a rule says of a
call follows from what the call was made of and from the rule: its keys, the lists that it names, the
rubric's own numbers and names, the lists by which a conversation is read, the rules that it asks about,
the model of dialogue acts and this program; of some rules from the customer's other calls too. A digest
of all of these stands beside each answer, and an answer under another digest is none. So it is with
the figures of a call.
"""

from __future__ import annotations

import functools
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from pipeline import __version__
from pipeline.conversation.cues import Cues
from pipeline.detect import KINDS
from pipeline.judging.written import Findings, measures_of, measures_values
from pipeline.records import Finding, Measures, Outcome
from pipeline.rubric.load import LISTED_NAMES
from pipeline.text import acts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.records import Call
    from pipeline.rubric.load import Rubric, Rule


@dataclass(frozen=True)
class Known:
    """What is known of a call before it is judged: what some rules say of it, and its figures."""

    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    measures: Measures | None = None


NOTHING_KNOWN = Known()


@dataclass(frozen=True)
class Told:
    """What was written down of a call that was made of ``made_of``.

    ``rules``: by rule, the key under which it spoke, and the values of its findings; ``figures``: such
    a key, and the values. ``rows``: what its published rows were made of besides, and what else is
    known of them, or nothing.
    """

    made_of: str = ""
    rules: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    figures: Sequence[Any] = ("", None)
    rows: Sequence[Any] = ()

    @classmethod
    def read(cls, written: str) -> Told:
        """What was written down; of an empty or an older text, nothing."""
        made_of, _, rest = written.partition(" ")
        held = from_json(rest) if rest else None
        return cls(made_of, *held) if isinstance(held, list) else NOTHING_TOLD

    def says_as(self, before: Told) -> bool:
        """Whether it says of a call what was said of it ``before``."""
        return self.figures == before.figures and self._by_rule() == before._by_rule()

    def _by_rule(self) -> dict[str, Sequence[Any]]:
        return {rule_id: own for rule_id, (_, *own) in self.rules.items()}

    def to_text(self) -> str:
        """It, to be kept."""
        return f"{self.made_of} {to_json([self.rules, self.figures, self.rows]).decode()}"


NOTHING_TOLD = Told()


@dataclass(frozen=True)
class Answers:
    """Tells of what was written down of calls what still holds, by one rubric.

    ``keys``: by rule, the digest of all that decides what it says of a given call. ``by_others``: the
    rules that hang on the customer's other calls, and the outcomes to which each comes whatever these
    are. ``figures`` is the digest of what decides a call's figures.

    ``others``, where it is asked for, tells what is known of the customer's other calls.
    """

    rules: Mapping[str, Rule]
    keys: Mapping[str, str]
    by_others: Mapping[str, frozenset[Outcome]]
    figures: str

    @classmethod
    def of(cls, rubric: Rubric) -> Answers:
        """The answers of a rubric."""
        common = _common(rubric)
        keys, by_others = _keys(rubric, common)
        return cls(rubric.rules, keys, by_others, common)

    def hold(self, told: Told, others: str) -> bool:
        """Whether every rule would say again what it said, and the figures are what they were.

        Of a call that cannot be judged no rule says anything, for reasons that the figures' key covers.
        """
        if told.figures[0] != self.figures or (
            told.rules and told.rules.keys() != self.keys.keys()
        ):
            return False
        return all(self._holds(rule_id, own[0], others) for rule_id, own in told.rules.items())

    def still_holding(self, told: Told, call: Call, others: str) -> Known:
        """What of it still holds of a call."""
        key, figures = told.figures
        findings = {
            rule_id: tuple(self._findings.finding(rule_id, values) for values in own)
            for rule_id, (by, *own) in told.rules.items()
            if self._holds(rule_id, by, others)
        }
        return Known(findings, measures_of(figures, call) if key == self.figures else None)

    def tell(
        self,
        looked: Sequence[Finding],
        measures: Measures,
        others: str,
        before: Told = NOTHING_TOLD,
        known: Known = NOTHING_KNOWN,
    ) -> Told:
        """What was found, to be written down; what was ``known`` of it stands ``before``."""
        values: dict[str, list[Sequence[Any]]] = defaultdict(list)
        for finding in looked:
            if finding.rule_id not in known.findings:
                values[finding.rule_id].append(self._findings.values(finding))
        new = {rule_id: [self._key(rule_id, own, others), *own] for rule_id, own in values.items()}
        held = {rule_id: before.rules[rule_id] for rule_id in known.findings}
        figures = before.figures
        if known.measures is None:
            figures = [self.figures, measures_values(measures)]
        return Told(
            "", {r: new.get(r) or held[r] for r in self.rules if r in new or r in held}, figures
        )

    def rekey(self, told: Told, before: Answers) -> Told:
        """What was told under keys of ``before``, all of which holds, under its own keys."""
        rules = {
            rule_id: [key.replace(before.keys[rule_id], self.keys[rule_id]), *own]
            for rule_id, (key, *own) in told.rules.items()
        }
        return replace(told, rules=rules)

    @cached_property
    def _findings(self) -> Findings:
        return Findings(self.rules)

    def _key(self, rule_id: str, values: Sequence[Sequence[Any]], others: str) -> str:
        lasting = self.by_others.get(rule_id)
        if lasting is None or all(Outcome(outcome) in lasting for outcome, *_ in values):
            return self.keys[rule_id]
        return f"{self.keys[rule_id]}+{others}"

    def _holds(self, rule_id: str, key: str, others: str) -> bool:
        own = self.keys.get(rule_id)
        return own is not None and key in {own, f"{own}+{others}"}


@dataclass(frozen=True)
class Leaning:
    """The rules on which a rule leans: whose findings it asks about, and whose files it looks at."""

    asks_about: frozenset[str]
    looks_at: tuple[str, ...]


def leaning(rubric: Rubric) -> dict[str, Leaning]:
    """Of each rule, the rules on which it leans; each stands behind those that it asks about."""
    of_kind: dict[str, list[str]] = defaultdict(list)
    for rule_id, rule in rubric.rules.items():
        of_kind[rule.file.kind].append(rule_id)
    found: dict[str, Leaning] = {}
    earlier: dict[str, list[str]] = defaultdict(list)
    for rule_id in rubric.order:
        rule = rubric.rules[rule_id]
        before = set(rule.asks_about)
        if getattr(rule.params, "tone", ()):  # it keeps silent where one of its section spoke
            before.update(earlier[rule.file.section])
        earlier[rule.file.section].append(rule_id)
        beside = (r for kind in sorted(KINDS[rule.file.kind].looks_at) for r in of_kind[kind])
        found[rule_id] = Leaning(frozenset(before), tuple(beside))
    return found


def _keys(rubric: Rubric, common: str) -> tuple[dict[str, str], dict[str, frozenset[Outcome]]]:
    """By rule, its key; and which of them hang on other calls."""
    keys: dict[str, str] = {}
    by_others: dict[str, frozenset[Outcome]] = {}
    for rule_id, leans in leaning(rubric).items():
        own = [_content(rubric, other) for other in (rule_id, *leans.looks_at)]
        keys[rule_id] = _digest(common, *own, *(keys[r] for r in sorted(leans.asks_about)))
        lasting = KINDS[rubric.rules[rule_id].file.kind].lasting
        if not leans.asks_about.isdisjoint(by_others):
            by_others[rule_id] = frozenset()
        elif not lasting >= frozenset(Outcome):
            by_others[rule_id] = lasting
    return keys, by_others


def lists_named(data: object) -> set[str]:
    """The lists that a rule's data name, or a part of them."""
    return {text[1:] for text in _texts(data) if text.startswith("@")}


def _content(rubric: Rubric, rule_id: str) -> str:
    """A rule, and the lists that it names."""
    rule = rubric.rules[rule_id]
    named = sorted(lists_named(rule.data) & rubric.lexicons.keys())
    lists = [rubric.lexicons[name] for name in named]
    return to_json([rule_id, rule.source, rule.data, lists]).decode()


def _common(rubric: Rubric) -> str:
    """A digest of what every rule's answer depends on, and the figures of a call."""
    own = {*Cues.__dataclass_fields__, *LISTED_NAMES} & rubric.lexicons.keys()
    lists = [rubric.lexicons[name] for name in sorted(own)]
    file = rubric.file.model_dump_json(exclude={"version", "rules", "without", "levels"})
    return _digest(_program(), acts.digest(), file, *rubric.tones, to_json(lists).decode())


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)


_DECIDING = ("conversation", "detect", "figures", "judging", "privacy", "rubric", "store", "text")
"""The rooms of this program that decide what is said of a call, and what is published of it."""
_BY_OTHERS = ("google-re2", "holidays", "pypinyin")
"""Libraries whose word they take, on patterns, public holidays, the readings of characters."""


@functools.cache
def _program() -> str:
    """This program: its version and, for those who work on it, what decides about calls in it."""
    package = resources.files("pipeline")
    modules = [
        (f"{room}/{module.name}", module.read_bytes())
        for room in _DECIDING
        for module in package.joinpath(room).iterdir()
        if module.name.endswith(".py")
    ]
    whole = hashlib.blake2b(__version__.encode(), digest_size=16)
    whole.update(" ".join(map(metadata.version, _BY_OTHERS)).encode())
    whole.update(package.joinpath("records.py").read_bytes())
    for name, content in sorted(modules):
        whole.update(name.encode() + content)
    return whole.hexdigest()


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()
