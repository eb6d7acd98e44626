"""Every example of every rule of every rubric, and the golden list of what there is."""

from __future__ import annotations

import pytest

from pipeline.detect import KINDS
from pipeline.examples import Result, run_examples
from pipeline.judge import Judge, the_rubric
from pipeline.records import Outcome
from pipeline.resources import RUBRICS
from pipeline.rubric import rubric_names
from pipeline.settings import Settings
from tests.helpers import judge


def results() -> list[Result]:
    """Every example of every rubric, tried."""
    found = []
    for name in rubric_names(RUBRICS):
        settings = Settings()
        rubric = the_rubric(name, settings)
        found += list(run_examples(rubric, Judge.of(rubric, settings).how))
    return found


@pytest.mark.parametrize("result", results(), ids=lambda r: f"{r.rule_id}: {r.example}")
def test_example(result: Result) -> None:
    """The rule says of its example what the example asks."""
    assert result.fault == ""


def test_every_rule_shows_a_violation_and_a_pass() -> None:
    """A rule whose examples never fire, or never spare, is not tested."""
    for rule_id, rule in judge().rubric.rules.items():
        shown = {example.outcome for example in rule.file.examples}
        assert {Outcome.VIOLATION, Outcome.PASS} <= shown, rule_id


def test_the_closed_set_of_kinds() -> None:
    """A kind that is dropped silently, or added without its documentation, shows here."""
    assert sorted(KINDS) == [
        "elements",
        "hangup",
        "hold",
        "interruption",
        "phrase",
        "rate",
        "silence",
    ]


def test_the_rules_of_the_gas_hotline() -> None:
    """The stable ids of the catalogue, in the order of the scorecard."""
    assert list(judge().rubric.rules) == [
        "opening.inbound",
        "opening.outbound",
        "closing.standard",
        "closing.hangup_first",
        "wording.insult",
        "wording.contempt",
        "wording.quarrel",
        "wording.impatience",
        "wording.refusal",
        "listening.interrupt",
        "listening.dead_air",
        "voice.rate",
        "procedure.hold_announce",
        "procedure.hold_return",
    ]


def test_no_exception_of_a_list_is_dead() -> None:
    """An unless that can never fire is an error, so loading the rubrics proves it for the rules."""
    from pipeline.phrases import PhraseSet

    for lexicon in judge().rubric.lexicons.values():
        phrases = PhraseSet(lexicon.phrases, lexicon.review, lexicon.exceptions)
        assert phrases.dead_exceptions() == [], lexicon.name
