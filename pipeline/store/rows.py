"""What is published of a scored call: its rows in the tables of ``schema``."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, overload

from pipeline.detect import interruption
from pipeline.records import CallRecord, Outcome, Role, ScoredCall
from pipeline.store.schema import (
    AttemptRow,
    CallRow,
    FindingRow,
    HoldRow,
    InterruptionRow,
    MaskedPlace,
    ReviewRow,
    SideRow,
    TranscriptRow,
    TurnToken,
    TurnWord,
)
from pipeline.text.normal import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pipeline.records import Prosody, Turn


def customer_key(number: str | None, secret: str) -> str:
    """A keyed hash of a customer's number (HMAC-SHA-256, 16 hex digits); empty for none."""
    if not number:
        return ""
    return hmac.new(secret.encode(), number.encode(), hashlib.sha256).hexdigest()[:16]


def call_row(scored: ScoredCall, secret: str) -> CallRow:
    """The row of a call; ``secret`` keys the hash of the customer's number."""
    call, card, figures = scored.call, scored.card, scored.measures
    record = call.record
    counted = [f for f in card.findings if f.finding.outcome is Outcome.VIOLATION]
    return CallRow(
        call_id=call.call_id,
        agent_id=record.agent_id or "",
        agent_name=record.agent_name or "",
        team=record.team or "",
        shift=call.shift,
        direction=record.direction or "",
        queue=record.queue or "",
        customer_key=customer_key(record.customer, secret),
        started_at=record.started_at,
        dated_by_file=bool(record.dated_by_file),
        duration_s=rounded(call.duration),
        channels=call.channels,
        audio_notes=call.audio_notes,
        file=call.file,
        rubric=scored.rubric,
        rubric_version=scored.rubric_version,
        status=card.status,
        reason=card.reason,
        score=rounded(card.score, 2),
        score_final=rounded(scored.final, 2),
        level=card.level,
        vetoed=card.vetoed,
        review=card.review,
        rate_turn=rounded(figures.rates.rate_turn, 1),
        rate_voiced=rounded(figures.rates.rate_voiced, 1),
        interruptions=sum(f.finding.kind == interruption.NAME for f in counted)
        if call.channels > 1
        else None,
        overlap_s=rounded(figures.overlap),
        agent_talk_s=rounded(figures.agent_talk),
        customer_talk_s=rounded(figures.customer_talk),
        silence_s=rounded(figures.silence),
        hold_s=rounded(figures.hold),
        unrecognised_s=rounded(sum(turn.unrecognised for turn in call.turns)),
        asr_model=call.asr_model,
        asr_confidence=rounded(call.confidence),
        tags=tuple(f.finding.rule_id for f in card.findings if f.finding.outcome is Outcome.TAG),
    )


def attempt_row(record: CallRecord, started_at: datetime, shift: str, secret: str) -> AttemptRow:
    """The row of a call of which there is no recording."""
    return AttemptRow(
        call_id=record.call_id or "",
        agent_id=record.agent_id or "",
        agent_name=record.agent_name or "",
        team=record.team or "",
        shift=shift,
        direction=record.direction or "",
        queue=record.queue or "",
        customer_key=customer_key(record.customer, secret),
        started_at=started_at,
        ring_seconds=rounded(record.ring_seconds),
        answered=record.answered,
        ended_by=record.ended_by or "",
    )


def finding_rows(scored: ScoredCall) -> list[FindingRow]:
    """One row an event; one row a rule for what points nowhere."""
    agent_id = scored.call.record.agent_id or ""
    return [
        FindingRow(
            call_id=scored.call.call_id,
            agent_id=agent_id,
            rule_id=item.finding.rule_id,
            kind=item.finding.kind,
            section=item.finding.section,
            severity=item.finding.severity,
            outcome=item.finding.outcome,
            points=rounded(item.points, 2),
            deduct=rounded(item.finding.deduct, 2),
            reason=item.finding.reason,
            turn=item.finding.turn,
            start_s=rounded(item.finding.start),
            end_s=rounded(item.finding.end),
            role=item.finding.role,
            quote=item.finding.quote,
            message="；".join(part for part in (item.finding.message, item.note) if part),
            source=item.finding.source,
            confidence=rounded(item.finding.confidence),
        )
        for item in scored.card.findings
    ]


