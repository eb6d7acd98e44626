"""The values that pass between the stages: frozen, typed, without behaviour of their own.

Times are seconds from the start of the recording, half-open ``[start, end)``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.messages import Cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Seconds = float

SAMPLE_RATE = 16000
"""Hz at which all sound is looked at: what Whisper and Silero listen at."""
DEFAULT_ZONE = "Asia/Shanghai"
"""The zone of clock times that carry none."""


class Role(StrEnum):
    """Whose speech it is."""

    AGENT = "agent"
    CUSTOMER = "customer"
    IVR = "ivr"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Who called whom; a callback is an outbound call that answers an earlier inbound one."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    CALLBACK = "callback"


class Outcome(StrEnum):
    """What a rule can say of a call, the strongest first (catalogue, reading 2)."""

    VIOLATION = "violation"
    REVIEW = "review"
    TAG = "tag"
    """What a call is about; it costs nothing."""
    NOT_MEASURABLE = "not_measurable"
    PASS = "pass"  # noqa: S105  no password, a verdict
    NOT_APPLICABLE = "not_applicable"


class Severity(StrEnum):
    """How grave a violation is; a critical one vetoes the call."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Floor(StrEnum):
    """Who goes on speaking after an interruption."""

    AGENT = "agent"
    CUSTOMER = "customer"
    BOTH_STOP = "both_stop"


class Status(StrEnum):
    """Whether a call could be judged."""

    SCORED = "scored"
    NOT_SCORED = "not_scored"


class Verdict(StrEnum):
    """What a person says of a finding, or of a whole call."""

    STANDS = "stands"
    WRONG = "wrong"
    CANNOT_TELL = "cannot_tell"
    MISSED = "missed"
    """There is none, and there should be."""
    DONE = "done"
    """Looked through from beginning to end: what is not among its missed ones was not missed."""
    EXCLUDED = "excluded"
    """Of the whole call: it does not count, since nobody can be judged by what is heard on it."""


class Judgement(StrEnum):
    """What a rater says of a rule in a call, in a calibration session."""

    FAULT = "fault"
    NO_FAULT = "no_fault"
    CANNOT_TELL = "cannot_tell"


class AnswerKind(StrEnum):
    """How a question of the house's own is answered: by one of its answers, or in words."""

    CHOICE = "choice"
    TEXT = "text"


class Personal(StrEnum):
    """What personal data is of."""

    PHONE = "phone"
    IDENTITY = "identity"
    BANK_CARD = "bank_card"
    PLATE = "plate"
    EMAIL = "email"
    ACCOUNT = "account"
    """Of WeChat or QQ."""
    ADDRESS = "address"
    NAME = "name"
    TICKET = "ticket"
    """An order's or an account's number, where the settings ask for it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time."""

    start: Seconds
    end: Seconds

    @property
    def duration(self) -> Seconds:
        """Length in seconds, never negative."""
        return max(0.0, self.end - self.start)


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word; ``probability`` is None where the recogniser gives none."""

    text: str
    start: Seconds
    end: Seconds
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Prosody:
    """How a stretch of speech sounded.

    ``loudness``: dBFS of its voiced time (root mean square; 0 is full scale). ``pitch_spread``: standard
    deviation of its pitch in semitones; None where too little of it is voiced. ``lufs``: integrated
    loudness (ITU-R BS.1770); None under 0.4 s. ``clipped``: the share of samples at full scale.
    """

    loudness: float
    pitch_spread: float | None = None
    lufs: float | None = None
    clipped: float = 0.0


@dataclass(frozen=True, slots=True)
class Tone:
    """A key tone (DTMF): the key, and when it sounded."""

    key: str
    start: Seconds
    end: Seconds


@dataclass(frozen=True, slots=True)
class Token:
    """A segmented word: ``turn.text[start:end] == text``."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Masked:
    """Personal data in a turn, masked: ``turn.text[start:end]``, and when it was said."""

    kind: Personal
    start: int
    end: int
    span: Span


