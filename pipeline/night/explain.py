"""One call's arithmetic for the command line: the numbers of its page, with masked words or plain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.figures import agents
from pipeline.judging.judge import Judges
from pipeline.messages import tr
from pipeline.night.contacts import history
from pipeline.privacy.files import published_as, shown_id
from pipeline.report.norms import Norms
from pipeline.store import rows
from pipeline.store.schema import AnswerRow, CallRow, FindingRow, ReviewRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.records import ScoredCall
    from pipeline.settings import Settings
    from pipeline.store.files import Store
    from pipeline.store.kept import Kept


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A call's rows, how they add up, what people said of it, and the rubric that scored it."""

    call: CallRow
    findings: Sequence[FindingRow]
    reviews: Sequence[ReviewRow]
    answers: Sequence[tuple[str, AnswerRow]]
    """To the house's own questions, each with what was asked."""
    arithmetic: agents.Arithmetic
    norms: Norms


def explain(store: Store, call_id: str, settings: Settings) -> Explained | None:
    """A scored call by its id, of the newest date that has it; None where there is none.

    The id is the one that is published, or the one of the call record that it stands for.
    """
    wanted = {call_id, shown_id(call_id, settings.customer_key)}
    for date in reversed(store.table_dates(CallRow)):
        for call in store.read(CallRow, date):
            if call.call_id in wanted:
                findings = [f for f in store.read(FindingRow, date) if f.call_id == call.call_id]
                reviews = [r for r in store.read(ReviewRow, date) if r.call_id == call.call_id]
                answers = store.read(AnswerRow, date, {"call_id": (call.call_id,)})
                titles = settings.review.titles
                rubric = store.kept_rubric(call.rubric, call.rubric_version)
                return Explained(
                    call=call,
                    findings=findings,
                    reviews=reviews,
                    answers=[(titles.get(a.question, a.question), a) for a in answers],
                    arithmetic=agents.arithmetic(call, findings),
                    norms=Norms(call.rubric, rubric),
                )
    return None


def unmask(store: Store, told: Explained, settings: Settings) -> Explained:
    """The same call with its words as they were said: judged again from what is kept.

    Raises ``ConfigurationError`` where nothing is kept of it, or the rules are others now.
    """
    scored = judged_again(store, told.call, Judges(settings))
    plain = rows.call_row(scored, settings.customer_key)
    return replace(
        told,
        call=replace(plain, score_final=told.call.score_final),
        findings=rows.finding_rows(scored),
    )


def judged_again(store: Store, call: CallRow, judges: Judges) -> ScoredCall:
    """A published call, judged from what is kept of it: its words as they were said.

    Raises ``ConfigurationError`` where nothing is kept of it, or the rules are others now.
    """
    settings = judges.settings
    kept = kept_of(store, call.call_id, settings)
    if kept is None:
        raise ConfigurationError(
            tr("{out}: the words of {call_id} are not kept", out=store.out, call_id=call.call_id)
        )
    judge = judges.of(kept.rubric)
    known = history(store, [kept.date], settings)
    scored = judge.judge(judge.assemble(kept.recording, kept.transcript), known)
    if scored.rubric_version != call.rubric_version:
        raise ConfigurationError(
            tr(
                "the rules have changed since {call_id} was scored; first: callqa rescore --out {out}",
                call_id=call.call_id,
                out=store.out,
            )
        )
    return scored


def kept_of(store: Store, call_id: str, settings: Settings) -> Kept | None:
    """What is kept of a call, by the id that it is published with."""
    for date in store.transcripts.dates():
        for head in store.transcripts.heads(date):
            if published_as(head.recording, settings)[0] == call_id:
                return store.transcripts.kept_call(date, head.recording.content_id)
    return None