def review_rows(
    scored: ScoredCall, published: ScoredCall, masked: Callable[[str], str]
) -> list[ReviewRow]:
    """One row a verdict; ``scored`` holds the findings as they were judged, ``published`` as shown.

    ``masked``: how what somebody wrote is published.
    """
    shown = {
        id(one.finding): other.finding.quote
        for one, other in zip(scored.card.findings, published.card.findings, strict=True)
    }
    kinds = {item.finding.rule_id: item.finding.kind for item in published.card.findings}
    return [
        ReviewRow(
            call_id=published.call.call_id,
            agent_id=published.call.record.agent_id or "",
            rule_id=one.review.rule_id,
            kind=kinds.get(one.review.rule_id),
            turn=one.review.turn if one.finding is None else one.finding.turn,
            verdict=one.review.verdict,
            reviewer=one.review.reviewer,
            reason=one.review.reason,
            comment=masked(one.review.comment),
            at=one.review.at,
            outcome=None if one.finding is None else one.finding.outcome,
            quote=shown.get(id(one.finding), one.review.quote),
        )
        for one in scored.verdicts
    ]


def transcript_rows(scored: ScoredCall) -> list[TranscriptRow]:
    """One row a turn."""
    return [
        TranscriptRow(
            call_id=scored.call.call_id,
            turn=number,
            role=turn.role,
            channel=turn.channel,
            start_s=rounded(turn.start),
            end_s=rounded(turn.end),
            text=turn.text,
            tokens=tuple(
                TurnToken(text=t.text, start=t.start, end=t.end) for t in tokens(turn.text)
            ),
            words=tuple(
                TurnWord(text=w.text, start_s=w.start, end_s=w.end, probability=w.probability)
                for w in turn.words
            ),
            confidence=rounded(turn.confidence),
            voiced_s=rounded(turn.voiced),
            characters=turn.characters,
            masked=tuple(
                MaskedPlace(
                    kind=place.kind,
                    start=place.start,
                    end=place.end,
                    start_s=rounded(place.span.start),
                    end_s=rounded(place.span.end),
                )
                for place in turn.masked
            ),
        )
        for number, turn in enumerate(scored.call.turns)
    ]


def interruption_rows(scored: ScoredCall) -> list[InterruptionRow]:
    """One row an event, harmless ones too."""
    counted = {
        f.finding.turn
        for f in scored.card.findings
        if f.finding.kind == interruption.NAME and f.finding.outcome is Outcome.VIOLATION
    }
    return [
        InterruptionRow(
            call_id=scored.call.call_id,
            agent_id=scored.call.record.agent_id or "",
            start_s=rounded(event.start),
            overlap_s=rounded(event.overlap),
            intrusion_s=rounded(event.intrusion),
            customer_spoke_s=rounded(event.customer_spoke),
            characters=event.characters,
            backchannel=event.backchannel,
            floor=event.floor,
            violation=event.turn in counted,
        )
        for event in scored.measures.interruptions
    ]


def side_rows(scored: ScoredCall) -> list[SideRow]:
    """One row a side of the conversation: its channel, how it was told apart, how it sounds."""
    call = scored.call
    return [
        SideRow(
            call_id=call.call_id,
            agent_id=call.record.agent_id or "",
            role=role,
            channel=next((turn.channel for turn in turns), None),
            told_by=call.roles_by,
            told_confidence=call.roles_confidence,
            by_voice=call.by_voice,
            talk_s=rounded(sum(turn.duration for turn in turns)),
            unrecognised_s=rounded(sum(turn.duration for turn in turns if not turn.text)),
            loudness_lufs=rounded(_mean(turns, lambda sound: sound.lufs), 1),
            loudness_dbfs=rounded(_mean(turns, lambda sound: sound.loudness), 1),
            clipped=rounded(_mean(turns, lambda sound: sound.clipped), 4),
            pitch_spread=rounded(_mean(turns, lambda sound: sound.pitch_spread), 2),
        )
        for role in Role
        if (turns := call.side(role))
    ]


def _mean(turns: Sequence[Turn], figure: Callable[[Prosody], float | None]) -> float | None:
    """The figure's mean over a side's turns, by their length; None where no sound was at hand."""
    known = [
        (value, turn.duration)
        for turn in turns
        if turn.sound is not None and (value := figure(turn.sound)) is not None
    ]
    whole = sum(length for _, length in known)
    return sum(value * length for value, length in known) / whole if whole else None


def hold_rows(scored: ScoredCall) -> list[HoldRow]:
    """One row a hold, announced or not."""
    return [
        HoldRow(
            call_id=scored.call.call_id,
            agent_id=scored.call.record.agent_id or "",
            start_s=rounded(hold.start),
            end_s=rounded(hold.end),
            announced=hold.announced,
        )
        for hold in scored.measures.holds
    ]


@overload
def rounded(value: float, digits: int = 3) -> float: ...
@overload
def rounded(value: float | None, digits: int = 3) -> float | None: ...
def rounded(value: float | None, digits: int = 3) -> float | None:
    """``value`` as it is published: three digits for seconds, None stays None, no negative zero."""
    return None if value is None else round(value, digits) + 0.0
