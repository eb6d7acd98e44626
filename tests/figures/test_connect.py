"""How many calls were answered, of a team and of each queue, and what cannot be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.figures import attempts, connect, shares
from tests.report.made_up import attempt, call, missed

if TYPE_CHECKING:
    from pipeline.store.schema import AttemptRow


def test_unanswered_calls_come_from_the_call_records() -> None:
    """8 recorded of 10; the end of an eleventh is not known, a callback is none of them."""
    rows = [
        *missed(2),
        attempt("u", answered=None),
        attempt("b", direction="callback"),
    ]
    found = connect.connect(attempts.contacts([call(f"c{n}") for n in range(8)], rows))
    assert found.whole is not None
    assert found.whole.share == shares.share(8, 10)
    assert (found.incoming, found.whole.unknown) == (11, 1)


@pytest.mark.parametrize(
    "rows", [[], [attempt("u", answered=None)], [attempt(direction="callback")]]
)
def test_without_unanswered_calls_nothing_is_said(rows: list[AttemptRow]) -> None:
    """Never 100 %: recordings are of answered calls."""
    found = connect.connect(attempts.contacts([call("a"), call("b")], rows))
    assert (found.whole, list(found.queues)) == (None, [])


def test_dates_before_the_first_call_record_do_not_count() -> None:
    """They have recordings only, and these were all answered."""
    calls = [call("a", "2026-11-18"), call("b", "2026-11-19"), call("c", "2026-11-20")]
    found = connect.connect(attempts.contacts(calls, missed(1, date="2026-11-19")))
    assert found.whole is not None
    assert (found.since, found.whole.share) == ("2026-11-19", shares.share(2, 3))


def test_a_recording_of_a_call_that_nobody_answered_is_not_answered() -> None:
    """Its music was recorded; it is not scored for that reason."""
    calls = [call("a"), call("b", status="not_scored", reason="未接通", score=None)]
    found = connect.connect(attempts.contacts(calls, []))
    assert found.whole is not None
    assert found.whole.share == shares.share(1, 2)


def test_a_call_that_rang_at_two_agents_is_one() -> None:
    """The phone system writes a line for each; the second answered."""
    known = attempts.contacts([call("a", queue="报修")], [attempt("a"), attempt("a"), *missed(1)])
    found = connect.connect(known)
    assert found.whole is not None
    assert found.whole.share == shares.share(1, 2)
    assert [(q.queue, q.share) for q in found.queues] == [
        ("", shares.share(0, 1)),
        ("报修", shares.share(1, 1)),
    ]


def test_a_queue_is_surely_under_the_norm_only_with_its_whole_interval() -> None:
    """8 in 10 may still be 90 %; 160 in 200 may not."""
    calls = [call(f"a{n}", queue="a") for n in range(8)]
    calls += [call(f"b{n}", queue="b") for n in range(160)]
    calls += [call(f"c{n}", queue="c") for n in range(20)]
    rows = [attempt(queue="a") for _ in range(2)] + [attempt(queue="b") for _ in range(40)]
    found = {q.queue: q for q in connect.connect(attempts.contacts(calls, rows)).queues}
    assert {name: (q.under, q.surely) for name, q in found.items()} == {
        "a": (True, False),
        "b": (True, True),
        "c": (False, False),
    }