@dataclass(frozen=True, kw_only=True)
class CallRecord:
    """What the phone system knows of a call; None is "not known"."""

    call_id: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    direction: Direction | None = None
    started_at: datetime | None = None
    dated_by_file: bool | None = None
    """Whether nobody but the file system knows when it began: no rule takes points by such a time."""
    customer: str | None = None
    queue: str | None = None
    ended_by: str | None = None
    ring_seconds: float | None = None
    answered: bool | None = None
    agent_channel: int | None = None
    duration: float | None = None
    channels: int | None = None
    transferred: bool | None = None
    pbx: str | None = None
    """``asterisk`` or ``freeswitch``: with the direction it says which channel is the agent's."""

    @property
    def clock(self) -> datetime | None:
        """When it began, where somebody knows who was there: a file's date may be that of its copy."""
        return None if self.dated_by_file else self.started_at


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A recording found in the folder, or a transcript alone.

    ``file`` is relative to the searched folder, with slashes; ``content_id`` is the SHA-256 of what
    is judged (the audio, or the lone transcript), so that a copy under another name is recognised.
    Paths are what files are known by on whichever machine (``ingest.addresses``).
    """

    file: str
    path: str
    content_id: str
    record: CallRecord
    audio: bool
    transcript_path: str | None = None
    more_paths: tuple[str, ...] = ()
    """The other side's file, where each side has one; ``path`` is the first."""


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """Words that belong together as the transcript has them, before turns are made.

    ``role`` and ``channel`` are None where the transcript does not say; ``spans`` are the stretches
    of speech inside it, without padding.
    """

    start: Seconds
    end: Seconds
    text: str
    words: tuple[Word, ...] = ()
    spans: tuple[Span, ...] = ()
    role: Role | None = None
    channel: int | None = None
    speaker: str | None = None
    sound: Prosody | None = None


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """What was expensive: all that the speech side heard in one recording, and kept.

    ``tones`` is None where there was no sound to hear them in.
    """

    duration: Seconds
    channels: int
    utterances: tuple[Utterance, ...]
    audio_notes: tuple[str, ...] = ()
    asr_model: str = ""
    tones: tuple[Tone, ...] | None = None
    by_voice: bool = False
    """Whether the speakers of a mono mix were told apart by their voices."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One side's speech, joined over pauses shorter than ``turn_gap``."""

    role: Role
    channel: int | None
    start: Seconds
    end: Seconds
    text: str
    words: Sequence[Word]
    spans: tuple[Span, ...]
    characters: int
    """Spoken characters, as a listener would count them."""
    sound: Prosody | None = None
    """How it sounded; None where only a transcript is there."""
    unrecognised: Seconds = 0.0
    """Speech in it in which no words were recognised."""
    masked: tuple[Masked, ...] = ()
    """Personal data in it; empty before it is masked for those who read what is published."""

    @property
    def duration(self) -> Seconds:
        """Length in seconds, pauses inside the turn included."""
        return max(0.0, self.end - self.start)

    @property
    def voiced(self) -> Seconds:
        """Length of the speech inside the turn, pauses of 0.2 s and more left out."""
        return sum(span.duration for span in self.spans)

    @property
    def confidence(self) -> float | None:
        """Mean word probability; None where the recogniser gives none."""
        return mean_probability(self.words)


def mean_probability(words: Iterable[Word]) -> float | None:
    """How well words were heard, on average; None where the recogniser does not say."""
    known = [w.probability for w in words if w.probability is not None]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True, kw_only=True)
