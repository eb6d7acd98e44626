"""The tables: a class a table, an annotated field a column.

Reading, writing, ``docs/data.md`` and the type checker go by these annotations, as
``pipeline.store.columns`` describes. A column that came later than its table is ``| None``: the data
of earlier versions lack it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

import pyarrow as pa

from pipeline.records import (
    AnswerKind,
    Floor,
    Judgement,
    Outcome,
    Personal,
    Reason,
    Role,
    Severity,
    Status,
    Verdict,
)
from pipeline.store.columns import Row, columns

_Offset = Annotated[int, pa.int32()]


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRow(Row):
    """One row a call."""

    TABLE: ClassVar[str] = "calls"

    call_id: Annotated[str, "the call's id: from the call record, else the file's name"]
    agent_id: Annotated[str, "the agent's id, as text: 0008 keeps its zeros"]
    agent_name: Annotated[str, "the agent's name"]
    team: Annotated[str, "the agent's team"]
    shift: Annotated[str, "the shift in which the call began; empty where none is configured"]
    direction: Annotated[str, "inbound, outbound or callback"]
    queue: Annotated[str, "the queue of the phone system"]
    customer_key: Annotated[
        str, "a keyed hash of the customer's number: the same customer, no number"
    ]
    started_at: Annotated[datetime | None, "when the call began"]
    dated_by_file: Annotated[  # since 0.6.0
        bool | None, "whether that is only the file's date: no rule takes points by it"
    ]
    duration_s: Annotated[float, "length of the recording, s"]
    channels: Annotated[int, "sides that can be told apart: 1 for mono, dual mono, fake stereo"]
    audio_notes: Annotated[tuple[str, ...], "what was odd about the sound: truncated, dual_mono …"]
    file: Annotated[str, "the recording, relative to the folder that was scored"]
    rubric: Annotated[str, "the rubric it was scored against"]
    rubric_version: Annotated[str, "its version, with a digest of every rule and list in it"]
    status: Annotated[Status, "scored or not_scored"]
    reason: Annotated[str, "why a call was not scored"]
    score: Annotated[float | None, "0-100; null where not scored"]
    score_final: Annotated[  # since 0.8.0
        float | None, "the score after people's verdicts; the same where there are none"
    ]
    level: Annotated[str, "the level of the score"]
    vetoed: Annotated[bool, "whether a critical violation set the score to 0"]
    review: Annotated[bool, "whether a person has to look first"]
    rate_turn: Annotated[float | None, "speaking rate over the agent's turns, characters a minute"]
    rate_voiced: Annotated[float | None, "the same over voiced time only"]
    interruptions: Annotated[
        int | None,
        "interruptions that are violations; null where the sides have no channels of their own",
    ]
    overlap_s: Annotated[float | None, "all double talk, s; null likewise"]
    agent_talk_s: Annotated[float, "summed length of the agent's turns, s"]
    customer_talk_s: Annotated[float, "summed length of the customer's turns, s"]
    silence_s: Annotated[float, "the call's length without either side's turns, s"]
    hold_s: Annotated[float, "summed length of the holds, s"]
    unrecognised_s: Annotated[  # since 0.4.0
        float | None, "speech of both sides in which no words were recognised, s"
    ]
    asr_model: Annotated[str, "the speech model; transcript where one was brought along"]
    asr_confidence: Annotated[float | None, "mean probability of the call's words"]
    tags: Annotated[  # since 0.9.0
        tuple[str, ...] | None, "what it was about: the rules that tag it, in the scorecard's order"
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingRow(Row):
    """One row an event for `violation` and `review`, and one row a rule for every other outcome.

    The `points` of a call add up to `score - 100` unless it was vetoed or floored.
    """

    TABLE: ClassVar[str] = "findings"

    call_id: Annotated[str, "the call"]
    agent_id: Annotated[str, "its agent"]
    rule_id: Annotated[str, "the rule, as the catalogue names it"]
    kind: Annotated[str | None, "the detector kind of the rule"]  # since 0.5.0
    section: Annotated[str, "the rubric's section"]
    severity: Annotated[Severity, "minor, major or critical"]
    outcome: Annotated[Outcome, "violation, review, tag, pass, not_applicable or not_measurable"]
    points: Annotated[float, "what it cost, 0 or less, after every cap"]
    deduct: Annotated[  # since 0.9.0
        float | None, "what its rule asked for it before any cap, 0 or more"
    ]
    reason: Annotated[  # since 0.5.0
        Reason | None, "why a person has to look, or why it could not be judged: low_confidence …"
    ]
    turn: Annotated[int | None, "the turn that it points at, as in transcripts"]  # since 0.5.0
    start_s: Annotated[float | None, "where it begins, s; null where it points nowhere"]
    end_s: Annotated[float | None, "where it ends, s"]
    role: Annotated[Role, "whose words the quote is"]
    quote: Annotated[str, "the transcript's own words"]
    message: Annotated[str, "what is wrong, for a person"]
    source: Annotated[str, "document and clause of the norm"]
    confidence: Annotated[float | None, "mean word probability of the place"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnToken:
    """A segmented word of a turn: ``text[start:end]``."""

    text: str
    start: _Offset
    end: _Offset


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnWord:
    """A recognised word of a turn; null probability where the recogniser gives none."""

    text: str
    start_s: float
    end_s: float
    probability: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedPlace:
    """Personal data in a turn: `text[start:end]`, masked; the page's copy is silent for its time."""

    kind: Personal
    start: _Offset
    end: _Offset
    start_s: float
    end_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TranscriptRow(Row):
    """One row a turn, in order of its start."""

    TABLE: ClassVar[str] = "transcripts"

    call_id: Annotated[str, "the call"]
    turn: Annotated[int, "the turn's number in the call, from 0"]
    role: Annotated[Role, "agent, customer, ivr or unknown"]
    channel: Annotated[int | None, "the audio channel; null where there is none of its own"]
    start_s: Annotated[float, "start of the turn, s"]
    end_s: Annotated[float, "end of the turn, s"]
    text: Annotated[str, "what was said, in simplified characters"]
    tokens: Annotated[tuple[TurnToken, ...], "segmented words with their character offsets in text"]
    words: Annotated[tuple[TurnWord, ...], "recognised words with their times, s, and probability"]
    confidence: Annotated[float | None, "mean word probability"]
    voiced_s: Annotated[float, "speech inside the turn, pauses of 0.2 s and more left out, s"]
    characters: Annotated[  # since 0.7.0
        int | None, "spoken characters, those that are masked among them"
    ]
    masked: Annotated[  # since 0.7.0
        tuple[MaskedPlace, ...] | None,
        "personal data in it: its kind (phone, identity, bank_card, plate, email, account, address, "
        "name, ticket), its characters `text[start:end]`, its time, s",
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class InterruptionRow(Row):
    """Every start of the agent inside a customer's turn, harmless ones too."""

    TABLE: ClassVar[str] = "interruptions"

    call_id: Annotated[str, "the call"]
    agent_id: Annotated[str, "its agent"]
    start_s: Annotated[float, "when the agent starts inside the customer's turn, s"]
    overlap_s: Annotated[float, "both voiced, inside the two turns, s"]
    intrusion_s: Annotated[float, "from the agent's start to the earlier of the two ends, s"]
    customer_spoke_s: Annotated[float, "since the customer's turn began, s"]
    characters: Annotated[int, "spoken characters of the agent's whole turn"]
    backchannel: Annotated[bool, "whether the agent only showed that he listens"]
    floor: Annotated[Floor, "who goes on: agent, customer or both_stop"]
    violation: Annotated[bool, "whether the rubric counts it"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SideRow(Row):
    """One row a side of a call that speaks: its channel, how the agent was told, how it sounds.

    [speech.md](speech.md) explains the verdicts.
    """

    TABLE: ClassVar[str] = "sides"

    call_id: Annotated[str, "the call"]
    agent_id: Annotated[str, "its agent"]
    role: Annotated[Role, "agent, customer, ivr or unknown"]
    channel: Annotated[
        int | None, "the side's channel, from 0; null for mono and transcripts alone"
    ]
    told_by: Annotated[
        str,
        "what the agent was told by: transcript, record, settings, convention, phrases, model",
    ]
    told_confidence: Annotated[
        float | None, "how sure that is, 0-1; null where the transcript says it"
    ]
    by_voice: Annotated[bool, "whether the sides of a mono mix were told apart by voice"]
    talk_s: Annotated[float, "summed length of the side's turns, s"]
    unrecognised_s: Annotated[float | None, "of these, turns in which no words were recognised, s"]
    loudness_lufs: Annotated[float | None, "integrated loudness of its turns (ITU-R BS.1770), LUFS"]
    loudness_dbfs: Annotated[float | None, "root mean square of its voiced time, dBFS"]
    clipped: Annotated[float | None, "share of its samples at full scale"]
    pitch_spread: Annotated[float | None, "standard deviation of its pitch, semitones"]


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldRow(Row):
    """Every stretch of more than 5 s in which the agent had left the line."""

    TABLE: ClassVar[str] = "holds"

    call_id: Annotated[str, "the call"]
    agent_id: Annotated[str, "its agent"]
    start_s: Annotated[float, "since when the agent has left the line, s"]
    end_s: Annotated[float, "until when, s"]
    announced: Annotated[bool, "whether the agent's last words before it said so"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptRow(Row):
    """One row a call that the call records know and of which there is no recording.

    These are unanswered ones, and lines of `calls.csv` without a file.
    """

    TABLE: ClassVar[str] = "attempts"

    call_id: Annotated[str, "the call's id where the phone system gives one"]
    agent_id: Annotated[str, "the agent whom it rang at, where known"]
    agent_name: Annotated[str, "his name"]
    team: Annotated[str, "his team"]
    shift: Annotated[str, "the shift in which it began"]
    direction: Annotated[str, "inbound, outbound or callback"]
    queue: Annotated[str, "the queue of the phone system"]
    customer_key: Annotated[str, "a keyed hash of the customer's number, as in calls"]
    started_at: Annotated[datetime, "when it began"]
    ring_seconds: Annotated[float | None, "how long it rang, s"]
    answered: Annotated[bool | None, "whether anybody answered; null where not known"]
    ended_by: Annotated[str, "agent, customer or system"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionMean:
    """An agent's mean score of one section of the rubric, 0-100."""

    section: str
    mean: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleRate:
    """An agent's violations of one rule for each hundred scored calls."""

    rule_id: str
    per_100_calls: float


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentRow(Row):
    """One row an agent and date."""

    TABLE: ClassVar[str] = "agents"

    agent_id: Annotated[str, "the agent"]
    agent_name: Annotated[str, "his name"]
    team: Annotated[str, "his team"]
    calls: Annotated[int, "calls of the date"]
    scored: Annotated[
        int, "calls that could be judged and are in no calibration session: means are of these"
    ]
    score: Annotated[float | None, "mean of the machine's scores of these; null where none"]
    score_final: Annotated[float | None, "mean of their scores after people"]  # since 0.9.0
    score_low: Annotated[
        float | None, "lower bound of the mean's 95 % interval; null under two calls"
    ]
    score_high: Annotated[float | None, "its upper bound"]
    level: Annotated[str, "the level of the mean score"]
    sections: Annotated[tuple[SectionMean, ...], "mean score of each section, 0-100"]
    violations: Annotated[tuple[RuleRate, ...], "violations by rule for each 100 scored calls"]
    rate_turn: Annotated[float | None, "mean speaking rate, characters a minute"]
    interruptions: Annotated[
        int | None, "interruptions that are violations; null where none of the calls can tell"
    ]
    review: Annotated[int, "calls that a person has to look at"]
    vetoed: Annotated[int, "calls vetoed by a critical violation"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureRow(Row):
    """One row a recording that could not be used, under the date it was first met."""

    TABLE: ClassVar[str] = "failures"

    file: Annotated[str, "the recording, relative to the folder that was scored"]
    stage: Annotated[str, "where it failed: ingest, audio, transcript, asr, score"]
    error: Annotated[str, "the kind of failure"]
    message: Annotated[str, "the reason, for a person"]
    first_seen: Annotated[datetime, "when a run first met it"]
    last_seen: Annotated[datetime, "when a run last met it"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewRow(Row):
    """One row a person's verdict, under the date of its call."""

    TABLE: ClassVar[str] = "reviews"

    call_id: Annotated[str, "the call"]
    agent_id: Annotated[str, "its agent"]
    rule_id: Annotated[str, "the rule; empty for a call that was looked through (done)"]
    kind: Annotated[  # since 0.10.0
        str | None, "the rule's kind; asked: only people judge it, by a question of the house's own"
    ]
    turn: Annotated[int | None, "the finding's turn, as in transcripts"]
    verdict: Annotated[Verdict, "stands, wrong, cannot_tell, missed, done or excluded"]
    reviewer: Annotated[str, "who said it"]
    reason: Annotated[  # since 0.9.0
        str | None,
        "his reason, of those that can be chosen: misheard, exception …; what it follows of: appeal, "
        "appeal_whole or answer",
    ]
    comment: Annotated[str, "what he wrote of it"]
    at: Annotated[  # since 0.9.0
        datetime | None, "when he said it; null where a table does not tell"
    ]
    outcome: Annotated[
        Outcome | None, "the finding's outcome by the machine; null where it is not there any more"
    ]
    quote: Annotated[str, "the finding's words, as they are published"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealRow(Row):
    """One row a finding or evaluation that its agent contested, under the date of its call."""

    TABLE: ClassVar[str] = "appeals"

    call_id: Annotated[str, "the call"]
    agent_id: Annotated[str, "its agent"]
    rule_id: Annotated[str, "the rule; empty where the evaluation of the whole call is contested"]
    turn: Annotated[int | None, "the finding's turn, as in transcripts"]
    start_s: Annotated[float | None, "where the finding begins, s"]
    reason: Annotated[
        str,
        "why: not_said, misheard, exception, bad_sound, other; whole: of the whole call, in words",
    ]
    state: Annotated[str, "open, granted, refused or withdrawn by its agent"]
    final: Annotated[bool, "whether nobody can decide otherwise any more"]
    reviewer: Annotated[
        str, "who had first confirmed or found what is contested; empty for the machine alone"
    ]
    decided_by: Annotated[str, "who decided last"]
    contested_at: Annotated[datetime, "when it was contested"]
    decided_at: Annotated[datetime | None, "when it was decided last"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AcknowledgementRow(Row):
    """One row a call with findings that its agent has acknowledged, with his last word."""

    TABLE: ClassVar[str] = "acknowledgements"

    call_id: Annotated[str, "the call"]
    agent_id: Annotated[str, "its agent, when he spoke"]
    state: Annotated[str, "seen, or agreed: seen and agreed"]
    at: Annotated[datetime, "when he said it; verdicts with a later `reviews.at` he had not seen"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerRow(Row):
    """One row a call and question of the house's own that an inspector answered, with the last answer.

    A question that the settings have no more keeps its rows. No score and no point hangs on any.
    """

    TABLE: ClassVar[str] = "answers"

    call_id: Annotated[str, "the call"]
    agent_id: Annotated[str, "its agent, when it was answered"]
    question: Annotated[str, "the question's id, as in the settings"]
    kind: Annotated[
        AnswerKind, "choice: one of the question's answers; text: in the inspector's words"
    ]
    answer: Annotated[str, "the answer; personal data in words is masked"]
    reviewer: Annotated[str, "who gave it"]
    at: Annotated[datetime, "when he did"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleRow(Row):
    """One row a scored call of a week from which calls were drawn for people to look at."""

    TABLE: ClassVar[str] = "samples"

    call_id: Annotated[str, "the call"]
    agent_id: Annotated[str, "its agent"]
    week: Annotated[str, "the week it was drawn from, as 2026-W47"]
    drawn: Annotated[bool, "whether somebody is to look at it"]
    probability: Annotated[
        float, "how likely the draw was to take it, 0 to 1: what makes estimates honest"
    ]
    random: Annotated[bool, "whether it was drawn by chance: these show what the machine misses"]
    why: Annotated[
        tuple[str, ...], "random, new_agent, veto, low_confidence, long, or the rule under test"
    ]
    inspector: Annotated[str, "whose work list it is on; empty where on nobody's"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RatingRow(Row):
    """One row a rater, call and rule that he was asked about, and one a rater and call for its score.

    Null in both `value` and `score`: he has not said yet.
    """

    TABLE: ClassVar[str] = "ratings"

    session: Annotated[str, "the calibration session; empty for a line of ratings.csv"]
    asked_at: Annotated[datetime | None, "when the session was drawn; null outside of one"]
    call_id: Annotated[str, "the call"]
    rater: Annotated[str, "who rates it"]
    expert: Annotated[bool, "whether the session takes his word as its index"]
    rule_id: Annotated[str | None, "the rule; null for the score of the whole call"]
    value: Annotated[Judgement | None, "of a rule: fault, no_fault or cannot_tell"]
    score: Annotated[float | None, "of the whole call, 0-100"]


TABLES: dict[str, type[Row]] = {
    row.TABLE: row
    for row in (
        *(CallRow, FindingRow, TranscriptRow, InterruptionRow, SideRow, HoldRow),
        *(AttemptRow, AgentRow, FailureRow, ReviewRow, AppealRow, AcknowledgementRow),
        *(AnswerRow, SampleRow, RatingRow),
    )
}
"""Every table by its name."""

for _row in TABLES.values():
    columns(_row)  # an annotation that is no column stops the import
