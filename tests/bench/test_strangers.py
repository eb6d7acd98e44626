"""The third set, and how its calls are misheard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.accuracy.__main__ import THIRD
from bench.accuracy.dataset import Item, load_items
from bench.accuracy.metrics import Case
from bench.accuracy.noise import SURE, UNSURE, Mishearing
from bench.accuracy.strangers import Row


@pytest.fixture(scope="module")
def third() -> list[Item]:
    """The whole set."""
    return load_items(THIRD)


def test_the_set_is_large_and_has_long_calls(third: list[Item]) -> None:
    """400 calls of four trades, 25 of them of 60 turns and more, each id once."""
    assert len(third) >= 400
    assert len({item.labelled.id for item in third}) == len(third)
    assert sum(len(item.labelled.turns) >= 60 for item in third) >= 25


@pytest.mark.parametrize("share", [0.03, 0.08, 0.15])
def test_as_many_characters_are_wrong_as_are_asked_for(third: list[Item], share: float) -> None:
    """Replaced, lost and added ones together; numbers never."""
    text = "".join(line.text for item in third[:60] for line in item.labelled.turns)
    heard = Mishearing("t", share).heard(text, frozenset())
    wrong = sum(probability == UNSURE for _, probability in heard)
    lost = len([c for c in text if c not in "，。？！、；：,.?!;:"]) - len(heard)
    assert 0.5 * share < (wrong + max(0, lost)) / len(text) < 1.1 * share
    assert {probability for _, probability in heard} == {SURE, UNSURE}


def test_the_same_call_is_misheard_the_same_way(third: list[Item]) -> None:
    """And what nobody mishears is the call itself, but for its punctuation."""
    one = replace(third[0], errors=0.08)
    assert one.transcript() == one.transcript()
    plain = replace(third[0], noisy=False).transcript()
    assert [u.role for u in one.transcript().utterances] == [u.role for u in plain.utterances]


def case(rule: str, expected: str, said: str, call: str = "t-1") -> Case:
    """One verdict."""
    return Case(
        rubric="mall", call_id=call, rule_id=rule, noisy=False, expected=expected, said=said
    )


def test_the_figures_of_a_row() -> None:
    """Outright, or for a person; wrong ones by call; clean calls are those without a violation."""
    row = Row.of(
        [
            case("wording.insult", "violation", "violation"),
            case("wording.quarrel", "violation", "review"),
            case("closing.standard", "violation", "pass"),
            case("opening.inbound", "clean", "violation"),
            case("opening.inbound", "clean", "violation", call="t-2"),
            case("closing.standard", "clean", "pass", call="t-3"),
        ],
        0.08,
    )
    assert (row.outright.hits, row.outright.total) == (1, 3)
    assert (row.found.hits, row.wording.hits, row.wording.total) == (2, 2, 2)
    assert (row.precision.hits, row.precision.total) == (1, 3)
    assert row.false_in_100 == pytest.approx(100 * 2 / 3)
    assert (row.clean_calls.hits, row.clean_calls.total) == (1, 2)
