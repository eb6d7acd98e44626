"""Which call id belongs to which content, and which content a file held when it was last seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from pipeline.records import Recording
    from pipeline.store.state import State


@dataclass(frozen=True, kw_only=True)
class Entries:
    """What a folder's recordings bring into the ledger.

    ``recordings`` have call ids of their own, ``calls`` are their contents by id. ``superseded`` are
    contents whose place another one takes.
    """

    recordings: Sequence[Recording]
    superseded: Sequence[str]
    calls: Mapping[str, str]

    def keep(self, state: State) -> None:
        """Write them."""
        paths = {r.path: r.content_id for r in self.recordings}
        state.enter(calls=self.calls, paths=paths, gone=self.superseded)


def enter(state: State, found: Sequence[Recording]) -> Entries:
    """The recordings, each under a call id of its own; nothing is written.

    A call id stays with the content that had it first; another recording of the same id gets its
    content behind it. A file whose content has changed supersedes what it held before.
    """
    here = {r.content_id for r in found}
    before = {r.path: old for r in found if (old := state.content_at(r.path)) is not None}
    superseded = {old for old in before.values() if old not in here}
    calls: dict[str, str] = {}
    recordings = [_with_own_id(state, r, calls, superseded) for r in found]
    return Entries(recordings=recordings, superseded=sorted(superseded), calls=calls)


def _with_own_id(
    state: State, recording: Recording, calls: dict[str, str], superseded: AbstractSet[str]
) -> Recording:
    """The recording under its id, or one behind which its content stands; ``calls`` gets it."""
    content, wanted = recording.content_id, recording.record.call_id or recording.content_id[:16]
    known = calls.get(wanted) or state.content_of_call(wanted)
    if known not in {None, content} and known not in superseded:
        wanted = f"{wanted}-{content[:6]}"
    calls[wanted] = content
    return replace(recording, record=replace(recording.record, call_id=wanted))
