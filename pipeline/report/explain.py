"""One call's arithmetic as it was published, for the command line: the numbers of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.figures import agents
from pipeline.report.norms import Norms
from pipeline.store.schema import CallRow, FindingRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.store.files import Store


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A call's rows, how they add up, and the rubric that scored it."""

    call: CallRow
    findings: Sequence[FindingRow]
    arithmetic: agents.Arithmetic
    norms: Norms


def explained(store: Store, call_id: str) -> Explained | None:
    """A scored call by its id, of the newest date that has it; None where there is none."""
    for date in reversed(store.table_dates(CallRow)):
        for call in store.read(CallRow, date):
            if call.call_id == call_id:
                findings = [f for f in store.read(FindingRow, date) if f.call_id == call_id]
                rubric = store.kept_rubric(call.rubric, call.rubric_version)
                return Explained(
                    call=call,
                    findings=findings,
                    arithmetic=agents.arithmetic(call, findings),
                    norms=Norms(call.rubric, rubric),
                )
    return None
