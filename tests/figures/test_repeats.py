"""Who calls again within 7 days."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.figures import attempts, shares
from pipeline.figures.repeats import Repeats, next_calls, repeats
from pipeline.store.schema import AttemptRow, CallRow
from tests.report.made_up import attempt, call, moment

LAST = "2026-11-30"


def rang(call_id: str, date: str, customer: str = "x", clock: str = "09:00") -> CallRow:
    """A recorded call of a customer to the centre."""
    return call(call_id, date, customer_key=customer, **moment(date, clock))


def told(calls: list[CallRow], tries: Sequence[AttemptRow] = (), last: str = "") -> Repeats | None:
    """What is said of these calls, of those up to a date or of all."""
    asked = next_calls(attempts.contacts(calls, tries))
    return repeats([pair for pair in asked if not last or pair[0].date <= last], LAST)


def test_a_call_within_seven_days_is_a_repeat_and_a_later_one_is_none() -> None:
    """To the minute; another customer's call is none."""
    rows = [
        rang("a", "2026-11-01"),
        rang("b", "2026-11-08"),
        rang("c", "2026-11-15", clock="09:01"),
        rang("other", "2026-11-02", "y"),
    ]
    found = told(rows)
    assert found is not None
    assert found.share == shares.share(1, 4)
    assert [[c.call_id for c in one.calls] for one in found.customers] == [["a", "b"]]
    assert found.open == 0


def test_the_last_days_are_not_over_yet() -> None:
    """Of three calls two may still be followed by another."""
    rows = [rang("a", "2026-11-01"), rang("b", "2026-11-25", "y"), rang("c", "2026-11-28", "z")]
    found = told(rows)
    assert found is not None
    assert (found.share.count, found.share.of, found.open) == (0, 3, 2)


def test_the_second_call_may_lie_in_the_next_period() -> None:
    """The first one's period is asked for; what is not asked for is not counted."""
    rows = [rang("a", "2026-11-07"), rang("b", "2026-11-09")]
    found = told(rows, last="2026-11-08")
    assert found is not None
    assert (found.share.count, found.share.of) == (1, 1)


def test_who_only_tried_or_was_called_did_not_call_again() -> None:
    """An unanswered call and a callback are no contact of the customer's that was dealt with."""
    tries = [
        attempt("m", "2026-11-02", customer_key="x"),
        attempt("k", "2026-11-02", customer_key="x", direction="callback", answered=True),
    ]
    found = told([rang("a", "2026-11-01")], tries)
    assert found is not None
    assert found.share.count == 0


def test_without_customers_nothing_is_said() -> None:
    """None, and never 0 %."""
    assert told([call("a")]) is None
