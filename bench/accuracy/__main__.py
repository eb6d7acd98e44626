"""``python -m bench.accuracy``: how right the rules are on the labelled calls, and the naive way."""

from __future__ import annotations

import argparse
import importlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.accuracy.catalogue import DOCUMENTS, REVIEW_ONLY, RUBRICS, rules_of
from bench.accuracy.dataset import CALLS, Item, load_items
from bench.accuracy.metrics import (
    NO_RULE,
    Case,
    Figures,
    Share,
    by_rule,
    figures,
    judged,
    misses,
)
from bench.accuracy.mutants import Mutant, mutants
from bench.accuracy.mutants import table as mutant_table
from bench.accuracy.naive import naive
from bench.accuracy.strangers import ERRORS, Row, rows, table
from pipeline.errors import CallqaError
from pipeline.judging.judge import Judge, the_rubric
from pipeline.records import Outcome
from pipeline.settings import Settings

OUT = Path(__file__).parent
FRESH = CALLS.with_name("fresh")
THIRD = CALLS.with_name("third")
STRANGERS = {
    "third": "The third set: 400 calls by a writer who saw neither rules, lists nor models (README).",
    "fourth": "The fourth, 147 calls by another such writer.",
    "fifth": "The fifth, 80 calls by a third.",
    "sixth": "The sixth, 100 calls by a fourth.",
    "seventh": "The seventh, 120 calls by a fifth, more than half of them clean.",
    "eighth": "The eighth, 200 calls by two more, three quarters of them clean.",
    "ninth": "The ninth, 160 calls by two more: an ordinary working day.",
    "tenth": "The tenth, 160 calls by two more: an ordinary working week.",
    "eleventh": "The eleventh, 120 calls by one more: the same.",
    "twelfth": "The twelfth, 240 calls by two more, half of whose agents word each step their own way.",
    "thirteenth": "The thirteenth, 120 calls by one more: the same.",
    "fourteenth": "The fourteenth, 120 calls by one more: the same.",
    "fifteenth": "The fifteenth, 120 calls by one more, half of them faultless: the same.",
    "sixteenth": "The sixteenth, 120 calls by one more, half of them faultless: the same.",
    "seventeenth": "The seventeenth, 120 calls by one more, half of them faultless: the same.",
    "eighteenth": "The eighteenth, 120 calls by one more, half of them faultless: the same.",
    "nineteenth": "The nineteenth, 120 calls by one more, half of them faultless: the same.",
    "twentieth": "The twentieth, 120 calls by one more, half of them faultless: the same.",
    "twenty-first": "The twenty-first, 120 calls by one more, half of them faultless: the same.",
    "twenty-second": "The twenty-second, 120 calls by one more, half of them faultless: the same.",
    "twenty-third": "The twenty-third, 120 calls by one more, half of them faultless: the same.",
    "twenty-fourth": "The twenty-fourth, 120 calls by one more, half of them faultless: the same.",
    "twenty-fifth": "The twenty-fifth, 120 calls by one more, half of them faultless: the same.",
    "twenty-sixth": "The twenty-sixth, 120 calls by one more, half of them faultless: the same.",
}
"""Calls of other hands, by their folders: all have been looked at since they were opened."""
_STRENGTH = {outcome: place for place, outcome in enumerate(Outcome)}


def judges() -> tuple[dict[str, Judge], dict[str, str]]:
    """The judge of each rubric there is, and why the others are none."""
    settings = Settings()
    found, faults = {}, {}
    for name in RUBRICS:
        try:
            found[name] = Judge.of(the_rubric(name, settings), settings)
        except CallqaError as error:
            faults[name] = str(error).rpartition("/")[2]
    return found, faults


def history_of(item: Item) -> Any:
    """What the store knows of later calls; None where nothing is said of it or no store knows."""
    until = item.data_until()
    if until is None:
        return None
    try:
        history = importlib.import_module("pipeline.detect.history")
    except ModuleNotFoundError:
        return None
    attempts = [
        history.Attempt(
            customer=customer,
            direction=later.direction,
            started_at=later.started_at,
        )
        for customer, later in item.attempts()
    ]
    return history.History.of(attempts, until=until)


def verdicts(judge: Judge | None, item: Item) -> dict[str, str]:
    """What each rule of the item's rubric says of it."""
    rules = rules_of(item.rubric)
    if judge is None:
        return dict.fromkeys(rules, NO_RULE)
    call = judge.assemble(item.recording(), item.transcript())
    known = history_of(item)
    scored = judge.judge(call) if known is None else judge.judge(call, known)
    said: dict[str, Outcome] = {}
    for one in scored.card.findings:
        finding = one.finding
        before = said.get(finding.rule_id, finding.outcome)
        said[finding.rule_id] = min(before, finding.outcome, key=_STRENGTH.__getitem__)
    return {
        rule: str(said.get(rule, "nothing")) if rule in judge.rubric.rules else NO_RULE
        for rule in rules
    }


