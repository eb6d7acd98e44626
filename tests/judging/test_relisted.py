"""What rules said of a call holds where lists have changed by phrases that do not stand in it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench.accuracy.dataset import load_items
from pipeline.conversation.timing import measure
from pipeline.detect import KINDS, PARAMETERS, detect
from pipeline.judging.answers import lists_named
from pipeline.judging.judge import Judge
from pipeline.judging.relisted import Relisted
from pipeline.records import CallRecord, Recording
from pipeline.resources import LEXICONS, RUBRICS, RuleFiles
from pipeline.rubric.load import load_rubric
from pipeline.settings import Settings
from pipeline.text.lexicon import Lexicon

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pipeline.judging.answers import Told
    from pipeline.records import Call, Finding
    from pipeline.rubric.load import Rubric

FILES = RuleFiles.of(RUBRICS, LEXICONS)
WORDS = 7
"""Phrases of the calls' own words that come to lists, one or two at a time."""


def judge_of(files: RuleFiles = FILES) -> Judge:
    """The judge of the gas hotline."""
    return Judge.of(load_rubric("gas-hotline", kinds=PARAMETERS, files=files), Settings())


@pytest.fixture(scope="module")
def judge() -> Judge:
    """The judge by the lists as they are."""
    return judge_of()


@pytest.fixture(scope="module")
def calls(judge: Judge) -> list[Call]:
    """Calls with many a fault in them."""
    items = [item for item in load_items() if item.rubric == "gas-hotline"][::6]
    return [
        judge.assemble(
            Recording(
                file=f"{n}", path="", content_id=f"{n:064x}", record=CallRecord(), audio=False
            ),
            item.transcript(),
        )
        for n, item in enumerate(items)
    ]


def found(judge: Judge, call: Call) -> Sequence[Finding]:
    """What every rule says of a call."""
    return detect(call, measure(call, judge.cues), judge.rubric, judge.cues)


def told(judge: Judge, call: Call) -> Told:
    """What the rules said of a call, as it is written down."""
    return judge.answers.tell(found(judge, call), measure(call, judge.cues), "")


def literal_lists(rubric: Rubric) -> list[str]:
    """The lists that only rules name which ask where phrases stand, and no conversation is read by."""
    named: dict[str, set[bool]] = {}
    for rule in rubric.rules.values():
        for name in lists_named(rule.data):
            named.setdefault(name, set()).add(KINDS[rule.file.kind].literal)
    return sorted(name for name, literal in named.items() if literal == {True})


def added(folder: Path, name: str, *lines: str) -> RuleFiles:
    """The lists, one of them with some lines more."""
    folder.mkdir(exist_ok=True)
    own = (LEXICONS / f"{name}.txt").read_text(encoding="utf-8")
    (folder / f"{name}.txt").write_text("\n".join([own, *lines]), encoding="utf-8")
    return RuleFiles.of(RUBRICS, folder).over(FILES)


def test_what_is_still_said_is_what_is_said(
    judge: Judge, calls: Sequence[Call], tmp_path: Path
) -> None:
    """Of any call, whichever of its words come to whichever list, surely or for a person."""
    chance = random.Random(5)  # noqa: S311  no secret
    outcome: Counter[bool] = Counter()
    known = [(call, told(judge, call)) for call in calls]
    lists = literal_lists(judge.rubric)
    assert len(lists) > 5
    for number in range(WORDS):
        text = chance.choice([t.text for t in chance.choice(calls).turns if len(t.text) > 8])
        at, length = chance.randrange(len(text) - 6), chance.randint(2, 6)
        word, name = text[at : at + length].strip("，。？！?, "), chance.choice(lists)
        if len(word) < 2 or word in (LEXICONS / f"{name}.txt").read_text(encoding="utf-8"):
            continue
        now = judge_of(added(tmp_path / str(number), name, f"{chance.choice(['', '?'])}{word}"))
        relisted = Relisted.of(now.rubric, now.answers, judge.rubric.lexicons)
        if relisted is None:
            continue
        for call, before in known:
            still = relisted.still_said(before, "", [turn.text for turn in call.turns])
            outcome[still is not None] += 1
            if still is not None:
                assert still == now.answers.tell(found(now, call), measure(call, now.cues), "")
    assert outcome[True] > 5 * outcome[False] > 0


@pytest.mark.parametrize(
    ("name", "change", "known"),
    [
        ("quarrel", lambda own: replace(own, phrases=own.phrases[1:]), True),
        ("quarrel", lambda own: replace(own, exceptions=(*own.exceptions, "瞎说的吧")), False),
        ("apology", lambda own: replace(own, phrases=(*own.phrases, "瞎说的吧")), False),
        ("hold", lambda own: replace(own, phrases=(*own.phrases, "瞎说的吧")), False),
    ],
    ids=["phrase", "exception", "elements", "conversation"],
)
def test_only_rules_that_ask_where_phrases_stand_are_sure(
    judge: Judge, name: str, change: Callable[[Lexicon], Lexicon], *, known: bool
) -> None:
    """An exception may be misheard, and what is required may be nearly said."""
    before: Mapping[str, Lexicon] = {
        **judge.rubric.lexicons,
        name: change(judge.rubric.lexicons[name]),
    }
    assert (Relisted.of(judge.rubric, judge.answers, before) is not None) is known


_SPARED = """
title: 不能保证
section: wording
kind: phrase
severity: minor
deduct: 1
source: {G: 本单位}
why: 试一试
phrases: {any: [能保证], unless: ["@house"]}
message: 说了{quote}
examples:
  - name: 没有说
    turns: A 0.5-3.0 您好。
    outcome: pass
"""


def test_a_list_of_what_takes_a_fault_away_is_asked_about(tmp_path: Path) -> None:
    """A rule holds its phrases against misheard words too, as it does with exceptions."""
    rules, lexicons = tmp_path / "rubrics", tmp_path / "lexicons"
    (rules / "rules").mkdir(parents=True)
    lexicons.mkdir()
    (rules / "rules/house.spared.yml").write_text(_SPARED, encoding="utf-8")
    (lexicons / "house.txt").write_text("不能保证\n", encoding="utf-8")
    house = judge_of(RuleFiles.of(rules, lexicons).over(FILES))
    before = {**house.rubric.lexicons, "house": Lexicon(name="house", phrases=("没能保证",))}
    assert Relisted.of(house.rubric, house.answers, before) is None


def test_a_phrase_over_the_border_of_two_turns_is_asked_about(judge: Judge) -> None:
    """A rule finds what begins in one turn and ends in the next."""
    lexicons = judge.rubric.lexicons
    quarrel = lexicons["quarrel"]
    fewer = replace(quarrel, phrases=tuple(p for p in quarrel.phrases if p != quarrel.phrases[0]))
    relisted = Relisted.of(judge.rubric, judge.answers, {**lexicons, "quarrel": fewer})
    assert relisted is not None
    (phrase,) = relisted.changed.phrases
    whole = next(iter(relisted.changed.texts))
    assert relisted.changed.may_be_said_in([f"我说{whole[:1]}", f"{whole[1:]}是吧"]), phrase
    assert not relisted.changed.may_be_said_in(["您好，请讲。", "我想问一下。"])
