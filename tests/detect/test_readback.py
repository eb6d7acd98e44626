"""A number that the customer gave and the agent reads back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.records import Finding, Outcome, Reason, Role
from tests.helpers import call_of, findings_in, findings_of


def read(turns: str) -> list[Finding]:
    """What the rule about reading back says."""
    return findings_of("procedure.readback", turns)


def test_the_finding_quotes_all_pieces_of_the_number() -> None:
    """From the first piece to the end of the words in which it was due."""
    (found,) = read(
        "A 0.0-1.0 您的电话？\nC 2.0-3.0 幺三八\nA 3.2-3.5 嗯。\nC 4.0-5.5 零零零零\n"
        "C 7.0-8.5 幺二三四\nA 9.0-10.0 好的，记下了。\nC 11.0-12.0 好。\nA 13.0-14.0 明天上门。"
    )
    assert (found.kind, found.outcome) == ("readback", Outcome.VIOLATION)
    assert (found.role, found.turn, found.quote) == (Role.CUSTOMER, 4, "幺三八零零零零幺二三四")
    assert (found.start, found.end) == (2.0, 14.0)
    assert "11位号码" in found.message


@pytest.mark.parametrize(
    ("number", "outcome"), [("654321", Outcome.NOT_APPLICABLE), ("7654321", Outcome.VIOLATION)]
)
def test_numbers_from_seven_digits_on(number: str, outcome: Outcome) -> None:
    """Six need no reading back."""
    found = read(f"C 0.5-5.0 我的户号是{number}。\nA 5.5-6.5 好的，记下了。")
    assert [f.outcome for f in found] == [outcome]


@pytest.mark.parametrize(
    ("number", "outcome"),
    [("7654321", Outcome.REVIEW), ("17654321", Outcome.VIOLATION), ("76543210", Outcome.VIOLATION)],
)
def test_how_many_digits_there_are_is_known_by_those_heard_well(
    number: str, outcome: Outcome
) -> None:
    """A recogniser hears 一七二零 for 七二零: the 7 of these was heard badly."""
    call = call_of(f"C 0.5-5.0 我的户号是{number}。\nA 5.5-6.5 好的，记下了。")
    given, reply = call.turns
    words = [replace(w, probability=0.4 if w.text == "7" else 0.95) for w in given.words]
    heard = replace(call, turns=(replace(given, words=tuple(words)), reply))
    (found,) = findings_in("procedure.readback", heard)
    assert found.outcome is outcome


@pytest.mark.parametrize(("more", "outcome"), [(1, Outcome.PASS), (2, Outcome.VIOLATION)])
def test_within_three_turns(more: int, outcome: Outcome) -> None:
    """An 嗯 in between is no turn; the fourth one of substance is too late."""
    between = "".join(f"A {10 + 4 * i}-{12 + 4 * i} 您稍等一下啊。\n" for i in range(more))
    found = read(
        "C 0.5-5.0 我的电话是13800001234。\nA 5.5-6.0 嗯。\nA 7.0-8.0 我在登记。\n"
        f"{between}A 30.0-34.0 是13800001234，对吗？"
    )
    assert [f.outcome for f in found] == [outcome]


def test_each_number_is_due() -> None:
    """Two numbers, the second read back: one row."""
    found = read(
        "C 0.5-5.0 我的电话是13800001234。\nA 5.5-6.5 好的，户号呢？\n"
        "C 7.0-11.0 户号是20060088。\nA 12.0-16.0 20060088，对吗？"
    )
    assert [(f.outcome, f.turn) for f in found] == [(Outcome.VIOLATION, 0)]


def test_a_customer_who_corrects_himself() -> None:
    """Only the number that he meant has to be read back."""
    given = "C 0.5-5.0 我的电话是13800001234。\nA 5.5-6.0 嗯。\nA 6.8-7.5 您说。"
    corrected = f"{given}\nC 8.0-12.0 不对，是13800001235。"
    assert [f.outcome for f in read(f"{corrected}\nA 13.0-17.0 是13800001235。")] == [Outcome.PASS]
    assert [f.turn for f in read(f"{corrected}\nA 13.0-14.0 好的，记下了。")] == [3]


@pytest.mark.parametrize(
    ("said", "reason"),
    [("1380001234", Reason.NEARLY), ("13899991234", None), ("1234", None)],
)
def test_a_number_nearly_right_may_be_misheard(said: str, reason: Reason | None) -> None:
    """One digit dropped is for a person; four wrong ones are the agent's, and so are the last four."""
    (found,) = read(f"C 0.5-5.0 (0.9) 我的电话是13800001234。\nA 5.5-8.0 (0.9) {said}，好的。")
    assert found.reason is reason
    assert (found.deduct == 0) == (reason is not None)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("对对，就是它。", Outcome.REVIEW), ("不是，您听错了。", Outcome.VIOLATION)],
)
def test_a_reading_that_the_customer_confirms_may_be_right(answer: str, outcome: Outcome) -> None:
    """The recogniser may have misheard the one or the other, and he heard both."""
    (found,) = read(
        "A 0.0-1.0 您的卡号？\nC 1.5-8.0 (0.8) 是8919112345678。\n"
        f"A 8.5-12.0 (0.8) 那就是3025891，对吗？\nC 12.5-14.0 (0.8) {answer}\nA 15.0-17.0 请稍等。"
    )
    assert found.outcome is outcome