def cases_of(item: Item, said: dict[str, str]) -> Iterator[Case]:
    """The item's cases, those left out that nobody can be sure of."""
    for rule, verdict in said.items():
        expected = item.labelled.expected(rule)
        if expected is not None:
            yield Case(
                rubric=item.rubric,
                call_id=item.labelled.id,
                rule_id=rule,
                noisy=item.noisy,
                expected=expected,
                said=verdict,
                named=rule in item.labelled.expect,
            )


def product(items: Iterable[Item], found: dict[str, Judge]) -> list[Case]:
    """The cases as the product judges them."""
    return [
        case for item in items for case in cases_of(item, verdicts(found.get(item.rubric), item))
    ]


def naive_way(items: Iterable[Item]) -> list[Case]:
    """The cases as the naive way judges them, where it does."""
    cases: list[Case] = []
    for item in items:
        rules = rules_of(item.rubric)
        cases += cases_of(item, naive(item.rubric, rules, item.recording(), item.transcript()))
    return cases


@dataclass(frozen=True, kw_only=True)
class Measured:
    """All verdicts; ``quiet`` are the product's on the noisy half's calls, had it no noise."""

    items: Sequence[Item]
    faults: dict[str, str]
    ours: list[Case]
    quiet: list[Case]
    plain: list[Case]
    strangers: Mapping[str, list[Row]]
    mutants: list[Mutant]

    @classmethod
    def of(cls, items: Sequence[Item], strangers: Mapping[str, Sequence[Item]]) -> Measured:
        """Judge everything; ``strangers`` are the calls of other hands, by set."""
        found, faults = judges()
        noiseless = [replace(item, noisy=False) for item in items if item.noisy]
        return cls(
            items=items,
            faults=faults,
            ours=product(items, found),
            quiet=judged(product(noiseless, found)),
            plain=naive_way(items),
            strangers={
                name: rows({errors: product(misheard(own, errors), found) for errors in ERRORS})
                for name, own in strangers.items()
            },
            mutants=[mutant for judge in found.values() for mutant in mutants(judge)],
        )

    @property
    def known(self) -> list[Case]:
        """The product's cases where the rubric has the rule."""
        return judged(self.ours)

    @property
    def missing(self) -> list[str]:
        """The rules that a rubric should have and has not."""
        return sorted({f"{c.rubric}: {c.rule_id}" for c in self.ours if c.said == NO_RULE})


def misheard(items: Iterable[Item], errors: float) -> list[Item]:
    """The calls with a share of their characters heard wrongly, and no other noise."""
    return [replace(item, noisy=False, errors=errors) for item in items]


def shown(share: Share, *, interval: bool = False) -> str:
    """A share for a table."""
    if share.value is None:
        return "–"
    text = f"{100 * share.value:.1f} %"
    if interval and share.interval:
        low, high = share.interval
        text += f" ({100 * low:.0f}–{100 * high:.0f})"
    return text


def rule_row(rule: str, ours: Figures, theirs: Figures | None) -> str:
    """A rule's line of the table."""
    cells = [
        f"`{rule}`" + (" (review)" if rule in REVIEW_ONLY else ""),
        str(ours.support),
        shown(ours.precision, interval=True),
        shown(ours.recall, interval=True),
        shown(ours.labelled),
        shown(ours.review),
        shown(ours.not_measurable),
        shown(theirs.precision) if theirs else "–",
        shown(theirs.recall) if theirs else "–",
    ]
    return f"| {' | '.join(cells)} |"


def total_rows(measured: Measured) -> Iterator[str]:
    """The totals, whole and by half; the naive way on the rules that it has."""
    yield "| | calls × rules | outcomes right | labelled outcomes right | found | precision |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    sets = _sets(measured)
    for name, some in sets.items():
        f = figures(some)
        row = [name, str(len(some)), shown(f.all), shown(f.labelled)]
        row += [shown(f.recall, interval=True), shown(f.precision, interval=True)]
        yield f"| {' | '.join(row)} |"
    yield ""
    yield "False violations, of all pairs of a call and a rule: " + "; ".join(
        f"{name} {shown(figures(some).false_violations)}" for name, some in sets.items()
    )