class Call:
    """The conversation on a recording, ready for the detectors: no audio, no files.

    ``turns`` are in order of their start. ``roles_known`` is False where the sides could not be told
    apart, and then nothing that depends on roles is more than a review.
    """

    call_id: str
    file: str
    content_id: str
    record: CallRecord
    duration: Seconds
    channels: int
    audio_notes: tuple[str, ...]
    asr_model: str
    turns: tuple[Turn, ...]
    roles_known: bool = True
    roles_by: str = ""
    """How the agent was told: transcript, record, settings, convention, phrases or model."""
    roles_confidence: float | None = None
    """How sure that is, 0 to 1; None where the transcript says it, or nothing does."""
    by_voice: bool = False
    """Whether the sides of a mono mix were told apart by their voices."""
    shift: str = ""
    """The name of the shift in which the call began; empty where it is in none."""
    tones: tuple[Tone, ...] | None = None
    """The customer's key tones; None where there was no sound to hear them in."""
    confidence: float | None = None
    """Mean word probability of the whole call; None where the recogniser gives none."""

    def side(self, role: Role) -> tuple[Turn, ...]:
        """The turns of one side."""
        return self._sides.get(role, ())

    @cached_property
    def _sides(self) -> dict[Role, tuple[Turn, ...]]:
        return {r: tuple(turn for turn in self.turns if turn.role is r) for r in Role}

    def begun_before(self, moment: Seconds) -> int:
        """How many turns begin before ``moment``."""
        return bisect_left(self._starts, moment)

    def anybody_begins(self, after: Seconds, before: Seconds) -> bool:
        """Whether a turn begins between two moments, at neither of them."""
        return bisect_right(self._starts, after) < self.begun_before(before)

    @cached_property
    def _starts(self) -> list[Seconds]:
        return [turn.start for turn in self.turns]


@dataclass(frozen=True, kw_only=True)
class Interruption:
    """The agent starts to speak inside a customer's turn; every such event, harmless ones too.

    ``turn`` is the index of the agent's turn in ``call.turns``.
    """

    turn: int
    start: Seconds
    end: Seconds
    overlap: Seconds
    intrusion: Seconds
    customer_spoke: Seconds
    characters: int
    backchannel: bool
    courtesy: bool
    """Whether the customer's turn was only thanks, a goodbye, 好的 or 你等一下."""
    floor: Floor
    text: str


