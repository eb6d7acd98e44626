"""What only people judge: the machine passes nobody and charges nobody."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from pipeline.detect import PARAMETERS
from pipeline.judging.judge import Judge
from pipeline.judging.reviewed import after_people, attach, charges
from pipeline.judging.score import score
from pipeline.records import Outcome, Reason, Review, Verdict
from pipeline.resources import LEXICONS, RUBRICS, RuleFiles
from pipeline.rubric.load import load_rubric
from pipeline.settings import Settings
from tests.docs.test_rules_page import SHOWN
from tests.helpers import call_of

SCORED = """
A 0.0-4.0 您好，江城中燃，八号为您服务，请问有什么可以帮您？
C 4.5-8.0 家里一天没气了，急死人。
A 9.0-12.0 地址报一下。
C 12.5-14.0 和平路八号。
"""


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """The gas hotline's, with the rule of the manual."""
    folder = tmp_path_factory.mktemp("asked") / "rubrics"
    shutil.copytree(RUBRICS, folder)
    path = Path("rules/service.empathy.yml")
    (folder / path).write_text(SHOWN[str(path)], encoding="utf-8")
    rubric = load_rubric("gas-hotline", kinds=PARAMETERS, files=RuleFiles.of(folder, LEXICONS))
    return Judge.of(rubric, Settings())


@pytest.mark.parametrize("roles", [True, False])
def test_the_machine_leaves_it_to_people(judge: Judge, *, roles: bool) -> None:
    """Whoever spoke, and whether that is known: one row, of no points and for no review list."""
    turns = SCORED if roles else SCORED.replace("A ", "U ").replace("C ", "U ")
    card = judge.judge(call_of(turns)).card
    (row,) = [f for f in card.findings if f.finding.rule_id == "service.empathy"]
    found = row.finding
    assert (found.outcome, found.reason) == (Outcome.NOT_MEASURABLE, Reason.ASKED)
    assert (found.message, row.points, found.deduct) == ("只由人来判断", 0, 0)


def test_a_section_of_nothing_else_has_no_score(judge: Judge) -> None:
    """What was not judged is no full mark."""
    alone = [f.finding for f in judge.judge(call_of(SCORED)).card.findings
             if f.finding.rule_id == "service.empathy"]  # fmt: skip
    card = score(alone, judge.scheme)
    assert (card.score, card.review) == (100, False)
    assert {s.score for s in card.sections} == {None}


@pytest.mark.parametrize("mode", ["deduct", "weighted"])
def test_a_person_s_finding_of_it_costs_what_the_rule_asks(
    judge: Judge, mode: Literal["deduct", "weighted"]
) -> None:
    """In a rubric that weighs it is one more of the rules that are applicable."""
    scheme = replace(judge.scheme, mode=mode)
    findings = [f.finding for f in judge.judge(call_of(SCORED)).card.findings]
    kept = [f for f in findings if f.outcome is not Outcome.VIOLATION]
    passed = {f.rule_id for f in kept if f.outcome is Outcome.PASS}
    lost = 3 if mode == "deduct" else 100 / (len(passed) + 1)
    said = Review(
        call_id="c", reviewer="甲", verdict=Verdict.MISSED, rule_id="service.empathy", turn=2
    )
    card = after_people(kept, attach(kept, [said]), scheme, charges(judge.rubric.rules))
    assert card is not None
    assert card.score == pytest.approx(100 - lost)
