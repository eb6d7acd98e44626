"""Every example of every rule of every rubric."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
import yaml

from pipeline import detect
from pipeline.detect import KINDS
from pipeline.judging.examples import run_examples
from pipeline.resources import RUBRICS, rule_files
from tests.helpers import judge

RULES = [(name, rule) for name in rule_files().rubrics for rule in judge(name).rubric.rules]


@pytest.mark.parametrize(("name", "rule"), RULES)
def test_the_examples_of_a_rule(name: str, rule: str) -> None:
    """The rule says of each of its examples what the example asks, in every rubric that has it."""
    faults = [r for r in run_examples(judge(name).rubric, judge(name).how, rule) if r.fault]
    assert faults == []


@pytest.mark.parametrize("name", rule_files().rubrics)
def test_a_rubric_holds_the_norms_of_its_document_and_no_others(name: str) -> None:
    """Every rule whose source names it; what its document asks for stands in ``test_clauses``."""
    rubric = judge(name).rubric
    files = (RUBRICS / "rules").glob("*.yml")
    sources = {f.stem: yaml.safe_load(f.read_text(encoding="utf-8"))["source"] for f in files}
    assert set(rubric.rules) == {
        r for r, source in sources.items() if rubric.file.document in source
    }


def test_every_kind_there_is_can_be_used() -> None:
    """A module of a kind that nobody registered would be code that never runs."""
    modules = [
        importlib.import_module(f"pipeline.detect.{found.name}")
        for found in pkgutil.iter_modules(detect.__path__)
    ]
    kinds = [module.KIND for module in modules if hasattr(module, "KIND")]
    assert sorted(map(id, kinds)) == sorted(map(id, KINDS.values()))


def test_no_exception_of_a_list_is_dead() -> None:
    """An unless that can never fire is an error, so loading the rubrics proves it for the rules."""
    from pipeline.text.phrases import PhraseSet

    for lexicon in judge().rubric.lexicons.values():
        phrases = PhraseSet(lexicon.phrases, lexicon.review, lexicon.exceptions)
        assert phrases.dead_exceptions() == [], lexicon.name
