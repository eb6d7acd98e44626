"""Which call id belongs to which content, and which content a file held when it was last seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.records import Recording
    from pipeline.store.files import Store

_NAME = "ledger"


@dataclass
class Ledger:
    """What an output folder remembers between runs: content by call id, and content by path."""

    calls: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store) -> Ledger:
        """The ledger of an output folder; empty for a new one."""
        state = store.remembered(_NAME)
        return cls(calls=dict(state.get("calls", {})), paths=dict(state.get("paths", {})))

    def keep(self, store: Store) -> None:
        """Write it."""
        store.remember(_NAME, {"calls": self.calls, "paths": self.paths})

    def enter(self, found: Iterable[Recording]) -> tuple[list[Recording], list[str]]:
        """The recordings, each under a call id of its own, and the contents that are superseded.

        A call id stays with the content that had it first; another recording of the same id gets its
        content behind it. A file whose content has changed supersedes what it held before.
        """
        recordings = list(found)
        here = {r.content_id for r in recordings}
        superseded = [
            old
            for r in recordings
            if (old := self.paths.get(r.path)) not in {None, r.content_id} and old not in here
        ]
        self.calls = {i: c for i, c in self.calls.items() if c not in superseded}
        self.paths.update({r.path: r.content_id for r in recordings})
        return [self._with_unique_id(r) for r in recordings], [old for old in superseded if old]

    def _with_unique_id(self, recording: Recording) -> Recording:
        wanted = recording.record.call_id or recording.content_id[:16]
        owner = self.calls.setdefault(wanted, recording.content_id)
        if owner != recording.content_id:
            wanted = f"{wanted}-{recording.content_id[:6]}"
            self.calls[wanted] = recording.content_id
        return replace(recording, record=replace(recording.record, call_id=wanted))
