"""Changes to the rules' own examples that nobody would hear."""

from __future__ import annotations

import pytest

from bench.accuracy.mutants import CHANGES, mutants
from pipeline.resources import rule_files
from tests.helpers import judge

SAMPLE = 7
"""Each seventh mutant: ``make bench-accuracy`` looks at all of them."""


@pytest.mark.parametrize("rubric", sorted(rule_files().rubrics))
def test_a_change_that_nobody_hears_changes_no_outcome(rubric: str) -> None:
    """您 for 你, no punctuation, a 哈 more, a breath in a sentence, a customer's word misheard."""
    found = list(mutants(judge(rubric), SAMPLE))
    assert len(found) >= 20
    others = [m for m in found if m.said != m.wanted]
    assert others == []


def test_every_change_touches_some_example() -> None:
    """A change that changes nothing would test nothing."""
    touched = {m.change for m in mutants(judge("gas-hotline"), 1)}
    assert touched == set(CHANGES)
