"""Which calls have a page of their own: all, or of very many those worth opening."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.records import Status
from pipeline.store.parts import CallStanding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.settings import Pages
    from pipeline.store.files import Store

MANY = 2000
"""Calls of a date of which all have a page; of more, those with findings: a page takes some 30 KB."""


@dataclass(frozen=True)
class Worth:
    """The calls that have a page: ``all``, those with ``findings``, those that need a ``review``."""

    store: Store
    pages: Pages
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    def has_page(self, date: str, call_id: str) -> bool:
        """Whether a call has one."""
        return call_id in self.of(date)

    def of(self, date: str) -> frozenset[str]:
        """The calls of a date that have one."""
        if date not in self._known:
            calls = self.store.read(CallStanding, date)
            charged = self._calls_charged(date, calls)
            self._known[date] = frozenset(
                c.call_id for c in calls if _needs(c) or c.call_id in charged
            )
        return self._known[date]

    def _calls_charged(self, date: str, calls: Sequence[CallStanding]) -> set[str]:
        """Those that have one without needing a person."""
        mode = self.pages
        if mode == "auto":
            mode = "all" if len(calls) <= MANY else "findings"
        if mode == "all":
            return {c.call_id for c in calls}
        if mode == "review":
            return set()
        from pipeline.store.queries import Query

        return set(Query(self.store).events(date))


def _needs(call: CallStanding) -> bool:
    return call.review or call.vetoed or call.status != Status.SCORED