def _sets(measured: Measured) -> dict[str, list[Case]]:
    """The sets of cases that the totals are for."""
    known = measured.known
    common = {(c.call_id, c.rule_id) for c in measured.plain}
    same = [c for c in known if (c.call_id, c.rule_id) in common]
    pairs = {(c.call_id, c.rule_id) for c in same}
    return {
        "callqa": known,
        "callqa, first set": [c for c in known if not c.fresh],
        "callqa, second set": [c for c in known if c.fresh],
        "callqa, clean": [c for c in known if not c.noisy],
        "callqa, noisy": [c for c in known if c.noisy],
        "callqa, the noisy ones, had they no noise": measured.quiet,
        "callqa, on the rules that the naive way has": same,
        "naive way": [c for c in measured.plain if (c.call_id, c.rule_id) in pairs],
    }


def page(measured: Measured) -> Iterator[str]:
    """The results as a page of Markdown."""
    items = measured.items
    counts = Counter(item.rubric for item in items)
    yield "# Accuracy of the rules"
    yield ""
    if any(measured.strangers.values()):
        yield "## Calls of other hands"
        yield ""
        for name, own in measured.strangers.items():
            yield STRANGERS[name]
            yield ""
            yield from table(own)
            yield ""
        yield "## The rules' own examples, changed"
        yield ""
        yield "Changes that a listener would not hear, or that the rule has nothing to do with."
        yield ""
        yield from mutant_table(measured.mutants)
        yield ""
        yield "## Calls that the rules were mended on"
        yield ""
    yield f"{len(items)} labelled calls, {sum(i.noisy for i in items)} of them with noise: " + (
        ", ".join(f"{name} {number}" for name, number in counts.items()) + "."
    )
    yield "Intervals are 95 % score intervals after Wilson. `unsure` labels are left out."
    yield ""
    yield from total_rows(measured)
    yield ""
    yield from _table(measured.known, measured.plain)
    if measured.faults:
        yield ""
        yield "No rubric: " + "; ".join(f"{n} ({f})" for n, f in measured.faults.items())
    if measured.missing:
        yield ""
        yield f"No rule yet ({len(measured.missing)}): " + ", ".join(measured.missing)


def _table(known: list[Case], plain: list[Case]) -> Iterator[str]:
    yield (
        "| rule | support | precision | recall | labels right | review | not measurable "
        "| naive precision | naive recall |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    own, other = by_rule(known), by_rule(plain)
    for rule in DOCUMENTS:
        if rule in own:
            theirs = figures(other[rule]) if rule in other else None
            yield rule_row(rule, figures(own[rule]), theirs)


def as_data(cases: Sequence[Case]) -> dict[str, Any]:
    """The figures of some cases for a program."""
    f = figures(cases)
    shares = {k: v for k, v in vars(f).items() if isinstance(v, Share)}
    return {"support": f.support} | {
        name: {"hits": s.hits, "total": s.total, "value": s.value, "interval": s.interval}
        for name, s in shares.items()
    }


def result(measured: Measured) -> dict[str, Any]:
    """Everything measured, for a program."""
    return {
        "calls": len(measured.items),
        "noisy": sum(item.noisy for item in measured.items),
        "totals": {name: as_data(cases) for name, cases in _sets(measured).items()},
        "rules": {rule: as_data(cases) for rule, cases in by_rule(measured.known).items()},
        "naive_rules": {rule: as_data(cases) for rule, cases in by_rule(measured.plain).items()},
        **{name: [_row(row) for row in own] for name, own in measured.strangers.items()},
        "no_rule": measured.missing,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        name: {"hits": value.hits, "total": value.total} if isinstance(value, Share) else value
        for name, value in vars(row).items()
    }


def main() -> None:
    """Measure, print, write the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=__doc__)
    parser.add_argument(
        "--calls", type=Path, nargs="+", default=[CALLS, FRESH], help="folders of labelled calls"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="where the results go")
    parser.add_argument("--misses", action="store_true", help="list every wrong outcome")
    parser.add_argument(
        "--rubric", choices=list(RUBRICS), help="only this rubric's calls; nothing is written"
    )
    chosen = parser.parse_args()
    there = [item for folder in chosen.calls for item in load_items(folder)]
    items = [i for i in there if chosen.rubric in {None, i.rubric}]
    strangers = {
        name: [i for i in load_items(CALLS.with_name(name)) if chosen.rubric in {None, i.rubric}]
        for name in STRANGERS
    }
    measured = Measured.of(items, strangers)
    text = "\n".join(page(measured))
    print(text)
    if chosen.misses:
        for c in misses(measured.known):
            half = " (noisy)" if c.noisy else ""
            print(f"{c.rule_id} {c.call_id}{half}: expected {c.expected}, got {c.said}")
    if chosen.rubric is None:
        (chosen.out / "results.md").write_text(text + "\n", encoding="utf-8")
        data = json.dumps(result(measured), ensure_ascii=False, indent=1)
        (chosen.out / "results.json").write_text(data + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
