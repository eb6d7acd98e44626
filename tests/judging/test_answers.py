"""What rules said is kept: it holds as long as nothing has changed of which it was made."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pipeline.conversation.timing import measure
from pipeline.detect import PARAMETERS, detect
from pipeline.judging.answers import NOTHING_KNOWN, Known, Told
from pipeline.judging.examples import example_call, example_history
from pipeline.judging.judge import Judge
from pipeline.resources import LEXICONS, RUBRICS, RuleFiles
from pipeline.rubric.load import load_rubric
from pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.detect.history import History
    from pipeline.records import Call, Finding


@dataclass(frozen=True)
class Asked:
    """A call, what every rule said of it, and that written down."""

    call: Call
    history: History
    found: Sequence[Finding]
    answers: str


def judge_of(folder: Path) -> Judge:
    """The judge of a folder of rules."""
    files = RuleFiles.of(folder / "rubrics", folder / "lexicons")
    return Judge.of(load_rubric("gas-hotline", kinds=PARAMETERS, files=files), Settings())


def known_of(judge: Judge, one: Asked, others: str | None = None) -> Known:
    """What still holds of what was written down of a call."""
    if others is None:
        others = one.history.digest(one.call.record.customer or "")
    return judge.answers.still_holding(Told.read(one.answers), one.call, others)


def asked(judge: Judge, call: Call, history: History) -> Sequence[Finding]:
    """What every rule says of a call, nothing being known."""
    return detect(call, measure(call, judge.cues), judge.rubric, judge.cues, history)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sequence[Asked]]:
    """The rules, one asking about another's finding, and what they say of every second example."""
    folder = tmp_path_factory.mktemp("rules")
    shutil.copytree(RUBRICS, folder / "rubrics")
    shutil.copytree(LEXICONS, folder / "lexicons")
    (folder / "rubrics/rules/house.after.yml").write_text(_AFTER, encoding="utf-8")
    judge = judge_of(folder)
    told = []
    for rule in judge.rubric.rules.values():
        for example in rule.file.examples[1::2]:
            call = example_call(example, judge.rubric, judge.how)
            history = example_history(example)
            found, measures = asked(judge, call, history), measure(call, judge.cues)
            others = history.digest(call.record.customer or "")
            kept = judge.answers.tell(found, measures, others).to_text()
            told.append(Asked(call, history, found, kept))
    return folder, told


@pytest.fixture(scope="module")
def unchanged(before: tuple[Path, Sequence[Asked]]) -> Judge:
    """The rules, read once more."""
    folder, _ = before
    return judge_of(folder)


_AFTER = """
title: 催促之后没有道歉
section: wording
kind: elements
severity: minor
deduct: 1
source: {G: 本单位}
why: 试一试
window: {from: anywhere}
when: {finding: {rule: wording.quarrel, outcome: [violation]}}
elements:
  apology: {label: 道歉, any: [抱歉]}
message: 没有{missing}
examples:
  - name: 没有争执
    turns: A 0.5-3.0 您好。
    outcome: not_applicable
"""


def test_what_is_known_is_what_was_said(
    before: tuple[Path, Sequence[Asked]], unchanged: Judge
) -> None:
    """Every finding of every example, and every figure."""
    _, told = before
    assert len(told) > 100
    for one in told:
        known = known_of(unchanged, one)
        assert known.measures == measure(one.call, unchanged.cues)
        said = {rule_id: list(own) for rule_id, own in known.findings.items()}
        assert said == {
            rule_id: [f for f in one.found if f.rule_id == rule_id]
            for rule_id in unchanged.rubric.rules
        }


def test_a_promise_is_held_against_the_calls_of_today(
    before: tuple[Path, Sequence[Asked]], unchanged: Judge
) -> None:
    """Where others are known, whoever promised to call back is asked again, and nobody else."""
    _, told = before
    forgotten = [
        unchanged.rubric.rules.keys()
        - known_of(unchanged, one, others="other calls").findings.keys()
        for one in told
    ]
    assert set(map(frozenset, forgotten)) == {frozenset(), frozenset({"procedure.callback"})}


def test_of_an_older_text_nothing_is_known(
    before: tuple[Path, Sequence[Asked]], unchanged: Judge
) -> None:
    """What another version wrote down is not taken for what this one would."""
    _, (one, *_) = before
    for text in ("", "it", 'it {"5a": [["pass"]], "figures": [1, 2]}'):
        assert unchanged.answers.still_holding(Told.read(text), one.call, "") == NOTHING_KNOWN


@dataclass(frozen=True)
class Change:
    """A part of a file in the place of another, and the rules that are asked anew; none: every one.

    A rule that hears a tone keeps silent where another of its section spoke, and is asked with it.
    """

    file: str
    old: str
    new: str
    rules: frozenset[str] = frozenset()


CHANGES = {
    "a phrase": Change(
        "rubrics/rules/closing.standard.yml",
        '{any: ["@farewell"], act: farewell}',
        "[后会有期]",
        frozenset({"closing.standard"}),
    ),
    "an act": Change(
        "rubrics/rules/closing.anything_else.yml",
        '{any: ["@anything_else"], act: anything_else}',
        "{act: farewell}",
        frozenset({"closing.anything_else"}),
    ),
    "a list that rules name": Change(
        "lexicons/quarrel.txt",
        "爱找谁找谁",
        "找谁都行",
        frozenset(
            {
                "wording.quarrel",
                "house.after",
                "wording.insult",
                "wording.rhetorical",
                "wording.shirk",
            }
        ),
    ),
    "a list by which calls are read": Change("lexicons/farewell.txt", "再见", "后会有期"),
    "a name": Change("rubrics/gas-hotline.yml", "[江城中燃, 中国燃气, 中燃, ", "[江城煤气, "),
    "a number": Change("rubrics/gas-hotline.yml", "low_confidence: 0.5", "low_confidence: 0.99"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whom_a_change_concerns_is_asked_anew(
    before: tuple[Path, Sequence[Asked]], unchanged: Judge, tmp_path: Path, change: Change
) -> None:
    """What comes out is what comes out where nothing is known; of some call it is not as before."""
    folder, told = before
    changed = shutil.copytree(folder, tmp_path / "rules")
    text = (changed / change.file).read_text(encoding="utf-8")
    assert change.old in text
    (changed / change.file).write_text(text.replace(change.old, change.new), encoding="utf-8")
    judge = judge_of(changed)
    other = 0
    for one in told:
        known = known_of(judge, one)
        again = detect(
            one.call,
            known.measures or measure(one.call, judge.cues),
            judge.rubric,
            judge.cues,
            one.history,
            known.findings,
        )
        assert again == asked(judge, one.call, one.history)
        other += again != one.found
        lasting = known_of(unchanged, one).findings.keys()
        assert known.findings.keys() == (lasting - change.rules if change.rules else set())
    assert other