@dataclass(frozen=True, kw_only=True)
class Hold:
    """The agent has left the line, announced or not; ``before`` and ``after`` index ``call.turns``.

    ``before`` is the agent's last turn ahead of it (None where there is none), ``after`` his first
    turn behind it (None where the call ended on hold).
    """

    start: Seconds
    end: Seconds
    before: int | None
    after: int | None
    announced: bool

    @property
    def duration(self) -> Seconds:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Speaking rates in spoken characters a minute; None where no turn is long enough.

    ``turns`` holds the rate of each turn that counts.
    """

    rate_turn: float | None
    rate_voiced: float | None
    turns: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Measures:
    """The figures of one call that no rule is needed for.

    ``overlap`` is None, and ``interruptions`` empty, where the sides have no channels of their own.
    """

    rates: Rates
    interruptions: tuple[Interruption, ...]
    holds: tuple[Hold, ...]
    overlap: Seconds | None
    agent_talk: Seconds
    customer_talk: Seconds
    silence: Seconds
    hold: Seconds


class Reason(StrEnum):
    """What something decides on: why a place is for a person, or why a rule could not be judged."""

    LOW_CONFIDENCE = "low_confidence"
    """The words were heard badly."""
    BY_SOUND = "by_sound"
    """The words only sound like the phrase."""
    TRIGGER_BY_SOUND = "trigger_by_sound"
    """What asks for the missing words was only known by its sound."""
    TRIGGER_BY_MODEL = "trigger_by_model"
    """What asks for the missing words was only found by the model of dialogue acts."""
    PERHAPS_SAID = "perhaps_said"
    """What is missing may have been said: the model of dialogue acts is not sure that it was not."""
    NEARLY = "nearly"
    """A number that may be the right one, misheard."""
    QUOTED = "quoted"
    """Perhaps only repeated from somebody else."""
    JUDGEMENT = "judgement"
    """The norm itself leaves it to a person."""
    TONE = "tone"
    """Found by the model of tone alone."""
    POLITE = "polite"
    """A phrase of a list, in a sentence that the model of tone finds polite."""
    COMPLAINT = "complaint"
    """The customer says that he cannot hear well."""
    SIDES_UNKNOWN = "sides_unknown"
    """Nobody knows who spoke."""
    BY_VOICE = "by_voice"
    """The sides of a mono mix were told apart by voice only."""
    PROMISE_OPEN = "promise_open"
    """The time of a promise has not come yet."""
    ASKED = "asked"
    """Only people judge it."""


ASKED = "asked"
"""The kind of rules that only people judge: they are asked, and an answer takes the points."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one rule says of one place in one call.

    A violation, a review or a tag without rule, clause, quote and time cannot be built: ``ValueError``.
    What is ``absent`` throughout the call has neither a quote nor a time.
    ``kind`` is the detector's; ``turn`` the index in ``call.turns`` of the turn that it points at.
    ``deduct`` is what the rule asks for this event before any cap (points, 0 or more).
    """

    rule_id: str
    kind: str
    section: str
    severity: Severity
    outcome: Outcome
    source: str
    message: str
    reason: Reason | None = None
    role: Role = Role.AGENT
    turn: int | None = None
    start: Seconds | None = None
    end: Seconds | None = None
    quote: str = ""
    confidence: float | None = None
    deduct: float = 0.0
    shares: str = ""
    """Findings of different rules with the same ``shares`` cost their common seconds once."""
    absent: bool = False

    def __post_init__(self) -> None:
        """Hold the principle "evidence or no deduction"."""
        if self.outcome not in {Outcome.VIOLATION, Outcome.REVIEW, Outcome.TAG}:
            return
        needed = ("rule_id", "source", "message", *(() if self.absent else ("quote",)))
        missing = [name for name in needed if not getattr(self, name).strip()]
        if not self.absent and (self.start is None or self.end is None or self.end < self.start):
            missing.append("start and end")
        if missing:
            msg = f"a {self.outcome} of {self.rule_id or 'no rule'} needs {', '.join(missing)}"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True)
class ScoredFinding:
    """A finding and what it cost: ``points`` ≤ 0, with the reason where that is less than asked."""

    finding: Finding
    points: float
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Review:
    """One person's verdict on one finding of one call, by the ids that are published.

    ``turn`` is the finding's; None: of one that points nowhere, or of the rule's only one. ``start``,
    ``end`` and ``quote`` are the finding's, as they were published: where turns are cut otherwise now,
    it is known by them. A verdict that was written into a table has none of them.
    """

    call_id: str
    reviewer: str
    verdict: Verdict
    rule_id: str = ""
    turn: int | None = None
    comment: str = ""
    reason: str = ""
    start: Seconds | None = None
    end: Seconds | None = None
    quote: str = ""
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A verdict and the finding that it is on; None where that is not there, or not any more."""

    review: Review
    finding: Finding | None


@dataclass(frozen=True, kw_only=True)
class SectionScore:
    """What one section of the rubric cost a call; ``score`` is 100 for a section without loss."""

    section: str
    title: str
    points: float
    cap: float
    score: float | None


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """The arithmetic of one call; ``score`` is None where the call cannot be judged."""

    status: Status
    reason: str
    score: float | None
    level: str
    vetoed: bool
    floored: bool
    review: bool
    findings: tuple[ScoredFinding, ...] = ()
    sections: tuple[SectionScore, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ScoredCall:
    """Everything that is published of one call."""

    call: Call
    measures: Measures
    card: Scorecard
    rubric: str
    rubric_version: str
    final: float | None = None
    """The score after people's verdicts; the card's where there are none."""
    verdicts: tuple[Attached, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A recording that could not be used, for a person to read."""

    file: str
    stage: str
    error: str
    message: Cause


@dataclass(frozen=True, kw_only=True)
class Night:
    """What a run did: counts for the summary line and the failures to list."""

    found: int
    transcribed: int
    scored: int
    not_scored: int
    review: int
    failures: tuple[Failure, ...] = field(default=())
    dates: tuple[str, ...] = ()
