"""Every example of every rule of every rubric."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from pipeline import detect
from pipeline.detect import KINDS
from pipeline.judging.examples import run_examples
from tests.helpers import judge

DOCUMENTS = {
    "gas-hotline": "G",
    "mobile-operator": "T",
    "mall": "M",
    "exchange-400": "X",
    "telesales": "D",
}

CATALOGUE = """
opening.inbound T M G X D · opening.outbound G X · opening.daypart G · opening.holiday G
opening.ask_name X G · opening.late_answer X · opening.ring M X
closing.standard T M G X D · closing.anything_else M G · closing.hangup_first T M G X · closing.prompts G
wording.insult T G D · wording.contempt X · wording.quarrel T G X · wording.impatience T X
wording.refusal M X · wording.rhetorical G · wording.sarcasm X · wording.shirk T G X
wording.promise X D · wording.jargon G · wording.particles G · wording.catchphrase G · wording.you T
wording.courtesy T X D · wording.chitchat G T · wording.confidential T M G D
listening.interrupt T G · listening.backchannel G · listening.dead_air T G · listening.repeat_ask T G
voice.rate G T M · voice.volume G T · voice.drawl G · voice.energy G T
procedure.hold_announce T G · procedure.hold_return T G M · procedure.hold_long G
procedure.callback G M X · procedure.not_heard G · procedure.re_explain G · procedure.confirm_issue G T
procedure.ask_contact G · procedure.readback G · procedure.beyond_scope G T · procedure.reply_thanks G
procedure.reply_sorry G · procedure.complaint_close G M · procedure.complaint_apology T M X
procedure.no_voice G · procedure.dialing G · procedure.faint_customer G · procedure.faint_agent G
procedure.survey G X · procedure.transfer M X D · procedure.ticket T X D
timing.duration X T · timing.response D X
"""
"""Every norm that one call can show, and the documents that have it."""


def catalogue() -> dict[str, set[str]]:
    """The documents of each rule."""
    entries = CATALOGUE.replace("·", "\n").split("\n")
    return {e.split()[0]: set(e.split()[1:]) for e in entries if e.strip()}


OF_DOCUMENT = [
    (name, rule)
    for name, document in DOCUMENTS.items()
    for rule, documents in catalogue().items()
    if document in documents
]


@pytest.mark.parametrize(("name", "rule"), OF_DOCUMENT)
def test_the_examples_of_a_rule(name: str, rule: str) -> None:
    """The rule says of each of its examples what the example asks, in every rubric that has it."""
    faults = [r for r in run_examples(judge(name).rubric, judge(name).how, rule) if r.fault]
    assert faults == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_rubric_holds_the_norms_of_its_document_and_no_others(name: str) -> None:
    """All of the catalogue, each where it belongs."""
    wanted = {rule for rule, documents in catalogue().items() if DOCUMENTS[name] in documents}
    assert set(judge(name).rubric.rules) == wanted


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
