"""Who was called back, in which month, and who was not reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline.figures import attempts, callbacks, shares
from tests.report.made_up import attempt, call, missed, moment

if TYPE_CHECKING:
    from pipeline.store.schema import AttemptRow


def back(date: str, customer: str, **own: Any) -> AttemptRow:
    """A callback that nobody answered."""
    return attempt("", date, direction="callback", customer_key=customer, **own)


def test_callbacks_count_for_the_month_of_the_call() -> None:
    """One reached in the next month, one that failed twice, one that was never tried."""
    calls = [
        call("1", "2026-10-30", customer_key="x"),
        call("2", "2026-10-31", customer_key="x"),
        call("3", "2026-11-02", customer_key="y"),
        call("4", "2026-11-03", customer_key="z"),
        call("5", "2026-11-04"),
        call("6", "2026-11-05", customer_key="x", direction="callback"),
    ]
    rows = [
        back("2026-11-03", "y"),
        back("2026-11-04", "y"),
        back("2026-11-01", "z"),
        back("2026-11-01", "stranger"),
    ]
    found = callbacks.callbacks(attempts.contacts(calls, rows))
    assert found is not None
    assert found.unmatched == 2
    november, october = found.months
    assert (october.month, october.called_back, october.reached) == (
        "2026-10",
        shares.share(2, 2),
        2,
    )
    assert (november.called_back, november.reached) == (shares.share(1, 2), 0)
    assert (november.failed, november.retried) == (1, 1)


@pytest.mark.parametrize(
    ("rows", "failed", "retried"),
    [
        ([back("2026-11-20", "x"), back("2026-11-20", "x")], 1, 0),
        ([back("2026-11-20", "x"), back("2026-11-21", "x")], 1, 1),
        ([back("2026-11-20", "x"), back("2026-11-21", "x", answered=True)], 0, 0),
        ([back("2026-11-20", "x"), back("2026-11-21", "x", answered=None)], 0, 0),
    ],
)
def test_a_failed_callback_takes_two_tries_on_two_dates(
    rows: list[AttemptRow], failed: int, retried: int
) -> None:
    """A customer who was reached, or of whom that is not known, is no failure."""
    closed = call("1", **moment("2026-11-19", "20:00"), customer_key="x")
    found = callbacks.callbacks(attempts.contacts([closed], rows))
    assert found is not None
    (month,) = found.months
    assert (month.failed, month.retried) == (failed, retried)
    assert month.called_back == shares.share(1, 1)


def test_callbacks_cannot_be_told_without_customers_or_callbacks() -> None:
    """No key, no callback in the data: nothing, and not 0 %."""
    assert callbacks.callbacks(attempts.contacts([call("1")], [back("2026-11-21", "")])) is None
    assert callbacks.callbacks(attempts.contacts([call("1", customer_key="x")], missed(1))) is None
